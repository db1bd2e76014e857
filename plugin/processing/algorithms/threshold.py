"""`skyfri:threshold`: probabilities to classes."""

from __future__ import annotations

from typing import Any

from ..inputs.values import Values
from ..parameters.kinds import advanced, raster_input, raster_output
from ..parameters.thresholds import classify_options, classify_parameters
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Threshold(SkyfriAlgorithm):
    """Classify a prediction into clear, cloud and shadow."""

    ID = "threshold"
    GROUP = "clouds"
    TAGS = ("cloud", "shadow", "mask", "classify", "hysteresis", "minimum mapping unit")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Threshold cloud probabilities")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Turns probabilities into classes: 0 clear, 1 cloud, 2 shadow, 255 nodata. A cloud needs a pixel above the seed threshold and "
            "reaches as far as the grow threshold; patches and holes below the smallest area are removed. With the "
            "reflectance that the prediction kept, water is told from shadow and shadows that the model missed are proposed."
        )

    def declare(self) -> None:
        """Add the parameters and outputs."""
        self.addParameter(raster_input("INPUT", tr("Probabilities")))
        reflectance = raster_input("REFLECTANCE", tr("Reflectance kept by the prediction (for the shadows)"), optional=True)
        self.addParameter(advanced(reflectance))
        for parameter in classify_parameters():
            self.addParameter(parameter)
        self.addParameter(raster_output("OUTPUT", tr("Classes")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Classify."""
        from ...core.clouds.classes.classify import threshold

        output = values.output("OUTPUT")
        reflectance = values.source("REFLECTANCE") or None
        threshold(values.source("INPUT"), output, classify_options(values), reflectance_path=reflectance, progress=progress)
        return {"OUTPUT": output}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud classes"), "classes")}
