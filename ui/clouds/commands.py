"""The commands for guidelines and their thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr
from ..actions import ActionSpec, UiState, at_scene, at_scene_idle

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry
    from ..workspace.scene_table import SceneTable
    from ..workspace.session import Session
    from .draw import Guidelines
    from .threshold_bar import ThresholdBar
    from .thresholding import Thresholding


@dataclass(frozen=True)
class CloudRoom:
    """What these commands work with."""

    guidelines: Guidelines
    """Runs the model."""
    thresholding: Thresholding
    """Tries thresholds."""
    bar: ThresholdBar
    """Its sliders."""
    session: Session
    """Knows where the editor is."""
    table: SceneTable
    """Knows what is selected."""

    def scene(self) -> list[SceneEntry]:
        """Return the scene on the map."""
        return [self.session.scene] if self.session.scene else []

    def without_polygons(self) -> list[SceneEntry]:
        """Return the scenes that have none yet."""
        return [entry for entry in self.session.scenes if entry.status == "new"]


def cloud_commands() -> tuple[ActionSpec[CloudRoom], ...]:
    """Return the table."""
    return (*_guideline_commands(), *_slider_commands(), *_applying_commands())


def _guideline_commands() -> tuple[ActionSpec[CloudRoom], ...]:
    return (
        ActionSpec(
            name="guidelines",
            text=tr("Guidelines"),
            tip=tr("Let the model draw clouds and shadows in the selected scenes."),
            icon="/mActionStart.svg",
            key="Alt+G",
            when=at_scene_idle,
            do=lambda room: room.guidelines.draw(room.table.selected()),
        ),
        ActionSpec(
            name="guidelines_tile",
            text=tr("Guidelines for this tile"),
            tip=tr("All dates of the tile."),
            when=at_scene_idle,
            do=lambda room: room.guidelines.draw(room.session.scenes_of_tile()),
        ),
        ActionSpec(
            name="guidelines_missing",
            text=tr("Guidelines where there are none yet"),
            tip=tr("All scenes without polygons."),
            when=at_scene_idle,
            do=lambda room: room.guidelines.draw(room.without_polygons()),
        ),
        ActionSpec(
            name="guidelines_options",
            text=tr("Guidelines with options…"),
            tip=tr("Choose model, thresholds and sizes."),
            icon="/processingAlgorithm.svg",
            when=at_scene_idle,
            do=lambda room: room.guidelines.open_dialog(room.table.selected()),
        ),
        ActionSpec(
            name="predict_first",
            text=tr("Predict first"),
            tip=tr("Run the model on this scene and keep its probabilities."),
            icon="/mActionStart.svg",
            when=at_scene_idle,
            do=lambda room: room.guidelines.draw(room.scene()),
        ),
    )


def _slider_commands() -> tuple[ActionSpec[CloudRoom], ...]:
    return (
        ActionSpec(
            name="thresholds",
            text=tr("Thresholds"),
            tip=tr("Move the thresholds of this scene and see the outlines at once; nothing is written until you apply them."),
            icon="/mActionLocalHistogramStretch.svg",
            key="Alt+T",
            when=at_scene,
            checked=lambda state: state.trying,
            do=lambda room: room.thresholding.set_active(not room.thresholding.is_active),
        ),
        ActionSpec(
            name="lower_cloud",
            text=tr("Lower the cloud threshold"),
            tip=tr("More becomes cloud."),
            key=",",
            when=_answering,
            do=lambda room: room.bar.nudge("cloud", -1),
        ),
        ActionSpec(
            name="raise_cloud",
            text=tr("Raise the cloud threshold"),
            tip=tr("Less becomes cloud."),
            key=".",
            when=_answering,
            do=lambda room: room.bar.nudge("cloud", 1),
        ),
        ActionSpec(
            name="lower_shadow",
            text=tr("Lower the shadow threshold"),
            tip=tr("More becomes shadow."),
            key="Alt+,",
            when=_answering,
            do=lambda room: room.bar.nudge("shadow", -1),
        ),
        ActionSpec(
            name="raise_shadow",
            text=tr("Raise the shadow threshold"),
            tip=tr("Less becomes shadow."),
            key="Alt+.",
            when=_answering,
            do=lambda room: room.bar.nudge("shadow", 1),
        ),
    )


def _applying_commands() -> tuple[ActionSpec[CloudRoom], ...]:
    return (
        ActionSpec(
            name="reset_thresholds",
            text=tr("Reset"),
            tip=tr("Go back to the usual thresholds."),
            icon="/mActionUndo.svg",
            when=_answering,
            do=lambda room: room.thresholding.reset(),
        ),
        ActionSpec(
            name="apply_thresholds",
            text=tr("Apply"),
            tip=tr("Draw the guideline of this scene with these thresholds (Enter)."),
            icon="/mActionStart.svg",
            when=_applicable,
            do=lambda room: room.thresholding.apply(),
        ),
        ActionSpec(
            name="apply_thresholds_pass",
            text=tr("Apply to the whole pass"),
            tip=tr("This scene and those of the neighbouring tiles taken in the same pass, so that their outlines meet."),
            when=_applicable,
            do=lambda room: room.thresholding.apply([*room.scene(), *room.session.pass_of_scene()]),
        ),
        ActionSpec(
            name="discard_thresholds",
            text=tr("Discard"),
            tip=tr("Take the outlines off the map; nothing changes (Escape)."),
            icon="/mTaskCancel.svg",
            when=_answering,
            do=lambda room: room.thresholding.set_active(False),
        ),
    )


def _answering(state: UiState) -> bool:
    return state.trying and state.probabilities


def _applicable(state: UiState) -> bool:
    return _answering(state) and state.idle
