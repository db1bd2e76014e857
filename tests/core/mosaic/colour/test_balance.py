"""The balance against truth by construction: gains, haze, missed clouds, order, groups, anchors."""

from dataclasses import replace

import numpy as np
import pytest
from skyfri.plugin.core.mosaic.colour.balance import identity, solve_balance
from skyfri.plugin.core.mosaic.colour.cells import Overlap, cell_keys, is_held_out
from skyfri.plugin.core.mosaic.colour.ties import BalanceOptions

BANDS = ("B02", "B03", "B04", "B08")
LEVEL = np.array([400.0, 600.0, 500.0, 2500.0])


def country(gains, offsets=None, *, noise=0.01, cells=900, seed=1, pairs=None, cloudy=None, share=0.2):
    """Return overlaps of scenes that show one land: observed = gain * true + offset; ``cloudy`` scene has bright cells."""
    rng = np.random.default_rng(seed)
    gains = np.asarray(gains)
    offsets = np.zeros_like(gains) if offsets is None else np.asarray(offsets)
    count = len(gains)
    side = int(cells**0.5)
    found = []
    pairs = pairs or [(i + 1, j + 1) for i in range(count) for j in range(i + 1, count)]
    for number, (i, j) in enumerate(pairs):
        row, col = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side) + 1000 * number, indexing="ij"))
        keys = cell_keys(row, col)
        land = LEVEL * np.exp(rng.normal(0, 0.5, (len(keys), 1)) + rng.normal(0, 0.15, (len(keys), 4)))
        seen = []
        for scene in (i - 1, j - 1):
            value = (gains[scene] * land + offsets[scene]) * (1 + rng.normal(0, noise, land.shape))
            if cloudy is not None and scene == cloudy:
                hidden = rng.random(len(keys)) < share
                thickness = rng.uniform(0.15, 1, (len(keys), 1))
                value = np.where(hidden[:, None], value * (1 - thickness) + 5000 * thickness, value)
            seen.append(value.astype(np.float32))
        found.append(Overlap((i, j), keys, *seen, is_held_out(keys)))
    return found


def ids(count):
    return [f"scene {n}" for n in range(count)]


def drawn_gains(count, seed=3, spread=0.08):
    return 1 + np.random.default_rng(seed).uniform(-spread, spread, (count, 4))


def ratios(balance, gains):
    """Return what is left of the true gains once the common level, which nobody can know, is taken out."""
    left = np.log(balance.gains * gains)
    return np.abs(left - left.mean(axis=0)).max()


def test_known_gains_come_back():
    gains = drawn_gains(6)
    balance = solve_balance(country(gains), ids(6), BANDS)
    assert ratios(balance, gains) < 0.005
    assert np.abs(balance.offsets).max() < 3
    np.testing.assert_allclose(balance.gains.mean(axis=0), 1, atol=0.005)


def test_haze_comes_back_as_an_offset():
    haze = np.array([60.0, 35.0, 25.0, 10.0])
    offsets = np.outer([0, 1, 0, 0], haze)
    overlaps = country(np.ones((4, 4)), offsets, cells=2500)
    balance = solve_balance(overlaps, ids(4), BANDS)
    first, second = overlaps[0].first, overlaps[0].second
    before = np.abs(first - second).mean(axis=0)
    after = np.abs(first * balance.gains[0] + balance.offsets[0] - second * balance.gains[1] - balance.offsets[1]).mean(axis=0)
    assert (after[:3] < 0.35 * before[:3]).all()
    np.testing.assert_allclose(balance.offsets[0] - balance.offsets[1], haze, rtol=0.15, atol=8)
    np.testing.assert_allclose(balance.gains, 1, atol=0.01)


def test_a_fifth_of_missed_cloud_in_one_scene_does_not_move_the_others():
    gains = drawn_gains(5)
    clean = solve_balance(country(gains), ids(5), BANDS)
    cloudy = solve_balance(country(gains, cloudy=2), ids(5), BANDS)
    others = [0, 1, 3, 4]
    apart = np.log(cloudy.gains[others] / clean.gains[others])
    assert np.abs(apart - apart.mean(axis=0)).max() < 0.005
    np.testing.assert_allclose(cloudy.gains[2] / cloudy.gains[0], clean.gains[2] / clean.gains[0], rtol=0.02)
    suspects = [3 in pair for pair, _ in cloudy.outliers]
    assert len(suspects) > 200 and np.mean(suspects) > 0.95


