"""Burning polygons: GDAL is the oracle; outlines on pixel centres count as inside."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.regions.burn import burn, burn_polygons, clip_edges, prepare_edges

GRID = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (80, 90))


def blobs(seed, count=12):
    rng = np.random.default_rng(seed)
    centres = rng.uniform((499900, 4999100), (501000, 5000100), (count, 2))
    rounds = [shapely.Point(c).buffer(rng.uniform(25, 200), quad_segs=3) for c in centres]
    return [a.difference(shapely.Point(c).buffer(20)) for a, c in zip(rounds, centres, strict=True)]


@given(st.integers(0, 10_000), st.integers(-10, 40), st.integers(-10, 40))
@settings(max_examples=60, deadline=None)
def test_equals_gdal_off_the_centres_in_any_window(seed, row, col):
    shapes = blobs(seed)
    expected = rasterize(((s, 1) for s in shapes), (80, 90), transform=GRID.transform).astype(bool)
    window = Window(row, col, 37, 41)
    got = burn(prepare_edges(shapes, GRID), window)
    inside = window.intersect(GRID.window)
    np.testing.assert_array_equal(got[inside.slices_in(window)], expected[inside.slices_in(GRID.window)])


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_off_the_centres_both_rules_burn_the_same(seed):
    touched, centred = (burn_polygons(blobs(seed), GRID, rule) for rule in ("touch", "centre"))
    np.testing.assert_array_equal(touched, centred)


@pytest.mark.parametrize("rule", ["touch", "centre"])
def test_what_is_no_polygon_burns_nothing(rule):
    square = shapely.box(500100, 4999500, 500300, 4999700)
    shapes = np.array([None, shapely.Polygon(), square, shapely.GeometryCollection([square])], object)
    assert burn_polygons(shapes, GRID, rule).sum() == 400
    assert not burn_polygons(shapes[:2], GRID, rule).any()


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_by_centre_an_upright_cut_shares_the_pixels_out(seed):
    rng = np.random.default_rng(seed)
    cuts = np.unique(np.concatenate(([0, 90], rng.integers(1, 180, 6) / 2)))
    parts = [shapely.box(500000 + 10 * left, 4999200, 500000 + 10 * right, 5000000) for left, right in pairwise(cuts.tolist())]
    times = sum(burn_polygons([part], GRID, "centre").astype(int) for part in parts)
    np.testing.assert_array_equal(times, 1)


def test_the_rules_differ_by_the_outline_alone():
    square = shapely.box(500105, 4999505, 500205, 4999605)  # on the centres of 11 rows and columns
    touched, centred = (burn_polygons([square], GRID, rule) for rule in ("touch", "centre"))
    assert touched.sum() == 11 * 11
    assert not (centred & ~touched).any()
    assert not centred[:, 10].any()  # the centres on the left outline belong to the left


def test_clockwise_and_counter_clockwise_rings_are_one():
    square = shapely.box(500100, 4999500, 500300, 4999700)
    reversed_ = shapely.Polygon(list(square.exterior.coords)[::-1])
    a, b = (burn(prepare_edges([s], GRID), GRID.window) for s in (square, reversed_))
    assert a.sum() == 400
    np.testing.assert_array_equal(a, b)


def test_an_outline_through_pixel_centres_is_inside_on_every_side():
    square = shapely.box(500105, 4999505, 500205, 4999605)
    mask = burn(prepare_edges([square], GRID), GRID.window)
    assert mask.sum() == 11 * 11
    assert mask[39:50, 10:21].all()


def test_holes_stay_clear_and_overlaps_count_once():
    ring = shapely.box(500000, 4999200, 500800, 5000000).difference(shapely.box(500200, 4999400, 500600, 4999800))
    mask = burn(prepare_edges([ring, shapely.box(500000, 4999600, 500100, 4999900)], GRID), GRID.window)
    assert mask.sum() == 80 * 80 - 40 * 40


def test_no_polygons_burn_nothing():
    assert not burn(prepare_edges([], GRID), GRID.window).any()


@given(st.integers(0, 10_000), st.integers(-10, 60), st.integers(-10, 70))
@settings(max_examples=60, deadline=None)
def test_clipped_edges_burn_the_same(seed, row, col):
    edges = prepare_edges(blobs(seed), GRID)
    window = Window(row, col, 21, 17)
    clipped = clip_edges(edges, window)
    np.testing.assert_array_equal(burn(clipped, window), burn(edges, window))
    assert len(clipped.x0) <= len(edges.x0)


def test_clipped_edges_change_only_where_a_polygon_does_that_reaches_the_window():
    window = Window(30, 40, 20, 20)
    wide = shapely.box(500050, 4999300, 500700, 4999900)
    alone = clip_edges(prepare_edges([wide], GRID), window)
    assert burn(alone, window).any()
    west, across = shapely.Point(500200, 4999600).buffer(90, quad_segs=7), shapely.box(500000, 4999000, 500100, 5000000)
    east, north = shapely.box(500850, 4999000, 500880, 5000000), shapely.Point(500500, 4999900).buffer(120)
    for other in (west, across, east, north):
        both = clip_edges(prepare_edges([wide, other], GRID), window)
        for name in ("x0", "y0", "x1", "y1", "turn"):
            np.testing.assert_array_equal(getattr(both, name), getattr(alone, name))
    inside = clip_edges(prepare_edges([wide, shapely.Point(500500, 4999600).buffer(30)], GRID), window)
    assert len(inside.x0) > len(alone.x0)
