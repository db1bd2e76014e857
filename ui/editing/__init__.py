"""The editor's layer."""
