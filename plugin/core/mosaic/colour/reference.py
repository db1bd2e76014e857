"""Anchor the balance to a reference raster, such as last year's mosaic.

The reference is measured on the same cells as the scenes and takes part in the solve as one more scene whose gain is 1
and whose offset is 0 in every band: the others come to it, and to each other, at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...base.errors import InputError
from ...base.lazy import LazySequence, changed_when_read
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.grid import Window
from ...raster.read import open_raster
from ...raster.regrid import read_onto
from ...regions.neighbourhood import lowest
from ...scenes.msi import RGB
from ...scenes.naming import normal_band
from ..plan.lattice import CellLattice, cells_of
from ..plan.plan import MosaicPlan
from .balance import Balance, solve_balance
from .cells import SQUARE_CELLS, Overlap, SceneCells, cell_keys, coarser_window, is_held_out, pair_cells, pixels_of, reduce_to_cells

MOST_APART = 2.5
"""A reference that is as many times brighter or darker than the scenes is in other units."""
DRAWN_CELLS = 300_000
"""Cells of all scenes from which units and levels are told, at most."""
FEWEST_DRAWN = 500
"""Cells of each scene that are used at least, where there are as many."""
FEWEST_CELLS = 30
"""Cells a group must share with the reference to be brought to its level."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What a reference raster shows on the cells of the mosaic."""

    path: str
    """The raster."""
    bands: tuple[str, ...]
    """Those of the mosaic's bands that it holds, in the mosaic's order."""
    cells: SceneCells
    """Its cells; the index is one above the last scene's."""
    overlaps: Sequence[Overlap]
    """Cells it shares with each scene, the scene first."""


def measure_reference(
    path: str, plan: MosaicPlan, cells: Sequence[SceneCells], executor: Executor, *, progress: Progress = SILENT
) -> Reference | None:
    """Return what a raster shows where scenes are clear; None, after a warning, where they have nothing in common.

    The raster may lie in any CRS and have any pixel size. Bands are told by their descriptions, else a raster of three
    bands is red, green, blue, and one of as many bands as the mosaic has them in its order. Raises `InputError` for
    other bands, and for values that are not reflectance x 10000.
    """
    bands, numbers, nodata = _match_bands(path, plan.bands)
    lattice = plan.lattice
    task = partial(_measure_square, path=path, numbers=numbers, nodata=nodata, lattice=lattice)
    shown = [cells_of(coarser_window(placed.window, lattice), lattice) for placed in plan.scenes]
    squares = [square for square in lattice.cells.blocks(SQUARE_CELLS) if any(not one.intersect(square).is_empty for one in shown)]
    found = [(np.empty(0, np.int64), np.empty((0, len(bands)), np.float32))]
    for done in map_ordered(task, squares, executor, progress=progress):
        found.append(done)
        progress.report((len(found) - 1) / len(squares), "Measured the reference")
    keys, medians = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(keys, kind="stable")
    keys, medians = keys[order], medians[order]
    index = len(plan.scenes) + 1
    measured = SceneCells(index, keys, medians, is_held_out(keys))
    column = [plan.bands.index(band) for band in bands]
    scenes = changed_when_read(lambda scene: replace(scene, medians=scene.medians[:, column]), cells)
    both = LazySequence(lambda number: scenes[number] if number < len(scenes) else measured, len(scenes) + 1)
    overlaps = pair_cells(both, [(placed.rank, index) for placed in plan.scenes])
    if not overlaps:
        progress.warn(f"The reference {path} shows no clear land in common with the scenes; the balance keeps their own mean.")
        return None
    _check_units(path, overlaps, bands)
    lacking = [band for band in plan.bands if band not in bands]
    if lacking:
        progress.warn(f"The reference {path} lacks {', '.join(lacking)}; these bands keep the mean of the scenes.")
    return Reference(path, bands, measured, overlaps)


