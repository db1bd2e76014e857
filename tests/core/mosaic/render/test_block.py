"""One block: the hard seam has a plain oracle; no covered pixel is ever used, feathering or not."""

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.features import rasterize
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.render.block import BlockChoices, make_block
from skyfri.plugin.core.mosaic.render.sources import Source
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.regions.burn import prepare_edges
from skyfri.plugin.core.scenes import open_scene

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 7_000_000), (90, 120))
BANDS = ("B02", "B03", "B04")


def clouds(seed, count=6):
    rng = np.random.default_rng(seed)
    west, south, east, north = GRID.bounds
    return [shapely.Point(rng.uniform(west, east), rng.uniform(south, north)).buffer(rng.uniform(40, 150)) for _ in range(count)]


class Case:
    """Three scenes of one grid, the arrays behind them and the masks of their polygons."""

    def __init__(self, folder, *, gains=(1.0, 1.0, 1.0), offsets=(0.0, 0.0, 0.0), nodata_cols=40, covers=None, seams=None):
        rng = np.random.default_rng(2)
        self.data, self.masks, self.sources = [], [], []
        for n in range(3):
            data = rng.integers(100, 6000, (3, *GRID.shape)).astype(np.uint16)
            if n == 0:
                data[:, :, :nodata_cols] = 0
            path = folder / f"s{n}.tif"
            write_array(path, data, RasterSpec(GRID, "uint16", BANDS))
            shapes = clouds(n) if covers is None else covers[n]
            mask = (
                rasterize(((s, 1) for s in shapes), GRID.shape, transform=GRID.transform).astype(bool)
                if shapes
                else np.zeros(GRID.shape, bool)
            )
            seam = None if seams is None else prepare_edges(seams[n], GRID)
            gain, offset = (np.full(3, value, np.float32) for value in (gains[n], offsets[n]))
            self.data.append(data)
            self.masks.append(mask.astype(bool))
            scene = open_scene(path)
            self.sources.append(Source(n + 1, scene, prepare_edges(shapes, GRID), seam, gain, offset, None, scene))

    def block(self, window=GRID.window, *, edge_px=0, feather_px=0, fill="direct", density=False):
        return make_block(self.sources, GRID, BANDS, window, BlockChoices(edge_px, feather_px, fill, density))


def first_clear(case):
    rank = np.zeros(GRID.shape, np.uint16)
    samples = np.zeros((3, *GRID.shape), np.uint16)
    for n in (2, 1, 0):
        clear = (case.data[n] > 0).all(axis=0) & ~case.masks[n]
        rank[clear] = n + 1
        samples[:, clear] = case.data[n][:, clear]
    return rank, samples


def test_a_hard_seam_is_the_first_clear_scene(tmp_path):
    case = Case(tmp_path)
    rank, samples = first_clear(case)
    for window in (GRID.window, Window(13, 27, 40, 55), Window(60, 100, 30, 20)):
        block = case.block(window, density=True)
        np.testing.assert_array_equal(block.source, rank[window.slices_in(GRID.window)])
        np.testing.assert_array_equal(block.samples, samples[(slice(None), *window.slices_in(GRID.window))])
        count = sum(((d > 0).all(axis=0) & ~m).astype(int) for d, m in zip(case.data, case.masks, strict=True))
        np.testing.assert_array_equal(block.density, count[window.slices_in(GRID.window)])
        hole = (rank == 0) & np.any([(d > 0).all(axis=0) for d in case.data], axis=0)
        np.testing.assert_array_equal(block.hole, hole[window.slices_in(GRID.window)])


def test_gain_and_offset_are_applied_once_and_rounded_once(tmp_path):
    case = Case(tmp_path, gains=(1.07, 1.0, 0.93), offsets=(-12.5, 3.25, 20.0))
    rank, plain = first_clear(case)
    block = case.block()
    for n, (gain, offset) in enumerate(((1.07, -12.5), (1.0, 3.25), (0.93, 20.0)), 1):
        mine = rank == n
        expected = np.clip(np.rint(plain[:, mine].astype(np.float64) * np.float32(gain) + offset), 1, 65535)
        assert np.abs(block.samples[:, mine].astype(float) - expected).max() <= 1
        assert (block.samples[:, mine] == expected).mean() > 0.99  # float32 rounds some halves the other way
    assert (block.samples[:, rank == 0] == 0).all()


def test_data_never_leave_1_to_65535(tmp_path):
    case = Case(tmp_path, gains=(50.0, 1.0, 1.0), offsets=(0.0, -9000.0, 0.0), covers=([], [], []))
    block = case.block()
    assert block.samples[:, block.source == 1].max() == 65535
    assert block.samples[:, block.source == 2].min() == 1


