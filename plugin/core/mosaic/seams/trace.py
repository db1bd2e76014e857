"""Trace seams: one scene per cell by minimum cuts, coarse to fine, as polygons that an editor can change.

The coarsest level is solved everywhere, every finer one in a band along the seams found so far and where the scene
chosen turns out to be covered. A level is cut into windows; those that do not touch are solved at the same time while
their surroundings stand, each lowering the energy of the whole: time is linear in the area, memory that of the windows being solved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import ndimage

from ...base.parallel import map_ordered, tasks_for
from ...base.progress import SILENT, Progress, Span
from ...raster.grid import Grid, Window
from ...regions.burn import NO_EDGES
from ...regions.rings import NO_OUTLINES, Outlines, gather
from ...scenes.angles import merge_directions
from ..colour.balance import Balance
from ..colour.fields import DodgeField
from ..plan.lattice import finest_factor
from ..plan.means import LEVELS, align
from ..plan.plan import MosaicPlan, PlacedScene
from .cost import COMPARED, SeamOptions, SeamScene
from .labels import CellLabels, finer_ranks, put_aside
from .shapes import draw_square, square_job, squares_of
from .windows import BAND_CELLS, SeamJob, pixels_around, solve_window

COARSE_M = 640.0
"""Side of the cells that are aimed at on the coarsest level."""
LEVEL_STEP = 4
"""How much finer each level is than the one before: the band along a seam is as wide as a cell of the coarser level."""
AHEAD = 4
"""How many times the tasks that keep an executor busy wait at once: some windows take a hundred times as long as others."""
MOST_CELLS = 2_000_000_000
"""Cells of the finest level at most: their ranks take two bytes each in the work folder."""
WINDOW_CELLS = 256
"""Side of the windows that are solved one by one where only cells along seams are open."""
WHOLE_CELLS = 128
"""Side of the windows of the coarsest level, where all dates of all tiles are compared."""
DOMINANT_M = 20_000.0
"""Side of the square in which a date dominates."""


@dataclass(frozen=True, eq=False)
class Seamlines:
    """A partition of the mosaic's extent among the scenes."""

    outlines: Mapping[int, Outlines]
    """Rank of a scene to the outlines of its area, in pixels of the mosaic's grid."""
    grid: Grid
    """The mosaic's grid."""


@dataclass(frozen=True, eq=False)
class SeamProblem:
    """What the seams of a mosaic follow from."""

    plan: MosaicPlan
    """The mosaic's plan, or the part of it near a row of windows."""
    scenes: tuple[SeamScene, ...]
    """All scenes by rank, whatever the plan is cut to; their outlines are empty, each window draws those near it."""
    doubts: Mapping[int, Outlines]
    """Rank to the outlines of where the scene disagrees with the others, in pixels of the plan's grid."""
    bands: tuple[str, ...]
    """Bands that are compared."""
    options: SeamOptions
    """Weights."""

    @property
    def grid(self) -> Grid:
        """The grid at whose corner cells of every level begin, those of the scenes' reduced copies."""
        return align(self.plan.grid)

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the plan's corner on that grid."""
        rows, cols = (wide - own for wide, own in zip(self.grid.shape, self.plan.grid.shape, strict=True))
        return rows, cols

    def near(self, pixels: Window) -> MosaicPlan:
        """Return the plan with the scenes that can touch a window of that grid."""
        rows, cols = self.corner
        return self.plan.cut(pixels.shift(-rows, -cols))


class Solver(Protocol):
    """Labels the cells of a problem: `label_cells`, or one that knows former seams."""

    def __call__(self, problem: SeamProblem, executor: Executor, *, progress: Progress = SILENT) -> CellLabels:
        """Return the labels."""


def trace_seams(
    problem: SeamProblem,
    executor: Executor,
    *,
    solve: Solver | None = None,
    folder: Path | None = None,
    progress: Progress = SILENT,
) -> Seamlines:
    """Return the seams of a mosaic.

    Outlines are kept in files of ``folder``, or in memory without one. Raises `InputError` where a scene cannot be read.
    """
    grid = problem.plan.grid
    labels = (solve or partial(label_cells, folder=folder))(problem, executor, progress=Span(progress, 0, 0.9))
    drawn = draw_seams(labels.ranks, choose_levels(problem.grid)[-1], problem.grid, executor, progress=Span(progress, 0.9, 1))
    return Seamlines(gather(drawn, grid, folder), grid)


