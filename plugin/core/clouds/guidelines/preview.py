"""Outline the visible part of the map while somebody moves a threshold."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from ...raster.grid import Bounds, Grid, Window
from ...raster.read import grid_of, open_raster
from ..classes.classify import classify
from ..classes.vectorize import polygons_of
from ..options import ClassifyOptions, VectorizeOptions
from ..polygons import CloudPolygons
from ..prediction.probabilities import Probabilities, read_probabilities

VISIBLE_PX = 360_000
"""Pixels of a view, about those of a map window; what is classified at each move."""


def grid_of_prediction(prediction_path: str | Path) -> Grid:
    """Return where the pixels of a prediction lie."""
    with open_raster(prediction_path) as dataset:
        return grid_of(dataset)


def tags_of_prediction(prediction_path: str | Path) -> dict[str, str]:
    """Return what a prediction tells of itself, its thresholds among it."""
    with open_raster(prediction_path) as dataset:
        return dict(dataset.tags())


def open_view(prediction_path: str | Path, bounds: Bounds) -> Probabilities:
    """Return the probabilities in view, to be read once for as long as the map stays where it is.

    ``bounds`` are in the prediction's CRS; a wide view comes from the overviews, around a narrow one more is read, as
    far as the pixels allow, since a polygon in view may owe its seed or its size to what lies beyond. Raises
    `InputError` outside the prediction.
    """
    grid = grid_of_prediction(prediction_path)
    window = grid.window_of(bounds)
    if not window.intersect(grid.window).is_empty:
        bounds = grid.crop(window.grow(_halo_px(window), grid.shape)).bounds
    return read_probabilities(prediction_path, bounds=bounds, most_px=VISIBLE_PX)


def _halo_px(window: Window) -> int:
    """Return by how much a window may grow on each side to `VISIBLE_PX`: the root of (rows + 2h)(cols + 2h) = pixels."""
    half, room = (window.rows + window.cols) / 4, VISIBLE_PX - window.rows * window.cols
    return int(math.sqrt(half**2 + room / 4) - half) if room > 0 else 0


def preview(view: Probabilities, classify_options: ClassifyOptions, vectorize_options: VectorizeOptions) -> CloudPolygons:
    """Return the outlines that thresholds give in a view, without inference, in a fraction of a second.

    They are those of `threshold` and `vectorize` but for shadows judged by geometry, for shapes cut by the edge
    of the view, and for the coarser pixels of a wide view.
    """
    return polygons_of(classify(view, replace(classify_options, geometry=False)), vectorize_options, probabilities=view)


def seen(geometry: np.ndarray, bounds: Bounds) -> tuple[int, float]:
    """Return how many polygons lie at least in part inside ``bounds`` (same CRS), and the area of those parts."""
    inside = geometry[shapely.intersects(geometry, shapely.box(*bounds))]
    return len(inside), float(shapely.area(shapely.clip_by_rect(inside, *bounds)).sum())
