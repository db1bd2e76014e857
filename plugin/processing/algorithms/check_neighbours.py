"""`skyfri:checkneighbours`: where polygons of neighbouring tiles disagree."""

from __future__ import annotations

from typing import Any

from ...core.base.errors import InputError
from ...core.editing.options import NeighbourOptions
from ..inputs.open_inputs import open_polygons
from ..inputs.values import Values
from ..parameters.files import PolygonsTarget, Vector, WorkspaceFile
from ..parameters.kinds import Number
from ..parameters.table import ExtraOutput, Param, Rows, rows_of
from ..run.dependencies import VECTOR
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


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

    def rows(self) -> Rows:
        """Return the parameters."""
        return (
            Param(
                "POLYGONS",
                Vector(optional=True),
                tr("Cloud polygons (empty: the workspace's)"),
                tr("Polygons with the fields scene and class; those of the workspace where none are given."),
            ),
            Param(
                "WORKSPACE",
                WorkspaceFile(),
                tr("Workspace"),
                tr("The GeoPackage that editors work in; it knows scenes, tiles and polygons."),
            ),
            Param(
                "TILES",
                Vector(optional=True),
                tr("Tiles (empty: the workspace's)"),
                tr("Outlines of the tiles with a field tile, name or mgrs; needed where no workspace is given."),
            ),
            *self._limits(),
            Param(
                "OUTPUT",
                PolygonsTarget(),
                tr("Problems along tile edges"),
                tr("A layer of the places to look at, each with what is wrong and the scenes on either side."),
            ),
        )

    @staticmethod
    def _limits() -> Rows:
        return rows_of(
            NeighbourOptions(),
            Param(
                "TOLERANCE",
                Number(0),
                tr("Ignore differences narrower than (metres)"),
                tr("Outlines were simplified, so neighbours never agree to the pixel; twice the simplification is a good value."),
                "tolerance_m",
                advanced=True,
            ),
            Param(
                "MIN_AREA",
                Number(0),
                tr("Ignore differences smaller than (m2)"),
                tr("Where tiles overlap: the smallest area that only one of them calls a cloud or shadow and that is told."),
                "min_area_m2",
                advanced=True,
            ),
            Param(
                "MIN_LENGTH",
                Number(0),
                tr("Ignore differences along an edge shorter than (metres)"),
                tr("Where tiles only touch: the shortest part of the edge that has a cloud or shadow on one side only and that is told."),
                "min_length_m",
                advanced=True,
            ),
        )

    def options(self) -> NeighbourOptions:
        """Return the core's options by default."""
        return NeighbourOptions()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (ExtraOutput("COUNT", tr("Number of problems"), is_number=True),)

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Check and write the problems."""
        from ...core.editing.neighbours import check_neighbours, read_tiles
        from ...core.editing.workspace import Workspace
        from ...core.vector.features import write_frame

        neither = tr("Neither WORKSPACE nor both POLYGONS and TILES are given; give one or the other.")
        workspace = Workspace.open(values.text("WORKSPACE")) if values.text("WORKSPACE") else None
        polygons_file, tiles_file = values.vector("POLYGONS"), values.vector("TILES")
        if polygons_file:
            polygons = open_polygons(polygons_file, progress)
        elif workspace:
            polygons = workspace.polygons("cloud", progress)
        else:
            raise InputError(neither)
        if tiles_file:
            tiles = read_tiles(tiles_file.path, tiles_file.layer or None)
        elif workspace:
            tiles = workspace.tile_frame()
        else:
            raise InputError(neither)
        options = self.chosen(values)
        output = values.output("OUTPUT")
        scenes = workspace.scenes() if workspace else ()
        problems = check_neighbours(polygons, tiles, scenes=scenes, options=options, progress=progress)
        write_frame(output, problems, "problems")
        return {"OUTPUT": output, "COUNT": len(problems)}

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return name and style of each layer."""
        return {"OUTPUT": (tr("Problems along tile edges"), "problems")}
