"""How long the dock takes to open a workspace of a whole country, and to go to the next tile.

    python tests/bench/dock.py [--tiles 124] [--scenes 20] [--polygons 50]

Runs QGIS without a screen; prints seconds. Pictures of the scenes are there already, as after the first day.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import rasterio
from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QApplication, QMainWindow
from workspace import polygons_of, scenes_of

# isort: split
# The line above loaded the package too.
from skyfri.plugin.core.editing.display import picture_path, write_picture
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.scenes.scene import BandFile
from skyfri.ui.dock import SkyfriDock


class Iface:
    """A window with a map and a message bar."""

    def __init__(self) -> None:
        self.window, self.canvas, self.bar = QMainWindow(), QgsMapCanvas(), QgsMessageBar()
        self.window.setCentralWidget(self.canvas)
        self.window.resize(1400, 900)

    def mainWindow(self) -> QMainWindow:
        return self.window

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def messageBar(self) -> QgsMessageBar:
        return self.bar


def make_workspace(path: Path, tiles: int, scenes: int, polygons: int) -> None:
    """Make the workspace with pictures over one small raster."""
    workspace = Workspace.create(path)
    band = path.with_name("band.tif")
    everything = [scenes_of(tile, scenes) for tile in range(tiles)]
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 1, "dtype": "uint16"}
    with rasterio.open(band, "w", crs=everything[0][0].grid.crs, transform=everything[0][0].grid.transform, **profile) as raster:
        raster.write(np.full((1, 64, 64), 1000, "uint16"))
    for tile in everything:
        workspace.add_scenes(tile)
        if polygons:
            workspace.put_guidelines(polygons_of(tile, polygons))
        for scene in tile:
            object.__setattr__(scene, "bands", {"B02": BandFile(str(band)), "B03": BandFile(str(band)), "B04": BandFile(str(band))})
            write_picture(scene, picture_path(path, scene.id))


def spent(action) -> float:
    """Return the seconds until the window is as it should be."""
    start = time.perf_counter()
    action()
    QApplication.processEvents()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name, value in (("tiles", 124), ("scenes", 20), ("polygons", 50)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    application = QgsApplication([], True)
    application.initQgis()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "country.gpkg"
        make_workspace(path, options.tiles, options.scenes, options.polygons)
        iface = Iface()
        iface.window.show()
        start = time.perf_counter()
        dock = SkyfriDock(iface)
        iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        QApplication.processEvents()
        print(f"show the empty dock: {time.perf_counter() - start:.3f} s")
        print(f"open {options.tiles} tiles x {options.scenes} scenes: {spent(lambda: dock.work.open_workspace(str(path))):.3f} s")
        times = [spent(lambda: dock.session.step_tile(1)) for _ in range(5)]
        print(f"go to the next tile: {sorted(times)[2]:.3f} s (first time: its pictures are added)")
        dock.session.go_to_tile(dock.session.tiles[options.tiles // 2].name)
        times = [spent(lambda: dock.session.step_date(1)) for _ in range(5)]
        print(f"go to the next date: {sorted(times)[2]:.3f} s")
        dock.teardown()
        QgsProject.instance().clear()
    sys.stdout.flush()
    os._exit(0)  # QGIS without its application object ends badly in Python; nothing is left to save


if __name__ == "__main__":
    main()
