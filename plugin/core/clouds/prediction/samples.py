"""Read a file at the coarsest resolution it holds that is still fine enough.

JPEG 2000 decodes to a half or a quarter of its resolution in a fraction of the time, and a Cloud Optimized GeoTIFF
holds averaged overviews. A prediction at 30 m averages samples of 10 m anyway, so it need not decode them.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader

from ...raster.grid import Grid, Window
from ...raster.read import grid_of, open_raster, read_window
from .axis import Axis, weighted_mean

HALF = 0.5
"""A pixel has data where more than this share of its weight has."""

_FULL_ROWS = 64
"""Fewest rows of one read: files without tiles have blocks of a single row."""


@dataclass(frozen=True, eq=False)
class Samples:
    """An open file and the level of it that is read."""

    full: DatasetReader
    """The file at full resolution."""
    level: DatasetReader
    """The same, or the overview that is read."""
    factor: int
    """Full pixels per pixel of the level."""
    lead: float
    """Full pixels by which the level's lattice begins before the file's.

    A pixel of a JPEG 2000 level is centred on the first of its ``factor`` pixels, not amid them.
    """

    @property
    def grid(self) -> Grid:
        """Grid of the full resolution."""
        return grid_of(self.full)

    @property
    def block(self) -> tuple[int, int]:
        """(rows, cols) to read at a time at least: whole blocks."""
        rows, cols = self.level.block_shapes[0]
        return rows * -(-_FULL_ROWS // rows), cols

    def axis(self, target_start_px: float, step_px: float, size: int) -> Axis:
        """Return an axis of the level from a target's start and step in full pixels and the level's size."""
        return Axis((target_start_px + self.lead) / self.factor, step_px / self.factor, size)

    def read(self, bands: list[int], window: Window) -> np.ndarray:
        """Return (bands, rows, cols) samples of a window of the level, 0 without data."""
        values = self._no_data_as_zero(read_window(self.level, bands, window))
        if self.lead and not values.all() and values.any():
            for part in self._edges(values, window):
                place = part.slices_in(window)
                values[(slice(None), *place)] = self._averaged(bands, part)
        return values

    def _edges(self, values: np.ndarray, window: Window) -> list[Window]:
        """Return the blocks with data that lack some or lie beside one that does.

        Wavelets smear the edge of the data into what has none, as far as a block goes; only full samples tell them
        apart, and decoding those costs four times as much and more.
        """
        side = self.level.block_shapes[0][1]
        starts = range(window.col // side * side, window.col + window.cols, side)
        blocks = [Window(window.row, start, window.rows, side).intersect(window) for start in starts]
        parts = [values[(slice(None), *block.slices_in(window))] for block in blocks]
        lacking = [False, *(not part.all() for part in parts), False]
        return [block for n, (block, part) in enumerate(zip(blocks, parts, strict=True)) if part.any() and any(lacking[n : n + 3])]

    def _no_data_as_zero(self, values: np.ndarray) -> np.ndarray:
        stated = self.full.nodata
        if stated is not None and stated != 0:
            values[np.isnan(values) if np.isnan(stated) else values == stated] = 0
        return values

    def _averaged(self, bands: list[int], window: Window) -> np.ndarray:
        """Return a window of the level made from full samples, with nodata carrying no weight."""
        first_row, rows = Axis(-self.lead, self.factor, self.full.height).weights(window.row, window.rows)
        first_col, cols = Axis(-self.lead, self.factor, self.full.width).weights(window.col, window.cols)
        samples = self._no_data_as_zero(read_window(self.full, bands, Window(first_row, first_col, rows.shape[1], cols.shape[1])))
        out = np.zeros((len(bands), *window.shape), samples.dtype)
        for band, full in enumerate(samples):
            values, share = weighted_mean(full, rows, cols.T.tocsc())
            out[band] = np.rint(values) if share is None else np.where(share > HALF, np.maximum(np.rint(values), 1), 0)
        return out


def open_samples(files: ExitStack, path: str | Path, pixel_m: float) -> Samples:
    """Open a file at the level that suits pixels of ``pixel_m``; ``files`` closes it."""
    full = files.enter_context(open_raster(path))
    step = pixel_m / grid_of(full).pixel_m
    overviews = full.overviews(1)
    fitting = [factor for factor in overviews if factor <= step + 1e-6]
    wavelets = full.driver.startswith("JP2")
    if not fitting or not (wavelets or _has_averaged_overviews(full)):
        return Samples(full, full, 1, 0.0)
    factor = max(fitting)
    try:
        level = files.enter_context(rasterio.open(str(path), overview_level=overviews.index(factor)))
    except RasterioError:
        return Samples(full, full, 1, 0.0)
    return Samples(full, level, factor, (factor - 1) / 2 if wavelets else 0.0)


def _has_averaged_overviews(dataset: DatasetReader) -> bool:
    """Return True for a Cloud Optimized GeoTIFF that states its nodata: its overviews are means of data alone."""
    return dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG" and dataset.nodata == 0
