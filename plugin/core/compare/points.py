"""Points of a displacement field: where texture is best, how sure each is, and which are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .align import CELL_PX, Alignment, Piece, align
from .field import evaluate_at
from .options import MatchOptions

SIGMA_FLOOR_PX = 0.01
"""Uncertainty that no amount of texture takes away."""
WINDOW_SHARE = 0.62
"""Side of the square whose pixels decide a place of the field, node distances: fits the errors seen under known noise."""
UNRESOLVED = 0.12
"""Share of what a field loses when it is smoothed over half a node distance that is lost in the fit as well."""
LARGEST_SIGMA_PX = 0.15
"""Points that are less certain are not kept."""
LEAST_WEIGHT = 0.5
"""Share of the pixels around a kept point that took part: where clouds, shadows or gaps are near, fewer do."""


@dataclass(frozen=True, eq=False)
class FieldPoints:
    """Points on the pixels of A, arrays of one length."""

    row: np.ndarray
    """Row, 0 is the centre of the first pixel."""
    col: np.ndarray
    """Column."""
    east_px: np.ndarray
    """Displacement to the east, pixels."""
    north_px: np.ndarray
    """Displacement to the north, pixels."""
    sigma_px: np.ndarray
    """One standard deviation per axis, pixels."""
    correlation: np.ndarray
    """Of the surroundings in A and, moved, in B."""
    back_px: np.ndarray
    """Distance from the start after the way there and back, pixels."""
    weight: np.ndarray
    """Share of the pixels around that took part."""

    def taken(self, chosen: np.ndarray) -> FieldPoints:
        """Return some of the points."""
        return FieldPoints(**{name: values[chosen] for name, values in vars(self).items()})

    def shifted(self, rows: float, cols: float) -> FieldPoints:
        """Return the points on pixels counted from elsewhere."""
        return FieldPoints(**{**vars(self), "row": self.row + rows, "col": self.col + cols})


NO_POINTS = FieldPoints(*(np.empty(0) for _ in range(8)))


def match(a: Piece, b: Piece, options: MatchOptions, start: tuple[float, float] = (0.0, 0.0)) -> FieldPoints:
    """Return a point for each square of ``spacing_px`` of two pieces that cover the same pixels; none where they cannot be matched.

    ``start`` is the displacement (east, down) in pixels to begin with.
    """
    there = align(a, b, options.node_px, options.stiffness, start)
    if there is None:
        return NO_POINTS
    back = align(b, a, options.node_px, options.stiffness, (-start[0], -start[1]), finest=2)
    row, col = best_places(there, options.spacing_px)
    east, down = evaluate_at(there.coefficients, there.lattice, row, col)
    if back is None:
        back_px = np.full(len(row), np.inf)
    else:
        returned = 2 * evaluate_at(back.coefficients, back.lattice, (row + down - 0.5) / 2, (col + east - 0.5) / 2)
        back_px = np.hypot(east + returned[0], down + returned[1])
    cell = (row / CELL_PX).astype(int), (col / CELL_PX).astype(int)
    return FieldPoints(
        row,
        col,
        east,
        -down,
        sigma_of(there, options.node_px)[cell],
        there.correlation[cell],
        back_px,
        _share_of(there, options.node_px)[cell],
    )


def best_places(alignment: Alignment, spacing_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the place of most texture in each square: the smaller eigenvalue of the structure tensor.

    Shi and Tomasi (1994), Good features to track, doi:10.1109/CVPR.1994.323794.
    """
    xx, xy, yy = (ndimage.gaussian_filter(part, 1) for part in alignment.information)
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    side = max(1, spacing_px // CELL_PX)
    rows, cols = (count // side for count in least.shape)
    squares = least[: rows * side, : cols * side].reshape(rows, side, cols, side).transpose(0, 2, 1, 3).reshape(rows, cols, -1)
    best = squares.argmax(axis=2)
    row = (np.arange(rows)[:, None] * side + best // side + 0.5) * CELL_PX - 0.5
    col = (np.arange(cols)[None, :] * side + best % side + 0.5) * CELL_PX - 0.5
    return row.ravel(), col.ravel()


def sigma_of(alignment: Alignment, node_px: int) -> np.ndarray:
    """Return one standard deviation per axis, pixels, on the alignment's cells.

    Noise: the inverse of the information in the window that decides a place. What the field cannot follow: in proportion to its
    curvature. And a floor.
    """
    spread = node_px * WINDOW_SHARE / CELL_PX / 2
    area_px = (node_px * WINDOW_SHARE) ** 2 * np.pi
    xx, xy, yy = (ndimage.gaussian_filter(part, spread) * area_px for part in alignment.information)
    determinant = np.maximum(xx * yy - xy**2, 1e-12)
    noise = (xx + yy) / 2 / determinant
    field = alignment.moved[:, CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX]
    lost = field - np.stack([ndimage.gaussian_filter(part, node_px / 2 / CELL_PX) for part in field])
    unresolved = UNRESOLVED**2 * ndimage.gaussian_filter((lost**2).sum(axis=0) / 2, node_px / 2 / CELL_PX)
    return np.asarray(np.sqrt(noise + unresolved + SIGMA_FLOOR_PX**2))


def _share_of(alignment: Alignment, node_px: int) -> np.ndarray:
    """Return the share of pixels around each cell that took part."""
    return np.asarray(ndimage.gaussian_filter(alignment.weight, node_px / 2 / CELL_PX, mode="constant"))


def kept(points: FieldPoints, options: MatchOptions) -> np.ndarray:
    """Return True for the points that pass every test but that of their neighbours."""
    return (
        (points.correlation >= options.least_correlation)
        & (points.back_px <= options.back_px)
        & (points.sigma_px <= LARGEST_SIGMA_PX)
        & (points.weight >= LEAST_WEIGHT)
    )
