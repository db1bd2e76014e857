"""Classification: thresholds, hysteresis, smallest areas, buffer, files."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skyfri.plugin.core.base.errors import Cancelled, InputError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.classes.class_raster import CLOUD, ClassRaster, read_classes, write_classes
from skyfri.plugin.core.clouds.classes.classify import classify, smallest_px, smoothed, threshold, widened
from skyfri.plugin.core.clouds.classes.sieve import sieve
from skyfri.plugin.core.clouds.classes.vectorize import VectorizeOptions, polygons_of
from skyfri.plugin.core.clouds.guidelines.preview import open_view, preview
from skyfri.plugin.core.clouds.options import DEFAULT_THRESHOLDS, ClassifyOptions, Thresholds
from skyfri.plugin.core.clouds.prediction.probabilities import Probabilities, read_probabilities
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array

PLAIN = {"smooth_px": 0.0, "mmu_ha": 0.0, "geometry": False}
CLASSES = arrays(np.uint8, st.tuples(st.integers(1, 16), st.integers(1, 16)), elements=st.sampled_from([0, 0, 1, 1, 2, 255]))


def grid_of_shape(shape, pixel_m=10.0):
    return Grid("EPSG:32633", Affine(pixel_m, 0, 500_000, 0, -pixel_m, 6_000_000), shape)


def probabilities(cloud, shadow=None, valid=None):
    cloud = np.asarray(cloud)
    shadow = np.zeros_like(cloud) if shadow is None else np.asarray(shadow)
    valid = np.ones(cloud.shape, bool) if valid is None else valid
    scaled = [np.where(valid, np.rint(values * 250), 0).astype(np.uint8) for values in (cloud, shadow)]
    return Probabilities(*scaled, valid, grid_of_shape(cloud.shape), {"SCENE_ID": "s"})


def write_prediction(path, cloud, shadow, pixel_m=10.0):
    stack = np.stack([np.rint(values * 250) for values in (cloud, shadow)]).astype(np.uint8)
    spec = RasterSpec(grid_of_shape(cloud.shape, pixel_m), "uint8", ("cloud", "shadow"), 255, {"SCENE_ID": "s", "MODEL": "m"})
    write_array(path, stack, spec)
    return path


def test_a_cloud_needs_a_seed_and_reaches_as_far_as_it_grows():
    cloud = np.zeros((20, 30))
    cloud[2:8, 2:12], cloud[4, 4] = 0.6, 0.95
    cloud[12:18, 2:12] = 0.6
    classes = classify(probabilities(cloud), ClassifyOptions(0.9, 0.5, **PLAIN)).classes
    assert (classes[2:8, 2:12] == 1).all()
    assert not classes[12:18].any()


def test_the_likelier_class_wins_and_nodata_stays():
    cloud, shadow = np.full((9, 9), 0.8), np.full((9, 9), 0.7)
    shadow[:, 5:] = 0.95
    valid = np.ones((9, 9), bool)
    valid[0] = False
    classes = classify(probabilities(cloud, shadow, valid), ClassifyOptions(0.5, 0.5, 0.5, 0.5, **PLAIN)).classes
    assert (classes[0] == 255).all()
    assert (classes[1:, :5] == 1).all()
    assert (classes[1:, 5:] == 2).all()


def test_at_one_half_two_exclusive_classes_are_the_argmax():
    random = np.random.default_rng(2)
    shares = random.dirichlet([1, 1, 1], (40, 50)).transpose(2, 0, 1)
    options = ClassifyOptions(0.5, 0.5, 0.5, 0.5, **PLAIN)
    classes = classify(probabilities(shares[0], shares[1]), options).classes
    sure = shares.max(axis=0) > 0.51
    assert (classes[sure] == np.array([1, 2, 0], np.uint8)[shares.argmax(axis=0)][sure]).all()


@settings(max_examples=60, deadline=None)
@given(CLASSES, st.integers(1, 9))
def test_the_sieve_leaves_no_small_cloud_or_shadow_and_never_touches_nodata(classes, least):
    before = classes.copy()
    tidy = sieve(classes, least)
    assert (classes == before).all()
    assert ((tidy == 255) == (classes == 255)).all()
    for code in (1, 2):
        labels, count = ndimage.label(tidy == code)
        # A hole that was filled can only add to a class, so none became smaller.
        assert count == 0 or np.bincount(labels.ravel())[1:].min() >= min(least, 1 if least == 1 else least)


def test_holes_smaller_than_the_smallest_area_are_filled():
    classes = np.ones((30, 30), np.uint8)
    classes[5:8, 5:8] = 0
    classes[15:25, 15:25] = 0
    tidy = sieve(classes, 10)
    assert (tidy[5:8, 5:8] == 1).all()
    assert (tidy[15:25, 15:25] == 0).all()


@pytest.mark.parametrize(
    ("mmu_ha", "pixel_m", "expected"), [(0.5, 10, 50), (0.5, 30, 6), (0.5, 60, 3), (0.5, 120, 3), (0, 120, 1), (1, 10, 100)]
)
def test_smallest_area_in_pixels_is_a_few_at_least(mmu_ha, pixel_m, expected):
    assert smallest_px(mmu_ha, pixel_m) == expected


def test_smoothing_gives_nodata_no_weight_and_has_no_seams():
    random = np.random.default_rng(0)
    values = random.integers(0, 250, (90, 40)).astype(np.uint8)
    valid = random.random((90, 40)) > 0.2
    values[~valid] = 0
    whole = smoothed(values, valid, slice(0, 90), 1.5)
    parts = np.concatenate([smoothed(values, valid, slice(start, start + 30), 1.5) for start in (0, 30, 60)])
    np.testing.assert_allclose(parts, whole, atol=1e-3)
    flat = np.where(valid, 200, 0).astype(np.uint8)
    np.testing.assert_allclose(smoothed(flat, valid, slice(0, 90), 1.5)[valid], 200, atol=1e-2)


def test_the_buffer_is_kept_apart_from_the_models_boundary():
    cloud = np.zeros((40, 40))
    cloud[15:25, 15:25] = 1
    raster = classify(probabilities(cloud), ClassifyOptions(buffer_m=30, **PLAIN))
    assert ((raster.classes == 1) == (ndimage.distance_transform_edt(cloud == 0) <= 3)).all()
    assert ((raster.origin == 1) == (cloud == 1)).all()
    assert (raster.origin[(raster.classes == 1) & (cloud == 0)] == 3).all()


def two_clouds_and_a_shadow():
    """Two clouds 60 m apart, the second touching a shadow; probabilities of pixels of 10 m."""
    cloud, shadow = np.zeros((80, 80)), np.zeros((80, 80))
    cloud[20:30, 10:22], cloud[20:30, 28:40] = 1, 0.8
    shadow[30:40, 28:40] = 0.9
    return probabilities(cloud, shadow)


def test_a_widened_cloud_is_one_polygon_without_slivers():
    given = two_clouds_and_a_shadow()
    options = ClassifyOptions(cloud_seed=0.5, cloud_grow=0.5, shadow_seed=0.5, shadow_grow=0.5, buffer_m=20, **PLAIN)
    frame = polygons_of(classify(given, options), VectorizeOptions(), probabilities=given).frame
    assert sorted(zip(frame["class"], frame["origin"], strict=True)) == [("cloud", "model"), ("cloud", "model"), ("shadow", "model")]
    assert set(frame["buffer_m"]) == {20.0}
    joined = polygons_of(classify(given, replace(options, buffer_m=40)), VectorizeOptions(), probabilities=given).frame
    assert list(joined["class"]) == ["cloud", "shadow"]
    assert shapely.is_valid(joined.geometry.values).all()
    assert joined.area.sum() == pytest.approx(shapely.union_all(joined.geometry.values).area)


def test_the_confidence_is_that_of_what_the_model_saw():
    given = two_clouds_and_a_shadow()
    options = ClassifyOptions(cloud_seed=0.5, cloud_grow=0.5, shadow_seed=0.5, shadow_grow=0.5, buffer_m=20, **PLAIN)
    frame = polygons_of(classify(given, options), VectorizeOptions(), probabilities=given).frame
    assert sorted(frame["confidence"]) == pytest.approx([0.8, 0.9, 1.0])


def test_a_buffer_smaller_than_a_pixel_still_widens():
    raster = classify(two_clouds_and_a_shadow(), ClassifyOptions(0.5, 0.5, 0.5, 0.5, buffer_m=3, **PLAIN))
    assert (raster.classes[19, 10:22] == 1).all()
    assert not raster.classes[18].any()


def test_a_wide_view_shows_no_more_buffer_than_there_will_be():
    given = two_clouds_and_a_shadow()
    coarse = replace(given, tags={**given.tags, "RESOLUTION": "2"})
    raster = classify(coarse, ClassifyOptions(0.5, 0.5, 0.5, 0.5, buffer_m=3, **PLAIN))
    assert not raster.classes[19, 10:22].any()


def test_gaps_that_a_buffer_leaves_too_small_are_filled():
    cloud = np.zeros((60, 60))
    cloud[10:50, 10:50] = 1
    cloud[25:34, 25:34] = 0
    raster = classify(probabilities(cloud), ClassifyOptions(buffer_m=30, **{**PLAIN, "mmu_ha": 0.2}))
    assert (raster.classes[10:50, 10:50] == 1).all()
    assert (raster.origin[25:34, 25:34] == 3).all()


def test_what_is_widened_around_a_proposed_shadow_belongs_to_it():
    classes, origin = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
    classes[10:20, 10:20], origin[10:20, 10:20] = 2, 2
    classes[10:20, 20:30], origin[10:20, 20:30] = 2, 1
    raster = widened(ClassRaster(classes, origin, grid_of_shape(classes.shape), {"BUFFER_M": "30"}), 3)
    assert (raster.origin[10:20, 7:10] == 5).all()
    assert (raster.origin[10:20, 30:33] == 3).all()
    frame = polygons_of(raster, VectorizeOptions()).frame
    assert sorted(frame["origin"]) == ["geometry", "model"]


@pytest.mark.parametrize("values", [{"cloud_seed": 0.4, "cloud_grow": 0.6}, {"shadow_grow": 0.0}, {"cloud_seed": 1.2}, {"mmu_ha": -1}])
def test_impossible_options_are_refused(values):
    with pytest.raises(InputError):
        ClassifyOptions(**values)


def test_threshold_writes_classes_with_their_history(tmp_path):
    cloud = np.zeros((80, 80))
    cloud[10:40, 10:40] = 0.99
    prediction = write_prediction(tmp_path / "p.tif", cloud, np.zeros_like(cloud))
    threshold(prediction, tmp_path / "c.tif", ClassifyOptions())
    raster = read_classes(tmp_path / "c.tif")
    assert 700 < (raster.classes == 1).sum() <= 900
    assert raster.tags["MODEL"] == "m"
    assert raster.tags["THRESHOLDS"] == "cloud 0.95/0.7 shadow 0.9/0.75"
    with rasterio.open(tmp_path / "c.tif") as dataset:
        assert dataset.descriptions == ("class", "origin")
        assert dataset.nodata == 255


class Cancelling(Silent):
    """Cancels from the start."""

    def is_cancelled(self):
        return True


def test_cancel_writes_nothing(tmp_path):
    prediction = write_prediction(tmp_path / "p.tif", np.zeros((9, 9)), np.zeros((9, 9)))
    with pytest.raises(Cancelled):
        threshold(prediction, tmp_path / "c.tif", ClassifyOptions(), progress=Cancelling())
    assert not (tmp_path / "c.tif").exists()


def test_rasters_that_are_none_of_ours_are_refused(tmp_path):
    grid = grid_of_shape((9, 9))
    write_array(tmp_path / "a.tif", np.zeros((1, 9, 9), np.uint16), RasterSpec(grid, "uint16", ("B02",)))
    with pytest.raises(InputError, match="no prediction"):
        read_probabilities(tmp_path / "a.tif")
    write_array(tmp_path / "b.tif", np.full((1, 9, 9), 7, np.uint8), RasterSpec(grid, "uint8", ("class",)))
    with pytest.raises(InputError, match="codes"):
        read_classes(tmp_path / "b.tif")


def test_classes_without_origin_are_the_models(tmp_path):
    write_array(tmp_path / "c.tif", np.array([[[0, 1, 2, 255]]], np.uint8), RasterSpec(grid_of_shape((1, 4)), "uint8", ("class",), 255))
    assert read_classes(tmp_path / "c.tif").origin.tolist() == [[0, 1, 1, 0]]


def test_classes_survive_the_file(tmp_path):
    classes = np.array([[0, 1, 2, 255, 0, 2]], np.uint8)
    origin = np.array([[0, 1, 2, 0, 4, 3]], np.uint8)
    write_classes(tmp_path / "c.tif", ClassRaster(classes, origin, grid_of_shape((1, 6)), {"A": "b"}))
    found = read_classes(tmp_path / "c.tif")
    assert (found.classes == classes).all()
    assert (found.origin == origin).all()
    assert found.tags["A"] == "b"


def test_thin_cloud_counts_as_cloud(tmp_path):
    stack = np.array([[[100, 200, 255]], [[100, 100, 255]], [[50, 0, 255]]], np.uint8)
    write_array(tmp_path / "p.tif", stack, RasterSpec(grid_of_shape((1, 3)), "uint8", ("cloud", "thin cloud", "shadow"), 255))
    found = read_probabilities(tmp_path / "p.tif")
    assert found.cloud.tolist() == [[200, 250, 0]]
    assert found.valid.tolist() == [[True, True, False]]


def test_a_preview_follows_the_thresholds_and_the_view(tmp_path):
    cloud = np.zeros((600, 600))
    cloud[100:200, 100:200], cloud[400:500, 400:500] = 0.97, 0.6
    prediction = write_prediction(tmp_path / "p.tif", cloud, np.zeros_like(cloud))
    view = open_view(prediction, (500_000, 5_994_000, 506_000, 6_000_000))
    assert len(preview(view, ClassifyOptions(), VectorizeOptions()).frame) == 1
    both = preview(view, ClassifyOptions(cloud_seed=0.5, cloud_grow=0.5), VectorizeOptions()).frame
    assert len(both) == 2
    assert both.area_m2.sum() == pytest.approx(2e6, rel=0.05)
    corner = open_view(prediction, (500_000, 5_997_000, 503_000, 6_000_000))
    assert corner.cloud.shape == (450, 450), "as much more around it as the pixels allow"
    with pytest.raises(InputError, match="outside"):
        open_view(prediction, (0, 0, 10, 10))


def test_a_wide_view_is_read_coarser(tmp_path, monkeypatch):
    monkeypatch.setattr("skyfri.plugin.core.clouds.guidelines.preview.VISIBLE_PX", 10_000)
    prediction = write_prediction(tmp_path / "p.tif", np.ones((900, 300)), np.zeros((900, 300)))
    view = open_view(prediction, (500_000, 5_991_000, 503_000, 6_000_000))
    assert view.cloud.size <= 12_000
    assert view.grid.bounds == pytest.approx((500_000, 5_991_000, 503_000, 6_000_000), abs=view.grid.pixel_m)


def test_thresholds_are_the_predictions_own_where_nobody_chose():
    cloud = np.full((12, 12), 0.3)
    cloud[3:9, 3:9] = 0.62
    plain = {"geometry": False, "mmu_ha": 0, "smooth_px": 0}
    silent = probabilities(cloud)
    telling = replace(silent, tags={**silent.tags, **Thresholds(0.6, 0.5, 0.8, 0.4).tags})
    assert not (classify(silent, ClassifyOptions(**plain)).classes == CLOUD).any(), "as before: a seed of .95"
    found = classify(telling, ClassifyOptions(**plain))
    assert (found.classes == CLOUD).sum() == 36
    assert found.tags["THRESHOLDS"] == "cloud 0.6/0.5 shadow 0.8/0.4"
    assert not (classify(telling, ClassifyOptions(cloud_seed=0.63, **plain)).classes == CLOUD).any(), "the user has the last word"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, (0.6, 0.5, 0.8, 0.4)),
        ({"cloud_seed": 0.45}, (0.45, 0.45, 0.8, 0.4)),
        ({"cloud_grow": 0.7}, (0.7, 0.7, 0.8, 0.4)),
        ({"shadow_grow": 0.5}, (0.6, 0.5, 0.8, 0.5)),
        ({"shadow_seed": 0.9, "shadow_grow": 0.1}, (0.6, 0.5, 0.9, 0.1)),
    ],
)
def test_a_threshold_chosen_alone_moves_its_partner_no_further_than_needed(chosen, expected):
    own = Thresholds(0.6, 0.5, 0.8, 0.4)
    assert ClassifyOptions(**chosen).thresholds_for(own.tags) == Thresholds(*expected)
    assert ClassifyOptions(**chosen).settled(own.tags).settled({}) == ClassifyOptions(**chosen).settled(own.tags)


@pytest.mark.parametrize(
    "tags", [{}, {"CLOUD_SEED": "0.5"}, {**Thresholds(0.6, 0.5, 0.8, 0.4).tags, "CLOUD_GROW": "0.9"}, {"CLOUD_SEED": "x"}]
)
def test_predictions_that_state_no_thresholds_keep_the_former_ones(tags):
    assert ClassifyOptions().thresholds_for(tags) == DEFAULT_THRESHOLDS == Thresholds(0.95, 0.7, 0.9, 0.75)