@pytest.mark.parametrize("feather_px", [1, 4, 9])
def test_feathering_never_uses_a_covered_or_empty_pixel(tmp_path, feather_px):
    case = Case(tmp_path)
    for source, data, mask in zip(case.sources, case.data, case.masks, strict=True):
        poisoned = np.where(mask, 60_000, data).astype(np.uint16)
        write_array(source.scene.path, poisoned, RasterSpec(GRID, "uint16", BANDS))
    hard, soft = case.block(), case.block(feather_px=feather_px)
    assert soft.samples.max() <= 6000
    np.testing.assert_array_equal(soft.source > 0, hard.source > 0)
    assert (soft.samples[:, soft.source == 0] == 0).all()
    assert (soft.samples[:, soft.source > 0] > 0).all()


def test_feathering_is_a_linear_ramp_across_a_straight_seam(tmp_path):
    west, south, east, north = GRID.bounds
    middle = west + 600
    halves = [shapely.box(west, south, middle, north)], [shapely.box(middle, south, east, north)], []
    case = Case(tmp_path, covers=([], [], []), seams=halves, nodata_cols=0)
    for n, source in enumerate(case.sources):
        write_array(source.scene.path, np.full((3, *GRID.shape), 1000 * (n + 1), np.uint16), RasterSpec(GRID, "uint16", BANDS))
    line = case.block(feather_px=5).samples[0, 45].astype(float)
    assert (line[:55] == 1000).all() and (line[65:] == 2000).all()
    steps = np.diff(line[54:66])
    assert (steps >= 0).all() and steps.max() <= 1000 / 11 + 1
    assert case.block(feather_px=5).source[45, 59:61].tolist() == [1, 2]


def test_pixels_at_the_rim_of_a_scene_come_last_but_come(tmp_path):
    case = Case(tmp_path, covers=([], [], []))
    block = case.block(edge_px=3)
    inner = block.source[3:-3, :-3]  # the outer sides of the rasters are rims of all scenes alike
    assert (inner[:, 40:43] == 2).all() and (inner[:, 43:] == 1).all()
    assert (block.source[:3, 40:] == 1).all()
    everywhere = [shapely.box(*GRID.bounds)]
    alone = Case(tmp_path, covers=([], everywhere, everywhere))
    block = alone.block(edge_px=3)
    assert (block.source[:, 40:] == 1).all() and (block.source[:, :40] == 0).all()
    assert block.hole[:, :40].all() and not block.hole[:, 40:].any()


def test_seam_polygons_choose_and_fill_none_leaves_what_they_lack(tmp_path):
    west, south, east, north = GRID.bounds
    middle = west + 600
    seams = [], [shapely.box(west, south, middle, north)], [shapely.box(middle, south, east, north)]
    case = Case(tmp_path, seams=seams)
    kept = case.block(fill="none")
    filled = case.block(fill="direct")
    assert set(np.unique(kept.source[:, :60])) <= {0, 2} and set(np.unique(kept.source[:, 60:])) <= {0, 3}
    assert (kept.source[:, :60] == 2)[~case.masks[1][:, :60]].all()
    np.testing.assert_array_equal(filled.source[kept.source > 0], kept.source[kept.source > 0])
    np.testing.assert_array_equal(filled.source > 0, first_clear(case)[0] > 0)


def test_fill_none_leaves_no_gap_between_seam_polygons(tmp_path):
    """What no polygon claims, or one claims for a scene without data there, is the first scene's that has data."""
    west, south, east, north = GRID.bounds
    seams = [shapely.box(west, south, west + 200, north)], [shapely.box(west + 600, south, east, north)], []
    case = Case(tmp_path, seams=seams)
    block = case.block(fill="none")
    first = np.where((case.data[0] > 0).all(axis=0), np.where(case.masks[0], 0, 1), np.where(case.masks[1], 0, 2))
    np.testing.assert_array_equal(block.source[:, :60], first[:, :60])
    np.testing.assert_array_equal(block.source[:, 60:], np.where(case.masks[1], 0, 2)[:, 60:])


@pytest.mark.parametrize("feather_px", [0, 6])
def test_a_block_does_not_depend_on_where_blocks_begin(tmp_path, feather_px):
    case = Case(tmp_path, gains=(1.04, 0.97, 1.0))
    whole = case.block(edge_px=2, feather_px=feather_px, density=True)
    for window in GRID.window.blocks(37):
        part = case.block(window, edge_px=2, feather_px=feather_px, density=True)
        cut = window.slices_in(GRID.window)
        np.testing.assert_array_equal(part.samples, whole.samples[(slice(None), *cut)])
        for name in ("source", "density", "hole"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[cut])


def test_a_scene_that_ends_in_the_middle_is_named(tmp_path):
    case = Case(tmp_path, covers=([], [], []))
    path = tmp_path / "s0.tif"
    with rasterio.open(path) as dataset:
        assert dataset.count == 3
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"s0\.tif"):
        case.block()
