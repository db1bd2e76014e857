"""One long job at a time, and how it is shown."""
