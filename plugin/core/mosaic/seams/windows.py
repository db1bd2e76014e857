"""Seams within one window of cells: a task that carries all it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...raster.grid import Grid, Window
from ...regions.burn import Edges, clip_edges
from ...regions.neighbourhood import highest, lowest
from ...regions.rings import Outlines
from .cost import HALO_CELLS, CellWindow, SeamOptions, SeamScene, burn_shares, measure_costs, measure_data
from .expansion import Energy, expand
from .islands import absorb_islands

BAND_CELLS = 4
"""Cells on either side of a seam that a finer level may still give to another scene."""
COST_CELLS = HALO_CELLS + 1
"""Cells around a window whose covers its costs depend on."""

Shares = Mapping[int, np.ndarray]
"""Rank to the share of each cell that lies under the scene's polygons, over a job's window grown by `COST_CELLS`."""


@dataclass(frozen=True, eq=False)
class SeamJob:
    """Everything the seams in one window follow from."""

    scenes: tuple[SeamScene, ...]
    """Scenes that can touch the window, by id: the order of priority must not break ties; without outlines until they are drawn."""
    covered: tuple[Outlines, ...]
    """Outlines of cloud and shadow of each of them, in pixels of the plan's grid."""
    doubtful: tuple[Outlines, ...]
    """Outlines of where each of them disagrees with the others."""
    corner: tuple[int, int]
    """Row and column on ``grid`` of the plan's first pixel."""
    grid: Grid
    """Grid at whose corner cells begin."""
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
    opened: np.ndarray | None = None
    """(rows, cols) True for the window's cells that an edit opens to every scene; None where seams are refined."""

    @property
    def place(self) -> CellWindow:
        """The window, laid over the pixels."""
        return CellWindow(self.grid, self.factor, self.window)


def solve_window(job: SeamJob) -> tuple[Window, np.ndarray]:
    """Return the window and its (rows, cols) uint16 ranks; raises `InputError` where a scene cannot be read."""
    job = draw_outlines(job)
    if job.whole:
        return job.window, _solve(job, job.scenes, None, {})
    shown = _shown(job)
    shares: Shares = {}
    if job.opened is not None:
        scenes, band = job.scenes, job.opened
    else:
        shares = {scene.rank: burn_shares(scene.covered, job.factor, job.window.grow(COST_CELLS)) for scene in shown}
        hidden, lost = find_hidden(shown, shares, job)
        along = highest(_seam_cells(job.labels), BAND_CELLS) | highest(hidden, BAND_CELLS)
        scenes, band = job.scenes if lost.any() else shown, along[_inner(job.labels.shape, BAND_CELLS)]
    out = job.labels[_inner(job.labels.shape, BAND_CELLS)].copy()
    if band.any():
        part = Window.around(band)
        place = part.slices_in(Window(0, 0, *out.shape))
        out[place] = _solve(_crop_job(job, part), scenes, band[place], _crop_shares(shares, part))
    return job.window, out


def pixels_around(window: Window, factor: int) -> Window:
    """Return the mosaic's pixels on which the costs in a window of cells depend."""
    wide = window.grow(COST_CELLS)
    return Window(wide.row * factor, wide.col * factor, wide.rows * factor, wide.cols * factor)


def clip_outlines(outlines: Outlines, corner: tuple[int, int], pixels: Window) -> Edges:
    """Return what a window shows of outlines whose first pixel lies at ``corner`` of the window's grid."""
    rows, cols = corner
    return clip_edges(outlines.near(pixels.shift(-rows, -cols)).shift(rows, cols), pixels)


def draw_outlines(job: SeamJob) -> SeamJob:
    """Return a job with the outlines of its scenes."""
    pixels = pixels_around(job.window, job.factor)
    drawn = (
        replace(scene, covered=clip_outlines(covered, job.corner, pixels), doubtful=clip_outlines(doubtful, job.corner, pixels))
        for scene, covered, doubtful in zip(job.scenes, job.covered, job.doubtful, strict=True)
    )
    return replace(job, scenes=tuple(drawn))


