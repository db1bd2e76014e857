"""Samples on other grids: as they are where pixels coincide, else where PROJ says they lie, whatever the window."""

import warnings

import numpy as np
import pytest
from affine import Affine
from rasterio.errors import RasterioDeprecationWarning
from rasterio.warp import transform
from scipy import ndimage
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.read import open_raster
from skyfri.plugin.core.raster.regrid import read_onto
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array

GRID = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (120, 90))
EASTERN = Grid(
    "EPSG:32632", Affine(10, 0, 690_003, 0, -10, 6_700_004), (700, 700)
)  # where its meridian and the next zone's differ by 6 degrees


def write(path, array, grid):
    write_array(path, array, RasterSpec(grid, "uint16", tuple(f"B{n}" for n in range(len(array)))))
    return path


@pytest.fixture
def written(tmp_path):
    array = np.random.default_rng(0).integers(1, 9000, (2, *GRID.shape), dtype=np.uint16)
    array[:, :10] = 0
    return write(tmp_path / "a.tif", array, GRID), array


def ground(sigma):
    """Return (700, 700) uint16, a textured ground with a corner without data."""
    field = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=EASTERN.shape), sigma)
    samples = (field / field.std() * 1000 + 5000).clip(1, 20000).astype(np.uint16)
    samples[:90, :150] = 0
    return samples


def target_in(crs, pixel_m=10):
    return Grid.from_bounds(crs, EASTERN.bounds_in(crs), pixel_m)


def test_a_window_beyond_the_raster_holds_the_fill(written):
    path, array = written
    with open_raster(path) as dataset:
        got = read_onto(dataset, [2], GRID.crop(Window(-3, 80, 8, 20)), fill=7)
    assert (got[0, :3] == 7).all()
    assert (got[0, :, 10:] == 7).all()
    np.testing.assert_array_equal(got[0, 3:, :10], array[1, :5, 80:])


def test_nearest_enlargement_repeats_samples(written):
    path, array = written
    fine = Grid(GRID.crs, Affine(5, 0, 500015, 0, -5, 4999985), (30, 30))
    with open_raster(path) as dataset:
        got = read_onto(dataset, [1], fine)
    np.testing.assert_array_equal(got[0], array[0].repeat(2, 0).repeat(2, 1)[3:33, 3:33])


@pytest.mark.parametrize("resampling", ["nearest", "cubic"])
def test_a_crs_with_the_same_coordinates_is_no_reason_to_resample(written, resampling):
    path, array = written
    with open_raster(path) as dataset:
        got = read_onto(dataset, [1, 2], Grid("EPSG:25833", GRID.transform, GRID.shape).crop(Window(5, -4, 60, 50)), resampling=resampling)
    assert (got[:, :, :4] == 0).all()
    np.testing.assert_array_equal(got[:, :, 4:], array[:, 5:65, :46])


@pytest.mark.parametrize(
    ("crs", "pixel"), [("EPSG:32633", 10), ("EPSG:3035", 10), ("EPSG:25833", 10), ("EPSG:3857", 20), ("EPSG:4326", 9e-5)]
)
def test_warped_samples_come_from_where_proj_says(tmp_path, crs, pixel):
    """At 60 degrees north a pixel of 10 m is 20 units wide in EPSG:3857: nothing may be blurred there."""
    samples = ground(0.7)
    target = target_in(crs, pixel)
    rows, cols = np.indices(target.shape)
    x, y = target.to_map(rows.ravel(), cols.ravel())
    row, col = EASTERN.to_pixel(*map(np.asarray, transform(crs, EASTERN.crs, x, y)))
    exact = ndimage.map_coordinates(samples.astype(float), (row, col), order=1).reshape(target.shape)
    known = ndimage.map_coordinates((samples > 0).astype(float), (row, col), order=1, cval=0).reshape(target.shape) == 1
    with open_raster(write(tmp_path / "a.tif", samples[None], EASTERN)) as dataset:
        got = read_onto(dataset, [1], target, resampling="bilinear")[0]
    assert known.mean() > 0.7
    error = np.abs(got - exact)[known]
    assert error.mean() < 1, "a thousandth of the texture"
    assert error.max() < 10
    away = ndimage.map_coordinates((samples > 0).astype(float), (row, col), order=0, cval=0).reshape(target.shape) == 0
    assert (got[ndimage.binary_erosion(away, iterations=2)] == 0).all()


