"""`skyfri:vectorize`: classes to polygons."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingOutputNumber

from ...core.clouds.options import VectorizeOptions
from ..inputs.values import Values
from ..parameters.kinds import polygons_output, raster_input
from ..parameters.thresholds import smallest_area, vectorize_parameters
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Vectorize(SkyfriAlgorithm):
    """Draw polygons around classes."""

    ID = "vectorize"
    GROUP = "clouds"
    TAGS = ("cloud", "shadow", "polygonize", "outline", "simplify", "coverage")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Vectorize cloud classes")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Draws polygons around cloud and shadow with few vertices; polygons are valid, never overlap and share their common edges. "
            "With the probabilities the classes were made from, each polygon tells its mean probability. A shapefile is written where the "
            "output is named .shp."
        )

    def declare(self) -> None:
        """Add the parameters and outputs."""
        self.addParameter(raster_input("INPUT", tr("Classes")))
        self.addParameter(raster_input("PROBABILITIES", tr("Probabilities (for the confidence of each polygon)"), optional=True))
        for parameter in vectorize_parameters():
            self.addParameter(parameter)
        self.addParameter(smallest_area(VectorizeOptions().mmu_ha))
        self.addParameter(polygons_output("OUTPUT", tr("Cloud polygons")))
        self.addOutput(QgsProcessingOutputNumber("COUNT", tr("Number of polygons")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Vectorize and write."""
        from ...core.base.progress import check
        from ...core.clouds.classes.vectorize import vectorize
        from ...core.clouds.polygons import write_polygons

        output = values.output("OUTPUT")
        prediction = values.source("PROBABILITIES") or None
        options = VectorizeOptions(simplify_m=values.optional_number("SIMPLIFY"), mmu_ha=values.number("MMU"))
        polygons = vectorize(values.source("INPUT"), options, prediction_path=prediction, progress=progress)
        check(progress)
        write_polygons(output, polygons)
        return {"OUTPUT": output, "COUNT": len(polygons.frame)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud polygons"), "polygons")}
