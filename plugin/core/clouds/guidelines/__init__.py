"""The whole way from scenes to guideline polygons, and thresholds tried again without the network."""
