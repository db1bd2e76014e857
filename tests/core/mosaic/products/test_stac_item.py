"""Items against what the schemas of STAC 1.0.0 and of the extensions demand, and against the data they describe."""

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.warp import transform
from skyfri.plugin.core.mosaic.products.stac_item import item_path, make_item, write_item
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import Scene
from skyfri.plugin.core.scenes.formats.stac import band_assets, bands_of_asset
from skyfri.plugin.core.scenes.msi import BANDS, MSI

ALBERS = "+proj=laea +lat_0=65 +lon_0=15 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
DATA_TYPES = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"}
COMMON_NAMES = {
    "coastal", "blue", "green", "red", "rededge", "rededge1", "rededge2", "rededge3", "yellow", "pan", "nir", "nir08", "nir09", "cirrus",
    "swir16", "swir22", "lwir", "lwir11", "lwir12",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def assert_follows_the_schemas(item):
    """Check what item.json of STAC 1.0.0, projection 1.2.0, eo 1.1.0 and raster 1.1.0 say of an item such as ours."""
    assert item["type"] == "Feature" and item["stac_version"] == "1.0.0" and item["id"]
    assert {"geometry", "bbox", "properties", "links", "assets"} <= set(item)
    assert len(set(item["stac_extensions"])) == len(item["stac_extensions"])
    used = {extension.split("/")[3] for extension in item["stac_extensions"]}
    asset = item["assets"]["data"]
    assert used == {"projection", "raster"} | ({"eo"} if "eo:bands" in asset else set())
    assert len(item["bbox"]) == 4 and -180 <= item["bbox"][0] < item["bbox"][2] <= 180 and -90 <= item["bbox"][1] < item["bbox"][3] <= 90
    outline = shapely.geometry.shape(item["geometry"])
    assert outline.is_valid and outline.geom_type in {"Polygon", "MultiPolygon"}
    assert all(shapely.is_ccw(part.exterior) for part in shapely.get_parts(outline))
    np.testing.assert_allclose(outline.bounds, item["bbox"], atol=1e-7)
    properties = item["properties"]
    if properties["datetime"] is None:
        assert TIME.fullmatch(properties["start_datetime"]) and TIME.fullmatch(properties["end_datetime"])
        assert datetime.fromisoformat(properties["start_datetime"][:-1]) <= datetime.fromisoformat(properties["end_datetime"][:-1])
    else:
        assert TIME.fullmatch(properties["datetime"])
    assert TIME.fullmatch(properties["created"])
    assert isinstance(properties["instruments"], list) and properties["gsd"] > 0
    known = {"proj:epsg", "proj:code", "proj:wkt2", "proj:bbox", "proj:shape", "proj:transform"}
    assert {key for key in properties if key.startswith("proj:")} <= known
    assert properties["proj:epsg"] is None or isinstance(properties["proj:epsg"], int)
    assert properties["proj:code"] in {None, f"EPSG:{properties['proj:epsg']}"}
    assert properties["proj:epsg"] or rasterio.crs.CRS.from_wkt(properties["proj:wkt2"]).is_projected
    assert len(properties["proj:bbox"]) == 4 and len(properties["proj:transform"]) in {6, 9}
    assert len(properties["proj:shape"]) == 2 and all(isinstance(n, int) for n in properties["proj:shape"])
    assert not any(key.startswith(("eo:", "raster:")) for key in properties)
    assert all(link["rel"] and isinstance(link["href"], str) for link in item["links"])
    assert asset["type"] == "image/tiff; application=geotiff; profile=cloud-optimized"
    assert asset["roles"] and set(asset["roles"]) <= {"data", "reflectance", "visual"}
    for band in asset.get("eo:bands", []):
        assert set(band) <= {"name", "common_name", "center_wavelength"} and 0.4 < band["center_wavelength"] < 2.5
        assert band.get("common_name", "red") in COMMON_NAMES
    for band in asset["raster:bands"]:
        assert band["data_type"] in DATA_TYPES
        assert isinstance(band.get("nodata", 0), int | float) and band["spatial_resolution"] > 0


def raster(path, crs="EPSG:32633", dtype="uint16", bands=("B02", "B03", "B04"), nodata=0):
    grid = Grid(crs, Affine(20, 0, 500_000, 0, -20, 7_200_000), (1500, 1300))
    data = np.zeros((len(bands), *grid.shape), dtype)
    data[:, 200:900, 300:700] = 9
    data[:, 880:1400, 600:640] = 9
    data[:, 400:500, 400:500] = 0
    write_array(path, data, RasterSpec(grid, dtype, bands, nodata))
    return grid, data[0] > 0


@pytest.mark.parametrize(
    ("bands", "dtype", "nodata"), [(("B02", "B03", "B04"), "uint16", 0), (("B04", "B03", "B02"), "uint8", 0), (("date",), "uint16", None)]
)
def test_an_item_follows_the_schemas(tmp_path, bands, dtype, nodata):
    raster(tmp_path / "p.tif", bands=bands, dtype=dtype, nodata=nodata)
    item = json.loads(write_item(tmp_path / "p.tif", [], reflectance=dtype == "uint16" and len(bands) == 3).read_text())
    assert_follows_the_schemas(item)
    assert item["properties"]["proj:epsg"] == 32633
    assert ("nodata" in item["assets"]["data"]["raster:bands"][0]) == (nodata is not None)
    assert item_path(tmp_path / "p.tif").name == "p.stac.json"


@pytest.mark.parametrize("told_by", [("name",), ("common_name", "center_wavelength")])
def test_our_own_reader_finds_every_band_of_an_item(tmp_path, told_by):
    raster(tmp_path / "p.tif", bands=BANDS)
    item = json.loads(write_item(tmp_path / "p.tif", [], reflectance=True).read_text())
    asset = item["assets"]["data"]
    asset["eo:bands"] = [{key: band[key] for key in told_by} for band in asset["eo:bands"]]
    assert bands_of_asset(asset) == BANDS


@pytest.mark.parametrize("band", BANDS)
def test_a_file_that_its_item_alone_names_is_found(band):
    """The red edge too: catalogues call three bands so, and the wavelength tells which."""
    stated = {"common_name": MSI[band].common_name, "center_wavelength": MSI[band].wavelength_nm / 1000 + 0.004}
    item = {"assets": {"samples": {"href": "./one.tif", "eo:bands": [stated]}}}
    assert band_assets(item, ["folder/one.tif"]) == {band: "folder/one.tif"}


def test_a_common_name_of_several_bands_alone_tells_none():
    assert bands_of_asset({"eo:bands": [{"common_name": "rededge"}]}) == ("",)
    assert bands_of_asset({"eo:bands": [{"common_name": "rededge", "center_wavelength": 0.665}]}) == ("",)
    assert bands_of_asset({"bands": [{"eo:common_name": "rededge", "eo:center_wavelength": 0.74}]}) == ("B06",)
    assert bands_of_asset({"eo:bands": [{"common_name": "rededge071"}]}) == ("B05",)


def test_a_crs_without_a_number_is_written_out(tmp_path):
    grid, _ = raster(tmp_path / "p.tif", crs=ALBERS)
    item = make_item(tmp_path / "p.tif", [])
    assert_follows_the_schemas(item)
    assert item["properties"]["proj:epsg"] is None and item["properties"]["proj:code"] is None
    np.testing.assert_allclose(item["properties"]["proj:bbox"], grid.bounds)


def test_the_geometry_follows_the_data_and_holds_every_pixel(tmp_path):
    grid, known = raster(tmp_path / "p.tif")
    outline = shapely.geometry.shape(make_item(tmp_path / "p.tif", [])["geometry"])
    row, col = (values[::97] for values in np.nonzero(known))
    lon, lat = transform(grid.crs, "EPSG:4326", *grid.to_map(row, col))
    assert shapely.contains_xy(outline, lon, lat).all()
    far = np.zeros_like(known)
    far[:150], far[1000:, :550], far[:, 750:] = True, True, True
    row, col = (values[::97] for values in np.nonzero(far))
    lon, lat = transform(grid.crs, "EPSG:4326", *grid.to_map(row, col))
    assert not shapely.contains_xy(outline, lon, lat).any()
    assert len(shapely.get_coordinates(outline)) < 80


def test_a_raster_without_data_has_the_outline_of_its_grid(tmp_path):
    grid = Grid("EPSG:32633", Affine(20, 0, 500_000, 0, -20, 7_200_000), (30, 40))
    write_array(tmp_path / "p.tif", np.zeros((1, 30, 40), np.uint8), RasterSpec(grid, "uint8", ("density",)))
    assert_follows_the_schemas(make_item(tmp_path / "p.tif", []))


def test_scenes_are_linked_and_bound_the_time(sample, tmp_path):
    raster(tmp_path / "p.tif")
    scenes: list[Scene] = sample.scenes
    item = make_item(tmp_path / "p.tif", scenes)
    assert_follows_the_schemas(item)
    assert [link["title"] for link in item["links"]] == [scene.id for scene in scenes]
    assert item["properties"]["start_datetime"] == min(scene.sensed for scene in scenes).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert item["properties"]["end_datetime"] == max(scene.sensed for scene in scenes).strftime("%Y-%m-%dT%H:%M:%SZ")
    for link, scene in zip(item["links"], scenes, strict=True):
        assert not link["href"].startswith("/") and (tmp_path / link["href"]).resolve() == Path(scene.path).resolve()
    elsewhere = replace(scenes[0], path="https://example.org/a.tif")
    assert make_item(tmp_path / "p.tif", [elsewhere])["links"][0]["href"] == elsewhere.path
