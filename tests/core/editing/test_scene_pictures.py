"""The picture on the screen shows reflectance, whatever the product's files are like."""

import re
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.editing.scene_pictures import picture_file, pictures_folder, write_picture
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import open_scene
from skyfri.plugin.core.scenes.scene import BandFile


def write_band(path, grid, values):
    profile = {"driver": "GTiff", "width": grid.shape[1], "height": grid.shape[0], "count": 1, "dtype": "uint16"}
    with rasterio.open(path, "w", crs=grid.crs, transform=grid.transform, **profile) as dataset:
        dataset.write(values.astype("uint16"), 1)
    return str(path)


@pytest.fixture
def scene(tmp_path, make_scene):
    """Three bands of 10 m, 10 m and 20 m with the offset of recent baselines."""
    grid = Grid("EPSG:32633", Affine(10, 0, 499_980, 0, -10, 5_200_020), (60, 80))
    rng = np.random.default_rng(3)
    bands = {}
    for name, factor in (("B02", 1), ("B03", 1), ("B04", 2)):
        own = grid.coarsen(factor)
        path = write_band(tmp_path / f"{name} & more.tif", own, rng.integers(1001, 5000, own.shape))
        bands[name] = BandFile(path, 1, -1000.0, 1e-4)
    return replace(make_scene(), bands=bands, grid=grid)


def test_values_are_reflectance_once_scale_and_offset_are_applied(scene, tmp_path):
    path = tmp_path / "pictures" / "scene.vrt"
    write_picture(scene, path)
    with rasterio.open(path) as picture:
        assert (picture.crs.to_epsg(), picture.transform, picture.shape) == (32633, scene.grid.transform, (60, 80))
        assert picture.nodatavals == (0, 0, 0)
        shown = [picture.read(n) * picture.scales[n - 1] + picture.offsets[n - 1] for n in (1, 2, 3)]
    for got, name, factor in zip(shown, ("B04", "B03", "B02"), (2, 1, 1), strict=True):
        with rasterio.open(scene.bands[name].path) as band:
            expected = (band.read(1).astype(float) - 1000) * 1e-4
        assert np.allclose(got, expected.repeat(factor, 0).repeat(factor, 1), atol=1e-12), name


def test_one_stack_serves_all_bands(tmp_path, scene):
    path = tmp_path / "stack.tif"
    values = np.arange(3 * 60 * 80).reshape(3, 60, 80) + 1
    with rasterio.open(
        path, "w", driver="GTiff", width=80, height=60, count=3, dtype="uint16", crs="EPSG:32633", transform=scene.grid.transform
    ) as dataset:
        dataset.write(values.astype("uint16"))
    bands = {name: BandFile(str(path), index) for index, name in enumerate(("B02", "B03", "B04"), 1)}
    write_picture(replace(scene, bands=bands), tmp_path / "scene.vrt")
    with rasterio.open(tmp_path / "scene.vrt") as picture:
        assert np.array_equal(picture.read(), values[::-1])


def test_a_scene_without_true_colour_is_grey(scene, tmp_path):
    write_picture(replace(scene, bands={"B03": scene.bands["B03"]}), tmp_path / "scene.vrt")
    with rasterio.open(tmp_path / "scene.vrt") as picture:
        red, green, blue = picture.read()
    assert np.array_equal(red, green)
    assert np.array_equal(red, blue)


def test_a_missing_band_file_is_named(scene, tmp_path):
    gone = replace(scene, bands=dict(scene.bands) | {"B04": BandFile(str(tmp_path / "gone.jp2"))})
    with pytest.raises(InputError, match=r"gone\.jp2"):
        write_picture(gone, tmp_path / "scene.vrt")
    assert not (tmp_path / "scene.vrt").exists()


def test_a_folder_that_cannot_be_made_is_named(scene, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose a folder you may write to"):
        write_picture(scene, tmp_path / "file" / "scene.vrt")


def test_pictures_lie_beside_the_workspace(tmp_path):
    path = picture_file(pictures_folder(tmp_path, "work"), "S2A/../33TWM:1")
    assert path.parent == tmp_path / "work_pictures"
    assert re.fullmatch(r"S2A_.._33TWM_1-[0-9a-f]{12}\.vrt", path.name)


@pytest.mark.data
def test_products_of_every_layout_have_a_picture(data_folder, tmp_path):
    zipped = data_folder / "l1c_safe" / "S2A_MSIL1C_20180629T000241_N0206_R030_T56JMM_20180629T012042.zip"
    folder = data_folder / "l1c_safe" / "S2A_MSIL1C_20240120T105341_N0510_R051_T31TCJ_20240120T125244.SAFE"
    for number, path in enumerate((zipped, folder)):
        scene = open_scene(path)
        write_picture(scene, tmp_path / f"{number}.vrt")
        with rasterio.open(tmp_path / f"{number}.vrt") as picture:
            dn = picture.read(1)
            reflectance = (dn * picture.scales[0] + picture.offsets[0])[dn > 0]
        assert dn.shape == scene.grid.shape
        assert 0 < np.median(reflectance) < 0.6
