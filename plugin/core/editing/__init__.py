"""The workspace of the people who correct clouds, and checks of their work."""
