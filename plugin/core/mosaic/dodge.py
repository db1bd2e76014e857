"""Smooth local factors that remove what one gain per scene cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..grid import Grid


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


def _bilinear(nodes: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Return nodes (bands, rows, cols) at the cross product of fractional rows and columns, edges repeated."""
    limit_row, limit_col = nodes.shape[1] - 1, nodes.shape[2] - 1
    row, col = np.clip(row, 0, limit_row), np.clip(col, 0, limit_col)
    r0, c0 = np.minimum(row.astype(int), max(limit_row - 1, 0)), np.minimum(col.astype(int), max(limit_col - 1, 0))
    r1, c1 = np.minimum(r0 + 1, limit_row), np.minimum(c0 + 1, limit_col)
    fr, fc = (row - r0).astype(np.float32)[None, :, None], (col - c0).astype(np.float32)[None, None, :]
    along = nodes[:, :, c0] * (1 - fc) + nodes[:, :, c1] * fc
    return np.asarray(along[:, r0] * (1 - fr) + along[:, r1] * fr, np.float32)
