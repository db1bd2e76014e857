"""Numbers, sentences and what folds away, as several bars show them."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QLabel, QSpinBox, QToolButton, QWidget


def percent_box(name: str, least: int = 0, most: int = 100) -> QSpinBox:
    """Return a box for a whole percentage."""
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(least, most)
    box.setSuffix(" %")
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box


def wrapped_label(name: str) -> QLabel:
    """Return an empty label for sentences."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def fold_button(name: str, text: str, folded: QWidget) -> QToolButton:
    """Return a button with an arrow that shows a widget and hides it again; at first it is hidden."""
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setArrowType(Qt.ArrowType.RightArrow)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def unfold(unfolded: bool) -> None:
        folded.setVisible(unfolded)
        button.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)

    button.toggled.connect(unfold)
    folded.hide()
    return button
