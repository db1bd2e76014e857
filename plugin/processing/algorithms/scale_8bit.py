"""`skyfri:scale8bit`: a 16-bit raster to 8 bits for viewing services."""

from __future__ import annotations

from typing import Any

from ...core.mosaic.options import MosaicOptions
from ..inputs.values import Values
from ..parameters.files import Raster, RasterTarget
from ..parameters.kinds import Number, Text, Words
from ..parameters.table import ExtraOutput, Param, Rows, fill
from ..run.dependencies import RASTER, SCIPY
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm

RGB = ("B04", "B03", "B02")
"""Bands of a picture in natural colours."""


class Scale8bit(SkyfriAlgorithm):
    """Scale bands to 1..254 and leave 0 to nodata."""

    ID = "scale8bit"
    GROUP = "mosaic"
    TAGS = ("8 bit", "stretch", "byte", "uint8", "rgb", "viewing service", "wms", "percentile")
    NEEDS = (*RASTER, SCIPY)

    def title(self) -> str:
        """Return the name people read."""
        return tr("Scale to 8 bit")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Scales bands to 8 bits: data become 1 to 254 and nodata 0, so that no pixel of the picture is taken for transparent by "
            "a viewing service that hides 0 and 255. Minimum and maximum are values of the raster (one, or one per band) or "
            "percentiles such as 0.5%."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        defaults = MosaicOptions()
        low, high = defaults.stretch
        note = tr("A value of the raster, one per band as 300 250 200, or a percentile of its data such as 0.5%.")
        return (
            Param("INPUT", Raster(), tr("Raster"), tr("A raster of 16 bits, such as the mosaic that skyfri:mosaic wrote.")),
            Param(
                "BANDS",
                Words(if_empty=RGB),
                tr("Bands by name or number, as red, green and blue"),
                tr("Descriptions such as B04, or numbers that begin at 1; the bands are written in this order."),
                "bands",
                default=" ".join(RGB),
            ),
            Param("MINIMUM", Text(), tr("Value or percentile that becomes 1"), note, default=f"{low:g}%"),
            Param("MAXIMUM", Text(), tr("Value or percentile that becomes 254"), note, default=f"{high:g}%"),
            Param(
                "GAMMA",
                Number(0.1, 10),
                tr("Gamma (above 1 brightens dark places)"),
                tr("Values between minimum and maximum are raised to 1 / gamma."),
                "gamma",
                default=defaults.gamma,
            ),
            Param("OUTPUT", RasterTarget(), tr("Raster, 8 bit"), tr("The GeoTIFF to write; 0 is no data, data are 1 to 254.")),
        )

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (
            ExtraOutput("MINIMUM_USED", tr("Values that became 1, per band")),
            ExtraOutput("MAXIMUM_USED", tr("Values that became 254, per band")),
        )

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Scale."""
        from ...core.mosaic.products.scale import ScaleOptions, scale8bit

        default = ScaleOptions()
        minimum, low = values.limit("MINIMUM", default.percentiles[0])
        maximum, high = values.limit("MAXIMUM", default.percentiles[1])
        options = fill(default, self.rows(), values, given={"minimum": minimum, "maximum": maximum, "percentiles": (low, high)})
        output = values.output("OUTPUT")
        stretch = scale8bit(values.source("INPUT"), output, options, progress=progress)
        return {
            "OUTPUT": output,
            "MINIMUM_USED": " ".join(f"{value:g}" for value in stretch.minimum),
            "MAXIMUM_USED": " ".join(f"{value:g}" for value in stretch.maximum),
        }

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("8 bit"), "rgb")}