def test_the_order_of_scenes_does_not_matter():
    gains = drawn_gains(4)
    overlaps = country(gains)
    turned = [Overlap((5 - o.pair[1], 5 - o.pair[0]), o.keys, o.second, o.first, o.held_out) for o in overlaps][::-1]
    a, b = solve_balance(overlaps, ids(4), BANDS), solve_balance(turned, ids(4), BANDS)
    np.testing.assert_allclose(a.gains, b.gains[::-1], rtol=1e-6)
    np.testing.assert_allclose(a.offsets, b.offsets[::-1], atol=1e-3)


def test_scenes_that_meet_no_other_stay_as_they_are_and_groups_are_told():
    gains = drawn_gains(5)
    balance = solve_balance(country(gains, pairs=[(1, 2), (3, 4)]), ids(5), BANDS)
    assert balance.groups[0] == balance.groups[1] != balance.groups[2] == balance.groups[3]
    assert len(set(balance.groups)) == 3
    np.testing.assert_allclose(balance.gains[4], 1, atol=1e-9)
    np.testing.assert_allclose(balance.offsets[4], 0, atol=1e-9)
    for pair in ([0, 1], [2, 3]):
        np.testing.assert_allclose(balance.gains[pair].mean(axis=0), 1, atol=1e-6)


def test_the_scenes_that_fill_the_mosaic_keep_its_level():
    gains = np.ones((3, 4)) * np.array([[1.0], [1.1], [0.95]])
    balance = solve_balance(country(gains), ids(3), BANDS, importance=np.array([1000.0, 1, 1]))
    np.testing.assert_allclose(balance.gains[0], 1, atol=0.002)
    np.testing.assert_allclose(balance.gains[1], 1 / 1.1, rtol=0.006)


def test_an_anchor_stays_where_it_is_put():
    gains = drawn_gains(4)
    wanted = np.log([1.2, 1.1, 1.0, 0.9])
    balance = solve_balance(country(gains), ids(4), BANDS, anchors={2: wanted})
    np.testing.assert_allclose(balance.gains[1], np.exp(wanted), rtol=1e-4)
    np.testing.assert_allclose(balance.gains[0] / balance.gains[1], gains[1] / gains[0], rtol=0.01)


@pytest.mark.parametrize("overlaps", [[], country(np.ones((2, 4)), cells=0)])
def test_nothing_is_changed_where_nothing_overlaps(overlaps):
    balance = solve_balance(overlaps, ids(2), BANDS)
    same = identity(ids(2), BANDS)
    np.testing.assert_allclose(balance.gains, same.gains)
    np.testing.assert_allclose(balance.offsets, same.offsets)
    assert balance.groups == (0, 1)


def test_the_checks_own_cells_are_never_used():
    gains = drawn_gains(3)
    overlaps = country(gains)
    spoilt = [
        Overlap(o.pair, o.keys, np.where(o.held_out[:, None], 9000, o.first).astype(np.float32), o.second, o.held_out) for o in overlaps
    ]
    np.testing.assert_array_equal(solve_balance(overlaps, ids(3), BANDS).gains, solve_balance(spoilt, ids(3), BANDS).gains)


def test_a_thinned_choice_of_ties_counts_for_all_of_them():
    gains = drawn_gains(5, spread=0.15)
    overlaps = country(gains, cells=2500)
    whole = solve_balance(overlaps, ids(5), BANDS)
    thinned = solve_balance(overlaps, ids(5), BANDS, options=BalanceOptions(cells_in_all=60 * len(overlaps)))
    np.testing.assert_allclose(thinned.gains, whole.gains, rtol=0.009)
    some = [
        replace(o, **{name: getattr(o, name)[::20] for name in ("keys", "first", "second", "held_out")}, share=1 / 20) for o in overlaps
    ]
    np.testing.assert_allclose(solve_balance(some, ids(5), BANDS).gains, whole.gains, rtol=0.009)
