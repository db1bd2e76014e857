"""The commands for workspaces, scenes and dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr
from ..actions import ActionSpec, UiState, at_scene, at_scene_idle

if TYPE_CHECKING:
    from .files import Files
    from .scene_table import SceneTable
    from .session import Session


@dataclass(frozen=True)
class WorkspaceRoom:
    """What these commands work with."""

    files: Files
    """Opens and closes."""
    session: Session
    """Knows where the editor is."""
    table: SceneTable
    """Knows what is selected."""


def workspace_commands() -> tuple[ActionSpec[WorkspaceRoom], ...]:
    """Return the table."""
    return (*_file_commands(), *_scene_commands())


def _file_commands() -> tuple[ActionSpec[WorkspaceRoom], ...]:
    return (
        ActionSpec(
            name="new_workspace",
            text=tr("New workspace…"),
            tip=tr("Make a file that keeps scenes, polygons and what was reviewed."),
            icon="/mActionFileNew.svg",
            do=lambda room: room.files.new_workspace(),
        ),
        ActionSpec(
            name="open_workspace",
            text=tr("Open workspace…"),
            tip=tr("Go on where you stopped."),
            icon="/mActionFileOpen.svg",
            do=lambda room: room.files.open_workspace(),
        ),
        ActionSpec(
            name="close_workspace",
            text=tr("Close workspace"),
            tip=tr("Take its layers off the map; everything is saved in the file."),
            when=_open_idle,
            do=lambda room: room.files.close_workspace(),
        ),
        ActionSpec(
            name="add_files",
            text=tr("Add scene files…"),
            tip=tr("Zips, band stacks, netCDF or MTD_*.xml files."),
            icon="/mActionAddRasterLayer.svg",
            when=_open_idle,
            do=lambda room: room.files.choose_files(),
        ),
        ActionSpec(
            name="add_folder",
            text=tr("Add folder of scenes…"),
            tip=tr("One product's folder, or a folder with many products below it."),
            icon="/mIconFolder.svg",
            when=_open_idle,
            do=lambda room: room.files.choose_folder(),
        ),
    )


def _scene_commands() -> tuple[ActionSpec[WorkspaceRoom], ...]:
    return (
        ActionSpec(
            name="remove_scenes",
            text=tr("Remove scenes…"),
            tip=tr("Remove the selected scenes with their polygons from the workspace."),
            icon="/mActionRemove.svg",
            when=at_scene_idle,
            do=lambda room: room.files.remove_scenes(room.table.selected_ids()),
        ),
        ActionSpec(
            name="previous_date",
            text=tr("Previous date"),
            tip=tr("Show the date before this one of the same tile."),
            icon="/mActionArrowUp.svg",
            key="Alt+Up",
            when=at_scene,
            do=lambda room: room.session.step_date(-1),
        ),
        ActionSpec(
            name="next_date",
            text=tr("Next date"),
            tip=tr("Show the date after this one of the same tile."),
            icon="/mActionArrowDown.svg",
            key="Alt+Down",
            when=at_scene,
            do=lambda room: room.session.step_date(1),
        ),
    )


def _open_idle(state: UiState) -> bool:
    return state.workspace and state.idle
