"""What an editor's hands do, and waiting for what follows."""

import time

from qgis.core import QgsGeometry, QgsRectangle, QgsVectorLayerUtils
from qgis.PyQt.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QStyle, QStyleOptionSlider, QToolButton


def wait(condition, seconds=30.0):
    """Let Qt work until something is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents()
        time.sleep(0.005)


def rest(dock, seconds=30.0):
    """Let Qt work until no job runs and all is read and written."""
    wait(lambda: not dock.runner.is_running and dock.session.is_idle, seconds)


def press(dock, key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key in the window, as an editor does whose eyes are on the map."""
    window = dock.parent()
    QApplication.setActiveWindow(window)
    window.centralWidget().setFocus()
    QTest.keyClick(window, key, modifier)
    QApplication.processEvents()


def button(dock, action_name):
    """Return the visible button of an action."""
    action = dock.actions_by_name[action_name]
    return next(found for found in dock.findChildren(QToolButton) if found.defaultAction() is action and found.isVisible())


def click(widget):
    """Click a widget in its middle."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def grip(slider):
    """Return the middle of a slider's handle."""
    option = QStyleOptionSlider()
    option.initFrom(slider)
    option.orientation, option.minimum, option.maximum = slider.orientation(), slider.minimum(), slider.maximum()
    option.sliderPosition = option.sliderValue = slider.value()
    control = QStyle.ComplexControl.CC_Slider
    return slider.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, slider).center()


def move_held(widget, place):
    """Move the mouse over a widget, its left button held down; QTest moves it with no button."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    where = [QPointF(place), QPointF(widget.mapToGlobal(place))]
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, *where, none, left, Qt.KeyboardModifier.NoModifier))
    QApplication.processEvents()


def drop(widget, *paths):
    """Drag files over a widget and let them go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, none = QPointF(20, 20), Qt.MouseButton.NoButton
    keys, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    entered = QDragEnterEvent(place.toPoint(), copy, data, none, keys)
    QApplication.sendEvent(widget, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(place, copy, data, none, keys))


def draw(dock, size_m=5000.0):
    """Add a polygon as the digitising tools do."""
    layer = dock.layers.polygons("cloud")
    west, south, _, _ = dock.session.tile.outline.bounds
    square = QgsGeometry.fromRect(QgsRectangle(west + 100, south + 100, west + 100 + size_m, south + 100 + size_m))
    feature = QgsVectorLayerUtils.createFeature(layer, square, {}, layer.createExpressionContext())
    assert layer.addFeature(feature)
    return feature
