"""Outlines of the polygons of each scene, by place: every step reads those that reach its window.

Those of a country have half a billion corners. A layer is read piece by piece, what it says of a scene goes into a file of the
work folder, sorted by place, and only the box of each polygon stays in memory. The file's name tells what is in it, so that a
later run can compare outlines with those of then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..clouds.polygons import CloudPolygons
from ..drafts import draft_of, not_written
from ..errors import InputError, OutputError
from ..grid import Bounds, Grid, Window
from .burn import Edges, edges_of, ring_points

HELD_POINTS = 2_000_000
"""Corners that are kept in memory while a layer is read before they go to the folder."""
SORT_PX = 512
"""Height of the rows in which polygons are sorted."""
SUFFIX = ".outline"
"""How the files' names end."""


@dataclass(frozen=True)
class PointFile:
    """Rings as `burn.ring_points` gives them, in a file."""

    path: Path
    """Rows of two float64 in the machine's order."""

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the points of some rows; raises `InputError` where the file is gone."""
        start, stop = rows.start or 0, rows.stop
        count = -1 if stop is None else 2 * (stop - start)
        try:
            return np.fromfile(self.path, np.float64, count, offset=16 * start).reshape(-1, 2)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path} cannot be read ({error}); workers and this machine must see its folder alike.") from error


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of polygons in pixels of the mosaic's grid; overlapping ones count as their union."""

    points: np.ndarray | PointFile
    """(points, 2) rings as `burn.ring_points` gives them."""
    start: np.ndarray
    """(polygons,) where the points of each polygon begin, ascending."""
    stop: np.ndarray
    """(polygons,) and where they end."""
    boxes: np.ndarray
    """(4, polygons) first column and row, last column and row."""
    digest: str
    """Differs between different outlines; a cut keeps that of the whole."""

    def __len__(self) -> int:
        """Return the number of polygons."""
        return len(self.start)

    def cut(self, window: Window) -> Outlines:
        """Return those of the polygons that can reach a window, their points not yet read: the others leave no trace in it."""
        west, north, east, south = self.boxes
        wide = window.grow(1)
        chosen = (south >= wide.row) & (north <= wide.stop[0]) & (east >= wide.col) & (west <= wide.stop[1])
        return replace(self, start=self.start[chosen], stop=self.stop[chosen], boxes=self.boxes[:, chosen])

    def near(self, window: Window) -> Edges:
        """Return the edges that decide what a window shows."""
        return edges_of(self.cut(window)._read(), window)

    def edges(self) -> Edges:
        """Return all edges."""
        return edges_of(self._read())

    def _read(self) -> np.ndarray:
        """Return the points of all polygons; what lies together is read at once."""
        apart = self.start[1:] != self.stop[:-1]
        first, last = np.append(True, apart), np.append(apart, True)
        runs = zip(self.start[first].tolist(), self.stop[last].tolist(), strict=True) if len(self) else ()
        return np.concatenate([np.empty((0, 2)), *(self.points[start:stop] for start, stop in runs)])

    def bounds(self, grid: Grid) -> Bounds:
        """Return west, south, east and north in the grid's CRS of a set that is not empty."""
        left, top = self.boxes[:2].min(axis=1)
        right, bottom = self.boxes[2:].max(axis=1)
        (west, north), (east, south) = grid.transform * (left, top), grid.transform * (right, bottom)
        return west, south, east, north


def outlines_of(geometries: np.ndarray, grid: Grid) -> Outlines:
    """Return the outlines of polygons in the CRS of ``grid``, held in memory."""
    return _ordered(*ring_points(geometries, grid))


NO_OUTLINES = Outlines(np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.int64), np.empty((4, 0)), "")
"""Those of a scene without polygons."""


