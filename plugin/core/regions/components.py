"""Label the 4-connected components of large masks, kept as runs of pixels instead of a label per pixel.

A full tile has 120 million pixels but seldom more than a million runs. So the components of the whole tile are found at
once, with no seams between blocks, in a few hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

BLOCK_ROWS = 512
"""Rows handled at a time."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Horizontal runs of equal non-zero values, in reading order."""

    start: np.ndarray
    """Flat index (row * cols + col) of the first pixel of each."""
    stop: np.ndarray
    """Flat index after the last one; never beyond the end of the row."""
    value: np.ndarray
    """The value its pixels share."""
    shape: tuple[int, int]
    """(rows, cols) of the raster."""

    @property
    def lengths(self) -> np.ndarray:
        """Pixels of each run."""
        return self.stop - self.start


def row_blocks(count: int, rows: int = BLOCK_ROWS) -> Iterator[slice]:
    """Yield slices that cover ``count`` rows once."""
    for first in range(0, count, rows):
        yield slice(first, min(first + rows, count))


def runs_of(values: np.ndarray) -> Runs:
    """Return the runs of a (rows, cols) raster of small integers or a mask; 0 is background."""
    rows, cols = values.shape
    starts, stops = [], []
    for block in row_blocks(rows):
        part = values[block]
        change = part[:, 1:] != part[:, :-1]
        first = np.ones(part.shape, bool)
        first[:, 1:] = change
        first &= part != 0
        last = np.ones(part.shape, bool)
        last[:, :-1] = change
        last &= part != 0
        starts.append(np.flatnonzero(first) + block.start * cols)
        stops.append(np.flatnonzero(last) + block.start * cols + 1)
    start, stop = np.concatenate(starts or [np.empty(0, int)]), np.concatenate(stops or [np.empty(0, int)])
    return Runs(start, stop, values.reshape(-1)[start], (rows, cols))


def contacts(runs: Runs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (upper run, lower run, columns they share) for all runs that touch from row to row."""
    cols = runs.shape[1]
    # Runs of the next row that share a column: they begin before this one ends and end after it begins.
    low = np.searchsorted(runs.stop, runs.start + cols, side="right")
    high = np.searchsorted(runs.start, runs.stop + cols, side="left")
    count = np.maximum(high - low, 0)
    above = np.repeat(np.arange(len(count)), count)
    below = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + low[above]
    shared = np.minimum(runs.stop[above] + cols, runs.stop[below]) - np.maximum(runs.start[above] + cols, runs.start[below])
    return above, below, shared


@dataclass(frozen=True, eq=False)
class Components:
    """4-connected areas of equal value, numbered by their first pixel in reading order."""

    runs: Runs
    """The runs they consist of."""
    labels: np.ndarray
    """0-based component of each run."""
    count: int
    """Number of components."""

    @property
    def areas_px(self) -> np.ndarray:
        """Pixels of each component."""
        return np.bincount(self.labels, weights=self.runs.lengths, minlength=self.count).astype(np.int64)

    @property
    def values(self) -> np.ndarray:
        """The value that each component's pixels share."""
        values = np.zeros(self.count, self.runs.value.dtype)
        values[self.labels] = self.runs.value
        return values

    def at(self, pixels: np.ndarray) -> np.ndarray:
        """Return the component of each pixel (flat indices of pixels that belong to one)."""
        return self.labels[np.searchsorted(self.runs.start, pixels, side="right") - 1]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of (rows, cols) whole numbers over each component."""
        return np.bincount(self.labels, weights=self._over_runs(np.add, values), minlength=self.count).astype(np.int64)

    def maxima(self, values: np.ndarray) -> np.ndarray:
        """Return the largest of (rows, cols) whole numbers in each component."""
        largest = np.zeros(self.count, np.int64)
        np.maximum.at(largest, self.labels, self._over_runs(np.maximum, values))
        return largest

    def _over_runs(self, operation: np.ufunc, values: np.ndarray) -> np.ndarray:
        """Return what the operation makes of each run's pixels."""
        cols = self.runs.shape[1]
        flat, parts = values.reshape(-1), [np.empty(0, np.int64)]
        for block in row_blocks(self.runs.shape[0]):  # in whole it would become eight times as large
            base, end = block.start * cols, block.stop * cols
            first, last = np.searchsorted(self.runs.start, (base, end))
            if first < last:
                edges = np.stack([self.runs.start[first:last], self.runs.stop[first:last]], axis=1).reshape(-1) - base
                edges = edges[:-1] if edges[-1] == end - base else edges
                parts.append(operation.reduceat(flat[base:end].astype(np.int64), edges)[::2])
        return np.concatenate(parts)


def components_of(values: np.ndarray) -> Components:
    """Return the components of a (rows, cols) raster of small integers or a mask; 0 is background."""
    runs = runs_of(values)
    if not len(runs.start):
        return Components(runs, np.empty(0, np.int64), 0)
    above, below, _ = contacts(runs)
    same = runs.value[above] == runs.value[below]
    pairs = (np.ones(int(same.sum()), np.uint8), (above[same], below[same]))
    graph = sparse.coo_matrix(pairs, shape=(len(runs.start), len(runs.start)))
    count, labels = csgraph.connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    rank = np.empty(count, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(count)
    return Components(runs, rank[labels], count)


def mask_of(runs: Runs, chosen: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (rows, mask of these rows) that covers the chosen runs (a boolean per run)."""
    start, stop = runs.start[chosen], runs.stop[chosen]
    cols = runs.shape[1]
    for block in row_blocks(runs.shape[0]):
        base, end = block.start * cols, block.stop * cols
        first, last = np.searchsorted(start, (base, end))
        change = np.zeros(end - base + 1, np.int8)
        change[start[first:last] - base] += 1
        change[stop[first:last] - base] -= 1
        yield block, np.cumsum(change[:-1], dtype=np.int8).view(bool).reshape(-1, cols)


def select(mask: np.ndarray, seeds: np.ndarray | None = None, *, smallest_px: int = 1) -> np.ndarray:
    """Return the components of ``mask`` that hold a pixel of ``seeds`` (None: all) and at least ``smallest_px`` pixels."""
    found = components_of(mask)
    keep = found.areas_px >= smallest_px
    if seeds is not None:
        keep &= np.bincount(found.labels, weights=_hits(found.runs, seeds), minlength=found.count) > 0
    out = np.zeros(mask.shape, bool)
    for block, part in mask_of(found.runs, keep[found.labels]):
        out[block] = part
    return out


def _hits(runs: Runs, seeds: np.ndarray) -> np.ndarray:
    """Return the number of seed pixels in each run."""
    positions = np.flatnonzero(seeds)
    return np.searchsorted(positions, runs.stop) - np.searchsorted(positions, runs.start)
