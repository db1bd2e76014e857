"""The widgets that pick scenes in the Toolbox: folders as well as files, by button, drop and value."""

import shutil
import sys
from types import SimpleNamespace

import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
)
from qgis.gui import QgsProcessingModelerParameterWidget
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtWidgets import QFileDialog, QMenu, QPushButton
from skyfri.plugin.core.clouds.network.cards import find_cards
from skyfri.plugin.processing.algorithms.mosaic import Mosaic
from skyfri.plugin.processing.algorithms.predict import Predict
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


@pytest.fixture
def model(provider):
    """A model with an input of scenes and a step that writes a band stack."""
    made = QgsProcessingModelAlgorithm()
    made.addModelParameter(QgsProcessingParameterFile("FOLDER", "Folder of products"), QgsProcessingModelParameter("FOLDER"))
    step = QgsProcessingModelChildAlgorithm("skyfri:prepare")
    step.generateChildId(made)
    step.setDescription("Prepare")
    made.addChildAlgorithm(step)
    return made


def designer_of(algorithm, provider, model):
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    return ModelerParametersDialog(provider.algorithm(algorithm.ID), model)


def test_a_model_takes_folders_its_inputs_and_outputs_of_other_steps(monkeypatch, provider, model):
    dialog = designer_of(Mosaic, provider, model)
    panel = dialog.widget.widget
    wrapper = panel.wrappers["INPUTS"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/a.SAFE")
    press(wrapper, "Folder…")
    offered = {action.text(): action for action in wrapper.widget.findChild(QMenu).actions()}
    offered["Folder of products"].trigger()
    next(action for name, action in offered.items() if "Band stack" in name).trigger()
    kinds = Qgis.ProcessingModelChildParameterSource
    sources = panel.createAlgorithm().parameterSources()["INPUTS"]
    assert [source.source() for source in sources] == [kinds.StaticValue, kinds.ModelParameter, kinds.ChildOutput]
    assert (sources[0].staticValue(), sources[1].parameterName(), sources[2].outputName()) == ("/data/a.SAFE", "FOLDER", "OUTPUT")
    again = designer_of(Mosaic, provider, model)
    again.widget.widget.wrappers["INPUTS"].setValue(sources)
    assert again.widget.widget.createAlgorithm().parameterSources()["INPUTS"] == sources, "what was saved is shown again"
    again.widget.widget.wrappers["INPUTS"].setValue(sources[1])
    assert again.widget.widget.createAlgorithm().parameterSources()["INPUTS"] == [sources[1]]
    again.widget.widget.wrappers["INPUTS"].setValue("/x;/y")
    assert [source.staticValue() for source in again.widget.widget.createAlgorithm().parameterSources()["INPUTS"]] == ["/x", "/y"]
    for one in (dialog, again):
        one.deleteLater()


def test_one_scene_of_a_model_is_a_folder_or_an_input(monkeypatch, provider, model):
    dialog = designer_of(Predict, provider, model)
    panel = dialog.widget.widget
    wrapper = panel.wrappers["INPUT"]
    assert "INPUT" not in panel.createAlgorithm().parameterSources(), "nothing is chosen yet"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/a.SAFE")
    press(wrapper, "Folder…")
    assert panel.createAlgorithm().parameterSources()["INPUT"][0].staticValue() == "/data/a.SAFE"
    source = QgsProcessingModelChildParameterSource.fromModelParameter("FOLDER")
    wrapper.setValue(source)
    assert panel.createAlgorithm().parameterSources()["INPUT"] == [source]
    expression = QgsProcessingModelChildParameterSource.fromExpression("'/data/' || 'b.zip'")
    wrapper.setValue(expression)
    assert panel.createAlgorithm().parameterSources()["INPUT"] == [expression]
    assert isinstance(panel.wrappers["MODEL"], QgsProcessingModelerParameterWidget), "QGIS's own takes inputs of the model"
    dialog.deleteLater()


def test_models_are_chosen_by_their_cards_or_written(provider):
    wrapper = wrapper_of(Predict(), "MODEL")
    cards = find_cards()
    offered = [wrapper.widget.itemData(row) for row in range(wrapper.widget.count())]
    assert offered == ["", *(card.id for card in cards)]
    assert wrapper.value() == ""
    wrapper.setValue(cards[1].id)
    assert cards[1].title in wrapper.widget.currentText()
    assert wrapper.value() == cards[1].id
    wrapper.widget.setEditText("/mine/network.onnx")
    assert wrapper.value() == "/mine/network.onnx"
    wrapper.setValue("/mine/card.json")
    assert wrapper.value() == "/mine/card.json"
    wrapper.setValue("")
    assert wrapper.value() == ""


def test_a_saved_model_runs_on_a_file_a_folder_and_the_output_of_a_step(provider, scenes, tmp_path):
    """Each way of naming a scene in the designer gives one scene of the mosaic."""
    source = QgsProcessingModelChildParameterSource
    made = QgsProcessingModelAlgorithm("name", "group")
    folder = QgsProcessingParameterFile("FOLDER", "Folder of products", behavior=QgsProcessingParameterFile.Behavior.Folder)
    made.addModelParameter(folder, QgsProcessingModelParameter("FOLDER"))
    prepare, mosaic = QgsProcessingModelChildAlgorithm("skyfri:prepare"), QgsProcessingModelChildAlgorithm("skyfri:mosaic")
    prepare.setChildId("prepare")
    prepare.addParameterSources("INPUT", [source.fromStaticValue(str(scenes[0]))])
    mosaic.setChildId("mosaic")
    named = source.fromStaticValue(str(scenes[1])), source.fromModelParameter("FOLDER"), source.fromChildOutput("prepare", "OUTPUT")
    mosaic.addParameterSources("INPUTS", list(named))
    output = QgsProcessingModelOutput("mosaic")
    output.setChildId("mosaic")
    output.setChildOutputName("OUTPUT")
    mosaic.setModelOutputs({"mosaic": output})
    for child in (prepare, mosaic):
        made.addChildAlgorithm(child)
    made.updateDestinationParameters()
    assert made.toFile(str(tmp_path / "saved.model3"))
    saved = QgsProcessingModelAlgorithm()
    assert saved.fromFile(str(tmp_path / "saved.model3"))
    (tmp_path / "products").mkdir()
    shutil.copy(scenes[2], tmp_path / "products")
    target = saved.destinationParameterDefinitions()[0].name()
    feedback = QgsProcessingFeedback()
    values = {"FOLDER": str(tmp_path / "products"), target: str(tmp_path / "mosaic.tif")}
    results, fine = saved.run(values, QgsProcessingContext(), feedback)
    assert fine, feedback.textLog()
    assert results["CHILD_RESULTS"]["mosaic"]["SCENE_COUNT"] == 3
