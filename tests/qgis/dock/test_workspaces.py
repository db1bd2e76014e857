"""A workspace is made, opened again where one stopped, and one that cannot be opened is said."""

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from skyfri.tests.qgis.dock.eyes import visible_pictures
from skyfri.tests.qgis.dock.hands import click, draw, press, rest


def test_a_new_workspace_asks_for_scenes(dock, answer_file, tmp_path):
    answer_file(tmp_path / "country")
    dock.actions_by_name["new_workspace"].trigger()
    rest(dock)
    assert (tmp_path / "country.gpkg").exists()
    assert dock.table.isVisible()
    assert dock.findChild(object, "skyfri_no_scenes").isVisible()
    assert not dock.tile_bar.isVisible(), "nothing to navigate yet"


def test_reopening_goes_on_at_the_same_scene(opened, full_workspace):
    press(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    scene, path = opened.session.scene, opened.session.workspace.store.path
    opened.actions_by_name["close_workspace"].trigger()
    assert opened.welcome.isVisible()
    assert QgsProject.instance().mapLayers() == {}
    assert QgsProject.instance().layerTreeRoot().children() == []
    click(opened.findChild(object, "skyfri_recent"))
    rest(opened)
    assert opened.session.workspace.store.path == path
    assert opened.session.scene == scene
    rest(opened)
    assert scene.id in visible_pictures(opened)


def test_a_saved_project_brings_the_workspace_back_without_doubles(opened, tmp_path):
    project = QgsProject.instance()
    scene, count = opened.session.scene, len(project.mapLayers())
    opened.files.remember()
    assert project.write(str(tmp_path / "project.qgz"))
    project.clear()
    assert opened.session.workspace is None
    assert opened.welcome.isVisible()
    assert project.read(str(tmp_path / "project.qgz"))
    rest(opened)
    assert opened.session.scene == scene
    assert len(project.mapLayers()) == count
    opened.actions_by_name["edit"].trigger()
    assert draw(opened)["scene"] == scene.id, "defaults came back with the project"


def test_a_project_whose_workspace_is_gone_says_so(opened, iface, tmp_path):
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "project.qgz"))
    path = opened.session.workspace.store.path
    project.clear()
    path.rename(path.with_name("moved.gpkg"))
    project.read(str(tmp_path / "project.qgz"))
    rest(opened)
    assert opened.session.workspace is None
    assert "full.gpkg" in iface.said()[-1]


def test_a_file_that_is_no_workspace_says_so_and_leaves_the_dock_as_it_is(dock, iface, answer_file, tmp_path):
    (tmp_path / "other.gpkg").write_text("hello")
    answer_file(tmp_path / "other.gpkg")
    dock.actions_by_name["open_workspace"].trigger()
    rest(dock)
    assert "other.gpkg is not a GeoPackage" in iface.said()[-1]
    assert dock.welcome.isVisible()
