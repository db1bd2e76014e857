"""How scenes are picked in the dialogs of the Toolbox: files and folders alike, for a SAFE product is a folder.

Loaded by name when a dialog needs it (see `parameters.scene_input`), never headless.
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.gui import QgsGui, QgsProcessingGui
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..translation import tr


class _SceneEdit(QLineEdit):
    """A line that takes a dropped file or folder."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the first path."""
        self.setText(event.mimeData().urls()[0].toLocalFile())


class _SceneList(QListWidget):
    """A list in order of priority: files and folders are dropped onto it, and dragged to another place in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    def add(self, paths: list[str]) -> None:
        """Add paths that are not there yet."""
        known = set(self.paths())
        for path in dict.fromkeys(paths):
            if path and path not in known:
                self.addItem(QListWidgetItem(path))

    def paths(self) -> list[str]:
        """Return the paths in order."""
        return [self.item(row).text() for row in range(self.count())]

    def remove_selected(self) -> None:
        """Remove what is selected."""
        for item in self.selectedItems():
            self.takeItem(self.row(item))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files besides the list's own entries."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Do the same while it moves."""
        self.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what comes from outside, move what is the list's own."""
        if event.mimeData().hasUrls():
            self.add([url.toLocalFile() for url in event.mimeData().urls()])
            event.acceptProposedAction()
        else:
            super().dropEvent(event)


def _buttons(widget: QWidget, *others: QPushButton, add: Any) -> QHBoxLayout:
    """Return buttons that ask for files or a folder and hand the paths to ``add``."""
    files, folder = QPushButton(tr("Files…")), QPushButton(tr("Folder…"))
    files.clicked.connect(lambda: add(QFileDialog.getOpenFileNames(widget, tr("Scenes: zip, MTD*.xml, GeoTIFF"))[0]))
    folder.clicked.connect(lambda: add([QFileDialog.getExistingDirectory(widget, tr("Folder of a scene, or of scenes"))]))
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for button in (files, folder, *others):
        row.addWidget(button)
    row.addStretch()
    return row


class _OneScene(WidgetWrapper):
    """A line with a path and buttons for a file or a folder."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._edit = _SceneEdit()
        self._edit.setAcceptDrops(True)
        self._edit.textChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        layout = _buttons(box, add=lambda paths: self._edit.setText(paths[0]) if paths and paths[0] else None)
        layout.insertWidget(0, self._edit, 1)
        box.setLayout(layout)
        return box

    def setValue(self, value: object) -> None:
        """Show a path."""
        self._edit.setText(str(value or ""))

    def value(self) -> str:
        """Return the path."""
        return self._edit.text().strip()


class _ManyScenes(WidgetWrapper):
    """A list of paths and buttons to add files or a folder, and to remove."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._list = _SceneList()
        remove = QPushButton(tr("Remove"))
        remove.clicked.connect(self._list.remove_selected)
        for signal in (self._list.model().rowsInserted, self._list.model().rowsRemoved, self._list.model().rowsMoved):
            signal.connect(lambda *_: self.widgetValueHasChanged.emit(self))
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        layout.addLayout(_buttons(box, remove, add=self._list.add))
        return box

    def setValue(self, value: object) -> None:
        """Show paths: a list, or a text with semicolons."""
        self._list.clear()
        paths = value if isinstance(value, (list, tuple)) else str(value or "").split(";")
        self._list.add([str(path).strip() for path in paths])

    def value(self) -> list[str]:
        """Return the paths in order."""
        return self._list.paths()


class ScenePicker:
    """What `WidgetWrapperFactory` calls: our widgets in a tool's dialog, QGIS's own in models and batches."""

    many = False

    def __new__(cls, parameter: Any, dialog: Any, row: int = 0, col: int = 0) -> Any:
        """Return the wrapper that suits the dialog."""
        kind = type(dialog).__name__
        registry = QgsGui.processingGuiRegistry()
        if kind == "ModelerParametersDialog":
            wrapper = registry.createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        elif kind == "BatchAlgorithmDialog":
            wrapper = registry.createParameterWidgetWrapper(parameter, QgsProcessingGui.WidgetType.Batch)
        else:
            return (_ManyScenes if cls.many else _OneScene)(parameter, dialog, row, col)
        wrapper.setDialog(dialog)
        return wrapper


class SceneListPicker(ScenePicker):
    """The same for many scenes."""

    many = True
