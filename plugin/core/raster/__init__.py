"""A grid, and the rasters that lie on it: reading, writing, resampling."""
