"""Seams over sample scenes: a partition, reproducible, editable, away from clouds."""

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from scipy import ndimage
from skyfri.plugin.core.base.errors import Cancelled
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.balance import identity
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.lattice import finest_factor
from skyfri.plugin.core.mosaic.plan.means import LEVELS
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.seams import labels as seam_labels
from skyfri.plugin.core.mosaic.seams.cost import SeamOptions
from skyfri.plugin.core.mosaic.seams.trace import (
    LEVEL_STEP,
    MOST_CELLS,
    choose_levels,
    coloured_windows,
    dominating_dates,
    pose_problem,
    trace_seams,
)
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.regions.burn import burn, prepare_edges
from skyfri.plugin.core.scenes import read_scaled

from ..conftest import make_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Two tiles of 18 km on three dates, cumulus, sheets and a swath edge."""
    return make_sample(tmp_path_factory.mktemp("seams"), size_px=300)


def traced(sample, scenes=None, *, executor=None, doubts=MappingProxyType({}), **weights):
    scenes = scenes or sample.scenes
    plan = make_plan(scenes, sample.clouds, MosaicOptions())
    balance = identity([scene.id for scene in scenes], plan.bands)
    return plan, trace_seams(pose_problem(plan, balance, {}, doubts, SeamOptions(**weights)), executor or InlineExecutor())


def owners(seams):
    """Return (rows, cols) rank of the polygon each pixel lies in, and how many hold it."""
    owner, times = np.zeros(seams.grid.shape, int), np.zeros(seams.grid.shape, int)
    for rank, outlines in seams.outlines.items():
        inside = burn(outlines.edges(), seams.grid.window)
        owner[inside] = rank
        times += inside
    return owner, times


def clear_of(plan):
    clear = []
    for placed in plan.scenes:
        data = (read_scaled(placed.scene, plan.bands, plan.grid) > 0).all(axis=0)
        clear.append(data & ~burn(placed.covered.edges(), plan.grid.window))
    return np.stack(clear)


@pytest.fixture(scope="module")
def seamed(sample):
    return traced(sample)


def test_every_clear_pixel_lies_in_one_area(seamed):
    plan, seams = seamed
    _, times = owners(seams)
    assert times.max() == 1
    assert (times[clear_of(plan).any(axis=0)] == 1).all()


def test_scenes_own_what_is_clear_in_them_wherever_any_is(seamed):
    plan, seams = seamed
    owner, _ = owners(seams)
    clear = clear_of(plan)
    own = np.take_along_axis(np.concatenate((np.zeros_like(clear[:1]), clear)), owner[None], axis=0)[0]
    lost = clear.any(axis=0) & ~own
    assert lost.mean() < 0.004
    # what is lost lies in crumbs too small for an area of their own
    assert clear.any(axis=0).mean() > 0.9


def test_seams_keep_away_from_clouds_where_there_is_room(seamed, sample):
    plan, seams = seamed
    first = np.where(clear_of(plan).any(axis=0), clear_of(plan).argmax(axis=0) + 1, 0)
    owner, _ = owners(seams)

    def seam_px(rank):
        return int((rank[:, 1:] != rank[:, :-1]).sum() + (rank[1:] != rank[:-1]).sum())

    assert seam_px(owner) < 0.6 * seam_px(first)


def test_tied_scenes_may_come_in_any_order(sample):
    _, forward = traced(sample, priority=0.0)
    scenes = sample.scenes[::-1]
    _, backward = traced(sample, scenes, priority=0.0)
    there = owners(backward)[0]
    np.testing.assert_array_equal(owners(forward)[0], np.where(there, len(scenes) + 1 - there, 0))


class FarThreads(ThreadPoolExecutor):
    """Hands tasks over as bytes, as a scheduler on other machines does."""

    def submit(self, fn, /, *args, **kwargs):
        task = pickle.dumps((fn, args, kwargs))
        return super().submit(run_bytes, task)


def run_bytes(task):
    fn, args, kwargs = pickle.loads(task)
    return fn(*args, **kwargs)


def test_number_and_place_of_workers_change_nothing(sample, seamed):
    with FarThreads(3) as pool:
        _, again = traced(sample, executor=pool)
    np.testing.assert_array_equal(owners(again)[0], owners(seamed[1])[0])


def test_output_seamlines_given_as_a_layer_make_the_same_source(sample, tmp_path):
    first = MosaicOutputs(tmp_path / "a.tif", source=tmp_path / "a_source.tif", seamlines=tmp_path / "a.gpkg")
    build(sample.scenes, sample.clouds, MosaicOptions(seams="optimal", block_px=512), first)
    second = MosaicOutputs(tmp_path / "b.tif", source=tmp_path / "b_source.tif")
    build(sample.scenes, sample.clouds, MosaicOptions(seams="layer", seamlines=str(first.seamlines)), second)
    with rasterio.open(first.source) as a, rasterio.open(second.source) as b:
        np.testing.assert_array_equal(a.read(), b.read())


def test_cancelling_stops_the_search(sample):
    class Stop(Silent):
        def is_cancelled(self):
            return True

    plan = make_plan(sample.scenes, sample.clouds, MosaicOptions())
    balance = identity([scene.id for scene in sample.scenes], plan.bands)
    with pytest.raises(Cancelled):
        trace_seams(pose_problem(plan, balance, {}, {}, SeamOptions()), InlineExecutor(), progress=Stop())


@pytest.mark.parametrize("shift", [0, 128])
def test_windows_cover_all_cells_once_and_those_of_one_colour_do_not_touch(shift):
    times = np.zeros((700, 530), int)
    outer = Window(0, 0, *times.shape)
    for windows in coloured_windows(times.shape, 256, shift):
        near = np.zeros(times.shape, int)
        for window in windows:
            times[window.slices_in(outer)] += 1
            near[window.grow(8, times.shape).slices_in(outer)] += 1
        assert near.max() <= 1
    assert (times == 1).all()


@pytest.mark.parametrize(
    ("pixel_m", "shape"),
    [(10, (10980, 10980)), (20, (5490, 10488)), (60, (1830, 1830)), (120, (915, 1748)), (10, (180_000, 110_000))],
    ids=["a tile", "20 m", "60 m", "120 m", "a country"],
)
def test_levels_begin_at_some_640_m_and_end_at_the_cells_of_reduced_copies(pixel_m, shape):
    levels = choose_levels(Grid("EPSG:32633", Affine(pixel_m, 0, 300_000, 0, -pixel_m, 7_000_000), shape))
    assert all(coarse == LEVEL_STEP * fine for coarse, fine in itertools.pairwise(levels))
    assert 300 < levels[0] * pixel_m <= 1280
    assert levels[-1] % finest_factor(pixel_m) == 0
    assert finest_factor(pixel_m) * LEVELS[-1] % levels[0] == 0
    assert shape[0] * shape[1] / levels[-1] ** 2 <= MOST_CELLS


def test_the_date_that_covers_most_of_the_surroundings_dominates():
    labels = np.ones((60, 60), np.uint16)
    labels[:, 30:] = 2
    labels[10:13, 5:8] = 3
    labels[40:50, 40:50] = 0
    days = dominating_dates(labels, {1: 700, 2: 800, 3: 900}, cell_m=640)
    assert (days[:, :20] == 700).all()
    assert (days[:, 40:] == 800).all()
    assert (dominating_dates(labels, {1: 0, 2: 0, 3: 0}, cell_m=640) == 0).all()


def test_seams_avoid_what_the_other_dates_contradict(sample, seamed):
    """In the middle of the largest area that a scene has with another one clear as well, a doubt hands the place over."""
    plan, seams = seamed
    owner, _ = owners(seams)
    clear = clear_of(plan)
    rank = int(np.bincount(owner[owner > 0]).argmax())
    others = np.delete(clear, rank - 1, axis=0).any(axis=0)
    far = ndimage.distance_transform_edt(np.pad((owner == rank) & others, 1))[1:-1, 1:-1]
    row, col = np.unravel_index(int(far.argmax()), far.shape)
    x, y = plan.grid.to_map(np.array([row + 0.5]), np.array([col + 0.5]))
    place = shapely.Point(x[0], y[0]).buffer(min(900, far.max() * plan.grid.pixel_m))
    inside = burn(prepare_edges([place], plan.grid), plan.grid.window)
    _, doubted = traced(sample, doubts={rank: np.array([place])})
    after, times = owners(doubted)
    assert (owner[inside] == rank).mean() > 0.99
    assert (after[inside] == rank).mean() < 0.05
    assert (times[clear.any(axis=0)] == 1).all() and all(clear[own - 1][after == own].mean() > 0.9 for own in np.unique(after[after > 0]))


def test_ranks_in_a_file_make_the_same_seams(sample, seamed, tmp_path, monkeypatch):
    monkeypatch.setattr(seam_labels, "HELD_CELLS", 100)
    plan, _ = seamed
    balance = identity([scene.id for scene in sample.scenes], plan.bands)
    seams = trace_seams(pose_problem(plan, balance, {}, {}, SeamOptions(), folder=tmp_path), InlineExecutor(), folder=tmp_path)
    np.testing.assert_array_equal(owners(seams)[0], owners(seamed[1])[0])
    assert {path.suffix for path in tmp_path.iterdir()} == {".outline"}
