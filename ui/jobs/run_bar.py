"""The line at the foot of the dock that shows what is running, and stops it."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from ...plugin.processing.translation import tr


class RunBar(QWidget):
    """Title, what is being done, progress, and a button to cancel; hidden while nothing runs."""

    cancelled = pyqtSignal()
    """The user wants to stop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._doing = QLabel()
        self._doing.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._doing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._doing.setEnabled(False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._cancel = QToolButton()
        self._cancel.setObjectName("skyfri_cancel")
        self._cancel.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self._cancel.setIconSize(QSize(16, 16))
        self._cancel.setAutoRaise(True)
        self._cancel.setToolTip(tr("Cancel"))
        self._cancel.clicked.connect(self._on_cancel)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        layout.addWidget(self._title, 0, 0)
        layout.addWidget(self._doing, 0, 1)
        layout.addWidget(self._cancel, 0, 2, 2, 1)
        layout.addWidget(self._bar, 1, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        self.hide()

    def begin(self, title: str) -> None:
        """Show that something runs."""
        self._title.setText(title)
        self._doing.clear()
        self._bar.setRange(0, 0)
        self._cancel.setEnabled(True)
        self.show()

    def progress(self, percent: float) -> None:
        """Show how much is done."""
        if percent > 0:
            self._bar.setRange(0, 100)
            self._bar.setValue(int(percent))

    def say(self, text: str) -> None:
        """Show what is being done."""
        self._doing.setText(text)
        self._doing.setToolTip(text)

    def end(self) -> None:
        """Hide again."""
        self.hide()

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.say(tr("Cancelling…"))
        self.cancelled.emit()
