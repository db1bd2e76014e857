"""Whole orthos: blocks, lattices, masks, signs and files, from made pairs of known displacement."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy import ndimage
from shapely.geometry import box
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.compare import stream
from skyfri.plugin.core.compare.comparison import ComparisonOutputs, Sides
from skyfri.plugin.core.compare.masks import mask_of_polygons, mask_of_raster
from skyfri.plugin.core.compare.measure import measure
from skyfri.plugin.core.compare.options import CompareOptions, MatchOptions
from skyfri.plugin.core.compare.orthos import compare
from skyfri.plugin.core.compare.sides import open_ortho, shared_pixels
from skyfri.tests.core.compare.made_pairs import land, moved

SIDE = 512
WEST, NORTH, PIXEL = 600_000.0, 6_700_000.0, 10.0
OPTIONS = CompareOptions()


def write(path, image, *, col=0.0, row=0.0, crs="EPSG:32633", pixel=PIXEL):
    """Write samples whose first pixel lies ``col`` and ``row`` pixels from the corner of the place."""
    transform = Affine(pixel, 0, WEST + col * pixel, 0, -pixel, NORTH - row * pixel)
    profile = {"count": 1, "height": image.shape[0], "width": image.shape[1], "dtype": "uint16", "crs": crs, "transform": transform}
    with rasterio.open(path, "w", driver="GTiff", nodata=0, **profile) as dataset:
        dataset.write(np.clip(np.rint(image), 1, 65535).astype("uint16"), 1)
    return str(path)


def noisy(image, seed, gain=1.0):
    return gain * image + np.random.default_rng(seed).normal(0, 0.01 * image.mean(), image.shape)


@pytest.fixture(scope="module")
def pair_files(tmp_path_factory):
    """An ortho and the same moved by 0.30 px to the east and 0.40 px to the south."""
    folder = tmp_path_factory.mktemp("orthos")
    image = land(3, SIDE)
    return write(folder / "a.tif", noisy(image, 1)), write(folder / "b.tif", noisy(moved(image, 0.3, -0.4), 2, 1.1))


def inner(found, rim=60):
    points = found.points
    inside = (np.minimum(points.row, points.col) > rim) & (np.maximum(points.row, points.col) < SIDE - rim)
    return inside & found.kept


def assert_moved(found, east_px, north_px, chosen=None):
    chosen = inner(found) if chosen is None else chosen
    assert chosen.sum() > 200
    for values, true in ((found.points.east_px, east_px), (found.points.north_px, north_px)):
        error = values[chosen] - true
        assert abs(error.mean()) <= 0.006
        assert np.sqrt((error**2).mean()) <= 0.03


def test_signs_are_those_of_the_contract_in_every_file(pair_files, tmp_path):
    a, b = pair_files
    outputs = ComparisonOutputs(*(tmp_path / name for name in ("d.gpkg", "s.tif", "k.csv", "r.json", "r.html")))
    comparison = compare(Sides.opened(a, b, "B04"), None, OPTIONS, outputs)
    assert_moved(comparison.found, 0.3, -0.4)
    layer = gpd.read_file(outputs.layer, layer="displacement")
    assert list(layer.columns) == ["dx_m", "dy_m", "dx_px", "dy_px", "sigma_px", "score", "kept", "geometry"]
    assert layer.crs == "EPSG:32633"
    kept = layer[layer["kept"]]
    assert kept["dx_m"].median() == pytest.approx(3, abs=0.1)
    assert kept["dy_m"].median() == pytest.approx(-4, abs=0.1)
    np.testing.assert_allclose(layer["dy_px"] * PIXEL, layer["dy_m"])
    assert kept["score"].between(0, 1).all()
    with rasterio.open(outputs.shift) as dataset:
        assert dataset.descriptions == ("dx", "dy", "sigma")
        dx, dy, _ = (np.nanmedian(band) for band in dataset.read())
        assert (dx, dy) == pytest.approx((3, -4), abs=0.1)
        assert dataset.transform[:3] == (160, 0, WEST)
        assert dataset.transform[4:6] == (-160, NORTH)
    lines = outputs.karios.read_text().splitlines()
    assert lines[0] == "x0;y0;dx;dy;score"
    x0, y0, right, down, _ = np.array([line.split(";") for line in lines[1:]], float).T
    assert np.median(right) == pytest.approx(0.3, abs=0.01)
    assert np.median(down) == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(WEST + (x0 + 0.5) * PIXEL, kept.geometry.x, atol=0.1)
    np.testing.assert_allclose(NORTH - (y0 + 0.5) * PIXEL, kept.geometry.y, atol=0.1)
    report = json.loads(outputs.report_json.read_text())
    assert report["figures"]["east"]["median"] == pytest.approx(3, abs=0.1)
    assert {row["id"] for row in report["iso_19157"]} >= {28, 128, 39, 44, 45, 47}
    assert report["profiles"]["by_column"]["north_m"][3] == pytest.approx(-4, abs=0.3)
    page = outputs.report_html.read_text()
    assert "-4.00 m" in page.replace("\u2212", "-") or "-3.99 m" in page or "-4.01 m" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    style = outputs.layer.with_suffix(".qml").read_text()
    assert "dx_m" in style and not re.search("@[A-Z]+@", style)


def test_an_ortho_against_itself_lies_where_it_is(pair_files):
    a, _ = pair_files
    found = measure(Sides.opened(a, a, "B04"), None, OPTIONS).found
    chosen = inner(found)
    for values in (found.points.east_px[chosen], found.points.north_px[chosen]):
        assert abs(values.mean()) < 0.002
        assert np.abs(values).max() < 0.02


def test_blocks_join_to_the_same_points_on_any_executor(pair_files, monkeypatch):
    sides = Sides.opened(*pair_files, "B04")
    whole = measure(sides, None, OPTIONS).found
    monkeypatch.setattr(stream, "BLOCK_PX", (224, 160))
    parts = measure(sides, None, OPTIONS, executor=InlineExecutor()).found
    with ThreadPoolExecutor(2) as threads:
        again = measure(sides, None, OPTIONS, executor=threads).found
    for name in vars(parts.points):
        np.testing.assert_array_equal(getattr(parts.points, name), getattr(again.points, name))
    squares = [set(zip(one.points.square_row.tolist(), one.points.square_col.tolist(), strict=True)) for one in (whole, parts)]
    assert squares[0] == squares[1]
    assert len(parts.points.row) == len(squares[1]) == (SIDE // 16) ** 2
    assert_moved(parts, 0.3, -0.4)


@pytest.mark.parametrize(("col", "row"), [(0.25, 0.0), (-0.4, 0.35), (7.5, -3.25)])
def test_lattices_apart_by_parts_of_a_pixel_are_taken_into_account(tmp_path, col, row):
    image = land(5, SIDE)
    a = write(tmp_path / "a.tif", noisy(image, 1))
    # What lies at (x, y) in A lies 1 px to the east of it in B, whose lattice begins elsewhere.
    b = write(tmp_path / "b.tif", noisy(moved(image, 1 - col, row), 2), col=col, row=row)
    found = measure(Sides.opened(a, b, "B04"), None, OPTIONS).found
    assert_moved(found, 1.0, 0.0)


def test_orthos_of_other_size_are_matched_on_what_they_share(tmp_path, pair_files):
    image = land(3, SIDE)
    part = noisy(moved(image, 0.3, -0.4), 2)[100:470, 60:]
    b = write(tmp_path / "part.tif", part, col=60, row=100)
    found = measure(Sides.opened(pair_files[0], b, "B04"), None, OPTIONS).found
    assert found.points.row.min() >= 96 and found.points.row.max() < 480
    assert_moved(found, 0.3, -0.4, found.kept & (found.points.row > 160) & (found.points.row < 410) & inner(found, 120))


def test_a_far_shift_is_found_by_correlation_of_overviews(tmp_path, pair_files):
    image = land(3, SIDE)
    b = write(tmp_path / "far.tif", noisy(np.roll(image, (-37, 52), (0, 1)), 2))
    comparison = measure(Sides.opened(pair_files[0], b, "B04"), None, OPTIONS)
    assert comparison.start.east_px == pytest.approx(52, abs=1)
    assert comparison.start.down_px == pytest.approx(-37, abs=1)
    assert_moved(comparison.found, 52, 37, inner(comparison.found, 130))


def test_other_pixels_places_or_bands_are_refused_with_a_remedy(tmp_path, pair_files):
    image = land(3, 64)
    a = open_ortho(pair_files[0], "B04")
    cases = {
        "one coordinate reference system": write(tmp_path / "crs.tif", image, crs="EPSG:32632"),
        "one resolution": write(tmp_path / "coarse.tif", image, pixel=20.0),
        "share no pixel": write(tmp_path / "away.tif", image, col=5000),
    }
    for said, path in cases.items():
        with pytest.raises(InputError, match=said):
            shared_pixels(a, open_ortho(path, "B04"))
    twin = write(tmp_path / "twin.tif", image, crs="EPSG:25833")  # the same coordinates by another name
    assert shared_pixels(a, open_ortho(twin, "B04")).window.shape == (64, 64)
    two = tmp_path / "two.tif"
    with rasterio.open(two, "w", driver="GTiff", count=2, height=64, width=64, dtype="uint16", crs="EPSG:32633") as dataset:
        dataset.transform = Affine(PIXEL, 0, WEST, 0, -PIXEL, NORTH)
        dataset.descriptions = ("B03", "B08")
    with pytest.raises(InputError, match="B03, B08"):
        open_ortho(str(two), "B04")
    assert open_ortho(str(two), "B8").index == open_ortho(str(two), "2").index == 2


def cloudy(tmp_path):
    """B with a cloud that the land under it moves with, so that only a mask can tell."""
    image = land(3, SIDE)
    rows, cols = np.indices(image.shape)
    cloud = np.hypot(rows - 250, cols - 260) < 60
    shifted = np.where(cloud, moved(image, 1.5, 0.5), moved(image, 0.3, -0.4))
    return write(tmp_path / "cloudy.tif", noisy(shifted, 2)), cloud


def test_masks_keep_points_off_the_whole_window(tmp_path, pair_files):
    b, cloud = cloudy(tmp_path)
    sides = Sides.opened(pair_files[0], b, "B04")
    circle = [WEST + 260.5 * PIXEL, NORTH - 250.5 * PIXEL]
    polygons = tmp_path / "clouds.gpkg"
    shapes = [gpd.points_from_xy([circle[0]], [circle[1]])[0].buffer(60 * PIXEL), box(WEST, NORTH - 600, WEST + 600, NORTH)]
    gpd.GeoDataFrame({"class": ["Cloud", "clear"]}, geometry=shapes, crs="EPSG:32633").to_crs("EPSG:4326").to_file(polygons)
    raster = write(tmp_path / "mask.tif", np.where(cloud, 1, 0))
    with rasterio.open(raster, "r+") as dataset:
        dataset.write(cloud.astype("uint16"), 1)
    for mask in (mask_of_polygons(str(polygons), "", sides.a.grid), mask_of_raster(raster, sides.a.grid)):
        found = measure(sides, mask, OPTIONS).found
        distance = np.hypot(found.points.row - 250, found.points.col - 260)
        assert not found.kept[distance < 64].any()
        assert found.kept[(distance > 90) & (distance < 180)].mean() > 0.9
        assert_moved(found, 0.3, -0.4, inner(found) & (distance > 100))


def test_the_codes_of_a_scene_classification_are_known(tmp_path, pair_files):
    grid = open_ortho(pair_files[0], "B04").grid
    codes = np.array([[4, 5, 6, 3], [8, 9, 10, 11], [7, 2, 1, 0]], np.uint16)
    path = tmp_path / "T33_SCL_20m.tif"
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=3, width=4, dtype="uint16", crs="EPSG:32633", transform=grid.transform
    ) as dataset:
        dataset.write(codes, 1)
    left_out = mask_of_raster(str(path), grid).left_out(grid.window.intersect(type(grid.window)(0, 0, 3, 4)))
    np.testing.assert_array_equal(left_out, [[False, False, True, True], [True, True, True, False], [False, False, True, True]])


def test_wrong_blobs_are_told_by_their_surroundings(tmp_path, pair_files):
    image = land(3, SIDE)
    blob = ndimage.gaussian_filter((np.hypot(*(place - 256 for place in np.indices(image.shape))) < 24).astype(float), 4)
    b = write(tmp_path / "blob.tif", noisy(moved(image, 0.3 + 2 * blob, np.full(image.shape, -0.4)), 2))
    found = measure(Sides.opened(pair_files[0], b, "B04"), None, OPTIONS).found
    centre = np.hypot(found.points.row - 256, found.points.col - 256) < 14
    assert centre.any() and not found.kept[centre].any()


def test_points_are_as_far_apart_as_asked(pair_files):
    found = measure(Sides.opened(*pair_files, "B04"), None, CompareOptions(match=MatchOptions(spacing_px=25))).found
    assert len(found.points.row) == 21 * 21
    assert (found.points.row // 25 == found.points.square_row).mean() > 0.95
    assert_moved(found, 0.3, -0.4)
