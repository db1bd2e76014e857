"""`skyfri:guidelines`: scenes to cloud polygons, the four steps in one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qgis.core import QgsProcessingOutputNumber, QgsProcessingParameterDefinition, QgsProcessingParameterFile

from ...core.clouds.options import VectorizeOptions
from ..inputs.opening import open_scenes
from ..inputs.values import Values
from ..inputs.workspaces import put_into_workspace
from ..parameters.kinds import advanced, flag, number, polygons_output, scenes_input
from ..parameters.models import chosen_providers, model_parameters, threads_to_use
from ..parameters.thresholds import classify_options, classify_parameters, vectorize_parameters
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

    def declare(self) -> None:
        """Add the parameters and outputs."""
        self.addParameter(scenes_input("INPUTS", tr("Scenes"), tr("One or many scenes.")))
        for parameter in [*model_parameters(), *classify_parameters(), *vectorize_parameters()]:
            self.addParameter(parameter)
        self.addParameter(number("RESOLUTION", tr("Pixel size in metres (empty: what the model was trained at)"), None, 0.1))
        skip = flag("SKIP_FAILED", tr("Leave out scenes that fail, with a warning, instead of ending"), default=False)
        self.addParameter(advanced(skip))
        workspace = QgsProcessingParameterFile(
            "WORKSPACE", tr("Workspace to store them in"), fileFilter="GeoPackage (*.gpkg)", optional=True
        )
        self.addParameter(workspace)
        for parameter in self._kept_probabilities():
            self.addParameter(advanced(parameter))
        self.addParameter(polygons_output("OUTPUT", tr("Cloud polygons")))
        self.addOutput(QgsProcessingOutputNumber("COUNT", tr("Number of polygons")))

    @staticmethod
    def _kept_probabilities() -> list[QgsProcessingParameterDefinition]:
        return [
            flag(
                "KEEP",
                tr("Keep the probabilities beside the workspace"),
                default=True,
                note=tr("They lie in a folder named after the workspace. The dock's sliders need them; a full tile takes 10 to 100 MB."),
            ),
            flag(
                "REUSE",
                tr("Take kept probabilities instead of running the model again"),
                default=False,
                note=tr("Scenes without probabilities, or with those of another model or pixel size than asked for, are predicted."),
            ),
        ]

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Draw the polygons of every scene and write them."""
        from ...core.base.progress import Span, check
        from ...core.clouds.guidelines.draw import GuidelineOptions, guidelines
        from ...core.clouds.guidelines.kept import kept_folder
        from ...core.clouds.polygons import write_polygons

        output, workspace = values.output("OUTPUT"), values.text("WORKSPACE")
        scenes = open_scenes(values.sources("INPUTS"), Span(progress, 0, 0.02))
        options = GuidelineOptions(
            model=values.text("MODEL"),
            pixel_m=values.optional_number("RESOLUTION"),
            classify=classify_options(values),
            vectorize=VectorizeOptions(simplify_m=values.optional_number("SIMPLIFY")),
            providers=chosen_providers(values),
            threads=threads_to_use(),
            skip_failed=values.flag("SKIP_FAILED"),
            reuse=values.flag("REUSE"),
        )
        kept = kept_folder(Path(workspace).absolute()) if workspace and (values.flag("KEEP") or options.reuse) else None
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
