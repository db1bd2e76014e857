"""`skyfri:evaluate`: how well guidelines agree with the polygons an editor made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessing, QgsProcessingOutputNumber, QgsProcessingParameterMapLayer

from ...core.base.errors import InputError
from ...core.clouds.options import EvaluateOptions
from ..inputs.layers import VectorFile
from ..inputs.opening import open_polygons
from ..inputs.values import Values
from ..parameters.kinds import advanced, number, polygons_input, report_output, text
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm

if TYPE_CHECKING:
    from ...core.clouds.polygons import CloudPolygons

FIGURES = ("IOU", "F1", "PRECISION", "RECALL", "BOUNDARY_F1")
"""Outputs of each class, followed by _CLOUD and _SHADOW."""


class Evaluate(SkyfriAlgorithm):
    """Score one set of cloud polygons against another."""

    ID = "evaluate"
    GROUP = "clouds"
    TAGS = ("cloud", "accuracy", "iou", "f1", "precision", "recall", "confusion matrix", "quality")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Evaluate cloud guidelines")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Compares guidelines with final polygons, scene by scene: intersection over union, F1, precision and recall of cloud and "
            "shadow, agreement of the boundaries, objects missed, split and joined. Either side may be polygons with the fields scene "
            "and class, or a raster of classes. The report shows the confusion matrix and the worst places."
        )

    def declare(self) -> None:
        """Add the parameters and outputs."""
        defaults = EvaluateOptions()
        kinds = [QgsProcessing.SourceType.TypeVectorPolygon, QgsProcessing.SourceType.TypeRaster]
        self.addParameter(QgsProcessingParameterMapLayer("GUIDELINES", tr("Guidelines (polygons or classes)"), types=kinds))
        self.addParameter(QgsProcessingParameterMapLayer("FINAL", tr("Final polygons or classes"), types=kinds))
        self.addParameter(polygons_input("AREA", tr("Area that was reviewed (empty: all)"), optional=True))
        self.addParameter(text("SCENE", tr("Scene of a raster of classes (empty: what the raster says)")))
        self.addParameter(number("RESOLUTION", tr("Pixel size of the comparison in metres"), defaults.pixel_m, 0.1))
        self.addParameter(number("MMU", tr("Smallest area on both sides (hectares)"), defaults.mmu_ha, 0))
        self.addParameter(advanced(number("TOLERANCE", tr("Boundaries agree within (pixels)"), defaults.tolerance_px, 0)))
        self.addParameter(report_output("REPORT_JSON", tr("Report for programs"), "JSON (*.json)"))
        self.addParameter(report_output("REPORT_HTML", tr("Report for people"), "HTML (*.html)"))
        for name in (f"{figure}_{kind}" for kind in ("CLOUD", "SHADOW") for figure in FIGURES):
            self.addOutput(QgsProcessingOutputNumber(name, name.replace("_", " ").capitalize()))
        self.addOutput(QgsProcessingOutputNumber("BALANCED_ACCURACY", tr("Balanced accuracy")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Compare and report."""
        from ...core.clouds.score.evaluate import evaluate
        from ...core.clouds.score.evaluation_report import write_report

        reports = {name: values.optional_output(name) for name in ("REPORT_JSON", "REPORT_HTML")}
        area = values.vector("AREA")
        options = EvaluateOptions(pixel_m=values.number("RESOLUTION"), mmu_ha=values.number("MMU"), tolerance_px=values.number("TOLERANCE"))
        evaluation = evaluate(
            _side(values, "GUIDELINES", progress),
            _side(values, "FINAL", progress),
            options,
            area=_read_area(area) if area else None,
            scene_id=values.text("SCENE"),
            progress=progress,
        )
        write_report(evaluation, json_path=reports["REPORT_JSON"] or None, html_path=reports["REPORT_HTML"] or None)
        return {**evaluation.figures(), **{name: path for name, path in reports.items() if path}}


def _side(values: Values, name: str, progress: FeedbackProgress) -> CloudPolygons | str:
    """Return the polygons of a parameter, or the path of its raster."""
    polygons = values.vector(name)
    return open_polygons(polygons, progress) if polygons else values.source(name)


def _read_area(file: VectorFile) -> Any:
    from ...core.vector.features import read_frame

    frame = read_frame(file.uri)
    if frame.crs is None or frame.empty:
        raise InputError(tr("AREA {path} has no polygon or no coordinate reference system.").format(path=file.path))
    return frame