def _inner(shape: tuple[int, ...], by: int) -> tuple[slice, slice]:
    return slice(by, shape[0] - by), slice(by, shape[1] - by)


def _seam_cells(labels: np.ndarray) -> np.ndarray:
    """Return (rows, cols) True for cells that have another label among their eight neighbours."""
    return highest(labels, 1) != lowest(labels, 1)


def _crop_job(job: SeamJob, part: Window) -> SeamJob:
    """Return the job of a part, given by cells of the job's window."""
    labels = job.labels[part.row : part.stop[0] + 2 * BAND_CELLS, part.col : part.stop[1] + 2 * BAND_CELLS]
    dates = None if job.dominant is None else job.dominant[part.row : part.stop[0] + 2, part.col : part.stop[1] + 2]
    return replace(job, window=part.shift(job.window.row, job.window.col), labels=labels, dominant=dates)


def _crop_shares(shares: Shares, part: Window) -> Shares:
    """Return the shares of a part, given by cells of the job's window."""
    rows, cols = slice(part.row, part.stop[0] + 2 * COST_CELLS), slice(part.col, part.stop[1] + 2 * COST_CELLS)
    return {rank: share[rows, cols] for rank, share in shares.items()}


def _shown(job: SeamJob) -> tuple[SeamScene, ...]:
    """Return the scenes that the window and its surroundings show so far."""
    there = set(np.unique(job.labels).tolist())
    return tuple(scene for scene in job.scenes if scene.rank in there)


def find_hidden(shown: Sequence[SeamScene], shares: Shares, job: SeamJob) -> tuple[np.ndarray, np.ndarray]:
    """Return masks over the job's labels: cells whose scene is not wholly clear, and those where none of ``shown`` is."""
    place = job.place.grow(BAND_CELLS)
    wide = place.window
    least = np.ones(wide.shape, np.float32)
    own = np.ones(wide.shape, np.float32)
    for scene in shown:
        share = shares[scene.rank][_inner(shares[scene.rank].shape, COST_CELLS - BAND_CELLS)]
        cover = np.where(measure_data(scene, place, job.bands[0]), share, 1)
        least = np.minimum(least, cover)
        own = np.where(job.labels == scene.rank, cover, own)
    inside = np.zeros(wide.shape, bool)
    cells = job.grid.coarsen(job.factor).window
    inside[cells.intersect(wide).slices_in(wide)] = True
    return (own > 0) & inside, (least > 0) & inside


def _solve(job: SeamJob, scenes: Sequence[SeamScene], band: np.ndarray | None, shares: Shares) -> np.ndarray:
    """Return (rows, cols) uint16 ranks of the job's window, of which only ``band`` changes; None opens every cell."""
    costs = measure_costs(scenes, job.place.grow(1), job.bands, dominant=job.dominant, options=job.options, shares=shares)
    energy = costs.energy
    ranks = np.array([scene.rank for scene in scenes], np.uint16)
    labels = _indices(job.labels[_inner(job.labels.shape, BAND_CELLS - 1)], ranks)
    mine = np.zeros(labels.shape, bool)
    mine[1:-1, 1:-1] = True if band is None else band
    possible = np.isfinite(energy.unary).any(axis=0)
    lost = mine & ~np.isfinite(_at(energy.unary, np.maximum(labels, 0))) | (mine & (labels < 0))
    labels[lost] = np.where(possible, energy.unary.argmin(axis=0), -1)[lost]
    if band is not None and job.opened is None:
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
    """Return (rows, cols) of values (labels, rows, cols) at the label of each cell."""
    return np.take_along_axis(values, labels[None], axis=0)[0]


def _smallest_cells(job: SeamJob) -> float:
    return job.options.smallest_ha * 10_000 / (job.factor * job.grid.pixel_m) ** 2
