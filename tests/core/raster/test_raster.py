"""The one writer and what it leaves: nothing half-written."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.read import open_raster
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array, write_raster

GRID = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (120, 90))
SPEC = RasterSpec(GRID, "uint16", ("B02", "B03"), tags={"SCENE_ID": "a & <b>"})


@pytest.fixture
def written(tmp_path):
    array = np.random.default_rng(0).integers(1, 9000, (2, *GRID.shape), dtype=np.uint16)
    array[:, :10] = 0
    write_array(tmp_path / "a.tif", array, SPEC)
    return tmp_path / "a.tif", array


def test_what_is_written_is_read_back_with_names_and_tags(written):
    path, array = written
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(dataset.read(), array)
        assert (dataset.descriptions, dataset.nodata, dataset.tags()["SCENE_ID"]) == (("B02", "B03"), 0, "a & <b>")


def test_windows_in_any_order_make_the_same_raster(written, tmp_path):
    path, array = written
    with write_raster(tmp_path / "b.tif", SPEC) as sink:
        for window in reversed(list(GRID.window.blocks(37))):
            sink.write(array[(slice(None), *window.slices_in(GRID.window))], window)
    assert (tmp_path / "b.tif").read_bytes() == path.read_bytes()


def test_a_step_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), write_raster(tmp_path / "a.tif", SPEC) as sink:
        sink.write(np.ones((2, 5, 90), np.uint16), Window(0, 0, 5, 90))
        raise RuntimeError("stop")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"file.*a\.tif cannot be written"):
        write_array(tmp_path / "file" / "a.tif", np.ones((2, *GRID.shape), np.uint16), SPEC)


def test_leftovers_of_a_killed_run_go_and_nothing_else_does(tmp_path):
    (tmp_path / ".a.tif.0123abcd.raw").write_bytes(b"half")
    (tmp_path / ".a.tif.0123abcd").mkdir()
    kept = [tmp_path / ".a.tif.parts", tmp_path / ".b.tif.0123abcd.raw", tmp_path / "a.tif.aux.xml"]
    for path in kept:
        path.write_bytes(b"mine")
    write_array(tmp_path / "a.tif", np.ones((2, *GRID.shape), np.uint16), SPEC)
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "a.tif"])


def test_what_is_no_raster_is_named(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"no raster")
    with pytest.raises(InputError, match=r"a\.tif cannot be opened"), open_raster(tmp_path / "a.tif"):
        pass
