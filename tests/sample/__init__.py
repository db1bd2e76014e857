"""Sentinel-2 scenes made up so that everything about them is known.

A country (`land`) and its weather (`sky`) are functions of place, so that neighbouring tiles and any pixel size
show the same; a pass (`layout`) gives time, orbit and angles; `observe` turns them into what the sensor delivers,
with known gains, haze, drift and noise. `make_stacks` writes band-stacks, `make_products` whole ``.SAFE`` trees,
both with the truth beside them (`read_truth`).

    python tests/sample/__main__.py OUT --tiles 2 --dates 3 --size 1098
"""

from .options import SampleOptions
from .products import make_products
from .stacks import make_stacks
from .truth import Truth, read_truth

__all__ = ["SampleOptions", "Truth", "make_products", "make_stacks", "read_truth"]
