"""Outlines by place: the same whatever the pieces a layer is read in, and wherever they are kept."""

import pickle

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.clouds import polygons
from skyfri.plugin.core.clouds.polygons import CloudPolygons, PolygonFile, read_polygons
from skyfri.plugin.core.mosaic.plan.plan import by_scene
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.regions import rings as module
from skyfri.plugin.core.regions.burn import burn, clip_edges, prepare_edges
from skyfri.plugin.core.regions.rings import gather, outline_name, read_edges
from skyfri.plugin.core.vector import features

from ..mosaic.conftest import Listener

GRID = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (800, 900))


def blobs(seed, count=40):
    rng = np.random.default_rng(seed)
    centres = rng.uniform((499000, 4991500), (509500, 5000500), (count, 2))
    rounds = [shapely.Point(c).buffer(rng.uniform(25, 900), quad_segs=5) for c in centres]
    return [a.difference(shapely.Point(c).buffer(20)) for a, c in zip(rounds, centres, strict=True)]


def layer(shapes, scenes=("a", "b")):
    names = [scenes[n % len(scenes)] for n in range(len(shapes))]
    return gpd.GeoDataFrame({"scene": names, "class": "cloud"}, geometry=list(shapes), crs=GRID.crs)


def gathered(pieces, folder=None, known=("a", "b")):
    return gather(by_scene(pieces, GRID.crs, known), GRID, folder)


def pieces(frame, rows):
    return [CloudPolygons(frame.iloc[start : start + rows]) for start in range(0, len(frame), rows)]


@given(st.integers(0, 10_000), st.integers(-50, 800), st.integers(-50, 900), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_what_is_near_burns_as_all_does(seed, row, col, side):
    shapes, window = np.array(blobs(seed), dtype=object), Window(row, col, side, side)
    near, everything = gather([("a", shapes)], GRID)["a"].near(window), prepare_edges(shapes, GRID)
    np.testing.assert_array_equal(burn(near, window), burn(everything, window))
    np.testing.assert_array_equal(burn(clip_edges(near, window), window), burn(everything, window))


def test_pieces_order_and_place_change_nothing(tmp_path, monkeypatch):
    frame = layer(blobs(5))
    whole = gathered(pieces(frame, 1000))
    monkeypatch.setattr(module, "HELD_POINTS", 100)
    kept = gathered(pieces(frame.iloc[::-1], 3), tmp_path)
    assert set(whole) == set(kept) == {"a", "b"}
    for name, outlines in kept.items():
        assert len(outlines) == len(whole[name]) == 20 and outlines.digest == whole[name].digest
        np.testing.assert_array_equal(outlines.points[:], whole[name].points)
        np.testing.assert_array_equal(outlines.boxes, whole[name].boxes)
        window = Window(100, 200, 300, 250)
        for ours, theirs in zip(outlines.near(window).columns, whole[name].near(window).columns, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert len(pickle.dumps(outlines)) < len(pickle.dumps(whole[name])) / 3
    assert len(list(tmp_path.iterdir())) == 2, "nothing is left of what did not fit into memory"


def test_changed_outlines_get_another_file_and_a_damaged_one_is_written_again(tmp_path):
    frame = layer(blobs(6))
    first = gathered(pieces(frame, 100), tmp_path)
    path = first["a"].points.path
    for spoilt in (path.read_bytes()[:160], bytes(path.stat().st_size)):
        path.write_bytes(spoilt)
        assert read_edges(path) is None
        again = gathered(pieces(frame, 100), tmp_path)
        assert len(read_edges(path).x0) == len(first["a"].edges().x0)
    assert again["a"].points.path == path
    np.testing.assert_array_equal(again["a"].points[:], gathered(pieces(frame, 100))["a"].points)
    edited = gathered(pieces(frame.iloc[2:], 100), tmp_path)
    assert edited["a"].points.path != path and path.is_file()
    path.write_bytes(path.read_bytes()[:-160])
    with pytest.raises(InputError, match="ends early"):
        again["a"].near(GRID.window)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        again["a"].near(GRID.window)


def test_polygons_of_scenes_that_are_not_in_the_mosaic_leave_their_name_alone(tmp_path):
    found = gathered(pieces(layer(blobs(6)), 7), tmp_path, known=("b", "c"))
    assert {name: len(outlines) for name, outlines in found.items()} == {"a": 0, "b": 20}
    assert [path.name for path in tmp_path.iterdir()] == [outline_name("b", found["b"])]
    assert not len(read_edges(tmp_path / outline_name("a", found["a"])).x0), "no outlines need no file to be known again"


def test_polygons_that_lie_nowhere_are_left_out():
    nowhere = shapely.Polygon([(500000, 4999000), (np.inf, 4999000), (500500, np.inf)])
    found = gathered([CloudPolygons(layer([nowhere, *blobs(7, 3)], scenes=("a",)))])["a"]
    assert len(found) == 3 and np.isfinite(found.boxes).all()
    none = gathered([CloudPolygons(layer([nowhere], scenes=("a",)))])["a"]
    assert len(none) == 0 and not burn(none.near(GRID.window), GRID.window).any()


def test_a_layer_in_pieces_is_the_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(polygons, "ROWS_AT_ONCE", 7)
    bow = shapely.Polygon([(500000, 4999000), (500400, 4999400), (500400, 4999000), (500000, 4999400)])
    line = shapely.LineString([(500000, 4999000), (500900, 4999000)])
    frame = layer([*blobs(8, 12), bow, line, *blobs(9, 12), bow, shapely.MultiPolygon(blobs(10, 2))])
    frame.to_file(tmp_path / "clouds.gpkg", driver="GPKG", layer="clouds")
    listeners = Listener(), Listener()
    whole = read_polygons(tmp_path / "clouds.gpkg", progress=listeners[0])
    parts = list(PolygonFile(str(tmp_path / "clouds.gpkg")).pieces(listeners[1]))
    assert len(parts) == 4 and sum(len(part.frame) for part in parts) == len(whole.frame)
    assert listeners[0].warnings == listeners[1].warnings and len(listeners[0].warnings) == 2
    a, b = gathered([whole]), gathered(parts)
    assert {name: found.digest for name, found in a.items()} == {name: found.digest for name, found in b.items()}


def test_a_layer_of_lines_in_pieces_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(polygons, "ROWS_AT_ONCE", 2)
    layer([shapely.LineString([(0, 0), (9, n)]) for n in range(5)]).to_file(tmp_path / "lines.gpkg", driver="GPKG")
    with pytest.raises(InputError, match="points or lines and no polygon"):
        gathered(PolygonFile(str(tmp_path / "lines.gpkg")).pieces())


def test_what_sqlite_cannot_read_further_on_comes_from_gdal(tmp_path, monkeypatch):
    frame = layer(blobs(11, 10))
    frame.to_file(tmp_path / "clouds.gpkg", driver="GPKG")
    decode, calls = features.geopackage.from_blobs, []

    def failing(blobs):
        calls.append(len(blobs))
        if len(calls) == 2:
            raise shapely.errors.GEOSException("a curve")
        return decode(blobs)

    monkeypatch.setattr(features.geopackage, "from_blobs", failing)
    parts = list(features.read_pieces(tmp_path / "clouds.gpkg", rows=4))
    assert [len(part) for part in parts] == [4, 6]
    assert [name for part in parts for name in part["scene"]] == frame["scene"].tolist()
