"""Trace seams: one scene per cell by minimum cuts, coarse to fine, as polygons that an editor can change.

The coarsest level is solved everywhere, every finer one in a band along the seams found so far and where the scene
chosen turns out to be covered. A level is cut into windows; those that do not touch are solved at the same time while
their surroundings stand, each lowering the energy of the whole: memory and time are linear in the area.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import numpy as np
import shapely
from scipy import ndimage

from ..grid import Grid, Window
from ..parallel import map_ordered
from ..progress import SILENT, Progress, Span, check
from ..scenes.angles import merge_directions
from .balance import Balance
from .burn import Edges, clip_edges, prepare_edges
from .expansion import Energy, expand
from .islands import absorb_islands
from .nodes import DodgeField
from .plan import MosaicPlan, PlacedScene
from .reduced import align, finest_factor
from .seam_cost import COMPARED, HALO_CELLS, SeamOptions, SeamScene, measure_costs, measure_cover
from .seam_outlines import draw_seams
from .squares import highest, lowest

COARSE_M = 640.0
"""Side of the cells that are aimed at on the coarsest level."""
MOST_CELLS = 150_000_000
"""Cells of the finest level at most: labels of the whole mosaic are held in memory."""
WINDOW_CELLS = 256
"""Side of the windows that are solved one by one where only cells along seams are open."""
WHOLE_CELLS = 128
"""Side of the windows of the coarsest level, where all dates of all tiles are compared."""
BAND_CELLS = 4
"""Cells on either side of a seam that a finer level may still give to another scene."""
DOMINANT_M = 20_000.0
"""Side of the square in which a date dominates."""


@dataclass(frozen=True, eq=False)
class Seamlines:
    """A partition of the mosaic's extent among the scenes."""

    geometries: Mapping[int, np.ndarray]
    """Rank of a scene to its polygons in the CRS of the grid."""
    scene_ids: tuple[str, ...]
    """Scene ids by rank."""
    grid: Grid
    """The mosaic's grid."""

    def edges(self) -> dict[int, Edges]:
        """Return the outlines by rank, in pixels of the mosaic's grid."""
        return {rank: prepare_edges(shapes, self.grid) for rank, shapes in self.geometries.items()}

    def frame(self) -> gpd.GeoDataFrame:
        """Return a table with ``scene``, ``index`` and ``area_m2``, as an editor gets it."""
        ranks = [rank for rank, shapes in self.geometries.items() for _ in shapes]
        shapes = np.concatenate([*self.geometries.values(), np.empty(0, object)])
        data = {"scene": [self.scene_ids[rank - 1] for rank in ranks], "index": ranks, "area_m2": shapely.area(shapes)}
        return gpd.GeoDataFrame(data, geometry=list(shapes), crs=self.grid.crs)


def trace_seams(
    plan: MosaicPlan,
    balance: Balance,
    fields: Mapping[int, DodgeField],
    executor: Executor,
    *,
    options: SeamOptions = SeamOptions(),
    progress: Progress = SILENT,
) -> Seamlines:
    """Return the seams of a mosaic; ``fields`` are the local factors by rank.

    Raises `InputError` where a scene cannot be read.
    """
    bands = compared_bands(plan.bands)
    extent, plan = plan.grid, on_cells(plan)
    scenes = [_seam_scene(placed, plan, balance, fields, bands) for placed in plan.scenes]
    labels, factor = label_cells(plan, scenes, bands, executor, options=options, progress=Span(progress, 0, 0.9))
    progress.report(0.92, "Drawing seams")
    check(progress)
    return Seamlines(draw_seams(labels, factor, plan.grid), tuple(placed.scene.id for placed in plan.scenes), extent)


def on_cells(plan: MosaicPlan) -> MosaicPlan:
    """Return the plan on a grid at whose corner cells of every level begin, those of the scenes' reduced copies."""
    grid = align(plan.grid)
    rows, cols = (wide - own for wide, own in zip(grid.shape, plan.grid.shape, strict=True))
    scenes = (replace(placed, window=placed.window.shift(rows, cols), covered=placed.covered.shift(rows, cols)) for placed in plan.scenes)
    return replace(plan, grid=grid, scenes=tuple(scenes))


def compared_bands(bands: Sequence[str]) -> tuple[str, ...]:
    """Return the bands in which scenes are compared."""
    return tuple(band for band in COMPARED if band in bands) or tuple(bands[:4])


def _seam_scene(
    placed: PlacedScene, plan: MosaicPlan, balance: Balance, fields: Mapping[int, DodgeField], bands: Sequence[str]
) -> SeamScene:
    chosen = [plan.bands.index(band) for band in bands]
    field = fields.get(placed.index)
    if field is not None and len(field.log_factor) > 1:
        field = replace(field, log_factor=field.log_factor[chosen])
    view = [placed.scene.view[key] for key in sorted(placed.scene.view)]
    return SeamScene(
        placed.index,
        replace(placed.scene, view={}, sun=None),
        placed.covered,
        balance.gains[placed.index - 1][chosen].astype(np.float32),
        balance.offsets[placed.index - 1][chosen].astype(np.float32),
        field,
        placed.day.toordinal() if placed.day else None,
        merge_directions(view) if view else None,
    )