def _ordered(points: np.ndarray, begin: np.ndarray) -> Outlines:
    """Return outlines sorted by place: what is near lies together, and the order of features tells nothing."""
    if len(begin) < 2:
        return NO_OUTLINES
    low, high = (function.reduceat(points, begin[:-1], axis=0).T for function in (np.fmin, np.fmax))
    boxes = np.concatenate((low, high))
    order = np.lexsort((boxes[3], boxes[2], boxes[1], boxes[0], boxes[1] // SORT_PX))
    count = np.diff(begin)[order]
    ordered = np.append(0, np.cumsum(count))
    points = points[np.repeat(begin[:-1][order] - ordered[:-1], count) + np.arange(len(points))]
    return Outlines(points, ordered[:-1], ordered[1:], boxes[:, order], hashlib.sha256(points.tobytes()).hexdigest())


@dataclass(frozen=True, eq=False)
class _Gathered:
    """What was read of one scene so far."""

    pieces: list[np.ndarray] = field(default_factory=list)
    """Points that are in memory."""
    counts: list[np.ndarray] = field(default_factory=list)
    """Points of each polygon, also of those in a file."""


def by_scene(pieces: Iterable[CloudPolygons], crs: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield scene ids and polygons in a CRS of a layer that is read piece by piece."""
    for piece in pieces:
        frame = piece.in_crs(crs).frame
        for name, rows in frame.groupby("scene").indices.items():
            yield str(name), np.asarray(frame.geometry.values[rows], dtype=object)


def gather(polygons: Iterable[tuple[str, np.ndarray]], grid: Grid, folder: Path | None = None) -> dict[str, Outlines]:
    """Return the outlines by name of named polygons in the CRS of ``grid``, kept in files of ``folder`` where one is given.

    Raises `OutputError` where the folder cannot be written.
    """
    found: dict[str, _Gathered] = {}
    held = 0
    with _spool(folder) as spool:
        for name, shapes in polygons:
            points, begin = ring_points(shapes, grid)
            one = found.setdefault(name, _Gathered())
            one.pieces.append(points)
            one.counts.append(np.diff(begin))
            held += len(points)
            if spool is not None and held > HELD_POINTS:
                _spill(found, spool)
                held = 0
        return {name: _settle(name, scene, spool, folder) for name, scene in found.items()}


@contextmanager
def _spool(folder: Path | None) -> Iterator[Path | None]:
    """Yield a folder for what does not fit into memory, None without one; its files go at the end."""
    if folder is None:
        yield None
        return
    try:
        with TemporaryDirectory(prefix=".outlines.", dir=folder) as spool:
            yield Path(spool)
    except OSError as error:
        raise OutputError(not_written(folder, error)) from error


def _spill(found: Mapping[str, _Gathered], spool: Path) -> None:
    """Move what is in memory to files."""
    for name, scene in found.items():
        if scene.pieces:
            with (spool / _short(name)).open("ab") as file:
                file.writelines(piece.tobytes() for piece in scene.pieces)
            scene.pieces.clear()


def _settle(name: str, scene: _Gathered, spool: Path | None, folder: Path | None) -> Outlines:
    """Return a scene's outlines, in their file where there is a folder."""
    points = np.concatenate(scene.pieces or [np.empty((0, 2))])
    if spool is not None and (spool / _short(name)).exists():
        points = np.concatenate((PointFile(spool / _short(name))[:], points))
    outlines = _ordered(points, np.append(0, np.cumsum(np.concatenate(scene.counts))))
    if folder is None or not len(outlines):
        return outlines
    path = folder / outline_name(name, outlines)
    if not path.is_file() or path.stat().st_size != outlines.points[:].nbytes:
        with draft_of(path) as draft, draft.open("wb") as file:
            file.write(outlines.points[:].tobytes())
    return replace(outlines, points=PointFile(path))


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def outline_name(scene_id: str, outlines: Outlines) -> str:
    """Return the name of the file of a scene's outlines, which differs between different ones."""
    return f"{_short(scene_id)}.{outlines.digest[:16]}{SUFFIX}"


def read_edges(path: Path) -> Edges | None:
    """Return the edges of a file of outlines, None where it is gone."""
    with suppress(InputError):
        return edges_of(PointFile(path)[:])
    return None
