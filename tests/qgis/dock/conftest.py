"""The dock in a window of its own, with small sample scenes."""

import shutil
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProject, QgsSettings, QgsVectorLayer, QgsVectorLayerTools
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QApplication, QFileDialog, QMainWindow, QVBoxLayout, QWidget
from skyfri.plugin.core.clouds.polygons import read_polygons
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.scenes import open_scene
from skyfri.plugin.processing.provider import SkyfriProvider
from skyfri.tests.qgis.dock.hands import rest
from skyfri.tests.qgis.dock.sliders import open_sliders, write_prediction
from skyfri.tests.sample import SampleOptions, make_stacks
from skyfri.ui.dock import SkyfriDock


class LayerTools(QgsVectorLayerTools):
    """Ends editing as a person would who answers Save, Discard or Cancel."""

    answer = "save"

    def stopEditing(self, layer, allowCancel=True):
        if self.answer == "cancel":
            return False
        return layer.commitChanges() if self.answer == "save" else layer.rollBack()


class Iface:
    """What the dock uses of `QgisInterface`, with real widgets behind it."""

    def __init__(self):
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas()
        self.bar = QgsMessageBar()
        self.tools = LayerTools()
        self.active = None
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.addWidget(self.bar)
        layout.addWidget(self.canvas, 1)
        self.window.setCentralWidget(centre)
        self.window.resize(1100, 800)

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def messageBar(self):
        return self.bar

    def vectorLayerTools(self):
        return self.tools

    def setActiveLayer(self, layer):
        self.active = layer
        return True

    def activeLayer(self):
        return self.active

    def said(self):
        """Return the texts in the message bar, the newest last."""
        return [item.text() for item in reversed(self.bar.items())]


@pytest.fixture(scope="session")
def stacks(tmp_path_factory) -> Path:
    """Folder of two tiles x two dates as band stacks, with `clouds.gpkg` beside them."""
    folder = tmp_path_factory.mktemp("dock-stacks")
    make_stacks(folder, SampleOptions(tiles=2, dates=2, size_px=180, gains=(1.0, 1.08), weather=("cumulus", "mixed"), missed=(0.0, 0.0)))
    return folder


@pytest.fixture(scope="session")
def full_workspace(stacks, tmp_path_factory) -> Path:
    """A workspace of those scenes with their polygons; copy it before use."""
    path = tmp_path_factory.mktemp("dock-workspace") / "full.gpkg"
    workspace = Workspace.create(path)
    scenes = [open_scene(scene) for scene in sorted((stacks / "scenes").glob("*.tif"))]
    workspace.add_scenes(scenes)
    workspace.put_guidelines(read_polygons(stacks / "clouds.gpkg"), scenes=[scene.id for scene in scenes])
    return path


@pytest.fixture(scope="session")
def provider(qgis_app):
    provider = SkyfriProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    yield provider
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def iface(qgis_app):
    QgsProject.instance().clear()
    font = QApplication.font()
    font.setPointSize(9)  # as on a desktop; without a screen it is 12
    QApplication.setFont(font)
    iface = Iface()
    iface.window.show()
    QApplication.setActiveWindow(iface.window)
    yield iface
    QgsProject.instance().clear()
    iface.window.close()
    iface.window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def dock(iface, provider):
    QgsSettings().remove("skyfri")
    dock = SkyfriDock(iface)
    iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    iface.window.resizeDocks([dock], [360], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    yield dock
    rest(dock)
    layer = dock.layers.polygons("cloud")
    if isinstance(layer, QgsVectorLayer) and layer.isEditable():
        layer.rollBack()
    dock.teardown()
    iface.window.removeDockWidget(dock)
    dock.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def opened(dock, full_workspace, tmp_path):
    """The dock with a workspace of four scenes open."""
    path = Path(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    dock.files.open_workspace(str(path))
    rest(dock)
    return dock


@pytest.fixture
def answer_file(monkeypatch):
    """Answer the next file dialogs with a path."""

    def answer(path):
        for name in ("getSaveFileName", "getOpenFileName"):
            monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))

    return answer


@pytest.fixture
def predicted(opened):
    """The dock with probabilities kept for every scene, the tile in view."""
    for entry in opened.session.scenes:
        write_prediction(opened.session.workspace, entry)
    opened.view.zoom_to_tile()
    return opened


@pytest.fixture
def trying(predicted):
    """The same with the sliders open and the first outlines drawn."""
    open_sliders(predicted)
    return predicted
