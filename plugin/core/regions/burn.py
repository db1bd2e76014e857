"""Burn polygons into pixels, by a named rule: which pixels count as inside.

By ``touch`` a pixel counts whose centre lies inside a polygon or on its outline, so that no doubtful pixel passes for clear:
mosaics burn so. By ``centre`` GDAL decides, which gives a centre on a slanted or upright outline to one side alone: scores
and training masks burn so, and programs of others come to the same.

Burning by touch is one vectorised scanline pass over directed edges. A national mosaic burns outlines of some 200 000
vertices a scene into thousands of blocks. Rings are brought to pixel units once (`ring_points`); a block then costs one
selection and one pass over the edges near it, whatever the number of polygons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from ..raster.grid import Grid, Window

Rule = Literal["touch", "centre"]
"""Which pixels count as inside."""
TOUCH_PX = 1e-6
"""A pixel centre within this distance of an outline counts as inside: polygons traced on a lattice half a pixel
away have their edges exactly on the centres, and a doubtful pixel must not be taken for clear."""
WORD_BITS = 64
"""Pixels that are filled at a time."""


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges of polygons on one grid, exteriors counter-clockwise, holes clockwise, in pixel units."""

    x0: np.ndarray
    """Column of each edge's upper end; 0 is the outer side of the first pixel."""
    y0: np.ndarray
    """Row of the upper end."""
    x1: np.ndarray
    """Column of the lower end."""
    y1: np.ndarray
    """Row of the lower end, > ``y0``."""
    turn: np.ndarray
    """int8: +1 where the inside begins to the right of the edge, -1 where it ends there."""

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        """``x0``, ``y0``, ``x1``, ``y1`` and ``turn``."""
        return self.x0, self.y0, self.x1, self.y1, self.turn

    def shift(self, rows: float, cols: float) -> Edges:
        """Return the edges moved down by ``rows`` and right by ``cols``."""
        return Edges(self.x0 + cols, self.y0 + rows, self.x1 + cols, self.y1 + rows, self.turn)

    def coarser(self, factor: float) -> Edges:
        """Return the edges in pixels ``factor`` times as large."""
        return Edges(self.x0 / factor, self.y0 / factor, self.x1 / factor, self.y1 / factor, self.turn)


NO_EDGES = Edges(np.empty(0), np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.int8))
"""Nothing to burn."""


def burn_polygons(geometries: Sequence[BaseGeometry] | np.ndarray, grid: Grid, rule: Rule) -> np.ndarray:
    """Return (rows, cols) bool of a whole grid, True inside polygons (CRS of ``grid``); overlapping ones count as their union."""
    if rule == "touch":
        return burn(prepare_edges(geometries, grid), grid.window)
    shapes = [(shape, 1) for shape in geometries if shape and not shape.is_empty]
    if not shapes:
        return np.zeros(grid.shape, bool)
    return np.asarray(rasterize(shapes, grid.shape, transform=grid.transform, dtype="uint8").view(bool))


def prepare_edges(geometries: Sequence[BaseGeometry] | np.ndarray, grid: Grid) -> Edges:
    """Return the edges of polygons (CRS of ``grid``) for `burn`; overlapping polygons count as their union."""
    return edges_of(ring_points(geometries, grid)[0])


