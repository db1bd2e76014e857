"""Islands go, and the polygons of labels share their lines without gap or overlap."""

from unittest import mock

import numpy as np
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.seams import shapes as seam_outlines
from skyfri.plugin.core.mosaic.seams.islands import absorb_islands
from skyfri.plugin.core.mosaic.seams.trace import draw_seams
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.regions.burn import burn, prepare_edges


def patches(seed, shape, ranks):
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=(ranks, *shape)), (0, 3, 3))
    return (smooth.argmax(axis=0) + 1).astype(np.uint16)


def drawn_by_rank(labels, factor, grid):
    drawn = {}
    for rank, shapes in draw_seams(labels, factor, grid, InlineExecutor()):
        drawn[rank] = np.concatenate((drawn.get(rank, np.empty(0, object)), shapes))
    return drawn


@given(st.integers(0, 10_000), st.sampled_from([1, 2, 4]), st.sampled_from([16, 23, 1024]))
@settings(max_examples=25, deadline=None)
def test_polygons_are_valid_and_part_the_extent(seed, factor, side):
    rows, cols = 45 * factor - 1, 60 * factor - (factor > 1)
    grid = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 7000000), (rows, cols))
    labels = patches(seed, (45 * factor // factor, 60), 4)
    labels = labels[: grid.coarsen(factor).shape[0], : grid.coarsen(factor).shape[1]]
    with mock.patch.object(seam_outlines, "SQUARE_CELLS", side):
        drawn = drawn_by_rank(labels, factor, grid)
    every = np.concatenate(list(drawn.values()))
    assert shapely.is_valid(every).all()
    assert np.isclose(shapely.area(every).sum(), shapely.union_all(every).area, rtol=1e-12)
    beyond_m = (seam_outlines.BEYOND_CELLS - 1) * factor * grid.pixel_m
    assert shapely.union_all(every).covers(shapely.box(*grid.bounds).buffer(beyond_m, join_style="mitre"))
    times = sum(burn(prepare_edges(shapes, grid), grid.window).astype(int) for shapes in drawn.values())
    assert times.min() == 1  # a centre exactly on a line counts on both sides, and the scene of higher priority takes it
    pixels = labels.repeat(factor, 0).repeat(factor, 1)[:rows, :cols]
    if factor == 1:
        assert times.max() == 1
        for rank, shapes in drawn.items():
            np.testing.assert_array_equal(burn(prepare_edges(shapes, grid), grid.window), pixels == rank)
    else:
        kept = [burn(prepare_edges(shapes, grid), grid.window)[pixels == rank].mean() for rank, shapes in drawn.items()]
        assert min(kept) > 0.5
        assert np.average(kept, weights=[(pixels == rank).sum() for rank in drawn]) > 0.85


def test_more_scenes_than_codes_still_have_outlines_of_their_own():
    grid = Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, 0), (40, 40))
    labels = (np.arange(400).reshape(20, 20) + 1).repeat(2, 0).repeat(2, 1).astype(np.uint16)
    drawn = drawn_by_rank(labels, 1, grid)
    assert len(drawn) == 400
    for rank in (1, 137, 400):
        np.testing.assert_array_equal(burn(prepare_edges(drawn[rank], grid), grid.window), labels == rank)


def test_cells_without_a_scene_go_along_where_they_lie_beside_others_and_nothing_gives_nothing():
    grid = Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, 0), (20, 20))
    labels = np.zeros((20, 20), np.uint16)
    assert drawn_by_rank(labels, 1, grid) == {}
    labels[:, :4], labels[:, -3:] = 1, 2
    labels[:, 2] = 0
    drawn = drawn_by_rank(labels, 1, grid)
    first, second = (burn(prepare_edges(drawn[rank], grid), grid.window) for rank in (1, 2))
    assert first[:, :6].all()
    assert not first[:, 6:].any()
    assert second[:, 15:].all()
    assert not second[:, :15].any()


def test_small_islands_go_to_the_cheapest_neighbour_that_is_clear():
    labels = np.zeros((30, 30), int)
    labels[:, 15:] = 1
    labels[5:8, 13:17] = 2  # touches both, 1 is cheaper
    labels[20:23, 4:7] = 2  # nobody else is clear there
    labels[12:24, 20:28] = 2  # large enough
    unary = np.zeros((3, 30, 30), np.float32)
    unary[0] = 1
    unary[:2, 21, 5] = np.inf
    mine = np.ones(labels.shape, bool)
    out = absorb_islands(labels, unary, mine, 20)
    assert (out[5:8, 13:17] == 1).all()
    assert (out[20:23, 4:7] == 2).all()
    assert (out[12:24, 20:28] == 2).all()
    mine[6] = False  # reaches beyond what may change
    np.testing.assert_array_equal(absorb_islands(labels, unary, mine, 20), labels)
