"""Sliders re-threshold what is in view at once, wherever the map is, and nothing is written."""

import time

import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QCheckBox, QLabel, QSlider, QSpinBox, QWidget
from skyfri.plugin.core.clouds.options import Thresholds
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.qgis.dock.hands import button, click, grip, move_held, press, wait
from skyfri.tests.qgis.dock.sliders import ALT, CLOUD, SHADOW, after_drawing, bands, open_sliders, pixel_of, widget, write_prediction
from skyfri.ui.clouds.threshold_bar import Pair


def area_px(dock, name, pixel_m):
    return bands(dock)[name][0].area() / pixel_m**2


def test_the_seed_follows_the_rim_and_remembers_its_gap():
    pair = Pair(80, 15)
    assert (pair.seed, pair.moved(40).seed, pair.moved(95).seed) == (95, 55, 99)
    assert pair.moved(99).moved(60).seed == 75, "the gap comes back where there is room"
    assert (pair.moved(0).grow, pair.moved(150).grow) == (1, 99)
    assert pair.seeded(90) == Pair(80, 10)
    assert pair.seeded(60) == Pair(60, 0), "no seed lies below its rim"


def test_moving_a_slider_moves_the_outline_and_writes_nothing(trying):
    before = trying.session.workspace.store.path.read_bytes()
    slider = widget(trying, QSlider, "cloud_slider")
    pixel = pixel_of(trying)
    assert slider.hasFocus(), "keys work at once"
    assert not trying.thresholding._outline.is_shown, "0.88 is no seed at 95 or 90 %"
    after_drawing(trying, lambda: QTest.keyClick(slider, Qt.Key.Key_PageDown))
    for _ in range(2):
        after_drawing(trying, lambda: QTest.keyClick(slider, Qt.Key.Key_PageDown))
    assert slider.value() == CLOUD.grow - 15
    assert widget(trying, QSpinBox, "cloud_grow").value() == CLOUD.grow - 15
    assert widget(trying, QSpinBox, "cloud_seed").value() == CLOUD.seed - 15
    sharp = area_px(trying, "cloud", pixel)
    assert sharp == pytest.approx(24**2, rel=0.15)
    after_drawing(trying, lambda: slider.setValue(40))
    assert area_px(trying, "cloud", pixel) == pytest.approx(47**2, rel=0.1)
    assert bands(trying)["shadow"][0].isEmpty()
    after_drawing(trying, lambda: widget(trying, QSlider, "shadow_slider").setValue(40))
    assert area_px(trying, "shadow", pixel) == pytest.approx(47**2, rel=0.1)
    assert bands(trying)["cloud"][1] != bands(trying)["shadow"][1]
    assert trying.session.workspace.store.path.read_bytes() == before


def test_the_slider_is_dragged_with_the_mouse(trying):
    slider = widget(trying, QSlider, "cloud_slider")
    place, target = grip(slider), QPoint(slider.width() // 4, grip(slider).y())
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    shown = []
    trying.thresholding.drawn.connect(lambda: shown.append(trying.thresholding._outline.is_shown))
    for x in range(place.x(), target.x(), -2):
        move_held(slider, QPoint(x, place.y()))
    wait(lambda: shown and shown[-1])
    assert slider.isSliderDown(), "the outline is there before the button is let go"
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, target)
    assert slider.value() < 50


def test_what_is_in_view_is_counted(trying):
    text = widget(trying, QLabel, "in_view")
    assert text.text().startswith("In view: clouds 0 (0.0 ha), shadows 0 (0.0 ha)")
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    hectares = bands(trying)["cloud"][0].area() / 10_000
    assert text.text().startswith("In view: clouds 1 (")
    shown = float(text.text().split("(")[1].split(" ha")[0].replace(",", ""))
    assert shown == pytest.approx(hectares, abs=0.5)


def test_keys_lower_and_raise_wherever_the_focus_is(trying):
    cloud, shadow = widget(trying, QSpinBox, "cloud_grow"), widget(trying, QSpinBox, "shadow_grow")
    press(trying, Qt.Key.Key_Comma)
    press(trying, Qt.Key.Key_Comma)
    press(trying, Qt.Key.Key_Period)
    press(trying, Qt.Key.Key_Comma, ALT)
    assert (cloud.value(), shadow.value()) == (CLOUD.grow - 1, SHADOW.grow - 1)
    press(trying, Qt.Key.Key_Period, ALT)
    assert shadow.value() == SHADOW.grow
    click(button(trying, "reset_thresholds"))
    assert (cloud.value(), shadow.value()) == (CLOUD.grow, SHADOW.grow)