def choose_levels(grid: Grid) -> tuple[int, ...]:
    """Return the pixels per cell of each level, coarsest first, each half of the one before."""
    fine = finest_factor(grid.pixel_m)
    while grid.shape[0] * grid.shape[1] / fine**2 > MOST_CELLS:
        fine *= 2
    steps = max(0, round(math.log2(COARSE_M / (fine * grid.pixel_m))))
    return tuple(fine * 2**step for step in range(steps, -1, -1))


@dataclass(frozen=True, eq=False)
class SeamJob:
    """Everything the seams in one window follow from."""

    scenes: tuple[SeamScene, ...]
    """Scenes that can touch the window, by id: the order of priority must not break ties."""
    grid: Grid
    """The mosaic's grid."""
    bands: tuple[str, ...]
    """Bands that are compared."""
    factor: int
    """Mosaic pixels per cell."""
    window: Window
    """Cells to solve."""
    labels: np.ndarray
    """(rows, cols) uint16 ranks so far of the window grown by `BAND_CELLS`, 0 none."""
    dominant: np.ndarray | None
    """(rows, cols) ordinal of the date that dominates around each cell of the window grown by one."""
    whole: bool
    """Whether every cell is open, or only those along seams."""
    options: SeamOptions
    """Weights."""


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


def label_cells(
    plan: MosaicPlan,
    scenes: Sequence[SeamScene],
    bands: tuple[str, ...],
    executor: Executor,
    *,
    options: SeamOptions,
    progress: Progress = SILENT,
) -> tuple[np.ndarray, int]:
    """Return (rows, cols) uint16 ranks of the finest cells, 0 where no scene has data, and the pixels per cell."""
    levels = choose_levels(plan.grid)
    passes = choose_passes(levels)
    labels = np.zeros(plan.grid.coarsen(levels[0]).shape, np.uint16)
    dominant = None
    for number, walk in enumerate(passes):
        shape = plan.grid.coarsen(walk.factor).shape
        if labels.shape != shape:
            labels = labels.repeat(2, axis=0).repeat(2, axis=1)[: shape[0], : shape[1]]
        if number == 1:
            dominant = dominating_dates(labels, {scene.rank: scene.day or 0 for scene in scenes}, plan.grid.pixel_m * walk.factor)
        task = partial(_job_of, plan=plan, scenes=scenes, bands=bands, walk=walk, options=options)
        dates = None if dominant is None else (dominant, levels[0] // walk.factor)
        for colour, windows in enumerate(coloured_windows(shape, walk.size, walk.shift)):
            jobs = (task(window, labels=labels, dates=dates) for window in windows)
            for window, solved in map_ordered(solve_window, (job for job in jobs if job.scenes), executor, progress=progress):
                labels[window.slices_in(Window(0, 0, *shape))] = solved
            done = (number + (colour + 1) / 4) / len(passes)
            progress.report(done, f"Seams at {walk.factor * plan.grid.pixel_m:g} m")
    return labels, levels[-1]


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


def _job_of(
    window: Window,
    *,
    plan: MosaicPlan,
    scenes: Sequence[SeamScene],
    bands: tuple[str, ...],
    walk: Pass,
    options: SeamOptions,
    labels: np.ndarray,
    dates: tuple[np.ndarray, int] | None,
) -> SeamJob:
    wide = window.grow(HALO_CELLS + 1)
    pixels = Window(wide.row * walk.factor, wide.col * walk.factor, wide.rows * walk.factor, wide.cols * walk.factor)
    placed = {scene.index: scene for scene in plan.scenes}
    near = tuple(
        replace(
            scene,
            covered=clip_edges(scene.covered, pixels),
            field=None if scene.field is None else scene.field.near(plan.grid.crop(pixels)),
        )
        for scene in sorted(scenes, key=lambda scene: scene.scene.id)
        if not placed[scene.rank].window.intersect(pixels).is_empty
    )
    around = _cropped(labels, window.grow(BAND_CELLS), 1)
    dominant = None if dates is None else _cropped(dates[0], window.grow(1), dates[1])
    return SeamJob(near, plan.grid, bands, walk.factor, window, around, dominant, walk.whole, options)


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


def solve_window(job: SeamJob) -> tuple[Window, np.ndarray]:
    """Return the window and its (rows, cols) uint16 ranks."""
    if job.whole:
        return job.window, _solve(job, job.scenes, None)
    shown = _shown(job)
    hidden, lost = find_hidden(shown, job)
    band = highest(_seam_cells(job.labels), BAND_CELLS) | highest(hidden, BAND_CELLS)
    band = band[_inner(job.labels.shape, BAND_CELLS)]
    if not band.any():
        return job.window, job.labels[_inner(job.labels.shape, BAND_CELLS)]
    scenes = job.scenes if lost.any() else shown
    part = _bounds_of(band)
    out = job.labels[_inner(job.labels.shape, BAND_CELLS)].copy()
    out[part.slices_in(Window(0, 0, *out.shape))] = _solve(_crop_job(job, part), scenes, band[part.slices_in(Window(0, 0, *out.shape))])
    return job.window, out


def _inner(shape: tuple[int, ...], by: int) -> tuple[slice, slice]:
    return slice(by, shape[0] - by), slice(by, shape[1] - by)


def _seam_cells(labels: np.ndarray) -> np.ndarray:
    return highest(labels, 1) != lowest(labels, 1)


def _bounds_of(mask: np.ndarray) -> Window:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Window(int(rows[0]), int(cols[0]), int(rows[-1] - rows[0]) + 1, int(cols[-1] - cols[0]) + 1)


def _crop_job(job: SeamJob, part: Window) -> SeamJob:
    """Return the job of a part, given by cells of the job's window."""
    labels = job.labels[part.row : part.stop[0] + 2 * BAND_CELLS, part.col : part.stop[1] + 2 * BAND_CELLS]
    dates = None if job.dominant is None else job.dominant[part.row : part.stop[0] + 2, part.col : part.stop[1] + 2]
    return replace(job, window=part.shift(job.window.row, job.window.col), labels=labels, dominant=dates)


def _shown(job: SeamJob) -> tuple[SeamScene, ...]:
    """Return the scenes that the window and its surroundings show so far."""
    there = set(np.unique(job.labels).tolist())
    return tuple(scene for scene in job.scenes if scene.rank in there)


def find_hidden(shown: Sequence[SeamScene], job: SeamJob) -> tuple[np.ndarray, np.ndarray]:
    """Return masks over the job's labels: cells whose scene is not wholly clear, and those where none of ``shown`` is."""
    wide = job.window.grow(BAND_CELLS)
    least = np.ones(wide.shape, np.float32)
    own = np.ones(wide.shape, np.float32)
    for scene in shown:
        cover = measure_cover(scene, job.grid, job.bands[0], factor=job.factor, window=wide)
        least = np.minimum(least, cover)
        own = np.where(job.labels == scene.rank, cover, own)
    inside = np.zeros(wide.shape, bool)
    cells = job.grid.coarsen(job.factor).window
    inside[cells.intersect(wide).slices_in(wide)] = True
    return (own > 0) & inside, (least > 0) & inside


def _solve(job: SeamJob, scenes: Sequence[SeamScene], band: np.ndarray | None) -> np.ndarray:
    """Return (rows, cols) uint16 ranks of the job's window, of which only ``band`` changes; None opens every cell."""
    costs = measure_costs(
        scenes, job.grid, job.bands, factor=job.factor, window=job.window.grow(1), dominant=job.dominant, options=job.options
    )
    energy = costs.energy
    ranks = np.array([scene.rank for scene in scenes], np.uint16)
    labels = _indices(job.labels[_inner(job.labels.shape, BAND_CELLS - 1)], ranks)
    mine = np.zeros(labels.shape, bool)
    mine[1:-1, 1:-1] = True if band is None else band
    possible = np.isfinite(energy.unary).any(axis=0)
    lost = mine & ~np.isfinite(_at(energy.unary, np.maximum(labels, 0))) | (mine & (labels < 0))
    labels[lost] = np.where(possible, energy.unary.argmin(axis=0), -1)[lost]
    if band is not None:
        energy = _only_near(energy, labels, costs.cover)
    labels = expand(labels, energy, mine & possible)
    labels = absorb_islands(labels, energy.unary, mine, _smallest_cells(job))
    return np.where(labels >= 0, ranks[labels], 0)[1:-1, 1:-1].astype(np.uint16)


def _only_near(energy: Energy, labels: np.ndarray, cover: np.ndarray) -> Energy:
    """Return the energy where a label may only take cells near its own, or whose own label is not wholly clear."""
    hidden = highest(_at(cover, np.maximum(labels, 0)) > 0, BAND_CELLS)
    near = np.stack([highest(labels == label, BAND_CELLS) for label in range(len(energy.unary))])
    return replace(energy, unary=np.where(near | hidden, energy.unary, np.inf).astype(np.float32))


def _indices(ranks: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the index in ``known`` of each rank, -1 where it is not there."""
    table = np.full(65536, -1, np.int64)
    table[known] = np.arange(len(known))
    return np.asarray(table[ranks])


def _at(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, labels[None], axis=0)[0]


def _smallest_cells(job: SeamJob) -> float:
    return job.options.smallest_ha * 10_000 / (job.factor * job.grid.pixel_m) ** 2
