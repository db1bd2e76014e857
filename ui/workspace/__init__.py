"""Workspaces, scenes and tiles: opening, listing, stepping through."""
