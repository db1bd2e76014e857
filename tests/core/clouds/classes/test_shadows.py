"""Shadows judged by geometry: scenes whose clouds, heights and suns are known."""

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.base.progress import Silent, Span
from skyfri.plugin.core.clouds.classes.cast import Cast, cast_components, cast_from, shifted, swept
from skyfri.plugin.core.clouds.classes.class_raster import FROM_GEOMETRY, REFUSED, ClassRaster
from skyfri.plugin.core.clouds.classes.shadows import Ground, judge, match_heights
from skyfri.plugin.core.clouds.prediction.sun import Direction, direction_from, mean_direction
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.regions.components import components_of
from skyfri.plugin.core.scenes.scene import AngleGrid

SUN_FROM_SOUTH = {"SUN_ZENITH": "45", "SUN_AZIMUTH": "180"}
PIXEL_M = 30.0
SIDE = 400
NONE = np.zeros((SIDE, SIDE), bool)


class Listening(Silent):
    """Keeps the lines and the warnings."""

    def __init__(self):
        self.lines, self.warnings = [], []

    def say(self, message):
        self.lines.append(message)

    def warn(self, message):
        self.warnings.append(message)


def raster(classes, tags=SUN_FROM_SOUTH):
    grid = Grid("EPSG:32633", Affine(PIXEL_M, 0, 500_000, 0, -PIXEL_M, 6_000_000), classes.shape)
    return ClassRaster(classes, np.isin(classes, (1, 2)).astype(np.uint8), grid, tags)


