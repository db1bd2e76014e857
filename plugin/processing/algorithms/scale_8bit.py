"""`skyfri:scale8bit`: a 16-bit raster to 8 bits for viewing services."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingOutputString

from ...core.mosaic.options import MosaicOptions
from ..inputs.values import Values
from ..parameters.kinds import number, raster_input, raster_output, text
from ..run.dependencies import RASTER, SCIPY
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


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

    def declare(self) -> None:
        """Add the parameters and outputs."""
        defaults = MosaicOptions()
        low, high = defaults.stretch
        self.addParameter(raster_input("INPUT", tr("Raster")))
        self.addParameter(text("BANDS", tr("Bands by name or number, as red, green and blue"), "B04 B03 B02"))
        self.addParameter(text("MINIMUM", tr("Value or percentile that becomes 1"), f"{low:g}%"))
        self.addParameter(text("MAXIMUM", tr("Value or percentile that becomes 254"), f"{high:g}%"))
        self.addParameter(number("GAMMA", tr("Gamma (above 1 brightens dark places)"), defaults.gamma, 0.1, 10))
        self.addParameter(raster_output("OUTPUT", tr("Raster, 8 bit")))
        self.addOutput(QgsProcessingOutputString("MINIMUM_USED", tr("Values that became 1, per band")))
        self.addOutput(QgsProcessingOutputString("MAXIMUM_USED", tr("Values that became 254, per band")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Scale."""
        from ...core.mosaic.products.scale import ScaleOptions, scale8bit

        default = ScaleOptions()
        minimum, low = values.limit("MINIMUM", default.percentiles[0])
        maximum, high = values.limit("MAXIMUM", default.percentiles[1])
        options = ScaleOptions(
            bands=values.texts("BANDS") or default.bands,
            minimum=minimum,
            maximum=maximum,
            percentiles=(low, high),
            gamma=values.number("GAMMA"),
        )
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
