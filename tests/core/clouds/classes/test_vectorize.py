"""Polygons of class rasters: valid, without overlap, sharing edges, few vertices."""

import warnings
from itertools import pairwise

import fiona
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.features import rasterize
from scipy import ndimage
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.clouds.classes.class_raster import ClassRaster, read_classes
from skyfri.plugin.core.clouds.classes.vectorize import VectorizeOptions, polygons_of, vectorize
from skyfri.plugin.core.clouds.polygons import CloudPolygons, merge, read_polygons, write_polygons
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.regions.components import components_of


def grid_of_shape(shape, pixel_m=10.0):
    return Grid("EPSG:32633", Affine(pixel_m, 0, 500_000, 0, -pixel_m, 6_000_000), shape)


RASTERS = arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([0, 0, 1, 1, 2, 255]))


def blobs(shape, seed, sigma_px=2.0, threshold=0.3):
    random = np.random.default_rng(seed)
    fields = [ndimage.gaussian_filter(random.normal(size=shape), sigma_px) for _ in range(2)]
    cloud, shadow = (field / field.std() > threshold for field in fields)
    return np.where(cloud, 1, np.where(shadow, 2, 0)).astype(np.uint8)


def polygons(classes, simplify_m=0.0, mmu_ha=0.0):
    origin = np.isin(classes, (1, 2)).astype(np.uint8)
    raster = ClassRaster(classes, origin, grid_of_shape(classes.shape), {"SCENE_ID": "s"})
    return polygons_of(raster, VectorizeOptions(simplify_m, mmu_ha)).frame


def burnt(frame, shape):
    shapes = [(polygon, 1 if kind == "cloud" else 2) for polygon, kind in zip(frame.geometry, frame["class"], strict=True)]
    return rasterize(shapes, shape, transform=grid_of_shape(shape).transform, dtype="uint8") if shapes else np.zeros(shape, np.uint8)


def assert_is_coverage(frame):
    geometry = np.asarray(frame.geometry.values)
    assert shapely.is_valid(geometry).all(), shapely.is_valid_reason(geometry[~shapely.is_valid(geometry)])
    assert (shapely.get_type_id(geometry) == shapely.GeometryType.POLYGON).all()
    assert shapely.area(geometry).sum() == pytest.approx(shapely.area(shapely.union_all(geometry)), abs=1e-6)


def segments(polygon):
    return {frozenset(side) for ring in (polygon.exterior, *polygon.interiors) for side in pairwise(ring.coords)}


@settings(max_examples=150, deadline=None)
@given(RASTERS, st.sampled_from([0.0, 5.0, 10.0, 40.0]))
def test_any_raster_becomes_a_coverage_with_a_polygon_per_component(classes, simplify_m):
    frame = polygons(classes, simplify_m)
    assert_is_coverage(frame)
    for code, name in ((1, "cloud"), (2, "shadow")):
        assert (frame["class"] == name).sum() == ndimage.label(classes == code)[1]


@settings(max_examples=100, deadline=None)
@given(RASTERS)
def test_without_simplification_every_pixel_centre_keeps_its_class(classes):
    assert (burnt(polygons(classes), classes.shape) == np.where(classes == 255, 0, classes)).all()


@pytest.mark.parametrize("simplify_m", [0.0, 7.5, 15.0, 60.0])
def test_neighbours_share_their_edges_exactly(simplify_m):
    frame = polygons(blobs((120, 120), 3), simplify_m)
    assert_is_coverage(frame)
    geometry = np.asarray(frame.geometry.values)
    tree = shapely.STRtree(geometry)
    first, second = tree.query(geometry, predicate="touches")
    shared = 0
    for a, b in zip(first, second, strict=True):
        line = shapely.intersection(geometry[a], geometry[b])
        if line.length:
            shared += 1
            common = segments(geometry[a]) & segments(geometry[b])
            assert sum(shapely.LineString(sorted(side)).length for side in common) == pytest.approx(line.length)
    assert shared > 20


def test_the_default_keeps_the_shape_with_far_fewer_vertices():
    classes = blobs((400, 400), 5, sigma_px=5)
    frame = polygons(classes, simplify_m=None)
    assert_is_coverage(frame)
    image = burnt(frame, classes.shape)
    for code in (1, 2):
        assert ((image == code) & (classes == code)).sum() / ((image == code) | (classes == code)).sum() > 0.97
    vertices = shapely.get_num_coordinates(np.asarray(frame.geometry.values)).sum()
    corners = shapely.get_num_coordinates(np.asarray(polygons(classes).geometry.values)).sum()
    assert vertices < 0.75 * corners
    assert 1000 * vertices / frame.geometry.length.sum() < 40


def test_a_slanting_edge_becomes_one_straight_line():
    rows, cols = np.indices((40, 40))
    classes = (rows > cols).astype(np.uint8)
    frame = polygons(classes)
    assert len(frame) == 1
    assert len(frame.geometry[0].exterior.coords) <= 8


def test_a_polygon_that_touches_itself_gets_a_hole():
    classes = np.array([[1, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1]], np.uint8)
    frame = polygons(classes)
    assert_is_coverage(frame)
    assert len(frame) == 1
    assert frame.geometry[0].area == pytest.approx(1200, rel=0.12)
    assert len(frame.geometry[0].interiors) == 2