def ring_points(geometries: Sequence[BaseGeometry] | np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Return the rings of polygons (CRS of ``grid``) as points, and (polygons + 1,) where the points of each polygon begin.

    Points are (points, 2) float64 columns and rows, 0 the outer side of the first pixel, exteriors counter-clockwise on the
    map and holes clockwise. A row whose column is NaN ends each ring. Polygons that lie nowhere, because a coordinate is no
    number, are left out.
    """
    parts = np.asarray(geometries, dtype=object)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)  # a collection may hold another
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)]
    if not len(parts):
        return np.empty((0, 2)), np.zeros(1, np.int64)
    rings, polygon = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    known = np.isfinite(corners).all(axis=1)
    if not known.all():
        return ring_points(np.delete(parts, np.unique(polygon[ring[~known]])), grid)
    row, col = grid.to_pixel(*corners.T)
    points = np.full((len(corners) + len(rings), 2), np.nan)
    points[np.arange(len(corners)) + ring] = np.stack((col, row), axis=1) + 0.5  # from centres to outer sides
    count = np.bincount(polygon[ring], minlength=len(parts)) + np.bincount(polygon)
    return points, np.append(0, np.cumsum(count))


def edges_of(points: np.ndarray, window: Window | None = None) -> Edges:
    """Return the edges of rings as `ring_points` gives them, of those alone that matter to a window where one is given."""
    before, after = points[:-1], points[1:]
    chosen = (after[:, 1] != before[:, 1]) & ~np.isnan(before[:, 0] + after[:, 0])  # a level edge crosses no row
    if window is not None:  # what lies left of it tells how often a row has been entered already
        chosen &= np.maximum(before[:, 1], after[:, 1]) >= window.row - 1
        chosen &= np.minimum(before[:, 1], after[:, 1]) <= window.stop[0] + 1
        chosen &= np.minimum(before[:, 0], after[:, 0]) <= window.stop[1] + 1
    (xa, ya), (xb, yb) = before[chosen].T, after[chosen].T
    # An exterior that runs counter-clockwise on the map goes down on its left side; rows grow downwards.
    down = yb > ya
    ends = np.where(down, xa, xb), np.where(down, ya, yb), np.where(down, xb, xa), np.where(down, yb, ya)
    return Edges(*ends, np.where(down, 1, -1).astype(np.int8))


def burn(edges: Edges, window: Window) -> np.ndarray:
    """Return (rows, cols) bool of ``window``, by touch: True where a pixel's centre lies inside a polygon or on its outline."""
    top, bottom = window.row, window.row + window.rows
    chosen = (edges.y1 >= top) & (edges.y0 <= bottom) & (np.minimum(edges.x0, edges.x1) <= window.col + window.cols)
    if not chosen.any():
        return np.zeros(window.shape, bool)
    near = Edges(*(column[chosen] for column in edges.columns))
    above, below = (_crossings(near, window, nudge) for nudge in (-TOUCH_PX, TOUCH_PX))
    mask = _inside(*above, window)
    if all(np.array_equal(one, other) for one, other in zip(above, below, strict=True)):
        return mask  # no outline runs through the centres of a row
    return mask | _inside(*below, window)


def _crossings(edges: Edges, window: Window, nudge: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column in ``window`` of the first pixel beyond each crossing of a row's centre line, and its turn.

    The centre lines are moved by ``nudge``; columns are 0 to the window's width.
    """
    x0, y0, x1, y1, turn = edges.columns
    top, bottom = window.row, window.row + window.rows
    # rows whose centre line is crossed: y0 <= row + .5 + nudge < y1
    first = np.maximum(np.ceil(y0 - 0.5 - nudge), top).astype(np.int64)
    stop = np.minimum(np.ceil(y1 - 0.5 - nudge), bottom).astype(np.int64)
    count = np.maximum(stop - first, 0)
    edge = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    slope = (x1 - x0) / (y1 - y0)
    x = x0[edge] + (row + 0.5 + nudge - y0[edge]) * slope[edge]
    crossed = turn[edge]
    col = np.where(crossed > 0, np.ceil(x - 0.5 - TOUCH_PX), np.floor(x + 0.5 + TOUCH_PX)).astype(np.int64)
    return row - top, np.clip(col - window.col, 0, window.cols), crossed


def _inside(row: np.ndarray, col: np.ndarray, turn: np.ndarray, window: Window) -> np.ndarray:
    """Return (rows, cols) True where more polygons have begun in a row than ended.

    Sums along rows would take NumPy two nanoseconds a pixel. Only pixels where the sum changes are added up, and the
    stretches between them are filled 64 pixels at a time.
    """
    width = -(-(window.cols + 1) // WORD_BITS) * WORD_BITS
    change = np.zeros(window.rows * width, np.int16)
    np.add.at(change, row * width + col, turn.astype(np.int16))  # of one type, or NumPy adds one by one
    left_open = np.bincount(row, turn, window.rows).astype(np.int16)
    change[width - 1 :: width] -= left_open  # what ends beyond the window ends with its row
    places = np.flatnonzero(change != 0)
    inside = np.cumsum(change[places], dtype=np.int64) > 0
    borders = np.zeros(window.rows * width, bool)
    borders[places[np.diff(inside, prepend=False)]] = True
    return _filled(borders.reshape(window.rows, width))[:, : window.cols]


def _filled(borders: np.ndarray) -> np.ndarray:
    """Return (rows, cols) True from each odd border of a row to the next one; columns are whole words."""
    words = np.packbits(borders, axis=1, bitorder="little").view("<u8")
    for shift in (1, 2, 4, 8, 16, 32):
        words = words ^ (words << np.uint64(shift))
    odd = np.bitwise_xor.accumulate(words >> np.uint64(WORD_BITS - 1), axis=1)
    words[:, 1:] ^= np.uint64(0) - odd[:, :-1]
    return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").view(bool)


def clip_edges(edges: Edges, window: Window) -> Edges:
    """Return edges that burn the same into a window, and that change only where a polygon does that reaches it.

    What lies wholly to the right does not matter. Of what lies wholly to the left only its sum matters, the number of
    polygons that a row is in when it enters the window: it stands as upright edges left of the window.
    """
    top, bottom, left = window.row - 1, window.row + window.rows + 1, window.col - 2
    near = (edges.y1 >= top) & (edges.y0 <= bottom) & (np.minimum(edges.x0, edges.x1) <= window.col + window.cols + 1)
    x0, y0, x1, y1, turn = (column[near] for column in edges.columns)
    before = np.maximum(x0, x1) < left
    start, stop, count = _entered(np.clip(y0[before], top, bottom), np.clip(y1[before], top, bottom), turn[before])
    upright = np.full(len(start), float(left))
    kept = ~before
    return Edges(
        np.concatenate((x0[kept], upright)),
        np.concatenate((y0[kept], start)),
        np.concatenate((x1[kept], upright)),
        np.concatenate((y1[kept], stop)),
        np.concatenate((turn[kept], count)),
    )


def _entered(y0: np.ndarray, y1: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return begin, end and sum of turns of the stretches of rows where the sum of edges is not 0."""
    y, event = np.unique(np.concatenate((y0, y1)), return_inverse=True)
    change = np.zeros(len(y), np.int64)
    np.add.at(change, event.ravel(), np.concatenate((turn, -turn)).astype(np.int64))
    total = np.cumsum(change)[:-1]
    bends = np.flatnonzero(change != 0)  # elsewhere chains of edges run on
    inside = total[bends[:-1]] if len(bends) else total[:0]
    chosen = inside != 0
    return y[bends[:-1]][chosen], y[bends[1:]][chosen], inside[chosen].astype(np.int8)