def draw_seams(
    labels: np.ndarray, factor: int, grid: Grid, executor: Executor, *, progress: Progress = SILENT
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield ranks and their polygons, square by square: a partition without gaps of the cells that have a scene.

    ``labels`` are (rows, cols) uint16 ranks of cells ``factor`` pixels of ``grid`` wide, 0 none.
    """
    cells = grid.coarsen(factor)
    squares = squares_of(cells)
    jobs = (square_job(labels, square, cells, factor) for square in squares)
    for number, drawn in enumerate(map_ordered(draw_square, jobs, executor, progress=progress)):
        put_aside(labels)
        yield from drawn.items()
        progress.report((number + 1) / len(squares), "Drawing seams")


def pose_problem(
    plan: MosaicPlan,
    balance: Balance,
    fields: Mapping[int, DodgeField],
    doubts: Mapping[int, np.ndarray],
    options: SeamOptions,
    *,
    folder: Path | None = None,
) -> SeamProblem:
    """Return what the seams of a mosaic follow from: ``fields`` are the local factors by rank, ``doubts`` the polygons that seams avoid.

    Outlines of doubtful places are kept in files of ``folder`` where one is given.
    """
    bands = compared_bands(plan.bands)
    scenes = (_seam_scene(placed, plan, balance, field=fields.get(placed.rank), bands=bands) for placed in plan.scenes)
    outlines = gather(doubts.items(), plan.grid, folder)
    return SeamProblem(plan, tuple(scenes), outlines, bands, options)


def compared_bands(bands: Sequence[str]) -> tuple[str, ...]:
    """Return the bands in which scenes are compared."""
    return tuple(band for band in COMPARED if band in bands) or tuple(bands[:4])


def _seam_scene(
    placed: PlacedScene,
    plan: MosaicPlan,
    balance: Balance,
    *,
    field: DodgeField | None,
    bands: Sequence[str],
) -> SeamScene:
    chosen = [plan.bands.index(band) for band in bands]
    if field is not None and len(field.log_factor) > 1:
        field = replace(field, log_factor=field.log_factor[chosen])
    view = [placed.scene.view[key] for key in sorted(placed.scene.view)]
    return SeamScene(
        placed.rank,
        placed.scene.without_angles(),
        NO_EDGES,
        NO_EDGES,
        balance.gains[placed.rank - 1][chosen].astype(np.float32),
        balance.offsets[placed.rank - 1][chosen].astype(np.float32),
        field,
        placed.day.toordinal() if placed.day else None,
        merge_directions(view) if view else None,
    )


def choose_levels(grid: Grid) -> tuple[int, ...]:
    """Return the pixels per cell of each level, coarsest first, each `LEVEL_STEP` times finer than the one before."""
    fine = finest_factor(grid.pixel_m)
    coarsest = fine * LEVELS[-1]  # cells of the reduced copies begin with no coarser ones
    while grid.shape[0] * grid.shape[1] / fine**2 > MOST_CELLS:
        fine *= 2
    steps = max(0, round(math.log(COARSE_M / (fine * grid.pixel_m), LEVEL_STEP)))
    while steps and fine * LEVEL_STEP**steps > coarsest:
        steps -= 1
    return tuple(fine * LEVEL_STEP**step for step in range(steps, -1, -1))


@dataclass(frozen=True)
class Pass:
    """One walk over all windows of a level."""

    factor: int
    """Mosaic pixels per cell."""
    shift: int
    """Cells by which windows begin late: their edges differ from pass to pass."""
    size: int
    """Side of the windows in cells."""
    whole: bool
    """Whether every cell is open, or only those along seams."""


def choose_passes(levels: Sequence[int]) -> tuple[Pass, ...]:
    """Return the passes over the levels, coarsest first.

    The second one knows the dates that dominate and has its windows where the first one's met.
    """
    finer = (Pass(factor, number % 2 * WINDOW_CELLS // 2, WINDOW_CELLS, whole=False) for number, factor in enumerate(levels[1:]))
    return (Pass(levels[0], 0, WHOLE_CELLS, whole=True), Pass(levels[0], WHOLE_CELLS // 2, WHOLE_CELLS, whole=True), *finer)


def label_cells(problem: SeamProblem, executor: Executor, *, folder: Path | None = None, progress: Progress = SILENT) -> CellLabels:
    """Return the labels of every cell, coarse to fine; those of a country lie in a file of ``folder``."""
    grid, scenes = problem.grid, problem.scenes
    levels = choose_levels(grid)
    passes = choose_passes(levels)
    labels = np.zeros(grid.coarsen(levels[0]).shape, np.uint16)
    dominant = np.zeros(labels.shape, np.int32)
    for number, walk in enumerate(passes):
        shape = grid.coarsen(walk.factor).shape
        if labels.shape != shape:
            labels = finer_ranks(labels, LEVEL_STEP, shape, folder)
        if number == 1:
            dominant = dominating_dates(labels, {scene.rank: scene.day or 0 for scene in scenes}, grid.pixel_m * walk.factor)
        dates = (dominant, levels[0] // walk.factor) if number else None
        for colour, windows in enumerate(coloured_windows(shape, walk.size, walk.shift)):
            jobs = jobs_of(problem, windows, walk, labels=labels, dates=dates)
            waiting = AHEAD * tasks_for(executor)
            for window, solved in map_ordered(
                solve_window, (job for job in jobs if job.scenes), executor, in_flight=waiting, progress=progress
            ):
                labels[window.slices_in(Window(0, 0, *shape))] = solved
            put_aside(labels)
            done = (number + (colour + 1) / 4) / len(passes)
            progress.report(done, f"Seams at {walk.factor * grid.pixel_m:g} m")
    return CellLabels(labels, dominant)


def coloured_windows(shape: tuple[int, int], size: int, shift: int) -> tuple[list[Window], ...]:
    """Return four lists of windows that cover (rows, cols) cells once; those of one list do not touch."""
    colours: tuple[list[Window], ...] = ([], [], [], [])
    outer = Window(0, 0, *shape)
    for row in range(-(shift > 0), -(-shape[0] // size)):
        for col in range(-(shift > 0), -(-shape[1] // size)):
            window = Window(row * size + shift, col * size + shift, size, size).intersect(outer)
            if not window.is_empty:
                colours[row % 2 * 2 + col % 2].append(window)
    return colours


def jobs_of(
    problem: SeamProblem, windows: Sequence[Window], walk: Pass, *, labels: np.ndarray, dates: tuple[np.ndarray, int] | None
) -> Iterator[SeamJob]:
    """Yield the jobs of windows given row by row; of a country's scenes each row of windows sees few."""
    cols = problem.grid.coarsen(walk.factor).shape[1]
    for (row, rows), group in groupby(windows, key=lambda window: (window.row, window.rows)):
        pixels = pixels_around(Window(row, 0, rows, cols), walk.factor)
        part = replace(problem, plan=problem.near(pixels))
        for window in group:
            yield job_of(part, window, walk, labels=labels, dates=dates)


def job_of(problem: SeamProblem, window: Window, walk: Pass, *, labels: np.ndarray, dates: tuple[np.ndarray, int] | None) -> SeamJob:
    """Return the job of a window; ``dates`` are those that dominate and how many cells one of their pixels is wide."""
    pixels = pixels_around(window, walk.factor)
    rows, cols = problem.corner
    around_it, on_plan = problem.grid.crop(pixels), pixels.shift(-rows, -cols)
    near = sorted(problem.near(pixels).scenes, key=lambda placed: placed.scene.id)
    scenes = (problem.scenes[placed.rank - 1] for placed in near)
    return SeamJob(
        scenes=tuple(scene if scene.field is None else replace(scene, field=scene.field.near(around_it)) for scene in scenes),
        covered=tuple(placed.covered.cut(on_plan) for placed in near),
        doubtful=tuple(problem.doubts.get(placed.rank, NO_OUTLINES).cut(on_plan) for placed in near),
        corner=problem.corner,
        grid=problem.grid,
        bands=problem.bands,
        factor=walk.factor,
        window=window,
        labels=_cropped(labels, window.grow(BAND_CELLS), 1),
        dominant=None if dates is None else _cropped(dates[0], window.grow(1), dates[1]),
        whole=walk.whole,
        options=problem.options,
    )


def _cropped(values: np.ndarray, window: Window, times: int) -> np.ndarray:
    """Return a window of ``values`` repeated ``times``, 0 beyond its edges."""
    row, col = np.arange(window.row, window.stop[0]) // times, np.arange(window.col, window.stop[1]) // times
    inside = ((row >= 0) & (row < values.shape[0]))[:, None] & ((col >= 0) & (col < values.shape[1]))[None]
    found = values[np.clip(row, 0, values.shape[0] - 1)[:, None], np.clip(col, 0, values.shape[1] - 1)[None]]
    return np.where(inside, found, 0).astype(values.dtype)


def dominating_dates(labels: np.ndarray, day_of: Mapping[int, int], cell_m: float) -> np.ndarray:
    """Return (rows, cols) int32, the date that covers most of the square around each cell; 0 where none is known."""
    table = np.zeros(max(day_of, default=0) + 1, np.int32)
    for rank, day in day_of.items():
        table[rank] = day
    days = table[labels]
    best, share = np.zeros(labels.shape, np.int32), np.zeros(labels.shape, np.float32)
    size = max(3, round(DOMINANT_M / cell_m) | 1)
    for day in np.unique(days[days > 0]):
        found = ndimage.uniform_filter((days == day).astype(np.float32), size, mode="constant")
        better = found > share + 1e-4  # the running sum of the filter leaves traces of rounding
        best[better], share[better] = day, found[better]
    return best
