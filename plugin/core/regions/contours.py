"""Trace the outlines of a class raster as one network of lines that neighbouring polygons share.

Lines run along pixel sides and cut each corner half a pixel before it, as the contour through the midpoints of the
sides does: a slanting staircase becomes a straight line, and no pixel centre changes sides. Where three or more
outlines meet, or two polygons touch at a corner, is a node, which nothing moves. Every line exists once, so a change to
it changes the polygons on both sides. Coordinates are whole half pixels, x east, y south.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from .components import row_blocks

EAST, SOUTH, WEST, NORTH = range(4)
_LEVEL = (1 << EAST) | (1 << WEST)
_UPRIGHT = (1 << SOUTH) | (1 << NORTH)


@dataclass(frozen=True, eq=False)
class Outlines:
    """All outlines of a raster: points that know their neighbours along the line, and rings of points."""

    x: np.ndarray
    """Easting of each point, half pixels from the raster's left edge, int32."""
    y: np.ndarray
    """Southing of each point, half pixels from its top edge, int32."""
    before: np.ndarray
    """A neighbour of each point along its line; -1 for nodes and for points that stand for none."""
    after: np.ndarray
    """Its other neighbour, likewise."""
    ring_points: np.ndarray
    """The points of all rings, one ring after the other, each closed without repeating its first point."""
    ring_start: np.ndarray
    """Where each ring begins in ``ring_points``, and at the end their total: rings + 1 numbers."""
    ring_pixel: np.ndarray
    """Flat index of a pixel of each ring's polygon, which lies to the left of a walk along it (north up)."""
    ring_alone: np.ndarray
    """True for rings with nothing but background on their other side."""


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Straight pieces of outline between corners and nodes.

    Piece s walked forward (east or south) is half ``2 s``, backward ``2 s + 1``; its point near the first end is
    ``2 s``, near the last end ``2 s + 1``.
    """

    ends: np.ndarray
    """(pieces, 2) lattice points row * (cols + 1) + col, west or north end first."""
    level: np.ndarray
    """True for east-west pieces."""
    codes: np.ndarray
    """(pieces, 2) values to the left and to the right of the walk forward."""
    is_node: np.ndarray
    """(pieces, 2), True where the end is a node rather than a corner."""
    exits: np.ndarray
    """(pieces, 2, 4) half that leaves each end to the east, south, west, north; -1 for none."""
    cols: int
    """Columns of the raster."""

    @property
    def merged(self) -> np.ndarray:
        """True where both ends are corners one pixel side apart, so that one midpoint serves both."""
        one = np.where(self.level, 1, self.cols + 1)
        return (self.ends[:, 1] - self.ends[:, 0] == one) & ~self.is_node.any(axis=1)


def trace(values: np.ndarray) -> Outlines:
    """Return the outlines of the 4-connected areas of equal value in a (rows, cols) uint8 raster; 0 is background."""
    pieces = _pieces_of(values)
    x, y = _coordinates(pieces)
    before, after = _neighbours(pieces)
    halves, half_start = _cycles(pieces)
    points, start = _ring_points(pieces, halves, half_start)
    pixel = _left_pixel(pieces, halves[half_start[:-1]])
    right = pieces.codes[halves // 2, 1 - halves % 2]
    alone = np.logical_and.reduceat(right == 0, half_start[:-1]) if len(pixel) else np.empty(0, bool)
    points, start, origin = _untouching(points, start, x, y)
    return Outlines(x, y, before, after, points, start, pixel[origin], alone[origin])


def _pieces_of(values: np.ndarray) -> _Pieces:
    """Return the straight pieces of all outlines of (rows, cols) codes, each from corner or node to corner or node."""
    rows, cols = values.shape
    level, level_codes = _level_sides(values)
    upright, upright_codes = _upright_sides(values)
    leaving = np.zeros((rows + 1) * (cols + 1), np.uint8)
    for points, direction in ((level, EAST), (upright, SOUTH), (level + 1, WEST), (upright + cols + 1, NORTH)):
        leaving[points] |= np.uint8(1 << direction)
    first, last = _joined(level, leaving, _LEVEL, 1)
    first_up, last_up = _joined(upright, leaving, _UPRIGHT, cols + 1)
    ends = np.concatenate(
        [
            np.stack([level[first], level[last] + 1], axis=1),
            np.stack([upright[first_up], upright[last_up] + cols + 1], axis=1),
        ]
    )
    codes = np.concatenate([level_codes[first], upright_codes[first_up]])
    is_level = np.arange(len(ends)) < len(first)
    is_node = ~np.isin(leaving[ends], _corners())
    return _Pieces(ends, is_level, codes, is_node, _exits(ends, is_level), cols)


def _corners() -> list[int]:
    """Return the sets of directions that make a point a corner."""
    return [(1 << a) | (1 << b) for a in (EAST, WEST) for b in (SOUTH, NORTH)]


def _level_sides(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the west ends of all horizontal pixel sides between different values, and (sides, 2) values above and below."""
    rows, cols = values.shape
    points, codes = [], []
    for block in row_blocks(rows + 1):
        above = np.zeros((block.stop - block.start, cols), values.dtype)
        below = np.zeros_like(above)
        above[max(0, 1 - block.start) :] = values[max(0, block.start - 1) : block.stop - 1]
        inside = values[block]
        below[: len(inside)] = inside
        row, col = np.nonzero(above != below)
        points.append((row + block.start) * (cols + 1) + col)
        codes.append(np.stack([above[row, col], below[row, col]], axis=1))
    return np.concatenate(points), np.concatenate(codes)


