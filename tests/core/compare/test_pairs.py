"""Pairs are proposed by acquisition and tile, never by baseline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.compare.pairs import find_pairs, pairs_of, same_take
from skyfri.plugin.core.scenes import open_scene

NAME = "S2A_MSIL1C_20170827T105621_{baseline}_R094_T33WVN_20170827T105{last}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return open_scene(stack(tmp_path_factory.mktemp("pairs"), NAME.format(baseline="N0205", last="621")))


def stack(folder, name):
    path = folder / f"{name}.tif"
    profile = {"count": 1, "height": 8, "width": 8, "dtype": "uint16", "crs": "EPSG:32633", "transform": Affine(10, 0, 4e5, 0, -10, 7.3e6)}
    with rasterio.open(path, "w", driver="GTiff", **profile) as dataset:
        dataset.write(np.full((1, 8, 8), 900, "uint16"))
        dataset.descriptions = ("B04",)
    return path


def test_one_acquisition_by_two_elevation_models_is_a_pair_whatever_the_baseline(scene):
    national = replace(scene, id=NAME.format(baseline="N0202", last="900") + "_DTERRENGDATA", baseline="02.02")
    (pair,) = pairs_of([national, scene])
    assert (pair.kind, pair.a, pair.b) == ("elevation", scene, national)
    take = "GS2A_20170827T105621_011383_N02"
    (same,) = pairs_of([replace(scene, datatake=f"{take}.05"), replace(national, datatake=f"{take}.02")])
    assert same.kind == "elevation"


@pytest.mark.parametrize(
    "change",
    [
        {"platform": "S2B"},
        {"tile": "33WVM"},
        {"sensed": datetime(2017, 9, 6, 10, 56, tzinfo=UTC)},
        {"relative_orbit": None},
        {"sensed": None},
    ],
)
def test_another_platform_tile_or_day_is_no_pair_of_elevation_models(scene, change):
    national = replace(scene, id=scene.id + "_DTERRENGDATA", datatake="", **change)
    assert not pairs_of([replace(scene, datatake=""), national])


def test_two_baselines_of_one_model_are_no_pair(scene):
    again = replace(scene, id=NAME.format(baseline="N0500", last="700"), baseline="05.00")
    assert same_take(scene, again)
    assert not pairs_of([scene, again])


def test_one_tile_from_two_orbits_is_a_pair_the_nearest_dates_first(scene):
    nadir = [replace(scene, id=f"nadir{days}", relative_orbit=51, sensed=scene.sensed + timedelta(days=days)) for days in (20, 7, -3)]
    pairs = pairs_of([scene, *nadir])
    assert [(pair.kind, round(pair.days_apart)) for pair in pairs] == [("orbit", 3), ("orbit", 7), ("orbit", 20)]
    assert pairs[0].b is scene and pairs[1].a is scene
    assert not pairs_of([scene, replace(nadir[0], id="nadir_DTERRENGDATA")])


def test_a_folder_is_looked_through(tmp_path):
    plain = NAME.format(baseline="N0205", last="621")
    for name in (plain, NAME.format(baseline="N0202", last="900") + "_DTERRENGDATA", plain.replace("R094", "R051")):
        stack(tmp_path, name)
    pairs, unread = find_pairs(tmp_path)
    assert not unread
    assert [pair.kind for pair in pairs] == ["elevation", "orbit"]
    assert pairs[0].b.id.endswith("_DTERRENGDATA") and pairs[0].a.id == plain
