"""Compute the weights that bring one axis of a raster to another lattice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Axis:
    """One axis of a raster as seen from another: pixel j of the target covers ``origin + step * (j .. j + 1)`` of the source."""

    origin: float
    """Start of the target in source pixels."""
    step: float
    """Source pixels per target pixel."""
    size: int
    """Source pixels."""

    def weights(self, first: int, count: int) -> tuple[int, sparse.csr_matrix]:
        """Return the first source pixel needed and the (count, needed) weights of target pixels ``first`` on.

        Shares of area where the target is coarser, linear interpolation where it is finer.
        """
        index = np.arange(first, first + count)
        start = self.origin + self.step * index
        low, values = self._linear(start) if self.step < 1 - 1e-9 else self._areas(start)
        columns = low[:, None] + np.arange(values.shape[1])
        values = np.where((columns >= 0) & (columns < self.size), values, 0)
        columns = np.clip(columns, 0, self.size - 1)
        needed_first = int(columns.min())
        rows = np.broadcast_to(np.arange(count)[:, None], columns.shape)
        shape = (count, int(columns.max()) - needed_first + 1)
        matrix = sparse.csr_matrix((values.ravel().astype(np.float32), (rows.ravel(), (columns - needed_first).ravel())), shape=shape)
        matrix.eliminate_zeros()
        return needed_first, matrix

    def _areas(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (cells,) first columns and (cells, columns) shares of each cell's length that lie in them."""
        stop = start + self.step
        low = np.floor(start + 1e-6).astype(int)
        columns = low[:, None] + np.arange(math.ceil(self.step) + 1)
        shares = np.minimum(stop[:, None], columns + 1) - np.maximum(start[:, None], columns)
        return low, np.where(shares > 1e-6, shares / self.step, 0)

    def _linear(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (cells,) first columns and (cells, 2) weights of linear interpolation between two centres."""
        middle = start + self.step / 2
        centre = np.where((middle >= 0) & (middle < self.size), np.clip(middle - 0.5, 0, self.size - 1), middle - 0.5)
        low = np.floor(centre).astype(int)
        share = centre - low
        return low, np.stack([1 - share, share], axis=1)


def weighted_mean(samples: np.ndarray, rows: sparse.csr_matrix, cols: sparse.csc_matrix) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the weighted mean of the samples other than 0, and the share of weight that had data (None: all of it)."""
    values = np.asarray((rows @ samples.astype(np.float32)) @ cols)
    if samples.all() and _complete(rows) and _complete(cols.T):
        return values, None
    share = np.asarray((rows @ (samples != 0).astype(np.float32)) @ cols)
    return values / np.maximum(share, 1e-6), share


def _complete(weights: Any) -> bool:
    return bool(np.min(weights.sum(axis=1)) > 1 - 1e-4)
