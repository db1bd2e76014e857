"""Regions of a raster and their outlines: labelling, tracing, simplifying, burning."""
