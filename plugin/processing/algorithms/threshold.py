"""`skyfri:threshold`: probabilities to classes."""

from __future__ import annotations

from typing import Any

from ...core.clouds.options import ClassifyOptions
from ..inputs.values import Values
from ..parameters.files import Raster, RasterTarget
from ..parameters.table import Param, Rows
from ..parameters.thresholds import classify_rows
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

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            Param("INPUT", Raster(), tr("Probabilities"), tr("The raster that skyfri:predict wrote.")),
            Param(
                "REFLECTANCE",
                Raster(optional=True),
                tr("Reflectance kept by the prediction (for the shadows)"),
                tr("REFLECTANCE of skyfri:predict; without it shadows are what the model says of them."),
                advanced=True,
            ),
            *classify_rows(),
            Param(
                "OUTPUT",
                RasterTarget(),
                tr("Classes"),
                tr("A GeoTIFF: 0 clear, 1 cloud, 2 shadow, 255 no data; its second band tells what each pixel was drawn from."),
            ),
        )

    def options(self) -> ClassifyOptions:
        """Return the core's options by default."""
        return ClassifyOptions()

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Classify."""
        from ...core.clouds.classes.classify import threshold

        output = values.output("OUTPUT")
        reflectance = values.source("REFLECTANCE") or None
        options = self.chosen(values)
        threshold(values.source("INPUT"), output, options, reflectance_path=reflectance, progress=progress)
        return {"OUTPUT": output}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud classes"), "classes")}
