"""Dodging on made overlaps: a smooth difference comes back as factors, bounded, alike in all bands, nothing elsewhere."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.mosaic.colour.balance import identity
from skyfri.plugin.core.mosaic.colour.cells import Overlap, cell_centres, cell_keys, is_held_out
from skyfri.plugin.core.mosaic.colour.dodge import _medians, solve_dodging
from skyfri.plugin.core.mosaic.colour.fields import LIMIT
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.lattice import CELL_PX
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import BandFile, Scene

BANDS = ("B02", "B03", "B04", "B08")
SIDE_M = 96_000.0


@pytest.fixture(scope="module")
def plan():
    """Two dates of one tile at 40 m; nothing reads their pixels."""
    grid = Grid("EPSG:32633", Affine(40, 0, 500_000, 0, -40, 5_200_000), (2400, 2400))
    bands = {band: BandFile("none.tif", number) for number, band in enumerate(BANDS, 1)}
    scenes = [
        Scene(f"S2A_{day}", "none.tif", datetime(2024, 6, day, tzinfo=UTC), "33TWM", "S2A", 79, f"D{day}", "L2A", "05.10",
              bands, grid, shapely.box(*grid.bounds))
        for day in (1, 6)
    ]  # fmt: skip
    return make_plan(scenes, None, MosaicOptions())


def overlap_of(plan, difference, *, seed=1):
    """Return the overlap in which the second scene exceeds the first by ``difference(x, y)``, (bands or 1, cells), log."""
    lattice = plan.lattice
    rows, cols = (np.arange(side // CELL_PX) for side in lattice.grid.shape)
    row, col = (axis.ravel() for axis in np.meshgrid(rows + lattice.top // CELL_PX, cols + lattice.left // CELL_PX, indexing="ij"))
    keys = cell_keys(row, col)
    x, y = cell_centres(keys, lattice)
    step = difference((x - 500_000) / SIDE_M, (5_200_000 - y) / SIDE_M)
    kept = ~np.isnan(step).any(axis=0)
    rng = np.random.default_rng(seed)
    land = 900 * np.exp(rng.normal(0, 0.4, (len(keys), len(BANDS))))
    second = land * np.exp(np.broadcast_to(step, (len(BANDS), len(keys))).T + rng.normal(0, 0.01, land.shape))
    found = Overlap((1, 2), keys[kept], land[kept].astype(np.float32), second[kept].astype(np.float32), is_held_out(keys[kept]))
    return found, x[kept], y[kept]


def solved(plan, found):
    return solve_dodging(plan, [found], identity(["a", "b"], BANDS), plan.lattice, importance=np.ones(2))


def left_over(fields, found, x, y):
    """Return (bands, cells) what is left of the log difference on cells that no fit saw."""
    before = np.log(found.second / found.first).T
    return (before + fields[2].at(x, y) - fields[1].at(x, y))[:, found.held_out], before[:, found.held_out]


def waves(x, y):
    return 0.08 * np.sin(5 * x) * np.cos(4 * y)[None]


def test_a_smooth_difference_is_taken_away_where_no_fit_looked(plan):
    found, x, y = overlap_of(plan, waves)
    after, before = left_over(solved(plan, found), found, x, y)
    assert np.abs(after).mean() < 0.35 * np.abs(before).mean()


def test_both_scenes_move_and_the_one_that_makes_more_of_the_mosaic_less(plan):
    found, *_ = overlap_of(plan, waves)
    even = solved(plan, found)
    spread = [np.abs(even[rank].log_factor).mean() for rank in (1, 2)]
    assert spread[0] == pytest.approx(spread[1], rel=0.1)
    fields = solve_dodging(plan, [found], identity(["a", "b"], BANDS), plan.lattice, importance=np.array([9.0, 1.0]))
    assert np.abs(fields[1].log_factor).mean() < 0.8 * np.abs(fields[2].log_factor).mean()


def test_what_all_bands_share_is_common_and_one_band_alone_moves_little(plan):
    shared, *_ = overlap_of(plan, waves)
    assert np.ptp(solved(plan, shared)[1].log_factor, axis=0).max() < 0.01
    blue, x, y = overlap_of(plan, lambda x, y: np.array([[1.0], [0], [0], [0]]) * waves(x, y))
    fields = solved(plan, blue)
    after, before = left_over(fields, blue, x, y)
    assert np.abs(after[0]).mean() < np.abs(before[0]).mean()
    assert np.ptp(fields[1].log_factor, axis=0).max() < 0.04, "ratios of bands hold"


def test_no_factor_leaves_the_bounds(plan):
    found, *_ = overlap_of(plan, lambda x, y: np.full((1, len(x)), 0.6))
    fields = solved(plan, found)
    assert max(np.abs(field.log_factor).max() for field in fields.values()) == pytest.approx(LIMIT)


def test_the_field_fades_away_from_the_overlap(plan):
    found, *_ = overlap_of(plan, lambda x, y: np.where(x < 0.3, 0.08, np.nan)[None])
    log_factor = solved(plan, found)[1].log_factor[0]
    width = log_factor.shape[1]
    assert np.abs(log_factor[:, : width // 5]).mean() > 0.02
    assert np.abs(log_factor[:, -width // 4 :]).max() < 0.004


def test_a_harvested_field_moves_its_surroundings_little(plan):
    def harvest(x, y):
        return np.where((np.abs(x - 0.5) < 0.04) & (np.abs(y - 0.5) < 0.04), 0.7, waves(x, y))

    plain, x, y = overlap_of(plan, waves)
    spoilt, *_ = overlap_of(plan, harvest)
    apart = solved(plan, spoilt)[2].at(x, y) - solved(plan, plain)[2].at(x, y)
    away = np.hypot((x - 500_000) / SIDE_M - 0.5, (5_200_000 - y) / SIDE_M - 0.5) > 0.2
    assert np.abs(apart[:, away]).max() < 0.015


def test_scenes_that_meet_nowhere_have_no_field(plan):
    assert solve_dodging(plan, [], identity(["a", "b"], BANDS), plan.lattice, importance=np.ones(2)) == {}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-20, 20)), min_size=1, max_size=40))
def test_medians_of_groups_are_those_of_numpy(rows):
    owner, values = (np.array(column) for column in zip(*rows, strict=True))
    groups, owner, count = np.unique(owner, return_inverse=True, return_counts=True)
    values = np.stack((values, values**2), axis=1).astype(float)
    expected = [np.median(values[owner == n], axis=0) for n in range(len(groups))]
    np.testing.assert_array_equal(_medians(values, owner, count), expected)
