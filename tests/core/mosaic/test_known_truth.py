"""The balance on sample scenes with known gains, haze on one date, and clouds that nobody drew."""

import numpy as np
import pytest
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons, read_polygons
from skyfri.plugin.core.mosaic.colour.balance import solve_balance
from skyfri.plugin.core.mosaic.colour.cells import measure_scenes, pair_cells
from skyfri.plugin.core.mosaic.colour.colours import first_areas
from skyfri.plugin.core.mosaic.colour.pairing import choose_pairs
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.sample import SampleOptions, make_stacks, read_truth

BANDS = ("B02", "B03", "B04", "B08")
HAZE = 0.006
"""Reflectance that the haze of the second date adds in B02."""
TOLERANCE = 0.005


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """Two tiles on four dates; every date has its own gain in each band, the second one haze."""
    folder = tmp_path_factory.mktemp("truth")
    weather = ("cumulus", "sheet", "mixed", "cumulus")
    make_stacks(folder, SampleOptions(size_px=480, pixel_m=60.0, dates=4, bands=BANDS, weather=weather, haze=(0.0, HAZE, 0.0, 0.0)))
    return read_truth(folder)


@pytest.fixture(scope="module")
def scenes(truth):
    return [open_scene(path) for path in sorted((truth.folder / "scenes").glob("*.tif"))]


@pytest.fixture(scope="module")
def balanced(truth, scenes):
    return solve(scenes, read_polygons(truth.clouds))


def solve(scenes, clouds):
    """Return the balance and the number of cells that each scene gave."""
    plan = make_plan(scenes, clouds, MosaicOptions())
    cells = list(measure_scenes(plan, InlineExecutor()))
    overlaps = pair_cells(cells, choose_pairs(plan, cells))
    balance = solve_balance(overlaps, [scene.id for scene in scenes], plan.bands, importance=first_areas(cells, len(scenes), plan.lattice))
    return balance, np.array([len(scene.keys) for scene in cells])


def known(truth, scenes, kind):
    return np.array([[truth.scenes[scene.id][kind][band] for band in BANDS] for scene in scenes])


def test_known_gains_come_back_to_half_a_percent_though_one_date_is_hazy(truth, scenes, balanced):
    gains = known(truth, scenes, "gain")
    assert np.ptp(gains, axis=0).min() > 0.03, "there is something to find"
    left = np.log(balanced[0].gains * gains)
    assert np.abs(left - left.mean(axis=0)).max() < TOLERANCE  # the common level cannot be known


def test_known_haze_comes_back(truth, scenes, balanced):
    added = known(truth, scenes, "offset")[:, 0]
    hazy = added > 0
    assert added.max() == pytest.approx(HAZE * 10_000)
    found = -balanced[0].offsets[:, 0]
    assert found[hazy].mean() - found[~hazy].mean() == pytest.approx(HAZE * 10_000, abs=4)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_fifth_of_cloud_that_nobody_drew_moves_no_other_scene(truth, scenes, balanced, place):
    cloudy = int(np.argsort([-truth.scenes[scene.id]["cloud_pct"] for scene in scenes])[place])
    frame = read_polygons(truth.clouds).frame
    own = frame[frame["scene"] == scenes[cloudy].id]
    area = scenes[cloudy].grid.pixel_m ** 2 * np.prod(scenes[cloudy].grid.shape)
    hidden = own.to_crs(scenes[cloudy].grid.crs).area.sort_values(ascending=False).cumsum()
    missed = hidden.index[: int(np.searchsorted(hidden, 0.2 * area)) + 1]
    assert hidden[missed[-1]] > 0.19 * area
    found, cells = solve(scenes, CloudPolygons(frame.drop(index=missed)))
    assert 1 - balanced[1][cloudy] / cells[cloudy] > 0.19, "cells that show cloud or lie beside it"
    others = np.arange(len(scenes)) != cloudy
    assert np.abs(found.gains[others] / balanced[0].gains[others] - 1).max() < TOLERANCE
    assert np.abs(found.offsets[others] - balanced[0].offsets[others]).max() < 5
    suspects = [cloudy + 1 in pair for pair, _ in found.outliers]
    assert np.mean(suspects) > np.mean([cloudy + 1 in pair for pair, _ in balanced[0].outliers])