def _match_bands(path: str, wanted: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...], float]:
    """Return the mosaic's bands a raster holds, their 1-based numbers and the raster's nodata."""
    with open_raster(path) as dataset:
        names = [normal_band(name or "") for name in dataset.descriptions]
        nodata = 0.0 if dataset.nodata is None else float(dataset.nodata)
    if not any(name in wanted for name in names):
        names = list(RGB) if len(names) == 3 else list(wanted) if len(names) == len(wanted) else []
    numbers = {name: number for number, name in reversed(list(enumerate(names, 1))) if name in wanted}
    if not numbers:
        raise InputError(
            f"The reference {path} has no band of the mosaic ({', '.join(wanted)}); describe its bands by name, or give red, green, blue."
        )
    bands = tuple(band for band in wanted if band in numbers)
    return bands, tuple(numbers[band] for band in bands), nodata


def _measure_square(
    square: Window, *, path: str, numbers: Sequence[int], nodata: float, lattice: CellLattice
) -> tuple[np.ndarray, np.ndarray]:
    """Return keys and medians of the cells of a square."""
    wide = pixels_of(square, lattice).grow(1)
    with open_raster(path) as dataset:
        data = read_onto(dataset, numbers, lattice.grid.crop(wide), resampling="average", nodata=nodata, fill=nodata)
    known = ~np.isnan(data) & (data > 0)
    if not np.isnan(nodata):
        known &= data != nodata
    # One pixel off every border: averages there mix data with nodata.
    usable = lowest(known.all(axis=0), 1)[1:-1, 1:-1]
    row, col, medians = reduce_to_cells(data[:, 1:-1, 1:-1], usable)
    return cell_keys(row + square.row, col + square.col), medians


def _check_units(path: str, overlaps: Sequence[Overlap], bands: Sequence[str]) -> None:
    ratio = np.median(np.concatenate([second / np.maximum(first, 1) for _, first, second in _usable(overlaps)]), axis=0)
    worst = int(np.abs(np.log(np.maximum(ratio, 1e-9))).argmax())
    if not 1 / MOST_APART <= ratio[worst] <= MOST_APART:
        raise InputError(
            f"The reference {path} is {ratio[worst]:.3g} times the scenes in {bands[worst]}; give a mosaic in reflectance x 10000, "
            "not an 8-bit picture."
        )


