"""`skyfri:prepare`: a product to one stack of bands."""

from __future__ import annotations

from typing import Any

from ..inputs.open_inputs import open_one_scene
from ..inputs.values import Values
from ..parameters.files import RasterTarget
from ..parameters.kinds import Extent, Number, Words
from ..parameters.scenes import scene_row
from ..parameters.table import ExtraOutput, Param, Rows
from ..run.dependencies import RASTER
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Prepare(SkyfriAlgorithm):
    """Write a scene's bands as one Cloud Optimized GeoTIFF."""

    ID = "prepare"
    GROUP = "scenes"
    TAGS = ("safe", "stack", "bands", "resample", "offset", "reflectance", "import")
    NEEDS = RASTER

    def title(self) -> str:
        """Return the name people read."""
        return tr("Prepare a scene as a band stack")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Writes bands of a Sentinel-2 product on one grid as a Cloud Optimized GeoTIFF: reflectance x 10000 with the "
            "radiometric offset of the metadata applied, 0 for nodata, bands of 20 m repeated to 10 m. Tags keep scene, sensing "
            "time, tile, orbit, level and baseline."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            scene_row(),
            Param(
                "BANDS",
                Words(),
                tr("Bands (empty: the ten of 10 m and 20 m)"),
                tr("Names such as B04 B03 B02, in order."),
            ),
            Param(
                "RESOLUTION",
                Number(0.1),
                tr("Pixel size in metres (empty: that of the finest band)"),
                tr("Coarser bands are repeated, finer ones averaged, so that all lie on one grid."),
            ),
            Param(
                "EXTENT",
                Extent(),
                tr("Extent (empty: the whole scene)"),
                tr("West, east, south and north, with a CRS in brackets where it is not that of the scene; whole pixels are written."),
            ),
            Param("OUTPUT", RasterTarget(), tr("Band stack"), tr("The Cloud Optimized GeoTIFF to write; it ends in .tif.")),
        )

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("SCENE_ID", tr("Scene")),)

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Open the scene and stream its bands."""
        from ...core.scenes.prepare import prepare

        scene = open_one_scene(values.source("INPUT"), progress)
        output = values.output("OUTPUT")
        prepare(
            scene,
            output,
            bands=values.texts("BANDS") or None,
            pixel_m=values.optional_number("RESOLUTION"),
            bounds=values.extent("EXTENT", scene.grid.crs),
            progress=progress,
        )
        return {"OUTPUT": output, "SCENE_ID": scene.id}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (results["SCENE_ID"], "reflectance")}
