"""The plugin: its core, its Processing algorithms, its wiring."""
