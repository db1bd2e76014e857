"""The commands for the mosaic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr
from ..actions import ActionSpec, at_scene_idle

if TYPE_CHECKING:
    from ..map.layers import MapLayers
    from ..workspace.scene_table import SceneTable
    from .make import Mosaic


@dataclass(frozen=True)
class MosaicRoom:
    """What these commands work with."""

    mosaic: Mosaic
    """Makes it."""
    layers: MapLayers
    """Shows it."""
    table: SceneTable
    """Knows which scenes are listed."""


def mosaic_commands() -> tuple[ActionSpec[MosaicRoom], ...]:
    """Return the table."""
    return (
        ActionSpec(
            name="mosaic",
            text=tr("Mosaic…"),
            tip=tr("Make a cloud-free mosaic of the listed scenes, the least cloudy first."),
            icon="/mActionPlay.svg",
            when=at_scene_idle,
            do=lambda room: room.mosaic.make(room.table.listed()),
        ),
        ActionSpec(
            name="mosaic_options",
            text=tr("Mosaic with options…"),
            tip=tr("Choose order, extent, balance, seams and outputs."),
            icon="/processingAlgorithm.svg",
            when=at_scene_idle,
            do=lambda room: room.mosaic.open_dialog(room.table.listed()),
        ),
        ActionSpec(
            name="mosaic_visible",
            text=tr("Show mosaic"),
            tip=tr("Flip between the mosaic and the scenes."),
            icon="/mActionShowAllLayers.svg",
            key="M",
            when=lambda state: state.mosaic is not None,
            checked=lambda state: bool(state.mosaic),
            do=lambda room: room.layers.show_mosaic(not room.layers.mosaic_is_shown),
        ),
    )
