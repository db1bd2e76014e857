"""Minimum cuts and expansion moves: brute force is the oracle."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from skyfri.plugin.core.mosaic.seams.cost import cell_features
from skyfri.plugin.core.mosaic.seams.expansion import STEPS_PER_UNIT, Energy, expand, minimum_cut


def measure_energy(labels, energy):
    """The formula at the head of the module, cell by cell."""
    rows, cols = labels.shape
    total = 0.0
    for row, col in np.ndindex(rows, cols):
        here = labels[row, col]
        total += energy.unary[here, row, col]
        for down, right, weights in ((0, 1, energy.across), (1, 0, energy.down)):
            if row + down == rows or col + right == cols or labels[row + down, col + right] == here:
                continue
            pair = [here, labels[row + down, col + right]]
            cells = [row * cols + col, (row + down) * cols + col + right]
            step = sum(np.abs(np.subtract(*energy.features[pair, cell].astype(float))).mean() for cell in cells)
            total += weights[row, col] * (energy.length + min(energy.cap, step))
    return float(total)


def energy_of(unary, features, *, length=0.3, cap=50.0):
    rows, cols = unary.shape[1:]
    return Energy(
        unary.astype(np.float32),
        cell_features(features.astype(np.float32)),
        np.ones((rows, cols - 1), np.float32),
        np.ones((rows - 1, cols), np.float32),
        length,
        cap,
    )


@given(st.integers(0, 100_000))
@settings(max_examples=150, deadline=None)
def test_a_cut_is_the_least_and_of_the_least_the_one_with_fewest_changes(seed):
    rng = np.random.default_rng(seed)
    count, sides = int(rng.integers(1, 9)), int(rng.integers(0, 16))
    theta = rng.integers(-8, 9, count) / 2
    p, q = rng.integers(0, count, sides), rng.integers(0, count, sides)
    p, q = p[p != q], q[p != q]
    pair = rng.integers(0, 9, len(p)) / 2

    def cost(x):
        return (theta * x).sum() + (pair * (1 - x[p]) * x[q]).sum()

    every = [np.array(bits) for bits in itertools.product((0, 1), repeat=count)]
    least = min((cost(x), x.sum()) for x in every)
    found = minimum_cut(theta, p, q, pair).astype(int)
    assert (cost(found), found.sum()) == least


@given(st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_two_labels_get_the_least_energy_of_all_labellings(seed):
    rng = np.random.default_rng(seed)
    unary, features = rng.uniform(0, 4, (2, 3, 3)), rng.uniform(0, 3, (2, 2, 3, 3))
    unary[rng.random(unary.shape) < 0.1] = np.inf
    unary[0][~np.isfinite(unary).any(axis=0)] = 1
    energy = energy_of(unary, features)
    found = measure_energy(expand(unary.argmin(axis=0), energy, np.ones((3, 3), bool)), energy)
    least = min(measure_energy(np.reshape(bits, (3, 3)), energy) for bits in itertools.product((0, 1), repeat=9))
    assert found <= least + 24 / STEPS_PER_UNIT  # costs are rounded to whole steps


@given(st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_energy_never_rises_fixed_cells_stay_and_forbidden_labels_are_not_taken(seed):
    rng = np.random.default_rng(seed)
    unary, features = rng.uniform(0, 3, (4, 12, 14)), rng.uniform(0, 2, (4, 3, 12, 14))
    unary[rng.random(unary.shape) < 0.2] = np.inf
    unary[1][~np.isfinite(unary).any(axis=0)] = 2
    energy = energy_of(unary, features, cap=1.0)
    begin = unary.argmin(axis=0)
    free = rng.random(begin.shape) < 0.8
    labels = expand(begin, energy, free)
    assert measure_energy(labels, energy) <= measure_energy(begin, energy) + 1e-3
    np.testing.assert_array_equal(labels[~free], begin[~free])
    assert np.isfinite(np.take_along_axis(unary, labels[None], 0)).all()


def test_a_seam_takes_the_cheapest_path_that_dijkstra_finds():
    rng = np.random.default_rng(3)
    rows, cols = 24, 30
    features = np.zeros((2, 1, rows, cols))
    features[1, 0] = rng.uniform(0.5, 4, (rows, cols))
    features[1, 0, :, 14] = 0.01 * rng.random(rows)  # a strip of agreement with a detour
    features[1, 0, 10:14, 14] = 6
    features[1, 0, 9:15, 18] = features[1, 0, 9, 14:19] = features[1, 0, 14, 14:19] = 0
    unary = np.zeros((2, rows, cols))
    unary[0, :, -1] = unary[1, :, 0] = np.inf
    energy = energy_of(unary, features, length=0.05)
    begin = np.zeros((rows, cols), int)
    begin[:, -1] = 1
    labels = expand(begin, energy, np.ones(begin.shape, bool))
    assert abs(measure_energy(labels, energy) - shortest_cut(features[1, 0], 0.05)) < rows * cols / STEPS_PER_UNIT / 4
    assert labels[12, 14] == labels[12, 16] == 0  # around the obstacle, not through it


def shortest_cut(step, length):
    """Return the length of the shortest path from top to bottom along the corners of cells, which a cut is dual to."""
    rows, cols = step.shape
    number = np.arange((rows + 1) * (cols - 1)).reshape(rows + 1, cols - 1)  # corners right of cells 0 .. cols - 2
    graph = np.zeros((number.size, number.size))
    for row, col in itertools.product(range(rows), range(cols - 1)):
        a, b = number[row, col], number[row + 1, col]
        graph[a, b] = graph[b, a] = length + step[row, col] + step[row, col + 1]
    for row, col in itertools.product(range(1, rows), range(1, cols - 1)):
        a, b = number[row, col - 1], number[row, col]
        graph[a, b] = graph[b, a] = length + step[row - 1, col] + step[row, col]
    start = number[0]
    return dijkstra(graph, indices=start)[:, number[-1]].min()
