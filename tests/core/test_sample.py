"""The sample scenes hold what they promise: gains, overlaps, shadows, offsets and angles are true by construction."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.features import rasterize
from rasterio.warp import Resampling, reproject
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.sample import SampleOptions, make_products, make_stacks, read_truth
from skyfri.tests.sample.layout import Direction, passes_of, sun_position, tiles_of
from skyfri.tests.sample.noise import Points
from skyfri.tests.sample.sky import CloudLayer, optical_depth, sky_of

SMALL = SampleOptions(size_px=180, pixel_m=60, bands=("B02", "B04", "B08"))


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(), dataset.transform


def test_the_injected_gain_is_the_ratio_of_two_clear_dates(tmp_path):
    options = replace(SMALL, tiles=1, dates=2, weather=("clear",), gains=(1.0, 1.2), swath_cut=(0.0,), noise_dn=0)
    first, second = (read(path)[0].astype(float) for path in make_stacks(tmp_path, options))
    bright = first > 200
    assert bright.mean() > 0.5
    np.testing.assert_allclose(second[bright], 1.2 * first[bright], atol=0.5 + 0.5 * 1.2 + 1e-3)


def test_drawn_gains_and_haze_are_those_of_the_truth(tmp_path):
    options = replace(SMALL, tiles=1, dates=2, weather=("clear",), haze=(0.0, 0.02), swath_cut=(0.0,), noise_dn=0)
    paths = make_stacks(tmp_path, options)
    facts = [read_truth(tmp_path).scenes[path.stem] for path in paths]
    assert facts[1]["offset"]["B02"] == 200
    pixels = [read(path)[0].astype(float) for path in paths]
    for band, name in enumerate(options.bands):
        true = [(p[band] - fact["offset"][name]) / fact["gain"][name] for p, fact in zip(pixels, facts, strict=True)]
        np.testing.assert_allclose(true[0], true[1], atol=1.2)


def test_tiles_of_one_pass_agree_where_they_overlap(tmp_path):
    options = replace(SMALL, dates=1, weather=("mixed",))
    (upper, at), (lower, below) = (read(path) for path in make_stacks(tmp_path, options))
    shift = round((below.f - at.f) / at.e)
    assert options.size_px - shift == options.overlap_px
    np.testing.assert_array_equal(upper[:, shift:], lower[:, : options.overlap_px])


def test_full_size_tiles_overlap_as_the_tiling_grid_does():
    tiles = tiles_of(SampleOptions(tiles=4, size_px=10_980))
    assert [tile.name for tile in tiles] == ["32VPM", "32VPL", "32VQM", "32VQL"]
    assert tiles[0].grid.bounds[3] - tiles[0].grid.bounds[1] == 109_800
    assert tiles[1].grid.bounds[3] - tiles[0].grid.bounds[1] == pytest.approx(9_800, abs=30)


def test_the_result_does_not_depend_on_the_blocks(tmp_path):
    options = replace(SMALL, tiles=1, weather=("mixed", "sheet", "cirrus"), drift=(0.03,), season=(0.0, 0.3))
    whole = make_stacks(tmp_path / "whole", replace(options, block_px=384))
    parts = make_stacks(tmp_path / "parts", replace(options, block_px=66))
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(read(one)[0], read(other)[0])


def test_equal_options_give_equal_pixels_and_another_seed_another_country(tmp_path):
    options = replace(SMALL, tiles=1, dates=1)
    first, again = (read(make_stacks(tmp_path / name, options)[0])[0] for name in ("a", "b"))
    other = read(make_stacks(tmp_path / "c", replace(options, seed=8))[0])[0]
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_a_shadow_lies_where_the_ray_of_the_sun_crosses_the_cloud():
    """Sun at azimuth 180 and tan(zenith) 0.6: a cloud 1500 m high shades the ground 900 m north of it."""
    points = Points(np.arange(300) * 30.0 + 6e5, 6.7e6 - np.arange(300) * 30.0, 30.0)
    sun, nadir = Direction(0, 0, -0.6, 0, 0, 0), Direction(0, 0, 0, 0, 0, 0)
    layer = CloudLayer("cumulus", 0.3, 1500, 5)
    sky = sky_of(points, (layer,), sun, nadir)
    north_px = 900 // 30
    np.testing.assert_allclose(sky.direct[:-north_px], np.exp(-0.55 * sky.depth[0][north_px:]), rtol=2e-3, atol=2e-3)


def test_shadows_fit_the_height_of_the_clouds_and_the_angles_of_the_metadata(tmp_path):
    options = SampleOptions(size_px=360, pixel_m=30, tiles=1, dates=1, weather=("cumulus",))
    (product,) = make_products(tmp_path, options)
    scene, truth = open_scene(product), read_truth(tmp_path)
    (label,), _ = read(truth.labels[scene.id])
    (height_m,) = (layer["height_m"] for layer in truth.scenes[scene.id]["layers"])
    views = [angles for (band, _), angles in scene.view.items() if band == "B02" and np.isfinite(angles.zenith_deg[:3, :3]).any()]

    def way(angles):
        """Mean horizontal way per metre of height over the tile: east, north."""
        zenith, azimuth = np.radians(angles.zenith_deg[:3, :3]), np.radians(angles.azimuth_deg[:3, :3])
        return np.array([np.nanmean(np.tan(zenith) * np.sin(azimuth)), np.nanmean(np.tan(zenith) * np.cos(azimuth))])

    east, north = way(scene.sun) - np.mean([way(angles) for angles in views], axis=0)

    def agreement(height):
        """Overlap of the true shadow with the cloud mask moved away from the sun."""
        down, right = round(north * height / 30), round(-east * height / 30)
        moved = np.roll(label == 1, (down, right), axis=(0, 1)) & (label != 1)
        inner = (slice(60, -60), slice(60, -60))
        shadow = label[inner] == 2
        return (moved[inner] & shadow).sum() / (moved[inner] | shadow).sum()

    heights = np.arange(500, 3001, 100)
    scores = [agreement(height) for height in heights]
    assert heights[int(np.argmax(scores))] == pytest.approx(height_m, abs=150)
    assert max(scores) > 0.75


def test_the_offset_of_the_metadata_is_in_the_pixels(tmp_path):
    options = SampleOptions(
        size_px=120, pixel_m=60, tiles=1, dates=2, gains=(1.0,), weather=("clear",), noise_dn=0, baselines=("02.14", "05.10")
    )
    old, new = (open_scene(path) for path in make_products(tmp_path / "p", options))
    stacked = [read(path)[0] for path in make_stacks(tmp_path / "s", replace(options, bands=("B02", "B03", "B04", "B08")))]
    assert (old.baseline, new.baseline) == ("02.14", "05.10")
    for number, band in enumerate(("B02", "B03", "B04", "B08")):
        (before, after) = (read(scene.bands[band].path)[0][0].astype(int) for scene in (old, new))
        assert (old.bands[band].offset, new.bands[band].offset) == (0, -1000)
        np.testing.assert_array_equal(before, stacked[0][number])
        seen = after > 0
        assert 0.5 < seen.mean() < 0.9  # the swath ends inside the tile on the second date
        np.testing.assert_array_equal(after[seen] - 1000, before[seen])
        np.testing.assert_array_equal(seen, stacked[1][number] > 0)


def test_coarser_bands_are_means_of_the_ground(tmp_path):
    options = SampleOptions(size_px=120, pixel_m=60, tiles=1, dates=1, weather=("clear",), noise_dn=0, level="L1C", swath_cut=(0.0,))
    scene = open_scene(make_products(tmp_path / "p", options)[0])
    assert len(scene.bands) == 13
    shapes = {band: read(file.path)[0].shape[1:] for band, file in scene.bands.items()}
    assert shapes["B02"] == (120, 120)
    assert shapes["B11"] == (60, 60)
    assert shapes["B01"] == (20, 20)
    (fine,), _ = read(make_stacks(tmp_path / "s", replace(options, bands=("B11",)))[0])
    coarse = read(scene.bands["B11"].path)[0][0] + scene.bands["B11"].offset
    np.testing.assert_allclose(coarse, fine.reshape(60, 2, 60, 2).mean((1, 3)), atol=1.01)


def test_angles_of_the_metadata_are_those_of_the_pass(tmp_path):
    options = SampleOptions(size_px=60, pixel_m=1830, tiles=1, dates=1, weather=("clear",))
    scene = open_scene(make_products(tmp_path, options)[0])
    (overflight,) = passes_of(options)
    x, y = np.meshgrid(scene.sun.x_m + 5000 * np.arange(23), scene.sun.y_m - 5000 * np.arange(23))
    for given, direction in ((scene.sun, overflight.sun), (scene.view["B8A", 6], overflight.view)):
        zenith, azimuth = direction.angles_deg(x, y)
        known = np.isfinite(given.zenith_deg)
        np.testing.assert_allclose(given.zenith_deg[known], zenith[known], atol=1e-3)
        np.testing.assert_allclose(given.azimuth_deg[known], azimuth[known], atol=1e-2)
    detectors = {detector for band, detector in scene.view if band == "B8A"}
    covered = np.any([np.isfinite(scene.view["B8A", detector].zenith_deg) for detector in detectors], axis=0)
    assert covered.all()


def test_the_sun_stands_where_a_real_product_says():
    """T33TWL of 2023-08-15, sensed 09:58:11, corner at 15.0 E, 46.05 N: zenith 34.915, azimuth 151.003 degrees."""
    zenith, azimuth = sun_position(datetime(2023, 8, 15, 9, 58, 11, tzinfo=UTC), 14.99974, 46.05348)
    assert zenith == pytest.approx(34.915, abs=0.05)
    assert azimuth == pytest.approx(151.003, abs=0.1)


def test_the_landscape_is_the_same_in_both_zones(tmp_path):
    options = replace(SMALL, zones=2, dates=1, weather=("clear",), noise_dn=0, swath_cut=(0.0,))
    west, east = make_stacks(tmp_path, options)
    with rasterio.open(west) as one, rasterio.open(east) as other:
        assert one.crs != other.crs
        moved = np.zeros((3, one.height, one.width), np.float32)
        reproject(other.read().astype(np.float32), moved, src_transform=other.transform, src_crs=other.crs, src_nodata=0,
                  dst_transform=one.transform, dst_crs=one.crs, resampling=Resampling.cubic)  # fmt: skip
        here = one.read().astype(float)
    both = (moved > 0).all(axis=0)
    assert both.sum() > 500
    assert np.corrcoef(here[2][both], moved[2][both])[0, 1] > 0.9
    assert abs(np.median(here[2][both] / moved[2][both]) - 1) < 0.01


def test_noise_has_the_asked_deviation(tmp_path):
    options = replace(SMALL, tiles=1, dates=1, weather=("clear",))
    quiet, noisy = (read(make_stacks(tmp_path / str(dn), replace(options, noise_dn=dn))[0])[0].astype(float) for dn in (0, 12))
    assert np.std((noisy - quiet)[quiet > 100]) == pytest.approx(12, rel=0.05)


def test_polygons_are_the_labels_and_the_drawn_ones_lack_what_was_missed(tmp_path):
    options = replace(SMALL, tiles=1, dates=2, weather=("cumulus",), swath_cut=(0.0,), missed=(0.0, 0.3))
    make_stacks(tmp_path, options)
    truth = read_truth(tmp_path)
    every, drawn = gpd.read_file(truth.all_clouds), gpd.read_file(truth.clouds)
    for name, path in truth.labels.items():
        (label,), transform = read(path)
        own = every[every["scene"] == name]
        values = ((g, 1 if c == "cloud" else 2) for g, c in zip(own.geometry, own["class"], strict=True))
        np.testing.assert_array_equal(rasterize(values, label.shape, transform=transform), label)
    area = [[frame.loc[frame["scene"] == name, "area_m2"].sum() for name in truth.scenes] for frame in (every, drawn)]
    assert area[1][0] == area[0][0]
    assert area[1][1] / area[0][1] == pytest.approx(0.7, abs=0.05)


def test_no_data_pixel_is_zero_and_every_pixel_outside_the_swath_is(tmp_path):
    options = replace(SMALL, tiles=1, dates=1, swath_cut=(0.4,))
    pixels, _ = read(make_stacks(tmp_path, options)[0])
    (label,), _ = read(next(iter(read_truth(tmp_path).labels.values())))
    outside = label == 255
    assert outside.mean() == pytest.approx(0.4, abs=0.1)
    assert (pixels[:, outside] == 0).all()
    assert (pixels[:, ~outside] > 0).all()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_gdal_opens_the_product_as_sentinel_2(tmp_path):
    (product,) = make_products(
        tmp_path, SampleOptions(size_px=60, pixel_m=60, tiles=1, dates=1, level="L1C", first_day="2019-06-14", baselines=("02.07",))
    )
    with rasterio.open(product / "MTD_MSIL1C.xml", driver="SENTINEL2") as dataset:
        assert len(dataset.subdatasets) >= 3
        first = dataset.subdatasets[0]
    with rasterio.open(first) as dataset:
        assert dataset.count == 4
        assert dataset.shape == (60, 60)


def test_cirrus_is_streaky_and_shows_in_b10():
    layer = CloudLayer("cirrus", 0.5, 9000, 3)
    points = Points(np.arange(400) * 60.0, -np.arange(400) * 60.0, 60.0)
    depth = optical_depth(layer, points)
    along, across = (np.abs(np.diff(depth, axis=axis)).mean() for axis in (1, 0))
    assert across > 1.5 * along


@pytest.mark.parametrize("wrong", [{"size_px": 100}, {"level": "L3"}, {"tiles": 0}, {"weather": ("frogs",)}, {"zones": 3}])
def test_options_that_cannot_be_met_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must|neither|unknown"):
        SampleOptions(**wrong)


def test_the_sun_is_higher_in_the_south():
    options = SampleOptions(tiles=2, dates=1)
    (overflight,) = passes_of(options)
    north, south = (tile.grid.bounds[3] for tile in tiles_of(options))
    zenith, _ = overflight.sun.angles_deg(np.full(2, 650_000.0), np.array([north, south]))
    assert zenith[0] - zenith[1] == pytest.approx(math.degrees((north - south) / 6.371e6), abs=0.1)