def scene_of_clouds(height_m=900.0, count=25, seed=0, without_shadow=()):
    """Clouds on a lattice with shadows due north of them, as a sun at 45 degrees in the south makes them."""
    random = np.random.default_rng(seed)
    classes = np.zeros((SIDE, SIDE), np.uint8)
    down = -round(height_m / PIXEL_M)
    boxes = []
    for number in range(count):
        row, col = 150 + 50 * (number // 5), 30 + 70 * (number % 5)
        rows, cols = random.integers(6, 14, 2)
        boxes.append((slice(row, row + rows), slice(col, col + cols)))
        if number not in without_shadow:
            classes[row + down : row + down + rows, col : col + cols] = 2
    for box in boxes:
        classes[box] = 1
    return classes, boxes


def test_the_cast_points_away_from_the_sun_and_grows_with_height():
    cast = cast_from({"SUN_ZENITH": "45", "SUN_AZIMUTH": "135"}, 10.0)
    assert cast.rows * 1000 == pytest.approx(-1000 * math.cos(math.pi / 4) / 10)
    assert cast.cols * 1000 == pytest.approx(-1000 * math.sin(math.pi / 4) / 10)
    # The cloud's image leans away from a satellite in the east, so its shadow lies east of where it would be.
    leaning = cast_from({"SUN_ZENITH": "45", "SUN_AZIMUTH": "180", "VIEW_ZENITH": "10", "VIEW_AZIMUTH": "90"}, 10.0)
    assert leaning.cols == pytest.approx(math.tan(math.radians(10)) / 10)


def test_without_a_sun_there_is_no_cast_and_nothing_changes():
    assert cast_from({}, 10.0) is None
    assert cast_from({"SUN_ZENITH": "89", "SUN_AZIMUTH": "1"}, 10.0) is None
    given_raster = raster(scene_of_clouds()[0], {})
    assert judge(given_raster) is given_raster


@settings(max_examples=40, deadline=None)
@given(st.integers(-25, 25), st.integers(-25, 25), st.integers(0, 1000))
def test_shifting_moves_each_pixel(rows, cols, seed):
    mask = np.random.default_rng(seed).random((20, 17)) > 0.5
    expected = np.zeros_like(mask)
    for row, col in zip(*np.nonzero(mask), strict=True):
        if 0 <= row + rows < 20 and 0 <= col + cols < 17:
            expected[row + rows, col + cols] = True
    assert (shifted(mask, rows, cols) == expected).all()


@pytest.mark.parametrize("direction", [(-0.02, 0.01), (0.03, 0.0), (0.001, -0.04)])
def test_the_sweep_covers_every_height_between(direction):
    cast = Cast(*direction)
    mask = np.zeros((300, 300), bool)
    mask[140:150, 145:160] = True
    found = swept(mask, cast, 400, 4000)
    expected = np.zeros_like(mask)
    for height in np.linspace(400, 4000, 400):
        expected |= shifted(mask, *cast.shift(height))
    assert (expected & ~found).sum() <= 0.02 * expected.sum()
    assert found.sum() <= 1.5 * expected.sum()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_components_are_cast_each_from_its_own_height(seed):
    random = np.random.default_rng(seed)
    mask = random.random((15, 18)) > 0.7
    found = components_of(mask.view(np.uint8))
    cast = Cast(-0.01, 0.02)
    heights, chosen = random.uniform(0, 600, found.count), random.random(found.count) > 0.4
    expected = np.zeros_like(mask)
    labels = np.zeros(mask.size, int)
    for run, number in enumerate(found.labels):
        labels[found.runs.start[run] : found.runs.stop[run]] = number + 1
    for number in np.flatnonzero(chosen):
        expected |= shifted(labels.reshape(mask.shape) == number + 1, *cast.shift(heights[number]))
    assert (cast_components(found, chosen, cast, heights) == expected).all()


def test_the_clouds_heights_are_found():
    classes, _ = scene_of_clouds(900)
    clouds = components_of((classes == 1).view(np.uint8))
    match = match_heights(classes, clouds, cast_from(SUN_FROM_SOUTH, PIXEL_M), classes == 2)
    assert np.abs(match.height_m - 900).max() <= PIXEL_M
    assert match.share.min() > 0.9
    assert match.limits.lowest_m < 900 < match.limits.highest_m < 1800


def test_a_shadow_without_a_cloud_up_sun_is_dropped_and_told():
    classes, _ = scene_of_clouds()
    listening = Listening()
    classes[20:30, 390:399] = 2  # far north-east: no cloud in that column, none near enough beyond the edge
    judged = judge(raster(classes), progress=Span(listening, 0.3, 0.5))
    assert (judged.classes[20:30, 390:399] == 0).all()
    assert (judged.origin[20:30, 390:399] == REFUSED).all()
    assert [line for line in listening.lines if "dropped" in line]
    assert not listening.warnings, "nothing to close: the editor need do nothing"
    kept = (classes == 2) & (judged.classes == 2)
    assert kept.sum() > 0.9 * ((classes == 2).sum() - 90)


def test_what_clouds_beyond_the_edge_may_throw_stays():
    classes, _ = scene_of_clouds()
    classes[388:398, 180:190] = 2
    assert (judge(raster(classes)).classes[388:398, 180:190] == 2).all()


def test_shadow_like_water_is_dropped_unless_a_cloud_throws_its_shadow_there():
    classes, boxes = scene_of_clouds()
    lake = NONE.copy()
    lake[95:135, 20:60] = True  # within reach of the clouds' heights, yet a shadow covers little of it
    classes[lake & (classes == 0)] = 2
    rows, cols = boxes[2]
    shaded = NONE.copy()
    shaded[rows.start - 30 : rows.stop - 30, cols] = True  # a pond in a true shadow
    judged = judge(raster(classes), Ground(NONE, lake | shaded))
    assert (judged.classes[lake & (classes == 2)] == 0).mean() > 0.9
    assert (judged.classes[shaded] == 2).all()


def test_a_missed_shadow_on_dark_ground_is_proposed_and_marked():
    classes, boxes = scene_of_clouds(without_shadow=(12,))
    rows, cols = boxes[12]
    dark = classes == 2
    dark[rows.start - 30 : rows.stop - 30, cols] = True
    judged = judge(raster(classes), Ground(dark, NONE), least_px=3)
    there = (slice(rows.start - 30, rows.stop - 30), cols)
    assert (judged.classes[there] == 2).all()
    assert (judged.origin[there] == FROM_GEOMETRY).all()
    assert ((judged.origin == FROM_GEOMETRY).sum()) <= 1.3 * (rows.stop - rows.start) * (cols.stop - cols.start)


def test_dark_land_all_around_is_no_shadow():
    classes, _ = scene_of_clouds(without_shadow=(12,))
    judged = judge(raster(classes), Ground(np.ones_like(NONE), NONE))
    assert not (judged.origin == FROM_GEOMETRY).any()


def test_directions_average_across_north():
    angles = AngleGrid(np.full((1, 2), 30.0), np.array([[359.0, 1.0]]), 0, 0, 5000)
    mean = mean_direction([angles])
    assert mean.azimuth_deg % 360 == pytest.approx(0, abs=1e-6) or mean.azimuth_deg == pytest.approx(360)
    assert mean.zenith_deg == pytest.approx(30, abs=0.1)
    assert mean_direction([AngleGrid(np.full((1, 1), np.nan), np.full((1, 1), np.nan), 0, 0, 5000)]) is None
    assert direction_from({"SUN_ZENITH": "12.5", "SUN_AZIMUTH": "7"}, "SUN") == Direction(12.5, 7)
    assert direction_from({"SUN_ZENITH": "x", "SUN_AZIMUTH": "7"}, "SUN") is None
