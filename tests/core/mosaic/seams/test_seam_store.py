"""Seams of the former run stay until something they follow from changes, and around an edit alone while one looks at it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from scipy import ndimage
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.balance import identity
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render import jobs as render
from skyfri.plugin.core.mosaic.seams import seam_store
from skyfri.plugin.core.mosaic.seams.cost import SeamOptions
from skyfri.plugin.core.mosaic.seams.seam_store import OPENED_CELLS, SeamStore
from skyfri.plugin.core.mosaic.seams.trace import pose_problem
from skyfri.plugin.core.regions.burn import burn

from ..conftest import make_sample

OPTIONS = {"seams": "optimal", "block_px": 512, "feather_px": 2}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Two tiles of 18 km on three dates, cumulus, sheets and a swath edge."""
    return make_sample(tmp_path_factory.mktemp("store"), size_px=300)


@pytest.fixture
def worked(monkeypatch):
    """Blocks that are rendered and whole solves, in order."""
    done = {"blocks": [], "solves": 0}
    block, solve = render.render_block, seam_store.label_cells

    def solving(*args, **kwargs):
        done["solves"] += 1
        return solve(*args, **kwargs)

    monkeypatch.setattr(render, "render_block", lambda job: (done["blocks"].append(job.window), block(job))[1])
    monkeypatch.setattr(seam_store, "label_cells", solving)
    return done


def problem_of(sample, clouds, folder=None):
    plan = make_plan(sample.scenes, clouds, MosaicOptions(), folder=folder)
    return pose_problem(plan, identity([scene.id for scene in sample.scenes], plan.bands), {}, {}, SeamOptions())


def solved(sample, clouds, folder, *, keep=False):
    return SeamStore(folder, keep)(problem_of(sample, clouds, folder), InlineExecutor()).ranks


def with_cloud(sample, scene, shape):
    frame = sample.clouds.frame
    row = gpd.GeoDataFrame({"scene": [scene.id], "class": ["cloud"]}, geometry=[shape], crs=scene.grid.crs).to_crs(frame.crs)
    return CloudPolygons(gpd.GeoDataFrame(pd.concat([frame, row], ignore_index=True), crs=frame.crs))


def shown_place(sample, ranks):
    """Return a rank and the middle of the largest square that it shows, in pixels of the aligned grid."""
    best = max((int(rank) for rank in np.unique(ranks) if rank), key=lambda rank: room(ranks == rank)[0])
    return best, *room(ranks == best)


def room(mask):
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return float(depth.max()), np.unravel_index(int(depth.argmax()), mask.shape)


def covered_by(problem, rank):
    return burn(problem.plan.scenes[rank - 1].covered.edges().shift(*problem.corner), problem.grid.window)


def disc(grid, place, radius_m):
    x, y = grid.to_map(*(np.array([n]) for n in place))
    return shapely.Point(x[0], y[0]).buffer(radius_m)


def test_the_same_problem_is_solved_once_and_a_damaged_store_again(sample, tmp_path, worked):
    first = solved(sample, sample.clouds, tmp_path)
    for keep in (False, True):
        np.testing.assert_array_equal(solved(sample, sample.clouds, tmp_path, keep=keep), first)
    assert worked["solves"] == 1
    path = tmp_path / "labels.npz"
    path.write_bytes(path.read_bytes()[:300])
    np.testing.assert_array_equal(solved(sample, sample.clouds, tmp_path), first)
    assert worked["solves"] == 2


def test_an_edit_moves_seams_around_it_alone_and_taking_it_back_brings_them_back(sample, tmp_path, worked):
    before = solved(sample, sample.clouds, tmp_path)
    rank, _, place = shown_place(sample, before)
    grid = problem_of(sample, sample.clouds).grid
    cloud = disc(grid, place, 600)
    clouds = with_cloud(sample, sample.scenes[rank - 1], cloud)
    after = solved(sample, clouds, tmp_path, keep=True)
    covered = covered_by(problem_of(sample, clouds), rank)
    fresh = covered & ~covered_by(problem_of(sample, sample.clouds), rank)
    assert fresh.any() and (before[fresh] == rank).any()
    assert (after[ndimage.binary_erosion(fresh)] != rank).all()
    near = ndimage.binary_dilation(fresh, np.ones((3, 3), bool), iterations=OPENED_CELLS + 1)
    assert (after == before)[~near].all()
    np.testing.assert_array_equal(solved(sample, sample.clouds, tmp_path, keep=True), before)
    assert worked["solves"] == 1


