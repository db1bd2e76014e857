"""Look here: what nobody outlined comes back as polygons of the scene that stands alone."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.balance import identity
from skyfri.plugin.core.mosaic.colour.cells import measure_scenes, pair_cells
from skyfri.plugin.core.mosaic.colour.suspects import find_suspects
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs

from ..conftest import meeting_pairs


@pytest.fixture(scope="module")
def measured(sample):
    plan = make_plan(sample.scenes, sample.clouds, MosaicOptions())
    return plan, plan.lattice, [cells.only_whole() for cells in measure_scenes(plan, InlineExecutor())]


def spoil(cells, index, factor, count=40):
    """Return cells of which a scene's first ``count`` that two others share are multiplied, and their keys."""
    scene = cells[index]
    shared = np.concatenate([other.keys for number, other in enumerate(cells) if number != index])
    keys, times = np.unique(shared, return_counts=True)
    chosen = np.flatnonzero(np.isin(scene.keys, keys[times > 1]))[:count]
    medians = scene.medians.copy()
    medians[chosen] *= np.asarray(factor, np.float32)
    return [replace(s, medians=medians) if n == index else s for n, s in enumerate(cells)], scene.keys[chosen]


@pytest.mark.parametrize(("factor", "kind"), [(2.5, "cloud"), (0.4, "shadow"), ([0.4, 0.4, 2.5, 2.5], "change")])
def test_a_scene_that_stands_alone_is_named_with_what_it_may_be(sample, measured, factor, kind):
    plan, lattice, cells = measured
    spoilt, _ = spoil(cells, 0, factor)
    balance = identity([s.id for s in sample.scenes], plan.bands)
    found = find_suspects(pair_cells(spoilt, meeting_pairs(plan)), balance, plan, lattice)
    mine = found[(found["scene"] == sample.scenes[0].id) & (found["kind"] == kind)]
    assert mine["cells"].sum() >= 30
    assert found["difference_pct"].abs().iloc[0] == found["difference_pct"].abs().max()


def test_polygons_lie_where_the_cells_are(sample, measured):
    plan, lattice, cells = measured
    spoilt, keys = spoil(cells, 0, 3.0)
    found = find_suspects(pair_cells(spoilt, meeting_pairs(plan)), identity([s.id for s in sample.scenes], plan.bands), plan, lattice)
    area = shapely.union_all(found.loc[found["scene"] == sample.scenes[0].id].geometry.values)
    row, col = keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)
    size = lattice.cell_m
    centres = shapely.points((col + 0.5) * size, -(row + 0.5) * size)  # the lattice begins at the origin of the CRS
    assert shapely.contains(area, centres).mean() > 0.9
    assert area.is_valid


def test_scenes_that_agree_have_none(sample, measured):
    plan, lattice, _ = measured
    assert len(find_suspects((), identity([s.id for s in sample.scenes], plan.bands), plan, lattice)) == 0


def test_a_cloud_left_out_of_the_polygons_comes_back(sample, tmp_path):
    frame = sample.clouds.frame
    clouds = frame[frame["class"] == "cloud"].to_crs(sample.scenes[0].grid.crs)
    missed = clouds.loc[clouds.area.idxmax()]
    rest = CloudPolygons(frame.drop(index=missed.name))
    outputs = MosaicOutputs(tmp_path / "m.tif", suspects=tmp_path / "suspects.gpkg")
    report = build(sample.scenes, rest, MosaicOptions(), outputs)
    found = gpd.read_file(outputs.suspects)
    assert report.content["suspects"] == {"count": len(found), "shown": (found["shown_pct"] > 0).sum()}
    hits = found[(found["scene"] == missed["scene"]) & found.intersects(missed.geometry)]
    assert (hits["kind"] == "cloud").any()


def test_no_balance_writes_an_empty_layer(sample, tmp_path):
    outputs = MosaicOutputs(tmp_path / "m.tif", suspects=tmp_path / "suspects.gpkg")
    build(sample.scenes, sample.clouds, MosaicOptions(balance="none"), outputs)
    assert len(gpd.read_file(outputs.suspects)) == 0


def test_of_two_scenes_alone_the_brighter_is_to_be_looked_at(sample, measured):
    plan, lattice, cells = measured
    spoilt, _ = spoil(cells, 0, 0.4)
    pair = next(o for o in pair_cells(spoilt, meeting_pairs(plan)) if 1 in o.pair)
    found = find_suspects((pair,), identity([s.id for s in sample.scenes], plan.bands), plan, lattice)
    assert set(found["scene"]) == {sample.scenes[pair.pair[pair.pair[0] == 1] - 1].id}
