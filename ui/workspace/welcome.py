"""What the dock shows while no workspace is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from qgis.PyQt.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ...plugin.processing.algorithms.base import ICON
from ...plugin.processing.translation import tr
from ..widgets.dropped import paths_of

if TYPE_CHECKING:
    from ..actions import Actions

_ICON_PX = 48


class Welcome(QWidget):
    """Says what a workspace is, and offers to make or open one."""

    dropped = pyqtSignal(list)
    """Paths that were dropped."""
    recent_chosen = pyqtSignal(str)
    """The person wants the last workspace again."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        picture = QLabel()
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(QPixmap(str(ICON)).scaledToHeight(_ICON_PX, Qt.TransformationMode.SmoothTransformation))
        text = QLabel(tr("A workspace is one file that keeps the scenes, the cloud polygons and what you have reviewed."))
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = QLabel(tr("Scenes or a workspace can also be dropped here."))
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setEnabled(False)
        self._recent = QPushButton()
        self._recent.setObjectName("skyfri_recent")
        self._recent.clicked.connect(lambda: self.recent_chosen.emit(self._recent.toolTip()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addStretch(1)
        for widget in (picture, text):
            layout.addWidget(widget)
        layout.addSpacing(8)
        for name in ("new_workspace", "open_workspace"):
            button = QPushButton(actions[name].icon(), actions[name].iconText())
            button.setObjectName(f"skyfri_{name}_button")
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
            layout.addWidget(button)
        layout.addWidget(self._recent)
        layout.addSpacing(8)
        layout.addWidget(hint)
        layout.addStretch(2)
        self.set_recent("")

    def set_recent(self, path: str) -> None:
        """Offer the last workspace; empty offers none."""
        self._recent.setVisible(bool(path))
        self._recent.setText(tr("Continue with {name}").format(name=path.replace("\\", "/").rsplit("/", 1)[-1]))
        self._recent.setToolTip(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders."""
        if paths_of(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take files and folders."""
        event.acceptProposedAction()
        self.dropped.emit(paths_of(event))
