"""The mosaic, from the dock."""
