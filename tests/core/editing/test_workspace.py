"""The workspace keeps what was put in, whoever writes beside it and whatever kills the process."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import fiona
import geopandas as gpd
import numpy as np
import pytest
import shapely
from skyfri.plugin.core.clouds.polygons import CloudPolygons, merge
from skyfri.plugin.core.editing import geopackage
from skyfri.plugin.core.editing.neighbours import check_neighbours
from skyfri.plugin.core.editing.schema import VERSION
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.errors import Cancelled, InputError, OutputError

ROOT = Path(__file__).resolve().parents[3]


def test_tables_are_those_of_the_contract(workspace):
    assert set(fiona.listlayers(workspace.path)) >= {"tile", "scene", "cloud", "guideline", "reviewed", "seamline", "event"}


def test_scenes_come_back_as_they_went_in(workspace, make_scene):
    scenes = [make_scene("33TWM", 13), make_scene("33TWL", 13), make_scene("33TWM", 10, orbit=79)]
    assert workspace.add_scenes(scenes) == tuple(scene.id for scene in scenes)
    entries = Workspace.open(workspace.path).scenes()
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
    with closing(sqlite3.connect(workspace.path)) as connection, connection:
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
    assert fiona.open(workspace.path, layer="cloud").crs.to_epsg() == 25833


def test_a_crs_without_a_code_holds(tmp_path, make_scene, make_polygons):
    local = "+proj=tmerc +lat_0=47 +lon_0=15 +k=0.9999 +x_0=100000 +ellps=GRS80 +units=m"
    workspace = Workspace.create(tmp_path / "local.gpkg", crs=local)
    scene = make_scene()
    workspace.add_scenes([scene])
    polygons = make_polygons(scene, ("cloud", 1000, 1000, 5000))
    workspace.put_guidelines(polygons)
    back = workspace.polygons().in_crs(scene.grid.crs)
    assert back.frame.geometry.iloc[0].symmetric_difference(polygons.frame.geometry.iloc[0]).area < 1


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
    edit_by_gdal(workspace.path, scene.id, shapely.box(west, south + 50_000, west + 900, south + 50_900))
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
    with geopackage.writing(workspace.path) as connection:
        connection.execute("DELETE FROM cloud")
    assert workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000))) == (scene.id,)
    assert len(workspace.polygons().frame) == 0


def test_gdal_finds_the_polygons_through_the_spatial_index(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 1000), ("cloud", 50_000, 50_000, 1000)))
    west, south, _, _ = scene.grid.bounds
    with fiona.open(workspace.path, layer="cloud") as layer:
        assert len(layer) == 2
        assert layer.bounds == (west, south, west + 51_000, south + 51_000)
        assert len(list(layer.filter(bbox=(west + 49_000, south + 49_000, west + 60_000, south + 60_000)))) == 1
    with closing(sqlite3.connect(workspace.path)) as connection:
        assert connection.execute("SELECT count(*) FROM rtree_cloud_geom").fetchone()[0] == 2
    workspace.put_guidelines(make_polygons(scene), scenes=[scene.id])
    with closing(sqlite3.connect(workspace.path)) as connection:
        assert connection.execute("SELECT count(*) FROM rtree_cloud_geom").fetchone()[0] == 0
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_reopening_loses_nothing(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    workspace.set_tile_status("33TWM", "work")
    workspace.set_current_scene(scene.id)
    before = (workspace.scenes(), workspace.events(), workspace.polygons().frame)
    again = Workspace.open(workspace.path)
    assert again.scenes() == before[0]
    assert again.events() == before[1]
    assert again.polygons().frame.equals(before[2])
    assert (again.current_scene(), again.tiles()[0].status) == (scene.id, "work")


def test_done_tiles_count_as_reviewed(workspace, make_scene):
    scene = make_scene()
    workspace.add_scenes([scene, make_scene("33TWL")])
    workspace.set_tile_status("33TWM", "done")
    reviewed = gpd.read_file(workspace.path, layer="reviewed")
    assert list(reviewed["scene"]) == [scene.id]
    assert reviewed.geometry.iloc[0].area == pytest.approx(scene.footprint.area)
    workspace.set_tile_status("33TWM", "work")
    assert len(gpd.read_file(workspace.path, layer="reviewed")) == 0


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
    workspace.path.rename(elsewhere / "work.gpkg")
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
    assert len(Workspace.create(workspace.path.with_name("empty.gpkg")).tile_frame()) == 0


def test_a_scene_without_a_tile_name_is_its_own_tile(workspace, make_scene):
    from dataclasses import replace

    workspace.add_scenes([replace(make_scene(), tile="", sensed=None, relative_orbit=None)])
    (entry,) = workspace.scenes()
    assert entry.tile == entry.id
    assert entry.sensed is None
    assert entry.relative_orbit is None


@pytest.mark.parametrize("content", [b"", b"not a database, " * 100, b"SQLite format 3\0" + b"\0" * 5000])
def test_a_file_that_is_no_workspace_is_refused(tmp_path, content):
    path = tmp_path / "other.gpkg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.gpkg"):
        Workspace.open(path)


def test_a_geopackage_that_is_no_workspace_is_refused(tmp_path, make_scene, make_polygons):
    path = tmp_path / "clouds.gpkg"
    make_polygons(make_scene(), ("cloud", 0, 0, 5000)).frame.to_file(path, driver="GPKG", layer="clouds")
    with pytest.raises(InputError, match="not a Skyfri workspace"):
        Workspace.open(path)


def test_opening_drops_no_lock_of_the_process(workspace):
    """POSIX drops a process's locks on a file when any descriptor of it is closed; another process must still be kept out."""
    script = (
        "import sqlite3, sys\n"
        "try: sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute('BEGIN IMMEDIATE')\n"
        "except sqlite3.OperationalError as error: print(error)"
    )
    with geopackage.writing(workspace.path) as connection:
        connection.execute("UPDATE workspace SET scene = 'x'")
        Workspace.open(workspace.path).scenes()
        other = subprocess.run([sys.executable, "-c", script, str(workspace.path)], capture_output=True, text=True, check=True)
    assert "locked" in other.stdout


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.gpkg"):
        Workspace.open(tmp_path / "gone.gpkg")


