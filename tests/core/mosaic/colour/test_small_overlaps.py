"""Small overlaps are balanced as well: a handful of cells leaves no step, and haze and gains are told apart where ties can."""

import numpy as np
import pytest
from skyfri.plugin.core.mosaic.colour.balance import solve_balance
from skyfri.plugin.core.mosaic.colour.cells import (
    ENOUGH_WHOLE,
    Overlap,
    SceneCells,
    cell_keys,
    is_held_out,
    pair_cells,
    reduce_parts,
    reduce_to_cells,
)

BANDS = ("B02", "B03", "B04", "B08")
NOISE = 0.05
HAZE = np.array([120.0, 80.0, 50.0, 20.0])


def overlap(count, change, seed=0):
    """Cells of two scenes, the second changed, both with noise."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count * 1.3))) + 1
    row, col = np.divmod(np.arange(side * side), side)
    keys = np.sort(cell_keys(row + 7 * seed, col))
    keys = keys[~is_held_out(keys)][:count]
    ground = np.exp(random.normal(np.log(800), 0.4, (count, 4)))
    first, second = (level * np.exp(random.normal(0, NOISE / np.sqrt(2), ground.shape)) for level in (ground, change(ground)))
    return Overlap((1, 2), keys, first.astype(np.float32), second.astype(np.float32), np.zeros(count, bool))


def ratios_left(count, change, level=800.0):
    """What is left of the difference at a level, (seeds, bands)."""
    found = []
    for seed in range(6):
        balance = solve_balance([overlap(count, change, seed)], ("a", "b"), BANDS)
        first, second = (balance.gains[n] * value + balance.offsets[n] for n, value in enumerate((level, change(np.full(4, level)))))
        found.append(second / first)
    return np.array(found)


CHANGES = {"gain": lambda v: 1.3 * v, "haze": lambda v: v + HAZE, "both": lambda v: 1.15 * v + HAZE / 2}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize(("count", "most"), [(8, 0.03), (20, 0.025), (100, 0.01), (400, 0.006), (4000, 0.004)])
def test_what_is_left_of_a_difference_is_no_more_than_the_noise_of_its_cells(kind, count, most):
    left = ratios_left(count, CHANGES[kind])
    assert np.sqrt(np.mean((left - 1) ** 2)) <= most
    assert np.abs(left.mean(axis=0) - 1).max() <= most


def test_dark_ground_tells_that_haze_was_told_from_a_gain():
    for kind in ("gain", "haze"):
        left = ratios_left(400, CHANGES[kind], level=250.0)
        assert np.abs(left - 1).max() < 0.12


def test_one_pair_of_few_cells_does_not_move_the_others():
    many = overlap(3000, CHANGES["gain"])
    few = Overlap((2, 3), *(getattr(overlap(6, lambda v: v * 1.2, 9), name) for name in ("keys", "first", "second", "held_out")))
    alone, both = (solve_balance(pairs, ("a", "b", "c"), BANDS) for pairs in ([many], [many, few]))
    np.testing.assert_allclose(both.gains[1] / both.gains[0], alone.gains[1] / alone.gains[0], rtol=0.02)
    np.testing.assert_allclose(both.gains[2] / both.gains[1], 1 / 1.2, rtol=0.09)


def test_nothing_is_taken_from_three_cells_that_cannot_be_meant():
    """Three cells of a missed cloud: five times as bright."""
    balance = solve_balance([overlap(3, lambda v: 5 * v)], ("a", "b"), BANDS)
    assert (balance.gains[0] / balance.gains[1]).min() > 0.5 and (balance.gains[0] / balance.gains[1]).max() < 5


def test_cells_that_are_clear_in_part_are_measured_on_what_is_clear():
    random = np.random.default_rng(1)
    data = random.integers(500, 1500, (2, 16, 24)).astype(np.uint16)
    usable = np.ones((16, 24), bool)
    usable[:8, 8:16] = False
    usable[0, 8:16] = True  # 8 of 64: too few
    usable[8:12, 0:8] = False  # half of it
    row, col, medians = reduce_parts(data, usable)
    assert list(zip(row, col, strict=True)) == [(1, 0)]
    np.testing.assert_allclose(medians[0], np.median(data[:, 12:16, 0:8].reshape(2, -1), axis=1))
    whole = set(zip(*reduce_to_cells(data, usable)[:2], strict=True))
    assert whole == {(0, 0), (0, 2), (1, 1), (1, 2)}


@pytest.mark.parametrize(("whole_cells", "expected"), [(ENOUGH_WHOLE, ENOUGH_WHOLE), (ENOUGH_WHOLE - 1, 100)])
def test_parts_are_compared_only_where_whole_cells_are_few(whole_cells, expected):
    keys = cell_keys(np.arange(100), np.arange(100))
    whole = np.arange(100) < whole_cells
    scenes = [SceneCells(rank, keys, np.full((100, 4), 800, np.float32), is_held_out(keys), whole=whole) for rank in (1, 2)]
    (pair,) = pair_cells(scenes, [(1, 2)])
    assert len(pair.keys) == expected
    assert len(scenes[0].only_whole().keys) == whole_cells
