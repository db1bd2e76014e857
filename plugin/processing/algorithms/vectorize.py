"""`skyfri:vectorize`: classes to polygons."""

from __future__ import annotations

from typing import Any

from ...core.clouds.options import VectorizeOptions
from ..inputs.values import Values
from ..parameters.files import PolygonsTarget, Raster
from ..parameters.table import ExtraOutput, Param, Rows
from ..parameters.thresholds import simplify_row, smallest_polygon_row
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

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            Param("INPUT", Raster(), tr("Classes"), tr("The raster that skyfri:threshold wrote.")),
            Param(
                "PROBABILITIES",
                Raster(optional=True),
                tr("Probabilities (for the confidence of each polygon)"),
                tr("The raster that the classes were made from; each polygon then tells its mean probability."),
            ),
            *simplify_row(),
            *smallest_polygon_row(),
            Param(
                "OUTPUT",
                PolygonsTarget(),
                tr("Cloud polygons"),
                tr("A GeoPackage, or a shapefile where the name ends in .shp; fields scene and class."),
            ),
        )

    def options(self) -> VectorizeOptions:
        """Return the core's options by default."""
        return VectorizeOptions()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("COUNT", tr("Number of polygons"), is_number=True),)

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Vectorize and write."""
        from ...core.base.progress import check
        from ...core.clouds.classes.vectorize import vectorize
        from ...core.clouds.polygons import write_polygons

        output = values.output("OUTPUT")
        prediction = values.source("PROBABILITIES") or None
        options = self.chosen(values)
        polygons = vectorize(values.source("INPUT"), options, prediction_path=prediction, progress=progress)
        check(progress)
        write_polygons(output, polygons)
        return {"OUTPUT": output, "COUNT": len(polygons.frame)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud polygons"), "polygons")}
