"""Grid and Window: coverage, alignment and round trips."""

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Grid, Window

SIZES = st.integers(1, 300)


@given(SIZES, SIZES, st.integers(1, 64))
def test_blocks_cover_every_pixel_once(rows, cols, size):
    count = np.zeros((rows, cols), int)
    for block in Window(0, 0, rows, cols).blocks(size):
        count[block.slices_in(Window(0, 0, rows, cols))] += 1
    assert (count == 1).all()


@given(st.integers(-50, 50), st.integers(-50, 50), SIZES, SIZES, st.integers(0, 20))
def test_a_grown_window_cuts_back_to_itself(row, col, rows, cols, halo):
    window = Window(row, col, rows, cols)
    grown = window.grow(halo)
    cut = np.zeros(grown.shape)[window.slices_in(grown)]
    assert cut.shape == window.shape
    assert grown.intersect(window) == window


@given(st.integers(-30, 30), st.integers(-30, 30))
def test_offset_of_a_crop_is_its_corner(row, col):
    grid = Grid("EPSG:32633", Affine(10, 0, 399960, 0, -10, 5000040), (100, 120))
    assert grid.offset_of(grid.crop(Window(row, col, 5, 6))) == (row, col)
    assert grid.window_of(grid.crop(Window(row, col, 5, 6)).bounds) == Window(row, col, 5, 6)


def test_half_a_pixel_is_no_common_lattice():
    grid = Grid("EPSG:32633", Affine(120, 0, 499980, 0, -120, 5200020), (915, 915))
    other = Grid("EPSG:32633", Affine(120, 0, 499980, 0, -120, 5100000), (915, 915))
    assert grid.offset_of(other) is None


def test_from_bounds_snaps_outwards_to_multiples_of_the_pixel():
    grid = Grid.from_bounds("EPSG:25833", (1003, 2001, 1997, 2999), 10)
    assert grid.bounds == (1000, 2000, 2000, 3000)
    assert grid.shape == (100, 100)


def test_map_and_pixel_are_inverse():
    grid = Grid("EPSG:32633", Affine(20, 0, 499980, 0, -20, 5200020), (10, 10))
    x, y = grid.to_map(np.array([3]), np.array([7]))
    assert (x[0], y[0]) == (499980 + 7.5 * 20, 5200020 - 3.5 * 20)
    assert [v[0] for v in grid.to_pixel(x, y)] == [3, 7]


@pytest.mark.parametrize("transform", [Affine(10, 1, 0, 1, -10, 0), Affine(10, 0, 0, 0, 10, 0), Affine(10, 0, 0, 0, -20, 0)])
def test_a_rotated_flipped_or_oblong_grid_is_refused(transform):
    with pytest.raises(InputError):
        Grid("EPSG:32633", transform, (10, 10))


def test_grids_of_coinciding_crs_are_one_grid():
    grid = Grid("EPSG:32633", Affine(10, 0, 300_000, 0, -10, 6_700_000), (300, 300))
    assert grid.renamed("EPSG:25833") == Grid("EPSG:25833", grid.transform, grid.shape)
    assert grid.bounds_in("EPSG:25833") == grid.bounds
    assert grid.renamed("EPSG:25832") is None and grid.renamed("EPSG:4326") is None


def test_the_pixel_in_another_crs_has_its_length_there():
    grid = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_700_000), (300, 300))
    assert grid.pixel_in("EPSG:32632") == pytest.approx((10, 10), rel=0.01)
    assert grid.pixel_in("EPSG:3857") == pytest.approx((20.2, 20.2), rel=0.01)
    world = Grid("EPSG:4326", Affine(0.1, 0, -180, 0, -0.1, 90), (1800, 3600))
    assert world.renamed("EPSG:32632") is None and world.pixel_in("EPSG:27700") in (None, pytest.approx((11_000, 11_000), rel=0.3))
