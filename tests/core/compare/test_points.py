"""Known displacements are found to a fiftieth of a pixel, with the sign of the contract and an honest sigma."""

import numpy as np
import pytest
from skyfri.plugin.core.compare.matching.align import Piece
from skyfri.plugin.core.compare.matching.points import kept, match
from skyfri.plugin.core.compare.options import MatchOptions
from skyfri.tests.core.compare.made_pairs import SIDE, land, pair

OPTIONS = MatchOptions()
INNER_PX = 60


def inner(points):
    inside = (np.minimum(points.row, points.col) > INNER_PX) & (np.maximum(points.row, points.col) < SIDE - INNER_PX)
    return points.taken(inside & kept(points, OPTIONS))


@pytest.mark.parametrize(("east", "north"), [(0.3, -0.4), (0.5, 0.5), (-2.3, 5.4), (0.0, 0.0), (3.0, 0.0)])
def test_a_constant_shift_is_found_with_its_sign(east, north):
    points = inner(match(*pair(east, north), OPTIONS))
    assert len(points.row) > 250
    for found, true in ((points.east_px, east), (points.north_px, north)):
        assert abs((found - true).mean()) <= 0.006
        assert np.sqrt(((found - true) ** 2).mean()) <= 0.03
        assert 0.5 <= (np.abs(found - true) <= points.sigma_px).mean() <= 0.95


@pytest.mark.parametrize(("wave_px", "least"), [(96, 0.93), (192, 0.98)])
def test_waves_keep_their_height(wave_px, least):
    row, col = np.indices((SIDE, SIDE)) * (2 * np.pi / wave_px)
    east, north = np.sin(col) * np.cos(row), np.cos(col) * np.sin(row)
    points = inner(match(*pair(east, north), OPTIONS))
    at = np.rint(points.row).astype(int), np.rint(points.col).astype(int)
    for found, true in ((points.east_px, east[at]), (points.north_px, north[at])):
        assert least <= np.polyfit(true, found, 1)[0] <= 1.02
        assert 0.5 <= (np.abs(found - true) <= points.sigma_px).mean() <= 0.95


def test_clouds_are_not_kept():
    a, b = pair(0.6, 0.35)
    rows, cols = np.indices(b.samples.shape)
    cloud = np.hypot(rows - 200, cols - 250) < 50
    clouded = np.where(cloud, 5000 + 300 * np.sin(rows / 3) * np.cos(cols / 4), b.samples).astype(np.float32)
    points = match(a, Piece(clouded, b.valid), OPTIONS)
    inside = np.hypot(points.row - 200, points.col - 250) < 50
    chosen = kept(points, OPTIONS)
    assert inside.sum() > 20 and not chosen[inside].any()
    far = np.hypot(points.row - 200, points.col - 250) > 90
    assert chosen[far & (points.row > 60) & (points.col > 60) & (points.row < 390) & (points.col < 390)].mean() > 0.9


def test_nothing_is_matched_where_there_is_no_data_or_no_likeness():
    a, b = pair(0.2, 0.1)
    empty = Piece(np.zeros_like(a.samples), np.zeros_like(a.valid))
    assert len(match(a, empty, OPTIONS).row) == 0 and len(match(empty, b, OPTIONS).row) == 0
    other = Piece(land(7).astype(np.float32), a.valid)
    assert kept(match(a, other, OPTIONS), OPTIONS).mean() < 0.05
    flat = Piece(np.full_like(a.samples, 1000), a.valid)
    assert not kept(match(flat, flat, OPTIONS), OPTIONS).any()


def test_gaps_are_left_out_and_do_not_bend_the_field():
    a, b = pair(0.3, -0.4)
    valid = b.valid.copy()
    valid[:, 250:330] = False
    points = match(a, Piece(np.where(valid, b.samples, 0), valid), OPTIONS)
    chosen = points.taken(kept(points, OPTIONS) & (points.col > 60) & (points.col < 390) & (points.row > 60) & (points.row < 390))
    assert not ((chosen.col > 255) & (chosen.col < 325)).any()
    assert np.abs(chosen.east_px - 0.3).max() < 0.2
