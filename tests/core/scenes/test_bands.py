"""Samples become reflectance, on any grid."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.warp import transform
from scipy.ndimage import map_coordinates
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import BandFile, open_scene, read_scaled
from skyfri.plugin.core.scenes.bands import open_bands, scale_samples
from skyfri.tests.core.scenes.build_products import BANDS, Spec, dn_of, make_safe

SLOW_FIXTURE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def truth(band, offset=-1000):
    dn = dn_of(band, 120).astype(int)
    return np.where(dn == 0, 0, np.clip(dn + offset, 1, 65535)).astype(np.uint16)


@given(st.integers(0, 65535), st.integers(-2000, 2000), st.sampled_from([1e-4, 1e-3, 2e-4]))
def test_nodata_stays_and_everything_else_becomes_data(dn, offset, scale):
    out = scale_samples(np.array([[dn]], np.uint16), BandFile("x", offset=offset, scale=scale))
    assert out.dtype == np.uint16
    expected = 0 if dn == 0 else min(max(round((dn + offset) * scale * 10000), 1), 65535)
    assert abs(int(out[0, 0]) - expected) <= (0 if scale == 1e-4 else 1)
    assert (out[0, 0] == 0) == (dn == 0)


def test_signed_and_floating_samples():
    file = BandFile("x", offset=-1000)
    assert scale_samples(np.array([[-5, 0, 1500]], np.int16), file).tolist() == [[1, 0, 500]]
    assert scale_samples(np.array([[np.nan, 0, 1500.4]], np.float32), file).tolist() == [[0, 0, 500]]


def test_offset_nodata_and_the_pixel_below_the_offset(safe):
    scene = open_scene(safe)
    out = read_scaled(scene, ["B04"], scene.grid)[0]
    assert (out == truth("B04")).all()
    assert (out[:, 0] == 0).all()
    assert out[0, 1] == 1


def test_coarser_bands_are_repeated_not_smoothed(safe):
    scene = open_scene(safe)
    out = read_scaled(scene, ["B02", "B11", "B01"], scene.grid)
    assert (out[1] == truth("B11").repeat(2, 0).repeat(2, 1)).all()
    assert (out[2] == truth("B01").repeat(6, 0).repeat(6, 1)).all()


@SLOW_FIXTURE
@given(st.permutations(["B02", "B8A", "B01", "B12"]))
def test_bands_come_in_the_order_asked_for(safe, bands):
    scene = open_scene(safe)
    out = read_scaled(scene, bands, scene.grid)
    whole = read_scaled(scene, sorted(bands), scene.grid)
    for number, band in enumerate(bands):
        assert (out[number] == whole[sorted(bands).index(band)]).all()


@SLOW_FIXTURE
@given(st.integers(7, 130))
def test_windows_stitched_are_the_whole(safe, size):
    scene = open_scene(safe)
    bands = ["B03", "B05", "B09"]
    whole = read_scaled(scene, bands, scene.grid)
    stitched = np.full_like(whole, 9)
    with open_bands(scene) as reader:
        for block in scene.grid.window.blocks(size):
            stitched[(slice(None), *block.slices_in(scene.grid.window))] = reader.read_scaled(bands, scene.grid.crop(block))
    assert (stitched == whole).all()


def test_a_window_that_reaches_outside_holds_nodata_there(safe):
    scene = open_scene(safe)
    out = read_scaled(scene, ["B02", "B11"], scene.grid.crop(Window(-10, 100, 40, 40)))
    assert (out[:, :10] == 0).all()
    assert (out[:, :, 20:] == 0).all()
    assert (out[0, 10:, :20] == truth("B02")[:30, 100:]).all()
    assert (out[1, 10:, :20] == truth("B11").repeat(2, 0).repeat(2, 1)[:30, 100:]).all()


def test_another_crs_is_warped_and_its_offset_applied(safe):
    scene = open_scene(safe)
    target = Grid.from_bounds("EPSG:25832", scene.grid.bounds_in("EPSG:25832"), 10)
    ours = read_scaled(scene, ["B02"], target, resampling="bilinear")[0]
    rows, cols = np.indices(target.shape)
    x, y = target.to_map(rows.ravel(), cols.ravel())
    places = scene.grid.to_pixel(*map(np.asarray, transform(target.crs, scene.grid.crs, x, y)))
    expected = map_coordinates(dn_of("B02", 120).astype(float), places, order=1).reshape(target.shape) - 1000
    inside = map_coordinates((dn_of("B02", 120) > 0).astype(float), places, order=1, cval=0).reshape(target.shape) == 1
    assert inside.sum() > 13_000
    assert np.abs(ours - np.clip(expected, 1, None))[inside].max() < 3


def test_each_band_has_its_own_nodata(safe):
    scene = open_scene(safe)
    fine, coarse = read_scaled(scene, ["B02", "B01"], scene.grid)
    assert not coarse[:, :6].any()  # the coarse band's column of nodata
    assert coarse[:, 6:].all()
    np.testing.assert_array_equal(fine, truth("B02"))


def test_a_missing_band_is_named(tmp_path):
    scene = open_scene(make_safe(tmp_path, Spec(bands=("B02", "B03"))))
    with pytest.raises(InputError, match=rf"Scene {scene.id} lacks B04, B12; it has B02, B03\."):
        read_scaled(scene, ["B04", "B02", "B12"], scene.grid)


def test_nodata_that_a_file_states_is_nodata(tmp_path):
    grid = Grid("EPSG:32632", Affine(10, 0, 600000, 0, -10, 6800000), (4, 4))
    samples = np.full((1, 4, 4), 500, np.uint16)
    samples[0, 0] = 65535
    samples[0, 1] = 0
    write_array(tmp_path / "s.tif", samples, RasterSpec(grid, "uint16", ("B02",), nodata=65535))
    scene = open_scene(tmp_path / "s.tif")
    out = read_scaled(scene, ["B02"], grid.crop(Window(-1, 0, 5, 4)))[0]
    assert (out[:3] == 0).all()
    assert (out[3:] == 500).all()


def test_many_threads_read_one_scene_alike(safe):
    scene = open_scene(safe)
    bands = list(BANDS)
    expected = read_scaled(scene, bands, scene.grid)
    blocks = list(scene.grid.window.blocks(17))
    start = threading.Barrier(4)

    def read(number):
        start.wait(timeout=30)
        return [(block, reader.read_scaled(bands, scene.grid.crop(block))) for block in blocks[number::4]]

    with open_bands(scene) as reader, ThreadPoolExecutor(4) as pool:
        for part in pool.map(read, range(4)):
            for block, samples in part:
                assert (samples == expected[(slice(None), *block.slices_in(scene.grid.window))]).all()
