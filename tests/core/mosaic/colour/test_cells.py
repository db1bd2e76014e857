"""Tie cells: on one lattice tied to the CRS, clear throughout, one in five held out."""

import math

import numpy as np
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.colour.cells import cell_keys, cell_places, is_held_out, measure_scenes, pair_cells
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.lattice import CELL_PX, make_lattice
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.raster.grid import Grid
from skyfri.tests.sample import read_truth

from ..conftest import meeting_pairs


@given(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20))
def test_keys_hold_places_and_sort_by_row_then_column(row, col):
    key = cell_keys(np.array([row, row, row + 1]), np.array([col, col + 1, col - 5]))
    np.testing.assert_array_equal(cell_places(key), ([row, row, row + 1], [col, col + 1, col - 5]))
    assert key[0] < key[1] < key[2]
    assert is_held_out(key).tolist() == [(2 * r + c) % 5 == 0 for r, c in ((row, col), (row, col + 1), (row + 1, col - 5))]


@given(st.sampled_from([10.0, 20.0, 60.0, 120.0]), st.integers(0, 70), st.integers(0, 70))
def test_cells_lie_on_a_lattice_tied_to_the_origin_of_the_crs(pixel_m, row, col):
    lattice = make_lattice(
        Grid("EPSG:32633", Affine(pixel_m, 0, 300_000 + col * pixel_m, 0, -pixel_m, 6_960_000 - row * pixel_m), (90, 80))
    )
    west, north = lattice.grid.transform.c, lattice.grid.transform.f
    step = lattice.grid.pixel_m
    assert (lattice.left, lattice.top) == (round(west / step), round(-north / step))
    assert math.isclose(west / step, lattice.left) and math.isclose(-north / step, lattice.top)
    assert 200 <= lattice.cell_m <= 450 or lattice.factor == 1


def cells_of(sample, scenes, **options):
    plan = make_plan(scenes, sample.clouds, MosaicOptions(**options))
    return plan, list(measure_scenes(plan, InlineExecutor()))


def test_two_mosaics_of_different_extent_and_order_measure_the_same_cells(sample):
    _, forward = cells_of(sample, sample.scenes)
    _, backward = cells_of(sample, sample.scenes[:2][::-1])
    for ours, theirs in zip(forward[:2], backward[::-1], strict=True):
        common, here, there = np.intersect1d(ours.keys, theirs.keys, return_indices=True)
        assert len(common) == len(theirs.keys)
        np.testing.assert_array_equal(ours.medians[here], theirs.medians[there])


def test_every_cell_is_a_median_of_valid_pixels_without_polygon(sample):
    plan, cells = cells_of(sample, sample.scenes)
    lattice = plan.lattice
    assert lattice.factor == 1  # 60 m pixels: cells of 480 m, so the scene's own pixels can be compared
    truth = read_truth(sample.folder)
    for placed, found in zip(plan.scenes, (scene.only_whole() for scene in cells), strict=True):
        assert len(found.keys) > 500
        grid = placed.scene.grid
        top, left = round(-grid.transform.f / grid.pixel_m), round(grid.transform.c / grid.pixel_m)
        with rasterio.open(placed.scene.path) as dataset, rasterio.open(truth.labels[placed.scene.id]) as labels:
            data, label = dataset.read(), labels.read(1)
        rows, cols = cell_places(found.keys)
        for row, col, median in zip(rows[::37] * CELL_PX - top, cols[::37] * CELL_PX - left, found.medians[::37], strict=True):
            part = (slice(row, row + CELL_PX), slice(col, col + CELL_PX))
            assert (label[part] == 0).all()
            np.testing.assert_allclose(median, np.median(data[(slice(None), *part)].reshape(len(data), -1), axis=1), atol=0.5)


def test_pairs_hold_what_both_scenes_hold(sample):
    plan, cells = cells_of(sample, sample.scenes)
    for overlap in pair_cells(cells, meeting_pairs(plan)):
        first, second = (set(cells[rank - 1].only_whole().keys.tolist()) for rank in overlap.pair)
        assert set(overlap.keys.tolist()) == first & second
        np.testing.assert_array_equal(overlap.held_out, is_held_out(overlap.keys))
        assert 0.15 < overlap.held_out.mean() < 0.25
