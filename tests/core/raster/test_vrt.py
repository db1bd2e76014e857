"""Virtual rasters: GDAL reads back what was written, whatever files, bands and tags are called."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.vrt import FileBand, files_vrt, raw_vrt
from skyfri.plugin.core.raster.write import write_array

GRID = Grid("EPSG:25833", Affine(10, 0, 399_960, 0, -10, 7_000_020), (30, 40))
ODD = ["Skyer & skygger", "a < b > c", 'it\'s "odd"', "Ærlig Østlandet 雲", "100 %", "]]>", "&amp;", "two  spaces"]
DTYPES = ["uint8", "uint16", "int16", "uint32", "int32", "float32", "float64"]


def samples(dtype, bands=1):
    return np.arange(bands * 30 * 40).reshape(bands, 30, 40).astype(dtype)


@pytest.mark.parametrize("name", ODD)
def test_bands_tags_and_the_file_itself_may_be_called_anything(tmp_path, name):
    path = tmp_path / f"{name.replace('/', '_')}.tif"
    write_array(path, samples("uint16", 2), RasterSpec(GRID, "uint16", (name, "B03"), tags={"SCENE_ID": name}))
    with rasterio.open(path) as dataset:
        assert dataset.descriptions == (name, "B03")
        assert dataset.tags()["SCENE_ID"] == name
        np.testing.assert_array_equal(dataset.read(), samples("uint16", 2))
    (tmp_path / "shown.vrt").write_text(files_vrt(GRID, [FileBand(str(path), "uint16", 2)]), encoding="utf-8")
    with rasterio.open(tmp_path / "shown.vrt") as shown:
        np.testing.assert_array_equal(shown.read(1), samples("uint16", 2)[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("raw")
    (path / "a.raw").write_bytes(bytes(30 * 40))
    return path


@given(name=st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), min_size=1).map(str.strip).filter(bool))
@settings(max_examples=100, deadline=None)
def test_no_name_leaves_its_element(folder, name):
    spec = RasterSpec(GRID, "uint8", (name,), tags={"SCENE_ID": name})
    (folder / "a.vrt").write_text(raw_vrt(spec, "a.raw"), encoding="utf-8", newline="\n")
    with rasterio.open(folder / "a.vrt") as dataset:
        assert dataset.descriptions == (name,)
        assert dataset.tags()["SCENE_ID"] == name


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_sample_type_comes_back(tmp_path, dtype):
    path = tmp_path / "a.tif"
    write_array(path, samples(dtype), RasterSpec(GRID, dtype, ("one",), nodata=None))
    with rasterio.open(files_vrt(GRID, [FileBand(str(path), dtype)])) as shown:
        assert shown.dtypes == (dtype,)
        np.testing.assert_array_equal(shown.read(), samples(dtype))


def test_a_sample_type_that_gdal_lacks_is_named():
    with pytest.raises(ValueError, match="float16"):
        raw_vrt(RasterSpec(GRID, "float16", ("one",)), "a.raw")


def test_a_coarser_file_is_put_in_its_place(tmp_path):
    own = GRID.coarsen(2)
    write_array(tmp_path / "a.tif", np.arange(15 * 20, dtype=np.uint16).reshape(1, 15, 20), RasterSpec(own, "uint16", ("one",)))
    band = FileBand(str(tmp_path / "a.tif"), "uint16", 1, own.transform, own.shape, (15, 20), "Red", 0, (-0.1, 1e-4))
    with rasterio.open(files_vrt(GRID, [band])) as shown:
        assert (shown.transform, shown.crs.to_epsg(), shown.nodata) == (GRID.transform, 25833, 0)
        assert (shown.offsets, shown.scales, shown.colorinterp[0].name) == ((-0.1,), (1e-4,), "red")
        np.testing.assert_array_equal(shown.read(1), np.arange(15 * 20).reshape(15, 20).repeat(2, 0).repeat(2, 1))
