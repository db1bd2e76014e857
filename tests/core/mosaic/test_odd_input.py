"""Input that is allowed but rare: empty blocks, nested polygons, layers in the wrong CRS, wide feathers, huge radii."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.clouds.polygons import CloudPolygons, clean
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.seams.seamlines import read_seamlines
from skyfri.plugin.core.pages.charts import ratio_chart
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.regions.burn import burn, prepare_edges
from skyfri.plugin.core.vector.features import write_frame

from .conftest import Listener, make_sample


def outputs_in(folder):
    return MosaicOutputs(
        folder / "m.tif", rgb=folder / "rgb.tif", source=folder / "s.tif", report_json=folder / "r.json", report_html=folder / "r.html"
    )


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


def test_blocks_without_data_are_empty_in_every_product(sample, tmp_path):
    west, south, east, north = sample.scenes[0].grid.bounds
    width = east - west
    outputs = outputs_in(tmp_path)
    build(sample.scenes[:1], sample.clouds, MosaicOptions(bounds=(west - 2 * width, south, east, north), block_px=512), outputs)
    mosaic, rgb, source = (read(path) for path in (outputs.mosaic, outputs.rgb, outputs.source))
    assert not mosaic[:, :, :512].any() and not rgb[:, :, :512].any()
    assert ((rgb > 0).all(axis=0) == (source[0] > 0)).all() and source.any()
    nowhere = (west - 3 * width, south, west - 2 * width, north)
    with pytest.raises(InputError, match="No scene reaches"):
        build(sample.scenes[:1], sample.clouds, MosaicOptions(bounds=nowhere), outputs)


def test_a_scene_of_nothing_but_nodata_gives_an_empty_mosaic_with_a_report(sample, tmp_path):
    scene = sample.scenes[0]
    everything = gpd.GeoDataFrame({"scene": [scene.id], "class": ["cloud"]}, geometry=[shapely.box(*scene.grid.bounds)], crs=scene.grid.crs)
    outputs = outputs_in(tmp_path)
    build([scene], CloudPolygons(everything), MosaicOptions(), outputs)
    assert not read(outputs.mosaic).any() and not read(outputs.rgb).any() and outputs.report_html.exists()


def spiked():
    """Return an outline that crosses itself and has a spike: mended, it is a multipolygon within a collection."""
    outline = shapely.Polygon([(0, 0), (40, 40), (40, 0), (0, 40), (0, 20), (-30, 20), (0, 20)])
    mended = shapely.make_valid(outline)
    assert mended.geom_type == "GeometryCollection" and any(part.geom_type == "MultiPolygon" for part in mended.geoms)
    return outline, mended


def test_what_mending_nests_is_not_lost():
    outline, mended = spiked()
    frame = gpd.GeoDataFrame({"scene": ["a"], "class": ["cloud"]}, geometry=[outline], crs="EPSG:32633")
    listener = Listener()
    polygons = clean(frame, "clouds", listener)
    assert polygons.frame.geometry.area.sum() == pytest.approx(mended.area)
    assert (polygons.frame.geom_type == "Polygon").all() and "1 invalid polygon(s) mended" in listener.warnings[0]
    grid = Grid("EPSG:32633", Affine(1, 0, 0, 0, -1, 40), (40, 40))
    assert burn(prepare_edges([mended], grid), grid.window).sum() == pytest.approx(mended.area, abs=45)


def test_seam_polygons_of_unknown_scenes_are_told(sample, tmp_path):
    frame = sample.clouds.frame[["scene", "geometry"]].reset_index(drop=True)
    frame.loc[0, "scene"] = "last_year"
    write_frame(tmp_path / "seams.gpkg", frame, "seams")
    listener = Listener()
    assert read_seamlines(str(tmp_path / "seams.gpkg"), make_plan(sample.scenes, None, MosaicOptions()), listener)
    assert listener.warnings == ["Seam polygons of last_year name no scene of this mosaic; their places go by priority."]


def test_lines_and_points_are_no_clouds():
    line, area = shapely.LineString([(0, 0), (9, 9)]), shapely.box(0, 0, 9, 9)
    frame = gpd.GeoDataFrame({"scene": ["a", "a"], "class": ["cloud", "cloud"]}, geometry=[line, area], crs="EPSG:32633")
    listener = Listener()
    assert len(clean(frame, "clouds", listener).frame) == 1
    assert listener.warnings == ["clouds: 1 feature(s) that are no polygons left out."]
    with pytest.raises(InputError, match="holds points or lines and no polygon"):
        clean(frame.iloc[:1], "clouds", listener)


def test_polygons_in_the_wrong_crs_are_told(sample, tmp_path):
    metres = sample.clouds.frame.to_crs(sample.scenes[0].grid.crs)
    for frame in (metres.set_crs("EPSG:4326", allow_override=True), metres.set_crs("EPSG:32601", allow_override=True)):
        with pytest.raises(InputError, match="far from the scenes they name"):
            make_plan(sample.scenes, CloudPolygons(frame), MosaicOptions())
        seams = tmp_path / "seams.gpkg"
        write_frame(seams, frame[["scene", "geometry"]].reset_index(drop=True), "seams")
        with pytest.raises(InputError, match="lie outside the mosaic"):
            read_seamlines(str(seams), make_plan(sample.scenes, None, MosaicOptions()))
    beside = metres.assign(geometry=metres.translate(60_000))  # those of a whole granule, of which a piece is used
    make_plan(sample.scenes, CloudPolygons(beside), MosaicOptions())
    one = metres.copy()
    moved = one["scene"] == sample.scenes[0].id
    one.loc[moved, "geometry"] = one.loc[moved, "geometry"].translate(1e6)
    listener = Listener()
    make_plan(sample.scenes, CloudPolygons(one), MosaicOptions(), listener)
    assert any("lie far from them" in warning and sample.scenes[0].id in warning for warning in listener.warnings)


def test_the_widest_feather_leaves_no_hole_at_a_single_pixel(sample, tmp_path):
    """Everything but one pixel of the first scene lies under cloud, and that pixel under cloud of all the others."""
    scenes = sample.scenes[:2]
    first, second = scenes[0].id, scenes[1].id
    grid = scenes[0].grid
    clear = (read_rank(scenes[:1], tmp_path / "a") > 0) & (read_rank(scenes[1:2], tmp_path / "b", grid.bounds) > 0)
    row, col = (int(n) for n in np.argwhere(clear[200:400, 200:400])[0] + 200)
    x, y = grid.to_map(np.array([row]), np.array([col]))
    pixel = shapely.box(x[0] - grid.pixel_m / 2, y[0] - grid.pixel_m / 2, x[0] + grid.pixel_m / 2, y[0] + grid.pixel_m / 2)
    inner = pixel.buffer(-grid.pixel_m / 4, join_style="mitre")
    shapes = {first: shapely.box(*grid.bounds).difference(inner), second: inner}
    frame = gpd.GeoDataFrame({"scene": list(shapes), "class": "cloud"}, geometry=list(shapes.values()), crs=grid.crs)
    outputs = outputs_in(tmp_path)
    build(scenes, CloudPolygons(frame), MosaicOptions(balance="none", feather_px=64, bounds=grid.bounds), outputs)
    source, mosaic, rgb = read(outputs.source)[0], read(outputs.mosaic), read(outputs.rgb)
    assert source[row, col] == 1
    assert (mosaic[:, source > 0] > 0).all() and (rgb[:, source > 0] > 0).all()


def read_rank(scenes, folder, bounds=None):
    folder.mkdir()
    build(scenes, None, MosaicOptions(balance="none", bounds=bounds), replace(outputs_in(folder), report_json=None, report_html=None))
    return read(folder / "s.tif")[0]


def test_the_picture_of_joined_fills_does_not_depend_on_the_blocks(tmp_path):
    sample = make_sample(tmp_path, size_px=840, pixel_m=10.0, seed=9)
    pictures = []
    for block_px in (512, 1024):
        outputs = MosaicOutputs(tmp_path / f"m{block_px}.tif", rgb=tmp_path / f"rgb{block_px}.tif")
        scenes = sorted(sample.scenes, key=lambda scene: scene.path)
        build(scenes, sample.clouds, MosaicOptions(fill="blended", feather_px=10, block_px=block_px), outputs)
        pictures.append(read(outputs.rgb).astype(int))
    apart = np.abs(pictures[0] - pictures[1])
    assert apart.max() <= 1 and (apart > 0).sum() < 30  # sums in another order round otherwise


def test_a_ratio_of_zero_can_be_drawn():
    assert "nan" not in ratio_chart([("seams", 0.0, {"B02": 0.0, "B03": 1.0})], (0.95, 1.1), "title", {})


def test_a_radius_beyond_the_country_and_scenes_called_by_numbers(sample, tmp_path):
    scene = sample.scenes[0]
    renamed = [replace(scene, id="20230610"), *sample.scenes[1:]]
    x, y = scene.footprint.centroid.coords[0]
    points = gpd.GeoDataFrame(
        {"scene": [20230610], "change": [5.0], "radius_m": [1e12]}, geometry=[shapely.Point(x, y)], crs=scene.grid.crs
    )
    path = tmp_path / "points.gpkg"
    write_frame(path, points, "points")
    report = build(renamed, None, MosaicOptions(dodge_points=str(path)), MosaicOutputs(tmp_path / "m.tif"))
    (wish,) = report.content["dodge_points"]
    assert wish["scene"] == "20230610" and wish["given_pct"] == pytest.approx(5, abs=0.2)
