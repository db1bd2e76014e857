"""The workspace keeps scenes, tiles and their history as they were put in, and finds them again."""

import json
import sqlite3
from contextlib import closing

import fiona
import geopandas as gpd
import numpy as np
import pytest
import shapely
from skyfri.plugin.core.clouds.polygons import merge
from skyfri.plugin.core.editing.neighbours import check_neighbours
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.vector import geopackage


def test_tables_are_those_of_the_contract(workspace):
    assert set(fiona.listlayers(workspace.store.path)) >= {"tile", "scene", "cloud", "guideline", "reviewed", "seamline", "event"}


def test_scenes_come_back_as_they_went_in(workspace, make_scene):
    scenes = [make_scene("33TWM", 13), make_scene("33TWL", 13), make_scene("33TWM", 10, orbit=79)]
    assert workspace.add_scenes(scenes) == tuple(scene.id for scene in scenes)
    entries = Workspace.open(workspace.store.path).scenes()
    assert [entry.id for entry in entries] == ["S2A_33TWL_20230813", "S2A_33TWM_20230810", "S2A_33TWM_20230813"]
    entry, scene = entries[1], scenes[2]
    assert (entry.sensed, entry.relative_orbit, entry.level, entry.path) == (scene.sensed, 79, "L2A", scene.path)
    assert (entry.status, entry.cloud_percent) == ("new", None)


def test_tiles_are_outlined_in_the_crs_of_the_first_scene(workspace, make_scene):
    first, other_zone = make_scene("33TWM"), make_scene("32TQS")
    workspace.add_scenes([first, other_zone])
    tiles = {tile.name: tile for tile in workspace.tiles()}
    assert workspace.crs() == "EPSG:32633"
    assert tiles["33TWM"].outline.symmetric_difference(first.footprint).area == 0
    back = gpd.GeoSeries([tiles["32TQS"].outline], crs="EPSG:32633").to_crs("EPSG:32632").iloc[0]
    assert back.symmetric_difference(other_zone.footprint).area / other_zone.footprint.area < 1e-5
    assert len(shapely.get_coordinates(tiles["32TQS"].outline)) > 80, "the straight edges are densified before they are bent"


def test_an_undefined_crs_as_gdal_since_3_9_writes_it_is_undefined(workspace, make_scene):
    definition = 'LOCAL_CS["Undefined SRS",LOCAL_DATUM["unknown",32767],UNIT["unknown",0]]'
    with closing(sqlite3.connect(workspace.store.path)) as connection, connection:
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ('Undefined SRS', 99999, 'NONE', 99999, ?, '')", (definition,)
        )
        connection.execute("UPDATE gpkg_geometry_columns SET srs_id = 99999")
    assert workspace.crs() == ""
    workspace.add_scenes([make_scene()])
    assert workspace.crs() == "EPSG:32633"


def test_a_given_crs_holds(tmp_path, make_scene):
    workspace = Workspace.create(tmp_path / "norway.gpkg", crs="EPSG:25833")
    workspace.add_scenes([make_scene()])
    assert workspace.crs() == "EPSG:25833"
    assert fiona.open(workspace.store.path, layer="cloud").crs.to_epsg() == 25833


def test_a_crs_without_a_code_holds(tmp_path, make_scene, make_polygons):
    local = "+proj=tmerc +lat_0=47 +lon_0=15 +k=0.9999 +x_0=100000 +ellps=GRS80 +units=m"
    workspace = Workspace.create(tmp_path / "local.gpkg", crs=local)
    scene = make_scene()
    workspace.add_scenes([scene])
    polygons = make_polygons(scene, ("cloud", 1000, 1000, 5000))
    workspace.put_guidelines(polygons)
    back = workspace.polygons().in_crs(scene.grid.crs)
    assert back.frame.geometry.iloc[0].symmetric_difference(polygons.frame.geometry.iloc[0]).area < 1


