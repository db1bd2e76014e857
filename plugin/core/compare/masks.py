"""What is left out of a comparison: clouds, shadows and water, as polygons or as a raster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..base.errors import InputError
from ..raster.grid import Grid, Window
from ..raster.read import open_raster
from ..raster.regrid import read_onto
from ..regions.burn import Edges, burn, prepare_edges
from ..vector.features import read_frame

LEFT_OUT = ("cloud", "shadow", "water")
"""Classes of polygons that are left out; others are not."""
SCENE_CLASSES = (0, 1, 3, 6, 8, 9, 10)
"""Codes of a scene classification (SCL) that are left out: no data, saturated, shadow, water, clouds, cirrus."""


@dataclass(frozen=True, eq=False)
class Mask:
    """Places to leave out, on the pixels of one grid."""

    grid: Grid
    """Pixels that windows are counted on."""
    raster: str = ""
    """Path of a raster, empty where there is none."""
    codes: tuple[int, ...] = ()
    """Values of the raster that are left out; empty for all but 0."""
    edges: Edges | None = None
    """Outlines of polygons on the grid."""
    name: str = ""
    """What it is called in reports."""

    def left_out(self, window: Window) -> np.ndarray:
        """Return (rows, cols) True for the pixels of a window that are left out."""
        if self.edges is not None:
            return burn(self.edges, window)
        if not self.raster:
            return np.zeros(window.shape, bool)
        with open_raster(self.raster) as dataset:
            values = read_onto(dataset, [1], self.grid.crop(window), fill=0)[0]
        return np.isin(values, self.codes) if self.codes else values != 0


def mask_of_raster(path: str, grid: Grid) -> Mask:
    """Return the mask of a raster: every value but 0 is left out; of a scene classification (SCL) clouds, shadow and water."""
    with open_raster(path) as dataset:
        if np.dtype(dataset.dtypes[0]).kind not in "iub":
            raise InputError(f"{path} holds samples of type {dataset.dtypes[0]}; a mask holds whole numbers, 0 for places to compare.")
        named = f"{dataset.descriptions[0] or ''} {Path(path).stem}".upper().replace("-", "_").replace(" ", "_").split("_")
    return Mask(grid, raster=path, codes=SCENE_CLASSES if "SCL" in named else (), name=Path(path).name)


def mask_of_polygons(path: str, layer: str, grid: Grid) -> Mask:
    """Return the mask of polygons; where they have a field ``class``, of those that are cloud, shadow or water."""
    frame = read_frame(path, layer)
    if frame.crs is None:
        raise InputError(f"{path} has no coordinate reference system; assign one first.")
    if "class" in frame.columns:
        frame = frame[frame["class"].astype(str).str.strip().str.lower().isin(LEFT_OUT)]
    shapes = frame.geometry.to_crs(grid.crs)
    return Mask(grid, edges=prepare_edges(np.asarray(shapes[shapes.notna()].values, dtype=object), grid), name=Path(path).name)
