"""The COG assembler: GDAL reads back what was encoded, overviews included, and calls the layout a COG's."""

import threading
import time

import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.raster.cog import encode_tiles, halve, levels_of, write_cog
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import TILE_PX


def pyramid(array, nodata, resampling):
    arrays = {1: array}
    for level in levels_of(array.shape[1:])[1:]:
        arrays[level.factor] = halve(arrays[level.factor // 2], nodata, resampling)
    return arrays


def write(path, array, spec):
    arrays = pyramid(array, spec.nodata, spec.overview_resampling)

    def tiles(level):
        data = arrays[level.factor]
        for window in Window(0, 0, *level.shape).blocks(TILE_PX):
            tile = data[(slice(None), *window.slices_in(Window(0, 0, *level.shape)))]
            yield next(encode_tiles(tile, spec)) if tile.any() else b""

    with open(path, "w+b") as file:
        write_cog(file, spec, tiles)
    return arrays


@pytest.mark.parametrize(("shape", "bands", "dtype"), [((1500, 1100), 10, "uint16"), ((300, 200), 3, "uint8"), ((513, 2049), 1, "uint16")])
def test_gdal_reads_back_every_level(tmp_path, shape, bands, dtype):
    rng = np.random.default_rng(1)
    array = rng.integers(1, np.iinfo(dtype).max, (bands, *shape)).astype(dtype)
    array[:, : shape[0] // 2, : shape[1] // 2] = 0
    names = tuple(f"B{n:02d}" for n in range(1, bands + 1))
    grid = Grid("EPSG:25833", Affine(10, 0, 399960, 0, -10, 7000020), shape)
    spec = RasterSpec(grid, dtype, names, tags={"SCENE_ID": "a & b"})
    arrays = write(tmp_path / "a.tif", array, spec)
    with rasterio.open(tmp_path / "a.tif") as dataset:
        assert (dataset.crs.to_epsg(), dataset.transform, dataset.nodata) == (25833, grid.transform, 0)
        assert dataset.descriptions == names
        assert dataset.tags()["SCENE_ID"] == "a & b"
        assert dataset.overviews(1) == [level.factor for level in levels_of(shape)[1:]]
        np.testing.assert_array_equal(dataset.read(), array)
    for number, level in enumerate(levels_of(shape)[1:]):
        with rasterio.open(tmp_path / "a.tif", overview_level=number) as overview:
            np.testing.assert_array_equal(overview.read(), arrays[level.factor])


@pytest.mark.parametrize(("is_rgb", "shown"), [(True, ["red", "green", "blue"]), (False, ["gray", "undefined", "undefined"])])
def test_three_bands_are_a_picture_where_they_are_said_to_be(tmp_path, is_rgb, shown):
    grid = Grid("EPSG:25833", Affine(10, 0, 399960, 0, -10, 7000020), (30, 20))
    write(tmp_path / "a.tif", np.ones((3, 30, 20), np.uint8), RasterSpec(grid, "uint8", ("B04", "B03", "B02"), is_rgb=is_rgb))
    with rasterio.open(tmp_path / "a.tif") as dataset:
        assert [colour.name for colour in dataset.colorinterp] == shown


def test_gdal_calls_it_a_cog(tmp_path):
    validate = pytest.importorskip("osgeo_utils.samples.validate_cloud_optimized_geotiff")
    grid = Grid("EPSG:25833", Affine(10, 0, 399960, 0, -10, 7000020), (1500, 1100))
    spec = RasterSpec(grid, "uint16", ("B02", "B03"))
    write(tmp_path / "a.tif", np.ones((2, 1500, 1100), np.uint16), spec)
    warnings, errors, _ = validate.validate(str(tmp_path / "a.tif"), full_check=True)
    assert (warnings, errors) == ([], [])


def test_halving_leaves_nodata_out_of_the_mean():
    array = np.array([[[0, 10, 3], [0, 13, 0]]], np.uint16)
    np.testing.assert_array_equal(halve(array, 0, "average"), [[[12, 3]]])
    np.testing.assert_array_equal(halve(array, 0, "nearest"), [[[0, 3]]])
    np.testing.assert_array_equal(halve(np.full((1, 2, 2), 255, np.uint8), 255, "average"), [[[255]]])


@pytest.mark.filterwarnings("error")
def test_tiles_are_encoded_without_a_warning():
    grid = Grid("EPSG:25833", Affine(10, 0, 399960, 0, -10, 7000020), (600, 600))
    assert len(list(encode_tiles(np.ones((1, 600, 600), np.uint16), RasterSpec(grid, "uint16", ("B02",))))) == 4


def test_tiles_are_encoded_while_other_threads_run():
    grid = Grid("EPSG:25833", Affine(10, 0, 399960, 0, -10, 7000020), (2048, 2048))
    array = np.random.default_rng(2).integers(1, 9999, (4, 2048, 2048)).astype(np.uint16)
    spec = RasterSpec(grid, "uint16", ("B02", "B03", "B04", "B08"))
    beats, done = [], threading.Event()

    def beat():
        while not done.wait(0.002):
            beats.append(time.perf_counter())

    def longest_pause():
        """Return the share of the encoding during which the other thread stood still at a stretch."""
        begin = time.perf_counter()
        list(encode_tiles(array, spec))
        end = time.perf_counter()
        return max(np.diff([begin, *(beat for beat in beats if begin < beat < end), end])) / (end - begin)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        pauses = [longest_pause() for _ in range(5)]  # a busy machine stops any thread now and then
    finally:
        done.set()
        thread.join()
    assert min(pauses) < 0.5
