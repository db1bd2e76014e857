"""What an editor's hands do, and waiting for what follows."""

import time

from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QToolButton


def wait(condition, seconds=30.0):
    """Let Qt work until something is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents()
        time.sleep(0.005)


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
