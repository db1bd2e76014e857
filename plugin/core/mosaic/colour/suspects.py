"""Places to look at: where a scene disagrees with the others as only a missed cloud, a shadow or changed land does.

The balance gives such cells no weight. Here every cell of every overlap is judged, also those the solve did not draw,
and goes back to the editor as polygons of the scene that stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rasterio.io import DatasetReader
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from ...raster.read import open_raster, read_samples
from ...regions.burn import burn, prepare_edges
from ...vector.features import write_frame
from ..plan.lattice import CellLattice
from ..plan.plan import MosaicPlan
from .balance import Balance
from .cells import Overlap, cell_places

APART = 4.685
"""Spreads beyond which a cell is suspect: where the balance gives it no weight (Tukey)."""
LEAST_PCT = 12.0
"""Mean difference of the bands below which nothing is worth a look."""
DRAWN_CELLS = 1_000_000
"""Cells from which the usual spread is told, at most."""
DARKEST = 20.0
"""Medians below this count as this (reflectance x 10000): logarithms of noise."""
KINDS = ("cloud", "shadow", "change")
"""What it may be: brighter in every band, darker in every band, or some of both."""
FIELDS = ("scene", "kind", "difference_pct", "cells", "other", "area_m2")
SHOWN = "shown_pct"
"""Field that `measure_shown` adds: the share of the place in which the mosaic shows the scene."""


def find_suspects(overlaps: Sequence[Overlap], balance: Balance, plan: MosaicPlan, lattice: CellLattice) -> gpd.GeoDataFrame:
    """Return polygons of neighbouring suspect cells, largest difference first.

    Fields: ``scene`` that stands alone, ``kind`` (see `KINDS`), ``difference_pct`` from the others (mean over bands,
    median over cells), ``cells``, ``other`` the scene it was most often compared with, ``area_m2``. A cell is blamed on
    the scene that differs in the largest share of its comparisons there; of two scenes alone, on the brighter one,
    since clouds are missed more often than shadows.
    """
    scene, key, other, step = _compare(overlaps, balance)
    if not len(scene):
        return _frame([], plan)
    rows = []
    for rank in np.unique(scene):
        mine = scene == rank
        rows += _outline(int(rank), (key[mine], other[mine], step[mine]), plan, lattice)
    return _frame(sorted(rows, key=lambda row: -abs(float(row["difference_pct"]))), plan)  # type: ignore[arg-type]


def doubtful_areas(suspects: gpd.GeoDataFrame, plan: MosaicPlan) -> dict[int, np.ndarray]:
    """Return the polygons by rank: seams had better avoid them.

    Changed land counts as well, for most dates show it otherwise, and where a cloud lies beside its shadow they look like that.
    """
    return {plan.rank_of[name]: group.geometry.to_numpy() for name, group in suspects.groupby("scene")}


def measure_shown(suspects: gpd.GeoDataFrame, source: Path, plan: MosaicPlan) -> gpd.GeoDataFrame:
    """Return the table with the field `SHOWN`, what the mosaic shows first, then by difference; ``source`` is SOURCE."""
    with open_raster(source) as dataset:
        shares = [
            _share_shown(dataset, shape, plan.rank_of[name], plan) for shape, name in zip(suspects.geometry, suspects["scene"], strict=True)
        ]
    found = suspects.assign(**{SHOWN: np.round(shares, 1)})
    order = np.lexsort((-found["difference_pct"].abs(), found[SHOWN] == 0))
    return found.iloc[order].reset_index(drop=True)


def _share_shown(dataset: DatasetReader, shape: BaseGeometry, rank: int, plan: MosaicPlan) -> float:
    """Return the share in percent of a polygon, as far as it lies in the mosaic, that shows a scene."""
    window = plan.grid.window_of(shape.bounds).intersect(plan.grid.window)
    if window.is_empty:
        return 0.0
    inside = burn(prepare_edges([shape], plan.grid), window)
    mine = read_samples(dataset, [1], window)[0] == rank
    return float(100 * (mine & inside).sum() / max(int(inside.sum()), 1))


def write_suspects(path: str | Path, frame: gpd.GeoDataFrame) -> None:
    """Write the polygons; the format follows the suffix."""
    write_frame(path, frame, "suspects")


def _frame(rows: list[dict[str, object]], plan: MosaicPlan) -> gpd.GeoDataFrame:
    data = {name: [row[name] for row in rows] for name in FIELDS}
    return gpd.GeoDataFrame(data, geometry=[row["geometry"] for row in rows], crs=plan.grid.crs)


def _compare(overlaps: Sequence[Overlap], balance: Balance) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return blamed scene, lattice key, other scene and log ratio (cells, bands) to it, one row per suspect comparison.

    Overlaps are gone through one by one, three times: those of a country do not fit into one table.
    """
    if not overlaps:
        return np.empty(0, int), np.empty(0, int), np.empty(0, int), np.empty((0, len(balance.bands)))
    spread = _spread(overlaps, balance)
    table = [_strange_cells(overlap, balance, spread) for overlap in overlaps]
    first, second, key, step = (np.concatenate(column) for column in zip(*table, strict=True))
    share_first, share_second = _shares(overlaps, first, second, key)
    # The brighter one where both are as often at odds: only they meet there, or everything differs.
    blame_first = np.where(np.isclose(share_first, share_second), step.mean(axis=1) > 0, share_first > share_second)
    scene, other = np.where(blame_first, first, second), np.where(blame_first, second, first)
    return scene, key, other, np.where(blame_first[:, None], step, -step)


