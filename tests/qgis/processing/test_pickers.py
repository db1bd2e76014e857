"""The widgets that pick scenes in the Toolbox: folders as well as files, by button, drop and value."""

import sys
from types import SimpleNamespace

import pytest
from qgis.core import QgsApplication, QgsProcessingModelAlgorithm
from qgis.gui import QgsProcessingModelerParameterWidget
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtWidgets import QFileDialog, QPushButton
from skyfri.plugin.processing.algorithms.mosaic import Mosaic
from skyfri.plugin.processing.algorithms.prepare import Prepare
from skyfri.plugin.processing.provider import SkyfriProvider


@pytest.fixture(autouse=True)
def processing_plugin(qgis_app, monkeypatch):
    """Make QGIS's own plugin `processing` importable, as it is in the desktop."""
    monkeypatch.setattr(sys, "path", [f"{QgsApplication.pkgDataPath()}/python/plugins", *sys.path])


@pytest.fixture
def provider(qgis_app):
    """The provider, registered."""
    registry = QgsApplication.processingRegistry()
    ours = registry.providerById("skyfri") is None and registry.addProvider(SkyfriProvider())
    yield registry.providerById("skyfri")
    if ours:
        registry.removeProvider("skyfri")


def wrapper_of(algorithm, name, dialog=None):
    from processing.gui.wrappers import WidgetWrapperFactory

    algorithm.initAlgorithm({})
    return WidgetWrapperFactory.create_wrapper(algorithm.parameterDefinition(name), dialog or SimpleNamespace())


def press(wrapper, text):
    next(button for button in wrapper.widget.findChildren(QPushButton) if button.text() == text).click()


def test_a_folder_or_a_file_is_picked(monkeypatch):
    wrapper = wrapper_of(Prepare(), "INPUT")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/x.SAFE")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/data/y.zip"], ""))
    press(wrapper, "Folder…")
    assert wrapper.value() == "/data/x.SAFE"
    press(wrapper, "Files…")
    assert wrapper.value() == "/data/y.zip"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    press(wrapper, "Folder…")
    assert wrapper.value() == "/data/y.zip", "a dialog that is cancelled changes nothing"


def test_many_scenes_keep_their_order(monkeypatch):
    wrapper = wrapper_of(Mosaic(), "INPUTS")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/a.SAFE")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/data/c.zip", "/data/b.zip"], ""))
    press(wrapper, "Files…")
    press(wrapper, "Folder…")
    press(wrapper, "Folder…")
    assert wrapper.value() == ["/data/c.zip", "/data/b.zip", "/data/a.SAFE"]
    scenes = wrapper.widget.findChild(type(wrapper._list))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/data/d.SAFE")])
    modifiers, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    scenes.dropEvent(QDropEvent(QPointF(1, 1), Qt.DropAction.CopyAction, data, buttons, modifiers))
    assert wrapper.value()[-1] == "/data/d.SAFE"
    scenes.item(0).setSelected(True)
    press(wrapper, "Remove")
    assert wrapper.value() == ["/data/b.zip", "/data/a.SAFE", "/data/d.SAFE"]
    wrapper.setValue("/x;/y")
    assert wrapper.value() == ["/x", "/y"]


@pytest.mark.parametrize("algorithm", [Mosaic, Prepare])
def test_the_model_designer_has_the_widgets_of_qgis(algorithm, provider):
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    dialog = ModelerParametersDialog(provider.algorithm(algorithm.ID), QgsProcessingModelAlgorithm())
    name = "INPUTS" if algorithm is Mosaic else "INPUT"
    assert isinstance(dialog.widget.widget.wrappers[name], QgsProcessingModelerParameterWidget)
    dialog.deleteLater()
