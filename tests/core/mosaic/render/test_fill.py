"""Blended fill: a donor joins its surroundings where they agree, and only there."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render.fill import RADIUS, SIGMAS, cell_px, find_joins, reach_px
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene

BANDS = ("B02", "B03", "B04", "B08")
SIZE, PIXEL = 1100, 20.0
GRID = Grid("EPSG:32633", Affine(PIXEL, 0, 500000, 0, -PIXEL, 5000000), (SIZE, SIZE))


def land(seed=2):
    """Return (bands, rows, cols) of fields and fine texture."""
    rng = np.random.default_rng(seed)
    fields = np.kron(rng.lognormal(0, 0.3, (SIZE // 20, SIZE // 20)), np.ones((20, 20)))
    fine = rng.lognormal(0, 0.05, (len(BANDS), SIZE, SIZE))
    return np.array([400, 600, 500, 2500])[:, None, None] * fields * fine


def disc(row, col, radius_px):
    x, y = GRID.to_map(np.array([row]), np.array([col]))
    return shapely.Point(x[0], y[0]).buffer(radius_px * PIXEL)


def inside(row, col, radius_px):
    rows, cols = np.ogrid[:SIZE, :SIZE]
    return (rows - row) ** 2 + (cols - col) ** 2 < radius_px**2


def scene_of(folder, name, samples):
    tags = {"SCENE_ID": name, "DATE": "2024-06-01"}
    write_array(folder / f"{name}.tif", np.rint(samples).astype(np.uint16), RasterSpec(GRID, "uint16", BANDS, tags=tags))
    return open_scene(folder / f"{name}.tif")


def mosaic(folder, first, donor, holes, fill="blended", **options):
    """Return the mosaic of two scenes, the first with cloud polygons, and its SOURCE."""
    folder.mkdir(exist_ok=True)
    scenes = [scene_of(folder, "first", first), scene_of(folder, "donor", donor)]
    clouds = CloudPolygons(
        gpd.GeoDataFrame({"scene": ["first"] * len(holes), "class": ["cloud"] * len(holes)}, geometry=list(holes), crs=GRID.crs)
    )
    outputs = MosaicOutputs(folder / "m.tif", source=folder / "s.tif")
    build(scenes, clouds, MosaicOptions(balance="none", fill=fill, **{"block_px": 1024, **options}), outputs)
    with rasterio.open(outputs.mosaic) as samples, rasterio.open(outputs.source) as source:
        return samples.read(), source.read(1)


@pytest.fixture(scope="module")
def truth():
    return land()


def test_a_donor_with_a_local_gain_joins_invisibly(truth, tmp_path):
    """The donor is 8 % brighter around one hole and 6 % darker around another."""
    rows = np.arange(SIZE)[:, None]
    gain = np.broadcast_to(np.where(rows < SIZE // 2, 1.08, 0.94), (SIZE, SIZE))
    holes = ((250, 500, 40), (850, 600, 60))
    got, source = mosaic(tmp_path / "a", truth, truth * gain, [disc(*hole) for hole in holes])
    for row, col, radius in holes:
        hole = inside(row, col, radius - 2)
        assert (source[hole] == 2).all()
        np.testing.assert_allclose(got[:, hole].mean(axis=1) / truth[:, hole].mean(axis=1), 1, atol=0.012)
        rim = inside(row, col, radius - 1) & ~inside(row, col, radius - 6)
        np.testing.assert_allclose(got[:, rim].mean(axis=1) / truth[:, rim].mean(axis=1), 1, atol=0.012)


def test_pixels_that_show_by_their_own_right_stay_as_they_are(truth, tmp_path):
    first = truth.copy()
    first[:, :, 700:] = 0
    donor = truth * 1.1
    got, source = mosaic(tmp_path / "a", first, donor, [disc(500, 640, 50)])
    own = np.zeros((SIZE, SIZE), bool)
    own[:, 703:] = True
    assert (source[own] == 2).all()
    np.testing.assert_array_equal(got[:, own], np.rint(donor).astype(np.uint16)[:, own])
    kept = source == 1
    np.testing.assert_array_equal(got[:, kept], np.rint(first).astype(np.uint16)[:, kept])


def test_a_ring_that_disagrees_with_itself_leaves_the_donor_alone(truth, tmp_path):
    """Every other field changed between the dates, by half up or a third down: no join could be right."""
    changed = np.kron(np.random.default_rng(4).choice([1.4, 0.71], (SIZE // 20, SIZE // 20)), np.ones((20, 20)))
    hole = disc(550, 550, 50)
    blended, _ = mosaic(tmp_path / "a", truth, truth * changed, [hole])
    direct, _ = mosaic(tmp_path / "b", truth, truth * changed, [hole], fill="direct")
    np.testing.assert_array_equal(blended, direct)


def test_the_join_is_bounded_and_keeps_ratios_of_bands(truth, tmp_path):
    gain = np.array([1.3, 1.3, 1.3, 1.3])[:, None, None]
    blended, source = mosaic(tmp_path / "a", truth, truth * gain, [disc(550, 550, 40)])
    hole = source == 2
    factor = blended[:, hole].mean(axis=1) / (truth * gain)[:, hole].mean(axis=1)
    np.testing.assert_allclose(factor, np.exp(-0.14), rtol=0.01)
    one = np.array([1.0, 1.0, 1.16, 1.0])[:, None, None]
    blended, _ = mosaic(tmp_path / "b", truth, truth * one, [disc(550, 550, 40)])
    factor = blended[:, hole].mean(axis=1) / (truth * one)[:, hole].mean(axis=1)
    assert np.ptp(np.log(factor)) < 2 * 0.03 + 0.01


def test_far_from_the_rim_of_a_large_hole_the_donor_is_itself(truth, tmp_path):
    radius = 1.1 * RADIUS * cell_px(PIXEL) + 40
    donor = truth * 1.08
    got, source = mosaic(tmp_path / "a", truth, donor, [disc(550, 550, radius)])
    middle = inside(550, 550, 25)
    np.testing.assert_array_equal(got[:, middle], np.rint(donor).astype(np.uint16)[:, middle])
    rim = (source == 2) & ~inside(550, 550, radius - 6)
    np.testing.assert_allclose(got[:, rim].mean(axis=1) / truth[:, rim].mean(axis=1), 1, atol=0.012)


@pytest.mark.parametrize("feather_px", [0, 3])
def test_the_cut_into_blocks_does_not_show(truth, tmp_path, feather_px):
    gain = 1 + 0.1 * np.sin(np.arange(SIZE) / 90)[:, None] * np.cos(np.arange(SIZE) / 70)
    holes = [disc(510, 515, 60), disc(80, 1000, 30), disc(1020, 300, 50)]
    results = [
        mosaic(tmp_path / str(block), truth, truth * gain, holes, block_px=block, feather_px=feather_px)[0] for block in (512, 1024, 2048)
    ]
    np.testing.assert_array_equal(results[0], results[2])
    np.testing.assert_array_equal(results[1], results[2])


def test_with_a_feather_no_step_is_left_at_the_rim(truth, tmp_path):
    got, _ = mosaic(tmp_path / "a", truth, truth * 1.08, [disc(550, 550, 60)], feather_px=4)
    ring = inside(550, 550, 66) & ~inside(550, 550, 54)
    np.testing.assert_allclose(got[:, ring].mean(axis=1) / truth[:, ring].mean(axis=1), 1, atol=0.012)


def test_blocks_without_holes_read_nothing_more(truth, tmp_path, monkeypatch):
    from skyfri.plugin.core.mosaic.render import fill

    monkeypatch.setattr(fill, "_Surroundings", None)
    got, _ = mosaic(tmp_path / "a", truth, truth * 1.1, [])
    np.testing.assert_array_equal(got, np.rint(truth).astype(np.uint16))
    assert find_joins([], np.zeros((4, 4), np.uint16), GRID, BANDS, Window(0, 0, 4, 4), feather_px=0) == {}


@given(st.floats(0.5, 500))
@settings(max_examples=50)
def test_the_reach_covers_the_kernel(pixel_m):
    size = cell_px(pixel_m)
    assert size >= 2
    assert size & (size - 1) == 0
    assert reach_px(pixel_m) >= (RADIUS + 2) * size
    assert 3 * max(SIGMAS) <= RADIUS
