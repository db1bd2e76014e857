"""What every store keeps to, whatever lies behind it: the same tests for a file and for memory."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.clouds.polygons import merge
from skyfri.plugin.core.editing.stores.geopackage_store import GeoPackageStore
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.tests.core.editing.memory_store import MemoryStore

BOX = shapely.multipolygons([shapely.box(0, 0, 1000, 1000)])


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path):
    return GeoPackageStore.create(tmp_path / "work.gpkg") if request.param == "file" else MemoryStore(tmp_path)


@pytest.fixture
def workspace(store):
    return Workspace(store)


def scene_row(scene_id="one", tile="33TWM", day=13, **changes):
    known = {"platform": "S2A", "orbit": 122, "datatake": "GS2A", "level": "L2A", "baseline": "05.09", "crs": "EPSG:32633"}
    sensed = datetime(2023, 8, day, 10, 1, 31, 500_000, tzinfo=UTC)
    row = {"id": scene_id, "path": "a.zip", "tile": tile, "sensed": sensed, "area_m2": 1e6, "geometry": BOX, **known}
    return {**row, **changes}


def polygon(size=100, name="cloud"):
    shape = shapely.box(0, 0, size, size)
    return {"class": name, "confidence": 0.9, "area_m2": shape.area, "model": "m", "origin": "model", "geometry": shape}


def put(store, *scenes):
    with store.writing() as changes:
        changes.set_crs("EPSG:32633")
        for scene in scenes:
            changes.add_scene(scene)
            changes.put_tile(scene["tile"], BOX)


def test_a_new_store_is_empty(store):
    assert store.state() == {"crs": "", "scene": ""}
    assert (store.scenes(), store.tiles(), store.polygons("cloud"), store.changes_since(0)) == ([], [], [], [])
    assert store.latest_change("guidelines", "one") is None


def test_rows_come_back_as_plain_values_in_order(store):
    put(store, scene_row("b", day=18), scene_row("a", tile="33TWL"), scene_row("c", day=10, sensed=None, orbit=None))
    assert store.state()["crs"] == "EPSG:32633"
    assert [row["id"] for row in store.scenes()] == ["a", "c", "b"], "by tile, then time, what has none first"
    row = next(row for row in store.scenes() if row["id"] == "b")
    sent = scene_row("b", day=18)
    assert {name: row[name] for name in ("path", "tile", "sensed", "platform", "orbit", "datatake", "level", "area_m2")} == {
        name: sent[name] for name in ("path", "tile", "sensed", "platform", "orbit", "datatake", "level", "area_m2")
    }
    assert (row["guideline"], row["edited"], row["cloud_m2"]) == (None, None, None)
    assert [(tile["name"], tile["status"], tile["editor"]) for tile in store.tiles()] == [("33TWL", "todo", ""), ("33TWM", "todo", "")]
    assert store.tiles()[0]["geometry"].equals(BOX)


def test_what_fails_half_way_leaves_no_trace(store):
    put(store, scene_row())
    before = (store.scenes(), store.changes_since(0), store.state())

    def fail():
        with store.writing() as changes:
            changes.add_scene(scene_row("two"))
            changes.set_status("33TWM", "done", "ada")
            changes.replace_polygons("cloud", "one", [polygon()], edited=True)
            changes.set_current("one")
            changes.note("ada", "never", "{}")
            raise InputError("half way")

    with pytest.raises(InputError, match="half way"):
        fail()
    assert (store.scenes(), store.changes_since(0), store.state()) == before
    assert store.polygons("cloud") == []
    assert store.tiles()[0]["status"] == "todo"


def test_a_transaction_sees_its_own_changes(store):
    with store.writing() as changes:
        assert (changes.crs(), changes.known_scenes(), changes.tile_outline("33TWM")) == ("", {}, None)
        changes.set_crs("EPSG:32633")
        changes.add_scene(scene_row())
        changes.put_tile("33TWM", BOX)
        assert (changes.crs(), changes.known_scenes()) == ("EPSG:32633", {"one": False})
        assert changes.tile_outline("33TWM").equals(BOX)


def test_another_outline_leaves_a_tiles_status(store):
    put(store, scene_row())
    wider = shapely.multipolygons([shapely.box(0, 0, 2000, 1000)])
    with store.writing() as changes:
        assert changes.set_status("33TWM", "work", "ada")
        assert not changes.set_status("33XXX", "work", "ada")
        changes.put_tile("33TWM", wider)
    (tile,) = store.tiles()
    assert (tile["status"], tile["editor"]) == ("work", "ada")
    assert tile["geometry"].equals(wider)


def test_the_store_sets_edited_where_a_person_changed_polygons_and_only_there(store):
    put(store, scene_row("one"), scene_row("two"))
    with store.writing() as changes:
        changes.replace_polygons("guideline", "one", [polygon()])
        changes.replace_polygons("cloud", "one", [polygon()])
        assert changes.known_scenes() == {"one": False, "two": False}, "the model is no person"
        changes.replace_polygons("cloud", "two", [], edited=True)
        assert changes.known_scenes() == {"one": False, "two": True}, "to have removed all is an edit too"
    one, two = store.scenes()
    soon = timedelta(minutes=1)
    assert one["edited"] is None
    assert abs(one["guideline"] - datetime.now(UTC)) < soon
    assert two["guideline"] is None
    assert abs(two["edited"] - datetime.now(UTC)) < soon


def test_polygons_are_those_of_their_table_and_scene(store):
    put(store, scene_row("one"), scene_row("two"))
    with store.writing() as changes:
        changes.replace_polygons("cloud", "one", [polygon(100), polygon(200, "shadow")])
        changes.replace_polygons("cloud", "two", [polygon(300)])
        changes.replace_polygons("guideline", "one", [polygon(400)])
        changes.replace_polygons("cloud", "one", [polygon(500), polygon(600, "shadow")])
    rows = store.polygons("cloud", ["one"])
    assert [(row["class"], row["area_m2"], row["scene"]) for row in rows] == [("cloud", 250_000, "one"), ("shadow", 360_000, "one")]
    assert rows[1]["geometry"].equals(shapely.box(0, 0, 600, 600))
    assert len(store.polygons("cloud")) == 3
    assert store.polygons("cloud", []) == []
    assert [row["area_m2"] for row in store.polygons("guideline")] == [160_000]
    assert [row["cloud_m2"] for row in store.scenes()] == [610_000, 90_000]


def test_the_history_is_read_from_where_one_stopped(store):
    for what, detail in (("guidelines", '{"scenes": ["one", "two"]}'), ("guidelines", '{"scenes": ["two"]}'), ("tile status", "{}")):
        with store.writing() as changes:
            changes.note("ada", what, detail)
    rows = store.changes_since(0)
    assert [row["what"] for row in rows] == ["guidelines", "guidelines", "tile status"]
    assert rows[0]["number"] < rows[1]["number"] < rows[2]["number"]
    assert store.changes_since(rows[1]["number"]) == rows[2:]
    assert store.changes_since(rows[2]["number"]) == []
    assert store.latest_change("guidelines", "two") == rows[1]
    assert store.latest_change("guidelines", "one") == rows[0]
    assert store.latest_change("guidelines", "three") is None
    assert rows[0]["at"].tzinfo is not None


def test_removed_scenes_leave_nothing(store):
    put(store, scene_row("one"), scene_row("two", tile="33TWL"))
    with store.writing() as changes:
        changes.replace_polygons("cloud", "one", [polygon()])
        changes.replace_polygons("guideline", "one", [polygon()])
        changes.set_reviewed("33TWM", "ada", reviewed=True)
        changes.set_current("one")
        changes.remove_scene("one")
    assert [row["id"] for row in store.scenes()] == ["two"]
    assert [row["name"] for row in store.tiles()] == ["33TWL"]
    assert (store.polygons("cloud"), store.polygons("guideline"), store.state()["scene"]) == ([], [], "")


def test_layers_of_the_store_are_known_again_and_others_are_not(store):
    uri = store.layer_uri("cloud")
    assert store.table_of(uri) == "cloud"
    assert store.table_of(f"{uri}|subset=\"scene\" = 'one'" if "|" in uri else f"{uri}&subset=one") == "cloud", "a filter changes nothing"
    assert store.table_of(uri.replace(store.name, "other")) == ""


def test_threads_write_one_after_the_other_and_nothing_is_lost(store, request):
    if "memory" in request.node.name:
        pytest.skip("memory is for one thread")

    def note(number):
        with store.writing() as changes:
            changes.note("ada", f"change {number}", "{}")

    threads = [threading.Thread(target=note, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row["what"] for row in store.changes_since(0)} == {f"change {number}" for number in range(8)}


def test_the_workspaces_verbs_need_no_more_than_the_protocol(workspace, make_scene, make_polygons):
    scene, other = make_scene(day=13), make_scene("33TWL", 13)
    assert workspace.add_scenes([scene, other, scene]) == (scene.id, other.id)
    assert workspace.add_scenes([make_scene(path="/mnt/archive/S2A.SAFE")]) == ()
    both = merge([make_polygons(scene, ("cloud", 0, 0, 5000)), make_polygons(other, ("shadow", 0, 0, 600))], scene.grid.crs)
    assert workspace.put_guidelines(both, settings={"cloud_grow": 0.4}) == ()
    workspace.set_tile_status("33TWM", "done")
    workspace.set_current_scene(scene.id)
    listing = workspace.listing()
    assert (listing.crs, listing.scene) == ("EPSG:32633", scene.id)
    assert [(entry.id, entry.status) for entry in listing.scenes] == [(other.id, "guideline"), (scene.id, "guideline")]
    assert listing.scenes[1].path == "/mnt/archive/S2A.SAFE"
    assert listing.scenes[1].cloud_percent == pytest.approx(100 * 25e6 / scene.footprint.area)
    assert [(tile.name, tile.status) for tile in listing.tiles] == [("33TWL", "todo"), ("33TWM", "done")]
    assert workspace.guideline_settings(scene.id) == {"cloud_grow": 0.4}
    assert list(workspace.polygons("guideline", scenes=[other.id]).frame["class"]) == ["shadow"]
    events = workspace.events()
    assert [event.what for event in events] == ["add scenes", "guidelines", "tile status"]
    assert workspace.events(events[1].number) == events[2:]
    workspace.remove_scenes([scene.id])
    assert [entry.id for entry in workspace.scenes()] == [other.id]
    with pytest.raises(InputError, match="S2A_33TWM_20230813"):
        workspace.remove_scenes([other.id, scene.id])
    assert [entry.id for entry in workspace.scenes()] == [other.id], "none was removed"


def test_an_editors_polygons_stay_in_every_store(workspace, make_scene, make_polygons):
    scene = make_scene()
    workspace.add_scenes([scene])
    workspace.put_guidelines(make_polygons(scene, ("cloud", 0, 0, 5000)))
    with workspace.store.writing() as changes:
        changes.replace_polygons("cloud", scene.id, [polygon(900)], edited=True)
    assert workspace.put_guidelines(make_polygons(scene, ("shadow", 0, 0, 700))) == (scene.id,)
    assert list(workspace.polygons("cloud").frame["area_m2"]) == [810_000]
    assert list(workspace.polygons("guideline").frame["class"]) == ["shadow"]
    assert workspace.scenes()[0].status == "edited"


def test_files_beside_a_workspace_are_named_after_it(workspace, store, tmp_path):
    assert workspace.beside("_mosaic.tif") == tmp_path / f"{store.name}_mosaic.tif"
    assert workspace.pictures == tmp_path / f"{store.name}_pictures"
    assert workspace.picture_path("S2A/../33TWM:1").parent == workspace.pictures
    assert workspace.kept_files("one").probability.parent == workspace.predictions == tmp_path / f"{store.name}_predictions"
