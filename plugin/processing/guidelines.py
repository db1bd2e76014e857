"""`skyfri:guidelines`: scenes to cloud polygons, the four steps in one."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

from qgis.core import QgsProcessingOutputNumber, QgsProcessingParameterFile

from ..core.clouds.options import VectorizeOptions
from .algorithm import SkyfriAlgorithm
from .dependencies import PREDICTION
from .feedback import FeedbackProgress
from .models import chosen_providers, model_parameters, threads_to_use
from .opening import open_scenes
from .parameters import advanced, flag, number, polygons_output, scenes_input
from .thresholds import classify_options, classify_parameters, vectorize_parameters
from .translation import tr
from .values import Values
from .workspaces import put_into_workspace


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
            "With a workspace the scenes and polygons are stored there too; scenes whose polygons were edited keep the edits."
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
        self.addParameter(polygons_output("OUTPUT", tr("Cloud polygons")))
        self.addOutput(QgsProcessingOutputNumber("COUNT", tr("Number of polygons")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Draw the polygons of every scene and write them."""
        from ..core.clouds.guidelines import GuidelineOptions, guidelines
        from ..core.clouds.polygons import write_polygons
        from ..core.progress import Span, check

        output = values.output("OUTPUT")
        scenes = open_scenes(values.sources("INPUTS"), Span(progress, 0, 0.02))
        options = GuidelineOptions(
            model=values.text("MODEL"),
            pixel_m=values.optional_number("RESOLUTION"),
            classify=classify_options(values),
            vectorize=VectorizeOptions(simplify_m=values.optional_number("SIMPLIFY")),
            providers=chosen_providers(values),
            threads=threads_to_use(),
            skip_failed=values.flag("SKIP_FAILED"),
        )
        with TemporaryDirectory(prefix="skyfri-", dir=values.temporary_folder()) as folder:
            polygons = guidelines(scenes, options, folder, progress=Span(progress, 0.02, 0.98))
        check(progress)
        write_polygons(output, polygons)
        if values.text("WORKSPACE"):
            put_into_workspace(values.text("WORKSPACE"), scenes, polygons, progress)
        return {"OUTPUT": output, "COUNT": len(polygons.frame)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Cloud guidelines"), "polygons")}