def _upright_sides(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the north ends of all vertical sides, column by column, and (sides, 2) values to the east and to the west."""
    rows, cols = values.shape
    points, codes = [], []
    for block in row_blocks(rows):
        part = np.zeros((block.stop - block.start, cols + 2), values.dtype)
        part[:, 1:-1] = values[block]
        row, col = np.nonzero(part[:, 1:] != part[:, :-1])
        points.append((row + block.start) * (cols + 1) + col)
        codes.append(np.stack([part[row, col + 1], part[row, col]], axis=1))
    north, values_beside = np.concatenate(points), np.concatenate(codes)
    order = np.argsort(north % (cols + 1), kind="stable")
    return north[order], values_beside[order]


def _joined(sides: np.ndarray, leaving: np.ndarray, straight: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last side of each straight piece; sides that follow each other are ``step`` apart."""
    begins = np.ones(len(sides), bool)
    begins[1:] = (np.diff(sides) != step) | (leaving[sides[1:]] != straight)
    first = np.flatnonzero(begins)
    return first, np.append(first[1:], len(sides)) - 1 if len(first) else first


def _exits(ends: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return (pieces, 2, 4) halves that leave each end by direction."""
    lattice, place = np.unique(ends, return_inverse=True)
    place = place.reshape(ends.shape)
    table = np.full((len(lattice), 4), -1, np.int64)
    forward = 2 * np.arange(len(ends))
    table[place[:, 0], np.where(level, EAST, SOUTH)] = forward
    table[place[:, 1], np.where(level, WEST, NORTH)] = forward + 1
    return table[place]


def _coordinates(pieces: _Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the points: half a side inside the piece at corners, at the end itself for nodes."""
    row, col = pieces.ends // (pieces.cols + 1), pieces.ends % (pieces.cols + 1)
    inwards = np.where(pieces.is_node, 0, np.array([1, -1]))
    x = 2 * col + np.where(pieces.level[:, None], inwards, 0)
    y = 2 * row + np.where(pieces.level[:, None], 0, inwards)
    return x.astype(np.int32).reshape(-1), y.astype(np.int32).reshape(-1)


def _neighbours(pieces: _Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return both neighbours of each point along its line, -1 where the point is a node."""
    merged = pieces.merged
    own = np.arange(2 * len(pieces.ends)).reshape(-1, 2)
    # At a corner two halves leave: this piece's own and its partner's. A half and the point it begins with have one number.
    partner = np.where(pieces.exits >= 0, pieces.exits, 0).sum(axis=2) - own
    partner = np.where(merged[np.clip(partner // 2, 0, len(merged) - 1)], partner // 2 * 2, partner) if len(own) else partner
    before = np.where(pieces.is_node, -1, partner)
    after = np.where(pieces.is_node, -1, own[:, ::-1])
    after[merged, 0] = before[merged, 1]
    before[merged, 1] = after[merged, 1] = -1
    return before.reshape(-1), after.reshape(-1)


def _cycles(pieces: _Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return the halves along the outlines of everything but background, ring after ring, and where each ring begins.

    At every point the walk turns left as soon as it can, which keeps it with the pixel at its left: areas that touch
    at a corner only are walked round one by one.
    """
    halves = 2 * len(pieces.ends)
    heading = np.stack([np.where(pieces.level, EAST, SOUTH), np.where(pieces.level, WEST, NORTH)], axis=1)
    arrival = pieces.exits[:, ::-1].reshape(halves, 4)
    following = np.full(halves, -1, np.int64)
    for turn in (1, 0, -1):  # the last one written wins: right, straight on, left
        ahead = arrival[np.arange(halves), (heading.reshape(-1) + turn) % 4]
        following = np.where(ahead >= 0, ahead, following)
    wanted = pieces.codes.reshape(-1) != 0
    order, start = _walk(memoryview(following.data), wanted)
    return np.asarray(order), np.asarray(start)


def _walk(following: memoryview, wanted: np.ndarray) -> tuple[array[int], array[int]]:
    """Return the order in which ``following`` leads through the wanted halves, and where each walk begins."""
    todo = bytearray(wanted.tobytes())
    order, start = array("q"), array("q")
    for first in np.flatnonzero(wanted).tolist():
        if not todo[first]:
            continue
        start.append(len(order))
        half = first
        while todo[half]:
            todo[half] = 0
            order.append(half)
            half = following[half]
    start.append(len(order))
    return order, start


def _ring_points(pieces: _Pieces, halves: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that a walk along the halves passes, and where each ring begins among them.

    Each half gives its first point, and its last one where that is not the next half's first.
    """
    piece, backward = halves // 2, halves % 2
    merged = pieces.merged[piece]
    both = np.stack([np.where(merged, 2 * piece, halves), halves ^ 1], axis=1)
    passed = np.ones(both.shape, bool)
    passed[:, 1] = ~merged & ~pieces.is_node[piece, 1 - backward]
    total = np.concatenate([[0], np.cumsum(passed.sum(axis=1))])
    return both[passed], total[start]


def _left_pixel(pieces: _Pieces, halves: np.ndarray) -> np.ndarray:
    """Return the flat index of the pixel to the left of each half's first side."""
    piece, backward = halves // 2, halves % 2
    lattice = pieces.ends[piece, backward]
    row, col = lattice // (pieces.cols + 1), lattice % (pieces.cols + 1)
    level, back = pieces.level[piece], backward == 1
    row = row - np.where(level, ~back, back)
    col = col - np.where(level, back, back)
    return np.asarray(row * pieces.cols + col)


def _untouching(points: np.ndarray, start: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points and beginnings of rings that visit no place twice, and the ring each is a part of.

    A polygon that touches itself at a corner encloses something there; cut at that corner its ring becomes an
    exterior and a hole, which valid polygons may have.
    """
    ring = np.repeat(np.arange(len(start) - 1), np.diff(start))
    span = int(x.max(initial=0)) + 1
    place = y[points].astype(np.int64) * span + x[points]
    order = np.lexsort((place, ring))
    twice = (np.diff(ring[order]) == 0) & (np.diff(place[order]) == 0)
    touching = np.unique(ring[order[1:]][twice])
    if not len(touching):
        return points, start, np.arange(len(start) - 1)
    parts, origin = [], []
    is_touching = np.zeros(len(start) - 1, bool)
    is_touching[touching] = True
    for number in range(len(start) - 1):
        whole = points[start[number] : start[number + 1]]
        pieces = _cut_at_touches(whole, place[start[number] : start[number + 1]]) if is_touching[number] else [whole]
        parts += pieces
        origin += [number] * len(pieces)
    return np.concatenate(parts), np.concatenate([[0], np.cumsum([len(part) for part in parts])]), np.array(origin)


def _cut_at_touches(points: np.ndarray, place: np.ndarray) -> list[np.ndarray]:
    """Return the simple rings of one ring that visits places twice."""
    rings: list[np.ndarray] = []
    path: list[tuple[int, int]] = []
    seen: dict[int, int] = {}
    for point, where in zip(points.tolist(), place.tolist(), strict=True):
        if where in seen:
            cut = seen[where]
            rings.append(np.array([p for p, _ in path[cut:]]))
            for _, gone in path[cut:]:
                del seen[gone]
            del path[cut:]
        seen[where] = len(path)
        path.append((point, where))
    rings.append(np.array([p for p, _ in path]))
    return rings
