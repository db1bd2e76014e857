"""The dock: what an editor sees. All work runs through the Processing algorithms."""