def test_a_newer_workspace_is_refused(workspace):
    with geopackage.writing(workspace.path) as connection:
        connection.execute("UPDATE workspace SET version = ?", (VERSION + 1,))
    with pytest.raises(InputError, match=f"version {VERSION + 1}, this Skyfri knows {VERSION}; update"):
        Workspace.open(workspace.path)


def test_an_existing_file_is_not_overwritten(workspace):
    before = workspace.path.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        Workspace.create(workspace.path)
    assert workspace.path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match="choose a folder you may write to"):
        Workspace.create(tmp_path / "absent" / "work.gpkg")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose a folder you may write to"):
        Workspace.create(tmp_path / "file" / "work.gpkg")


def test_a_bad_crs_leaves_no_file(tmp_path):
    with pytest.raises(InputError, match="EPSG:99999999"):
        Workspace.create(tmp_path / "work.gpkg", crs="EPSG:99999999")
    assert list(tmp_path.iterdir()) == []


def test_unknown_scenes_tiles_and_statuses_are_named(workspace, make_scene, make_polygons):
    workspace.add_scenes([make_scene()])
    with pytest.raises(InputError, match="S2A_33TWL_20230813"):
        workspace.put_guidelines(make_polygons(make_scene("33TWL"), ("cloud", 0, 0, 600)))
    with pytest.raises(InputError, match="33XXX"):
        workspace.set_tile_status("33XXX", "done")
    with pytest.raises(InputError, match="finished"):
        workspace.set_tile_status("33TWM", "finished")
    with pytest.raises(InputError, match="nobody"):
        workspace.remove_scenes(["nobody"])


