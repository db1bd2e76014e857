"""Take points away from a network of outlines; no line crosses or touches another by it, and no polygon vanishes.

Points go in the order of the area that this changes (Visvalingam and Whyatt 1993, doi:10.1179/000870493786962263), for the
whole network at once. Each round takes all points whose area is smaller than that of their neighbours, because those do not
depend on each other. A point stays where the triangle it spans with its neighbours holds another point of the network: then
no line can come to cross or touch another. Nodes stay.
"""

from __future__ import annotations

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from ..base.progress import SILENT, Progress, check
from .contours import Outlines

RING_POINTS = 4
"""A ring without nodes keeps at least so many points."""

SMALL_SHARE = 0.04
"""No point may change the area of a polygon beside it by more than this share, so that small ones keep their shape."""

STAGES = (1 / 64, 1 / 16, 1 / 4, 1.0)
"""Shares of the largest area, one after the other, so that small changes come first everywhere."""


def kept_points(outlines: Outlines, tolerance_px: float, progress: Progress = SILENT) -> np.ndarray:
    """Return True for each point of ``outlines`` that stays.

    A change of area of up to ``tolerance_px`` squared is allowed to each point, the meaning of the tolerance in
    GEOS, JTS and PostGIS coverage simplification, and less along small polygons. Points in line with their neighbours always go.

    Model: points go in the order of the area of the triangle with both neighbours, where that triangle holds no other point.
    Units: ``tolerance_px`` in pixels; coordinates of the network in half pixels.
    Shapes: the result (points,) bool.
    Source: Visvalingam and Whyatt (1993), doi:10.1179/000870493786962263.
    """
    network = _Network(outlines)
    network.thin(0.0, progress)
    largest = (2 * tolerance_px) ** 2  # the points are in half pixels
    if largest:
        network.index_points()
        for share in STAGES:
            network.thin(largest * share, progress)
    return network.kept


class _Network:
    """The points still there, as two lists of neighbours; changed by `thin` alone."""

    def __init__(self, outlines: Outlines) -> None:
        self.x, self.y = outlines.x.astype(np.int64), outlines.y.astype(np.int64)
        self.before, self.after = outlines.before.copy(), outlines.after.copy()
        self.movable = self.before >= 0
        self.kept = np.zeros(len(self.x), bool)
        self.kept[outlines.ring_points] = True
        self.line, self.left, self.least = _lines(outlines, self.movable & self.kept)
        self.limit = _limits(outlines, self.line, len(self.left))
        self.rank = _scattered(self.x, self.y)
        self._tree: shapely.STRtree | None = None
        self._indexed = np.empty(0, np.int64)

    def index_points(self) -> None:
        """Put the points that are left into a search tree; the same place counts once."""
        places = np.flatnonzero(self.kept)
        _, first = np.unique(self.y[places] << 32 | self.x[places], return_index=True)
        self._indexed = places[first]
        self._tree = shapely.STRtree(shapely.points(self.x[self._indexed], self.y[self._indexed]))

    def thin(self, largest: float, progress: Progress) -> None:
        """Take away points whose triangle has an area of at most ``largest``, round after round."""
        waiting = np.flatnonzero(self.movable & self.kept)
        blocked = np.zeros(len(self.x), bool)
        while len(waiting):
            check(progress)
            area = self._areas(waiting)
            small = area <= np.minimum(largest, self.limit[self.line[waiting]])
            waiting, area = waiting[small], area[small]
            chosen = self._independent(waiting, area, blocked)
            if not len(chosen):
                return
            going = chosen[self._is_free(chosen)]
            going = self._within_limits(going, area[np.searchsorted(waiting, going)])
            blocked[np.setdiff1d(chosen, going, assume_unique=True)] = True
            chosen = going
            before, after = self.before[chosen], self.after[chosen]
            self._remove(chosen)
            blocked[before] = blocked[after] = False
            waiting = np.union1d(waiting[self.kept[waiting]], np.concatenate([before, after]))
            waiting = waiting[self.movable[waiting] & ~blocked[waiting]]

    def _areas(self, points: np.ndarray) -> np.ndarray:
        a, b = self.before[points], self.after[points]
        ax, ay, bx, by = self.x[a], self.y[a], self.x[b], self.y[b]
        cross = (self.x[points] - ax) * (by - ay) - (self.y[points] - ay) * (bx - ax)
        return np.abs(cross) / 2

    def _independent(self, points: np.ndarray, area: np.ndarray, blocked: np.ndarray) -> np.ndarray:
        """Return the points whose area is smaller than that of both neighbours (ties: by a scattered rank)."""
        best = np.full(len(self.x), np.inf)
        best[points] = np.where(blocked[points], np.inf, area)
        mine = best[points]
        smallest = np.isfinite(mine)
        for other in (self.before[points], self.after[points]):
            theirs = best[other]
            smallest &= (mine < theirs) | ((mine == theirs) & (self.rank[points] < self.rank[other]))
        return points[smallest]

    def _is_free(self, points: np.ndarray) -> np.ndarray:
        """Return True where no other point of the network lies in or on the triangle of a point and its neighbours."""
        free = np.ones(len(points), bool)
        if self._tree is None:
            return free
        a, b = self.before[points], self.after[points]
        corners = [np.stack([self.x[p], self.y[p]]) for p in (a, points, b)]
        low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
        # Pick's theorem: a triangle of half a unit holds no lattice point but its corners.
        ask = np.flatnonzero(self._areas(points) > 0.5)
        if not len(ask):
            return free
        boxes = shapely.box(low[0, ask], low[1, ask], high[0, ask], high[1, ask])
        asked, found = self._tree.query(boxes)
        asked, found = ask[asked], self._indexed[found]
        place = np.stack([self.x[found], self.y[found]])
        inside = self._alive_place(found) & _in_triangle(place, *(corner[:, asked] for corner in corners))
        for corner in corners:
            inside &= (place != corner[:, asked]).any(axis=0)
        free[asked[inside]] = False
        return free

    def _alive_place(self, points: np.ndarray) -> np.ndarray:
        """Return True where the point is still there; nodes, which share a place, always are."""
        return self.kept[points] | ~self.movable[points]

    def _within_limits(self, points: np.ndarray, area: np.ndarray) -> np.ndarray:
        """Return the points that may go without a line falling below its least number, the smallest areas first."""
        line = self.line[points]
        order = np.lexsort((self.rank[points], area, line))
        begins = np.searchsorted(line[order], line[order], side="left")
        allowed = np.arange(len(order)) - begins < (self.left - self.least)[line[order]]
        return np.sort(points[order[allowed]])

    def _remove(self, points: np.ndarray) -> None:
        before, after = self.before[points], self.after[points]
        for near, far in ((before, after), (after, before)):
            forward = self.after[near] == points
            self.after[near[forward]] = far[forward]
            backward = ~forward & self.movable[near]
            self.before[near[backward]] = far[backward]
        self.kept[points] = False
        np.subtract.at(self.left, self.line[points], 1)


