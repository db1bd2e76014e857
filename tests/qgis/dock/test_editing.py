"""Polygons are edited with QGIS's own tools, belong to the scene on the map, and are never lost."""

import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from skyfri.tests.qgis.dock.eyes import rows
from skyfri.tests.qgis.dock.hands import button, click, draw, press, rest
from skyfri.ui.workspace.scene_model import DATE, STATUS


def test_editing_gives_new_polygons_scene_class_and_origin(opened, iface):
    press(opened, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    scene = opened.session.scene
    click(button(opened, "edit"))
    layer = opened.layers.polygons("cloud")
    assert layer.isEditable()
    assert iface.active is layer
    assert opened.session.tile.status == "work", "a tile that is being edited is in work"
    assert not opened.actions_by_name["save"].isEnabled()
    cloud = draw(opened)
    press(opened, Qt.Key.Key_2)
    shadow = draw(opened, 1000)
    assert opened.actions_by_name["draw_shadow"].isChecked()
    for feature, name, area in ((cloud, "cloud", 25e6), (shadow, "shadow", 1e6)):
        assert (feature["scene"], feature["class"], feature["origin"]) == (scene.id, name, "editor")
        assert feature["area_m2"] == pytest.approx(area)
    assert opened.actions_by_name["save"].isEnabled()
    click(button(opened, "save"))
    assert layer.isEditable(), "saving goes on editing"
    assert not opened.actions_by_name["save"].isEnabled()
    rest(opened)
    assert {entry.id: entry.status for entry in opened.session.scenes}[scene.id] == "edited"
    assert dict(rows(opened, DATE, STATUS))  # the table was read again
    click(button(opened, "edit"))
    assert not layer.isEditable()
    saved = opened.session.workspace.polygons().frame
    assert len(saved[(saved["scene"] == scene.id) & (saved["origin"] == "editor")]) == 2


def test_the_area_follows_an_edit(opened):
    opened.actions_by_name["edit"].trigger()
    layer = opened.layers.polygons("cloud")
    feature = next(layer.getFeatures())
    west, south, _, _ = opened.session.tile.outline.bounds
    layer.changeGeometry(feature.id(), QgsGeometry.fromRect(QgsRectangle(west, south, west + 2000, south + 2000)))
    opened.actions_by_name["save"].trigger()
    assert layer.getFeature(feature.id())["area_m2"] == pytest.approx(4e6)


def test_ending_with_unsaved_edits_asks_and_may_go_on(opened, iface):
    opened.actions_by_name["edit"].trigger()
    draw(opened)
    iface.tools.answer = "cancel"
    opened.actions_by_name["edit"].trigger()
    assert opened.editing.is_active
    assert opened.actions_by_name["edit"].isChecked(), "the button shows the truth"
    assert not opened.files.close_workspace()
    assert opened.session.workspace is not None
    iface.tools.answer = "discard"
    opened.actions_by_name["edit"].trigger()
    assert not opened.editing.is_active


def test_unsaved_edits_keep_jobs_from_starting(opened, iface):
    opened.actions_by_name["edit"].trigger()
    draw(opened)
    opened.actions_by_name["guidelines"].trigger()
    assert not opened.runner.is_running
    assert "unsaved edits" in iface.said()[-1]


def test_guidelines_and_clouds_are_hidden_and_shown_by_keys(opened):
    tree = QgsProject.instance().layerTreeRoot()
    for key, modifier, role in (
        (Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, "guideline"),
        (Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier, "cloud"),
    ):
        node = tree.findLayer(opened.layers.polygons(role).id())
        press(opened, key, modifier)
        assert not node.itemVisibilityChecked()
        press(opened, key, modifier)
        assert node.itemVisibilityChecked()


def test_typing_in_the_filter_triggers_no_key(opened):
    opened.actions_by_name["edit"].trigger()
    QApplication.setActiveWindow(opened.parent())
    opened.table.search.setFocus()
    QTest.keyClicks(opened.table.search, "g2")
    assert opened.table.search.text() == "g2"
    assert opened.actions_by_name["draw_cloud"].isChecked()
    assert opened.actions_by_name["guideline_visible"].isChecked()


def test_a_bare_feature_drawn_elsewhere_counts_as_an_edit(opened):
    """Any program may write; here QGIS itself without the dock's defaults."""
    layer = opened.layers.polygons("cloud")
    scene = opened.session.scene
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["scene"], feature["class"] = scene.id, "shadow"
    west, south, _, _ = opened.session.tile.outline.bounds
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(west, south, west + 500, south + 500)))
    layer.addFeature(feature)
    assert layer.commitChanges()
    rest(opened)
    assert {entry.id: entry.status for entry in opened.session.scenes}[scene.id] == "edited", "the dock noticed"
