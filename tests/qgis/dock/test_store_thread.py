"""A slow, failing or locked store never stops the window, nothing that was done is lost, and the order is kept."""

import json
import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from skyfri.plugin.core.base.errors import OutputError
from skyfri.plugin.core.editing.entries import user_name
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.tests.qgis.dock.hands import button, click, draw, rest, wait
from skyfri.ui.dock import SkyfriDock
from skyfri.ui.workspace import store_thread
from skyfri.ui.workspace.scene_model import TILE

SLOW_S = 0.5


class SlowStore:
    """Another store, each read and each transaction of which takes a while; a transaction may fail at its end."""

    def __init__(self, store):
        self.store = store
        self.seconds = SLOW_S
        self.is_writing = False
        self.reads = []
        self.refused = []

    def __getattr__(self, name):
        found = getattr(self.store, name)
        if name not in {"state", "scenes", "tiles", "polygons", "changes_since", "latest_change"}:
            return found

        def read(*args):
            self.reads.append(name)
            time.sleep(self.seconds)
            return found(*args)

        return read

    @contextmanager
    def writing(self):
        with self.store.writing() as changes:
            yield changes
            self.is_writing = True
            time.sleep(self.seconds)  # the file is held meanwhile
            self.is_writing = False
            if self.refused and self.refused.pop(0):
                raise OutputError("the disk is full; free some space.")


@pytest.fixture
def slow(dock, full_workspace, tmp_path, monkeypatch):
    """The dock with a workspace open whose store is slow."""
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    fast = Workspace.open
    monkeypatch.setattr(Workspace, "open", lambda address, **options: Workspace(SlowStore(fast(address, **options).store)))
    read = []
    dock.session.workspace_changed.connect(lambda: read.append(time.monotonic()))  # from here on QGIS adds layers
    with ticking() as ticks:
        dock.files.open_workspace(str(path))
        assert dock.session.workspace is None, "it returned before anything was read"
        wait(lambda: dock.session.workspace is not None)
    assert_ran([*(tick for tick in ticks if tick < read[0]), read[0]], 3 * SLOW_S)
    rest(dock)
    dock.files.remember()
    rest(dock)
    dock.session.workspace.store.reads.clear()
    dock.stored = lambda: {tile.name: tile.status for tile in fast(path).tiles()}
    dock.history = lambda: [json.loads(e.detail)["status"] for e in fast(path).events() if e.what == "tile status"]
    return dock


