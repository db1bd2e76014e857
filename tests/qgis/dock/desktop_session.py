"""What an editor does at the desktop, run inside QGIS by `test_desktop.py`; the findings go to a JSON file."""

import json
import os
import traceback
from pathlib import Path

from qgis.core import QgsProject
from qgis.gui import QgsGui
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QFileDialog, QLineEdit, QPushButton, QSlider, QToolButton
from qgis.utils import iface, plugins, unloadPlugin

OUT = Path(os.environ["SKYFRI_OUT"])
SCENES = Path(os.environ["SKYFRI_SCENES"])
found: dict = {"steps": []}


def session() -> None:
    from skyfri.tests.qgis.dock.hands import button, click, drop, press, wait

    def note(step, **facts):
        found["steps"].append(step)
        found.update(facts)

    def answer_dialog(path):
        """Type a path into the file dialog that opens next, and accept it."""
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(100, lambda: answer_dialog(path))
            return
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        QTest.keyClick(dialog.findChild(QLineEdit, "fileNameEdit"), Qt.Key.Key_Return)

    window = iface.mainWindow()
    window.showNormal()
    window.setGeometry(0, 0, 1400, 900)
    for other in window.findChildren(QDockWidget):
        if other.objectName() != "Layers":
            other.hide()
    QApplication.setActiveWindow(window)
    keys_before = {action.objectName() for action in QgsGui.shortcutsManager().listActions()}

    toolbar_button = next(
        b for b in window.findChildren(QToolButton) if b.defaultAction() and b.defaultAction().objectName() == "SkyfriShowDock"
    )
    click(toolbar_button)
    dock = next(d for d in window.findChildren(QDockWidget) if d.objectName() == "SkyfriDock")
    window.resizeDocks([dock], [340], Qt.Orientation.Horizontal)
    wait(dock.isVisible)
    note("dock is shown", welcome=dock.welcome.isVisible())

    QTimer.singleShot(200, lambda: answer_dialog(OUT / "country.gpkg"))
    click(dock.findChild(QPushButton, "skyfri_new_workspace_button"))
    wait(lambda: dock.session.workspace is not None and dock.session.is_idle)
    note("workspace made", made=(OUT / "country.gpkg").exists())

    drop(dock.table, SCENES)
    wait(lambda: dock.session.scenes and not dock.runner.is_running and dock.session.is_idle)
    note("scenes dropped", scenes=len(dock.session.scenes), crs=QgsProject.instance().crs().authid())

    click(dock.findChild(QToolButton, "skyfri_guidelines_button"))
    running = dock.runner.is_running
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 120)
    note("guidelines drawn", was_running=running, polygons=dock.layers.polygons("guideline").featureCount())

    drawn = []
    dock.thresholding.drawn.connect(lambda: drawn.append(1))
    press(dock, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    wait(lambda: drawn)
    drawn.clear()
    began = dock.findChild(QSlider, "skyfri_cloud_slider").value() / 100
    press(dock, Qt.Key.Key_Comma)
    wait(lambda: drawn)
    slider = dock.findChild(QSlider, "skyfri_cloud_slider")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Return)
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 120)
    settings = dock.session.workspace.guideline_settings(dock.session.scene.id)
    note("threshold applied", threshold=settings["cloud_grow"], began=began, trying=dock.thresholding.is_active)

    press(dock, Qt.Key.Key_Insert, Qt.KeyboardModifier.AltModifier)
    press(dock, Qt.Key.Key_2)
    scene = dock.session.scene
    draw_square(wait)
    added = list(dock.layers.polygons("cloud").editBuffer().addedFeatures().values())
    note("polygon drawn", drawn=[[feature[name] for name in ("scene", "class", "origin")] for feature in added], at=scene.id)
    click(button(dock, "save"))
    click(button(dock, "edit"))
    wait(lambda: dock.session.is_idle)
    status = {entry.id: entry.status for entry in dock.session.scenes}[scene.id]
    note("saved", status=status, editing=dock.editing.is_active)

    dock.actions_by_name["guidelines_missing"].trigger()
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 120)
    press(dock, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    note("next tile", next_tile=dock.session.scene.tile != scene.tile)
    refresh_map(wait)
    QApplication.primaryScreen().grabWindow(0).save(str(OUT / "dock.png"))

    titles = []
    for name in ("guidelines_options", "mosaic_options"):
        dock.actions_by_name[name].trigger()
        wait(dialogs_of_processing)
        dialog = dialogs_of_processing()[0]
        titles.append([dialog.algorithm().id(), len(dialog.createProcessingParameters()["INPUTS"])])
        dialog.close()
        wait(lambda: not dialogs_of_processing())
    note("options opened", options=titles)

    QTimer.singleShot(200, lambda: answer_dialog(OUT / "mosaic.tif"))
    click(dock.findChild(QToolButton, "skyfri_mosaic_button"))
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 120)
    refresh_map(wait)
    QApplication.primaryScreen().grabWindow(0).save(str(OUT / "mosaic.png"))
    note("mosaic made", mosaic=(OUT / "mosaic_rgb.tif").exists(), layers=len(QgsProject.instance().mapLayers()))

    QgsProject.instance().write(str(OUT / "project.qgz"))
    here = dock.session.scene.id
    iface.newProject()
    closed = dock.session.workspace is None
    iface.addProject(str(OUT / "project.qgz"))
    wait(lambda: not dock.runner.is_running and dock.session.is_idle)
    same = dock.session.scene.id == here
    note(
        "project opened again",
        dirty=QgsProject.instance().isDirty(),
        closed=closed,
        same_scene=same,
        layers_again=len(QgsProject.instance().mapLayers()),
    )

    messages = [item.text() for item in iface.messageBar().items()]
    unloadPlugin("skyfri")
    QApplication.processEvents()
    left = {action.objectName() for action in QgsGui.shortcutsManager().listActions()} - keys_before
    docks = [d.objectName() for d in window.findChildren(QDockWidget) if d.objectName() == "SkyfriDock" and d.isVisible()]
    note("plugin unloaded", messages=messages, left=sorted(left), docks=docks, loaded="skyfri" in plugins)


