"""`skyfri:mosaic`: scenes and their cloud polygons to one mosaic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.mosaic.options import MosaicOptions
from ...core.mosaic.products.outputs import MosaicOutputs
from ..inputs.layers import VectorFile, is_empty
from ..inputs.open_inputs import open_scenes
from ..inputs.values import Values
from ..parameters.mosaics import mosaic_rows
from ..parameters.table import ExtraOutput, Rows, fill
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..run.scheduler import executor_for
from ..translation import tr
from .base import SkyfriAlgorithm

if TYPE_CHECKING:
    pass

PRODUCTS = {
    "OUTPUT_RGB": "rgb",
    "SOURCE": "source",
    "DENSITY": "density",
    "DATES": "dates",
    "DOWNLOADS": "downloads",
    "OUTPUT_SEAMLINES": "seamlines",
    "SUSPECTS": "suspects",
    "HOLES": "holes",
    "OUTPUT_BALANCE": "balance",
    "REPORT_JSON": "report_json",
    "REPORT_HTML": "report_html",
}
"""Optional output to the field of `MosaicOutputs`."""


class Mosaic(SkyfriAlgorithm):
    """Assemble, balance and render."""

    ID = "mosaic"
    GROUP = "mosaic"
    TAGS = ("mosaic", "cloud-free", "composite", "seamline", "colour balance", "color balance", "dodging", "merge")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Make a cloud-free mosaic")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Assembles scenes, highest priority first, without the pixels inside the cloud and shadow polygons of each scene, and "
            "balances their colours by what they show where they overlap. Every pixel comes from one date, unless holes are filled "
            "with a percentile of many; where no date is clear the mosaic stays empty and the report lists the hole. Writes a 16-bit "
            "mosaic of all bands and, if asked for, an 8-bit one for viewing with a blending of its own, the source scene, the date and "
            "the number of clear observations of each pixel, the seams, both mosaics in squares for download, and a report."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return mosaic_rows()

    def options(self) -> MosaicOptions:
        """Return the core's options by default."""
        return MosaicOptions()

    def chosen(self, values: Values) -> MosaicOptions:
        """Return the core's options as the run's values say, but for the extent, which needs the scenes' CRS."""
        low, high = self.options().stretch
        minimum, low = values.limit("MINIMUM", low)
        maximum, high = values.limit("MAXIMUM", high)
        given = {"minimum": minimum, "maximum": maximum, "stretch": (low, high)}
        return fill(self.options(), self.rows(), values, given=given)

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("SCENE_COUNT", tr("Number of scenes"), is_number=True),)

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Open the scenes and build the mosaic."""
        from ...core.base.progress import Span
        from ...core.clouds.polygons import PolygonFile
        from ...core.mosaic.build import build

        outputs = {name: values.optional_output(name) for name in PRODUCTS}
        outputs = {"OUTPUT": values.output("OUTPUT"), **{name: path for name, path in outputs.items() if path}}
        scenes = open_scenes(values.sources("INPUTS"), Span(progress, 0, 0.03))
        clouds_file = values.vector("CLOUDS")
        clouds = PolygonFile(clouds_file.path, clouds_file.layer) if clouds_file else None
        _warn_of_clouds(clouds_file, progress)
        products = {field: Path(outputs[name]) for name, field in PRODUCTS.items() if name in outputs}
        work = Path(values.text("WORK")) if values.text("WORK") else None
        targets = MosaicOutputs(Path(outputs["OUTPUT"]), work=work, **products)
        options = self.chosen(values)
        bounds = values.extent("EXTENT", options.crs or scenes[0].grid.crs)  # one that states no CRS is in that of the mosaic
        options = replace(options, bounds=bounds)
        with executor_for(values.text("SCHEDULER"), progress) as executor:
            build(scenes, clouds, options, targets, progress=Span(progress, 0.03, 1), executor=executor, tr=tr)
        return {**outputs, "SCENE_COUNT": len(scenes)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {
            "OUTPUT": (tr("Mosaic"), "reflectance"),
            "OUTPUT_RGB": (tr("Mosaic for viewing"), "rgb"),
            "SOURCE": (tr("Source scene"), "source"),
            "DENSITY": (tr("Clear observations"), "density"),
            "DATES": (tr("Date"), "dates"),
            "OUTPUT_SEAMLINES": (tr("Seams"), "seamlines"),
            "SUSPECTS": (tr("Look here: cloud left?"), "problems"),
            "HOLES": (tr("Holes"), "problems"),
        }


def _warn_of_clouds(polygons: VectorFile | None, progress: FeedbackProgress) -> None:
    """Say that the mosaic will not be free of clouds where no polygon takes any away."""
    if polygons is None:
        progress.warn(
            tr("No cloud polygons are given, so clouds stay in the mosaic; give CLOUDS those of skyfri:guidelines or of a workspace.")
        )
    elif is_empty(polygons):
        progress.warn(
            tr("The layer of cloud polygons {path} is empty, so clouds stay in the mosaic; check that it is the layer you mean.").format(
                path=polygons.uri
            )
        )
