"""The plugin is unloaded and loaded again, as developers and updates do: nothing adds up."""

import gc
import shutil
import weakref

import pytest
from qgis.core import QgsApplication, QgsProject, QgsSettings
from qgis.gui import QgsDockWidget, QgsGui, QgsMapCanvasItem
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QMenu, QShortcut, QWidget
from skyfri.plugin.plugin import SkyfriPlugin
from skyfri.tests.qgis.dock.hands import press, rest
from skyfri.tests.qgis.dock.sliders import ALT, write_prediction
from skyfri.ui.dock import SkyfriDock

TIMES = 20


@pytest.fixture
def desktop(iface, provider):
    """The window with what a plugin adds to it, counted."""
    added = []
    iface.addPluginToRasterMenu = lambda menu, action: added.append(action)
    iface.removePluginRasterMenu = lambda menu, action: added.remove(action)
    iface.addRasterToolBarIcon = added.append
    iface.removeRasterToolBarIcon = added.remove
    iface.help_menu = QMenu()
    iface.pluginHelpMenu = lambda: iface.help_menu
    iface.addDockWidget = iface.window.addDockWidget
    iface.removeDockWidget = iface.window.removeDockWidget
    iface.added = added
    return iface


def settle():
    """Let go what was to be deleted, as QGIS's own loop of events does at once."""
    for _ in range(3):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


def traces(iface):
    """Return how many there are of all that a plugin might leave."""
    project, canvas, manager = QgsProject.instance(), iface.canvas, QgsGui.shortcutsManager()
    layers = sorted(project.mapLayers())
    cloud = next((layer for layer in project.mapLayers().values() if layer.customProperty("skyfri/role") == "cloud"), None)
    return {
        "menu and toolbar": len(iface.added) + len(iface.help_menu.actions()),
        "actions": len(iface.window.findChildren(QAction)),
        "docks": len(iface.window.findChildren(QgsDockWidget)),
        "shortcuts of QGIS": len(manager.listActions()) + len(manager.listShortcuts()),
        "shortcuts": len(iface.window.findChildren(QShortcut)) + len(canvas.findChildren(QShortcut)),
        "children": len(iface.window.findChildren(QObject)),
        "windows": len([widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QWidget)]),
        "threads": len([thread for thread in gc.get_objects() if isinstance(thread, QThread)]),
        "timers": len([timer for timer in gc.get_objects() if isinstance(timer, QTimer)]),
        "tasks": QgsApplication.taskManager().count(),
        "layers": layers,
        "outlines": len([item for item in canvas.scene().items() if isinstance(item, QgsMapCanvasItem)]),
        "of the project": [project.receivers(signal) for signal in (project.readProject, project.cleared)],
        "of the canvas": [canvas.receivers(s) for s in (canvas.extentsChanged, canvas.destinationCrsChanged, canvas.rotationChanged)],
        "of the cloud layer": [cloud.receivers(s) for s in (cloud.editingStarted, cloud.editingStopped, cloud.layerModified)]
        if cloud
        else [],
        "dirty": project.isDirty(),
    }


def visit(iface, work=lambda dock: None):
    """Load the plugin, show its dock, do something and unload; returns a weak reference to the dock."""
    plugin = SkyfriPlugin(iface)
    plugin.initGui()
    iface.added[0].trigger()
    dock = iface.window.findChild(SkyfriDock)
    try:
        rest(dock)
        work(dock)
        rest(dock)
    finally:
        plugin.unload()
        settle()
    return weakref.ref(dock)


def test_twenty_reloads_leave_nothing(desktop, full_workspace, tmp_path):
    QgsSettings().remove("skyfri")
    path = str(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    settle()
    empty = traces(desktop)
    first = visit(desktop, lambda dock: dock.files.open_workspace(path))
    before = traces(desktop)
    grown = {name for name in before if before[name] != empty[name]}
    assert grown == {"layers", "of the cloud layer", "dirty"}, "only the workspace's layers stay"
    assert len(before["layers"]) == 3 + 4, "layers of the workspace stay, as a project keeps them"
    docks = [first, *(visit(desktop, try_everything) for _ in range(TIMES))]
    after = traces(desktop)
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    assert [dock() for dock in docks if dock() is not None] == [], "no dock lives on"


def try_everything(dock):
    """Open what a dock can open: thresholds on the map, editing, dialogs."""
    assert dock.session.workspace is not None, "it goes on where the last one was"
    write_prediction(dock.session.workspace, dock.session.scene)
    press(dock, Qt.Key.Key_T, ALT)
    assert dock.thresholding.is_active
    dock.actions_by_name["edit"].trigger()
    assert dock.editing.is_active
    dock.actions_by_name["edit"].trigger()
