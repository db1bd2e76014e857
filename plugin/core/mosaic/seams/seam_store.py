"""Seams of the former run: found again where nothing changed, solved anew only where polygons did.

The labels of a whole solve lie in the work folder with the outlines they followed from. While an editor looks at
corrections, cells whose cover differs from then are opened, with some around them, to every scene; all others stay, and
with them every block that an edit does not touch. Each look starts from the whole solve, not from the look before: what
it shows depends on the polygons alone, and taking an edit back brings back the same seams.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...base.arrays import DAMAGED, read_arrays, write_arrays
from ...base.fingerprint import fingerprint
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.grid import Window
from ...regions.burn import Edges, clip_edges
from ...regions.neighbourhood import highest
from ...regions.rings import NO_OUTLINES, outline_name, read_edges
from ..plan.scene_pool import stamp_of
from .cost import burn_shares
from .labels import CellLabels, copy_ranks, put_aside, read_ranks
from .trace import WINDOW_CELLS, Pass, SeamProblem, choose_levels, choose_passes, coloured_windows, job_of, label_cells
from .windows import BAND_CELLS, SeamJob, solve_window

log = logging.getLogger(__name__)

VERSION = 6
"""Changes whenever the same problem would get other labels."""
OPENED_CELLS = 2 * BAND_CELLS
"""Cells around an edit that may change hands."""
_NAME = "labels.npz"


@dataclass(frozen=True)
class SeamStore:
    """Labels that were solved before."""

    folder: Path
    """Where they lie."""
    in_spite_of_edits: bool = False
    """True to solve only around polygons that changed since; False to solve everything where any did."""

    def __call__(self, problem: SeamProblem, executor: Executor, *, progress: Progress = SILENT) -> CellLabels:
        """Return the labels of a problem; raises `InputError` where a scene cannot be read."""
        outlines = {placed.rank: outline_name(placed.scene.id, placed.covered) for placed in problem.plan.scenes}
        found = read_arrays(self.folder / _NAME, ("shape", "dominant", "mark", "outlines"))
        ranks = self._ranks(found["shape"]) if found is not None and str(found["mark"]) == _mark(problem) else None
        if found is not None and ranks is not None:
            labels = CellLabels(ranks, found["dominant"])
            then = dict(zip(outlines, (str(name) for name in found["outlines"]), strict=True))
            changed = {rank for rank, name in outlines.items() if name != then[rank]}
            if not changed:
                return labels
            former = {rank: read_edges(self.folder / then[rank]) for rank in changed} if self.in_spite_of_edits else {}
            known = {rank: edges for rank, edges in former.items() if edges is not None}
            if len(known) == len(changed):
                return relabel_cells(problem, labels, known, executor, folder=self.folder, progress=progress)
        labels = label_cells(problem, executor, folder=self.folder, progress=progress)
        write_arrays(
            self.folder / _NAME,
            compressed=True,
            ranks=labels.ranks,
            shape=np.array(labels.ranks.shape),
            dominant=labels.dominant,
            mark=np.array(_mark(problem)),
            outlines=np.array(list(outlines.values())),
        )
        return labels

    def _ranks(self, shape: np.ndarray) -> np.ndarray | None:
        try:
            return read_ranks(self.folder / _NAME, (int(shape[0]), int(shape[1])), self.folder)
        except DAMAGED as error:
            log.warning("%s is damaged (%s) and is made again", self.folder / _NAME, error)
            return None

    def followed(self) -> list[Path]:
        """Return the files of the outlines that the labels followed from."""
        found = read_arrays(self.folder / _NAME, ("outlines",))
        return [] if found is None else [self.folder / str(name) for name in found["outlines"]]


def _mark(problem: SeamProblem) -> str:
    """Return the hash of all that labels follow from but the polygons."""
    shown = [
        (
            (scene.rank, scene.scene.id, stamp_of(scene.scene), placed.window, scene.day),
            (scene.gain, scene.offset, scene.field, problem.doubts.get(scene.rank, NO_OUTLINES).digest),
        )
        for placed, scene in zip(problem.plan.scenes, problem.scenes, strict=True)
    ]
    passes = choose_passes(choose_levels(problem.grid))
    return fingerprint(VERSION, problem.grid, problem.bands, problem.options, passes, shown)


def relabel_cells(
    problem: SeamProblem,
    labels: CellLabels,
    former: Mapping[int, Edges],
    executor: Executor,
    *,
    folder: Path | None = None,
    progress: Progress = SILENT,
) -> CellLabels:
    """Return labels solved anew around cells whose cover is not what it was; ``former`` are outlines of then by rank."""
    levels = choose_levels(problem.grid)
    walk = Pass(levels[-1], 0, WINDOW_CELLS, whole=False)
    ranks = copy_ranks(labels.ranks, folder)
    outer = problem.grid.coarsen(levels[-1]).window
    both = ((placed.covered.edges(), former[placed.rank]) for placed in problem.plan.scenes if placed.rank in former)
    edits = [(now.shift(*problem.corner), then.shift(*problem.corner)) for now, then in both]
    pairs = [(now, then, _difference(now, then)) for now, then in edits]
    dates = labels.dominant, levels[0] // levels[-1]

    def jobs(windows: list[Window]) -> list[SeamJob]:
        opened = ((window, _opened(window, levels[-1], pairs)) for window in windows)
        return [
            replace(job_of(problem, window, walk, labels=ranks, dates=dates), opened=cells) for window, cells in opened if cells is not None
        ]

    for colour, windows in enumerate(coloured_windows(outer.shape, walk.size, walk.shift)):
        for window, solved in map_ordered(solve_window, jobs(windows), executor, progress=progress):
            ranks[window.slices_in(outer)] = solved
        put_aside(ranks)
        progress.report((colour + 1) / 4, "Seams around the edits")
    return CellLabels(ranks, labels.dominant)


def _difference(now: Edges, then: Edges) -> Edges:
    """Return the edges that only one of two outlines has, those of ``then`` turned round: nothing where they agree."""
    ours, theirs = _hashes(now), _hashes(then)
    new, old = ~np.isin(ours, theirs), ~np.isin(theirs, ours)
    x0, y0, x1, y1 = (np.concatenate((a[new], b[old])) for a, b in zip(now.columns[:4], then.columns[:4], strict=True))
    return Edges(x0, y0, x1, y1, np.concatenate((now.turn[new], -then.turn[old])))


def _hashes(edges: Edges) -> np.ndarray:
    """Return a number per edge, different for different ones."""
    found = edges.turn.astype(np.int64).view(np.uint64)
    for column in edges.columns[:4]:
        found = (found ^ np.ascontiguousarray(column).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def _opened(window: Window, factor: int, pairs: list[tuple[Edges, Edges, Edges]]) -> np.ndarray | None:
    """Return (rows, cols) True for the cells of a window around an edit, None where no edit comes near."""
    wide = window.grow(OPENED_CELLS)
    pixels = Window(wide.row * factor, wide.col * factor, wide.rows * factor, wide.cols * factor)
    changed = np.zeros(wide.shape, bool)
    for now, then, difference in pairs:
        if len(clip_edges(difference, pixels).x0):
            changed |= burn_shares(clip_edges(now, pixels), factor, wide) != burn_shares(clip_edges(then, pixels), factor, wide)
    return highest(changed, OPENED_CELLS)[window.slices_in(wide)] if changed.any() else None