def test_nothing_smaller_than_asked_is_left():
    frame = polygons(blobs((150, 150), 8, sigma_px=1.0), simplify_m=12.0, mmu_ha=0.2)
    assert len(frame)
    isolated = [not any(p.touches(q) for q in frame.geometry if q is not p) for p in frame.geometry]
    assert frame.area_m2[isolated].min() >= 2000
    assert frame.area_m2.min() >= 0.6 * 2000


def test_scraps_of_another_origin_join_the_polygon_of_their_class():
    classes, origin = np.zeros((20, 30), np.uint8), np.zeros((20, 30), np.uint8)
    classes[5:15, 5:15], origin[5:15, 5:15] = 2, 1
    classes[5:15, 15:25], origin[5:15, 15:25] = 2, 2
    origin[8:10, 20], origin[4:6, 7] = 1, 2
    classes[4, 7] = 2
    frame = polygons_of(ClassRaster(classes, origin, grid_of_shape(classes.shape), {}), VectorizeOptions(0.0)).frame
    assert sorted(frame["origin"]) == ["geometry", "model"]
    assert_is_coverage(frame)


def test_an_empty_raster_gives_an_empty_layer_with_the_fields():
    frame = polygons(np.zeros((5, 5), np.uint8))
    assert len(frame) == 0
    assert {"scene", "class", "confidence", "area_m2", "model", "origin", "max_p", "thresholds", "resolution"} <= set(frame.columns)
    assert frame.crs == "EPSG:32633"


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson", "fgb"])
def test_an_empty_layer_is_written_without_a_warning_and_knows_its_kind(tmp_path, suffix):
    path = tmp_path / f"none.{suffix}"
    empty = CloudPolygons(polygons(np.zeros((5, 5), np.uint8)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_polygons(path, empty)
    if suffix == "geojson":  # has no place for the fields of nothing
        return
    assert len(read_polygons(path).frame) == 0
    with fiona.open(path) as layer:
        assert layer.schema["geometry"] == "Polygon"
        assert {"scene", "class", "area_m2"} <= set(layer.schema["properties"])
        assert layer.schema["properties"]["area_m2"].startswith("float")
        assert layer.schema["properties"]["scene"].startswith("str")


def test_no_polygons_of_no_scenes_are_texts_all_the_same(tmp_path):
    write_polygons(tmp_path / "none.gpkg", merge([], "EPSG:32633"))
    with fiona.open(tmp_path / "none.gpkg") as layer:
        assert layer.schema["properties"]["scene"].startswith("str")


@settings(max_examples=60, deadline=None)
@given(RASTERS)
def test_components_are_scipys(classes):
    found = components_of(classes)
    expected = sum(ndimage.label(classes == code)[1] for code in (1, 2, 255))
    assert found.count == expected
    assert found.areas_px.sum() == (classes != 0).sum()
    weights = np.arange(classes.size).reshape(classes.shape)
    labels = np.zeros(classes.size, int)
    for run, number in enumerate(found.labels):
        labels[found.runs.start[run] : found.runs.stop[run]] = number + 1
    labels = labels.reshape(classes.shape)
    index = np.arange(1, found.count + 1)
    if found.count:
        assert (found.sums(weights) == ndimage.sum(weights, labels, index)).all()
        assert (found.maxima(weights) == ndimage.maximum(weights, labels, index)).all()


@pytest.mark.parametrize("nodata", [None, 0])
def test_a_mask_of_0_and_255_is_no_class_raster(tmp_path, nodata):
    mask = np.zeros((1, 60, 60), np.uint8)
    mask[0, 20:40, 20:40] = 255
    grid = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), (60, 60))
    write_array(tmp_path / "mask.tif", mask, RasterSpec(grid, "uint8", ("mask",), nodata))
    with pytest.raises(InputError, match=r"mask\.tif holds the codes \[255\]"):
        read_classes(tmp_path / "mask.tif")
    write_array(tmp_path / "empty.tif", mask, RasterSpec(grid, "uint8", ("class",), 255))
    assert (read_classes(tmp_path / "empty.tif").classes[20:40, 20:40] == 255).all()


@pytest.mark.parametrize(("crs", "pixel"), [("EPSG:4326", 0.0001), ("EPSG:3857", 10), ("EPSG:2263", 30)])
def test_hectares_in_degrees_feet_or_mercator_are_refused(tmp_path, crs, pixel):
    place = {"EPSG:4326": (10.8, 60.4), "EPSG:3857": (1_200_000, 8_400_000), "EPSG:2263": (1_000_000, 200_000)}[crs]
    grid = Grid(crs, Affine(pixel, 0, place[0], 0, -pixel, place[1]), (60, 60))
    classes = np.zeros((1, 60, 60), np.uint8)
    classes[0, 20:40, 20:40] = 1
    write_array(tmp_path / "classes.tif", classes, RasterSpec(grid, "uint8", ("class",), 255))
    with pytest.raises(InputError, match="warp it to a CRS in metres"):
        vectorize(tmp_path / "classes.tif", VectorizeOptions(mmu_ha=5))
