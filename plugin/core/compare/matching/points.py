"""Points of a displacement field: where texture is best, how sure each is, and which are kept."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy import ndimage

from ...raster.grid import Window
from ..options import MatchOptions
from .align import CELL_PX, Alignment, Piece, align, cell_means
from .field import evaluate_at

SIGMA_FLOOR_PX = 0.01
"""Uncertainty that no amount of texture takes away."""
WINDOW_SHARE = 0.62
"""Side of the square whose pixels decide a place of the field, node distances: fits the errors seen under known noise."""
UNRESOLVED = 0.12
"""Share of what a field loses when it is smoothed over half a node distance that is lost in the fit as well."""
LARGEST_SIGMA_PX = 0.15
"""Points that are less certain are not kept."""
LEAST_VALID = 0.9
"""Share of the pixels of a kept point's window, a node distance wide, that have data and no mask in both orthos."""
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
    valid: np.ndarray
    """Share of the pixels of the point's window that have data and no mask in both."""
    square_row: np.ndarray
    """Number of the square the point was chosen in, counted downwards; whole numbers."""
    square_col: np.ndarray
    """The same to the right."""
    middle_east_px: np.ndarray
    """Displacement to the east in the middle of the square."""
    middle_north_px: np.ndarray
    """Displacement to the north there."""

    @classmethod
    def joined(cls, parts: list[FieldPoints]) -> FieldPoints:
        """Return the points of all parts, in their order."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in (NO_POINTS, *parts)]) for name in names})

    def taken(self, chosen: np.ndarray) -> FieldPoints:
        """Return some of the points."""
        return FieldPoints(**{name: values[chosen] for name, values in vars(self).items()})

    def shifted(self, rows: float, cols: float, squares: tuple[int, int] = (0, 0)) -> FieldPoints:
        """Return the points on pixels, and in squares, counted from elsewhere."""
        down, right = squares
        moved = {
            "row": self.row + rows,
            "col": self.col + cols,
            "square_row": self.square_row + down,
            "square_col": self.square_col + right,
        }
        return FieldPoints(**{**vars(self), **moved})


NO_POINTS = FieldPoints(*(np.empty(0) for _ in fields(FieldPoints)))


def match(a: Piece, b: Piece, options: MatchOptions, start: tuple[float, float] = (0.0, 0.0), within: Window | None = None) -> FieldPoints:
    """Return a point for each square of ``spacing_px`` of two pieces that cover the same pixels; none where they cannot be matched.

    ``start`` is the displacement (east, down) in pixels to begin with. Squares are those of ``within``, a window of the pieces,
    counted from its corner; what lies around it only holds the field.
    """
    within = within or Window(0, 0, *a.samples.shape)
    there = align(a, b, options.node_px, options.stiffness, start)
    if there is None:
        return NO_POINTS
    back = align(b, a, options.node_px, options.stiffness, (-start[0], -start[1]), finest=2)
    row, col, squares = best_places(there, options.spacing_px, within)
    east, down = evaluate_at(there.coefficients, there.lattice, row, col)
    middle = [corner + (square + 0.5) * options.spacing_px - 0.5 for corner, square in zip((within.row, within.col), squares, strict=True)]
    middle_east, middle_down = evaluate_at(there.coefficients, there.lattice, middle[0], middle[1])
    cell = (row / CELL_PX).astype(int), (col / CELL_PX).astype(int)
    return FieldPoints(
        row,
        col,
        east,
        -down,
        sigma_of(there, options.node_px)[cell],
        there.correlation[cell],
        _back_px(back, (row, col), (east, down)),
        _share_of(there, options.node_px)[cell],
        _valid_share(a, b, options.node_px, there.weight.shape)[cell],
        *squares,
        middle_east,
        -middle_down,
    )


def _back_px(back: Alignment | None, place: tuple[np.ndarray, np.ndarray], moved: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return how far from the start the way there and back ends, pixels, by the field back on pixels of twice the size."""
    (row, col), (east, down) = place, moved
    if back is None:
        return np.full(len(row), np.inf)
    returned = 2 * evaluate_at(back.coefficients, back.lattice, (row + down - 0.5) / 2, (col + east - 0.5) / 2)
    return np.hypot(east + returned[0], down + returned[1])


def _valid_share(a: Piece, b: Piece, node_px: int, cells: tuple[int, ...]) -> np.ndarray:
    """Return, on cells, the share of pixels in a window of a node distance that both pieces have."""
    share = cell_means(a.valid & b.valid)
    share = np.pad(share, [(0, want - have) for want, have in zip(cells, share.shape, strict=True)])
    return np.asarray(ndimage.uniform_filter(share, max(1, round(node_px / CELL_PX)), mode="constant"))


def best_places(alignment: Alignment, spacing_px: int, within: Window) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return row and column of the place of most texture in each square of a window, and the squares' own rows and columns.

    Texture is the smaller eigenvalue of the structure tensor: Shi and Tomasi (1994), Good features to track,
    doi:10.1109/CVPR.1994.323794.
    """
    xx, xy, yy = (ndimage.gaussian_filter(part, 1) for part in alignment.information)
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    places = [(np.arange(count) + 0.5) * CELL_PX - 0.5 for count in least.shape]
    inside = [
        (place >= first - 0.5) & (place < first + size - 0.5)
        for place, first, size in zip(places, (within.row, within.col), within.shape, strict=True)
    ]
    row, col = (place[chosen] for place, chosen in zip(places, inside, strict=True))
    square_row, square_col = (((place + 0.5 - first) // spacing_px).astype(int) for place, first in ((row, within.row), (col, within.col)))
    width = int(square_col.max(initial=-1)) + 1
    number = (square_row[:, None] * width + square_col[None, :]).ravel()
    order = np.lexsort((-least[np.ix_(*inside)].ravel(), number))
    chosen = order[np.diff(number[order], prepend=-1) > 0]
    squares = number[chosen] // max(width, 1), number[chosen] % max(width, 1)
    return row[chosen // max(len(col), 1)], col[chosen % max(len(col), 1)], squares


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
        & (points.valid >= LEAST_VALID)
    )
