"""The editor's layer is corrected, tile after tile."""
