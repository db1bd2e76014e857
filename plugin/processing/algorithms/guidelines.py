"""`skyfri:guidelines`: scenes to cloud polygons, the four steps in one."""

from __future__ import annotations

from dataclasses import asdict, replace
from tempfile import TemporaryDirectory
from typing import Any

from ...core.clouds.options import GuidelineOptions
from ..inputs.open_inputs import open_scenes
from ..inputs.values import Values
from ..inputs.workspaces import predictions_beside, put_into_workspace
from ..parameters.files import PolygonsTarget, WorkspaceFile
from ..parameters.kinds import Flag
from ..parameters.models import model_rows, resolution_row, threads_to_use
from ..parameters.scenes import scenes_row
from ..parameters.table import ExtraOutput, Param, Rows
from ..parameters.thresholds import classify_rows, simplify_row
from ..run.dependencies import PREDICTION
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Guidelines(SkyfriAlgorithm):
    """Predict, classify and vectorize many scenes."""

    ID = "guidelines"
    GROUP = "clouds"
    TAGS = ("cloud", "shadow", "mask", "onnx", "polygon", "guideline", "workspace")
    NEEDS = PREDICTION

    def title(self) -> str:
        """Return the name people read."""
        return tr("Draw cloud guidelines")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Predicts clouds and shadows in one or many scenes, thresholds the probabilities and draws polygons for an editor to correct. "
            "With a workspace the scenes and polygons are stored there too; scenes whose polygons were edited keep the edits. The "
            "probabilities stay in a folder beside it, so that other thresholds can be tried without running the model again."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            scenes_row(tr("Scenes"), tr("One or many scenes.")),
            *model_rows(model="model", providers="providers"),
            *classify_rows(within="classify"),
            *simplify_row(within="vectorize"),
            resolution_row(fills="pixel_m"),
            Param(
                "SKIP_FAILED",
                Flag(),
                tr("Leave out scenes that fail, with a warning, instead of ending"),
                tr("For long runs over many products of which some may be damaged."),
                "skip_failed",
                default=False,
                advanced=True,
            ),
            Param(
                "WORKSPACE",
                WorkspaceFile(),
                tr("Workspace to store them in"),
                tr("The GeoPackage that editors work in; it is made where there is none yet, and edited polygons in it are kept."),
            ),
            *self._kept_probabilities(),
            Param(
                "OUTPUT",
                PolygonsTarget(),
                tr("Cloud polygons"),
                tr("A GeoPackage, or a shapefile where the name ends in .shp; fields scene and class."),
            ),
        )

    @staticmethod
    def _kept_probabilities() -> Rows:
        return (
            Param(
                "KEEP",
                Flag(),
                tr("Keep the probabilities beside the workspace"),
                tr("They lie in a folder named after the workspace. The dock's sliders need them; a full tile takes 10 to 100 MB."),
                default=True,
                advanced=True,
            ),
            Param(
                "REUSE",
                Flag(),
                tr("Take kept probabilities instead of running the model again"),
                tr("Scenes without probabilities, or with those of another model or pixel size than asked for, are predicted."),
                "reuse",
                default=False,
                advanced=True,
            ),
        )

    def options(self) -> GuidelineOptions:
        """Return the core's options by default."""
        return GuidelineOptions()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("COUNT", tr("Number of polygons"), is_number=True),)

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Draw the polygons of every scene and write them."""
        from ...core.base.progress import Span, check
        from ...core.clouds.guidelines.draw import guidelines
        from ...core.clouds.polygons import write_polygons

        output, workspace = values.output("OUTPUT"), values.text("WORKSPACE")
        predictions = predictions_beside(workspace) if workspace else None  # a file that is no workspace is refused before the work
        scenes = open_scenes(values.sources("INPUTS"), Span(progress, 0, 0.02))
        options = replace(self.chosen(values), threads=threads_to_use())
        kept = predictions if values.flag("KEEP") or options.reuse else None
        with TemporaryDirectory(prefix="skyfri-", dir=values.temporary_folder()) as folder:
            polygons = guidelines(scenes, options, folder, kept_folder=kept, progress=Span(progress, 0.02, 0.98))
        check(progress)
        write_polygons(output, polygons)
        if workspace:
            put_into_workspace(workspace, scenes, polygons, settings=asdict(options.classify), progress=progress)
        return {"OUTPUT": output, "COUNT": len(polygons.frame)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud guidelines"), "polygons")}
