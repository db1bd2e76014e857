"""Read the probabilities of cloud and shadow from a prediction, whole or for a window of the map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio.enums import Resampling
from rasterio.io import DatasetReader

from ...base.errors import InputError
from ...raster.grid import Bounds, Grid, Window
from ...raster.read import grid_of, open_raster


@dataclass(frozen=True, eq=False)
class Probabilities:
    """What a prediction says of the two classes."""

    cloud: np.ndarray
    """(rows, cols) uint8, 0..250 for 0..1, thin cloud included, 0 where there is no data."""
    shadow: np.ndarray
    """The same for shadow."""
    valid: np.ndarray
    """(rows, cols), True where there is data."""
    grid: Grid
    """Where the pixels lie."""
    tags: Mapping[str, str]
    """Tags of the prediction."""


def read_probabilities(path: str | Path, *, bounds: Bounds | None = None, most_px: int | None = None) -> Probabilities:
    """Read a prediction, or the part of it inside ``bounds`` (in its CRS).

    With ``most_px`` a larger part is read from the overviews, so that it has about so many pixels at most. Raises
    `InputError` for a raster without a band named cloud, and for bounds outside it.
    """
    with open_raster(path) as dataset:
        names = [(name or "").strip().lower() for name in dataset.descriptions]
        if "cloud" not in names or set(dataset.dtypes) != {"uint8"}:
            raise InputError(f"{path} is no prediction: it needs uint8 bands named cloud and shadow (it has {', '.join(names) or 'none'}).")
        grid = grid_of(dataset)
        window = grid.window if bounds is None else grid.window_of(bounds).intersect(grid.window)
        if window.is_empty:
            raise InputError(f"The extent {bounds} lies outside {path}.")
        factor = max(1.0, math.sqrt(window.rows * window.cols / most_px)) if most_px else 1.0
        part = grid.crop(window).coarsen(factor)
        cloud = _read(dataset, names.index("cloud") + 1, window, part)
        valid = cloud != NODATA
        if "thin cloud" in names:
            thin = _read(dataset, names.index("thin cloud") + 1, window, part)
            cloud = np.minimum(cloud.astype(np.uint16) + thin, PROBABILITY_STEPS).astype(np.uint8)
        shadow = _read(dataset, names.index("shadow") + 1, window, part) if "shadow" in names else np.zeros_like(cloud)
        cloud[~valid] = 0
        shadow[~valid] = 0
        return Probabilities(cloud, shadow, valid, part, dataset.tags())


def _read(dataset: DatasetReader, band: int, window: Window, part: Grid) -> np.ndarray:
    """Return (rows, cols) of ``part``, means where it is coarser than the raster."""
    return np.asarray(dataset.read(band, window=window.as_rasterio(), out_shape=part.shape, resampling=Resampling.average))


PROBABILITY_STEPS = 250
"""Value of a probability of 1."""


NODATA = 255
"""Value of pixels without data."""


BLOCK_CACHE_BYTES = 32_000_000
"""GDAL's block cache while reading: every block is read once, so a larger one only keeps what is done with."""
