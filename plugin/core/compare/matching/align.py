"""One smooth displacement field between two pieces of orthos, fitted to all of their pixels.

Minimised over the spline coefficients of the field d is

    sum w(x) [B(x + d(x)) - g(x) A(x) - o(x)]^2 / s(x)^2 + stiffness * integral |D^2 d|^2

with local gain g, offset o and noise s, and robust weights w: least-squares matching (Gruen 1985; Foerstner 1982) of all windows at
once, by Gauss-Newton on a pyramid (Lucas and Kanade 1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .field import Lattice, assemble, evaluate, refine, solve

LOCAL_PX = 12.0
"""Standard deviation of the windows in which gain, offset, noise and correlation are local."""
CELL_PX = 4
"""Side of the cells on which local values are worked out: they vary over `LOCAL_PX`."""
TUKEY = 4.685
"""Residuals beyond so many standard deviations have no weight (Beaton and Tukey 1974)."""
LEVELS = (8, 4, 2, 1)
"""Side of the pyramid's cells in pixels, coarsest first."""
STEPS = {8: 3, 4: 2, 2: 3, 1: 2}
"""Gauss-Newton steps on each level."""
LEAST_NODE_PX = 12
"""Smallest distance of nodes on a coarser level, its own pixels: finer ones would follow the noise of so few."""
COARSE_ORDER, FINE_ORDER = 3, 5
"""Orders of the splines that images are read by: on the way, and at the end."""
_SLOPE = np.array([1, -8, 0, 8, -1]) / 12
"""Central difference of fourth order."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of an ortho."""

    samples: np.ndarray
    """(rows, cols) float32."""
    valid: np.ndarray
    """(rows, cols) True where there is data to be matched."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """A fitted field, and what tells how good it is, on the pixels of A."""

    lattice: Lattice
    """Nodes over the piece."""
    coefficients: np.ndarray
    """(2, node rows, node cols) of the displacement east and down, pixels."""
    moved: np.ndarray
    """(2, rows, cols) float32 displacement at the last linearisation, pixels."""
    correlation: np.ndarray
    """(rows, cols) local correlation of A and the moved B, on cells of `CELL_PX` pixels."""
    information: np.ndarray
    """(3, rows, cols) mean per pixel of each cell: w gx gx / s^2, w gx gy / s^2, w gy gy / s^2."""
    weight: np.ndarray
    """(rows, cols) share of each cell's pixels that took part, 0 to 1."""


