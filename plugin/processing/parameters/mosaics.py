"""The parameters of a mosaic, declared from the core's options."""

from __future__ import annotations

from ...core.mosaic.options import BALANCES, FILLS, MOST_BLEND_PX, SEAMS, MosaicOptions
from ..translation import tr
from .files import POINT, Folder, FolderTarget, GivenFile, PolygonsTarget, Raster, RasterTarget, ReportTarget, Vector
from .kinds import Choice, Crs, Extent, Flag, Number, Text, Whole, Words
from .reports import html_row, json_row
from .scenes import scenes_row
from .table import Param, Rows, rows_of


def mosaic_rows() -> Rows:
    """Return the parameters in the order of the dialog: what goes in, how it is joined, what comes out."""
    chosen = (*_scenes(), *_colours(), *_joining(), *_filling(), *_picture(), *_run(), *_delivery())
    return (*rows_of(MosaicOptions(), *chosen), *_products(), *_findings())


def _scenes() -> Rows:
    return (
        scenes_row(tr("Scenes or band stacks, highest priority first"), tr("Scenes in order of priority.")),
        Param(
            "CLOUDS",
            Vector(optional=True),
            tr("Cloud polygons (fields scene and class)"),
            tr("What lies inside the polygons of a scene is taken from other scenes; without polygons clouds stay in the mosaic."),
        ),
        Param(
            "EXTENT",
            Extent(),
            tr("Extent (empty: all scenes)"),
            tr("West, east, south and north, with a CRS in brackets where it is not that of the mosaic."),
        ),
        Param(
            "CRS",
            Crs(),
            tr("CRS (empty: that of the first scene)"),
            tr("A projected coordinate reference system in metres; scenes of other systems are resampled into it."),
            "crs",
        ),
        Param(
            "RESOLUTION",
            Number(0.1),
            tr("Pixel size in metres (empty: that of the finest scene)"),
            tr("Where scenes have pixels of this size the mosaic keeps their grid, so that nothing is resampled needlessly."),
            "pixel_m",
        ),
    )


def _colours() -> Rows:
    return (
        Param(
            "BALANCE",
            Choice(BALANCES),
            tr("Colour balance"),
            tr("none; global: a gain per scene and band; local: a smooth field besides."),
            "balance",
        ),
        Param(
            "REFERENCE",
            Raster(optional=True),
            tr("Reference raster, such as last year's mosaic"),
            tr("The balance is anchored to its colours instead of to the mean of the scenes; it needs a balance other than none."),
            "reference",
        ),
        Param(
            "BALANCE_FILE",
            GivenFile("JSON (*.json)"),
            tr("Balance of a former run"),
            tr("OUTPUT_BALANCE of a run with these scenes and bands: its gains and offsets are taken as they are instead of solved anew."),
            "balance_file",
            advanced=True,
        ),
        Param(
            "DODGE_POINTS",
            Vector(POINT, optional=True),
            tr("Dodging points (field change, in percent)"),
            tr(
                "Points where you ask for a local lift (10) or drop (-10), in percent. Fields that may be empty or missing: scene "
                "(empty: every scene that lies there), radius_m (5000; nothing changes beyond twice that), band (empty: all)."
            ),
            "dodge_points",
        ),
        Param(
            "VIEW_NORMALISATION",
            Flag(),
            tr("Normalise to the view from the vertical"),
            tr(
                "Takes away the tilt across the swath, by published coefficients and the scenes' own grids of sun and view angles, "
                "before the balance. Scenes without such grids stay as they are."
            ),
            "normalise_view",
        ),
    )


def _joining() -> Rows:
    return (
        Param(
            "SEAMS",
            Choice(SEAMS),
            tr("Seams"),
            tr(
                "priority: the first clear scene; optimal: a minimum cut where scenes agree, away from clouds and from places that "
                "the other dates contradict, by which the order hardly counts; layer: the polygons given."
            ),
            "seams",
        ),
        Param(
            "SEAMLINES",
            Vector(optional=True),
            tr("Seam polygons (field scene), for seams: layer"),
            tr("Each polygon names the scene that is shown inside it; OUTPUT_SEAMLINES of a former run may be edited and given here."),
            "seamlines",
        ),
        Param(
            "FEATHER",
            Whole(0, 64),
            tr("Feather across seams (pixels)"),
            tr("Width of the linear blend on either side of a seam of the 16-bit mosaic; 0 keeps every pixel of one date."),
            "feather_px",
        ),
    )


def _filling() -> Rows:
    return (
        Param(
            "FILL",
            Choice(FILLS),
            tr("Fill clouds from other dates"),
            tr(
                "none: leave them empty; direct: the next clear scene; blended: the same, joined to its surroundings; p25, p50, p75: "
                "a percentile of all clear observations of the period, band by band. Bands of one pixel may then come from "
                "different dates, so indices are less exact there; SOURCE marks such pixels with an index above the last scene's, "
                "and they have no date. Percentiles go with the seams priority and layer."
            ),
            "fill",
        ),
        Param(
            "PERIOD",
            Text(),
            tr("Period of a percentile (first/last day)"),
            tr("2023-06-01/2023-09-15, either end .. where it is open; empty takes all scenes."),
            "period",
        ),
        Param(
            "BANDS",
            Words(),
            tr("Bands of the 16-bit mosaic (empty: all that every scene has)"),
            tr("Names such as B04 B03 B02 B08, in order; every scene must have them."),
            "bands",
            advanced=True,
        ),
    )


