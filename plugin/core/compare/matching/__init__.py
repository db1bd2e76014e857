"""From two pieces of images to displacements: field, equations, points and the tests they pass."""