def _steps(overlap: Overlap, balance: Balance, every: int = 1) -> np.ndarray:
    """Return the log ratio (cells, bands) of the balanced scenes of a pair."""
    i, j = (rank - 1 for rank in overlap.pair)
    first = np.maximum(overlap.first[::every] * balance.gains[i] + balance.offsets[i], DARKEST)
    second = np.maximum(overlap.second[::every] * balance.gains[j] + balance.offsets[j], DARKEST)
    return np.asarray(np.log(first / second))


def _spread(overlaps: Sequence[Overlap], balance: Balance) -> np.ndarray:
    """Return the robust spread (bands,) of log ratios, from evenly drawn cells."""
    most = 1 + DRAWN_CELLS // len(overlaps)
    steps = np.concatenate([np.abs(_steps(overlap, balance, 1 + len(overlap.keys) // most)) for overlap in overlaps])
    return np.asarray(1.4826 * np.median(steps, axis=0) + 1e-6)


def _strange_cells(overlap: Overlap, balance: Balance, spread: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return both ranks, keys (n,) and steps (n, bands) of the tie cells in which a pair differs by far more than usual."""
    step = _steps(overlap, balance)
    size = np.sqrt(((step / spread) ** 2).mean(axis=1))
    bad = (size > APART) & (100 * np.expm1(np.abs(step).mean(axis=1)) >= LEAST_PCT)
    first, second = (np.full(int(bad.sum()), rank) for rank in overlap.pair)
    return first, second, overlap.keys[bad], step[bad]


def _shares(overlaps: Sequence[Overlap], first: np.ndarray, second: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for both scenes of each strange comparison, the share of their comparisons at the cell that are strange."""
    ranks, keys = np.concatenate((first, second)), np.concatenate((key, key))
    share = np.zeros(len(ranks))
    places = {int(rank): np.unique(keys[ranks == rank]) for rank in np.unique(ranks)}
    met = {rank: np.zeros(len(found), int) for rank, found in places.items()}
    for overlap in overlaps:
        for rank in set(overlap.pair) & places.keys():
            met[rank] += np.isin(places[rank], overlap.keys, assume_unique=True)
    for rank, found in places.items():
        mine = ranks == rank
        place = np.searchsorted(found, keys[mine])
        share[mine] = (np.bincount(place, minlength=len(found)) / np.maximum(met[rank], 1))[place]
    return share[: len(key)], share[len(key) :]


def _outline(
    rank: int, found: tuple[np.ndarray, np.ndarray, np.ndarray], plan: MosaicPlan, lattice: CellLattice
) -> list[dict[str, object]]:
    """Return one row per connected group of a scene's suspect cells."""
    keys, other, step = found
    places, cell = np.unique(keys, return_inverse=True)
    row, col = cell_places(places)
    mask = np.zeros((int(row.max() - row.min()) + 1, int(col.max() - col.min()) + 1), bool)
    mask[row - row.min(), col - col.min()] = True
    labels, _ = ndimage.label(mask, np.ones((3, 3), int))
    group = labels[row - row.min(), col - col.min()]
    size_m = lattice.cell_m
    transform = lattice.grid.transform
    west, north = transform.c - lattice.left * lattice.grid.pixel_m, transform.f + lattice.top * lattice.grid.pixel_m
    squares = shapely.box(west + col * size_m, north - (row + 1) * size_m, west + (col + 1) * size_m, north - row * size_m)
    rows: list[dict[str, object]] = []
    for number in np.unique(group):
        cells = np.flatnonzero(group == number)
        mine = np.isin(cell.ravel(), cells)
        change = np.median(step[mine], axis=0)
        outline = shapely.union_all(squares[cells])
        rows.append(
            {
                "scene": plan.scenes[rank - 1].scene.id,
                "kind": KINDS[0] if (change > 0).all() else KINDS[1] if (change < 0).all() else KINDS[2],
                "difference_pct": round(float(100 * np.expm1(np.abs(change).mean())), 1),
                "cells": len(cells),
                "other": plan.scenes[int(np.bincount(other[mine]).argmax()) - 1].scene.id,
                "area_m2": float(shapely.area(outline)),
                "geometry": outline,
            }
        )
    return rows
