"""What the user gave, read and checked."""
