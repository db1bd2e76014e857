"""The choice of a cloud model and of what it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsProcessingParameterDefinition

from ..inputs.values import Values
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .kinds import advanced, text

if TYPE_CHECKING:
    from ...core.clouds.network.model import Model
    from ...core.scenes import Scene

PROVIDERS = "PROVIDERS"


def model_parameters() -> list[QgsProcessingParameterDefinition]:
    """Return the parameters MODEL and PROVIDERS."""
    return [
        text(
            "MODEL",
            tr("Model (empty: the one that suits the scene)"),
            note=tr("Identifier of a model card (skyfri:environment lists them), or the path of a card (.json) or of a model (.onnx)."),
        ),
        advanced(
            text(
                PROVIDERS,
                tr("Execution providers, in order of preference"),
                "cpu",
                note=tr(
                    "cpu, cuda, openvino, directml or coreml; an accelerator is trusted only after a window agrees with the processor."
                ),
            )
        ),
    ]


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
    return values.texts(PROVIDERS) or ("cpu",)


def threads_to_use() -> int | None:
    """Return the number of threads for a model: all but one where a person waits at a window, else all (None)."""
    from qgis.utils import iface  # set by QGIS desktop, after this module was loaded

    from ...core.base.parallel import worker_count

    return None if iface is None else max(1, worker_count() - 1)
