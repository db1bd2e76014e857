"""The dock does what its buttons say, driven by real events on real widgets."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsLayerTreeGroup, QgsProject, QgsRasterLayer, QgsRectangle, QgsVectorLayerUtils
from qgis.gui import QgsGui
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QFileDialog, QMessageBox, QToolButton
from skyfri.plugin.core.editing import geopackage
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.errors import MissingDependencyError
from skyfri.tests.qgis.dock.hands import button, click, drop, press, wait
from skyfri.ui.actions import Actions
from skyfri.ui.dock import SkyfriDock
from skyfri.ui.scene_model import CLOUDS, DATE, STATUS, TILE

ROOT = Path(__file__).resolve().parents[3]


def rows(dock, *columns):
    model = dock.table.filter
    return [tuple(model.index(row, column).data() for column in columns) for row in range(model.rowCount())]


def visible_pictures(dock):
    nodes = QgsProject.instance().layerTreeRoot().findLayers()
    return sorted(
        node.layer().customProperty("skyfri/scene") for node in nodes if node.isVisible() and isinstance(node.layer(), QgsRasterLayer)
    )


@pytest.fixture
def answer_file(monkeypatch):
    """Answer the next file dialogs with a path."""

    def answer(path):
        for name in ("getSaveFileName", "getOpenFileName"):
            monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))

    return answer


def test_at_first_it_says_what_to_do(dock):
    assert dock.welcome.isVisible()
    assert not dock.table.isVisible()
    assert not dock.actions_by_name["guidelines"].isEnabled()
    assert dock.actions_by_name["new_workspace"].isEnabled()


def test_a_new_workspace_asks_for_scenes(dock, answer_file, tmp_path):
    answer_file(tmp_path / "country")
    dock.actions_by_name["new_workspace"].trigger()
    assert (tmp_path / "country.gpkg").exists()
    assert dock.table.isVisible()
    assert dock.findChild(object, "skyfri_no_scenes").isVisible()
    assert not dock.tile_bar.isVisible(), "nothing to navigate yet"


def test_dropped_products_become_scenes_layers_and_tiles(dock, iface, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    drop(dock.welcome, stacks / "scenes")
    wait(lambda: not dock.work.is_running and dock.session.scenes)
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
    for path in (first, second, second):
        drop(dock.table, path)
        wait(lambda: not dock.work.is_running)
    assert len(rows(dock, TILE)) == 2


def test_files_and_folders_can_be_chosen(dock, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    answer_file(next((stacks / "scenes").glob("*.tif")))
    dock.actions_by_name["add_files"].trigger()
    wait(lambda: len(dock.session.scenes) == 1 and not dock.work.is_running)
    answer_file(stacks / "scenes")
    dock.actions_by_name["add_folder"].trigger()
    wait(lambda: len(dock.session.scenes) == 4 and not dock.work.is_running)


def test_what_cannot_be_opened_is_said_in_one_sentence(dock, iface, answer_file, stacks, tmp_path):
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    (tmp_path / "S2A_broken.zip").write_bytes(b"PK\x03\x04 not a zip")
    (tmp_path / "empty").mkdir()
    dock.work.add_paths([str(tmp_path / "S2A_broken.zip"), str(tmp_path / "empty"), str(next((stacks / "scenes").glob("*.tif")))])
    wait(lambda: not dock.work.is_running)
    assert len(dock.session.scenes) == 1, "the good one is there"
    (said,) = [text for text in iface.said() if "S2A_broken.zip" in text]
    assert said.endswith("1 more could not be opened, see the log.")


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


def drawn_scenes(layer):
    """Return the scenes whose polygons the layer's renderer draws."""
    from qgis.core import QgsExpressionContextUtils, QgsRenderContext

    context = QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    drawn = set()
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        if renderer.willRenderFeature(feature, context):
            drawn.add(feature["scene"])
    renderer.stopRender(context)
    return drawn


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
    again = Workspace.open(opened.session.workspace.path)
    assert {tile.name: tile.status for tile in again.tiles()} == {first: "done", opened.session.tile.name: "todo"}
    press(opened, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert opened.tile_bar.count.text() == "2/2"


def test_the_status_of_the_present_status_stays_pressed(opened):
    click(button(opened, "todo"))
    assert opened.actions_by_name["todo"].isChecked(), "a second click on the same status changes nothing"


def draw(dock, size_m=5000.0):
    """Add a polygon as the digitising tools do."""
    layer = dock.layers.polygons("cloud")
    west, south, _, _ = dock.session.tile.outline.bounds
    square = QgsGeometry.fromRect(QgsRectangle(west + 100, south + 100, west + 100 + size_m, south + 100 + size_m))
    feature = QgsVectorLayerUtils.createFeature(layer, square, {}, layer.createExpressionContext())
    assert layer.addFeature(feature)
    return feature


def test_editing_gives_new_polygons_scene_class_and_origin(opened, iface):
    press(opened, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    scene = opened.session.scene
    click(button(opened, "edit"))
    layer = opened.layers.polygons("cloud")
    assert layer.isEditable()
    assert iface.active is layer
    assert opened.session.tile.status == "work", "a tile that is being edited is in work"
    assert not opened.actions_by_name["save"].isEnabled()
    cloud = draw(opened)
    press(opened, Qt.Key.Key_2)
    shadow = draw(opened, 1000)
    assert opened.actions_by_name["draw_shadow"].isChecked()
    for feature, name, area in ((cloud, "cloud", 25e6), (shadow, "shadow", 1e6)):
        assert (feature["scene"], feature["class"], feature["origin"]) == (scene.id, name, "editor")
        assert feature["area_m2"] == pytest.approx(area)
    assert opened.actions_by_name["save"].isEnabled()
    click(button(opened, "save"))
    assert layer.isEditable(), "saving goes on editing"
    assert not opened.actions_by_name["save"].isEnabled()
    assert {entry.id: entry.status for entry in opened.session.scenes}[scene.id] == "edited"
    assert dict(rows(opened, DATE, STATUS))  # the table was read again
    click(button(opened, "edit"))
    assert not layer.isEditable()
    saved = opened.session.workspace.polygons().frame
    assert len(saved[(saved["scene"] == scene.id) & (saved["origin"] == "editor")]) == 2


def test_the_area_follows_an_edit(opened):
    opened.actions_by_name["edit"].trigger()
    layer = opened.layers.polygons("cloud")
    feature = next(layer.getFeatures())
    west, south, _, _ = opened.session.tile.outline.bounds
    layer.changeGeometry(feature.id(), QgsGeometry.fromRect(QgsRectangle(west, south, west + 2000, south + 2000)))
    opened.actions_by_name["save"].trigger()
    assert layer.getFeature(feature.id())["area_m2"] == pytest.approx(4e6)


def test_ending_with_unsaved_edits_asks_and_may_go_on(opened, iface):
    opened.actions_by_name["edit"].trigger()
    draw(opened)
    iface.tools.answer = "cancel"
    opened.actions_by_name["edit"].trigger()
    assert opened.editing.is_active
    assert opened.actions_by_name["edit"].isChecked(), "the button shows the truth"
    assert not opened.work.close_workspace()
    assert opened.session.workspace is not None
    iface.tools.answer = "discard"
    opened.actions_by_name["edit"].trigger()
    assert not opened.editing.is_active


def test_unsaved_edits_keep_jobs_from_starting(opened, iface):
    opened.actions_by_name["edit"].trigger()
    draw(opened)
    opened.actions_by_name["guidelines"].trigger()
    assert not opened.work.is_running
    assert "unsaved edits" in iface.said()[-1]


def test_guidelines_and_clouds_are_hidden_and_shown_by_keys(opened):
    tree = QgsProject.instance().layerTreeRoot()
    for key, modifier, role in (
        (Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, "guideline"),
        (Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier, "cloud"),
    ):
        node = tree.findLayer(opened.layers.polygons(role).id())
        press(opened, key, modifier)
        assert not node.itemVisibilityChecked()
        press(opened, key, modifier)
        assert node.itemVisibilityChecked()


def test_typing_in_the_filter_triggers_no_key(opened):
    opened.actions_by_name["edit"].trigger()
    QApplication.setActiveWindow(opened.parent())
    opened.table.search.setFocus()
    QTest.keyClicks(opened.table.search, "g2")
    assert opened.table.search.text() == "g2"
    assert opened.actions_by_name["draw_cloud"].isChecked()
    assert opened.actions_by_name["guideline_visible"].isChecked()


def test_reopening_goes_on_at_the_same_scene(opened, full_workspace):
    press(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    scene, path = opened.session.scene, opened.session.workspace.path
    opened.actions_by_name["close_workspace"].trigger()
    assert opened.welcome.isVisible()
    assert QgsProject.instance().mapLayers() == {}
    assert QgsProject.instance().layerTreeRoot().children() == []
    click(opened.findChild(object, "skyfri_recent"))
    assert opened.session.workspace.path == path
    assert opened.session.scene == scene
    wait(lambda: not opened.work.is_running)
    assert scene.id in visible_pictures(opened)


def test_a_saved_project_brings_the_workspace_back_without_doubles(opened, tmp_path):
    project = QgsProject.instance()
    scene, count = opened.session.scene, len(project.mapLayers())
    opened.work.remember()
    assert project.write(str(tmp_path / "project.qgz"))
    project.clear()
    assert opened.session.workspace is None
    assert opened.welcome.isVisible()
    assert project.read(str(tmp_path / "project.qgz"))
    wait(lambda: not opened.work.is_running)
    assert opened.session.scene == scene
    assert len(project.mapLayers()) == count
    opened.actions_by_name["edit"].trigger()
    assert draw(opened)["scene"] == scene.id, "defaults came back with the project"


def test_a_project_whose_workspace_is_gone_says_so(opened, iface, tmp_path):
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "project.qgz"))
    path = opened.session.workspace.path
    project.clear()
    path.rename(path.with_name("moved.gpkg"))
    project.read(str(tmp_path / "project.qgz"))
    assert opened.session.workspace is None
    assert "full.gpkg" in iface.said()[-1]


def test_a_file_that_is_no_workspace_says_so_and_leaves_the_dock_as_it_is(dock, iface, answer_file, tmp_path):
    (tmp_path / "other.gpkg").write_text("hello")
    answer_file(tmp_path / "other.gpkg")
    dock.actions_by_name["open_workspace"].trigger()
    assert "other.gpkg is not a GeoPackage" in iface.said()[-1]
    assert dock.welcome.isVisible()


def test_a_missing_library_is_one_sentence(dock, iface, answer_file, tmp_path, monkeypatch):
    def missing(_):
        raise MissingDependencyError("Skyfri needs shapely 2.1 or newer; run: make install")

    monkeypatch.setattr("skyfri.ui.session.require", missing)
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    assert iface.said()[-1] == "Skyfri needs shapely 2.1 or newer; run: make install"
    assert not (tmp_path / "work.gpkg").exists()


def test_the_dock_loads_without_heavy_libraries():
    """QGIS starts and shows the empty dock without them; each is imported when it is first of use."""
    heavy = ("geopandas", "pandas", "scipy", "rasterio", "fiona", "pyproj", "onnxruntime")  # QGIS itself loads shapely
    script = (
        "import sys, importlib.util\n"
        "spec = importlib.util.spec_from_file_location('skyfri', sys.argv[1] + '/__init__.py', submodule_search_locations=[sys.argv[1]])\n"
        "package = importlib.util.module_from_spec(spec); sys.modules['skyfri'] = package; spec.loader.exec_module(package)\n"
        "import skyfri.ui.dock, skyfri.plugin.plugin\n"
        f"print(sorted(set(sys.modules) & set({heavy!r})))"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", script, str(ROOT)], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


def test_a_locked_workspace_says_so(opened, iface, monkeypatch):
    monkeypatch.setattr(geopackage, "_LOCK_WAIT_S", 0.1)
    with geopackage.writing(opened.session.workspace.path):
        opened.work.set_tile_status("done")
    assert "another program is writing to it" in iface.said()[-1]
    assert opened.session.tile.status == "todo"


def test_missing_products_are_named_and_the_rest_works(dock, iface, full_workspace, stacks, tmp_path):
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    gone = Workspace.open(path).scenes()[0]
    with geopackage.writing(path) as connection:
        connection.execute("UPDATE scene SET path = '/gone/away.tif' WHERE id = ?", (gone.id,))
    dock.work.open_workspace(str(path))
    wait(lambda: not dock.work.is_running)
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
    assert gone.id not in [entry.id for entry in opened.session.scenes]
    assert opened.layers.picture(gone.id) is None
    assert gone.id not in drawn_scenes(opened.layers.polygons("cloud"))


@pytest.mark.parametrize("width_px", [300, 420])
def test_nothing_is_cut_off_in_a_narrow_dock(opened, iface, width_px):
    iface.window.resizeDocks([opened], [width_px], Qt.Orientation.Horizontal)
    wait(lambda: abs(opened.width() - width_px) < 3)
    edge = opened.mapToGlobal(opened.rect().topRight()).x()
    for tool in opened.findChildren(QToolButton):
        if tool.isVisible() and not tool.objectName().startswith("qt_"):
            assert tool.width() >= tool.minimumSizeHint().width() - 2, tool.text()
            assert tool.mapToGlobal(tool.rect().topRight()).x() <= edge
    assert opened.table.view.columnWidth(STATUS) >= 40


def test_actions_are_at_the_shortcut_manager_and_gone_after_teardown(iface, provider):
    before = {action.objectName() for action in QgsGui.shortcutsManager().listActions()}
    window_actions = len(iface.window.actions())
    dock = SkyfriDock(iface)
    iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    added = {action.objectName() for action in QgsGui.shortcutsManager().listActions()} - before
    assert {"skyfri_next_tile", "skyfri_edit", "skyfri_guidelines", "skyfri_mosaic"} <= added
    assert all(name.startswith("skyfri_") for name in added)
    keys = [action.shortcut().toString() for action in QgsGui.shortcutsManager().listActions() if action.objectName() in added]
    assigned = [key for key in keys if key]
    assert len(assigned) == len(set(assigned)), "no key twice"
    dock.teardown()
    assert {action.objectName() for action in QgsGui.shortcutsManager().listActions()} == before
    assert len(iface.window.actions()) == window_actions
    iface.window.removeDockWidget(dock)
    dock.deleteLater()
    QApplication.processEvents()
    QgsProject.instance().clear()  # nobody listens any more


def test_tool_tips_show_the_key_a_person_chose(iface):
    actions = Actions(iface.window)
    assert "Alt+Right" in actions["next_tile"].toolTip()
    QgsGui.shortcutsManager().setKeySequence(actions["next_tile"], "Ctrl+9")
    assert "Ctrl+9" in actions["next_tile"].toolTip()
    QgsGui.shortcutsManager().setKeySequence(actions["next_tile"], "Alt+Right")
    actions.teardown()


def test_icons_are_there(dock):
    for action in dock.parent().actions():
        if action.objectName().startswith("skyfri_") and not action.icon().isNull():
            assert not action.icon().pixmap(QSize(16, 16)).isNull(), action.objectName()


def test_a_bare_feature_drawn_elsewhere_counts_as_an_edit(opened):
    """Any program may write; here QGIS itself without the dock's defaults."""
    layer = opened.layers.polygons("cloud")
    scene = opened.session.scene
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["scene"], feature["class"] = scene.id, "shadow"
    west, south, _, _ = opened.session.tile.outline.bounds
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(west, south, west + 500, south + 500)))
    layer.addFeature(feature)
    assert layer.commitChanges()
    assert {entry.id: entry.status for entry in opened.session.scenes}[scene.id] == "edited", "the dock noticed"
