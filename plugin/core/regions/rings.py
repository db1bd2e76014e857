"""Keep the outlines of each scene's polygons by place, so that every step reads those that reach its window.

The outlines of a country have half a billion corners. As a layer is read, the outlines of each scene go into a file of the
work folder, sorted by place; memory holds only the box of each polygon. The file's name is made of its content, so a later
run can compare its outlines with those of an earlier one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from ..base.drafts import draft_of, not_written
from ..base.errors import InputError, OutputError
from ..base.fingerprint import file_stem
from ..raster.grid import Bounds, Grid, Window
from .burn import NO_EDGES, Edges, edges_of, ring_points

Name = TypeVar("Name", str, int)

HELD_POINTS = 2_000_000
"""Corners that are kept in memory while a layer is read before they go to the folder."""
SORT_PX = 512
"""Height of the rows in which polygons are sorted."""
SUFFIX = ".outline"
"""How the files' names end."""
_NONE = "none"


@dataclass(frozen=True)
class PointFile:
    """Rings as `burn.ring_points` gives them, in a file."""

    path: Path
    """Rows of two float64 in the machine's order."""

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the points of some rows; raises `InputError` where the file is gone or cut short."""
        return self.take([(rows.start or 0, rows.stop)])

    def take(self, runs: Iterable[tuple[int, int | None]]) -> np.ndarray:
        """Return the points of some runs of rows (begin, end; None to the last row), one after the other; raises `InputError`."""
        found = [np.empty(0)]
        try:
            with self.path.open("rb", buffering=0) as file:
                for start, stop in runs:
                    file.seek(16 * start)
                    found.append(np.fromfile(file, np.float64, -1 if stop is None else 2 * (stop - start)))
                    if stop is not None and len(found[-1]) != 2 * (stop - start):
                        raise InputError(f"{self.path} ends early; run the mosaic again, which writes it anew.")
        except OSError as error:
            raise InputError(f"{self.path} cannot be read ({error}); workers and this machine must see its folder alike.") from error
        return np.concatenate(found).reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of polygons in pixels of the mosaic's grid; overlapping ones count as their union."""

    points: np.ndarray | PointFile
    """(points, 2) rings as `burn.ring_points` gives them."""
    start: np.ndarray
    """(polygons,) uint32, where the points of each polygon begin, ascending."""
    stop: np.ndarray
    """(polygons,) uint32, where they end."""
    boxes: np.ndarray
    """(4, polygons) float32 first column and row, last column and row: true to a fiftieth of a pixel, of which `cut` looks at more."""
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
        runs = list(zip(self.start[first].tolist(), self.stop[last].tolist(), strict=True)) if len(self) else []
        if isinstance(self.points, PointFile):
            return self.points.take(runs) if runs else np.empty((0, 2))
        return np.concatenate([np.empty((0, 2)), *(self.points[start:stop] for start, stop in runs)])

    def bounds(self, grid: Grid) -> Bounds:
        """Return west, south, east and north in the grid's CRS of a set that is not empty."""
        left, top = self.boxes[:2].min(axis=1).astype(float) - 0.5
        right, bottom = self.boxes[2:].max(axis=1).astype(float) - 0.5
        (west, east), (north, south) = grid.to_map(np.array([top, bottom]), np.array([left, right]))
        return west, south, east, north


NO_OUTLINES = Outlines(np.empty((0, 2)), np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty((4, 0), np.float32), "")
"""Those of a scene without polygons."""


