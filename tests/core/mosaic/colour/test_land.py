"""Water and snow tie no scene to another where there is land."""

from dataclasses import replace

import numpy as np
import pytest
from skyfri.plugin.core.mosaic.colour.balance import solve_balance
from skyfri.plugin.core.mosaic.colour.cells import Overlap, SceneCells, cell_keys, is_held_out, pair_cells
from skyfri.plugin.core.mosaic.colour.land import mark_land, shows_land

BANDS = ("B02", "B03", "B04", "B08", "B11")
SPECTRA = {
    "forest": (200, 400, 250, 2800, 1400),
    "crop": (500, 800, 700, 3200, 2300),
    "rock": (1500, 1700, 1900, 2300, 2800),
    "town": (1200, 1300, 1400, 1900, 2000),
    "shadow on land": (80, 90, 60, 400, 250),
    "lake": (350, 300, 180, 90, 40),
    "turbid river": (900, 1100, 1000, 500, 100),
    "fresh snow": (8500, 8600, 8700, 8900, 600),
    "old snow": (5200, 5100, 5000, 4300, 500),
    "ice": (4500, 4300, 3600, 2300, 200),
}
LAND = {"forest", "crop", "rock", "town", "shadow on land"}


@pytest.mark.parametrize("name", SPECTRA)
def test_ground_is_told_from_water_and_snow(name):
    assert shows_land(np.array([SPECTRA[name]], float), BANDS)[0] == (name in LAND)


@pytest.mark.parametrize("name", SPECTRA)
def test_four_bands_tell_as_much_and_two_leave_it_open(name):
    assert shows_land(np.array([SPECTRA[name][:4]], float), BANDS[:4])[0] == (name in LAND)
    assert shows_land(np.array([SPECTRA[name][:2]], float), BANDS[:2])[0]


def overlaps_of(gain, glint, *, water=0.6, seed=4):
    """Two scenes of one country, much of it a lake that is ``glint`` times as bright in the second."""
    rng = np.random.default_rng(seed)
    row, col = (axis.ravel() for axis in np.meshgrid(np.arange(40), np.arange(40), indexing="ij"))
    keys = cell_keys(row, col)
    lake = rng.random(len(keys)) < water
    ground = np.where(lake[:, None], SPECTRA["lake"], SPECTRA["crop"]) * np.exp(rng.normal(0, 0.2, (len(keys), 1)))
    seen = [ground, ground * gain * np.where(lake[:, None], glint, 1)]
    cells = [
        SceneCells(n, keys, (s * (1 + rng.normal(0, 0.01, s.shape))).astype(np.float32), is_held_out(keys)) for n, s in enumerate(seen, 1)
    ]
    return pair_cells(mark_land(cells, BANDS), [(1, 2)])


def ratio(overlaps):
    gains = solve_balance(overlaps, ["a", "b"], BANDS).gains
    return gains[0] / gains[1]


def test_glint_on_a_lake_that_fills_most_of_a_scene_sets_no_gain():
    (told,) = overlaps_of(1.05, 1.5)
    columns = {name: getattr(told, name)[told.land] for name in ("keys", "first", "second", "held_out", "land")}
    expected = ratio([replace(told, **columns)])
    np.testing.assert_allclose(expected, 1.05, atol=0.02)
    np.testing.assert_allclose(ratio([told]), expected, atol=0.003)
    assert np.abs(ratio([replace(told, land=None)]) - expected).max() > 0.02


def test_over_the_sea_water_ties_scenes_all_the_same():
    found = solve_balance(overlaps_of(1.05, 1.0, water=1.0), ["a", "b"], BANDS)
    assert found.groups == (0, 0)
    assert (found.gains[0] / found.gains[1] > 1.0).all()


def test_a_cell_is_land_where_both_scenes_show_it():
    keys = cell_keys(np.arange(4), np.arange(4))
    first = np.array([SPECTRA[n] for n in ("crop", "crop", "lake", "lake")], np.float32)
    second = np.array([SPECTRA[n] for n in ("crop", "fresh snow", "crop", "lake")], np.float32)
    cells = [SceneCells(n, keys, medians, is_held_out(keys)) for n, medians in ((1, first), (2, second))]
    (overlap,) = pair_cells(mark_land(cells, BANDS), [(1, 2)])
    np.testing.assert_array_equal(overlap.steady, [True, False, False, False])
    (unmarked,) = pair_cells(cells, [(1, 2)])
    assert unmarked.land is None and unmarked.steady.all()
    assert Overlap((1, 2), keys, first, second, is_held_out(keys)).steady.all()
