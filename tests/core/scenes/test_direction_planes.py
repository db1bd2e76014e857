"""How sun and view change over a scene, told by a prepared stack's tags."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import AngleGrid, Scene, open_scene
from skyfri.plugin.core.scenes.angles import grid_of_plane, mean_view, plane_of, single_direction, sun_on, view_on
from skyfri.plugin.core.scenes.formats.stack import tags_of

GRID = Grid("EPSG:25833", Affine(100, 0, 500_000, 0, -100, 6_600_000), (1098, 1098))
GRID_BOX = shapely.box(*GRID.bounds)
PLANE = (500_000.0, 6_600_000.0, 0.05, 0.11, 0.01, -0.02, 0.015, 0.03)


def scene_with(view, sun=None):
    sun = sun or single_direction(45, 160, 500_000, 6_600_000)
    return Scene("x", "", None, "", "S2A", 1, "", "L2A", "", {}, GRID, None, sun=sun, view={("B02", 3): view})


def test_a_plane_comes_back_as_it_was():
    view = grid_of_plane(PLANE, GRID)
    assert view.zenith_deg.shape == (23, 23)
    np.testing.assert_allclose(plane_of(scene_with(view), "view"), PLANE, rtol=1e-5, atol=1e-6)
    middle = 0.549
    east, north = (PLANE[i] + 2 * middle * (PLANE[i + 1] + PLANE[i + 2]) / 2 for i in (2, 5))
    found = view_on(scene_with(view), Grid(GRID.crs, Affine(100, 0, 500_000 + 54_900, 0, -100, 6_600_000 - 54_900), (1, 1)))
    assert float(found.zenith_deg[0, 0]) == pytest.approx(np.rad2deg(np.arctan(np.hypot(east, north))), abs=0.01)
    assert float(found.azimuth_deg[0, 0]) == pytest.approx(np.rad2deg(np.arctan2(east, north)) % 360, abs=0.2)


def test_detectors_that_look_in_turn_are_within_the_plane_and_parts_they_did_not_see_do_not_matter():
    smooth = grid_of_plane(PLANE, GRID)
    zenith = smooth.zenith_deg + np.where(np.arange(23) // 5 % 2, 0.4, -0.4).astype(np.float32)
    zenith[:, :6] = np.nan
    plane = plane_of(scene_with(AngleGrid(zenith, smooth.azimuth_deg, smooth.x_m, smooth.y_m, smooth.step_m)), "view")
    again = grid_of_plane(plane, GRID)
    assert np.abs(again.zenith_deg - smooth.zenith_deg)[:, 6:].max() < 0.8


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_one_direction_or_one_line_of_them_is_no_plane(shape):
    angles = AngleGrid(np.full(shape, 8, np.float32), np.full(shape, 100, np.float32), 0, 0, 5000.0)
    assert plane_of(scene_with(angles), "view") is None
    assert "VIEW_PLANE" not in tags_of(replace(scene_with(angles), footprint=GRID_BOX))


def write_stack(path, tags):
    with rasterio.open(
        path, "w", driver="GTiff", dtype="uint16", count=1, height=60, width=60, crs=GRID.crs, transform=GRID.transform
    ) as out:
        out.write(np.full((1, 60, 60), 500, np.uint16))
        out.descriptions = ("B02",)
        out.update_tags(**tags)
    return open_scene(path)


def test_a_stack_tells_the_plane_again(tmp_path):
    scene = replace(scene_with(grid_of_plane(PLANE, GRID)), footprint=GRID_BOX)
    stack = write_stack(tmp_path / "s.tif", tags_of(scene))
    part = GRID.crop(stack.grid.window)
    for read in (sun_on, view_on):
        expected, found = read(scene, part), read(stack, part)
        np.testing.assert_allclose(found.zenith_deg, expected.zenith_deg, atol=0.01)
        np.testing.assert_allclose(found.azimuth_deg, expected.azimuth_deg, atol=0.3)


@pytest.mark.parametrize("plane", ["", "1 2 3", "a b c d e f g h", "nan 0 0 0 0 0 0 0"])
def test_a_damaged_plane_leaves_the_mean(tmp_path, plane):
    stack = write_stack(tmp_path / "s.tif", {"VIEW_ZENITH": "8", "VIEW_AZIMUTH": "100", "VIEW_PLANE": plane})
    assert mean_view(stack) == pytest.approx((8, 100), abs=1e-3)