def test_typing_a_number_triggers_no_key(trying):
    trying.table.search.setFocus()
    QTest.keyClicks(trying.table.search, "a,b.c")
    assert trying.table.search.text() == "a,b.c"
    assert widget(trying, QSpinBox, "cloud_grow").value() == CLOUD.grow
    trying.table.search.clear()
    box = widget(trying, QSpinBox, "cloud_grow")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "62")
    assert widget(trying, QSlider, "cloud_slider").value() == 62
    trying.table.search.setFocus()
    QTest.keyClick(trying.table.search, Qt.Key.Key_Return)
    assert not trying.runner.is_running, "Enter in another field applies nothing"


def test_seeds_and_sizes_are_folded_away_and_heeded(trying):
    seed = widget(trying, QSpinBox, "cloud_seed")
    assert not seed.isVisible()
    click(trying.findChild(object, "skyfri_finer"))
    assert seed.isVisible()
    assert (seed.value(), widget(trying, QSpinBox, "shadow_seed").value()) == (CLOUD.seed, SHADOW.seed)
    after_drawing(trying, lambda: seed.setValue(87))
    assert trying.thresholding._outline.is_shown, "0.88 is a seed now, the rim stays"
    assert widget(trying, QSpinBox, "cloud_grow").value() == CLOUD.grow
    seed.setValue(60)
    assert widget(trying, QSpinBox, "cloud_grow").value() == 60
    smallest = trying.findChild(object, "skyfri_mmu")
    largest = bands(trying)["cloud"][0].area() / 10_000
    smallest.setMaximum(1e6)  # the sample's pixels are half a kilometre
    after_drawing(trying, lambda: smallest.setValue(2 * largest))
    assert not trying.thresholding._outline.is_shown, "no cloud is so large"
    widget(trying, QCheckBox, "geometry").setChecked(False)
    assert not trying.threshold_bar.options.geometry
    assert trying.threshold_bar.options.mmu_ha == pytest.approx(2 * largest, abs=0.01)


def test_fast_moves_leave_nothing_waiting(trying, monkeypatch):
    """A hundred moves are not a hundred answers, and the last is of the last."""
    answers = []
    trying.thresholding._thread.answered.connect(lambda outlines: answers.append(round(100 * outlines.wish.options.cloud_grow)))
    slider = widget(trying, QSlider, "cloud_slider")
    longest = 0.0
    for value in [*range(79, 20, -1), *range(20, 61)]:
        start = time.perf_counter()
        slider.setValue(value)
        longest = max(longest, time.perf_counter() - start)
    wait(lambda: answers and answers[-1] == 60)
    assert len(answers) < 20
    assert longest < 0.1, "the window never waits for an outline"
    QTest.qWait(100)
    assert answers[-1] == 60


def test_the_outline_follows_the_map(trying, iface):
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    whole = bands(trying)["cloud"][0]
    centre, pixel = whole.centroid().asPoint(), pixel_of(trying)
    west = QgsRectangle(centre.x() - 15 * pixel, centre.y() - 10 * pixel, centre.x(), centre.y() + 10 * pixel)
    after_drawing(trying, lambda: iface.canvas.setExtent(west))
    shown = QgsGeometry.fromRect(iface.canvas.mapSettings().visibleExtent())
    in_view = bands(trying)["cloud"][0].intersection(shown).area()
    assert in_view == pytest.approx(whole.intersection(shown).area(), rel=0.02)
    text = widget(trying, QLabel, "in_view").text()
    assert float(text.split("(")[1].split(" ha")[0].replace(",", "")) == pytest.approx(in_view / 10_000, rel=0.02), "only what is in view"
    far = QgsRectangle(centre.x() + 1e6, centre.y(), centre.x() + 1e6 + 500, centre.y() + 500)
    after_drawing(trying, lambda: iface.canvas.setExtent(far))
    assert not trying.thresholding._outline.is_shown
    assert widget(trying, QLabel, "in_view").text() == "The scene is not in view; zoom to the tile."


def test_the_map_may_be_in_another_crs(trying, iface):
    own, other = (QgsCoordinateReferenceSystem(crs) for crs in (open_scene(trying.session.scene.path).grid.crs, "EPSG:25833"))
    iface.canvas.setDestinationCrs(own)
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    before = bands(trying)["cloud"][0].centroid().asPoint()
    after_drawing(trying, lambda: iface.canvas.setDestinationCrs(other))
    after = bands(trying)["cloud"][0].centroid().asPoint()
    expected = QgsCoordinateTransform(own, other, QgsProject.instance()).transform(QgsPointXY(before))
    assert expected.distance(after) < pixel_of(trying) / 10
    assert before.distance(after) > 100 * pixel_of(trying)


