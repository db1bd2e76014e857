"""From a scene to guideline polygons: predict, classify, vectorise, evaluate."""