def test_the_first_polygon_of_a_scene_is_an_edit_like_any_other(sample, tmp_path, worked):
    before = solved(sample, sample.clouds, tmp_path)
    rank, _, place = shown_place(sample, before)
    scene = sample.scenes[rank - 1]
    bare = CloudPolygons(sample.clouds.frame[sample.clouds.frame["scene"] != scene.id].reset_index(drop=True))
    first = solved(sample, bare, tmp_path)
    drawn = CloudPolygons(with_cloud(sample, scene, disc(problem_of(sample, sample.clouds).grid, place, 600)).frame.iloc[-1:])
    both = CloudPolygons(gpd.GeoDataFrame(pd.concat([bare.frame, drawn.frame], ignore_index=True), crs=bare.frame.crs))
    assert worked["solves"] == 2
    assert (solved(sample, both, tmp_path, keep=True) != first).any() and worked["solves"] == 2
    np.testing.assert_array_equal(solved(sample, bare, tmp_path, keep=True), first)
    assert worked["solves"] == 2


def test_a_polygon_taken_away_gives_its_area_back(sample, tmp_path):
    for name in ("plain", "work"):
        (tmp_path / name).mkdir()
    plain = solved(sample, sample.clouds, tmp_path / "plain")
    rank, depth, place = shown_place(sample, plain)
    grid = problem_of(sample, sample.clouds).grid
    cloud = disc(grid, place, 0.5 * depth * grid.pixel_m)
    clouds = with_cloud(sample, sample.scenes[rank - 1], cloud)
    hidden = solved(sample, clouds, tmp_path / "work")
    inside = covered_by(problem_of(sample, clouds), rank) & (plain == rank)
    inside &= ~covered_by(problem_of(sample, sample.clouds), rank)
    assert inside.sum() > 50 and (hidden[inside] == rank).mean() < 0.2
    again = solved(sample, sample.clouds, tmp_path / "work", keep=True)
    assert (again[inside] == rank).mean() > 0.9  # seams may lie elsewhere than without the cloud


def test_without_keeping_an_edit_solves_everything_and_equals_a_fresh_run(sample, tmp_path, worked):
    for name in ("work", "fresh"):
        (tmp_path / name).mkdir()
    ranks = solved(sample, sample.clouds, tmp_path / "work")
    rank, _, place = shown_place(sample, ranks)
    clouds = with_cloud(sample, sample.scenes[rank - 1], disc(problem_of(sample, sample.clouds).plan.grid, place, 900))
    solved(sample, clouds, tmp_path / "work", keep=True)
    np.testing.assert_array_equal(solved(sample, clouds, tmp_path / "work"), solved(sample, clouds, tmp_path / "fresh"))
    assert worked["solves"] == 3
    followed = SeamStore(tmp_path / "work").followed()
    assert len(followed) == len(sample.scenes) and all(path.is_file() for path in followed)


def test_looking_at_an_edit_renders_only_the_blocks_it_touches(tmp_path, worked):
    (tmp_path / "sample").mkdir()
    sample = make_sample(tmp_path / "sample", size_px=900)
    outputs = MosaicOutputs(tmp_path / "m.tif", source=tmp_path / "s.tif", work=tmp_path / "work")
    build(sample.scenes, sample.clouds, MosaicOptions(**OPTIONS), outputs, executor=InlineExecutor())
    before, everything = outputs.mosaic.read_bytes(), len(worked["blocks"])
    with rasterio.open(outputs.source) as source:
        ranks, place_of = source.read(1), source.xy
    rank, _, place = shown_place(sample, ranks)
    cloud = shapely.Point(*place_of(*place)).buffer(500)
    worked["blocks"].clear()
    keep = MosaicOptions(**OPTIONS, keep_balance=True)
    build(sample.scenes, with_cloud(sample, sample.scenes[rank - 1], cloud), keep, outputs, executor=InlineExecutor())
    assert worked["solves"] == 1 and 1 <= len(worked["blocks"]) <= everything / 2
    with rasterio.open(outputs.source) as source:
        assert source.read(1)[place] != rank
    build(sample.scenes, sample.clouds, keep, outputs, executor=InlineExecutor())
    assert outputs.mosaic.read_bytes() == before
