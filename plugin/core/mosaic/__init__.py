"""From scenes and their cloud polygons to one balanced mosaic; `build.build` is the whole walk."""
