"""Scaling to 8 bits: data are 1 to 254, nodata is 0, order is kept."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.products.scale import ScaleOptions, Stretch, scale8bit, scale_samples
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 7_000_000), (700, 600))
samples_u16 = arrays(np.uint16, (2, 6, 7), elements=st.integers(0, 65535))


@given(samples_u16, st.floats(-500, 30_000), st.floats(0.01, 40_000), st.floats(0.2, 5))
def test_data_are_1_to_254_and_order_is_kept(samples, low, breadth, gamma):
    valid = (samples > 0).all(axis=0)
    scaled = scale_samples(samples, valid, Stretch((low, low), (low + breadth, low + breadth), gamma))
    assert scaled.dtype == np.uint8
    assert (scaled[:, ~valid] == 0).all()
    assert ((scaled[:, valid] >= 1) & (scaled[:, valid] <= 254)).all()
    for band in range(2):
        order = np.argsort(samples[band][valid], kind="stable")
        assert (np.diff(scaled[band][valid][order].astype(int)) >= 0).all()


def test_ends_and_middle_are_where_they_belong():
    samples = np.array([[[1, 100, 600, 1100, 5000]]], np.uint16)
    scaled = scale_samples(samples, np.ones((1, 5), bool), Stretch((100,), (1100,)))
    assert scaled.ravel().tolist() == [1, 1, 128, 254, 254]


def raster(folder, nodata=0):
    rng = np.random.default_rng(5)
    data = rng.integers(1, 4000, (3, *GRID.shape)).astype(np.uint16)
    data[:, :50] = 0
    data[1, 60:70] = 0
    write_array(folder / "in.tif", data, RasterSpec(GRID, "uint16", ("B02", "B03", "B04"), nodata))
    return data


def test_a_raster_by_percentiles(tmp_path):
    data = raster(tmp_path)
    stretch = scale8bit(tmp_path / "in.tif", tmp_path / "out.tif", ScaleOptions(percentiles=(2, 98)))
    valid = (data > 0).all(axis=0)
    low, high = np.percentile(data[::-1][:, valid], (2, 98), axis=1)
    np.testing.assert_allclose(stretch.minimum, low, atol=25)
    np.testing.assert_allclose(stretch.maximum, high, atol=25)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.descriptions == ("B04", "B03", "B02")
        assert dataset.nodata == 0
        out = dataset.read()
        assert dataset.overviews(1)
        for factor in dataset.overviews(1):
            small = dataset.read(out_shape=(3, -(-dataset.height // factor), -(-dataset.width // factor)))
            assert small[:, small.any(axis=0)].min() >= 1 and small.max() <= 254
    assert (out[:, ~valid] == 0).all()
    assert (out[:, valid].min(), out[:, valid].max()) == (1, 254)


def test_one_value_serves_all_bands_and_nothing_is_left_half_written(tmp_path):
    raster(tmp_path)
    stretch = scale8bit(tmp_path / "in.tif", tmp_path / "out.tif", ScaleOptions(("1", "B03"), (10.0,), (2000.0,)))
    assert stretch.minimum == (10, 10)
    for options, said in (
        (ScaleOptions(("B05",)), "has no band B05"),
        (ScaleOptions(minimum=(1.0, 2.0), maximum=(5.0,)), "MINIMUM"),
        (ScaleOptions(minimum=(5.0,), maximum=(5.0,)), "is not below"),
        (ScaleOptions(gamma=0, minimum=(5.0,), maximum=(6.0,)), "GAMMA"),
    ):
        with pytest.raises(InputError, match=said):
            scale8bit(tmp_path / "in.tif", tmp_path / "other.tif", options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.tif", "out.tif"]


def test_a_raster_without_data_becomes_one_without_data(tmp_path):
    write_array(tmp_path / "in.tif", np.zeros((3, *GRID.shape), np.uint16), RasterSpec(GRID, "uint16", ("B02", "B03", "B04")))
    scale8bit(tmp_path / "in.tif", tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert not dataset.read().any()
