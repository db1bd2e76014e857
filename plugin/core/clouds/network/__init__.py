"""A network and its card: what it needs, how it is loaded and run."""