def _picture() -> Rows:
    low, high = MosaicOptions().stretch
    note = tr("Reflectance x 10000, one value or one per band B04 B03 B02, or a percentile of the whole mosaic such as 0.5%.")
    return (
        Param(
            "BLEND_RGB",
            Whole(0, MOST_BLEND_PX),
            tr("Blend across seams of the 8-bit mosaic (pixels)"),
            tr(
                "Broad differences of light and haze are shared out over so many pixels on either side of a seam, edges and "
                "texture over two; 0 joins the 8-bit mosaic as the 16-bit one. Clouds and what they hide never enter."
            ),
            "blend_rgb_px",
            advanced=True,
        ),
        Param("MINIMUM", Text(), tr("Value or percentile that becomes 1 in the 8-bit mosaic"), note, default=f"{low:g}%", advanced=True),
        Param("MAXIMUM", Text(), tr("Value or percentile that becomes 254 in the 8-bit mosaic"), note, default=f"{high:g}%", advanced=True),
        Param(
            "GAMMA",
            Number(0.1, 10),
            tr("Gamma of the 8-bit mosaic (above 1 brightens dark places)"),
            tr("Values between minimum and maximum are raised to 1 / gamma."),
            "gamma",
            advanced=True,
        ),
    )


def _run() -> Rows:
    return (
        Param(
            "WORK",
            Folder(),
            tr("Folder of finished blocks, kept for the next run"),
            tr("A run that finds it renders only what changed since; empty keeps none once the mosaic is written."),
            advanced=True,
        ),
        Param(
            "KEEP_BALANCE",
            Flag(),
            tr("Keep the colour balance of the former run"),
            tr("For looking at corrections within seconds; needs WORK of the former run; leave it off for the delivery."),
            "keep_balance",
            advanced=True,
        ),
    )


def _delivery() -> Rows:
    return (
        Param(
            "TILE_SIZE",
            Number(0.001, unit=1000),
            tr("Side of the squares for download (km)"),
            tr("Squares begin at multiples of their side in the mosaic's CRS and are called after their lower left corner."),
            "download_m",
            advanced=True,
        ),
        Param(
            "STAC",
            Flag(),
            tr("Describe each raster by a STAC item beside it"),
            tr("A JSON file that catalogues read: extent, bands, dates and the products the mosaic was made of."),
            "stac",
            advanced=True,
        ),
        Param(
            "SCHEDULER",
            Text(),
            tr("Dask scheduler (empty: this machine)"),
            tr("An address such as tcp://host:8786; its workers must see scenes and outputs under the same paths."),
            advanced=True,
        ),
    )


def _products() -> Rows:
    extra = RasterTarget(optional=True, wanted=False)
    return (
        Param(
            "OUTPUT",
            RasterTarget(),
            tr("Mosaic, 16 bit"),
            tr("A Cloud Optimized GeoTIFF of reflectance x 10000, 0 where no date is clear."),
        ),
        Param(
            "OUTPUT_RGB",
            RasterTarget(optional=True),
            tr("Mosaic, 8 bit for viewing"),
            tr("The bands B04 B03 B02 as 1 to 254, joined for the eye; not for measuring."),
        ),
        Param(
            "SOURCE",
            extra,
            tr("Source scene of each pixel"),
            tr("The rank of the scene that each pixel comes from, 1 for the first; tags of the file name the scenes."),
        ),
        Param("DENSITY", extra, tr("Number of clear observations"), tr("How many scenes show each pixel clearly.")),
        Param("DATES", extra, tr("Date of each pixel (days since 1970-01-01)"), tr("The day on which each pixel was sensed, in UTC.")),
        Param(
            "DOWNLOADS",
            FolderTarget(),
            tr("Folder of both mosaics in squares for download, with an index layer"),
            tr("Both mosaics once more as files of TILE_SIZE, and a layer of the squares that names them."),
        ),
    )


def _findings() -> Rows:
    layer = PolygonsTarget(optional=True, wanted=False)
    return (
        Param(
            "OUTPUT_SEAMLINES",
            layer,
            tr("Seams"),
            tr("The area of each scene in the mosaic; edit it and give it as SEAMLINES to move a seam."),
        ),
        Param(
            "SUSPECTS",
            layer,
            tr("Places that disagree with the other dates: cloud left?"),
            tr("Where one scene is much brighter or darker than the others there: the places to look at first."),
        ),
        Param(
            "HOLES",
            layer,
            tr("Holes: places that no date shows clearly"),
            tr("Where the mosaic stays empty, each with its area: what more scenes are needed for."),
        ),
        Param(
            "OUTPUT_BALANCE",
            ReportTarget("JSON (*.json)"),
            tr("Colour balance, for another run"),
            tr("A JSON file of the gain and offset of each scene and band; give it as BALANCE_FILE to make another part alike."),
        ),
        json_row(),
        html_row(),
    )
