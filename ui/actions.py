"""Commands as rows of a table, and the actions made of them, found where people change keyboard shortcuts (search: Skyfri)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from qgis.core import QgsApplication
from qgis.gui import QgsGui
from qgis.PyQt.QtGui import QIcon, QKeySequence
from qgis.PyQt.QtWidgets import QAction, QWidget

Room = TypeVar("Room")

SECTION = "Skyfri"
"""Section of our shortcuts in QGIS's settings, and the word before each of them in its list."""


@dataclass(frozen=True)
class UiState:
    """What decides which commands can be used now, and which are switched on."""

    workspace: bool = False
    """A workspace is open."""
    scene: bool = False
    """The editor is at a scene."""
    idle: bool = True
    """No long job runs."""
    editing: bool = False
    """The cloud layer is being edited."""
    unsaved: bool = False
    """There are edits that are not in the workspace."""
    trying: bool = False
    """Thresholds are being tried."""
    probabilities: bool = False
    """Those of the scene are kept, so that thresholds answer."""
    mosaic: bool | None = None
    """A mosaic covers the scenes; None where there is no mosaic."""
    tile_status: str = ""
    """Status of the tile the editor is at: todo, work or done; empty where there is none."""
    drawn_class: str = "cloud"
    """Class of new polygons."""
    hidden: frozenset[str] = frozenset()
    """Roles of the polygon layers that are hidden: cloud, guideline."""


def always(_state: UiState) -> bool:
    """Return True: such a command can be used at any time."""
    return True


def at_scene(state: UiState) -> bool:
    """Return True where the editor is at a scene."""
    return state.scene


def at_scene_idle(state: UiState) -> bool:
    """Return True where the editor is at a scene and a job may begin."""
    return state.scene and state.idle


@dataclass(frozen=True, kw_only=True)
class ActionSpec(Generic[Room]):
    """One command: a row of the table of its room. What more a kind of command needs, a kind of row adds."""

    name: str
    """Unique, such as ``next_tile``; the object's name is ``skyfri_next_tile``."""
    text: str
    """What people read on a button or in a menu."""
    tip: str
    """One sentence below it in the tool tip."""
    do: Callable[[Room], object]
    """What is done when it is chosen, with what the room holds."""
    icon: str = ""
    """Name of one of QGIS's own icons."""
    key: str = ""
    """The key at first. QGIS's own bare letters (S, T, R) are left alone; ours do nothing while a text is typed."""
    when: Callable[[UiState], bool] = always
    """True where it can be used."""
    checked: Callable[[UiState], bool] | None = None
    """Where it is a switch: True while it is on."""

    @property
    def checkable(self) -> bool:
        """True for a switch."""
        return self.checked is not None


class Actions:
    """Makes the actions of tables and undoes exactly that; each is found by its name, such as ``next_tile``."""

    def __init__(self, window: QWidget, specs: Sequence[ActionSpec]) -> None:
        self._window = window
        self._specs = {spec.name: spec for spec in specs}
        self._actions = {spec.name: self._make(spec) for spec in specs}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def connect(self, specs: Sequence[ActionSpec[Room]], room: Room, after: Callable[[], object]) -> None:
        """Let the actions of a table do their work with what their room holds, and call ``after`` each time."""
        for spec in specs:
            self._actions[spec.name].triggered.connect(lambda _checked=False, do=spec.do: (do(room), after()))

    def show(self, state: UiState) -> None:
        """Enable what can be used, and check what is on."""
        for name, spec in self._specs.items():
            self._actions[name].setEnabled(spec.when(state))
            if spec.checked is not None:
                self._actions[name].setChecked(spec.checked(state))

    def teardown(self) -> None:
        """Give the shortcuts back and remove the actions."""
        for action in self._actions.values():
            QgsGui.shortcutsManager().unregisterAction(action)
            self._window.removeAction(action)
            action.deleteLater()
        self._actions.clear()
        self._specs.clear()

    def _make(self, spec: ActionSpec) -> QAction:
        icon = QgsApplication.getThemeIcon(spec.icon) if spec.icon else QIcon()
        action = QAction(icon, f"{SECTION}: {spec.text}", self._window)  # so the list of shortcuts tells whose it is
        action.setIconText(spec.text)  # what buttons show
        action.setObjectName(f"skyfri_{spec.name}")
        action.setCheckable(spec.checkable)
        self._window.addAction(action)  # so that keys work wherever in the window the editor is
        QgsGui.shortcutsManager().registerAction(action, spec.key, SECTION)
        action.setToolTip(_tool_tip(spec, action.shortcut()))
        action.changed.connect(lambda: _refresh_tip(action, spec))
        return action


def _refresh_tip(action: QAction, spec: ActionSpec) -> None:
    wanted = _tool_tip(spec, action.shortcut())
    if action.toolTip() != wanted:
        action.setToolTip(wanted)


def _tool_tip(spec: ActionSpec, key: QKeySequence) -> str:
    title = spec.text.replace("…", "").replace("&", "")
    shown = key.toString(QKeySequence.SequenceFormat.NativeText)
    return f"<b>{title}</b>{f' ({shown})' if shown else ''}<br>{spec.tip}"
