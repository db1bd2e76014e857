"""The parts that scenes are picked with: a line, a list in order, and buttons for files and folders."""

from __future__ import annotations

from collections.abc import Callable

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
    QWidget,
)

from ..translation import tr


class SceneEdit(QLineEdit):
    """A line that takes a dropped file or folder."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the first path."""
        self.setText(event.mimeData().urls()[0].toLocalFile())


class SceneList(QListWidget):
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


def scene_buttons(widget: QWidget, *others: QPushButton, add: Callable[[list[str]], None]) -> QHBoxLayout:
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
