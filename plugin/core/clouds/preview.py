"""Outlines for the visible part of the map while somebody moves a threshold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..grid import Bounds
from .classify import classify
from .options import ClassifyOptions, VectorizeOptions
from .polygons import CloudPolygons
from .probabilities import Probabilities, read_probabilities
from .vectorize import polygons_of

VISIBLE_PX = 360_000
"""Pixels of a view, about those of a map window; what is classified at each move."""


def open_view(prediction_path: str | Path, bounds: Bounds) -> Probabilities:
    """Return the probabilities in view, to be read once for as long as the map stays where it is.

    ``bounds`` are in the prediction's CRS; a wide view comes from the overviews. Raises `InputError` outside it.
    """
    return read_probabilities(prediction_path, bounds=bounds, most_px=VISIBLE_PX)


def preview(view: Probabilities, classify_options: ClassifyOptions, vectorize_options: VectorizeOptions) -> CloudPolygons:
    """Return the outlines that thresholds give in a view, without inference, in a fraction of a second.

    They are those of `threshold` and `vectorize` but for shadows judged by geometry, for shapes cut by the edge
    of the view, and for the coarser pixels of a wide view.
    """
    return polygons_of(classify(view, replace(classify_options, geometry=False)), vectorize_options, probabilities=view)