def dialogs_of_processing():
    """Return the dialogs of algorithms that are open."""
    return [widget for widget in QApplication.topLevelWidgets() if hasattr(widget, "createProcessingParameters") and widget.isVisible()]


def draw_square(wait) -> None:
    """Digitise a square in the middle of the map with the mouse."""
    iface.actionAddFeature().trigger()
    view = iface.mapCanvas().viewport()
    corners = [QPoint(int(view.width() * x), int(view.height() * y)) for x, y in ((0.45, 0.45), (0.55, 0.45), (0.55, 0.55), (0.45, 0.55))]
    none = Qt.KeyboardModifier.NoModifier
    for corner in corners:
        QTest.mouseMove(view, corner)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, none, corner)
    QTest.mouseClick(view, Qt.MouseButton.RightButton, none, corners[-1])
    layer = iface.activeLayer()
    wait(lambda: layer.editBuffer() and layer.editBuffer().addedFeatures())


def refresh_map(wait) -> None:
    """Wait until the map is drawn."""
    canvas = iface.mapCanvas()
    canvas.refresh()
    for _ in range(20):
        QTest.qWait(20)
    wait(lambda: not canvas.isDrawing())


def main() -> None:
    try:
        session()
    except BaseException:  # whatever it is, the test shall read it
        found["error"] = traceback.format_exc()
        found["messages"] = [item.text() for item in iface.messageBar().items()]
    (OUT / "found.json").write_text(json.dumps(found), encoding="utf-8")
    QgsProject.instance().setDirty(False)
    iface.actionExit().trigger()


QTimer.singleShot(1000, main)
