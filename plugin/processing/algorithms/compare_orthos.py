"""`skyfri:compareorthos`: how far the features of one ortho lie displaced in another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.compare.options import CompareOptions
from ..inputs.values import Values
from ..parameters.comparisons import comparison_rows
from ..parameters.table import ExtraOutput, Rows
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..run.scheduler import executor_for
from ..translation import tr
from .base import SkyfriAlgorithm

if TYPE_CHECKING:
    from ...core.compare.masks import Mask
    from ...core.raster.grid import Grid

FILES = {
    "OUTPUT": "layer",
    "SHIFT": "shift",
    "OUTPUT_CSV": "karios",
    "REPORT_JSON": "report_json",
    "REPORT_HTML": "report_html",
}
"""Output to the field of `ComparisonOutputs`."""


class CompareOrthos(SkyfriAlgorithm):
    """Match two orthos and report."""

    ID = "compareorthos"
    GROUP = "compare"
    TAGS = ("displacement", "shift", "co-registration", "geometry", "accuracy", "dem", "dtm", "planetdem", "rmse", "ce90", "matching")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Compare two orthos")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Measures how far features of ortho A lie displaced in ortho B, to a fiftieth of a pixel. One smooth field of displacement "
            "is fitted to all pixels of both, each point of it with its uncertainty, and points under clouds, without likeness or at odds "
            "with their surroundings are not kept. Neither ortho is resampled. The report gives systematic error, standard deviation, "
            "gross errors, RMSE, CE90 and CE95 with the measures of ISO 19157, maps, profiles and the worst points."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return comparison_rows()

    def options(self) -> CompareOptions:
        """Return the core's options by default."""
        return CompareOptions()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        labels = {
            "COUNT": tr("Number of points kept"),
            "MEDIAN_EAST": tr("Median to the east, metres"),
            "MEDIAN_NORTH": tr("Median to the north, metres"),
            "RMSE": tr("RMSE of both axes, metres"),
            "CE90": tr("CE90, metres"),
        }
        return tuple(ExtraOutput(name, label, is_number=True) for name, label in labels.items())

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Match and report."""
        from ...core.compare.comparison import ComparisonOutputs, Sides
        from ...core.compare.orthos import compare

        paths = {name: values.output(name) if name == "OUTPUT" else values.optional_output(name) for name in FILES}
        paths = {name: path for name, path in paths.items() if path}
        options = self.chosen(values)
        sides = Sides.opened(values.source("INPUT_A"), values.source("INPUT_B"), options.band)
        mask = _mask(values, sides.a.grid)
        outputs = ComparisonOutputs(**{FILES[name]: Path(path) for name, path in paths.items()})
        with executor_for(values.text("SCHEDULER"), progress) as executor:
            figures = compare(sides, mask, options, outputs, executor=executor, progress=progress, tr=tr).figures
        count = figures["count"]
        progress.say(tr("{kept} of {tried} points kept").format(**count))
        if not count["kept"]:
            progress.warn(tr("No point passed the tests: the orthos show too little in common, or lie farther apart than 64 pixels."))
            return {**paths, "COUNT": 0}
        radial = figures["radial"]
        found = {"MEDIAN_EAST": figures["east"]["median"], "MEDIAN_NORTH": figures["north"]["median"]}
        return {**paths, "COUNT": count["kept"], **found, "RMSE": radial["rmse"], "CE90": radial["ce90"]}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Displacement"), "displacement"), "SHIFT": (tr("Displacement as a raster"), "shift")}


def _mask(values: Values, grid: Grid) -> Mask | None:
    """Return what is left out, None where nothing is named."""
    from ...core.compare.masks import mask_of_polygons, mask_of_raster

    polygons, raster = values.vector("MASK"), values.source("MASK")
    if polygons:
        return mask_of_polygons(polygons.path, polygons.layer, grid)
    return mask_of_raster(raster, grid) if raster else None
