"""Enter draws the guideline with the thresholds of the sliders, an editor's polygons stay, and Undo takes it back."""

import pytest
from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel, QPushButton, QSlider
from skyfri.plugin.core.clouds.guidelines.kept import kept_files
from skyfri.tests.qgis.dock.hands import click, press, rest, wait
from skyfri.tests.qgis.dock.sliders import ALT, CLOUD, after_drawing, bands, guideline_of, open_sliders, widget, write_prediction


def apply(dock, cloud=40):
    """Lower the cloud threshold and press Enter; wait for the run."""
    after_drawing(dock, lambda: widget(dock, QSlider, "cloud_slider").setValue(cloud))
    preview = QgsGeometry(bands(dock)["cloud"][0])
    widget(dock, QSlider, "cloud_slider").setFocus()
    QTest.keyClick(widget(dock, QSlider, "cloud_slider"), Qt.Key.Key_Return)
    wait(lambda: dock.runner.is_running)
    rest(dock, 60)
    return preview


def test_enter_draws_the_guideline_of_this_scene_only(trying, iface):
    others = [entry.id for entry in trying.session.scenes if entry.id != trying.session.scene.id]
    workspace = trying.session.workspace
    before = {table: workspace.polygons(table, scenes=others).frame for table in ("cloud", "guideline")}
    preview = apply(trying)
    for table in ("guideline", "cloud"):
        frame = guideline_of(trying, table)
        assert list(frame["class"]) == ["cloud"]
        assert list(frame["model"]) == ["test-model"]
        assert frame["area_m2"].sum() == pytest.approx(preview.area(), rel=0.03), "as the outline showed"
        assert workspace.polygons(table, scenes=others).frame.equals(before[table])
    assert not trying.thresholding.is_active
    assert trying.layers.polygons("guideline").featureCount() == len(workspace.polygons("guideline").frame)
    assert "Polygons drawn: 1; scenes: 1." in iface.said()[-1]
    open_sliders(trying)
    assert widget(trying, QSlider, "cloud_slider").value() == 40, "it goes on where the guideline is"


def test_undo_takes_it_back(trying, iface):
    before = {table: guideline_of(trying, table) for table in ("guideline", "cloud")}
    assert len(before["cloud"])
    apply(trying)
    assert not guideline_of(trying).equals(before["guideline"])
    click(iface.bar.findChild(QPushButton, "skyfri_offer"))
    rest(trying)
    for table, frame in before.items():
        assert guideline_of(trying, table).equals(frame)
    assert iface.said()[-1] == "The former guidelines are back."
    open_sliders(trying)
    assert widget(trying, QSlider, "cloud_slider").value() == CLOUD.grow


def test_an_editors_polygons_stay_and_it_is_said_before(predicted, iface):
    scene = predicted.session.scene
    layer = predicted.layers.polygons("cloud")
    layer.startEditing()
    layer.deleteFeature(next(f.id() for f in layer.getFeatures() if f["scene"] == scene.id))
    assert layer.commitChanges()
    rest(predicted)
    edited = guideline_of(predicted, "cloud")
    open_sliders(predicted)
    note = widget(predicted, QLabel, "threshold_note")
    assert note.isVisible()
    assert "leaves your polygons as they are" in note.text()
    apply(predicted)
    assert guideline_of(predicted, "cloud").equals(edited)
    assert len(guideline_of(predicted)) == 1
    assert any("edited polygons" in text and scene.id in text for text in iface.said())


def test_the_whole_pass_may_be_drawn(trying):
    beside = [entry.id for entry in trying.session.pass_of_scene()]
    assert beside
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    trying.actions_by_name["apply_thresholds_pass"].trigger()
    wait(lambda: trying.runner.is_running)
    rest(trying, 60)
    workspace = trying.session.workspace
    for scene_id in (trying.session.scene.id, *beside):
        assert workspace.guideline_settings(scene_id)["cloud_grow"] == 0.4
        assert set(workspace.polygons("guideline", scenes=[scene_id]).frame["model"]) == {"test-model"}


def test_cancelling_changes_nothing_and_goes_on_trying(trying, iface):
    before = guideline_of(trying)
    widget(trying, QSlider, "cloud_slider").setValue(40)
    trying.thresholding.apply()
    wait(lambda: trying.runner.is_running)
    assert not trying.actions_by_name["apply_thresholds"].isEnabled(), "one job at a time"
    trying.runner.cancel()
    rest(trying)
    assert iface.said()[-1] == "Cancelled; nothing was changed."
    assert guideline_of(trying).equals(before)
    assert trying.thresholding.is_active
    assert widget(trying, QSlider, "cloud_slider").value() == 40


def test_without_probabilities_one_button_mends_it(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(opened.guidelines, "draw", lambda scenes: asked.append([entry.id for entry in scenes]))
    press(opened, Qt.Key.Key_T, ALT)
    rest(opened)
    first = widget(opened, QPushButton, "predict_first")
    assert first.isVisible()
    assert "No probabilities are kept" in widget(opened, QLabel, "threshold_hint").text()
    assert not widget(opened, QSlider, "cloud_slider").isVisible()
    assert not opened.actions_by_name["apply_thresholds"].isEnabled()
    click(first)
    assert asked == [[opened.session.scene.id]]
    opened.view.zoom_to_tile()
    write_prediction(opened.session.workspace, opened.session.scene)
    after_drawing(opened, opened.runner.ended.emit)
    assert widget(opened, QSlider, "cloud_slider").isVisible()


def test_removed_scenes_take_their_probabilities_along(predicted):
    scene, folder = predicted.session.scene, predicted.session.workspace.predictions
    assert len(list(folder.iterdir())) == 4
    predicted.session.remove([scene.id])
    rest(predicted)
    assert len(list(folder.iterdir())) == 3
    assert not kept_files(folder, scene.id).probability.exists()
