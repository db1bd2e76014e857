"""Measure each scene once: robust means of clear cells, from which every overlap follows.

A cell is a square of pixels on a lattice tied to the origin of the CRS, so that cells of different scenes and of
different mosaics coincide. One cell in five, on a regular lattice, is never used to fit the balance: the residual
there is what the fit has not seen.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...base.lazy import changed_when_read
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.grid import Grid, Window
from ...regions.burn import Edges, burn
from ...regions.neighbourhood import lowest
from ...regions.rings import Outlines
from ...scenes.bands import BandReader, open_bands
from ..plan.lattice import CELL_PX, CellLattice, cells_of
from ..plan.means import means_of
from ..plan.plan import MosaicPlan, PlacedScene

SQUARE_CELLS = 64
"""Rows and columns of cells measured at a time."""
CELLS_IN_ALL = 6_000_000
"""Cells of all pairs together at most: more would take longer and tell the same."""
LEAST_SHARE = 0.2
"""Share of a cell's pixels that are clear at least, for it to be compared where whole cells are few."""
ENOUGH_WHOLE = 50
"""Whole cells of a pair that make do without those clear in part, whose means are not quite of the same ground."""
FEWEST_PER_PAIR = 100
"""Cells that each pair keeps at least."""


@dataclass(frozen=True, eq=False)
class SceneCells:
    """Clear cells of one scene, sorted by row and column of the lattice."""

    rank: int
    """The scene's rank in the plan, 1-based."""
    keys: np.ndarray
    """(cells,) int64, row * 2**32 + column of the lattice counted from the origin of the CRS."""
    medians: np.ndarray
    """(cells, bands) float32, median reflectance x 10000 of the cell's pixels."""
    held_out: np.ndarray
    """(cells,) True where the cell is kept for checking."""
    land: np.ndarray | None = None
    """(cells,) False where the cell shows water or snow; None where nobody has told."""
    whole: np.ndarray | None = None
    """(cells,) False where only a part of the cell is clear; None where all of them are whole."""

    def only_whole(self) -> SceneCells:
        """Return the cells all of whose pixels are clear."""
        return self if self.whole is None else self.taken(self.whole)

    def taken(self, chosen: np.ndarray) -> SceneCells:
        """Return some of the cells."""
        land, whole = (None if flags is None else flags[chosen] for flags in (self.land, self.whole))
        return SceneCells(self.rank, self.keys[chosen], self.medians[chosen], self.held_out[chosen], land, whole)


@dataclass(frozen=True, eq=False)
class Overlap:
    """Cells that are clear in both scenes of a pair."""

    pair: tuple[int, int]
    """Ranks of the two scenes, 1-based."""
    keys: np.ndarray
    """(cells,) lattice keys."""
    first: np.ndarray
    """(cells, bands) medians in the first scene."""
    second: np.ndarray
    """(cells, bands) medians in the second."""
    held_out: np.ndarray
    """(cells,) True where kept for checking."""
    land: np.ndarray | None = None
    """(cells,) False where either scene shows water or snow; None where nobody has told."""
    share: float = 1.0
    """Part of the common cells that is held; the rest was left out."""

    @property
    def steady(self) -> np.ndarray:
        """(cells,) True where the ground can be expected to look the same on both dates."""
        return np.ones(len(self.keys), bool) if self.land is None else self.land


def measure_scenes(plan: MosaicPlan, executor: Executor, *, progress: Progress = SILENT) -> Generator[SceneCells, None, None]:
    """Yield the clear cells of every scene; each sample is read once, from reduced copies where there are any."""
    task = partial(measure_scene, lattice=plan.lattice, bands=plan.bands)
    for number, cells in enumerate(map_ordered(task, plan.scenes, executor, progress=progress)):
        progress.report((number + 1) / len(plan.scenes), f"Measured {plan.scenes[number].scene.id}")
        yield cells


def measure_scene(placed: PlacedScene, *, lattice: CellLattice, bands: Sequence[str]) -> SceneCells:
    """Return the cells of one scene whose pixels are valid and away from cloud and shadow, all of them or at least `LEAST_SHARE`."""
    extent = cells_of(coarser_window(placed.window, lattice), lattice)
    found = [(np.empty(0, np.int64), np.empty((0, len(bands)), np.float32), np.empty(0, bool))]
    if not extent.is_empty:
        with open_bands(placed.scene) as reader:
            found += [_measure_square(reader, placed.covered, square, lattice, bands) for square in extent.blocks(SQUARE_CELLS)]
    keys, medians, whole = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(keys)
    return SceneCells(placed.rank, keys[order], medians[order], is_held_out(keys[order]), whole=whole[order])


