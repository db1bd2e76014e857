"""How long the dock takes to open a workspace of a whole country, to go to the next tile, and to follow a threshold.

    python tests/bench/dock.py [--tiles 124] [--scenes 20] [--polygons 50] [--size 10980]

Runs QGIS without a screen; prints seconds. Pictures of the scenes are there already, as after the first day. A move of a
threshold is measured on a prediction of a full tile at 10 m with 20 000 raw components, from the slider to the outline
painted on the map; the seconds of processor tell what it costs where other work runs beside it.
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
from clouds_vectorize import make_prediction
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsProject, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QApplication, QMainWindow, QSlider
from workspace import polygons_of, scenes_of

# isort: split
# The line above loaded the package too.
from skyfri.plugin.core.clouds.guidelines.preview import grid_of_prediction
from skyfri.plugin.core.editing.scene_pictures import write_picture
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
            write_picture(scene, workspace.picture_path(scene.id))


def spent(action) -> float:
    """Return the seconds until the window is as it should be."""
    start = time.perf_counter()
    action()
    QApplication.processEvents()
    return time.perf_counter() - start


def rest(dock: SkyfriDock) -> float:
    """Let Qt work until all is read and written; returns the longest time it was kept from that, seconds."""
    longest = 0.0
    while not dock.session.is_idle or dock.runner.is_running:
        start = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - start)
        time.sleep(0.001)
    return longest


def spent_opening(dock: SkyfriDock, path: Path) -> tuple[float, float]:
    """Return the seconds until a workspace is open and on the map, and the longest of them without a reaction."""
    start = time.perf_counter()
    asked = spent(lambda: dock.files.open_workspace(str(path)))
    longest = rest(dock)
    return time.perf_counter() - start, max(asked, longest)


def follow_thresholds(dock: SkyfriDock, canvas: QgsMapCanvas, size_px: int) -> None:
    """Move the cloud threshold over a prediction and print how long its outline takes to be painted."""
    path = dock.session.workspace.kept_files(dock.session.scene.id).probability
    make_prediction(path, size_px, size_px * size_px // 6000)
    grid = grid_of_prediction(path)
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(grid.crs))
    west, _, _, north = grid.bounds
    drawn: list[bool] = []
    dock.thresholding.drawn.connect(lambda: drawn.append(True))
    slider = dock.findChild(QSlider, "skyfri_cloud_slider")

    def wait_until_drawn() -> None:
        while not drawn:
            QApplication.processEvents()
            time.sleep(0.001)  # a window waits too, else waiting would cost processor time
        QApplication.processEvents()  # paints it

    for name, share in (("the whole tile", 1.0), ("a tenth of its width", 0.1), ("a hundredth", 0.01)):
        side = share * grid.shape[0] * grid.pixel_m
        drawn.clear()
        canvas.setExtent(QgsRectangle(west, north - side, west + side, north))
        dock.actions_by_name["thresholds"].setChecked(True)
        dock.thresholding.set_active(True)
        wait_until_drawn()
        wall, cpu = [], []
        for value in [*range(79, 39, -1), *range(41, 81)]:
            drawn.clear()
            start, cpu_start = time.perf_counter(), time.process_time()
            slider.setValue(value)
            wait_until_drawn()
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - cpu_start)
        median, p95 = np.percentile(wall, (50, 95))
        cpu_median, cpu_p95 = np.percentile(cpu, (50, 95))
        print(f"move a threshold, {name} in view: median {median:.3f} s, p95 {p95:.3f} s (processor {cpu_median:.3f} s, {cpu_p95:.3f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name, value in (("tiles", 124), ("scenes", 20), ("polygons", 50), ("size", 10980)):
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
        opening = spent_opening(dock, path)
        print(
            f"open {options.tiles} tiles x {options.scenes} scenes: {opening[0]:.3f} s, of which the window stands still {opening[1]:.3f} s"
        )
        times = [spent(lambda: dock.session.step_tile(1)) for _ in range(5)]
        print(f"go to the next tile: {sorted(times)[2]:.3f} s (first time: its pictures are added)")
        dock.session.go_to_tile(dock.session.tiles[options.tiles // 2].name)
        times = [spent(lambda: dock.session.step_date(1)) for _ in range(5)]
        print(f"go to the next date: {sorted(times)[2]:.3f} s")
        times = [spent(lambda status=status: dock.tiles.set_status(status)) for status in ("work", "done", "todo", "work", "done")]
        print(f"click a tile's status: {sorted(times)[2]:.4f} s")
        rest(dock)
        follow_thresholds(dock, iface.canvas, options.size)
        dock.teardown()
        QgsProject.instance().clear()
    sys.stdout.flush()
    os._exit(0)  # QGIS without its application object ends badly in Python; nothing is left to save


if __name__ == "__main__":
    main()
