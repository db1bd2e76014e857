"""Show the demo's result in QGIS: its workspace in the dock, the mosaic styled, the tile in view; behind ``make run-qgis``.

QGIS runs it at its start (``qgis --code``); the folder of the results is in ``SKYFRI_DEMO``.
"""

import os
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QAction, QDockWidget
from qgis.utils import iface, plugins

OFTEN_MS = 200
QUIET_MS = 1000
"""After this QGIS has done what follows from new layers."""
MOSAIC = {"OUTPUT_RGB": "mosaic_rgb.tif", "OUTPUT_SEAMLINES": "seamlines.gpkg"}
"""Output of `skyfri:mosaic` to the file that the demo gave it."""


def show(folder: Path) -> None:
    """Open the dock, the workspace and the mosaic."""
    window = iface.mainWindow()
    window.showMaximized()
    panels = {panel.objectName(): panel for panel in window.findChildren(QDockWidget)}
    panels["Browser"].hide()  # the layers get its room
    window.findChild(QAction, "SkyfriShowDock").trigger()
    dock = window.findChild(QDockWidget, "SkyfriDock")
    window.resizeDocks([panels["Layers"], dock], [260, 340], Qt.Orientation.Horizontal)
    dock.files.opened.connect(lambda: show_mosaic(dock, folder))
    dock.files.open_workspace(str(folder / "workspace.gpkg"))


def show_mosaic(dock: QDockWidget, folder: Path) -> None:
    """Put the mosaic over the scenes once their pictures are made, which happens beside the window."""
    from skyfri.ui.mosaic.make import mosaic_layers

    if dock.runner.is_running or not dock.session.is_idle:
        QTimer.singleShot(OFTEN_MS, lambda: show_mosaic(dock, folder))
        return
    dock.layers.add_mosaic(mosaic_layers({name: str(folder / file) for name, file in MOSAIC.items()}), "mosaic")
    dock.session.refresh()  # the dock's buttons follow
    dock.view.zoom_to_tile()
    QTimer.singleShot(QUIET_MS, lambda: QgsProject.instance().setDirty(False))  # who only looked is not asked whether to save


if "skyfri" in plugins:
    show(Path(os.environ["SKYFRI_DEMO"]))
