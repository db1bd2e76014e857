"""Smooth local factors on coarse nodes: what balanced samples are multiplied by, whatever asked for it.

Nodes of all scenes lie on one lattice of whole tie cells, so that fields of different origin and of different scenes
coincide and can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from affine import Affine
from scipy import ndimage

from ...raster.grid import Grid, Window
from ..plan.lattice import CELL_PX, CellLattice
from ..plan.plan import MosaicPlan

NODE_M = 3000.0
"""Distance of nodes that is aimed at; whole cells of the lattice."""
LIMIT = 0.14
"""Bound of a log factor that dodging may use: exp(0.14) is 15 %."""


@dataclass(frozen=True, eq=False)
class DodgeField:
    """Logarithm of a local factor on a coarse grid of nodes."""

    log_factor: np.ndarray
    """(bands or 1, rows, cols) float32 at the centres of ``grid``'s pixels; 0 changes nothing."""
    grid: Grid
    """Grid of the nodes in the mosaic's CRS."""

    def over(self, grid: Grid) -> np.ndarray:
        """Return the factor (bands or 1, rows, cols) float32 on another grid of the same CRS, bilinear between nodes."""
        rows, cols = np.arange(grid.shape[0]), np.arange(grid.shape[1])
        x, _ = grid.to_map(np.zeros(len(cols)), cols)
        _, y = grid.to_map(rows, np.zeros(len(rows)))
        row, _ = self.grid.to_pixel(np.zeros(len(rows)), y)
        _, col = self.grid.to_pixel(x, np.zeros(len(cols)))
        return np.exp(_bilinear(self.log_factor, row, col))

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the logarithm of the factor (bands or 1, points) at places in the CRS of ``grid``, bilinear between nodes."""
        row, col = self.grid.to_pixel(x, y)
        row, col = np.clip(row, 0, self.grid.shape[0] - 1), np.clip(col, 0, self.grid.shape[1] - 1)
        return np.stack([ndimage.map_coordinates(band, (row, col), order=1, mode="nearest") for band in self.log_factor])

    def plus(self, other: DodgeField) -> DodgeField:
        """Return both factors one after the other; their nodes are the same."""
        return DodgeField(self.log_factor + other.log_factor, self.grid)

    def of_band(self, band: int) -> DodgeField:
        """Return the field of one band; a field common to all bands is that of each."""
        band = min(band, len(self.log_factor) - 1)
        return DodgeField(self.log_factor[band : band + 1], self.grid)

    def near(self, grid: Grid) -> DodgeField:
        """Return the nodes that decide about ``grid``."""
        window = self.grid.window_of(grid.bounds).grow(2, self.grid.shape)
        if window.is_empty:
            return self
        part = self.log_factor[(slice(None), *window.slices_in(self.grid.window))]
        return DodgeField(np.ascontiguousarray(part), self.grid.crop(window))


def _bilinear(nodes: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Return nodes (bands, rows, cols) at the cross product of fractional rows and columns, edges repeated."""
    limit_row, limit_col = nodes.shape[1] - 1, nodes.shape[2] - 1
    row, col = np.clip(row, 0, limit_row), np.clip(col, 0, limit_col)
    r0, c0 = np.minimum(row.astype(int), max(limit_row - 1, 0)), np.minimum(col.astype(int), max(limit_col - 1, 0))
    r1, c1 = np.minimum(r0 + 1, limit_row), np.minimum(c0 + 1, limit_col)
    fr, fc = (row - r0).astype(np.float32)[None, :, None], (col - c0).astype(np.float32)[None, None, :]
    along = nodes[:, :, c0] * (1 - fc) + nodes[:, :, c1] * fc
    return np.asarray(along[:, r0] * (1 - fr) + along[:, r1] * fr, np.float32)


@dataclass(frozen=True, eq=False)
class NodeLattice:
    """The nodes of every scene: windows of one common lattice, numbered one scene after the other."""

    grid: Grid
    """Grid of the common lattice; a node lies at the centre of its pixel."""
    cells: int
    """Tie cells along a node's side."""
    origin: tuple[int, int]
    """Row and column of the cell lattice where node (0, 0) begins."""
    windows: Mapping[int, Window]
    """Rank to the nodes of the scene."""
    start: Mapping[int, int]
    """Rank to the number of its first node."""

    @classmethod
    def around(cls, plan: MosaicPlan, lattice: CellLattice, node_m: float) -> NodeLattice:
        """Return the nodes of a plan's scenes, about ``node_m`` apart and whole cells."""
        cells = max(1, round(node_m / lattice.cell_m))
        size_px = cells * CELL_PX  # lattice pixels per node
        origin = (lattice.top // size_px) * cells, (lattice.left // size_px) * cells
        shift = Affine.translation(origin[1] * CELL_PX - lattice.left, origin[0] * CELL_PX - lattice.top)
        rows = -(-(lattice.top + lattice.grid.shape[0]) // size_px) - lattice.top // size_px
        cols = -(-(lattice.left + lattice.grid.shape[1]) // size_px) - lattice.left // size_px
        grid = Grid(plan.grid.crs, lattice.grid.transform * shift * Affine.scale(size_px), (rows, cols))
        windows, start, position = {}, {}, 0
        for placed in plan.scenes:
            window = grid.window_of(plan.grid.crop(placed.window).bounds).intersect(grid.window)
            windows[placed.rank], start[placed.rank] = window, position
            position += window.rows * window.cols
        return cls(grid, cells, origin, windows, start)

    @property
    def count(self) -> int:
        """Number of unknowns: nodes of all scenes."""
        last = max(self.start, key=lambda rank: self.start[rank])
        return self.start[last] + self.windows[last].rows * self.windows[last].cols

    def number(self, rank: int, node: np.ndarray) -> np.ndarray:
        """Return the unknown's number of a scene's nodes given by (n, 2) row and column of the common lattice."""
        window = self.windows[rank]
        return np.asarray(self.start[rank] + (node[:, 0] - window.row) * window.cols + (node[:, 1] - window.col))

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return values (scenes,) by rank for the nodes of each scene."""
        return np.concatenate([np.full(window.rows * window.cols, values[rank - 1]) for rank, window in self.windows.items()])

    def field(self, rank: int, log_factor: np.ndarray) -> DodgeField:
        """Return a scene's part of values (bands, nodes of all scenes)."""
        window = self.windows[rank]
        values = log_factor[:, self.start[rank] : self.start[rank] + window.rows * window.cols]
        return DodgeField(np.ascontiguousarray(values.reshape(-1, window.rows, window.cols)), self.grid.crop(window))
