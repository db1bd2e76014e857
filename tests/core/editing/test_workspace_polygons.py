"""The model's polygons and the editor's in a workspace: neither is lost to the other, whoever writes them."""

import sqlite3
from contextlib import closing

import fiona
import pytest
import shapely
from skyfri.plugin.core.clouds.polygons import CloudPolygons, merge
from skyfri.plugin.core.vector import geopackage


def test_guidelines_are_copied_for_the_editor(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    assert workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 10_980), ("shadow", 20_000, 0, 3000))) == ()
    for table in ("guideline", "cloud"):
        frame = workspace.polygons(table).frame
        assert list(frame["class"]) == ["cloud", "shadow"]
        assert list(frame["area_m2"]) == [10_980**2, 3000**2]
        assert set(frame["model"]) == {"test-model"}
    entry = workspace.scenes()[0]
    assert entry.status == "guideline"
    assert entry.cloud_percent == pytest.approx(100 * (10_980**2 + 3000**2) / 109_800**2)


def test_guidelines_in_another_crs_are_reprojected(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000), crs="EPSG:4326"))
    expected = make_polygons(scene, ("cloud", 0, 0, 5000)).frame.geometry.iloc[0]
    assert workspace.polygons().frame.geometry.iloc[0].symmetric_difference(expected).area < 1
    assert workspace.polygons().frame["area_m2"].iloc[0] == pytest.approx(expected.area, rel=1e-6)


def test_new_guidelines_replace_old_ones_where_nobody_edited(workspace, make_scene, make_polygons):
    scene, other = make_scene(day=13), make_scene(day=18)
    workspace.add_scenes([scene, other])
    workspace.put_guidelines(
        merge([make_polygons(scene, ("cloud", 0, 0, 5000)), make_polygons(other, ("cloud", 0, 0, 600))], scene.grid.crs)
    )
    workspace.put_guidelines(make_polygons(scene, ("shadow", 0, 0, 800), ("shadow", 2000, 0, 800)))
    frame = workspace.polygons().frame
    assert sorted(zip(frame["scene"], frame["class"], strict=True)) == [(scene.id, "shadow"), (scene.id, "shadow"), (other.id, "cloud")]


def test_a_scene_without_clouds_loses_its_old_guidelines(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    workspace.put_guidelines(make_polygons(scene), scenes=[scene.id])
    assert len(workspace.polygons("guideline").frame) == 0
    assert workspace.scenes()[0].cloud_percent == 0
    assert workspace.scenes()[0].status == "guideline"


def edit_by_gdal(path, scene_id, shape):
    """Add a polygon as QGIS does: through GDAL, which knows nothing of this project."""
    with fiona.open(path, "a", layer="cloud") as layer:
        properties = {"scene": scene_id, "class": "cloud", "confidence": None, "area_m2": shape.area, "model": None, "origin": "editor"}
        layer.write({"geometry": shapely.geometry.mapping(shape), "properties": properties, "type": "Feature"})


def test_an_editors_work_is_never_overwritten(workspace, make_scene, make_polygons):
    scene, other = make_scene(day=13), make_scene(day=18)
    workspace.add_scenes([scene, other])
    workspace.put_guidelines(
        merge([make_polygons(scene, ("cloud", 0, 0, 5000)), make_polygons(other, ("cloud", 0, 0, 600))], scene.grid.crs)
    )
    west, south, _, _ = scene.grid.bounds
    edit_by_gdal(workspace.store.path, scene.id, shapely.box(west, south + 50_000, west + 900, south + 50_900))
    assert {entry.id: entry.status for entry in workspace.scenes()} == {scene.id: "edited", other.id: "guideline"}

    new = merge([make_polygons(scene, ("shadow", 0, 0, 700)), make_polygons(other, ("shadow", 0, 0, 700))], scene.grid.crs)
    assert workspace.put_guidelines(new) == (scene.id,)
    clouds, guidelines = workspace.polygons("cloud").frame, workspace.polygons("guideline").frame
    assert sorted(clouds.loc[clouds["scene"] == scene.id, "area_m2"]) == [810_000, 25_000_000]
    assert list(clouds.loc[clouds["scene"] == other.id, "class"]) == ["shadow"]
    assert set(guidelines["class"]) == {"shadow"}


def test_deleting_every_polygon_is_an_edit_too(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    with geopackage.writing(workspace.store.path) as connection:
        connection.execute("DELETE FROM cloud")
    assert workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000))) == (scene.id,)
    assert len(workspace.polygons().frame) == 0