@pytest.mark.parametrize(("pixel_m", "resampling"), [(10, "cubic"), (10, "nearest"), (40, "average"), (20, "cubic")])
@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3035"])
def test_warped_samples_do_not_depend_on_the_window(tmp_path, crs, pixel_m, resampling):
    target = target_in(crs, pixel_m)
    with open_raster(write(tmp_path / "a.tif", ground(1.5)[None], EASTERN)) as dataset:
        whole = read_onto(dataset, [1], target, resampling=resampling)[0]
        pieces = np.zeros_like(whole)
        for window in target.window.blocks(131):
            pieces[window.slices] = read_onto(dataset, [1], target.crop(window), resampling=resampling)[0]
    assert (whole > 0).mean() > 0.5
    np.testing.assert_array_equal(pieces, whole)


def test_bands_are_read_alone_as_they_are_together(tmp_path):
    samples = ground(1.5)
    other = samples // 2 + 7
    other[samples == 0] = 0
    other[300:320, 300:320] = 0  # without data in one band alone
    target = target_in("EPSG:32633")
    with open_raster(write(tmp_path / "a.tif", np.stack([samples, other]), EASTERN)) as dataset:
        both = read_onto(dataset, [1, 2], target, resampling="cubic")
        alone = [read_onto(dataset, [band], target, resampling="cubic")[0] for band in (1, 2)]
    np.testing.assert_array_equal(both, alone)


def test_warping_does_what_rasterio_will_still_allow(tmp_path):
    with warnings.catch_warnings(), open_raster(write(tmp_path / "a.tif", ground(1.5)[None], EASTERN)) as dataset:
        warnings.simplefilter("error", RasterioDeprecationWarning)
        assert read_onto(dataset, [1], target_in("EPSG:32633"), resampling="cubic").any()


@pytest.mark.parametrize(("crs", "pixel"), [("EPSG:3857", 10), ("EPSG:2263", 10), ("EPSG:4326", 5e-5)])
def test_finer_pixels_are_averaged_whatever_their_unit(tmp_path, crs, pixel):
    """White noise loses contrast where several pixels become one, by the lengths on the ground and not by the numbers."""
    x, y = (-74.0, 40.7) if crs == "EPSG:2263" else (12.0, 62.0)
    (x,), (y,) = transform("EPSG:4326", crs, [x], [y])
    own = Grid(crs, Affine(pixel, 0, x, 0, -pixel, y), (600, 600))
    noise = np.random.default_rng(5).normal(5000, 500, own.shape).clip(1, 20000).astype(np.uint16)
    zone = "EPSG:32618" if crs == "EPSG:2263" else "EPSG:32633"
    target = Grid.from_bounds(zone, own.bounds_in(zone), 10)
    with open_raster(write(tmp_path / "a.tif", noise[None], own)) as dataset:
        got = read_onto(dataset, [1], target, resampling="cubic")[0]
    known = ndimage.binary_erosion(got > 0, iterations=3)
    assert known.sum() > 300 and 50 < got[known].std() < 300


def test_a_raster_beyond_a_projection_is_read_where_it_reaches(tmp_path):
    world = Grid("EPSG:4326", Affine(0.1, 0, -180, 0, -0.1, 90), (1800, 3600))
    samples = np.broadcast_to(np.linspace(1000, 2000, 1800, dtype=np.uint16)[:, None], world.shape)
    with open_raster(write(tmp_path / "a.tif", samples[None].copy(), world)) as dataset:
        got = read_onto(dataset, [1], Grid("EPSG:32632", Affine(5000, 0, 400_000, 0, -5000, 6_700_000), (30, 30)), resampling="average")[0]
    assert got.min() > 1100 and got.max() < 1250
