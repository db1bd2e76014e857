"""Scenes come by drop and dialog, and the editor finds the way among tiles and dates, by real events on real widgets."""

import shutil
from pathlib import Path

from qgis.core import QgsLayerTreeGroup, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QMessageBox
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.vector import geopackage
from skyfri.tests.qgis.dock.eyes import drawn_scenes, rows, visible_pictures
from skyfri.tests.qgis.dock.hands import button, click, drop, press, rest, wait
from skyfri.ui.workspace.scene_model import CLOUDS, DATE, TILE


def test_dropped_products_become_scenes_layers_and_tiles(dock, iface, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    drop(dock.welcome, stacks / "scenes")
    wait(lambda: dock.session.scenes)
    rest(dock)
    assert len(rows(dock, TILE)) == 4
    assert dock.tile_bar.isVisible()
    assert iface.said()[-1] == "Scenes added: 4."
    group = QgsProject.instance().layerTreeRoot().children()[0]
    assert group.name() == "work"
    names = [child.name() for child in group.children()]
    tiles = sorted({entry.tile for entry in dock.session.scenes})
    assert names == ["Clouds", "Guidelines", "Tiles", *tiles]
    assert [len(child.children()) for child in group.children() if isinstance(child, QgsLayerTreeGroup)] == [2, 2]
    assert QgsProject.instance().crs().authid() == Workspace.open(tmp_path / "work.gpkg").crs()


def test_dropping_on_the_table_adds_to_the_workspace(dock, answer_file, stacks, tmp_path):
    first, second = sorted((stacks / "scenes").glob("*.tif"))[:2]
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    rest(dock)
    for path in (first, second, second):
        drop(dock.table, path)
        rest(dock)
    assert len(rows(dock, TILE)) == 2


def test_files_and_folders_can_be_chosen(dock, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    rest(dock)
    answer_file(next((stacks / "scenes").glob("*.tif")))
    dock.actions_by_name["add_files"].trigger()
    rest(dock)
    assert len(dock.session.scenes) == 1
    answer_file(stacks / "scenes")
    dock.actions_by_name["add_folder"].trigger()
    rest(dock)
    assert len(dock.session.scenes) == 4


def test_what_cannot_be_opened_is_said_in_one_sentence(dock, iface, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    rest(dock)
    (tmp_path / "S2A_broken.zip").write_bytes(b"PK\x03\x04 not a zip")
    (tmp_path / "empty").mkdir()
    dock.files.add_paths([str(tmp_path / "S2A_broken.zip"), str(tmp_path / "empty"), str(next((stacks / "scenes").glob("*.tif")))])
    rest(dock)
    assert len(dock.session.scenes) == 1, "the good one is there"
    (said,) = [text for text in iface.said() if "S2A_broken.zip" in text]
    assert said.endswith("1 more could not be opened, see the log.")


def test_missing_products_are_named_and_the_rest_works(dock, iface, full_workspace, stacks, tmp_path):
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    gone = Workspace.open(path).scenes()[0]
    with geopackage.writing(path) as connection:
        connection.execute("UPDATE scene SET path = '/gone/away.tif' WHERE id = ?", (gone.id,))
    dock.files.open_workspace(str(path))
    rest(dock)
    assert "/gone/away.tif" in iface.said()[-1]
    assert dock.layers.picture(gone.id) is None
    assert len([entry for entry in dock.session.scenes if dock.layers.picture(entry.id)]) == 3


def test_removed_scenes_leave_table_and_map(opened, monkeypatch):
    gone = opened.session.scene
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    opened.actions_by_name["remove_scenes"].trigger()
    assert len(opened.session.scenes) == 4
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    opened.actions_by_name["remove_scenes"].trigger()
    rest(opened)
    assert gone.id not in [entry.id for entry in opened.session.scenes]
    assert opened.layers.picture(gone.id) is None
    assert gone.id not in drawn_scenes(opened.layers.polygons("cloud"))


def test_pictures_have_one_stretch_and_show_the_current_pass_only(opened):
    scene = opened.session.scene
    assert visible_pictures(opened) == sorted([scene.id, *(entry.id for entry in opened.session.pass_of_scene())])
    assert len(visible_pictures(opened)) == 2, "the neighbouring tile of the same pass is beside it"
    layer = opened.layers.picture(scene.id)
    renderer = layer.renderer()
    for enhancement in (renderer.redContrastEnhancement(), renderer.greenContrastEnhancement(), renderer.blueContrastEnhancement()):
        assert (enhancement.minimumValue(), enhancement.maximumValue()) == (0, 0.3)
    statistics = layer.dataProvider().bandStatistics(1)
    assert 0 < statistics.mean < 0.6, "the layer's values are reflectance"


def test_choosing_a_row_shows_that_scene_and_its_polygons(opened):
    table = opened.table
    for row in (1, 3, 0):
        index = table.filter.index(row, DATE)
        QTest.mouseClick(
            table.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, table.view.visualRect(index).center()
        )
        QApplication.processEvents()
        scene = opened.session.scene
        assert scene.id == table.selected_ids()[0]
        assert scene.id in visible_pictures(opened)
        cloud = opened.layers.polygons("cloud")
        assert cloud.customProperty("variableNames"), "the style knows the scene"
        drawn = drawn_scenes(cloud)
        assert drawn == {scene.id} | {entry.id for entry in opened.session.pass_of_scene()}


def test_the_table_sorts_by_value_and_filters_by_words(opened):
    view = opened.table.view
    view.sortByColumn(CLOUDS, Qt.SortOrder.DescendingOrder)
    shares = [float(text.split()[0]) for (text,) in rows(opened, CLOUDS)]
    assert shares == sorted(shares, reverse=True)
    tile, date = opened.session.scenes[0].tile, f"{opened.session.scenes[0].sensed:%Y-%m-%d}"
    QTest.keyClicks(opened.table.search, f"{date} {tile.lower()}")
    assert rows(opened, TILE, DATE) == [(tile, date)]
    opened.table.search.clear()
    click(opened.table.only_tile)
    assert {name for (name,) in rows(opened, TILE)} == {opened.session.scene.tile}
    press(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert {name for (name,) in rows(opened, TILE)} == {opened.session.scene.tile}, "the filter follows the tile"


def test_keys_go_from_tile_to_tile_and_date_to_date(opened):
    session = opened.session
    first, second = sorted({entry.tile for entry in session.scenes})
    here = session.scene
    assert here.tile == first
    press(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert (session.scene.tile, session.scene.sensed.date()) == (second, here.sensed.date()), "the same pass is the closest date"
    press(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert session.scene.id == here.id, "round the end"
    press(opened, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert session.scene.tile == second
    press(opened, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert (session.scene.tile, session.scene.sensed > here.sensed) == (second, True)
    press(opened, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert session.scene.tile == second, "the last date stays"


def test_zooming_shows_the_tile(opened, iface):
    iface.canvas.setExtent(QgsRectangle(0, 0, 10, 10))
    press(opened, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    west, south, east, north = opened.session.tile.outline.bounds
    assert iface.canvas.extent().contains(QgsRectangle(west, south, east, north))


def test_the_status_of_a_tile_is_kept(opened):
    click(button(opened, "work"))
    assert opened.session.tile.status == "work"
    assert opened.actions_by_name["work"].isChecked()
    assert not opened.actions_by_name["todo"].isChecked()
    first = opened.session.tile.name
    press(opened, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert opened.session.tile.name != first, "done, next tile"
    assert opened.tile_bar.count.text() == "1/2"
    rest(opened)
    again = Workspace.open(opened.session.workspace.address)
    assert {tile.name: tile.status for tile in again.tiles()} == {first: "done", opened.session.tile.name: "todo"}
    press(opened, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert opened.tile_bar.count.text() == "2/2"


def test_the_status_of_the_present_status_stays_pressed(opened):
    click(button(opened, "todo"))
    assert opened.actions_by_name["todo"].isChecked(), "a second click on the same status changes nothing"