def _in_triangle(p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return True where points (2, n) of whole numbers lie in or on triangles."""

    def side(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.asarray((v[0] - u[0]) * (p[1] - u[1]) - (v[1] - u[1]) * (p[0] - u[0]))

    first, second, third = side(a, b), side(b, c), side(c, a)
    return ((first >= 0) & (second >= 0) & (third >= 0)) | ((first <= 0) & (second <= 0) & (third <= 0))


def _limits(outlines: Outlines, line: np.ndarray, lines: int) -> np.ndarray:
    """Return for each line the largest change of area that the smallest polygon beside it bears."""
    limit = np.full(lines, np.inf)
    rings = len(outlines.ring_start) - 1
    if rings:
        ring = np.repeat(np.arange(rings), np.diff(outlines.ring_start))
        x, y = outlines.x[outlines.ring_points].astype(np.int64), outlines.y[outlines.ring_points].astype(np.int64)
        following = np.arange(1, len(ring) + 1)
        following[outlines.ring_start[1:] - 1] = outlines.ring_start[:-1]
        area = np.abs(np.add.reduceat(x * y[following] - x[following] * y, outlines.ring_start[:-1])) / 2
        np.minimum.at(limit, line[outlines.ring_points], SMALL_SHARE * area[ring])
    return limit


def _scattered(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a rank per point that depends on its place only and follows no pattern of the raster."""
    return ((x * 73_856_093) ^ (y * 19_349_663)) * 2_654_435_761 % 4_294_967_291 * len(x) + np.arange(len(x))


def _lines(outlines: Outlines, movable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the line (between nodes) of each point, and per line how many points it has and must keep."""
    count = len(outlines.x)
    points = np.flatnonzero(movable)
    links = np.concatenate([np.stack([points, side[points]]) for side in (outlines.before, outlines.after)], axis=1)
    inner = movable[links[1]]
    graph = sparse.coo_matrix((np.ones(int(inner.sum()), np.uint8), links[:, inner]), shape=(count, count))
    number, line = csgraph.connected_components(graph, directed=False)
    left = np.bincount(line[points], minlength=number)
    least = np.where(left > 0, RING_POINTS, 0)
    ends = links[:, ~inner]
    return line, left, _least_of_ended(outlines, line, least, ends)


def _least_of_ended(outlines: Outlines, line: np.ndarray, least: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the least numbers lowered for lines that end in nodes.

    None is needed, but one beside another line between the same two nodes, and two where both ends are one node.
    """
    out = least.copy()
    order = np.argsort(line[ends[0]], kind="stable")
    owner = line[ends[0][order]].reshape(-1, 2)[:, 0]
    place = (outlines.y[ends[1][order]].astype(np.int64) << 32 | outlines.x[ends[1][order]]).reshape(-1, 2)
    place.sort(axis=1)
    pairs = np.concatenate([place, _direct(outlines)])
    _, which, times = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    parallel = times[which.reshape(-1)[: len(place)]] > 1
    out[owner] = np.where(place[:, 0] == place[:, 1], 2, np.where(parallel, 1, 0))
    return out


def _direct(outlines: Outlines) -> np.ndarray:
    """Return the two ends of all straight pieces from node to node, which have no point to lose."""
    is_node = (outlines.before < 0).reshape(-1, 2)
    used = np.zeros(len(outlines.x), bool)
    used[outlines.ring_points] = True
    both = np.flatnonzero(is_node.all(axis=1) & used.reshape(-1, 2).any(axis=1))
    place = outlines.y[2 * both[:, None] + [0, 1]].astype(np.int64) << 32 | outlines.x[2 * both[:, None] + [0, 1]]
    return np.sort(place, axis=1)
