"""What is known of a mosaic before its pixels are read."""
