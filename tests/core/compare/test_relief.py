"""Elevation models explain a displacement as they should: slope 1, no intercept, towards the satellite."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy import ndimage
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.compare.comparison import ComparisonOutputs, Sides
from skyfri.plugin.core.compare.measure import measure
from skyfri.plugin.core.compare.options import CompareOptions, MatchOptions
from skyfri.plugin.core.compare.orthos import compare
from skyfri.plugin.core.compare.relief import fit_line, heights_on
from skyfri.plugin.core.compare.viewing import view_of
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.read import grid_of, open_raster
from skyfri.plugin.core.scenes.angles import view_on
from skyfri.plugin.core.scenes.formats.opening import open_scene
from skyfri.plugin.core.scenes.scene import AngleGrid
from skyfri.tests.core.compare.made_pairs import land, moved

SIDE, PIXEL = 640, 10.0
CORNER = Affine(PIXEL, 0, 600_000, 0, -PIXEL, 6_700_000)
ZENITH, AZIMUTH = 9.0, 288.0


def write(path, samples, dtype, name=""):
    profile = {"count": 1, "height": samples.shape[0], "width": samples.shape[1], "dtype": dtype, "crs": "EPSG:32633", "transform": CORNER}
    with rasterio.open(path, "w", driver="GTiff", **profile) as dataset:
        dataset.write(samples.astype(dtype), 1)
        if name:
            dataset.descriptions = (name,)
    return str(path)


def hills(seed, spread, height):
    rough = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(SIDE, SIDE)), spread, mode="wrap")
    return height * rough / rough.std()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two orthos of one image by two elevation models, seen under 9 degrees from the west-north-west."""
    folder = tmp_path_factory.mktemp("relief")
    image, true = land(4, SIDE), hills(1, 60, 200)
    wrong = hills(2, 30, 45) + 12
    tangent = math.tan(math.radians(ZENITH)) / PIXEL
    east, north = (wrong * tangent * part(math.radians(AZIMUTH)) for part in (math.sin, math.cos))
    for _ in range(10):  # a rectification takes the height of B where the feature ends
        rows, cols = np.indices(image.shape, dtype=float)
        there = ndimage.map_coordinates(true + wrong, [rows - north, cols + east], order=1, mode="nearest") - true
        east, north = (there * tangent * part(math.radians(AZIMUTH)) for part in (math.sin, math.cos))
    random = np.random.default_rng(9)
    a = image + random.normal(0, 12, image.shape)
    b = 1.1 * moved(image, east, north) + random.normal(0, 12, image.shape)
    paths = {"a": write(folder / "a.tif", a, "uint16", "B04"), "b": write(folder / "b.tif", b, "uint16", "B04")}
    return paths | {"dem_a": write(folder / "dem_a.tif", true, "float32"), "dem_b": write(folder / "dem_b.tif", true + wrong, "float32")}


def seen_from(sides, zenith=ZENITH, azimuth=AZIMUTH):
    """The sides, A with the view angles of a product: two detectors, the second in the east."""
    nodes = np.full((3, 3), 1.0)
    grid = AngleGrid(zenith * nodes, azimuth * nodes, CORNER.c, CORNER.f, 5000.0)
    west, east = (replace(grid, zenith_deg=np.where(np.arange(3) == number, zenith, np.nan) * nodes) for number in (0, 1))
    scene = replace(sides.a.scene, view={("B04", 5): west, ("B04", 6): east})
    return replace(sides, a=replace(sides.a, scene=scene))


def options(made, node_px=20):
    return CompareOptions(match=MatchOptions(node_px=node_px), dem_a=made["dem_a"], dem_b=made["dem_b"])


def test_slope_is_one_and_nothing_is_left(made):
    sides = seen_from(Sides.opened(made["a"], made["b"], "B04"))
    told = measure(sides, None, options(made)).relief
    assert told["line"]["slope"] == pytest.approx(1, abs=0.03)
    assert abs(told["line"]["intercept_px"]) <= 0.02
    assert told["line"]["r2"] > 0.95
    low, high = told["line"]["slope_95"]
    assert low - 0.01 <= told["line"]["slope"] <= high + 0.01
    assert abs(told["across_px"]["median"]) < 0.02 and told["across_px"]["nmad"] < 0.06
    assert set(told["detectors"]) == {"5", "6"}
    assert all(abs(one["intercept_px"]) < 0.03 for one in told["detectors"].values())
    assert told["by_slope"] and told["by_zenith"][0]["from"] == 8


def test_without_models_the_implied_heights_are_told(made):
    sides = seen_from(Sides.opened(made["a"], made["b"], "B04"))
    told = measure(sides, None, CompareOptions()).relief
    assert "line" not in told
    assert told["implied_height_m"]["median"] == pytest.approx(12, abs=8)
    assert told["implied_height_m"]["nmad"] == pytest.approx(45, rel=0.35)


def test_without_angles_direction_and_zenith_are_fitted(made):
    told = measure(Sides.opened(made["a"], made["b"], "B04"), None, options(made)).relief
    assert told["fitted"]["azimuth_deg"] == pytest.approx(AZIMUTH, abs=2)
    assert told["fitted"]["zenith_deg"] == pytest.approx(ZENITH, abs=0.4)


