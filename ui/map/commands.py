"""The commands for what is seen on the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr
from ..actions import ActionSpec, UiState, at_scene

if TYPE_CHECKING:
    from .layers import MapLayers
    from .scene_view import SceneView


@dataclass(frozen=True)
class MapRoom:
    """What these commands work with."""

    view: SceneView
    """Zooms."""
    layers: MapLayers
    """Shows and hides."""


def map_commands() -> tuple[ActionSpec[MapRoom], ...]:
    """Return the table."""
    return (
        ActionSpec(
            name="zoom_to_tile",
            text=tr("Zoom to tile"),
            tip=tr("Show the whole tile."),
            icon="/mActionZoomToLayer.svg",
            key="Alt+Home",
            when=at_scene,
            do=lambda room: room.view.zoom_to_tile(),
        ),
        ActionSpec(
            name="guideline_visible",
            text=tr("Show guidelines"),
            tip=tr("Show or hide the model's polygons."),
            icon="/mActionShowAllLayers.svg",
            key="G",
            when=at_scene,
            checked=_shown("guideline"),
            do=lambda room: room.layers.set_visible("guideline", "guideline" in room.layers.hidden),
        ),
        ActionSpec(
            name="clouds_visible",
            text=tr("Show clouds"),
            tip=tr("Show or hide the editor's polygons."),
            icon="/mActionShowAllLayers.svg",
            key="Shift+G",
            when=at_scene,
            checked=_shown("cloud"),
            do=lambda room: room.layers.set_visible("cloud", "cloud" in room.layers.hidden),
        ),
    )


def _shown(role: str) -> Callable[[UiState], bool]:
    return lambda state: role not in state.hidden
