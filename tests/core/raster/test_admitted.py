"""A raster is what it is called: no virtual raster by another name, no network, no pipe."""

import os
import threading

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.admitted import DEEPEST_VIRTUAL, check_virtual
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.read import open_raster
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.vrt import FileBand, files_vrt
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene
from skyfri.plugin.core.vector.features import read_frame

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), (8, 8))


def raster(path):
    write_array(path, np.full((1, 8, 8), 900, np.uint16), RasterSpec(GRID, "uint16", ("B02",)))
    return path


def virtual(path, source):
    path.write_text(files_vrt(GRID, [FileBand(str(source), "uint16")]))
    return path


def refused(path):
    with pytest.raises(InputError) as caught, open_raster(path):
        pass
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def test_a_virtual_raster_that_the_user_named_is_read(tmp_path):
    inner = virtual(tmp_path / "a.vrt", raster(tmp_path / "a.tif"))
    with open_raster(virtual(tmp_path / "b.vrt", inner)) as dataset:
        assert dataset.read(1)[0, 0] == 900


@pytest.mark.parametrize("name", ["B02.jp2", "B02.tif", "scene.TIF"])
def test_one_by_another_name_is_refused(tmp_path, name):
    assert "by another name" in refused(virtual(tmp_path / name, raster(tmp_path / "secret.tif")))
    (tmp_path / "x").mkdir()
    virtual(tmp_path / "x" / "T33UUU_20230810T104629_B02.jp2", tmp_path / "secret.tif")
    with pytest.raises(InputError, match="by another name"):
        open_scene(tmp_path / "x")


def test_one_that_hides_behind_another_is_refused(tmp_path):
    hidden = virtual(tmp_path / "hidden.tif", raster(tmp_path / "secret.tif"))
    with (
        pytest.raises(InputError, match=r"hidden\.tif is a virtual raster by another name"),
        open_raster(virtual(tmp_path / "a.vrt", hidden)),
    ):
        pass


@pytest.mark.parametrize("source", ["/vsicurl/http://127.0.0.1:9/a.tif", "http://127.0.0.1:9/a.tif", "/vsis3/bucket/a.tif", "WMS:x"])
def test_the_network_is_never_asked(tmp_path, source):
    assert "from the network" in refused(virtual(tmp_path / "a.vrt", source))
    with pytest.raises(InputError, match="network"), open_raster(source):
        pass
    with pytest.raises(InputError, match="network"):
        read_frame(source)


def test_a_chain_that_never_ends_is_refused(tmp_path):
    loop = tmp_path / "loop.vrt"
    virtual(loop, loop)
    with pytest.raises(InputError, match=f"more than {DEEPEST_VIRTUAL} virtual"), open_raster(loop):
        pass


def test_a_map_service_is_no_raster(tmp_path):
    path = tmp_path / "wms.xml"
    path.write_text("<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>")
    assert "by another name" in refused(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("read", [lambda path: open_raster(path).__enter__(), read_frame, open_scene])
def test_a_pipe_is_told_at_once(tmp_path, read):
    path = tmp_path / "pipe.tif"
    os.mkfifo(path)
    said = []

    def run():
        try:
            read(path)
        except InputError as error:
            said.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert str(path) in said[0]


def test_a_virtual_layer_by_another_name_is_refused(tmp_path):
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:32633").to_file(tmp_path / "secret.gpkg")
    source = f"<SrcDataSource>{tmp_path}/secret.gpkg</SrcDataSource>"
    text = f'<OGRVRTDataSource><OGRVRTLayer name="secret">{source}</OGRVRTLayer></OGRVRTDataSource>'
    (tmp_path / "clouds.geojson").write_text(text)
    with pytest.raises(InputError, match="by another name"):
        read_frame(tmp_path / "clouds.geojson")
    (tmp_path / "far.vrt").write_text(text.replace(f"{tmp_path}/secret.gpkg", "/vsicurl/http://127.0.0.1:9/c.gpkg"))
    with pytest.raises(InputError, match="network"):
        read_frame(tmp_path / "far.vrt")


def test_ours_pass():
    check_virtual("<VRTDataset/>")
