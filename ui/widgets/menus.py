"""Menus of commands: they show the short text, while the list of shortcuts tells whose each is."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QMenu, QWidget

from ..actions import Actions


def menu_of(actions: Actions, names: Sequence[str], parent: QWidget) -> QMenu:
    """Return a menu of actions by name; an empty name is a line between them."""
    menu = QMenu(parent)
    shown: list[tuple[QAction, QAction]] = []
    for name in names:
        if name:
            entry = menu.addAction(actions[name].iconText())
            entry.triggered.connect(actions[name].trigger)
            shown.append((entry, actions[name]))
        else:
            menu.addSeparator()
    menu.aboutToShow.connect(lambda: _bring_up_to_date(shown))
    _bring_up_to_date(shown)
    return menu


def _bring_up_to_date(shown: Sequence[tuple[QAction, QAction]]) -> None:
    for entry, action in shown:
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        entry.setText(f"{action.iconText()}\t{key}" if key else action.iconText())  # the key itself stays the action's
        entry.setIcon(action.icon())
        entry.setEnabled(action.isEnabled())
        entry.setCheckable(action.isCheckable())
        entry.setChecked(action.isChecked())
