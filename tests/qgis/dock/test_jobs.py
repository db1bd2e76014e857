"""Long jobs run beside the window: it stays responsive, shows progress, cancels, and says how it ended."""

import importlib.util
import shutil
import time
from itertools import pairwise
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProcessingAlgorithm, QgsProcessingException, QgsProcessingProvider, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QFileDialog, QToolButton
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.tests.qgis.dock.hands import click, rest, wait
from skyfri.ui.clouds import draw
from skyfri.ui.dock import SkyfriDock
from skyfri.ui.mosaic import make
from skyfri.ui.workspace.scene_model import CLOUDS, STATUS


class Slow(QgsProcessingAlgorithm):
    """Counts to a hundred, or fails on the way."""

    def name(self):
        return "slow"

    def displayName(self):
        return "Slow work"

    def createInstance(self):
        return Slow()

    def initAlgorithm(self, configuration=None):
        pass

    def processAlgorithm(self, parameters, context, feedback):
        for step in range(100):
            if feedback.isCanceled():
                return {}
            if step == 10 and parameters.get("FAIL"):
                raise QgsProcessingException("scene.jp2 is truncated; fetch it again.")
            feedback.setProgressText(f"step {step}")
            feedback.setProgress(step)
            time.sleep(0.01)
        feedback.pushWarning("Two scenes kept their edits.")
        return {"COUNT": 7}


class SlowProvider(QgsProcessingProvider):
    def id(self):
        return "skyfritest"

    def name(self):
        return "Tests"

    def loadAlgorithms(self):
        self.addAlgorithm(Slow())


@pytest.fixture
def slow(monkeypatch):
    """Put the slow algorithm in the place of the guidelines."""
    provider = SlowProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    monkeypatch.setattr(draw, "GUIDELINES", "skyfritest:slow")
    yield monkeypatch
    QgsApplication.processingRegistry().removeProvider(provider)


def test_the_window_stays_responsive_and_shows_progress(opened, iface, slow):
    ticks, percents, texts = [], [], []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    opened.runner.progressed.connect(percents.append)
    opened.runner.said.connect(texts.append)
    timer.start(10)
    opened.actions_by_name["guidelines"].trigger()
    assert opened.runner.is_running
    assert opened.run_bar.isVisible()
    assert not opened.actions_by_name["mosaic"].isEnabled(), "one job at a time"
    assert opened.actions_by_name["next_tile"].isEnabled(), "the editor goes on looking"
    rest(opened)
    timer.stop()
    assert len(ticks) > 30, "the event loop ran all the while"
    assert max(b - a for a, b in pairwise(ticks)) < 0.5
    assert percents == sorted(percents)
    assert len(percents) > 10
    assert any(text.startswith("step") for text in texts)
    assert not opened.run_bar.isVisible()
    assert {"Polygons drawn: 7; scenes: 1.", "Two scenes kept their edits."} <= set(iface.said())


def test_cancel_stops_at_once_and_says_so(opened, iface, slow):
    opened.actions_by_name["guidelines"].trigger()
    wait(opened.run_bar.isVisible)
    start = time.monotonic()
    click(opened.findChild(QToolButton, "skyfri_cancel"))
    rest(opened)
    assert time.monotonic() - start < 1
    assert iface.said()[-1] == "Cancelled; nothing was changed."
    assert opened.actions_by_name["guidelines"].isEnabled()


def test_other_scenes_can_be_edited_while_the_model_draws(opened, iface, slow):
    opened.actions_by_name["guidelines"].trigger()
    opened.actions_by_name["edit"].trigger()
    assert not opened.editing.is_active
    assert not opened.actions_by_name["edit"].isChecked()
    assert any("The model is drawing this scene" in text for text in iface.said())
    opened.session.step_date(1)
    opened.actions_by_name["edit"].trigger()
    assert opened.editing.is_active
    rest(opened)


def test_a_new_project_cancels_what_runs(opened, slow, stacks):
    opened.actions_by_name["guidelines"].trigger()
    QgsProject.instance().clear()
    assert opened.session.workspace is None
    rest(opened)
    assert opened.welcome.isVisible()


def test_scenes_never_reach_a_workspace_opened_meanwhile(opened, stacks, tmp_path):
    opened.session.create(str(tmp_path / "first.gpkg"))
    rest(opened)
    opened.files.add_paths([str(stacks / "scenes")])
    opened.session.create(str(tmp_path / "second.gpkg"))
    rest(opened)
    assert opened.session.workspace.name == "second"
    assert Workspace.open(tmp_path / "second.gpkg").scenes() == []


def test_unloading_waits_for_what_runs(iface, provider, slow, full_workspace, tmp_path):
    dock = SkyfriDock(iface)
    dock.files.open_workspace(shutil.copy(full_workspace, tmp_path / "full.gpkg"))
    rest(dock)
    dock.actions_by_name["guidelines"].trigger()
    assert dock.runner.is_running
    dock.teardown()
    assert not dock.runner.is_running
    dock.deleteLater()


