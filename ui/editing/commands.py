"""The commands for going from tile to tile and for editing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr
from ..actions import ActionSpec, UiState, at_scene

if TYPE_CHECKING:
    from ..map.layers import MapLayers
    from .edit_buffer import CloudEditing
    from .tiles import Tiles


@dataclass(frozen=True)
class EditingRoom:
    """What these commands work with."""

    tiles: Tiles
    """Goes from tile to tile."""
    editing: CloudEditing
    """Edits the cloud layer."""
    layers: MapLayers
    """Keeps what new polygons are."""


def editing_commands() -> tuple[ActionSpec[EditingRoom], ...]:
    """Return the table."""
    return (*_step_commands(), *_status_commands(), *_edit_commands())


def _step_commands() -> tuple[ActionSpec[EditingRoom], ...]:
    return (
        ActionSpec(
            name="previous_tile",
            text=tr("Previous tile"),
            tip=tr("Go to the tile before this one, on the closest date."),
            icon="/mActionArrowLeft.svg",
            key="Alt+Left",
            when=at_scene,
            do=lambda room: room.tiles.step(-1),
        ),
        ActionSpec(
            name="next_tile",
            text=tr("Next tile"),
            tip=tr("Go to the tile after this one, on the closest date."),
            icon="/mActionArrowRight.svg",
            key="Alt+Right",
            when=at_scene,
            do=lambda room: room.tiles.step(1),
        ),
        ActionSpec(
            name="finish_tile",
            text=tr("Done, next tile"),
            tip=tr("Mark this tile as done and go to the next unfinished one."),
            icon="/mIconSuccess.svg",
            key="Alt+Return",
            when=at_scene,
            do=lambda room: room.tiles.finish(),
        ),
    )


def _status_commands() -> tuple[ActionSpec[EditingRoom], ...]:
    return (
        ActionSpec(
            name="todo",
            text=tr("To do"),
            tip=tr("Nobody has worked on this tile yet."),
            when=at_scene,
            checked=_has_status("todo"),
            do=lambda room: room.tiles.set_status("todo"),
        ),
        ActionSpec(
            name="work",
            text=tr("In work"),
            tip=tr("This tile is being corrected."),
            when=at_scene,
            checked=_has_status("work"),
            do=lambda room: room.tiles.set_status("work"),
        ),
        ActionSpec(
            name="done",
            text=tr("Done"),
            tip=tr("This tile is finished; its scenes count as reviewed."),
            when=at_scene,
            checked=_has_status("done"),
            do=lambda room: room.tiles.set_status("done"),
        ),
    )


def _edit_commands() -> tuple[ActionSpec[EditingRoom], ...]:
    return (
        ActionSpec(
            name="edit",
            text=tr("Edit"),
            tip=tr("Correct the clouds of this scene with QGIS's own drawing tools."),
            icon="/mActionToggleEditing.svg",
            key="Alt+Insert",
            when=at_scene,
            checked=_is_editing,
            do=lambda room: room.tiles.edit(not room.editing.is_active),
        ),
        ActionSpec(
            name="save",
            text=tr("Save"),
            tip=tr("Save the edits and go on editing."),
            icon="/mActionSaveEdits.svg",
            key="Alt+Shift+S",
            when=lambda state: state.unsaved,
            do=lambda room: room.tiles.save(),
        ),
        ActionSpec(
            name="draw_cloud",
            text=tr("Cloud"),
            tip=tr("New polygons are clouds."),
            key="1",
            when=_is_editing,
            checked=_draws("cloud"),
            do=lambda room: room.layers.set_drawn_class("cloud"),
        ),
        ActionSpec(
            name="draw_shadow",
            text=tr("Shadow"),
            tip=tr("New polygons are shadows."),
            key="2",
            when=_is_editing,
            checked=_draws("shadow"),
            do=lambda room: room.layers.set_drawn_class("shadow"),
        ),
    )


def _is_editing(state: UiState) -> bool:
    return state.editing


def _has_status(status: str) -> Callable[[UiState], bool]:
    return lambda state: state.tile_status == status


def _draws(name: str) -> Callable[[UiState], bool]:
    return lambda state: state.drawn_class == name
