"""Find extremes over the square around every pixel, and means over cells.

Extremes come by doubling: a square of 51 pixels takes six comparisons per axis.

References
----------
van Herk (1992), doi:10.1016/0167-8655(92)90069-C (extremes at a cost that hardly grows with the window).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Choose = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The lower or the higher of two arrays, element by element."""


def lowest(values: np.ndarray, by_px: int) -> np.ndarray:
    """Return the least of ``values`` (rows, cols) within ``by_px`` rows and columns of each pixel, as far as the array goes.

    For a mask: True where every pixel of the square is.
    """
    return _over_squares(values, by_px, np.logical_and if values.dtype == bool else np.minimum)


def highest(values: np.ndarray, by_px: int) -> np.ndarray:
    """Return the greatest of ``values`` likewise; for a mask: True where any pixel of the square is."""
    return _over_squares(values, by_px, np.logical_or if values.dtype == bool else np.maximum)


def _over_squares(values: np.ndarray, by_px: int, choose: Choose) -> np.ndarray:
    """Return the extreme over the square of ``by_px`` around each pixel of (rows, cols)."""
    if not by_px:
        return values.copy()
    return _over_rows(_over_rows(values, by_px, choose).T, by_px, choose).T


def _over_rows(values: np.ndarray, by_px: int, choose: Choose) -> np.ndarray:
    """Return the extreme over windows of rows; edge rows repeat, which changes no extreme."""
    found = np.concatenate((values[:1].repeat(by_px, axis=0), values, values[-1:].repeat(by_px, axis=0)))
    reach, size = 1, 2 * by_px + 1
    while reach < size:
        step = min(reach, size - reach)
        found = choose(found[: len(found) - step], found[step:])
        reach += step
    return found


def cell_means(values: np.ndarray, size_px: int) -> np.ndarray:
    """Return float32 means of ``values`` (rows, cols) over whole cells: rows first, side by side in memory; sums of samples are exact."""
    rows, cols = (n // size_px for n in values.shape)
    sums = values.reshape(rows, size_px, cols * size_px).sum(axis=1, dtype=np.float32)
    return np.asarray(sums.reshape(rows, cols, size_px).sum(axis=2) / np.float32(size_px * size_px))