def test_reopening_loses_nothing(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    workspace.set_tile_status("33TWM", "work")
    workspace.set_current_scene(scene.id)
    before = (workspace.scenes(), workspace.events(), workspace.polygons().frame)
    again = Workspace.open(workspace.store.path)
    assert again.scenes() == before[0]
    assert again.events() == before[1]
    assert again.polygons().frame.equals(before[2])
    assert (again.current_scene(), again.tiles()[0].status) == (scene.id, "work")


def test_done_tiles_count_as_reviewed(workspace, make_scene):
    scene = make_scene()
    workspace.add_scenes([scene, make_scene("33TWL")])
    workspace.set_tile_status("33TWM", "done")
    reviewed = gpd.read_file(workspace.store.path, layer="reviewed")
    assert list(reviewed["scene"]) == [scene.id]
    assert reviewed.geometry.iloc[0].area == pytest.approx(scene.footprint.area)
    workspace.set_tile_status("33TWM", "work")
    assert len(gpd.read_file(workspace.store.path, layer="reviewed")) == 0


def test_every_change_is_in_the_history(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    workspace.set_tile_status(scene.tile, "done")
    events = workspace.events()
    assert [event.what for event in events] == ["create", "add scenes", "guidelines", "tile status"]
    assert json.loads(events[2].detail) == {"scenes": [scene.id], "polygons": 1, "kept": []}
    assert all(event.who and event.at.tzinfo for event in events)


def test_adding_again_finds_a_product_that_moved(workspace, make_scene, make_polygons, tmp_path):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    moved = make_scene(path="/mnt/archive/S2A.SAFE")
    assert workspace.add_scenes([moved]) == ()
    (entry,) = workspace.scenes()
    assert entry.path == "/mnt/archive/S2A.SAFE"
    assert entry.status == "guideline"


def test_scenes_below_the_workspace_move_with_it(workspace, make_scene, tmp_path):
    workspace.add_scenes([make_scene(), make_scene("33TWL", path="/mnt/archive/S2A.SAFE")])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    workspace.store.path.rename(elsewhere / "work.gpkg")
    far, near = Workspace.open(elsewhere / "work.gpkg").scenes()
    assert near.path == str(elsewhere / "scenes" / "S2A_33TWM_20230813.SAFE")
    assert far.path == "/mnt/archive/S2A.SAFE"


def test_removed_scenes_take_their_polygons_and_empty_tiles_along(workspace, make_scene, make_polygons):
    scene, other = make_scene(), make_scene("33TWL")
    workspace.add_scenes([scene, other])
    workspace.put_guidelines(
        merge([make_polygons(scene, ("cloud", 0, 0, 5000)), make_polygons(other, ("cloud", 0, 0, 600))], scene.grid.crs)
    )
    workspace.set_current_scene(scene.id)
    workspace.remove_scenes([scene.id])
    assert workspace.current_scene() == ""
    assert [entry.id for entry in workspace.scenes()] == [other.id]
    assert [tile.name for tile in workspace.tiles()] == ["33TWL"]
    assert set(workspace.polygons().frame["scene"]) == {other.id} == set(workspace.polygons("guideline").frame["scene"])


def test_tiles_of_a_workspace_serve_the_neighbour_check(workspace, make_scene, make_polygons):
    north, south = make_scene("33TWM"), make_scene("33TWL")
    workspace.add_scenes([north, south])
    workspace.put_guidelines(make_polygons(north, ("cloud", 20_000, 0, 5000)), scenes=[north.id, south.id])
    problems = check_neighbours(workspace.polygons(), workspace.tile_frame(), scenes=workspace.scenes())
    assert list(problems["problem"]) == ["gap"]
    assert problems["area_m2"].iloc[0] == pytest.approx(5000**2)
    assert len(Workspace.create(workspace.store.path.with_name("empty.gpkg")).tile_frame()) == 0


def test_a_scene_without_a_tile_name_is_its_own_tile(workspace, make_scene):
    from dataclasses import replace

    workspace.add_scenes([replace(make_scene(), tile="", sensed=None, relative_orbit=None)])
    (entry,) = workspace.scenes()
    assert entry.tile == entry.id
    assert entry.sensed is None
    assert entry.relative_orbit is None


def test_geometries_survive_the_blob():
    rng = np.random.default_rng(5)
    shapes = [shapely.buffer(shapely.Point(*rng.uniform(-1e6, 1e6, 2)), rng.uniform(1, 1e5)) for _ in range(20)]
    shapes.append(shapes[0].difference(shapely.buffer(shapes[0].centroid, 0.5)))
    blobs = [geopackage.to_blob(shape, 32633) for shape in shapes]
    assert all(a.equals(b) for a, b in zip(shapes, geopackage.from_blobs(blobs), strict=True))
    for position, name in enumerate(("west", "south", "east", "north")):
        edge = geopackage._edge_reader(position)
        assert [edge(blob) for blob in blobs] == [shape.bounds[position] for shape in shapes], name
        bare = [blob[:3] + bytes([blob[3] & 0b11110001]) + blob[4:8] + blob[40:] for blob in blobs]
        assert [edge(blob) for blob in bare] == [shape.bounds[position] for shape in shapes], f"{name} without an envelope"