def test_gdal_finds_the_polygons_through_the_spatial_index(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 1000), ("cloud", 50_000, 50_000, 1000)))
    west, south, _, _ = scene.grid.bounds
    with fiona.open(workspace.store.path, layer="cloud") as layer:
        assert len(layer) == 2
        assert layer.bounds == (west, south, west + 51_000, south + 51_000)
        assert len(list(layer.filter(bbox=(west + 49_000, south + 49_000, west + 60_000, south + 60_000)))) == 1
    with closing(sqlite3.connect(workspace.store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM rtree_cloud_geom").fetchone()[0] == 2
    workspace.put_guidelines(make_polygons(scene), scenes=[scene.id])
    with closing(sqlite3.connect(workspace.store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM rtree_cloud_geom").fetchone()[0] == 0
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_invalid_polygons_of_an_editor_are_mended_and_counted(workspace, make_scene):
    scene = make_scene()
    workspace.add_scenes([scene])
    west, south, _, _ = scene.grid.bounds
    bow_tie = shapely.Polygon([(west, south), (west + 500, south + 500), (west + 500, south), (west, south + 500)])
    edit_by_gdal(workspace.store.path, scene.id, bow_tie)
    said = []

    class Listener:
        def report(self, fraction, message=""):
            pass

        def warn(self, message):
            said.append(message)

        def is_cancelled(self):
            return False

    polygons = workspace.polygons(progress=Listener())
    assert isinstance(polygons, CloudPolygons)
    assert shapely.is_valid(polygons.frame.geometry.values).all()
    assert len(said) == 1
    assert "1 invalid polygon(s) mended" in said[0]


def test_polygons_of_some_scenes_are_those_of_all_that_are_theirs(workspace, make_scene, make_polygons):
    scenes = [make_scene(day=13), make_scene(day=18), make_scene("33TWL")]
    workspace.add_scenes(scenes)
    workspace.put_guidelines(merge([make_polygons(scene, ("cloud", 0, 0, 5000)) for scene in scenes], scenes[0].grid.crs))
    assert list(workspace.polygons("guideline", scenes=[scenes[1].id]).frame["scene"]) == [scenes[1].id]
    assert set(workspace.polygons(scenes=[scenes[0].id, scenes[2].id]).frame["scene"]) == {scenes[0].id, scenes[2].id}
    assert len(workspace.polygons(scenes=[]).frame) == 0
    assert len(workspace.polygons().frame) == 3


def test_the_settings_of_the_latest_guidelines_are_remembered(workspace, make_scene, make_polygons):
    scene, other = make_scene(day=13), make_scene(day=18)
    workspace.add_scenes([scene, other])
    assert workspace.guideline_settings(scene.id) == {}
    workspace.put_guidelines(make_polygons(scene), scenes=[scene.id, other.id], settings={"cloud_grow": 0.8, "geometry": True})
    workspace.put_guidelines(make_polygons(scene), scenes=[scene.id], settings={"cloud_grow": 0.6, "geometry": False})
    assert workspace.guideline_settings(scene.id) == {"cloud_grow": 0.6, "geometry": False}
    assert workspace.guideline_settings(other.id) == {"cloud_grow": 0.8, "geometry": True}
    workspace.put_guidelines(make_polygons(other), scenes=[other.id])
    assert workspace.guideline_settings(other.id) == {}, "of the latest nothing is known"


def test_former_guidelines_can_be_put_back(workspace, make_scene, make_polygons):
    """What the dock's Undo does: both tables are as they were, but for what an editor drew meanwhile."""
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000), ("shadow", 9000, 0, 700)))
    before = {table: workspace.polygons(table, scenes=[scene.id]) for table in ("guideline", "cloud")}
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 2000)))
    workspace.put_guidelines(before["guideline"], scenes=[scene.id])
    for table, polygons in before.items():
        assert workspace.polygons(table).frame.equals(polygons.frame)
