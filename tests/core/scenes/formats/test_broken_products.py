"""What cannot be read is refused in one sentence that names it."""

import os
import shutil
import zipfile

import numpy as np
import pytest
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Window
from skyfri.plugin.core.scenes import find_scenes, open_scene, read_scaled
from skyfri.tests.core.scenes.build_products import PIXEL_M, Spec, dn_of, make_safe, make_stac, make_zip, write_band


def refused(path):
    """Return the sentence with which a product is refused."""
    with pytest.raises(InputError) as caught:
        open_scene(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.fixture
def product(tmp_path):
    """A small product to be damaged."""
    return make_safe(tmp_path, Spec(bands=("B02", "B8A"), size_px=60))


def test_a_path_that_is_not_there(tmp_path):
    assert refused(tmp_path / "absent.SAFE") == f"{tmp_path / 'absent.SAFE'} does not exist; give a product's folder, zip or metadata file."
    assert "does not exist" in refused(tmp_path / "absent.tif")
    assert "does not exist" in refused(tmp_path / "absent.zip" / "inside")


def test_an_empty_folder(tmp_path):
    assert f"{tmp_path} is empty" in refused(tmp_path)


def test_a_folder_of_something_else(tmp_path):
    (tmp_path / "letter.txt").touch()
    assert "is no Sentinel-2 product" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 half a download"])
def test_a_zip_that_is_none(tmp_path, content):
    (tmp_path / "p.zip").write_bytes(content)
    assert "p.zip is no readable zip" in refused(tmp_path / "p.zip")


def test_a_truncated_zip(product, tmp_path):
    path = make_zip(tmp_path / "p.zip", product)
    path.write_bytes(path.read_bytes()[:-2000])
    assert "the download is probably incomplete" in refused(path)


def test_a_zip_and_a_folder_without_bands(product, tmp_path):
    for file in product.glob("GRANULE/*/IMG_DATA/*.jp2"):
        file.unlink()
    for path in (product, make_zip(tmp_path / "p.zip", product)):
        assert "holds no band files" in refused(path)


def test_a_text_file_and_a_tif_that_is_none(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "notes.tif").write_text("x")
    assert "notes.txt is no readable zip" in refused(tmp_path / "notes.txt")
    assert "notes.tif cannot be opened as a raster" in refused(tmp_path / "notes.tif")


def test_malformed_product_metadata_are_named(product):
    file = product / "MTD_MSIL1C.xml"
    file.write_text(file.read_text()[:-30])
    sentence = refused(product)
    assert str(file) in sentence
    assert "no well-formed XML" in sentence


def test_malformed_tile_metadata_are_left_out_where_the_product_states_level_and_offset(product):
    whole = open_scene(product)
    file = product / "GRANULE/L1C_T32VNM_A033755_20230823T104846/MTD_TL.xml"
    file.write_text(file.read_text()[:-30])
    scene = open_scene(product)
    assert scene.level == whole.level and scene.bands == whole.bands and scene.sun is None
    (note,) = scene.notes
    assert str(file) in note and "left out" in note and whole.notes == ()


def test_metadata_with_entities_are_refused(product):
    file = product / "MTD_MSIL1C.xml"
    file.write_text('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>')
    assert "document type declaration" in refused(product)


def test_an_item_that_is_no_json(tmp_path):
    folder = make_stac(tmp_path, applied=True, size_px=60)
    (folder / f"{folder.name}.json").write_text("{")
    assert "no well-formed JSON" in refused(folder)


def test_metadata_that_say_nothing_leave_the_facts_open(product):
    (product / "MTD_MSIL1C.xml").write_text("<Something/>")
    next(product.glob("GRANULE/*/MTD_TL.xml")).unlink()
    scene = open_scene(product)
    assert (scene.tile, scene.relative_orbit, scene.datatake, scene.sun) == ("32VNM", 51, "", None)
    assert scene.bands["B02"].offset == -1000  # the name states baseline 05.09, no document lists offsets


def test_level_1b_is_refused_as_such(product):
    file = product / "MTD_MSIL1C.xml"
    file.write_text(file.read_text().replace("Level-1C", "Level-1B"))
    assert "is of level L1B" in refused(product)


def test_a_band_without_georeference_is_named(product):
    file = next(product.glob("GRANULE/*/IMG_DATA/*_B8A.jp2"))
    write_band(file.with_suffix(".tif"), dn_of("B8A", 60), 20, crs=None, driver="GTiff")
    file.with_suffix(".tif").replace(file)
    assert "_B8A.jp2 has no coordinate reference system" in refused(product)


def test_a_band_file_of_no_bytes_is_named(product):
    next(product.glob("GRANULE/*/IMG_DATA/*_B8A.jp2")).write_bytes(b"")
    assert "_B8A.jp2 cannot be opened as a raster" in refused(product)


@pytest.mark.parametrize("kept", [0.99, 0.9, 0.5, 0.1])
@pytest.mark.parametrize("threads", [None, "2", "ALL_CPUS"])
def test_a_truncated_jpeg2000_never_reads_as_nodata(tmp_path, monkeypatch, kept, threads):
    if threads:
        monkeypatch.setenv("GDAL_NUM_THREADS", threads)
    rng = np.random.default_rng(0)
    file = tmp_path / "p" / "B02.jp2"
    write_band(file, rng.integers(1, 4000, (500, 500)).astype(np.uint16), 10, block_px=128)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)])
    scene = open_scene(tmp_path / "p")
    for grid in (scene.grid, scene.grid.crop(Window(480, 480, 20, 20)), scene.grid.at(20)):
        with pytest.raises(InputError, match=r"B02\.jp2 cannot be read .*; the file is probably truncated"):
            read_scaled(scene, ["B02"], grid, resampling="average")


def test_a_file_that_disappears_is_named(product):
    scene = open_scene(product)
    shutil.rmtree(product)
    with pytest.raises(InputError, match=r"_B02\.jp2 cannot be opened"):
        read_scaled(scene, ["B02"], scene.grid)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions bind no administrator")
def test_what_may_not_be_read_is_said_so(product):
    product.chmod(0)
    try:
        assert "cannot be read" in refused(product)
    finally:
        product.chmod(0o755)


def test_unreadable_folders_and_zips_are_said_to_be_so(product, tmp_path, monkeypatch):
    path = make_zip(tmp_path / "p.zip", product)

    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    assert f"{product} cannot be read (Permission denied)" in refused(product)
    monkeypatch.setattr(zipfile, "ZipFile", deny)
    assert "check its permissions" in refused(path)
    assert find_scenes(tmp_path) == []


def test_an_encrypted_zip_is_refused(product, tmp_path):
    path = make_zip(tmp_path / "p.zip", product)
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(signature, place + 4)
    path.write_bytes(data)
    assert "cannot be read" in refused(path)


def test_finest_files_decide_the_grid_though_names_say_otherwise(tmp_path):
    for band, pixel_m in (("B02", 100), ("B11", 50)):
        write_band(tmp_path / "p" / f"{band}.tif", dn_of("B02", 60), pixel_m, driver="GTiff")
    scene = open_scene(tmp_path / "p")
    assert scene.grid.pixel_m == 50
    assert PIXEL_M["B11"] != 50
