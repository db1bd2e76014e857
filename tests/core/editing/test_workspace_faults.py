"""What a workspace refuses, and what it is like after a lock, a full disk or a killed process."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from skyfri.plugin.core.base.errors import Cancelled, InputError, LockedError, OutputError
from skyfri.plugin.core.clouds.polygons import merge
from skyfri.plugin.core.editing.entries import user_name
from skyfri.plugin.core.editing.stores.schema import VERSION
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.vector import geopackage

ROOT = Path(__file__).resolve().parents[3]


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
    with geopackage.writing(workspace.store.path) as connection:
        connection.execute("UPDATE workspace SET scene = 'x'")
        Workspace.open(workspace.store.path).scenes()
        other = subprocess.run([sys.executable, "-c", script, str(workspace.store.path)], capture_output=True, text=True, check=True)
    assert "locked" in other.stdout


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.gpkg"):
        Workspace.open(tmp_path / "gone.gpkg")


def test_a_newer_workspace_is_refused(workspace):
    with geopackage.writing(workspace.store.path) as connection:
        connection.execute("UPDATE workspace SET version = ?", (VERSION + 1,))
    with pytest.raises(InputError, match=f"version {VERSION + 1}, this Skyfri knows {VERSION}; update"):
        Workspace.open(workspace.store.path)


def test_an_existing_file_is_not_overwritten(workspace):
    before = workspace.store.path.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        Workspace.create(workspace.store.path)
    assert workspace.store.path.read_bytes() == before


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
    with closing(sqlite3.connect(workspace.store.path, isolation_level=None)) as other:
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
        init=str(ROOT / "__init__.py"), root=str(ROOT), after=after, polygons=str(tmp_path / "new.gpkg"), path=str(workspace.store.path)
    )
    result = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    assert result.returncode == -signal.SIGKILL
    after_kill = Workspace.open(workspace.store.path)
    assert after_kill.scenes() == before[0]
    assert after_kill.events() == before[1]
    assert after_kill.polygons().frame.equals(before[2])
    assert after_kill.put_guidelines(new) == ()
    assert len(after_kill.polygons().frame) == 4000


def test_a_full_disk_leaves_the_former_state(workspace, make_scene, make_polygons, monkeypatch):
    scene = make_scene()
    workspace.add_scenes([scene])
    connect = geopackage._connect

    def small(path, wait_s=None):
        connection = connect(path, wait_s)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    before = workspace.store.path.read_bytes()
    monkeypatch.setattr(geopackage, "_connect", small)
    many = [("shadow", 1000 * (i % 50), 1000 * (i // 50), 800) for i in range(500)]
    with pytest.raises(OutputError, match=r"full.*free some space"):
        workspace.put_guidelines(make_polygons(scene, *many))
    assert workspace.store.path.read_bytes() == before


def test_a_locked_workspace_is_said_to_be_locked_and_by_whom_perhaps(workspace, make_scene):
    """Nothing is broken: the remedy is to wait, never a copy from elsewhere."""
    impatient = Workspace.open(workspace.address, lock_wait_s=0.0)
    assert impatient == workspace, "the same place"
    with closing(sqlite3.connect(workspace.address, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match=rf"another program is writing to it.*The last to change it was {user_name()}, 20"):
            impatient.add_scenes([make_scene()])
        other.execute("ROLLBACK")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LockedError, match="another program is writing to it") as caught:
            impatient.scenes()
        assert "restore" not in str(caught.value)
    assert impatient.scenes() == []


def test_the_tables_are_those_of_every_workspace_there_is(tmp_path):
    """The file's tables, columns and triggers are the public contract; they are written down here once more."""
    path = tmp_path / "work.gpkg"
    Workspace.create(path)
    with closing(sqlite3.connect(path)) as connection:
        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in ("tile", "scene", "cloud", "guideline", "reviewed", "seamline", "event", "workspace")
        }
        triggers = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'skyfri%'")}
    polygon = ["fid", "geom", "scene", "class", "confidence", "area_m2", "model", "origin"]
    assert columns == {
        "tile": ["fid", "geom", "name", "status", "editor", "changed"],
        "scene": [
            *("fid", "geom", "id", "path", "tile", "sensed", "platform", "orbit", "datatake", "level", "baseline", "crs", "area_m2"),
            *("guideline", "edited"),
        ],
        "cloud": polygon,
        "guideline": polygon,
        "reviewed": ["fid", "geom", "scene", "editor", "at"],
        "seamline": ["fid", "geom", "scene", "index"],
        "event": ["fid", "at", "who", "what", "detail"],
        "workspace": ["fid", "version", "scene", "writing"],
    }
    assert triggers == {"skyfri_cloud_insert", "skyfri_cloud_update", "skyfri_cloud_delete"}
