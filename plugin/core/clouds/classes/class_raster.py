"""The class raster: its codes, its file, and where each class came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...base.errors import InputError
from ...raster.grid import Grid, Window
from ...raster.read import grid_of, open_raster
from ...raster.spec import RasterSpec
from ...raster.write import write_raster
from ...regions.components import row_blocks

CLEAR, CLOUD, SHADOW, NODATA = 0, 1, 2, 255
"""Codes of the band ``class``."""

NAMES = {CLOUD: "cloud", SHADOW: "shadow"}

FROM_MODEL, FROM_GEOMETRY, FROM_BUFFER, REFUSED, FROM_GEOMETRY_BUFFER = 1, 2, 3, 4, 5
"""Codes of the band ``origin``; `REFUSED` marks what was shadow to the model and is clear now, other clear pixels are 0."""

BUFFERED = {FROM_BUFFER: FROM_MODEL, FROM_GEOMETRY_BUFFER: FROM_GEOMETRY}
"""What each kind of widening lies around."""

ORIGINS = {FROM_MODEL: "model", FROM_GEOMETRY: "geometry"}
"""Origins of polygons: what was widened belongs to the polygon it widens."""


@dataclass(frozen=True, eq=False)
class ClassRaster:
    """Classes of one scene."""

    classes: np.ndarray
    """(rows, cols) uint8: 0 clear, 1 cloud, 2 shadow, 255 nodata."""
    origin: np.ndarray
    """(rows, cols) uint8: 0 none, 1 model, 2 geometry, 3 buffer of the model's, 4 refused, 5 buffer of geometry's."""
    grid: Grid
    """Where the pixels lie."""
    tags: Mapping[str, str]
    """Tags of the prediction, and the thresholds."""


def write_classes(path: str | Path, raster: ClassRaster) -> None:
    """Write a class raster as a COG of two bands, ``class`` and ``origin``."""
    spec = RasterSpec(raster.grid, "uint8", ("class", "origin"), NODATA, raster.tags, "mode")
    with write_raster(path, spec) as sink:
        for rows in row_blocks(len(raster.classes)):
            classes = raster.classes[rows]
            origin = np.where(classes == NODATA, NODATA, raster.origin[rows]).astype(np.uint8)
            sink.write(np.stack([classes, origin]), Window(rows.start, 0, *classes.shape))


def read_classes(path: str | Path) -> ClassRaster:
    """Read a class raster; without a band ``origin`` every class is the model's.

    Raises `InputError` for a raster with other codes.
    """
    with open_raster(path) as dataset:
        classes = dataset.read(1)
        origin = dataset.read(2) if dataset.count > 1 else np.full(classes.shape, FROM_MODEL, np.uint8)
        grid, tags, nodata = grid_of(dataset), dataset.tags(), dataset.nodata
    codes = _codes_in(classes) if classes.dtype == np.uint8 else set()
    unknown = sorted(codes - {CLEAR, CLOUD, SHADOW, NODATA})
    if NODATA in codes and nodata != NODATA and not codes & {CLOUD, SHADOW}:
        unknown = [NODATA]  # a mask of 0 and 255: the file does not say what its 255 means
    if classes.dtype != np.uint8 or unknown:
        what = f"the codes {unknown[:5]}" if unknown else f"samples of type {classes.dtype}"
        raise InputError(f"{path} holds {what}; a class raster is uint8 with 0 clear, 1 cloud, 2 shadow, 255 nodata.")
    for block in row_blocks(len(classes)):
        covered = (classes[block] == CLOUD) | (classes[block] == SHADOW) | (origin[block] == REFUSED)
        origin[block] *= covered
    return ClassRaster(classes, origin, grid, tags)


def _codes_in(classes: np.ndarray) -> set[int]:
    """Return the values that occur, block by block: counting makes eight bytes of each."""
    return {int(code) for rows in row_blocks(len(classes)) for code in np.flatnonzero(np.bincount(classes[rows].reshape(-1)))}
