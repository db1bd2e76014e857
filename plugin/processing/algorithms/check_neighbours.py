"""`skyfri:checkneighbours`: where polygons of neighbouring tiles disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessing, QgsProcessingOutputNumber, QgsProcessingParameterFeatureSource, QgsProcessingParameterFile

from ...core.base.errors import InputError
from ...core.editing.options import NeighbourOptions
from ..inputs.opening import open_polygons
from ..inputs.values import Values
from ..parameters.kinds import advanced, number, polygons_input, polygons_output
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm

if TYPE_CHECKING:
    import geopandas as gpd

    from ...core.editing.workspace import Workspace


class CheckNeighbours(SkyfriAlgorithm):
    """Compare the polygons on both sides of tile edges."""

    ID = "checkneighbours"
    GROUP = "clouds"
    TAGS = ("cloud", "quality", "tile", "edge", "gap", "overlap", "topology")
    NEEDS = VECTOR

    def title(self) -> str:
        """Return the name people read."""
        return tr("Check neighbouring tiles")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Finds where the cloud polygons of neighbouring tiles of one pass disagree: a cloud that ends at the edge, one that "
            "reaches into the neighbour, or a cloud on one side and a shadow on the other. Give a workspace, or polygons and a "
            "layer of tiles."
        )

    def declare(self) -> None:
        """Add the parameters and outputs."""
        defaults = NeighbourOptions()
        self.addParameter(polygons_input("POLYGONS", tr("Cloud polygons (empty: the workspace's)"), optional=True))
        self.addParameter(QgsProcessingParameterFile("WORKSPACE", tr("Workspace"), fileFilter="GeoPackage (*.gpkg)", optional=True))
        tiles = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.addParameter(QgsProcessingParameterFeatureSource("TILES", tr("Tiles (empty: the workspace's)"), tiles, optional=True))
        self.addParameter(advanced(number("TOLERANCE", tr("Ignore differences narrower than (metres)"), defaults.tolerance_m, 0)))
        self.addParameter(advanced(number("MIN_AREA", tr("Ignore differences smaller than (m2)"), defaults.min_area_m2, 0)))
        self.addParameter(
            advanced(number("MIN_LENGTH", tr("Ignore differences along an edge shorter than (metres)"), defaults.min_length_m, 0))
        )
        self.addParameter(polygons_output("OUTPUT", tr("Problems along tile edges")))
        self.addOutput(QgsProcessingOutputNumber("COUNT", tr("Number of problems")))

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Check and write the problems."""
        from ...core.editing.neighbours import check_neighbours, read_tiles
        from ...core.editing.workspace import Workspace
        from ...core.vector.features import write_frame

        workspace = Workspace.open(values.text("WORKSPACE")) if values.text("WORKSPACE") else None
        polygons_file, tiles_file = values.vector("POLYGONS"), values.vector("TILES")
        if workspace is None and (polygons_file is None or tiles_file is None):
            raise InputError(tr("Neither WORKSPACE nor both POLYGONS and TILES are given; give one or the other."))
        polygons = open_polygons(polygons_file, progress) if polygons_file else workspace.polygons("cloud", progress)
        tiles = read_tiles(tiles_file.path, tiles_file.layer or None) if tiles_file else _tiles_of(workspace)
        options = NeighbourOptions(
            tolerance_m=values.number("TOLERANCE"), min_area_m2=values.number("MIN_AREA"), min_length_m=values.number("MIN_LENGTH")
        )
        output = values.output("OUTPUT")
        scenes = workspace.scenes() if workspace else ()
        problems = check_neighbours(polygons, tiles, scenes=scenes, options=options, progress=progress)
        write_frame(output, problems, "problems")
        return {"OUTPUT": output, "COUNT": len(problems)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Problems along tile edges"), "problems")}


def _tiles_of(workspace: Workspace) -> gpd.GeoDataFrame:
    import geopandas as gpd

    tiles = workspace.tiles()
    return gpd.GeoDataFrame(
        {"tile": [tile.name for tile in tiles]}, geometry=[tile.outline for tile in tiles], crs=workspace.crs() or "EPSG:4326"
    )
