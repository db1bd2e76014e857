"""Which scenes are compared: few each, the best, in one piece, whatever the order."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from affine import Affine
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skyfri.plugin.core.mosaic.colour import cells as overlaps_module
from skyfri.plugin.core.mosaic.colour.cells import SceneCells, cell_keys, is_held_out, pair_cells
from skyfri.plugin.core.mosaic.colour.pairing import PairingOptions, choose_pairs
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import BandFile, Scene

from ..conftest import meeting_pairs

CRS = "EPSG:25833"
SIDE = 60
"""Cells along a tile's side; tiles overlap by 6."""


def country(columns, dates, *, clear=0.6, seed=5):
    """Return the plan of a row of tiles on several dates, and clear cells in patches."""
    scenes = []
    for day in range(dates):
        for tile in range(columns):
            grid = Grid(CRS, Affine(320, 0, 320 * (SIDE - 6) * tile, 0, -320, 0), (SIDE, SIDE))
            when = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(days=5 * day)
            name = f"{day:02}_{tile}"
            scenes.append(Scene(name, f"/{name}.tif", when, f"33V{tile:02}", "S2A", 1, "", "L2A", "05.10", {"B02": BandFile("/x", 1)}, grid,
                                shapely.box(*grid.bounds)))  # fmt: skip
    plan = make_plan(scenes, None, MosaicOptions(bands=("B02",)))
    rng = np.random.default_rng(seed)
    cells = []
    for placed in plan.scenes:
        west, _, _, north = placed.scene.grid.bounds
        mask = np.kron(rng.random((6, 6)) < clear, np.ones((10, 10), bool))
        row, col = np.nonzero(mask)
        keys = cell_keys(row - round(north / 320), col + round(west / 320))
        cells.append(SceneCells(placed.rank, keys, np.full((len(keys), 1), 500, np.float32), is_held_out(keys)))
    return plan, cells


def groups(pairs, count):
    first, second = np.array(pairs).T - 1
    return connected_components(coo_matrix((np.ones(len(pairs)), (first, second)), (count, count)), directed=False)


def test_a_small_mosaic_keeps_every_pair_with_common_clear_ground():
    plan, cells = country(2, 3)
    pairs = choose_pairs(plan, cells)
    shared = {o.pair for o in pair_cells(cells, meeting_pairs(plan))}
    assert shared <= set(pairs) <= set(meeting_pairs(plan))
    assert list(pairs) == sorted(pairs)


def test_a_country_keeps_few_pairs_each_and_stays_in_one_piece():
    plan, cells = country(12, 12)
    options = PairingOptions(pairs_in_all=500)
    pairs = choose_pairs(plan, cells, options)
    degree = np.bincount(np.array(pairs).ravel() - 1, minlength=len(plan.scenes))
    assert len(pairs) < 0.25 * len(meeting_pairs(plan))
    assert degree.min() >= 6 and degree.mean() < 12
    count, label = groups(pairs, len(plan.scenes))
    possible, _ = groups([o.pair for o in pair_cells(cells, meeting_pairs(plan))], len(plan.scenes))
    assert count == possible == 1, label


def test_partners_are_near_in_time_and_on_every_side():
    plan, cells = country(12, 12, clear=1)
    pairs = choose_pairs(plan, cells, PairingOptions(pairs_in_all=500))
    by_rank = {p.rank: p for p in plan.scenes}
    days = [abs((by_rank[a].day - by_rank[b].day).days) for a, b in pairs]
    assert np.median(days) <= 10
    for placed in plan.scenes:
        partners = {by_rank[b if a == placed.rank else a].scene.tile for a, b in pairs if placed.rank in (a, b)}
        here = int(placed.scene.tile[-2:])
        assert {f"33V{n:02}" for n in (here - 1, here, here + 1) if 0 <= n < 12} <= partners


def test_scenes_that_only_a_poor_pair_connects_are_connected():
    """Tile 1 is clear in one corner and on one date: its only link to tile 0."""
    plan, cells = country(2, 12, clear=1)
    cut = []
    for scene, placed in zip(cells, plan.scenes, strict=True):
        _, col = overlaps_module.cell_places(scene.keys)
        east = col - col.min() >= (40 if placed.scene.tile == "33V01" else 0)
        keep = east if placed.day.day != 1 or placed.day.month != 5 else np.ones(len(col), bool)
        cut.append(SceneCells(scene.rank, scene.keys[keep], scene.medians[keep], scene.held_out[keep]))
    pairs = choose_pairs(plan, cut, PairingOptions(pairs_in_all=60, fewest=2))
    assert groups(pairs, len(plan.scenes))[0] == 1


def test_the_order_of_scenes_changes_nothing():
    plan, cells = country(6, 10)
    options = PairingOptions(pairs_in_all=120, fewest=3)
    names = {p.rank: p.scene.id for p in plan.scenes}
    expected = {frozenset((names[a], names[b])) for a, b in choose_pairs(plan, cells, options)}
    order = np.random.default_rng(1).permutation(len(plan.scenes))
    turned = make_plan([plan.scenes[n].scene for n in order], None, MosaicOptions(bands=("B02",)))
    moved = [SceneCells(at + 1, cells[n].keys, cells[n].medians, cells[n].held_out) for at, n in enumerate(order)]
    names = {p.rank: p.scene.id for p in turned.scenes}
    assert {frozenset((names[a], names[b])) for a, b in choose_pairs(turned, moved, options)} == expected


@pytest.mark.parametrize("kept", [0, 1])
def test_without_two_scenes_that_are_clear_there_is_nothing_to_compare(kept):
    plan, cells = country(2, 2)
    nothing = np.empty(0, np.int64)
    cells = [*cells[:kept], *(SceneCells(c.rank, nothing, np.empty((0, 1), np.float32), nothing == 1) for c in cells[kept:])]
    assert choose_pairs(plan, cells) == ()


def test_where_cells_are_too_many_each_pair_keeps_an_even_choice(monkeypatch):
    plan, cells = country(2, 2, clear=1)
    whole = {o.pair: o for o in pair_cells(cells, meeting_pairs(plan))}
    monkeypatch.setattr(overlaps_module, "CELLS_IN_ALL", 500 * len(meeting_pairs(plan)))
    for overlap in pair_cells(cells, meeting_pairs(plan)):
        before = whole[overlap.pair]
        assert len(overlap.keys) == min(500, len(before.keys))
        assert overlap.held_out.mean() == pytest.approx(before.held_out.mean(), abs=0.01)
        assert np.isin(overlap.keys, before.keys).all() and (np.diff(overlap.keys) > 0).all()
        np.testing.assert_array_equal(overlap.held_out, is_held_out(overlap.keys))