def _usable(overlaps: Sequence[Overlap]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield the rank of each scene with what it and the reference show in cells of land that may be fitted to, an even choice of them."""
    most = max(FEWEST_DRAWN, DRAWN_CELLS // len(overlaps))
    for overlap in overlaps:
        use = np.flatnonzero(~overlap.held_out & overlap.steady)
        use = use[np.linspace(0, len(use) - 1, min(len(use), most)).astype(int)]
        yield overlap.pair[0], overlap.first[use], overlap.second[use]


def solve_to_reference(
    overlaps: Sequence[Overlap], scene_ids: Sequence[str], bands: Sequence[str], reference: Reference, *, importance: np.ndarray
) -> Balance:
    """Return the balance of the scenes with the reference's radiometry in the bands that it holds.

    Each group of scenes is first brought to the level of the reference as a whole, then all are solved together with
    the reference held fixed: what is expected of a single scene is a small departure from the common level, not from
    its own. Groups that do not see the reference, and bands that it lacks, keep their own mean.
    """
    own = solve_balance(overlaps, scene_ids, bands, importance=importance)
    column = [bands.index(band) for band in reference.bands]
    levels = group_levels(own, reference, column)
    at_level = [levels[group] for group in own.groups]

    def lifted(number: int) -> Overlap:
        if number >= len(overlaps):
            o = reference.overlaps[number - len(overlaps)]
            return replace(o, first=_lift(o.first, at_level[o.pair[0] - 1]))
        o = overlaps[number]
        first, second = (_lift(values[:, column], at_level[rank - 1]) for values, rank in zip((o.first, o.second), o.pair, strict=True))
        return replace(o, first=first, second=second)

    anchored = solve_balance(
        LazySequence(lifted, len(overlaps) + len(reference.overlaps)),
        [*scene_ids, reference.path],
        reference.bands,
        importance=np.append(importance, 0.0),
        anchors={reference.cells.rank: np.zeros(len(column))},
        keep_mean=True,
    )
    level_gain, level_offset = np.stack(at_level).transpose(1, 0, 2)
    gains, offsets = own.gains.copy(), own.offsets.copy()
    gains[:, column] = anchored.gains[:-1] * level_gain
    offsets[:, column] = anchored.gains[:-1] * level_offset + anchored.offsets[:-1]
    groups = anchored.groups[:-1] if len(column) == len(bands) else own.groups
    # A cell that differs from the reference alone is land that changed since, no cloud.
    outliers = tuple((pair, key) for pair, key in anchored.outliers if reference.cells.rank not in pair)
    return replace(own, gains=gains, offsets=offsets, groups=groups, outliers=outliers)


def _lift(values: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return (cells, bands) values times the gain plus the offset of ``level`` (2, bands)."""
    return np.asarray(values * level[0] + level[1], np.float32)


def group_levels(own: Balance, reference: Reference, column: Sequence[int]) -> dict[int, np.ndarray]:
    """Return group -> (2, bands) gain and offset that bring its balanced scenes to the reference."""
    seen: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {group: [] for group in own.groups}
    for rank, first, second in _usable(reference.overlaps):
        balanced = first * own.gains[rank - 1, column] + own.offsets[rank - 1, column]
        seen[own.groups[rank - 1]].append((balanced, second))
    levels = {}
    for group, pairs in seen.items():
        level = np.stack((np.ones(len(column)), np.zeros(len(column))))
        if sum(len(x) for x, _ in pairs) >= FEWEST_CELLS:
            x, y = (np.concatenate(side).astype(float) for side in zip(*pairs, strict=True))
            level = np.stack([fit_level(x[:, band], y[:, band]) for band in range(len(column))], axis=1)
        levels[group] = level
    return levels


def fit_level(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return gain and offset of y = gain x + offset, reweighted after Tukey.

    Both sides hold errors (haze, harvest, another season), so the slope lies anywhere between the regression of y on x
    and that of x on y (Frisch's bounds). A gain changes the contrast of the whole mosaic and an offset does not: the gain
    is the slope between the bounds that is nearest to 1, and the offset brings the mean to that of the reference.
    """
    gain, offset = 1.0, float(np.median(y - x))
    for _ in range(8):
        residual = y - gain * x - offset
        scale = 1.4826 * np.median(np.abs(residual)) + 1e-3
        weight = np.clip(1 - (residual / (4.685 * scale)) ** 2, 0, None) ** 2
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        var_x, var_y = np.average((x - mean_x) ** 2, weights=weight), np.average((y - mean_y) ** 2, weights=weight)
        common = max(np.average((x - mean_x) * (y - mean_y), weights=weight), 1e-9)
        gain = float(np.clip(1.0, common / max(var_x, 1e-9), max(var_y, 1e-9) / common))
        offset = float(mean_y - gain * mean_x)
    return gain, offset


def describe_agreement(reference: Reference, balance: Balance) -> dict[str, object]:
    """Return ``path``, ``bands`` and how far the scenes are from the reference before and after, percent by band, on held-out cells."""
    column = [balance.bands.index(band) for band in reference.bands]
    before, after, level = np.zeros((3, len(column)))
    for overlap in reference.overlaps:
        use = overlap.held_out if overlap.held_out.any() else np.ones(len(overlap.keys), bool)
        scene, target = overlap.first[use].astype(float), overlap.second[use].astype(float)
        row = overlap.pair[0] - 1
        before += np.abs(scene - target).sum(axis=0)
        after += np.abs(scene * balance.gains[row, column] + balance.offsets[row, column] - target).sum(axis=0)
        level += target.sum(axis=0)
    share = [np.round(100 * apart / np.maximum(level, 1e-9), 3).tolist() for apart in (before, after)]
    return {"path": reference.path, "bands": list(reference.bands), "mad_pct_before": share[0], "mad_pct_after": share[1]}
