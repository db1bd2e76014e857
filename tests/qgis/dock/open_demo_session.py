"""What a newcomer sees after `make run-qgis`, run inside QGIS by `test_open_demo.py`; the findings go to a JSON file."""

import json
import os
import runpy
import traceback
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget
from qgis.utils import iface

OUT = Path(os.environ["SKYFRI_OUT"])


def look() -> dict:
    from skyfri.tests.qgis.dock.hands import wait

    runpy.run_path(os.environ["SKYFRI_SCRIPT"])
    dock = iface.mainWindow().findChild(QDockWidget, "SkyfriDock")
    wait(lambda: dock.layers.mosaic_is_shown, 120)
    QTest.qWait(3000)
    wait(lambda: not iface.mapCanvas().isDrawing())
    QApplication.primaryScreen().grabWindow(0).save(str(OUT / "demo.png"))
    tree = QgsProject.instance().layerTreeRoot()
    return {
        "dock": dock.isVisible(),
        "scenes": len(dock.session.scenes),
        "visible": [node.name() for node in tree.findLayers() if node.isVisible()],
        "others": [layer.name() for layer in QgsProject.instance().mapLayers().values() if not layer.isValid()],
        "tile_in_view": iface.mapCanvas().extent().contains(dock.layers.extent_of_tile()),
        "can_hide": dock.actions_by_name["mosaic_visible"].isEnabled(),
        "dirty": QgsProject.instance().isDirty(),
    }


def main() -> None:
    try:
        found = look()
    except BaseException:  # whatever it is, it shall be read
        found = {"error": traceback.format_exc()}
    (OUT / "found.json").write_text(json.dumps(found), encoding="utf-8")
    QgsProject.instance().setDirty(False)
    iface.actionExit().trigger()


QTimer.singleShot(1000, main)
