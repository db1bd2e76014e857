"""Displacements on the map, and the files that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..base.drafts import write_text
from ..raster.grid import Grid
from ..raster.spec import RasterSpec
from ..raster.write import write_array
from ..vector.point_table import write_points
from .matching.outliers import agree_with_neighbours, agree_with_surroundings
from .matching.points import FieldPoints
from .matching.points import kept as passes_tests
from .options import MatchOptions
from .sides import Shared

LAYER = "displacement"
"""Name of the layer of points."""
ARROW_MM = 6.0
"""Length on the screen of an arrow that nine of ten do not exceed."""
SURE_PX = 0.05
"""A point whose standard deviation is this has half the score of one that is certain."""


@dataclass(frozen=True, eq=False)
class Displacements:
    """Where features of ortho A lie in ortho B: a feature at (x, y) in A lies at (x + dx, y + dy) in B."""

    grid: Grid
    """Pixels of A."""
    spacing_px: int
    """Side of the squares in which points were chosen."""
    points: FieldPoints
    """Points on the pixels of A; displacements are those of the map, whatever parts of a pixel the lattices differ by."""
    kept: np.ndarray
    """True for the points that passed every test."""

    @property
    def place(self) -> tuple[np.ndarray, np.ndarray]:
        """Map x and y of the points in A."""
        return self.grid.to_map(self.points.row, self.points.col)

    @property
    def east_m(self) -> np.ndarray:
        """Displacement to the east, metres."""
        return self.points.east_px * self.grid.pixel_m

    @property
    def north_m(self) -> np.ndarray:
        """Displacement to the north, metres."""
        return self.points.north_px * self.grid.pixel_m

    @property
    def moved_px(self) -> np.ndarray:
        """(2, points) displacement to the east and north, pixels."""
        return np.stack([self.points.east_px, self.points.north_px])

    def score(self, options: MatchOptions) -> np.ndarray:
        """Return how good each point is, 0 to 1: correlation, less what way back and standard deviation say."""
        likeness = np.clip(self.points.correlation, 0, 1)
        closure = 1 / (1 + (self.points.back_px / options.back_px) ** 2)
        return np.asarray(likeness * closure / (1 + (self.points.sigma_px / SURE_PX) ** 2))


def settle(points: FieldPoints, shared: Shared, grid: Grid, options: MatchOptions) -> Displacements:
    """Return the displacements on the map of the points as they were matched, and which of them are kept."""
    rest_east, rest_north = shared.rest_east_px, -shared.rest_down_px
    values = {
        "east_px": points.east_px + rest_east,
        "middle_east_px": points.middle_east_px + rest_east,
        "north_px": points.north_px + rest_north,
        "middle_north_px": points.middle_north_px + rest_north,
    }
    points = FieldPoints(**{**vars(points), **values})
    moved = np.stack([points.east_px, points.north_px])
    kept = passes_tests(points, options)
    for agree in (agree_with_neighbours, agree_with_surroundings):
        kept &= agree(points.square_row, points.square_col, moved, kept)
    return Displacements(grid, options.spacing_px, points, kept)


def write_layer(path: str | Path, found: Displacements, options: MatchOptions) -> None:
    """Write the layer of points, and beside it how QGIS draws them: as arrows. Raises `OutputError`."""
    points = found.points
    fields = {
        "dx_m": found.east_m,
        "dy_m": found.north_m,
        "dx_px": points.east_px,
        "dy_px": points.north_px,
        "sigma_px": points.sigma_px,
        "score": found.score(options),
        "kept": found.kept,
    }
    write_points(path, LAYER, found.grid.crs, found.place, fields)
    target = Path(path)
    write_text(target.with_suffix(".qml"), arrows_style(found))


def arrows_style(found: Displacements) -> str:
    """Return the style of the layer: arrows of `ARROW_MM` for a typical displacement, as many as a screen has room for."""
    size = np.hypot(found.east_m, found.north_m)[found.kept]
    typical = max(float(np.percentile(size, 90)), 1e-3) if len(size) else 1.0
    template = Path(__file__).with_name("arrows.qml").read_text(encoding="utf-8")
    spacing = found.spacing_px * found.grid.pixel_m
    west, _, _, north = found.grid.bounds
    known = {"@SCALE@": f"{ARROW_MM / typical:.4g}", "@SPACING@": f"{spacing:.10g}", "@WEST@": f"{west:.12g}", "@NORTH@": f"{north:.12g}"}
    for name, value in known.items():
        template = template.replace(name, value)
    return template


def shift_grid(found: Displacements) -> tuple[Grid, np.ndarray]:
    """Return the grid of the squares and (3, rows, cols) float32 dx, dy and sigma in metres in their middles, NaN where none is kept."""
    points, side = found.points, found.spacing_px
    if not len(points.row):
        return found.grid.coarsen(side), np.full((3, *found.grid.coarsen(side).shape), np.nan, np.float32)
    row, col = points.square_row.astype(int), points.square_col.astype(int)
    first = int(row.min()), int(col.min())
    whole = found.grid.coarsen(side)
    out = np.full((3, int(row.max()) - first[0] + 1, int(col.max()) - first[1] + 1), np.nan, np.float32)
    at = row[found.kept] - first[0], col[found.kept] - first[1]
    for band, values in enumerate((points.middle_east_px, points.middle_north_px, points.sigma_px)):
        out[band][at] = values[found.kept] * found.grid.pixel_m
    grid = Grid(whole.crs, whole.transform * whole.transform.translation(first[1], first[0]), (out.shape[1], out.shape[2]))
    return grid, out


def write_shift(path: str | Path, found: Displacements) -> None:
    """Write dx, dy and sigma in metres as a COG whose pixels are the squares. Raises `OutputError`."""
    grid, samples = shift_grid(found)
    tags = {"UNIT": "metre", "CONVENTION": "a feature at (x, y) in A lies at (x + dx, y + dy) in B; dx east, dy north"}
    write_array(path, samples, RasterSpec(grid, "float32", ("dx", "dy", "sigma"), float("nan"), tags))


def write_karios(path: str | Path, found: Displacements) -> None:
    """Write the kept points as KARIOS does: pixels of A (x0, y0), how far B lies from there (dx, dy downwards) and a score.

    Raises `OutputError`.
    """
    points = found.points.taken(found.kept)
    lines = ["x0;y0;dx;dy;score"]
    columns = (points.col, points.row, points.east_px, -points.north_px, points.correlation)
    lines += [f"{x:.2f};{y:.2f};{east:.5f};{down:.5f};{score:.4f}" for x, y, east, down, score in zip(*columns, strict=True)]
    write_text(Path(path), "\n".join(lines) + "\n")
