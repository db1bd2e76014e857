"""The dock as a window: what it shows at first, its keys, its icons, its width, and what it leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsProject
from qgis.gui import QgsConfigureShortcutsDialog, QgsGui
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu, QToolButton, QTreeWidget
from skyfri.plugin.core.base.errors import MissingDependencyError
from skyfri.tests.qgis.dock.hands import rest, wait
from skyfri.ui.actions import Actions
from skyfri.ui.dock import SkyfriDock
from skyfri.ui.editing.commands import editing_commands
from skyfri.ui.workspace.scene_model import STATUS

ROOT = Path(__file__).resolve().parents[3]


def test_at_first_it_says_what_to_do(dock):
    assert dock.welcome.isVisible()
    assert not dock.table.isVisible()
    assert not dock.actions_by_name["guidelines"].isEnabled()
    assert dock.actions_by_name["new_workspace"].isEnabled()


def test_a_missing_library_is_one_sentence(dock, iface, answer_file, tmp_path, monkeypatch):
    def missing(_):
        raise MissingDependencyError("Skyfri needs shapely 2.1 or newer; run: make install")

    monkeypatch.setattr("skyfri.ui.workspace.session.require", missing)
    answer_file(tmp_path / "work.gpkg")
    dock.actions_by_name["new_workspace"].trigger()
    rest(dock)
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
    actions = Actions(iface.window, editing_commands())
    assert "Alt+Right" in actions["next_tile"].toolTip()
    QgsGui.shortcutsManager().setKeySequence(actions["next_tile"], "Ctrl+9")
    assert "Ctrl+9" in actions["next_tile"].toolTip()
    QgsGui.shortcutsManager().setKeySequence(actions["next_tile"], "Alt+Right")
    actions.teardown()


def test_a_search_for_skyfri_finds_every_shortcut_and_buttons_stay_short(dock):
    dialog = QgsConfigureShortcutsDialog(None, QgsGui.shortcutsManager())
    dialog.findChild(QLineEdit).setText("skyfri")
    tree = dialog.findChild(QTreeWidget)
    shown = {tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount()) if not tree.topLevelItem(row).isHidden()}
    ours = [action for action in QgsGui.shortcutsManager().listActions() if action.objectName().startswith("skyfri_")]
    assert len(ours) > 30
    assert {action.text() for action in ours} == shown
    assert button_texts(dock) >= {"Guidelines", "Mosaic…"}
    menus = [action.text() for menu in dock.findChildren(QMenu) for action in menu.actions()]
    assert "Add folder of scenes…" in menus
    assert not [text for text in (*button_texts(dock), *menus) if text.startswith("Skyfri")]
    dialog.deleteLater()


def button_texts(dock):
    return {button.text() for button in dock.findChildren(QAbstractButton)}


def test_a_menu_tells_what_can_be_done_now_and_does_it(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(opened.guidelines, "draw", lambda scenes: asked.append(len(scenes)))
    menu = opened.findChild(QToolButton, "skyfri_guidelines_button").menu()
    entry = next(action for action in menu.actions() if action.text() == "Guidelines for this tile")
    opened.runner.began.emit("x")
    opened.actions_by_name["guidelines_tile"].setEnabled(False)
    menu.aboutToShow.emit()
    assert not entry.isEnabled()
    opened.runner.ended.emit()
    menu.aboutToShow.emit()
    assert entry.isEnabled()
    entry.trigger()
    assert asked == [len(opened.session.scenes_of_tile())]


def test_icons_are_there(dock):
    for action in dock.parent().actions():
        if action.objectName().startswith("skyfri_") and not action.icon().isNull():
            assert not action.icon().pixmap(QSize(16, 16)).isNull(), action.objectName()
