"""`skyfri:predict`: a scene to the probabilities of a cloud model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingOutputString

from ..inputs.opening import open_single
from ..inputs.values import Values
from ..parameters.kinds import advanced, number, raster_output, scene_input
from ..parameters.models import model_parameters, open_chosen_model
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

    def declare(self) -> None:
        """Add the parameters and outputs."""
        self.addParameter(scene_input())
        for parameter in model_parameters():
            self.addParameter(parameter)
        self.addParameter(number("RESOLUTION", tr("Pixel size in metres (empty: what the model was trained at)"), None, 0.1))
        self.addParameter(raster_output("OUTPUT", tr("Probabilities")))
        reflectance = raster_output("REFLECTANCE", tr("Reflectance kept for the shadows"), optional=True, wanted=False)
        self.addParameter(advanced(reflectance))
        self.addOutput(QgsProcessingOutputString("SCENE_ID", tr("Scene")))
        self.addOutput(QgsProcessingOutputString("MODEL_ID", tr("Model")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Open scene and model and predict."""
        from ...core.clouds.prediction.predict import predict

        scene = open_single(values.source("INPUT"))
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