def test_cancelling_changes_nothing(workspace, make_scene, make_polygons):
    class Stop:
        calls = 0

        def report(self, fraction, message=""):
            self.calls += 1

        def warn(self, message):
            pass

        def is_cancelled(self):
            return self.calls >= 1

    scenes = [make_scene(), make_scene("33TWL")]
    with pytest.raises(Cancelled):
        workspace.add_scenes(scenes, progress=Stop())
    assert workspace.scenes() == []
    assert workspace.crs() == ""
    workspace.add_scenes(scenes)
    both = merge([make_polygons(scene, ("cloud", 0, 0, 5000)) for scene in scenes], scenes[0].grid.crs)
    with pytest.raises(Cancelled):
        workspace.put_guidelines(both, progress=Stop())
    assert len(workspace.polygons("guideline").frame) == 0


def test_a_writer_waits_no_longer_than_it_says(workspace, make_scene, monkeypatch):
    monkeypatch.setattr(geopackage, "_LOCK_WAIT_S", 0.1)
    with closing(sqlite3.connect(workspace.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program is writing to it"):
            workspace.add_scenes([make_scene()])
        assert workspace.scenes() == []
    workspace.add_scenes([make_scene()])


KILLED = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("skyfri", {init!r}, submodule_search_locations=[{root!r}])
package = importlib.util.module_from_spec(spec); sys.modules["skyfri"] = package; spec.loader.exec_module(package)
import geopandas as gpd
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.editing.workspace import Workspace

class Killer:
    calls = 0
    def report(self, fraction, message=""):
        self.calls += 1
        if self.calls == {after}:
            os.kill(os.getpid(), signal.SIGKILL)
    def warn(self, message): pass
    def is_cancelled(self): return False

polygons = CloudPolygons(gpd.read_file({polygons!r}))
Workspace.open({path!r}).put_guidelines(polygons, progress=Killer())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_process_leaves_the_former_state(workspace, make_scene, make_polygons, tmp_path, after):
    scenes = [make_scene(), make_scene("33TWL")]
    workspace.add_scenes(scenes)
    workspace.put_guidelines(make_polygons(scenes[0], ("cloud", 0, 0, 5000)))
    before = (workspace.scenes(), workspace.events(), workspace.polygons().frame)

    many = [("shadow", 1000 * (i % 50), 1000 * (i // 50), 800) for i in range(2000)]
    new = merge([make_polygons(scene, *many) for scene in scenes], scenes[0].grid.crs)
    new.frame.to_file(tmp_path / "new.gpkg", driver="GPKG")
    script = KILLED.format(
        init=str(ROOT / "__init__.py"), root=str(ROOT), after=after, polygons=str(tmp_path / "new.gpkg"), path=str(workspace.path)
    )
    result = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    assert result.returncode == -signal.SIGKILL
    after_kill = Workspace.open(workspace.path)
    assert after_kill.scenes() == before[0]
    assert after_kill.events() == before[1]
    assert after_kill.polygons().frame.equals(before[2])
    assert after_kill.put_guidelines(new) == ()
    assert len(after_kill.polygons().frame) == 4000


def test_a_full_disk_leaves_the_former_state(workspace, make_scene, make_polygons, monkeypatch):
    scene = make_scene()
    workspace.add_scenes([scene])
    connect = geopackage._connect

    def small(path):
        connection = connect(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    before = workspace.path.read_bytes()
    monkeypatch.setattr(geopackage, "_connect", small)
    many = [("shadow", 1000 * (i % 50), 1000 * (i // 50), 800) for i in range(500)]
    with pytest.raises(OutputError, match=r"full.*free some space"):
        workspace.put_guidelines(make_polygons(scene, *many))
    assert workspace.path.read_bytes() == before


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


def test_invalid_polygons_of_an_editor_are_mended_and_counted(workspace, make_scene):
    scene = make_scene()
    workspace.add_scenes([scene])
    west, south, _, _ = scene.grid.bounds
    bow_tie = shapely.Polygon([(west, south), (west + 500, south + 500), (west + 500, south), (west, south + 500)])
    edit_by_gdal(workspace.path, scene.id, bow_tie)
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