def test_two_orbits_differ_by_their_directions(made):
    sides = seen_from(Sides.opened(made["a"], made["b"], "B04"), zenith=10, azimuth=270)
    other = AngleGrid(np.full((3, 3), 10.0), np.full((3, 3), 90.0), CORNER.c, CORNER.f, 5000.0)
    far = replace(sides.b.scene, relative_orbit=51, view={("B04", 1): other})
    a = replace(sides.a, scene=replace(sides.a.scene, relative_orbit=94))
    view = view_of(a, replace(sides.b, scene=far), np.array([603_000.0]), np.array([6_697_000.0]))
    assert view.is_difference
    np.testing.assert_allclose(view.per_metre[:, 0], [2 * math.tan(math.radians(10)), 0], atol=1e-6)


def test_one_model_alone_is_refused():
    with pytest.raises(InputError, match="DEM_B is missing"):
        CompareOptions(dem_a="a.tif")


def test_heights_are_read_in_another_crs_and_none_beyond(tmp_path):
    rows, cols = np.indices((80, 80))
    plane = (100 + 0.5 * cols + 0.25 * rows).astype("float32")
    path = tmp_path / "plane.tif"
    profile = {"count": 1, "height": 80, "width": 80, "dtype": "float32", "crs": "EPSG:32633", "nodata": -1}
    with rasterio.open(path, "w", driver="GTiff", transform=CORNER, **profile) as dataset:
        plane[:5] = -1
        dataset.write(plane, 1)
    grid = Grid(
        "EPSG:25833",
        CORNER * Affine.translation(10.5, 20),
        (40, 80),
    )
    heights = heights_on(str(path), grid)
    np.testing.assert_allclose(heights[3, 4], 100 + 0.5 * 14.5 + 0.25 * 23, atol=1e-3)
    assert np.isnan(heights[:, 75]).all()
    assert np.isnan(heights_on(str(path), Grid("EPSG:32633", CORNER, (4, 4)))).all()


def test_a_line_withstands_outliers_and_tells_its_interval():
    random = np.random.default_rng(2)
    x = random.normal(size=2000)
    y = 0.1 + 0.8 * x + random.normal(0, 0.05, 2000)
    y[:100] += 5
    line = fit_line(x, y, np.arange(2000) % 25)
    assert line.slope == pytest.approx(0.8, abs=0.01)
    assert line.intercept_px == pytest.approx(0.1, abs=0.01)
    assert line.slope_95[0] < 0.8 < line.slope_95[1]
    assert line.slope_95[1] - line.slope_95[0] < 0.03


def test_the_scene_of_a_stack_is_known(made):
    assert open_scene(made["a"]).bands["B04"].index == 1


def test_real_terrain_and_angles_give_slope_one(data_folder, tmp_path):
    """The scene of 31UFS moved as its SRTM heights, tenfold, against a smoothed and biased copy would move it under its own angles."""
    folder = data_folder / "cumulus_31UFS_10m"
    scene = open_scene(folder)
    with open_raster(folder / "B04.tif") as dataset:
        image, grid = dataset.read(1).astype(float), grid_of(dataset)
    real = 10 * heights_on(f"/vsizip/{folder}/N51E005.SRTMGL1.hgt.zip/N51E005.hgt", grid)
    models = ndimage.gaussian_filter(real, 20), real + 15
    for name, samples in zip("ab", models, strict=True):
        with rasterio.open(
            tmp_path / f"dem_{name}.tif", "w", driver="GTiff", count=1, height=1024, width=512, dtype="float32", crs=grid.crs,
            transform=grid.transform,
        ) as dataset:  # fmt: skip
            dataset.write(samples.astype("float32"), 1)
    view = view_on(scene, grid, "B04")
    tangent, azimuth = np.tan(np.deg2rad(view.zenith_deg)) / PIXEL, np.deg2rad(view.azimuth_deg)
    east, north = ((models[1] - models[0]) * tangent * part(azimuth) for part in (np.sin, np.cos))
    random = np.random.default_rng(3)
    noise = 0.01 * image.mean()
    orthos = {"a": image, "b": 1.1 * moved(image, east, north)}
    for name, samples in orthos.items():
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", driver="GTiff", count=1, height=1024, width=512, dtype="uint16", crs=grid.crs,
            transform=grid.transform, nodata=0,
        ) as dataset:  # fmt: skip
            dataset.write(np.clip(samples + random.normal(0, noise, samples.shape), 1, 65535).astype("uint16"), 1)
    sides = Sides.opened(str(tmp_path / "a.tif"), str(tmp_path / "b.tif"), "B04")
    sides = replace(sides, a=replace(sides.a, scene=scene))
    chosen = CompareOptions(match=MatchOptions(node_px=12), dem_a=str(tmp_path / "dem_a.tif"), dem_b=str(tmp_path / "dem_b.tif"))
    told = measure(sides, None, chosen).relief
    assert told["line"]["slope"] == pytest.approx(1, abs=0.03)
    assert abs(told["line"]["intercept_px"]) <= 0.02
    assert 5 < told["view"]["zenith_deg"][0] < 7


def test_the_report_tells_why(made, tmp_path):
    sides = seen_from(Sides.opened(made["a"], made["b"], "B04"))
    outputs = ComparisonOutputs(tmp_path / "d.gpkg", report_json=tmp_path / "r.json", report_html=tmp_path / "r.html")
    compare(sides, None, options(made), outputs)
    assert 0.95 < json.loads(outputs.report_json.read_text())["relief"]["line"]["slope"] < 1.05
    page = outputs.report_html.read_text()
    assert "Slope (1: elevation explains it)" in page and "dem_a.tif and dem_b.tif" in page
