"""`skyfri:evaluate`: how well guidelines agree with the polygons an editor made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.base.errors import InputError
from ...core.clouds.options import EvaluateOptions
from ..inputs.layers import VectorFile
from ..inputs.open_inputs import open_polygons
from ..inputs.values import Values
from ..parameters.files import PolygonsOrRaster, Vector
from ..parameters.kinds import Number, Text
from ..parameters.reports import html_row, json_row
from ..parameters.table import ExtraOutput, Param, Rows, rows_of
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

    def rows(self) -> Rows:
        """Return the parameters."""
        either = tr("Polygons with the fields scene and class, or a raster of classes: 0 clear, 1 cloud, 2 shadow, 255 no data.")
        return (
            Param("GUIDELINES", PolygonsOrRaster(), tr("Guidelines (polygons or classes)"), either),
            Param("FINAL", PolygonsOrRaster(), tr("Final polygons or classes"), either),
            Param(
                "AREA",
                Vector(optional=True),
                tr("Area that was reviewed (empty: all)"),
                tr("Polygons of what an editor has looked at; what lies outside counts neither for nor against."),
            ),
            Param(
                "SCENE",
                Text(),
                tr("Scene of a raster of classes (empty: what the raster says)"),
                tr("The identifier of the scene, where a raster from elsewhere does not name it in its tags."),
            ),
            *self._measures(),
            json_row(),
            html_row(),
        )

    @staticmethod
    def _measures() -> Rows:
        return rows_of(
            EvaluateOptions(),
            Param(
                "RESOLUTION",
                Number(0.1),
                tr("Pixel size of the comparison in metres"),
                tr("Polygons are compared as pixels of this size; a raster of classes brings its own."),
                "pixel_m",
            ),
            Param(
                "MMU",
                Number(0),
                tr("Smallest area on both sides (hectares)"),
                tr("Smaller clouds and shadows are left out on both sides before they are compared; 0 compares all."),
                "mmu_ha",
            ),
            Param(
                "TOLERANCE",
                Number(0),
                tr("Boundaries agree within (pixels)"),
                tr("Boundaries nearer to each other than this count as the same in the figure for boundaries."),
                "tolerance_px",
                advanced=True,
            ),
        )

    def options(self) -> EvaluateOptions:
        """Return the core's options by default."""
        return EvaluateOptions()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        names = (f"{figure}_{kind}" for kind in ("CLOUD", "SHADOW") for figure in FIGURES)
        figures = (ExtraOutput(name, name.replace("_", " ").capitalize(), is_number=True) for name in names)
        return (*figures, ExtraOutput("BALANCED_ACCURACY", tr("Balanced accuracy"), is_number=True))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Compare and report."""
        from ...core.clouds.score.evaluate import evaluate
        from ...core.clouds.score.evaluation_report import write_report

        reports = {name: values.optional_output(name) for name in ("REPORT_JSON", "REPORT_HTML")}
        area = values.vector("AREA")
        options = self.chosen(values)
        evaluation = evaluate(
            _side(values, "GUIDELINES", progress),
            _side(values, "FINAL", progress),
            options,
            area=_read_area(area) if area else None,
            scene_id=values.text("SCENE"),
            progress=progress,
        )
        write_report(evaluation, json_path=reports["REPORT_JSON"] or None, html_path=reports["REPORT_HTML"] or None, tr=tr)
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