@contextmanager
def ticking():
    """Yield the times at which the event loop was seen to run."""
    ticks = [time.monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start(10)
    yield ticks
    ticks.append(time.monotonic())
    timer.stop()


def assert_ran(ticks, at_least_s):
    """The block took at least so long, and the event loop ran all the while."""
    assert ticks[-1] - ticks[0] >= at_least_s, "nothing slow was done"
    assert max(b - a for a, b in pairwise(ticks)) < SLOW_S, "the window waited for the store"


def test_a_click_on_the_status_is_seen_at_once_and_written_beside_the_window(slow):
    name = slow.session.tile.name
    with ticking() as ticks:
        click(button(slow, "done"))
        assert slow.session.tile.status == "done"
        assert slow.session.tile.editor == user_name()
        assert slow.actions_by_name["done"].isChecked()
        assert slow.tile_bar.count.text() == "1/2"
        assert slow.stored()[name] == "todo", "it is on its way"
        rest(slow)
    assert_ran(ticks, SLOW_S)
    assert slow.stored()[name] == "done"


def test_a_click_on_the_status_patches_the_rows_of_its_tile_and_reads_nothing(slow):
    model, patched = slow.table.model, []
    model.dataChanged.connect(lambda first, last, _roles: patched.append((first.row(), first.column(), last.row(), last.column())))
    model.modelReset.connect(lambda: patched.append("all"))
    click(button(slow, "work"))
    rest(slow)
    rows = [row for row, entry in enumerate(slow.session.scenes) if entry.tile == slow.session.tile.name]
    assert patched == [(rows[0], TILE, rows[-1], TILE)]
    assert rows == list(range(rows[0], rows[-1] + 1)), "and no other row"
    assert slow.session.workspace.store.reads == []


def test_writes_keep_their_order_and_the_last_one_holds(slow):
    wished = ["work", "done", "todo", "work"]
    for status in wished:
        slow.tiles.set_status(status)
        assert slow.session.tile.status == status
    assert slow.history() == []
    rest(slow)
    assert slow.history() == wished
    assert slow.stored()[slow.session.tile.name] == "work" == slow.session.tile.status


@pytest.mark.parametrize(
    ("refused", "shown"),
    [
        ([True], "todo"),
        ([False, True], "work"),
        ([True, False], "done"),
        ([True, True], "todo"),
        ([False, False], "done"),
    ],
)
def test_what_cannot_be_written_is_put_back_and_said(slow, iface, refused, shown):
    slow.session.workspace.store.refused = list(refused)
    name = slow.session.tile.name
    for status, _ in zip(("work", "done"), refused, strict=False):
        click(button(slow, status))
        assert slow.session.tile.status == status
    rest(slow)
    assert slow.session.tile.status == shown == slow.stored()[name]
    assert slow.actions_by_name[shown].isChecked()
    said = [text for text in iface.said() if "the disk is full" in text]
    assert set(said) == ({f"The status of {name} was not kept. the disk is full; free some space."} if any(refused) else set())


def test_a_status_on_its_way_outlives_a_reading_from_before_it(slow):
    seen = []
    slow.session.tile_changed.connect(lambda _: seen.append(slow.session.tile.status))
    slow.session.listing_changed.connect(lambda: seen.append(slow.session.tile.status))
    slow.session.refresh()
    slow.tiles.set_status("done")
    slow.session.refresh()
    rest(slow)
    assert set(seen) == {"done"}, "never the old one again"
    assert len(seen) == 3


def test_closing_the_workspace_waits_for_what_is_on_its_way(slow):
    name = slow.session.tile.name
    for status in ("work", "done"):
        slow.tiles.set_status(status)
    slow.actions_by_name["close_workspace"].trigger()
    assert slow.stored()[name] == "done"
    assert slow.history() == ["work", "done"]
    assert slow.session.is_idle
    assert slow.session.workspace is None


def test_unloading_waits_for_what_is_on_its_way(iface, provider, full_workspace, tmp_path, monkeypatch):
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    dock = SkyfriDock(iface)
    dock.files.open_workspace(str(path))
    rest(dock)
    object.__setattr__(dock.session.workspace, "store", SlowStore(dock.session.workspace.store))
    name = dock.session.tile.name
    for status in ("work", "done", "work"):
        dock.tiles.set_status(status)
    dock.teardown()
    assert [tile.status for tile in Workspace.open(path).tiles() if tile.name == name] == ["work"]
    assert [json.loads(e.detail)["status"] for e in Workspace.open(path).events() if e.what == "tile status"] == ["work", "done", "work"]
    dock.deleteLater()


def test_a_new_project_loses_nothing_either(slow):
    name = slow.session.tile.name
    slow.tiles.set_status("done")
    QgsProject.instance().clear()
    assert slow.session.workspace is None
    rest(slow)
    assert slow.stored()[name] == "done"


def test_saving_edits_lets_a_write_end_and_the_window_be_painted(slow):
    """QGIS writes edits in the window's thread; it must not wait there for the file that a slow write holds."""
    store = slow.session.workspace.store
    slow.actions_by_name["edit"].trigger()
    rest(slow)
    draw(slow)
    store.seconds = 3 * SLOW_S
    for action, status in (("save", "todo"), ("edit", "done")):
        with ticking() as ticks:
            slow.tiles.set_status(status)
            wait(lambda: store.is_writing)
            slow.actions_by_name[action].trigger()
        assert_ran(ticks, 2 * SLOW_S)
        assert not slow.editing.has_unsaved
    assert not slow.editing.is_active
    store.seconds = 0
    rest(slow)
    assert slow.session.scene.status == "edited"


def test_the_latest_workspace_that_was_wished_for_is_the_one_that_opens(slow, full_workspace, tmp_path):
    for name in ("second", "third"):
        slow.files.open_workspace(str(shutil.copy(full_workspace, tmp_path / f"{name}.gpkg")))
    opened = []
    slow.files.opened.connect(lambda: opened.append(slow.session.workspace.name))
    rest(slow)
    assert opened == ["third"]
    assert slow.layers.polygons("cloud").source().startswith(str(tmp_path / "third.gpkg"))


def test_a_file_that_is_no_workspace_leaves_the_one_that_is_open(opened, iface, tmp_path):
    (tmp_path / "other.gpkg").write_text("hello")
    layers = len(QgsProject.instance().mapLayers())
    opened.files.open_workspace(str(tmp_path / "other.gpkg"))
    rest(opened)
    assert "other.gpkg is not a GeoPackage" in iface.said()[-1]
    assert opened.session.workspace.name == "full"
    assert len(QgsProject.instance().mapLayers()) == layers


@contextmanager
def held(path):
    """Hold a workspace as another program does that writes to it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_workspace_is_waited_for_and_who_may_hold_it_is_said(opened, iface, monkeypatch):
    name, path = opened.session.tile.name, opened.session.workspace.address
    with ticking() as ticks, held(path):
        click(button(opened, "done"))
        wait(lambda: iface.said() and "goes on trying" in iface.said()[-1])
        assert "another program is writing to it" in iface.said()[-1]
        assert f"The last to change it was {user_name()}" in iface.said()[-1]
        assert opened.session.tile.status == "done", "one goes on working"
    assert_ran(ticks, store_thread.LOCK_WAIT_S * 0.9)
    rest(opened)
    assert {tile.name: tile.status for tile in Workspace.open(path).tiles()}[name] == "done"
    assert not [text for text in iface.said() if "goes on trying" in text], "the message went with the lock"


def test_a_workspace_locked_for_long_puts_back_and_says_so(opened, iface, monkeypatch):
    monkeypatch.setattr(store_thread, "PATIENCE_S", 1.5)
    with held(opened.session.workspace.address):
        opened.tiles.set_status("done")
        rest(opened)
    assert opened.session.tile.status == "todo"
    assert iface.said()[-1].startswith(f"The status of {opened.session.tile.name} was not kept.")
    assert "another program is writing to it" in iface.said()[-1]


def test_a_lock_does_not_keep_the_plugin_from_unloading(iface, provider, full_workspace, tmp_path):
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    dock = SkyfriDock(iface)
    dock.files.open_workspace(str(path))
    rest(dock)
    with held(path):
        dock.tiles.set_status("done")
        start = time.monotonic()
        dock.teardown()
        assert time.monotonic() - start < 5 * store_thread.LOCK_WAIT_S
    assert any("was not kept" in text for text in iface.said()), "and what was lost is said"
    dock.deleteLater()


def test_what_was_to_be_opened_is_not_opened_in_a_plugin_that_unloads(iface, provider, full_workspace, tmp_path):
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    for _ in range(5):
        dock = SkyfriDock(iface)
        dock.files.open_workspace(str(path))
        dock.teardown()
        assert dock.session.workspace is None
        assert QgsProject.instance().mapLayers() == {}
        dock.session.open(str(path))  # somebody late
        assert not dock.session._thread.isRunning()
        dock.deleteLater()


def test_what_an_answer_asks_for_at_the_end_is_done_too(qgis_app):
    thread, done = store_thread.StoreThread(), []

    def again(number):
        done.append(number)
        if number < 3:
            thread.ask(lambda: number + 1, again, done.append)

    thread.ask(lambda: 1, again, done.append)
    thread.end()
    assert done == [1, 2, 3]
    assert not thread.isRunning()
