"""The report speaks of what is delivered: residuals with the local factors, changes with the offsets."""

from dataclasses import replace

import numpy as np
import pytest
from skyfri.plugin.core.clouds.polygons import PolygonFile
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.agreement import measure_levels, measure_residuals
from skyfri.plugin.core.mosaic.colour.balance import identity
from skyfri.plugin.core.mosaic.colour.cells import Overlap, SceneCells, cell_keys, is_held_out
from skyfri.plugin.core.mosaic.colour.fields import NODE_M, DodgeField, NodeLattice
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.vector.features import write_frame


@pytest.fixture(scope="module")
def plan(sample):
    return make_plan(sample.scenes, None, MosaicOptions())


def pair_of(plan, size=20, factor=1.1):
    """Return an overlap of scenes 1 and 2, of two dates, whose first is so many times as bright."""
    lattice = plan.lattice
    row, col = np.indices((size, size)).reshape(2, -1)
    keys = cell_keys(row + lattice.top // 8 + 5, col + lattice.left // 8 + 5)
    second = np.random.default_rng(4).uniform(500, 2000, (len(keys), len(plan.bands)))
    return Overlap((1, 2), keys, factor * second, second, is_held_out(keys))


def test_residuals_are_those_of_the_dodged_scenes(plan):
    overlap, balance = pair_of(plan), identity([placed.scene.id for placed in plan.scenes], plan.bands)
    nodes = NodeLattice.around(plan, plan.lattice, NODE_M)
    window = nodes.windows[1]
    field = DodgeField(np.full((1, *window.shape), -np.log(1.1), np.float32), nodes.grid.crop(window))
    without, dodged = measure_residuals([overlap], balance, {}, plan), measure_residuals([overlap], balance, {1: field}, plan)
    assert without["mad_pct_after"] == without["mad_pct_before"] == pytest.approx([100 * 0.1 / 1.05] * len(plan.bands), rel=1e-3)
    assert dodged["mad_pct_after"] == pytest.approx([0] * len(plan.bands), abs=1e-3)


def test_pairs_too_small_to_hold_cells_out_do_not_count_where_others_do(plan):
    balance = identity([placed.scene.id for placed in plan.scenes], plan.bands)
    large, small = pair_of(plan), pair_of(plan, 1, factor=2.0)
    small = replace(small, held_out=np.zeros(len(small.keys), bool))
    both = measure_residuals([large, small], balance, {}, plan)
    assert both["mad_pct_after"] == measure_residuals([large], balance, {}, plan)["mad_pct_after"]
    assert sorted(pair["held_out"] for pair in both["pairs"]) == [False, True]
    assert measure_residuals([small], balance, {}, plan)["mad_pct_after"] == pytest.approx([100 / 1.5] * len(plan.bands), rel=1e-3)


def test_changes_are_net_of_offsets_and_local_factors_are_told(sample, plan, tmp_path):
    pair = pair_of(plan)
    cells = [SceneCells(rank, pair.keys, values, pair.held_out) for rank, values in ((1, pair.first), (2, pair.second))]
    levels = measure_levels(cells, plan)
    assert np.isnan(levels[2:]).all() and levels[0] == pytest.approx(1.1 * levels[1])
    report = build(sample.scenes, sample.clouds, MosaicOptions(balance="local"), MosaicOutputs(tmp_path / "m.tif"))
    for scene in report.content["scenes"]:
        low, high = scene["local_pct"]
        assert -15.01 <= low <= high <= 15.01
        for band in plan.bands:
            gained = 100 * (scene["gain"][band] - 1)
            assert np.sign(scene["change_pct"][band] - gained) == np.sign(scene["offset"][band]) or abs(scene["offset"][band]) < 0.5


def test_the_report_says_which_polygons_were_used(sample, tmp_path):
    write_frame(tmp_path / "two.gpkg", sample.clouds.frame, "mine")
    clouds = PolygonFile(str(tmp_path / "two.gpkg"), "mine")
    report = build(sample.scenes, clouds, MosaicOptions(balance="none"), MosaicOutputs(tmp_path / "m.tif"))
    assert report.content["settings"]["clouds"] == f"{tmp_path / 'two.gpkg'}|layername=mine"
    assert [scene["polygons"] for scene in report.content["scenes"]] == [len(sample.clouds.of_scene(scene.id)) for scene in sample.scenes]