def test_escape_discards(trying, iface):
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    before = trying.session.workspace.store.path.read_bytes()
    widget(trying, QSlider, "cloud_slider").setFocus()
    QTest.keyClick(widget(trying, QSlider, "cloud_slider"), Qt.Key.Key_Escape)
    assert not trying.threshold_bar.isVisible()
    assert not trying.actions_by_name["thresholds"].isChecked()
    assert bands(trying) == {}
    assert not trying.actions_by_name["lower_cloud"].isEnabled()
    assert trying.session.workspace.store.path.read_bytes() == before
    open_sliders(trying)
    assert widget(trying, QSlider, "cloud_slider").value() == CLOUD.grow, "as the guideline was drawn"


def test_escape_on_the_map_discards_but_leaves_drawing_alone(trying, iface):
    trying.actions_by_name["edit"].trigger()
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, Qt.Key.Key_Escape)
    assert trying.thresholding.is_active
    trying.actions_by_name["edit"].trigger()
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, Qt.Key.Key_Escape)
    assert not trying.thresholding.is_active


def test_another_scene_begins_with_its_own_thresholds(trying):
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    after_drawing(trying, lambda: press(trying, Qt.Key.Key_Down, ALT))
    assert trying.thresholding.is_active
    assert widget(trying, QSlider, "cloud_slider").value() == CLOUD.grow
    assert not trying.thresholding._outline.is_shown


def test_a_broken_prediction_is_said_where_one_looks(predicted):
    scene = predicted.session.scene
    path = predicted.session.workspace.kept_files(scene.id).probability
    path.write_bytes(path.read_bytes()[:200])
    open_sliders(predicted)
    assert path.name in widget(predicted, QLabel, "in_view").text()
    assert not predicted.thresholding._outline.is_shown


def test_closing_the_workspace_ends_it(trying):
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(40))
    trying.actions_by_name["close_workspace"].trigger()
    assert not trying.thresholding.is_active
    assert bands(trying) == {}


@pytest.mark.parametrize("width_px", [300, 420])
def test_the_sliders_fit_a_narrow_dock(trying, iface, width_px):
    click(trying.findChild(object, "skyfri_finer"))
    iface.window.resizeDocks([trying], [width_px], Qt.Orientation.Horizontal)
    wait(lambda: abs(trying.width() - width_px) < 3)
    edge = trying.mapToGlobal(trying.rect().topRight()).x()
    for found in trying.threshold_bar.findChildren(QWidget):
        if found.isVisible() and found.objectName().startswith("skyfri_"):
            assert found.width() >= found.minimumSizeHint().width() - 2, found.objectName()
            assert found.mapToGlobal(found.rect().topRight()).x() <= edge, found.objectName()
    assert widget(trying, QSlider, "cloud_slider").width() > 80


def test_the_scene_stays_in_sight_where_the_sliders_need_its_room(opened, iface):
    write_prediction(opened.session.workspace, opened.session.scenes[-1])
    opened.session.go_to_scene(opened.session.scenes[-1].id)
    view = opened.table.view
    iface.window.resize(1100, 520)
    wait(lambda: iface.window.height() <= 560)
    opened.actions_by_name["thresholds"].trigger()
    click(opened.findChild(object, "skyfri_finer"))
    wait(lambda: view.verticalScrollBar().maximum() > 0)
    assert view.viewport().rect().intersects(view.visualRect(view.currentIndex()))


def test_sliders_begin_and_reset_with_the_models_own_thresholds(trying):
    """The scene's probabilities are predicted anew by a model whose card states thresholds."""
    own = Thresholds(0.55, 0.45, 0.35, 0.25)
    write_prediction(trying.session.workspace, trying.session.scene, **own.tags)
    press(trying, Qt.Key.Key_T, ALT)
    after_drawing(trying, lambda: press(trying, Qt.Key.Key_T, ALT))
    shown = lambda: [widget(trying, QSpinBox, f"{name}_{which}").value() for name in ("cloud", "shadow") for which in ("seed", "grow")]  # noqa: E731
    assert shown() == [55, 45, 35, 25]
    after_drawing(trying, lambda: widget(trying, QSlider, "cloud_slider").setValue(30))
    assert shown()[:2] == [40, 30]
    after_drawing(trying, lambda: click(button(trying, "reset_thresholds")))
    assert shown() == [55, 45, 35, 25]
