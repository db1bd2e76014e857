"""Dates of pixels and STAC items, against the products they describe."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.warp import transform
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.dates import days_since_epoch, write_dates
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.products.stac_item import footprint, item_path
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array


@pytest.fixture(scope="module")
def run(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("side")
    outputs = MosaicOutputs(
        folder / "mosaic.tif",
        rgb=folder / "rgb.tif",
        source=folder / "source.tif",
        dates=folder / "dates.tif",
        report_json=folder / "mosaic.json",
    )
    build(sample.scenes, sample.clouds, MosaicOptions(stac=True), outputs)
    return outputs


def test_every_pixel_has_the_date_of_its_scene(sample, run):
    with rasterio.open(run.source) as source, rasterio.open(run.dates) as dates:
        ranks, days = source.read(1), dates.read(1)
        assert dates.dtypes == ("uint16",)
    assert (days[ranks == 0] == 0).all()
    for rank, scene in enumerate(sample.scenes, 1):
        assert (days[ranks == rank] == (scene.sensed.date() - date(1970, 1, 1)).days).all()
    assert len(np.unique(days[days > 0])) > 1


def test_a_scene_without_a_date_has_nodata(tmp_path):
    grid = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (4, 4))
    write_array(tmp_path / "s.tif", np.array([[[0, 1, 2, 2]] * 4], np.uint16), RasterSpec(grid, "uint16", ("source",)))
    write_dates(tmp_path / "d.tif", tmp_path / "s.tif", {1: date(2024, 2, 29), 2: None})
    with rasterio.open(tmp_path / "d.tif") as dataset:
        assert dataset.read(1)[0].tolist() == [0, 19782, 0, 0]
    assert days_since_epoch(date(2149, 6, 6)) == np.iinfo(np.uint16).max


def test_items_describe_their_rasters(sample, run):
    items = {path.name: json.loads(item_path(path).read_text()) for path in (run.mosaic, run.rgb, run.source, run.dates)}
    for name, item in items.items():
        with rasterio.open(run.mosaic.parent / name) as dataset:
            asset = item["assets"]["data"]
            assert (item_path(run.mosaic).parent / asset["href"]).resolve() == (run.mosaic.parent / name).resolve()
            assert item["properties"]["proj:code"] == str(dataset.crs)
            assert item["properties"]["proj:shape"] == [dataset.height, dataset.width]
            assert Affine(*item["properties"]["proj:transform"]) == dataset.transform
            spectral = dataset.descriptions[0].startswith("B")
            assert [band["name"] for band in asset.get("eo:bands", [])] == (list(dataset.descriptions) if spectral else [])
            assert asset["roles"] == {"mosaic.tif": ["data", "reflectance"], "rgb.tif": ["visual"]}.get(name, ["data"])
            assert [band["data_type"] for band in asset["raster:bands"]] == list(dataset.dtypes)
    mosaic = items["mosaic.tif"]
    assert mosaic["assets"]["data"]["raster:bands"][0]["scale"] == 1e-4
    assert "scale" not in items["rgb.tif"]["assets"]["data"]["raster:bands"][0]
    assert json.loads(run.report_json.read_text())["bands"]  # a report called mosaic.json is no item


def test_times_span_the_scenes_that_show(sample, run):
    item = json.loads(item_path(run.mosaic).read_text())
    properties, shown = item["properties"], {link["title"] for link in item["links"]}
    sensed = sorted(scene.sensed for scene in sample.scenes if scene.id in shown)
    read = [datetime.strptime(properties[f"{end}_datetime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for end in ("start", "end")]
    assert abs((read[0] - sensed[0]).total_seconds()) < 1
    assert abs((read[1] - sensed[-1]).total_seconds()) < 1
    assert properties["datetime"] is None


def test_the_footprint_holds_every_corner_and_edge():
    grid = Grid("EPSG:32633", Affine(10, 0, 300000, 0, -10, 7900020), (10980, 10980))
    outline = footprint(grid)
    rows, cols = np.meshgrid(np.linspace(20, 10960, 40), np.linspace(20, 10960, 40))
    x, y = grid.to_map(rows.ravel(), cols.ravel())
    lon, lat = transform(grid.crs, "EPSG:4326", x, y)
    assert shapely.contains_xy(outline, lon, lat).all()
    item_box = outline.bounds
    assert item_box[0] < min(lon)
    assert item_box[3] > max(lat)


def test_nobody_asked_nothing_is_written(sample, tmp_path):
    build(sample.scenes, sample.clouds, MosaicOptions(), MosaicOutputs(tmp_path / "m.tif"))
    assert [path.name for path in tmp_path.iterdir()] == ["m.tif"]
