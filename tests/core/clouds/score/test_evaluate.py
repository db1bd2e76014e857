"""Evaluation against cases with known answers and against other ways to count."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.features import rasterize
from scipy import ndimage
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.clouds.classes import class_raster
from skyfri.plugin.core.clouds.classes.class_raster import ClassRaster, write_classes
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.clouds.score.evaluate import EvaluateOptions, burn_classes, evaluate
from skyfri.plugin.core.clouds.score.evaluation_report import as_html, as_json, write_report
from skyfri.plugin.core.clouds.score.scores import boundaries_of, class_scores, confusion_of, objects_of
from skyfri.plugin.core.raster.grid import Grid

RASTERS = arrays(np.uint8, (12, 15), elements=st.sampled_from([0, 0, 1, 1, 2, 255]))


def layer(*rows, crs="EPSG:32633"):
    """Polygons from (scene, class, west, south, east, north)."""
    boxes = [shapely.box(*row[2:]) for row in rows]
    return CloudPolygons(gpd.GeoDataFrame({"scene": [r[0] for r in rows], "class": [r[1] for r in rows]}, geometry=boxes, crs=crs))


CLOUD = ("a", "cloud", 0, 0, 400, 400)
SHADOW = ("a", "shadow", 400, 0, 800, 400)


def test_equal_polygons_agree_completely():
    result = evaluate(layer(CLOUD, SHADOW), layer(CLOUD, SHADOW))
    figures = result.figures()
    assert figures["IOU_CLOUD"] == figures["IOU_SHADOW"] == figures["BALANCED_ACCURACY"] == 1
    assert result.total.objects[1].missed == result.total.objects[1].false == 0


def test_half_a_cloud_has_the_numbers_of_half_a_cloud():
    half = ("a", "cloud", 0, 0, 200, 400)
    figures = evaluate(layer(half, SHADOW), layer(CLOUD, SHADOW)).figures()
    assert figures["IOU_CLOUD"] == pytest.approx(0.5)
    assert figures["RECALL_CLOUD"] == pytest.approx(0.5)
    assert figures["PRECISION_CLOUD"] == pytest.approx(1)
    assert figures["F1_CLOUD"] == pytest.approx(2 / 3)
    assert figures["IOU_SHADOW"] == pytest.approx(1)


def test_objects_drawn_in_several_and_as_one_are_counted():
    drawn = np.zeros((20, 40), np.uint8)
    true = drawn.copy()
    true[2:8, 2:18] = 1  # drawn in two
    drawn[2:8, 2:9] = drawn[2:8, 11:18] = 1
    true[12:18, 2:8] = true[12:18, 12:18] = 1  # drawn as one
    drawn[12:18, 2:18] = 1
    true[2:6, 30:34] = 1  # missed
    drawn[12:16, 30:34] = 1  # false
    objects = objects_of(drawn, true, 1)
    assert (objects.drawn, objects.true, objects.missed, objects.false, objects.split, objects.joined) == (4, 4, 1, 1, 1, 1)


def test_a_boundary_moved_within_the_tolerance_counts_as_the_same():
    true = np.zeros((60, 60), np.uint8)
    true[20:40, 20:40] = 1
    assert boundaries_of(np.roll(true, 2, axis=0), true, 1, 2).f1 == 1
    far = boundaries_of(np.roll(true, 8, axis=0), true, 1, 2)
    assert 0.4 < far.f1 < 0.9
    assert boundaries_of(true * 0, true, 1, 2).f1 == 0
    assert boundaries_of(true * 0, true * 0, 1, 2).f1 is None


@settings(max_examples=40, deadline=None)
@given(RASTERS, RASTERS)
def test_boundaries_are_those_of_the_distance_transform(drawn, true):
    valid = ndimage.binary_erosion((drawn != 255) & (true != 255), border_value=1)
    edges = []
    for values in (drawn, true):
        mask = values == 1
        outside = (values != 1) & (drawn != 255) & (true != 255)
        edges.append(mask & valid & ndimage.binary_dilation(outside))
    found = boundaries_of(drawn, true, 1, 2)
    assert (found.drawn, found.true) == (edges[0].sum(), edges[1].sum())
    if edges[1].any():
        assert found.drawn_right == (ndimage.distance_transform_edt(~edges[1])[edges[0]] <= 2).sum()


@given(RASTERS, RASTERS)
def test_scores_follow_from_sets(drawn, true):
    use = (drawn != 255) & (true != 255)
    scores = class_scores(confusion_of(drawn, true), 1)
    one, other = (drawn == 1) & use, (true == 1) & use
    if (one | other).any():
        assert scores.iou == pytest.approx((one & other).sum() / (one | other).sum())
    else:
        assert scores.iou is None
    if other.any() and (use & ~other).any():
        specificity = (use & ~other & ~one).sum() / (use & ~other).sum()
        assert scores.balanced_accuracy == pytest.approx(((one & other).sum() / other.sum() + specificity) / 2)


def test_the_smallest_area_is_applied_to_both_sides():
    speck = ("a", "cloud", 1000, 1000, 1020, 1020)
    other_speck = ("a", "cloud", 1200, 1000, 1220, 1020)
    plain = evaluate(layer(CLOUD, speck), layer(CLOUD, other_speck)).figures()
    assert plain["IOU_CLOUD"] < 1
    assert evaluate(layer(CLOUD, speck), layer(CLOUD, other_speck), EvaluateOptions(mmu_ha=0.5)).figures()["IOU_CLOUD"] == 1


def test_only_the_reviewed_area_counts():
    false = ("a", "cloud", 2000, 0, 2400, 400)
    area = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs="EPSG:32633")
    assert evaluate(layer(CLOUD, false), layer(CLOUD)).figures()["IOU_CLOUD"] == pytest.approx(0.5)
    assert evaluate(layer(CLOUD, false), layer(CLOUD), area=area).figures()["IOU_CLOUD"] == 1


def test_scenes_are_scored_apart_and_together_with_an_interval():
    drawn = [(f"s{number}", "cloud", 0, 0, 100 * (number + 1), 400) for number in range(6)]
    final = [(f"s{number}", "cloud", 0, 0, 600, 400) for number in range(6)]
    result = evaluate(layer(*drawn), layer(*final))
    assert [class_scores(scene.confusion, 1).iou for scene in result.scenes] == pytest.approx([n / 6 for n in range(1, 7)])
    assert result.figures()["IOU_CLOUD"] == pytest.approx(21 / 36)
    low, high = result.interval(1)
    assert 0.25 < low < 21 / 36 < high < 0.9
    assert result.interval(1) == result.interval(1)


def test_a_label_raster_brings_its_grid(tmp_path):
    grid = Grid("EPSG:32633", Affine(20, 0, 0, 0, -20, 400), (20, 40))
    classes = np.zeros((20, 40), np.uint8)
    classes[:, :20], classes[:, 20:], classes[0] = 1, 2, 255
    write_classes(tmp_path / "label.tif", ClassRaster(classes, (classes == 1).astype(np.uint8), grid, {"SCENE_ID": "a"}))
    result = evaluate(layer(CLOUD, SHADOW), tmp_path / "label.tif")
    assert result.total.pixel_m == 20
    assert result.figures()["IOU_CLOUD"] == result.figures()["IOU_SHADOW"] == 1
    assert result.total.confusion.sum() == 19 * 40


def test_nothing_to_compare_is_an_error():
    with pytest.raises(InputError, match="nothing to compare"):
        evaluate(layer(), layer())


def test_reports_hold_figures_pictures_and_nothing_from_outside(tmp_path):
    half = ("<a>", "cloud", 0, 0, 200, 400)
    result = evaluate(layer(half), layer(("<a>", *CLOUD[1:])))
    write_report(result, json_path=tmp_path / "r.json", html_path=tmp_path / "r.html")
    values = json.loads((tmp_path / "r.json").read_text())
    assert values["overall"]["classes"]["cloud"]["iou"] == pytest.approx(0.5)
    assert values == json.loads(json.dumps(as_json(result)))
    page = (tmp_path / "r.html").read_text()
    assert page == as_html(result)
    assert "data:image/png;base64," in page
    assert "&lt;a&gt;" in page
    assert "http" not in page
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(result, json_path=tmp_path / "r.json" / "below.json")


def test_the_page_is_in_the_readers_language_and_escapes_what_others_wrote():
    hostile = """<b>&"'{# #}"""
    half = (hostile, "cloud", 0, 0, 200, 400)
    result = evaluate(layer(half), layer((hostile, *CLOUD[1:])))
    asked = []
    page = as_html(result, lambda text: asked.append(text) or f"<i>{text}")
    assert hostile[:5] not in page and "<i>" not in page and "&lt;b&gt;&amp;&#34;&#39;{# #}" in page
    assert all(f"&lt;i&gt;{text}" in page for text in asked if "{" not in text and text != "en") and len(asked) > 40


@pytest.mark.parametrize("seed", range(5))
def test_classes_are_those_that_gdal_burns(seed):
    """Outlines of a class raster, simplified: their corners are corners of pixels, and slanted edges meet centres."""
    rng = np.random.default_rng(seed)
    grid = Grid("EPSG:32633", Affine(10, 0, 499_980, 0, -10, 5_200_020), (120, 150))
    shapes = []
    for _ in range(20):
        col, row = rng.integers(-10, 140, 2).tolist()
        corners = rng.integers(0, 30, (8, 2)) + np.array((col, row))
        shapes.append(shapely.MultiPoint([(499_980 + 10 * x, 5_200_020 - 10 * y) for x, y in corners.tolist()]).convex_hull)
    frame = gpd.GeoDataFrame({"class": ["cloud", "shadow"] * 10}, geometry=shapes, crs=grid.crs)
    expected = np.zeros(grid.shape, np.uint8)
    for name, code in (("shadow", class_raster.SHADOW), ("cloud", class_raster.CLOUD)):
        rasterize([(shape, code) for shape in frame.geometry[frame["class"] == name]], out=expected, transform=grid.transform)
    np.testing.assert_array_equal(burn_classes(frame, grid), expected)
