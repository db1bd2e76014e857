"""Extremes over squares, beside SciPy's filters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skyfri.plugin.core.regions.neighbourhood import highest, lowest


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 30), st.integers(0, 9))
def test_extremes_are_those_of_scipy_whose_edges_repeat(rows, cols, by_px, seed):
    ranks = np.random.default_rng(seed).integers(0, 9, (rows, cols)).astype(np.uint16)
    mask = ranks > 1
    for values in (ranks, mask):
        for ours, theirs in ((lowest, ndimage.minimum_filter), (highest, ndimage.maximum_filter)):
            found = ours(values, by_px)
            assert found.dtype == values.dtype and found is not values
            np.testing.assert_array_equal(found, theirs(values, 2 * by_px + 1, mode="nearest"))