def pixels_of(square: Window, lattice: CellLattice) -> Window:
    """Return the pixels of the lattice's grid that a square of cells consists of."""
    return Window(square.row * CELL_PX - lattice.top, square.col * CELL_PX - lattice.left, square.rows * CELL_PX, square.cols * CELL_PX)


def _measure_square(
    reader: BandReader, covered: Outlines, square: Window, lattice: CellLattice, bands: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return keys, medians and wholeness of the cells of a square, given by rows and columns of cells."""
    window = pixels_of(square, lattice)
    wide = window.grow(1)
    data = means_of(reader, bands, lattice.grid.crop(wide))
    usable = (data > 0).all(axis=0) & ~burn(_edges_near(covered, wide, lattice), wide)
    # One pixel off every border: cloud edges, and averages that mix data with nodata.
    usable = lowest(usable, 1)[1:-1, 1:-1]
    usable &= _inside(window, lattice.grid)
    parts = [reduce(data[:, 1:-1, 1:-1], usable) for reduce in (reduce_to_cells, reduce_parts)]
    row, col, medians = (np.concatenate(column) for column in zip(*parts, strict=True))
    whole = np.arange(len(row)) < len(parts[0][0])
    return cell_keys(row + square.row, col + square.col), medians, whole


def reduce_to_cells(data: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and medians (cells, bands) of the cells all of whose pixels are usable.

    ``data`` is (bands, rows, cols), ``usable`` (rows, cols), both whole cells of `CELL_PX` pixels.
    """
    bands, rows, cols = len(data), usable.shape[0] // CELL_PX, usable.shape[1] // CELL_PX
    row, col = np.nonzero(usable.reshape(rows, CELL_PX, cols, CELL_PX).all(axis=(1, 3)))
    split = data.reshape(bands, rows, CELL_PX, cols, CELL_PX).transpose(1, 3, 0, 2, 4)
    medians = np.median(split[row, col].reshape(len(row), bands, CELL_PX * CELL_PX), axis=2).astype(np.float32)
    return row, col, medians


def reduce_parts(data: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and medians (cells, bands) of the cells of whose pixels not all, but at least `LEAST_SHARE`, are usable.

    ``data`` and ``usable`` are those of `reduce_to_cells`; the medians are over the usable pixels.
    """
    bands, rows, cols = len(data), usable.shape[0] // CELL_PX, usable.shape[1] // CELL_PX
    split = usable.reshape(rows, CELL_PX, cols, CELL_PX).transpose(0, 2, 1, 3).reshape(rows, cols, -1)
    count = split.sum(axis=2)
    row, col = np.nonzero((count >= LEAST_SHARE * CELL_PX**2) & (count < CELL_PX**2))
    if not len(row):
        return row, col, np.empty((0, bands), np.float32)
    cells = data.reshape(bands, rows, CELL_PX, cols, CELL_PX).transpose(1, 3, 0, 2, 4)[row, col]
    samples = cells.reshape(len(row), bands, -1).astype(np.float32)
    samples[~np.broadcast_to(split[row, col][:, None], samples.shape)] = np.nan
    return row, col, np.nanmedian(samples, axis=2).astype(np.float32)


def _inside(window: Window, grid: Grid) -> np.ndarray:
    """Return (rows, cols) of a window, True inside the grid."""
    mask = np.zeros(window.shape, bool)
    mask[window.intersect(grid.window).slices_in(window)] = True
    return mask


def coarser_window(window: Window, lattice: CellLattice) -> Window:
    """Return the window of the lattice's grid that covers a window of the mosaic's."""
    f, (pad_row, pad_col) = lattice.factor, lattice.pad
    row, col = (window.row + pad_row) // f, (window.col + pad_col) // f
    stop_row, stop_col = -(-(window.stop[0] + pad_row) // f), -(-(window.stop[1] + pad_col) // f)
    return Window(row, col, stop_row - row, stop_col - col).intersect(lattice.grid.window)


def _edges_near(outlines: Outlines, window: Window, lattice: CellLattice) -> Edges:
    """Return the edges that decide what a window of the lattice's grid shows, in its pixels."""
    f, (pad_row, pad_col) = lattice.factor, lattice.pad
    pixels = Window(window.row * f - pad_row, window.col * f - pad_col, window.rows * f, window.cols * f)
    return outlines.near(pixels.grow(f)).shift(*lattice.pad).coarser(f)


def cell_keys(row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Return sortable keys of lattice cells; rows and columns may be negative."""
    return row.astype(np.int64) * (1 << 32) + (col.astype(np.int64) + (1 << 31))


def cell_places(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of lattice keys."""
    return keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)


def cell_centres(keys: np.ndarray, lattice: CellLattice) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the middles of lattice cells in the mosaic's CRS."""
    row, col = cell_places(keys)
    pixel_m, transform = lattice.grid.pixel_m, lattice.grid.transform
    x = transform.c + ((col + 0.5) * CELL_PX - lattice.left) * pixel_m
    y = transform.f - ((row + 0.5) * CELL_PX - lattice.top) * pixel_m
    return np.asarray(x), np.asarray(y)


def is_held_out(keys: np.ndarray) -> np.ndarray:
    """Return True for the one cell in five that no fit sees: (2 row + column) divisible by 5."""
    row, col = cell_places(keys)
    return (2 * row + col) % 5 == 0


def pair_cells(cells: Sequence[SceneCells], pairs: Sequence[tuple[int, int]]) -> Sequence[Overlap]:
    """Return the cells that both scenes of each pair hold, put together when they are asked for; pairs without any are left out.

    Where a country's pairs would hold more than `CELLS_IN_ALL` cells, each keeps an even choice of them.
    """
    place = {scene.rank: number for number, scene in enumerate(cells)}
    most = max(FEWEST_PER_PAIR, CELLS_IN_ALL // max(len(pairs), 1))

    def both(pair: tuple[int, int]) -> tuple[SceneCells, SceneCells]:
        first, second = pair
        return cells[place[first]], cells[place[second]]

    def share_cells(pair: tuple[int, int]) -> bool:
        first, second = both(pair)
        return len(_common(first.keys, second.keys)[0]) > 0

    return changed_when_read(lambda pair: _overlap(*both(pair), most), [pair for pair in pairs if share_cells(pair)])


def _overlap(a: SceneCells, b: SceneCells, most: int) -> Overlap:
    """Return at most so many of the cells that both scenes hold: whole ones, and those clear in part where whole ones are few."""
    in_a, in_b = _common(a.keys, b.keys)
    both = [scene.whole[chosen] for scene, chosen in ((a, in_a), (b, in_b)) if scene.whole is not None]
    if both and (whole := np.logical_and.reduce(both)).sum() >= ENOUGH_WHOLE:
        in_a, in_b = in_a[whole], in_b[whole]
    found = len(in_a)
    if found > most:
        chosen = _thinned(a.held_out[in_a], most)
        in_a, in_b = in_a[chosen], in_b[chosen]
    known = [scene.land[chosen] for scene, chosen in ((a, in_a), (b, in_b)) if scene.land is not None]
    land = np.logical_and.reduce(known) if known else None
    return Overlap((a.rank, b.rank), a.keys[in_a], a.medians[in_a], b.medians[in_b], a.held_out[in_a], land, len(in_a) / found)


def _common(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of common values in two sorted arrays of distinct values."""
    if not len(a) or not len(b):
        return np.empty(0, int), np.empty(0, int)
    found = np.minimum(np.searchsorted(a, b), len(a) - 1)
    in_b = np.flatnonzero(a[found] == b)
    return found[in_b], in_b


def _thinned(held_out: np.ndarray, most: int) -> np.ndarray:
    """Return about ``most`` evenly spaced places, the held-out ones in proportion."""
    chosen = []
    for kind in (np.flatnonzero(held_out), np.flatnonzero(~held_out)):
        count = min(len(kind), round(most * len(kind) / len(held_out)))
        chosen.append(kind[np.linspace(0, len(kind) - 1, count).astype(int)])
    return np.sort(np.concatenate(chosen))
