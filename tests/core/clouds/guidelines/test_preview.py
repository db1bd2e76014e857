"""What a slider shows is what its thresholds will draw, however narrow the view."""

import numpy as np
import pytest
import shapely
from affine import Affine
from skyfri.plugin.core.clouds.classes.classify import classify
from skyfri.plugin.core.clouds.classes.vectorize import polygons_of
from skyfri.plugin.core.clouds.guidelines.preview import VISIBLE_PX, grid_of_prediction, open_view, preview, seen
from skyfri.plugin.core.clouds.options import ClassifyOptions, VectorizeOptions
from skyfri.plugin.core.clouds.prediction.probabilities import read_probabilities
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array

WEST, NORTH, PIXEL_M = 500_000.0, 6_000_000.0, 10.0
OPTIONS = ClassifyOptions(0.9, 0.5, 0.9, 0.5, mmu_ha=0.5, geometry=False)


@pytest.fixture
def prediction(tmp_path):
    """A long cloud of 0.6 with its only seed at the western end."""
    cloud = np.zeros((1500, 1500))
    cloud[700:760, 400:700] = 0.6
    cloud[720:730, 400:410] = 0.95
    stack = np.rint(250 * np.stack([cloud, np.zeros_like(cloud)])).astype(np.uint8)
    grid = Grid("EPSG:32633", Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH), cloud.shape)
    write_array(tmp_path / "p.tif", stack, RasterSpec(grid, "uint8", ("cloud", "shadow"), 255))
    return tmp_path / "p.tif"


def box_px(row, col, rows, cols):
    """Return the bounds of some pixels."""
    return WEST + col * PIXEL_M, NORTH - (row + rows) * PIXEL_M, WEST + (col + cols) * PIXEL_M, NORTH - row * PIXEL_M


@pytest.mark.parametrize("view_px", [(710, 640, 4, 4), (700, 560, 100, 120), (650, 350, 160, 400), (1496, 1496, 4, 4)])
def test_a_narrow_view_shows_what_the_whole_scene_gives(prediction, view_px):
    """Even one smaller than the minimum mapping unit, or with the seed beyond its edge."""
    bounds = box_px(*view_px)
    view = open_view(prediction, bounds)
    assert view.cloud.size <= VISIBLE_PX
    assert view.grid.pixel_m == PIXEL_M
    whole = polygons_of(classify(read_probabilities(prediction), OPTIONS), VectorizeOptions()).frame.geometry.values
    part = preview(view, OPTIONS, VectorizeOptions()).frame.geometry.values
    frame = shapely.box(*bounds)
    expected, found = (shapely.union_all(shapely.intersection(np.asarray(g), frame)) for g in (whole, part))
    assert found.symmetric_difference(expected).area == 0


def test_growing_never_coarsens_a_view(prediction):
    for rows, cols in ((1, 1), (4, 1400), (600, 600), (900, 399), (599, 601)):
        view = open_view(prediction, box_px(0, 0, rows, cols))
        assert view.grid.pixel_m == PIXEL_M, (rows, cols)
    assert open_view(prediction, box_px(0, 0, 700, 700)).grid.pixel_m > PIXEL_M
    assert grid_of_prediction(prediction).shape == (1500, 1500)


def test_only_what_is_in_view_is_counted():
    squares = np.array([shapely.box(0, 0, 10, 10), shapely.box(8, 8, 20, 20), shapely.box(50, 50, 60, 60)])
    assert seen(squares, (5, 5, 30, 30)) == (2, 25 + 144)
    assert seen(squares, (30, 30, 40, 40)) == (0, 0.0)
    assert seen(squares[:0], (0, 0, 1, 1)) == (0, 0.0)