def _ordered(points: np.ndarray, begin: np.ndarray) -> Outlines:
    """Return outlines sorted by place: what is near lies together, and the order of features makes no others."""
    if len(begin) < 2:
        return NO_OUTLINES
    low, high = (function.reduceat(points, begin[:-1], axis=0).T for function in (np.fmin, np.fmax))
    boxes = np.concatenate((low, high))
    order = np.lexsort((np.diff(begin), boxes[3], boxes[2], boxes[1], boxes[0], boxes[1] // SORT_PX))
    count = np.diff(begin)[order]
    ordered = np.append(0, np.cumsum(count))
    points = points[np.repeat(begin[:-1][order] - ordered[:-1], count) + np.arange(len(points))]
    ends = ordered.astype(np.uint32)
    return Outlines(points, ends[:-1], ends[1:], boxes[:, order].astype(np.float32), hashlib.sha256(points.tobytes()).hexdigest())


def gather(polygons: Iterable[tuple[Name, np.ndarray]], grid: Grid, folder: Path | None = None) -> dict[Name, Outlines]:
    """Return the outlines by name of polygons in the CRS of ``grid``, kept in files of ``folder`` where one is given.

    A name may come again and again. Raises `OutputError` where the folder cannot be written.
    """
    with ExitStack() as stack:
        spool = None if folder is None else stack.enter_context(_spool(folder))
        found = _Pieces[Name](spool)
        for name, shapes in polygons:
            found.add(name, *ring_points(shapes, grid))
        return {name: _kept(name, _ordered(*found.take(name)), folder) for name in list(found.counts)}


@contextmanager
def _spool(folder: Path) -> Iterator[Path]:
    """Yield a folder for what does not fit into memory, which goes in the end; raises `OutputError`."""
    place = folder / f".outlines.{uuid.uuid4().hex[:8]}"
    try:
        place.mkdir()
    except OSError as error:
        raise OutputError(not_written(folder, error)) from error
    try:
        yield place
    finally:
        with suppress(OSError):
            for points in place.iterdir():
                points.unlink()
            place.rmdir()


class _Pieces(Generic[Name]):
    """Points of polygons as they come: in memory, and in files of a folder where they are many."""

    def __init__(self, folder: Path | None) -> None:
        self.counts: dict[Name, list[np.ndarray]] = {}
        self._folder = folder
        self._held: dict[Name, list[np.ndarray]] = {}
        self._held_points = 0

    def add(self, name: Name, points: np.ndarray, begin: np.ndarray) -> None:
        """Take the points of some polygons, and where each polygon begins."""
        self.counts.setdefault(name, []).append(np.diff(begin))
        self._held.setdefault(name, []).append(points)
        self._held_points += len(points)
        if self._folder is not None and self._held_points > HELD_POINTS:
            try:
                for one, pieces in self._held.items():
                    with self._file(one, self._folder).open("ab") as file:
                        file.writelines(piece.tobytes() for piece in pieces)
            except OSError as error:
                raise OutputError(not_written(self._folder, error)) from error
            self._held, self._held_points = {}, 0

    def take(self, name: Name) -> tuple[np.ndarray, np.ndarray]:
        """Return all points of a name and where each polygon begins, and let go of them."""
        pieces = [np.empty((0, 2)), *self._held.pop(name, [])]
        file = None if self._folder is None else self._file(name, self._folder)
        if file is not None and file.exists():
            pieces.insert(1, PointFile(file)[:])
            file.unlink()
        return np.concatenate(pieces), np.append(0, np.cumsum(np.concatenate(self.counts[name])))

    @staticmethod
    def _file(name: Name, folder: Path) -> Path:
        return folder / file_stem(name)


def _kept(name: Name, outlines: Outlines, folder: Path | None) -> Outlines:
    """Return outlines as they are kept: in their file where there is a folder."""
    if folder is None or not len(outlines):
        return outlines
    path = folder / outline_name(name, outlines)
    if _digest_of(path) != outlines.digest:
        with draft_of(path) as draft, draft.open("wb") as file:
            file.write(outlines.points[:].tobytes())
    return replace(outlines, points=PointFile(path))


def outline_name(name: str | int, outlines: Outlines) -> str:
    """Return the name of the file of outlines, which differs between different ones; there is none of no outlines."""
    return f"{file_stem(name)}.{outlines.digest[:16] or _NONE}{SUFFIX}"


def read_edges(path: Path) -> Edges | None:
    """Return the edges of the outlines that a file is named after, None where it is gone or damaged."""
    digest = path.name.split(".")[1]
    if digest == _NONE:
        return NO_EDGES
    return edges_of(PointFile(path)[:]) if (_digest_of(path) or "").startswith(digest) else None


def _digest_of(path: Path) -> str | None:
    """Return the digest of the points in a file, None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
