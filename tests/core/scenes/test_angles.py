"""Directions of sun and satellite against fields that are known."""

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.scenes import Scene, open_scene
from skyfri.plugin.core.scenes.angles import AngleGrid, mean_sun, mean_view, merge_directions, sun_on, view_on
from skyfri.plugin.core.scenes.formats.angle_grids import parse_angles
from skyfri.plugin.core.scenes.formats.xmltree import parse_xml
from skyfri.tests.core.scenes.build_products import CRS, ULX, ULY, Spec, make_safe, tile_xml

NAN = float("nan")


def parse(**tables):
    return parse_angles(parse_xml(tile_xml(Spec(), **tables).encode(), "MTD_TL.xml"))


def scene_with(sun=None, view=None):
    grid = Grid(CRS, Affine(100, 0, ULX, 0, -100, ULY), (100, 100))
    return Scene("s", "s", None, "", "", None, "", "", "", {}, grid, None, sun, view or {})


def angles(zenith, azimuth):
    return AngleGrid(np.array(zenith, np.float32), np.array(azimuth, np.float32), ULX, ULY, 5000.0)


def test_grids_are_read_per_band_and_detector_with_their_place():
    sun, view = parse(view={(8, 3): ([[7, 8], [7, NAN]], [[99, 98], [97, NAN]]), (0, 12): ([[1, 2], [3, 4]], [[5, 6], [7, 8]])})
    assert set(view) == {("B8A", 3), ("B01", 12)}
    assert view["B8A", 3].zenith_deg[0].tolist() == [7, 8]
    assert np.isnan(view["B8A", 3].azimuth_deg[1, 1])
    assert (sun.x_m, sun.y_m, sun.step_m) == (ULX, ULY, 5000)


def test_means_serve_where_no_grid_is_given():
    document = tile_xml(Spec()).replace("Viewing_Incidence_Angles_Grids", "Ignored").replace("Sun_Angles_Grid", "Ignored")
    view = "<ZENITH_ANGLE>9</ZENITH_ANGLE><AZIMUTH_ANGLE>104</AZIMUTH_ANGLE>"
    means = (
        "<Mean_Sun_Angle><ZENITH_ANGLE>33</ZENITH_ANGLE><AZIMUTH_ANGLE>155</AZIMUTH_ANGLE></Mean_Sun_Angle>"
        f'<Mean_Viewing_Incidence_Angle bandId="1">{view}</Mean_Viewing_Incidence_Angle>'
    )
    sun, view = parse_angles(parse_xml(document.replace("<Tile_Angles>", f"<Tile_Angles>{means}").encode(), "x"))
    scene = scene_with(sun, view)
    assert mean_sun(scene) == pytest.approx((33, 155), abs=1e-3)
    assert mean_view(scene, "B02") == pytest.approx((9, 104), abs=1e-3)
    assert np.allclose(sun_on(scene, scene.grid).zenith_deg, 33, atol=1e-3)


def test_detectors_merge_as_vectors_where_they_meet():
    left = angles([[10, 10, NAN]], [[350, 350, NAN]])
    right = angles([[NAN, 10, 6]], [[NAN, 10, 20]])
    merged = merge_directions([left, right])
    assert merged.azimuth_deg[0, [0, 2]] == pytest.approx([350, 20], abs=1e-3)
    assert min(merged.azimuth_deg[0, 1], 360 - merged.azimuth_deg[0, 1]) == pytest.approx(0, abs=1e-3)
    assert merged.zenith_deg[0] == pytest.approx([10, 9.85, 6], abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 75), st.floats(0, 359.9), st.integers(-30, 30), st.integers(-30, 30))
def test_a_constant_direction_is_the_same_everywhere(zenith, azimuth, row, col):
    scene = scene_with(angles(np.full((3, 3), zenith), np.full((3, 3), azimuth)))
    field = sun_on(scene, scene.grid.crop(Window(row, col, 7, 9)))
    assert field.zenith_deg.shape == (7, 9)
    assert np.allclose(field.zenith_deg, zenith, atol=1e-3)
    turn = np.abs(field.azimuth_deg - azimuth)
    assert zenith < 0.01 or np.allclose(np.minimum(turn, 360 - turn), 0, atol=1e-2)


def test_the_field_is_at_the_nodes_what_they_say_and_between_them_in_between():
    table = [[40, 41, 42], [43, 44, 45], [46, 47, 48]]
    scene = scene_with(angles(table, np.full((3, 3), 180)))
    at_nodes = Grid(CRS, Affine(5000, 0, ULX - 2500, 0, -5000, ULY + 2500), (3, 3))
    assert np.allclose(sun_on(scene, at_nodes).zenith_deg, table, atol=1e-3)
    middle = Grid(CRS, Affine(10, 0, ULX + 2495, 0, -10, ULY + 5), (1, 1))
    assert sun_on(scene, middle).zenith_deg[0, 0] == pytest.approx(40.5, abs=1e-3)
    down = Grid(CRS, Affine(10, 0, ULX - 5, 0, -10, ULY - 2495), (1, 1))
    assert sun_on(scene, down).zenith_deg[0, 0] == pytest.approx(41.5, abs=1e-3)


def test_the_view_goes_on_where_no_detector_looked():
    scene = scene_with(view={("B02", 1): angles([[8, NAN, NAN]] * 3, [[100, NAN, NAN]] * 3)})
    field = view_on(scene, scene.grid, "B02")
    assert np.allclose(field.zenith_deg, 8, atol=1e-3)
    assert mean_view(scene) == pytest.approx((8, 100), abs=1e-3)


def test_another_crs_looks_up_the_same_places():
    table = np.add.outer(np.arange(23) * 0.5, 30 + np.arange(23) * 0.1)
    scene = scene_with(angles(table, np.full((23, 23), 160)))
    near = Grid.from_bounds("EPSG:32633", scene.grid.bounds_in("EPSG:32633"), 500)
    field = sun_on(scene, near)
    coarse = sun_on(scene, scene.grid.at(500)).zenith_deg
    assert field.zenith_deg.mean() == pytest.approx(coarse.mean(), abs=0.05)


def test_absent_angles_are_said_to_be_absent():
    for read in (lambda s: sun_on(s, s.grid), lambda s: view_on(s, s.grid, "B02"), mean_sun, mean_view):
        with pytest.raises(InputError, match=r"Scene s states no (sun|view) angles.*MTD_TL\.xml"):
            read(scene_with())


@pytest.mark.parametrize(
    "damage", [("8.0", "eight"), ("<ULX>600000</ULX>", "<ULX>x</ULX>"), ("<VALUES>50.0 50.0 50.0</VALUES>", "<VALUES>50</VALUES>", 1)]
)
def test_damaged_angles_do_not_stop_a_product(tmp_path, damage):
    product = make_safe(tmp_path, Spec(bands=("B02",)))
    file = next(product.glob("GRANULE/*/MTD_TL.xml"))
    file.write_text(file.read_text().replace(*damage))
    scene = open_scene(product)
    assert scene.sun is None or not scene.view
