"""`skyfri:predict`: a scene to the probabilities of a cloud model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..inputs.open_inputs import open_one_scene
from ..inputs.values import Values
from ..parameters.files import RasterTarget
from ..parameters.models import model_rows, open_chosen_model, resolution_row
from ..parameters.scenes import scene_row
from ..parameters.table import ExtraOutput, Param, Rows
from ..run.dependencies import PREDICTION
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Predict(SkyfriAlgorithm):
    """Run a cloud model over a scene."""

    ID = "predict"
    GROUP = "clouds"
    TAGS = ("cloud", "shadow", "mask", "onnx", "deep learning", "inference", "probability")
    NEEDS = PREDICTION

    def title(self) -> str:
        """Return the name people read."""
        return tr("Predict clouds")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Runs an ONNX model over a scene, window by window with blended overlaps. The result has a band per class, 0 to 250 for a "
            "probability of 0 to 1, and 255 where there is no data. Memory does not depend on the size of the scene."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            scene_row(),
            *model_rows(),
            resolution_row(),
            Param(
                "OUTPUT", RasterTarget(), tr("Probabilities"), tr("A GeoTIFF with a band per class, 0 to 250 for 0 to 1, 255 for no data.")
            ),
            Param(
                "REFLECTANCE",
                RasterTarget(optional=True, wanted=False),
                tr("Reflectance kept for the shadows"),
                tr("The bands that skyfri:threshold judges shadows by; not written for a model that is not given those bands."),
                advanced=True,
            ),
        )

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("SCENE_ID", tr("Scene")), ExtraOutput("MODEL_ID", tr("Model")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Open scene and model and predict."""
        from ...core.clouds.prediction.predict import predict

        scene = open_one_scene(values.source("INPUT"), progress)
        output = values.output("OUTPUT")
        model = open_chosen_model(values, scene, progress)
        reflectance = values.optional_output("REFLECTANCE")
        predict(
            scene,
            model,
            output,
            pixel_m=values.optional_number("RESOLUTION"),
            reflectance_path=reflectance or None,
            progress=progress,
        )
        kept = {"REFLECTANCE": reflectance} if reflectance and Path(reflectance).is_file() else {}  # not every model is given those bands
        return {"OUTPUT": output, "SCENE_ID": scene.id, "MODEL_ID": model.card.id, **kept}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud probability {scene}").format(scene=results["SCENE_ID"]), "probability")}
