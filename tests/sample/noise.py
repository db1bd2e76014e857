"""Random fields that are functions of position alone: any block of any raster shows the same field.

A field is a cubic B-spline over a lattice of hashed numbers. On rasters aligned with the world's axes it is
separable, which makes a full tile of 10980 x 10980 pixels affordable; elsewhere it is evaluated point by point.
All sums are elementwise and in a fixed order, so that the result does not depend on the blocks either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Nodes = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Lattice rows (ny,) and columns (nx,) to values (ny, nx)."""

_NODE_DEVIATION = 0.2766
"""Standard deviation of a cubic B-spline over uniform numbers in -1..1: sqrt(1/3) x 151/315."""


@dataclass(frozen=True, eq=False)
class Points:
    """World positions of the pixel centres of one block."""

    x_m: np.ndarray
    """(cols,) where the raster is aligned with the world's axes, else (rows, cols); float64."""
    y_m: np.ndarray
    """(rows,) or (rows, cols) likewise."""
    pixel_m: float
    """Distance between pixels: finer structure is left out."""

    @property
    def aligned(self) -> bool:
        """True where x depends on the column and y on the row alone."""
        return self.x_m.ndim == 1

    @property
    def x(self) -> np.ndarray:
        """x that broadcasts to (rows, cols)."""
        return self.x_m[None, :] if self.aligned else self.x_m

    @property
    def y(self) -> np.ndarray:
        """y that broadcasts to (rows, cols)."""
        return self.y_m[:, None] if self.aligned else self.y_m

    def moved(self, x_of: Callable[[np.ndarray], np.ndarray], y_of: Callable[[np.ndarray], np.ndarray]) -> Points:
        """Return the points at (x_of(x), y_of(y)): each axis moves by itself, which keeps them aligned."""
        return Points(x_of(self.x_m), y_of(self.y_m), self.pixel_m)

    def inner(self, halo_px: int) -> Points:
        """Return the points without ``halo_px`` on each side."""
        cut = slice(halo_px, -halo_px or None)
        if self.aligned:
            return Points(self.x_m[cut], self.y_m[cut], self.pixel_m)
        return Points(self.x_m[cut, cut], self.y_m[cut, cut], self.pixel_m)


def mix(numbers: np.ndarray) -> np.ndarray:
    """Return well mixed uint32 numbers (the finaliser of MurmurHash3); the input array is not changed."""
    h = np.array(numbers, dtype=np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h


def hashed(seed: int, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Return uint32 numbers of integer places (broadcast against each other) and a seed."""
    start = np.uint32((seed * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF)
    down = mix((np.asarray(rows, np.int64) & 0xFFFFFFFF).astype(np.uint32) * np.uint32(0x9E3779B1) + start)
    return mix(down + (np.asarray(cols, np.int64) & 0xFFFFFFFF).astype(np.uint32) * np.uint32(0x85EBCA77))


def uniform(seed: int, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Return float32 numbers in 0..1 of integer places and a seed."""
    return (hashed(seed, rows, cols) >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def spline(nodes: Nodes, step_m: float, points: Points) -> np.ndarray:
    """Return the cubic B-spline whose coefficients are ``nodes`` at every ``step_m``; (rows, cols) float32."""
    col, wx = _weights(points.x_m / step_m)
    row, wy = _weights(points.y_m / step_m)
    first_row, first_col = int(row.min()), int(col.min())
    lattice = nodes(np.arange(first_row, int(row.max()) + 4), np.arange(first_col, int(col.max()) + 4)).astype(np.float32, copy=False)
    row, col = row - first_row, col - first_col
    if points.aligned:
        across = sum_of(wx[k] * lattice[:, col + k] for k in range(4))
        return sum_of(wy[k][:, None] * across[row + k] for k in range(4))
    return sum_of(wy[k] * sum_of(wx[m] * lattice[row + k, col + m] for m in range(4)) for k in range(4))


def smooth_noise(seed: int, wavelength_m: float, points: Points) -> np.ndarray:
    """Return a smooth field of mean 0 and deviation 1 whose features are about ``wavelength_m`` wide."""
    scale = np.float32(2 / _NODE_DEVIATION)

    def nodes(rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
        return (uniform(seed, rows[:, None], cols[None, :]) - np.float32(0.5)) * scale

    return spline(nodes, wavelength_m / 2, points)


def fractal(seed: int, wavelength_m: float, points: Points, *, octaves: int = 6, gain: float = 0.5) -> np.ndarray:
    """Return a sum of fields of halving wavelength, deviation 1 before those finer than the pixels fade out."""
    total = np.zeros((points.y_m.shape[0], points.x_m.shape[-1]), np.float32)
    norm = sum(gain ** (2 * k) for k in range(octaves)) ** 0.5
    for k in range(octaves):
        wavelength = wavelength_m / 2**k
        seen = min(max(wavelength / points.pixel_m - 1, 0.0), 1.0)
        if seen == 0:
            break
        total += smooth_noise(seed * 101 + k, wavelength, points) * np.float32(seen * gain**k / norm)
    return total


def sum_of(terms: object) -> np.ndarray:
    """Return the elementwise sum of an iterator of arrays, in its order."""
    iterator = iter(terms)  # type: ignore[call-overload]
    total = next(iterator)
    for term in iterator:
        total += term
    return total


def _weights(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of the four lattice lines of each coordinate and their weights (4, ...)."""
    first = np.floor(u)
    t = u - first
    s = 1 - t
    weights = np.stack([s**3, 3 * t**3 - 6 * t**2 + 4, 3 * s**3 - 6 * s**2 + 4, t**3]) / 6
    return first.astype(np.int64) - 1, weights.astype(np.float32)