def test_a_failure_is_one_sentence(opened, iface, slow):
    slow.setattr(draw, "guideline_parameters", lambda *_: {"FAIL": True})
    opened.actions_by_name["guidelines"].trigger()
    rest(opened)
    assert iface.said()[-1] == "scene.jp2 is truncated; fetch it again."


def test_a_missing_algorithm_is_said(opened, iface, monkeypatch):
    monkeypatch.setattr(draw, "GUIDELINES", "skyfri:nothing")
    opened.actions_by_name["guidelines"].trigger()
    assert not opened.runner.is_running
    assert "skyfri:nothing is not there" in iface.said()[-1]


def test_guidelines_take_the_scenes_that_were_asked_for(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(opened.guidelines, "draw", lambda scenes: asked.append([entry.id for entry in scenes]))
    tile = [entry.id for entry in opened.session.scenes_of_tile()]
    opened.actions_by_name["guidelines"].trigger()
    opened.table.view.selectAll()
    opened.actions_by_name["guidelines"].trigger()
    opened.actions_by_name["guidelines_tile"].trigger()
    opened.actions_by_name["guidelines_missing"].trigger()
    assert [len(ids) for ids in asked] == [1, 4, 2, 0]
    assert asked[2] == tile


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("onnxruntime", "ukis_csmask")), reason="onnxruntime or ukis-csmask is absent"
)
def test_guidelines_reach_workspace_table_and_map(dock, iface, stacks, tmp_path):
    dock.session.create(str(tmp_path / "work.gpkg"))
    rest(dock)
    dock.files.add_paths([str(stacks / "scenes")])
    rest(dock)
    assert len(dock.session.scenes) == 4
    scene = dock.session.scene
    dock.actions_by_name["guidelines"].trigger()
    rest(dock, 120)
    count = len(Workspace.open(tmp_path / "work.gpkg").polygons("guideline").frame)
    assert f"Polygons drawn: {count}; scenes: 1." in iface.said()
    assert count > 0
    assert dock.layers.polygons("cloud").featureCount() == count
    row = dock.table.model.row_of(scene.id)
    assert dock.table.model.index(row, STATUS).data() == "guideline"
    assert dock.table.model.index(row, CLOUDS).data().endswith(" %")


def test_the_mosaic_takes_workspace_scenes_and_clouds_and_is_shown(opened, iface, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "country"), ""))
    opened.actions_by_name["mosaic"].trigger()
    rest(opened, 120)
    assert iface.said()[-1] == f"The mosaic is ready: {tmp_path / 'country.tif'}"
    assert {path.name for path in tmp_path.glob("country*")} >= {
        "country.tif",
        "country_rgb.tif",
        "country_seams.gpkg",
        "country_report.json",
    }
    nodes = QgsProject.instance().layerTreeRoot().findLayers()
    assert nodes[0].layer().name() == "Mosaic for viewing", "the mosaic is above all"
    assert isinstance(nodes[0].layer(), QgsRasterLayer)
    assert nodes[0].isVisible()
    assert [node.isVisible() for node in nodes[1:]] == [False] * (len(nodes) - 1), (
        "nothing is seen through its holes; the seams are at hand"
    )
    assert opened.actions_by_name["mosaic_visible"].isChecked()
    opened.actions_by_name["mosaic_visible"].trigger()
    assert not nodes[0].isVisible()
    assert QgsProject.instance().layerTreeRoot().findLayer(opened.layers.polygons("cloud").id()).isVisible()
    assert QgsProject.instance().layerTreeRoot().findLayer(opened.layers.picture(opened.session.scene.id).id()).isVisible()
    opened.actions_by_name["mosaic_visible"].trigger()
    opened.session.step_tile(1)
    assert not nodes[0].isVisible(), "going on editing shows the scenes again"


def test_mosaic_parameters_put_the_least_cloudy_first_and_leave_out_what_has_no_polygons(full_workspace, stacks):
    workspace = Workspace.open(full_workspace)
    scenes = workspace.scenes()
    from dataclasses import replace

    scenes[0] = replace(scenes[0], status="new", cloud_percent=None)
    parameters = make.mosaic_parameters(scenes, workspace, Path("/out/m.tif"))
    shares = {entry.path: entry.cloud_percent for entry in scenes}
    assert scenes[0].path not in parameters["INPUTS"]
    assert [shares[path] for path in parameters["INPUTS"]] == sorted(shares[entry.path] for entry in scenes[1:])
    assert parameters["CLOUDS"] == f"{full_workspace}|layername=cloud"
    assert parameters["OUTPUT_RGB"] == "/out/m_rgb.tif"


def test_a_mosaic_without_polygons_says_what_to_do(dock, iface, stacks, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", ""))
    dock.session.create(str(tmp_path / "work.gpkg"))
    rest(dock)
    dock.files.add_paths([str(stacks / "scenes")])
    rest(dock)
    assert len(dock.session.scenes) == 4
    dock.actions_by_name["mosaic"].trigger()
    assert any("run Guidelines first" in text for text in iface.said())
    assert not asked
