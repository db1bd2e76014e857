"""View normalisation against truth by construction: a tilt made by the kernels is taken away again."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.view import c_factor, c_factors, li_sparse_reciprocal, reflectance, ross_thick
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import AngleGrid, Scene, open_scene
from skyfri.plugin.core.scenes.angles import Directions, single_direction
from skyfri.plugin.core.scenes.msi import MSI

from ..conftest import Listener

BANDS = ("B02", "B04", "B06", "B08", "B8A", "B11")
GRID = Grid("EPSG:25833", Affine(300, 0, 500_000, 0, -300, 6_600_000), (240, 240))
DEGREES = st.floats(0, 80)


def view_grid(left_deg, right_deg, azimuth_deg=140.0):
    """Return a view that turns from west to east, degrees from the vertical, negative towards the other side."""
    across = np.broadcast_to(np.linspace(left_deg, right_deg, 16), (16, 16))
    azimuth = np.where(across >= 0, azimuth_deg, azimuth_deg + 180) % 360
    return AngleGrid(np.abs(across).astype(np.float32), azimuth.astype(np.float32), GRID.bounds[0], GRID.bounds[3], 5000.0)


def land(seed=3):
    rng = np.random.default_rng(seed)
    fields = np.kron(rng.uniform(0.7, 1.3, (len(BANDS), 24, 24)), np.ones((1, 10, 10)))
    return np.array([500, 700, 1500, 2500, 2600, 1800])[:, None, None] * fields


def scene_of(folder, name, view, sun=(48.0, 165.0), *, gain=1.0, date="2024-06-10", tilted=True):
    """Return a scene that shows the land as seen along ``view``."""
    bare = Scene(name, "", None, "33VXX", "S2A", 1, "", "L2A", "05.10", {}, GRID, None)
    angles = {(band, 2): view for band in BANDS}
    known = replace(bare, sun=single_direction(*sun, GRID.bounds[0], GRID.bounds[3]), view=angles)
    samples = gain * land() / (c_factors(known, GRID, BANDS) if tilted else 1)
    path = folder / f"{name}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", dtype="uint16", count=len(BANDS), height=240, width=240, crs=GRID.crs, transform=GRID.transform, nodata=0
    ) as out:
        out.write(np.rint(samples).astype(np.uint16))
        out.descriptions = BANDS
        out.update_tags(SCENE_ID=name, DATE=date)
    return replace(open_scene(path), sun=known.sun, view=angles)


def mosaic_of(scenes, folder, progress=None, **options):
    outputs = MosaicOutputs(folder / "m.tif", report_json=folder / "r.json", report_html=folder / "r.html")
    report = build(scenes, None, MosaicOptions(edge_px=0, **options), outputs, progress=progress or Silent())
    with rasterio.open(outputs.mosaic) as dataset:
        return dataset.read().astype(float), report


@given(DEGREES, DEGREES, st.floats(-360, 360))
def test_kernels_are_reciprocal_even_and_finite(sun, view, azimuth):
    sun, view, azimuth = np.deg2rad([sun, view, azimuth])
    for kernel in (ross_thick, li_sparse_reciprocal):
        value = kernel(sun, view, azimuth)
        assert np.isfinite(value)
        np.testing.assert_allclose(value, kernel(view, sun, azimuth), atol=1e-6, rtol=1e-6)
        np.testing.assert_allclose(value, kernel(sun, view, -azimuth), atol=1e-6, rtol=1e-6)


def test_kernels_are_zero_where_sun_and_sensor_stand_overhead():
    for kernel in (ross_thick, li_sparse_reciprocal):
        assert kernel(np.float64(0), np.float64(0), np.float64(0)) == pytest.approx(0, abs=1e-12)


@given(st.floats(0, 75), st.floats(0, 12), st.floats(0, 360), st.sampled_from(list(MSI)))
def test_the_factor_is_small_and_brightens_what_is_seen_against_the_light(sun, view, azimuth, band):
    sun_direction = Directions(np.float32([sun]), np.float32([180.0]))
    factor = c_factor(sun_direction, Directions(np.float32([view]), np.float32([azimuth])), band)[0]
    assert 0.85 < factor < 1.15
    assert c_factor(sun_direction, Directions(np.float32([0.0]), np.float32([azimuth])), band)[0] == pytest.approx(1, abs=1e-12)
    if sun > 20 and view > 2:
        towards, away = (c_factor(sun_direction, Directions(np.float32([view]), np.float32([a])), band)[0] for a in (180, 0))
        assert towards < 1 < away


def test_red_edge_and_narrow_infrared_lie_between_red_and_infrared():
    tilt = [float(reflectance(np.deg2rad(45), np.deg2rad(10), np.pi, band)) for band in ("B04", "B05", "B06", "B07", "B08", "B8A")]
    assert tilt == sorted(tilt) and tilt[-1] == tilt[-2]


@pytest.mark.parametrize("balance", ["none", "global", "local"])
def test_a_tilt_made_by_the_kernels_is_recovered(tmp_path, balance):
    """West half of the mosaic by a scene seen from the east, the rest by one seen from the west, other sun, other gain."""
    west = scene_of(tmp_path, "west", view_grid(2, 11))
    east = scene_of(tmp_path, "east", view_grid(-11, -2), sun=(55.0, 190.0), date="2024-06-13")
    with rasterio.open(west.path, "r+") as dataset:
        samples = dataset.read()
        samples[:, :, 140:] = 0
        dataset.write(samples)
    (tmp_path / "on").mkdir()
    tilted, _ = mosaic_of([west, east], tmp_path, balance=balance)
    found, report = mosaic_of([west, east], tmp_path / "on", balance=balance, normalise_view=True)
    truth = land()
    wrong = np.abs(found / truth - 1)
    assert np.percentile(wrong, 99) < 0.006 and wrong.max() < 0.012
    left = np.percentile(np.abs(tilted / truth - 1), 90)
    assert left > (0.03 if balance == "none" else 0.015)  # gains take the mean of a tilt, not its slope
    facts = report.content["view_normalisation"]
    assert (facts["scenes"], facts["of"]) == (2, 2)
    low, high = facts["factors"]["B08"]
    assert 0.9 < low < 0.97 and 1.02 < high < 1.1
    if balance != "none":
        assert "2 of 2 scenes were normalised to the view from the vertical" in (tmp_path / "on" / "r.html").read_text()
        for entry in report.content["scenes"]:
            np.testing.assert_allclose(list(entry["gain"].values()), 1, atol=0.004)


def test_scenes_without_angle_grids_stay_as_they_are_and_are_named_once(tmp_path):
    tilted = scene_of(tmp_path, "tilted", view_grid(2, 11))
    mean = replace(tilted, view={("B02", 0): single_direction(6, 100, 0, 0)})
    none = replace(scene_of(tmp_path, "bare", view_grid(2, 11), date="2024-06-13"), sun=None, view={})
    listener = Listener()
    (tmp_path / "off").mkdir()
    found, report = mosaic_of([mean, none], tmp_path, listener, balance="none", normalise_view=True)
    expected, plain = mosaic_of([mean, none], tmp_path / "off", balance="none")
    np.testing.assert_array_equal(found, expected)
    told = [warning for warning in listener.warnings if "angles" in warning]
    assert len(told) == 1 and "2 of 2 scenes" in told[0] and "tilted, bare" in told[0] and "MTD_TL.xml" in told[0]
    assert report.content["view_normalisation"]["scenes"] == 0
    assert plain.content["view_normalisation"] is None and report.content["settings"]["normalise_view"] is True


def test_a_band_whose_view_is_not_stated_takes_the_mean_of_those_that_are(tmp_path):
    scene = scene_of(tmp_path, "x", view_grid(2, 11))
    part = replace(scene, view={key: view for key, view in scene.view.items() if key[0] != "B8A"})
    np.testing.assert_allclose(c_factors(part, GRID, BANDS), c_factors(scene, GRID, BANDS), atol=1e-6)
