"""Bars of tools, menus and headings."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QAction, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from ..actions import Actions
from .menus import menu_of


def tool(action: QAction, *, both: bool = False, icon_px: int = 18) -> QToolButton:
    """Return a flat button of an action, showing its icon, or icon and text."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setIconSize(QSize(icon_px, icon_px))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if both else Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


def row_of(widgets: Sequence[QWidget]) -> QHBoxLayout:
    """Return widgets side by side without margins."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for widget in widgets:
        row.addWidget(widget)
    return row


def with_menu(actions: Actions, name: str, others: tuple[str, ...]) -> QToolButton:
    """Return a wide button of an action, with related actions in its menu."""
    button = QToolButton()
    button.setObjectName(f"skyfri_{name}_button")
    button.setDefaultAction(actions[name])
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    button.setMenu(menu_of(actions, others, button))
    return button


def heading(text: str) -> QWidget:
    """Return a quiet title with a line beside it."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    widget = QWidget()
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 2, 0, 0)
    layout.addWidget(label)
    layout.addWidget(line, 1)
    return widget


def menu_button(actions: Actions, icon_of: str, names: tuple[str, ...]) -> QToolButton:
    """Return a flat button that opens a menu of actions."""
    button = tool(actions[icon_of])
    button.setMenu(menu_of(actions, names, button))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    return button
