"""The choice of a cloud model and of what it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingParameterDefinition

from ..inputs.values import Values
from ..run.desktop import is_desktop
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .kinds import Number, Text, Words
from .table import Param, Rows

if TYPE_CHECKING:
    from ...core.clouds.network.model import Model
    from ...core.scenes import Scene

PROCESSOR = "cpu"
"""The execution provider that is always there."""


class ModelName(Text):
    """The identifier of a model card, or the path of a card or network; dialogs list the cards."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        parameter = super().declare(name, label, default)
        parameter.setMetadata({"widget_wrapper": {"class": f"{__package__}.pickers.ModelPicker"}})
        return parameter


def model_rows(*, model: str = "", providers: str = "") -> Rows:
    """Return MODEL and PROVIDERS, which fill the fields of options that are named."""
    title = tr("Model (empty: the one that suits the scene)")
    note = tr("Identifier of a model card (skyfri:environment lists them), or the path of a card (.json) or of a model (.onnx).")
    return Param("MODEL", ModelName(), title, note, model), providers_row(fills=providers)


def providers_row(*, fills: str = "") -> Param[tuple[str, ...]]:
    """Return PROVIDERS, which fills the field of options that is named."""
    return Param(
        "PROVIDERS",
        Words(if_empty=(PROCESSOR,)),
        tr("Execution providers, in order of preference"),
        tr("cpu, cuda, openvino, directml or coreml; an accelerator is trusted only after a window agrees with the processor."),
        fills,
        default=PROCESSOR,
        advanced=True,
    )


def resolution_row(*, fills: str = "") -> Param[float | None]:
    """Return RESOLUTION of a prediction, which fills the field of options that is named."""
    return Param(
        "RESOLUTION",
        Number(0.1),
        tr("Pixel size in metres (empty: what the model was trained at)"),
        tr("Larger pixels take less time and miss small clouds; models are at their best at the pixel size they were trained at."),
        fills,
    )


def open_chosen_model(values: Values, scene: Scene, progress: FeedbackProgress) -> Model:
    """Open the model that the parameters name, or the one that suits the scene."""
    from ...core.clouds.network.cards import card_of, choose_card
    from ...core.clouds.network.model import open_model

    name = values.text("MODEL")
    card = card_of(name) if name else choose_card(scene, progress=progress)
    progress.say(tr("Model: {title} ({identifier})").format(title=card.title, identifier=card.id))
    return open_model(card, providers=chosen_providers(values), threads=threads_to_use(), progress=progress)


def chosen_providers(values: Values) -> tuple[str, ...]:
    """Return the execution providers in order of preference."""
    return providers_row().read(values)


def threads_to_use() -> int | None:
    """Return the number of threads for a model: all but one where a person waits at a window, else all (None)."""
    from ...core.base.parallel import worker_count

    return max(1, worker_count() - 1) if is_desktop() else None
