"""The parameters of a comparison of two orthos."""

from __future__ import annotations

from ...core.compare.options import CompareOptions
from ..translation import tr
from .files import OneScene, PointsTarget, PolygonsOrRaster, Raster, RasterTarget, ReportTarget
from .kinds import Text, Whole
from .reports import html_row, json_row
from .table import Param, Rows, rows_of


def comparison_rows() -> Rows:
    """Return the parameters, in the order of the dialog."""
    return (*_sides(), *rows_of(CompareOptions(), *_matching()), *_left_out(), *_results())


def _sides() -> Rows:
    kinds = tr("A product's folder, zip or metadata file, a band stack, or any raster; the name of a raster layer will do as well.")
    return (
        Param("INPUT_A", OneScene(), tr("Ortho A, the reference"), f"{tr('Its features are looked for in B.')} {kinds}"),
        Param(
            "INPUT_B",
            OneScene(),
            tr("Ortho B, the one that is measured"),
            tr("Of the same place, in the CRS and pixel size of A; size and extent may differ. Nothing is resampled."),
        ),
    )


def _matching() -> Rows:
    return (
        Param(
            "BAND",
            Text(),
            tr("Band (name, or number in a raster)"),
            tr("The same band is used on both sides, for bands differ in geometry; a raster of one band needs none."),
            "band",
        ),
        Param(
            "SPACING",
            Whole(4, 512),
            tr("Distance of the points (pixels)"),
            tr("One point is chosen in each square of this side, where there is most texture."),
            "match.spacing_px",
        ),
        Param(
            "NODES",
            Whole(8, 128),
            tr("Distance of the nodes of the displacement field (pixels)"),
            tr(
                "How fine the field is: 28 suits most orthos; 12 shows the detail of a fine elevation model, with more noise. "
                "A multiple of 4."
            ),
            "match.node_px",
            advanced=True,
        ),
        Param(
            "DEM_A",
            Raster(optional=True),
            tr("Elevation model that A was made with"),
            tr(
                "Any raster of heights in metres. With both models the report tells how much of the displacement their difference "
                "explains; both must count heights from the same level, geoid or ellipsoid."
            ),
            "dem_a",
        ),
        Param(
            "DEM_B",
            Raster(optional=True),
            tr("Elevation model that B was made with"),
            tr("Given together with that of A; without them only the difference of height that the displacement stands for is told."),
            "dem_b",
        ),
    )


def _left_out() -> Rows:
    """Return what is left out, and who works."""
    return (
        Param(
            "MASK",
            PolygonsOrRaster(optional=True),
            tr("Left out: clouds, shadows, water"),
            tr(
                "Polygons, of which those of class cloud, shadow or water count where there is a field class; or a raster in which 0 is "
                "compared and everything else is not (of a scene classification, SCL, its clouds, shadows and water). No point is kept "
                "whose window touches more than a little of it."
            ),
        ),
        Param(
            "SCHEDULER",
            Text(),
            tr("Dask scheduler (empty: this machine)"),
            tr("An address such as tcp://host:8786; its workers must see scenes and outputs under the same paths."),
            advanced=True,
        ),
    )


def _results() -> Rows:
    return (
        Param(
            "OUTPUT",
            PointsTarget(),
            tr("Displacement"),
            tr(
                "Points with dx_m (east), dy_m (north), the same in pixels, sigma_px, score and kept: a feature at (x, y) in A lies at "
                "(x + dx_m, y + dy_m) in B. QGIS draws them as arrows."
            ),
        ),
        Param(
            "SHIFT",
            RasterTarget(optional=True, wanted=False),
            tr("Displacement as a raster"),
            tr("Bands dx, dy and sigma in metres, a pixel for each square of points; empty where no point was kept."),
        ),
        Param(
            "OUTPUT_CSV",
            ReportTarget("CSV (*.csv)"),
            tr("Points as a table for KARIOS"),
            tr("The kept points as x0;y0;dx;dy;score in pixels of A, rows and dy counted downwards, as KARIOS writes them."),
            advanced=True,
        ),
        json_row(),
        html_row(),
    )