def align(
    a: Piece, b: Piece, node_px: int, stiffness: float, start: tuple[float, float] = (0.0, 0.0), *, finest: int = 1
) -> Alignment | None:
    """Return the field by which features of ``a`` lie displaced in ``b``, None where too little can be matched.

    Both pieces cover the same pixels, their sides a whole number of nodes. ``start`` is the displacement (east, down) to begin with;
    ``finest`` the level to stop at, whose pixels the result is on.
    """
    coarser: tuple[Alignment, int] | None = None
    result = None
    for level in (one for one in LEVELS if one >= finest):
        one, other = _reduced(a, level), _reduced(b, level)
        spacing_px = node_px if level == 1 else max(LEAST_NODE_PX, round(node_px / level))
        cells = tuple(-(-side // spacing_px) for side in one.samples.shape)
        if min(cells) < 2:
            continue
        lattice = Lattice((cells[0], cells[1]), spacing_px)
        one, other = _padded(one, lattice.image_shape), _padded(other, lattice.image_shape)
        if coarser is None:
            coefficients = np.empty((2, *lattice.shape))
            coefficients[0], coefficients[1] = start[0] / level, start[1] / level
        else:
            former, factor = coarser
            coefficients = refine(former.coefficients, former.lattice, lattice, factor / level)
        result = _fit(one, other, lattice, coefficients, stiffness=stiffness, steps=STEPS[level], is_last=level == 1)
        if result is None:
            return None
        coarser = result, level
    return result


def _fit(
    a: Piece, b: Piece, lattice: Lattice, coefficients: np.ndarray, *, stiffness: float, steps: int, is_last: bool
) -> Alignment | None:
    """Return the field after some Gauss-Newton steps on one level; ``is_last`` where no finer one follows."""
    whole = _filled(b)
    slope_a = _slopes(_filled(a))
    for number in range(steps):
        # Cubic splines are half the work; what they bias, by a hundredth of a pixel, the last step of the last level mends.
        if number == 0 or (is_last and number == steps - 1):
            warp = Warp(whole, b.valid, FINE_ORDER if is_last and number == steps - 1 else COARSE_ORDER)
        moved = evaluate(coefficients, lattice)
        there, seen = warp(moved)
        inside = a.valid & seen
        if inside.mean() < 0.02:
            return None
        local = _local(np.where(inside, a.samples, 0), np.where(inside, there, 0), inside)
        residual = np.where(inside, local.gain * a.samples + local.offset - there, 0)
        weight, noise = _robust(residual, inside)
        slopes = 0.5 * (_slopes(there) + local.gain * slope_a)
        slopes *= inside
        scaled = weight / noise**2
        products = np.stack([slopes[0] ** 2, slopes[0] * slopes[1], slopes[1] ** 2]) * scaled
        equations = assemble(lattice, products, slopes * residual * scaled)
        coefficients = coefficients + solve(equations, coefficients, stiffness)
    information = np.stack([cell_means(part) for part in products])
    return Alignment(lattice, coefficients, moved, local.correlation, information, cell_means(weight))


class Warp:
    """An image read at displaced places by splines (Thevenaz, Blu and Unser 2000, doi:10.1109/42.875199)."""

    def __init__(self, samples: np.ndarray, valid: np.ndarray, order: int) -> None:
        """Take samples (rows, cols) with something likely where there are no data, where there are, and the order of the splines."""
        self._order = order
        self._spline = ndimage.spline_filter(samples, order, output=np.float32, mode="mirror")
        self._valid = None if valid.all() else valid.astype(np.float32)
        self._rows, self._cols = np.indices(samples.shape, dtype=np.float32, sparse=True)

    def __call__(self, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the samples at each pixel's place + ``moved`` (2, rows, cols: east, down), and where data lie all around."""
        places = np.empty_like(moved)
        np.add(self._rows, moved[1], out=places[0])
        np.add(self._cols, moved[0], out=places[1])
        there = ndimage.map_coordinates(self._spline, places, order=self._order, prefilter=False, mode="mirror", output=np.float32)
        if self._valid is None:
            last = [side - 1 for side in moved.shape[1:]]
            seen = (places[0] >= 0) & (places[0] <= last[0]) & (places[1] >= 0) & (places[1] <= last[1])
            return there, seen
        share = ndimage.map_coordinates(self._valid, places, order=1, mode="constant", cval=0, output=np.float32)
        return there, share > 0.999


def _filled(piece: Piece) -> np.ndarray:
    """Return samples with the nearest data where there are none, so that filters do not ring."""
    if piece.valid.all() or not piece.valid.any():
        return piece.samples
    rows, cols = ndimage.distance_transform_edt(~piece.valid, return_distances=False, return_indices=True)
    return np.asarray(piece.samples[rows, cols])


def _slopes(image: np.ndarray) -> np.ndarray:
    """Return (2, rows, cols) slopes to the east and downwards, per pixel."""
    return np.stack([ndimage.correlate1d(image, _SLOPE, axis=axis, mode="mirror") for axis in (1, 0)])


@dataclass(frozen=True, eq=False)
class _Local:
    gain: np.ndarray
    offset: np.ndarray
    correlation: np.ndarray


def cell_means(values: np.ndarray) -> np.ndarray:
    """Return means over cells of `CELL_PX` pixels."""
    rows, cols = (side // CELL_PX for side in values.shape)
    lines = values[: rows * CELL_PX, : cols * CELL_PX].reshape(rows, CELL_PX, cols * CELL_PX)
    total = lines[:, 0].astype(np.float32)
    for part in range(1, CELL_PX):
        total += lines[:, part]
    return np.asarray(total.reshape(rows, cols, CELL_PX) @ np.full(CELL_PX, 1 / CELL_PX**2, np.float32))


def _smooth_means(values: np.ndarray) -> np.ndarray:
    """Return means over cells, smoothed by the local window."""
    return np.asarray(ndimage.gaussian_filter(cell_means(values), LOCAL_PX / CELL_PX, mode="constant", truncate=3, output=np.float32))


def _on_pixels(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return values of cells at each of their pixels; the rest of a side that is no multiple takes the last cell's."""
    grown = cells.repeat(CELL_PX, axis=0).repeat(CELL_PX, axis=1)
    return np.pad(grown, [(0, want - have) for want, have in zip(shape, grown.shape, strict=True)], mode="edge")


def _local(a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> _Local:
    """Return gain and offset of b = gain * a + offset in Gaussian windows over the pixels inside, and how well they correlate."""
    share = np.maximum(_smooth_means(inside), 1e-6)
    level = float(a.sum() / max(inside.sum(), 1)), float(b.sum() / max(inside.sum(), 1))
    a0, b0 = (a - level[0]) * inside, (b - level[1]) * inside
    mean_a, mean_b = _smooth_means(a0) / share, _smooth_means(b0) / share
    var_a = np.maximum(_smooth_means(a0 * a0) / share - mean_a**2, 1e-6)
    var_b = np.maximum(_smooth_means(b0 * b0) / share - mean_b**2, 1e-6)
    together = _smooth_means(a0 * b0) / share - mean_a * mean_b
    correlation = np.clip(together / np.sqrt(var_a * var_b), -1, 1)
    # The geometric mean of both regressions: noise in a would make the plain one too small.
    gain = np.clip(np.sqrt(var_b / var_a), 0.2, 5)
    offset = mean_b + level[1] - gain * (mean_a + level[0])
    return _Local(_on_pixels(gain, a.shape), _on_pixels(offset, a.shape), correlation)


def _robust(residual: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Tukey's weights and the local noise of residuals."""
    whole = 1.4826 * float(np.median(np.abs(residual[inside]))) if inside.any() else 1.0
    whole = max(whole, 1e-3)
    clipped = np.minimum(np.abs(residual), 3 * whole) * inside
    share = np.maximum(_smooth_means(inside), 1e-6)
    noise = _on_pixels(np.maximum(np.sqrt(_smooth_means(clipped**2) / share), 0.3 * whole), residual.shape)
    weight = np.square(np.clip(1 - np.square(residual / (TUKEY * noise)), 0, 1)) * inside
    return weight.astype(np.float32), noise


def _reduced(piece: Piece, level: int) -> Piece:
    """Return a piece over cells of ``level`` pixels: means of the data, where at least half of a cell is data."""
    if level == 1:
        return piece
    rows, cols = (side // level for side in piece.samples.shape)
    cut = np.s_[: rows * level, : cols * level]
    valid = piece.valid[cut].reshape(rows, level, cols, level)
    count = valid.sum(axis=(1, 3))
    total = (piece.samples[cut] * piece.valid[cut]).reshape(rows, level, cols, level).sum(axis=(1, 3))
    return Piece((total / np.maximum(count, 1)).astype(np.float32), count * 2 >= level * level)


def _padded(piece: Piece, shape: tuple[int, int]) -> Piece:
    """Return a piece grown to south and east by pixels without data."""
    grow = [(0, want - have) for want, have in zip(shape, piece.samples.shape, strict=True)]
    if not any(after for _, after in grow):
        return piece
    return Piece(np.pad(piece.samples, grow, mode="edge"), np.pad(piece.valid, grow))
