"""Burn polygons into blocks: one vectorised scanline pass over edges prepared once.

A national mosaic burns outlines of some 200 000 vertices a scene into thousands of blocks. The edges are brought
to pixel units once; a block then costs one selection and one pass, whatever the number of polygons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..grid import Grid, Window
from ..lazy import lazy

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
    begin: np.ndarray | None = None
    """(polygons + 1,) where the edges of each polygon begin; None where they are not kept apart."""

    @classmethod
    def of_ends(cls, ends: np.ndarray, turn: np.ndarray) -> Edges:
        """Return edges from their ends (4, edges), in the order of the fields."""
        x0, y0, x1, y1 = ends
        return cls(x0, y0, x1, y1, turn)

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        """``x0``, ``y0``, ``x1``, ``y1`` and ``turn``."""
        return self.x0, self.y0, self.x1, self.y1, self.turn

    def digest(self) -> str:
        """Return a text that differs between different edges."""
        found = hashlib.sha256()
        for column in self.columns:
            found.update(column.tobytes())
        return found.hexdigest()

    def shift(self, rows: float, cols: float) -> Edges:
        """Return the edges moved down by ``rows`` and right by ``cols``."""
        return Edges(self.x0 + cols, self.y0 + rows, self.x1 + cols, self.y1 + rows, self.turn, self.begin)

    @lazy
    def boxes(self) -> tuple[np.ndarray, ...]:
        """First column and row, last column and row of each polygon, where polygons are kept apart."""
        first = np.empty(0, int) if self.begin is None else self.begin[:-1]
        low = np.minimum.reduceat(np.minimum(self.x0, self.x1), first), np.minimum.reduceat(self.y0, first)
        return (*low, np.maximum.reduceat(np.maximum(self.x0, self.x1), first), np.maximum.reduceat(self.y1, first))

    def near(self, window: Window) -> Edges:
        """Return the edges of the polygons that can reach a window: the others leave no trace in it."""
        if self.begin is None or len(self.begin) < 2:
            return self
        west, north, east, south = self.boxes
        wide = window.grow(1)
        chosen = (south >= wide.row) & (north <= wide.stop[0]) & (east >= wide.col) & (west <= wide.stop[1])
        if chosen.all():
            return self
        count = np.diff(self.begin)
        kept = np.repeat(chosen, count)
        x0, y0, x1, y1, turn = (column[kept] for column in self.columns)
        return Edges(x0, y0, x1, y1, turn, np.append(0, np.cumsum(count[chosen])))

    def coarser(self, factor: float) -> Edges:
        """Return the edges in pixels ``factor`` times as large."""
        return Edges(self.x0 / factor, self.y0 / factor, self.x1 / factor, self.y1 / factor, self.turn)


def prepare_edges(geometries: Sequence[BaseGeometry] | np.ndarray, grid: Grid) -> Edges:
    """Return the edges of polygons (CRS of ``grid``) for `burn`; overlapping polygons count as their union."""
    parts = np.asarray(geometries, dtype=object)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)  # a collection may hold another
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts):
        nothing = np.empty(0)
        return Edges(nothing, nothing, nothing, nothing, np.empty(0, np.int8))
    rings, polygon = shapely.get_rings(parts, return_index=True)
    hole = np.append(False, polygon[1:] == polygon[:-1])
    x0, y0, x1, y1, turn, ring = _ring_edges(rings, grid, hole)
    count = np.bincount(polygon[ring], minlength=len(parts))
    return Edges(x0, y0, x1, y1, turn, np.append(0, np.cumsum(count[count > 0])))


def _ring_edges(rings: np.ndarray, grid: Grid, hole: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the fields of `Edges` and the number of each edge's ring; ``hole`` (rings,) is False for exteriors."""
    points, ring = shapely.get_coordinates(rings, return_index=True)
    t = grid.transform
    x, y = (points[:, 0] - t.c) / t.a, (points[:, 1] - t.f) / t.e
    inner = ring[1:] == ring[:-1]
    xa, ya, xb, yb, owner = x[:-1][inner], y[:-1][inner], x[1:][inner], y[1:][inner], ring[:-1][inner]
    # An exterior that runs counter-clockwise on the map goes down on its left side; rows grow downwards.
    sign = np.where((shapely.is_ccw(rings) ^ hole)[owner], 1, -1).astype(np.int8)
    down = yb > ya
    level = yb == ya
    turn = np.where(down, sign, -sign).astype(np.int8)
    x0, y0 = np.where(down, xa, xb), np.where(down, ya, yb)
    x1, y1 = np.where(down, xb, xa), np.where(down, yb, ya)
    keep = ~level
    return x0[keep], y0[keep], x1[keep], y1[keep], turn[keep], owner[keep]


def burn(edges: Edges, window: Window) -> np.ndarray:
    """Return (rows, cols) of ``window``, True where a pixel's centre lies inside a polygon or on its outline."""
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
    edges = edges.near(window)
    top, bottom, left = window.row - 1, window.row + window.rows + 1, window.col - 2
    near = (edges.y1 >= top) & (edges.y0 <= bottom) & (np.minimum(edges.x0, edges.x1) <= window.col + window.cols + 1)
    x0, y0, x1, y1, turn = (getattr(edges, name)[near] for name in ("x0", "y0", "x1", "y1", "turn"))
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
