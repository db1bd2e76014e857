"""What is shown in the README's pictures; run inside QGIS by `screenshots.py`."""

import os
import traceback
from pathlib import Path

from qgis.core import QgsProject, QgsRectangle
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QFileDialog, QToolButton
from qgis.utils import iface

OUT = Path(os.environ["SKYFRI_OUT"])
SCENES = os.environ["SKYFRI_SCENES"]


def session() -> None:
    from skyfri.tests.qgis.dock.hands import wait

    def picture(name):
        iface.mapCanvas().refresh()
        QTest.qWait(1500)
        wait(lambda: not iface.mapCanvas().isDrawing())
        iface.messageBar().clearWidgets()
        QTest.qWait(300)
        QApplication.primaryScreen().grabWindow(0).save(str(OUT / f"{name}.png"))

    window = iface.mainWindow()
    window.showNormal()
    screen = QApplication.primaryScreen().size()
    window.setGeometry(0, 0, screen.width(), screen.height())
    for other in window.findChildren(QDockWidget):
        if other.objectName() != "Layers":
            other.hide()
    next(button for button in window.findChildren(QToolButton) if is_ours(button)).click()
    dock = next(d for d in window.findChildren(QDockWidget) if d.objectName() == "SkyfriDock")
    layers = next(d for d in window.findChildren(QDockWidget) if d.objectName() == "Layers")
    window.resizeDocks([layers, dock], [250, 330], Qt.Orientation.Horizontal)

    dock.session.create(str(OUT / "slovenia.gpkg"))
    wait(lambda: dock.session.workspace is not None and dock.session.is_idle)
    dock.files.add_paths([SCENES])
    wait(lambda: dock.session.scenes and not dock.runner.is_running and dock.session.is_idle, 120)
    dock.actions_by_name["guidelines_missing"].trigger()
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 600)

    dates = sorted(dock.session.scenes, key=lambda entry: abs((entry.cloud_percent or 0) - 20))
    dock.session.go_to_scene(dates[0].id)
    dock.view.zoom_to_tile()
    picture("dock")

    west, south, east, north = dock.session.tile.outline.bounds
    corner = (west + 0.30 * (east - west), south + 0.22 * (north - south))
    iface.mapCanvas().setExtent(QgsRectangle(*corner, corner[0] + 0.16 * (east - west), corner[1] + 0.16 * (north - south)))
    dock.thresholding.set_active(True)
    for key, presses in (("lower_cloud", 45), ("lower_shadow", 25)):
        for _ in range(presses):
            dock.actions_by_name[key].trigger()
    picture("thresholds")
    dock.actions_by_name["discard_thresholds"].trigger()

    dock.actions_by_name["edit"].trigger()
    iface.actionAddFeature().trigger()
    picture("editing")
    dock.actions_by_name["edit"].trigger()

    QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(OUT / "mosaic.tif"), ""))
    dock.actions_by_name["mosaic"].trigger()
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, 600)
    iface.mapCanvas().zoomToFullExtent()
    picture("mosaic")


def is_ours(button):
    """Return True for the button in QGIS's toolbar that shows the dock."""
    return button.defaultAction() is not None and button.defaultAction().objectName() == "SkyfriShowDock"


def main() -> None:
    try:
        session()
    except BaseException:  # whatever it is, it shall be read
        (OUT / "error.txt").write_text(traceback.format_exc())
    QgsProject.instance().setDirty(False)
    iface.actionExit().trigger()


QTimer.singleShot(1000, main)
