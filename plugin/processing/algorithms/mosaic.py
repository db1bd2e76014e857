"""`skyfri:mosaic`: scenes and their cloud polygons to one mosaic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingParameterCrs,
    QgsProcessingParameterExtent,
)

from ...core.mosaic.options import BALANCES, FILLS, MOST_BLEND_PX, SEAMS, MosaicOptions
from ...core.mosaic.products.outputs import MosaicOutputs
from ..inputs.opening import open_scenes
from ..inputs.values import Values
from ..parameters.kinds import (
    advanced,
    choice,
    flag,
    folder_input,
    folder_output,
    number,
    points_input,
    polygons_input,
    polygons_output,
    raster_input,
    raster_output,
    report_output,
    scenes_input,
    text,
)
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..run.scheduler import executor_for
from ..translation import tr
from .base import SkyfriAlgorithm

if TYPE_CHECKING:
    from ...core.scenes import Scene

PRODUCTS = {
    "OUTPUT_RGB": "rgb",
    "SOURCE": "source",
    "DENSITY": "density",
    "DATES": "dates",
    "DOWNLOADS": "downloads",
    "OUTPUT_SEAMLINES": "seamlines",
    "SUSPECTS": "suspects",
    "HOLES": "holes",
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

    def declare(self) -> None:
        """Add the parameters and outputs."""
        for parameter in (*self._inputs(), *self._colours(), *self._joining(), *self._picture(), *self._run(), *self._outputs()):
            self.addParameter(parameter)
        self.addOutput(QgsProcessingOutputNumber("SCENE_COUNT", tr("Number of scenes")))

    def _inputs(self) -> tuple[Any, ...]:
        return (
            scenes_input("INPUTS", tr("Scenes or band stacks, highest priority first"), tr("Scenes in order of priority.")),
            polygons_input("CLOUDS", tr("Cloud polygons (fields scene and class)"), optional=True),
            QgsProcessingParameterExtent("EXTENT", tr("Extent (empty: all scenes)"), optional=True),
            QgsProcessingParameterCrs("CRS", tr("CRS (empty: that of the first scene)"), optional=True),
            number("RESOLUTION", tr("Pixel size in metres (empty: that of the finest scene)"), MosaicOptions().pixel_m, 0.1),
        )

    def _colours(self) -> tuple[Any, ...]:
        defaults = MosaicOptions()
        return (
            choice(
                "BALANCE",
                tr("Colour balance"),
                BALANCES,
                defaults.balance,
                note=tr("none; global: a gain per scene and band; local: a smooth field besides."),
            ),
            raster_input("REFERENCE", tr("Reference raster, such as last year's mosaic"), optional=True),
            points_input(
                "DODGE_POINTS",
                tr("Dodging points (field change, in percent)"),
                note=tr(
                    "Points where you ask for a local lift (10) or drop (-10), in percent. Fields that may be empty or missing: scene "
                    "(empty: every scene that lies there), radius_m (5000; nothing changes beyond twice that), band (empty: all)."
                ),
            ),
            flag(
                "VIEW_NORMALISATION",
                tr("Normalise to the view from the vertical"),
                defaults.normalise_view,
                note=tr(
                    "Takes away the tilt across the swath, by published coefficients and the scenes' own grids of sun and view angles, "
                    "before the balance. Scenes without such grids stay as they are."
                ),
            ),
        )

    def _joining(self) -> tuple[Any, ...]:
        defaults = MosaicOptions()
        return (
            choice(
                "SEAMS",
                tr("Seams"),
                SEAMS,
                defaults.seams,
                note=tr(
                    "priority: the first clear scene; optimal: a minimum cut where scenes agree, away from clouds and from places that "
                    "the other dates contradict, by which the order hardly counts; layer: the polygons given."
                ),
            ),
            polygons_input("SEAMLINES", tr("Seam polygons (field scene), for seams: layer"), optional=True),
            number("FEATHER", tr("Feather across seams (pixels)"), defaults.feather_px, 0, 64, decimals=False),
            choice(
                "FILL",
                tr("Fill clouds from other dates"),
                FILLS,
                defaults.fill,
                note=tr(
                    "none: leave them empty; direct: the next clear scene; blended: the same, joined to its surroundings; p25, p50, p75: "
                    "a percentile of all clear observations of the period, band by band. Bands of one pixel may then come from "
                    "different dates, so indices are less exact there; SOURCE marks such pixels with an index above the last scene's, "
                    "and they have no date. Percentiles go with the seams priority and layer."
                ),
            ),
            text(
                "PERIOD",
                tr("Period of a percentile (first/last day)"),
                note=tr("2023-06-01/2023-09-15, either end .. where it is open; empty takes all scenes."),
            ),
            advanced(text("BANDS", tr("Bands of the 16-bit mosaic (empty: all that every scene has)"))),
        )

    def _picture(self) -> tuple[Any, ...]:
        defaults = MosaicOptions()
        low, high = defaults.stretch
        note = tr("Reflectance x 10000, one value or one per band B04 B03 B02, or a percentile of the whole mosaic such as 0.5%.")
        return (
            advanced(
                number(
                    "BLEND_RGB",
                    tr("Blend across seams of the 8-bit mosaic (pixels)"),
                    defaults.blend_rgb_px,
                    0,
                    MOST_BLEND_PX,
                    decimals=False,
                    note=tr(
                        "Broad differences of light and haze are shared out over so many pixels on either side of a seam, edges and "
                        "texture over two; 0 joins the 8-bit mosaic as the 16-bit one. Clouds and what they hide never enter."
                    ),
                )
            ),
            advanced(text("MINIMUM", tr("Value or percentile that becomes 1 in the 8-bit mosaic"), f"{low:g}%", note=note)),
            advanced(text("MAXIMUM", tr("Value or percentile that becomes 254 in the 8-bit mosaic"), f"{high:g}%", note=note)),
            advanced(number("GAMMA", tr("Gamma of the 8-bit mosaic (above 1 brightens dark places)"), defaults.gamma, 0.1, 10)),
        )

    def _run(self) -> tuple[Any, ...]:
        defaults = MosaicOptions()
        return (
            advanced(
                folder_input(
                    "WORK",
                    tr("Folder of finished blocks, kept for the next run"),
                    note=tr("A run that finds it renders only what changed since; empty keeps none once the mosaic is written."),
                )
            ),
            advanced(
                flag(
                    "KEEP_BALANCE",
                    tr("Keep the colour balance of the former run"),
                    defaults.keep_balance,
                    note=tr("For looking at corrections within seconds; needs WORK of the former run; leave it off for the delivery."),
                )
            ),
            advanced(
                number(
                    "TILE_SIZE",
                    tr("Side of the squares for download (km)"),
                    defaults.download_m / 1000,
                    0.001,
                    note=tr("Squares begin at multiples of their side in the mosaic's CRS and are called after their lower left corner."),
                )
            ),
            advanced(flag("STAC", tr("Describe each raster by a STAC item beside it"), defaults.stac)),
            advanced(text("SCHEDULER", tr("Dask scheduler (empty: this machine)"), note=tr("An address such as tcp://host:8786."))),
        )

    def _outputs(self) -> tuple[Any, ...]:
        return (
            raster_output("OUTPUT", tr("Mosaic, 16 bit")),
            raster_output("OUTPUT_RGB", tr("Mosaic, 8 bit for viewing"), optional=True),
            raster_output("SOURCE", tr("Source scene of each pixel"), optional=True, wanted=False),
            raster_output("DENSITY", tr("Number of clear observations"), optional=True, wanted=False),
            raster_output("DATES", tr("Date of each pixel (days since 1970-01-01)"), optional=True, wanted=False),
            folder_output("DOWNLOADS", tr("Folder of both mosaics in squares for download, with an index layer")),
            polygons_output("OUTPUT_SEAMLINES", tr("Seams"), optional=True, wanted=False),
            polygons_output("SUSPECTS", tr("Places that disagree with the other dates: cloud left?"), optional=True, wanted=False),
            polygons_output("HOLES", tr("Holes: places that no date shows clearly"), optional=True, wanted=False),
            report_output("REPORT_JSON", tr("Report for programs"), "JSON (*.json)"),
            report_output("REPORT_HTML", tr("Report for people"), "HTML (*.html)"),
        )

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
        products = {field: Path(outputs[name]) for name, field in PRODUCTS.items() if name in outputs}
        work = Path(values.text("WORK")) if values.text("WORK") else None
        targets = MosaicOutputs(Path(outputs["OUTPUT"]), work=work, **products)
        with executor_for(values.text("SCHEDULER"), progress) as executor:
            build(scenes, clouds, _options(values, scenes), targets, progress=Span(progress, 0.03, 1), executor=executor, tr=tr)
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


def _options(values: Values, scenes: list[Scene]) -> MosaicOptions:
    """Return what the parameters say; an extent that states no CRS is in that of the mosaic."""
    crs = values.crs("CRS")
    seamlines, points = values.vector("SEAMLINES"), values.vector("DODGE_POINTS")
    minimum, low = values.limit("MINIMUM", MosaicOptions().stretch[0])
    maximum, high = values.limit("MAXIMUM", MosaicOptions().stretch[1])
    return MosaicOptions(
        crs=crs,
        pixel_m=values.optional_number("RESOLUTION"),
        bounds=values.extent("EXTENT", crs or scenes[0].grid.crs),
        balance=values.choice("BALANCE"),
        reference=values.source("REFERENCE"),
        dodge_points=points.uri if points else "",
        normalise_view=values.flag("VIEW_NORMALISATION"),
        seams=values.choice("SEAMS"),
        seamlines=seamlines.uri if seamlines else "",
        feather_px=values.integer("FEATHER"),
        fill=values.choice("FILL"),
        period=values.text("PERIOD"),
        bands=values.texts("BANDS"),
        blend_rgb_px=values.integer("BLEND_RGB"),
        minimum=minimum,
        maximum=maximum,
        stretch=(low, high),
        gamma=values.number("GAMMA"),
        keep_balance=values.flag("KEEP_BALANCE"),
        download_m=1000 * values.number("TILE_SIZE"),
        stac=values.flag("STAC"),
    )
