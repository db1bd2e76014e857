"""What goes into a mosaic: scenes in order on one grid, with the areas their polygons take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import shapely
from rasterio.crs import CRS

from ..clouds.polygons import CloudPolygons
from ..errors import InputError
from ..grid import Bounds, Grid, Window, normal_crs
from ..progress import SILENT, Progress
from ..scenes import TEN_BANDS, Scene
from .burn import Edges, prepare_edges
from .options import FILL_PERCENTILES, MosaicOptions, parse_period

GRANULE_M = 110_000.0
"""Side of a granule: polygons of a whole one may lie so far from a piece of it."""


@dataclass(frozen=True, eq=False)
class PlacedScene:
    """One scene on the mosaic's grid."""

    index: int
    """1-based rank, 1 is the highest priority; the value in SOURCE."""
    scene: Scene
    """The scene's facts."""
    window: Window
    """Pixels of the mosaic's grid its raster can touch, cut to the grid."""
    covered: Edges
    """Outlines of its cloud and shadow polygons, in pixels of the mosaic's grid."""
    polygon_count: int
    """Number of those polygons."""

    @property
    def day(self) -> date | None:
        """Date of sensing (UTC)."""
        return self.scene.sensed.date() if self.scene.sensed else None


@dataclass(frozen=True)
class Backdrop:
    """What fills holes instead of single scenes."""

    rank: int
    """Value in SOURCE."""
    percent: int
    """Percentile of the clear observations, band by band."""
    members: tuple[int, ...]
    """Ranks of the scenes of the period."""
    name: str
    """What stands for a scene id in tags and layers."""


@dataclass(frozen=True, eq=False)
class MosaicPlan:
    """Scenes in order of priority on the target grid."""

    grid: Grid
    """Grid of every product."""
    bands: tuple[str, ...]
    """Bands of the 16-bit product, in order."""
    scenes: tuple[PlacedScene, ...]
    """Highest priority first."""
    overlaps: tuple[tuple[int, int], ...]
    """Pairs of indices (1-based, smaller first) whose windows meet."""
    backdrop: Backdrop | None = None
    """What fills holes where not single scenes do."""

    @property
    def source_names(self) -> list[str]:
        """What the values of SOURCE stand for, from 1 on: scene ids, and the backdrop where there is one."""
        return [placed.scene.id for placed in self.scenes] + ([self.backdrop.name] if self.backdrop else [])

    def cut(self, window: Window) -> MosaicPlan:
        """Return the scenes whose rasters can touch a window of the grid, with the polygons that can.

        Cut a row of windows first and each of them from that: a country has thousands of scenes with long outlines.
        """
        near = (placed for placed in self.scenes if not placed.window.intersect(window).is_empty)
        return replace(self, scenes=tuple(replace(placed, covered=placed.covered.near(window)) for placed in near))


def make_plan(scenes: Sequence[Scene], clouds: CloudPolygons | None, options: MosaicOptions, progress: Progress = SILENT) -> MosaicPlan:
    """Return the plan of a mosaic; raises `InputError` where scenes, bands or extent cannot work together."""
    if not scenes:
        raise InputError("No scene was given; choose at least one for INPUTS.")
    _refuse_twins(scenes)
    grid = _target_grid(scenes, options)
    bands = _common_bands(scenes, options, progress)
    polygons = clouds.in_crs(grid.crs) if clouds is not None else None
    if polygons is not None:
        _report_strangers(polygons, scenes, progress)
    placed, stray = [], []
    for index, scene in enumerate(scenes, 1):
        shapes = polygons.of_scene(scene.id) if polygons is not None else np.empty(0, dtype=object)
        placed.append(PlacedScene(index, scene, _window_on(scene, grid), prepare_edges(shapes, grid), len(shapes)))
        if len(shapes) and not reaches(shapes, scene.grid.bounds_in(grid.crs), within_m=GRANULE_M):
            stray.append(scene.id)
    _report_strays(stray, sum(one.polygon_count > 0 for one in placed), progress)
    if all(p.window.is_empty for p in placed):
        raise InputError(f"No scene reaches the extent {grid.bounds} in {grid.crs}; check EXTENT and CRS.")
    return MosaicPlan(grid, bands, tuple(placed), _meeting_pairs(placed), _plan_backdrop(placed, options))


def _refuse_twins(scenes: Sequence[Scene]) -> None:
    seen: dict[str, str] = {}
    for scene in scenes:
        if scene.id in seen:
            raise InputError(f"{scene.path} and {seen[scene.id]} are the same scene, {scene.id}; give it once.")
        seen[scene.id] = scene.path


def _target_grid(scenes: Sequence[Scene], options: MosaicOptions) -> Grid:
    """Keep the pixel lattice of the first scene where CRS and pixel size allow, so that nothing is resampled needlessly."""
    first = scenes[0].grid
    crs = normal_crs(options.crs) if options.crs else first.crs
    if not CRS.from_user_input(crs).is_projected:
        raise InputError(f"The mosaic's CRS would be {crs[:40]}, which is not projected; give CRS one in metres such as EPSG:25833.")
    pixel_m = options.pixel_m or min(scene.grid.pixel_m for scene in scenes)
    bounds = options.bounds or _union([scene.grid.bounds_in(crs) for scene in scenes])
    models = (scene.grid.renamed(crs) for scene in scenes if abs(scene.grid.pixel_m - pixel_m) < 1e-9 * pixel_m)
    model = next((grid for grid in models if grid), None)
    if model is None:
        return Grid.from_bounds(crs, bounds, pixel_m)
    window = model.window_of(bounds)
    if window.is_empty:
        raise InputError(f"The extent {bounds} holds no pixel; give west < east and south < north in {crs}.")
    return model.crop(window)


def _union(boxes: Sequence[Bounds]) -> Bounds:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _common_bands(scenes: Sequence[Scene], options: MosaicOptions, progress: Progress) -> tuple[str, ...]:
    wanted = options.bands or TEN_BANDS
    lacking = {band: scene.id for scene in scenes for band in wanted if band not in scene.bands}
    if options.bands and lacking:
        band, scene_id = next(iter(lacking.items()))
        raise InputError(f"Scene {scene_id} lacks the band {band} that BANDS asks for; leave the band or the scene out.")
    bands = tuple(band for band in wanted if band not in lacking)
    if not bands:
        raise InputError(f"The scenes share none of the bands {', '.join(wanted)}; they cannot make one mosaic.")
    dropped = [band for band in wanted if band in lacking and any(band in scene.bands for scene in scenes)]
    if dropped:
        progress.warn(f"Bands {', '.join(dropped)} are left out: not every scene has them ({lacking[dropped[0]]} does not).")
    return bands


def _report_strangers(polygons: CloudPolygons, scenes: Sequence[Scene], progress: Progress) -> None:
    known = {scene.id for scene in scenes}
    named = set(polygons.frame["scene"])
    if named and not named & known:
        raise InputError(
            f"No cloud polygon names a scene of this mosaic (polygons: {min(named)}, scenes: {min(known)}); "
            "check the field scene against the scenes' ids."
        )
    bare = sorted(known - named)
    if named and bare:
        shown = ", ".join(bare[:3]) + (" ..." if len(bare) > 3 else "")
        progress.warn(f"{len(bare)} of {len(known)} scenes have no cloud polygon and are used as wholly clear: {shown}")


def reaches(geometries: np.ndarray, bounds: Bounds, *, within_m: float = 0.0) -> bool:
    """Return whether geometries, taken together, can come within a distance of a box; coordinates that are no numbers cannot."""
    west, south, east, north = shapely.total_bounds(geometries) + np.array([-1, -1, 1, 1]) * within_m
    meet = west <= bounds[2] and east >= bounds[0] and south <= bounds[3] and north >= bounds[1]
    return bool(meet and np.isfinite([west, south, east, north]).all())


def _report_strays(stray: Sequence[str], drawn: int, progress: Progress) -> None:
    """Warn of scenes whose polygons all lie far away; raises `InputError` where that is so of all that are ``drawn``."""
    if stray and len(stray) == drawn:
        raise InputError(f"The cloud polygons lie far from the scenes they name, such as {stray[0]}; check the layer's CRS.")
    if stray:
        shown = ", ".join(stray[:3]) + (" ..." if len(stray) > 3 else "")
        progress.warn(f"The cloud polygons of {len(stray)} of {drawn} scenes lie far from them and hide nothing: {shown}")


def _window_on(scene: Scene, grid: Grid) -> Window:
    """Return the window of the footprint, a superset of the scene's data."""
    footprint = scene.footprint
    if footprint.is_empty:
        return Window(0, 0, 0, 0)
    outline = shapely.box(*scene.grid.bounds).intersection(shapely.box(*footprint.bounds))
    if outline.is_empty:
        return Window(0, 0, 0, 0)
    part = scene.grid.crop(scene.grid.window_of(outline.bounds))
    return grid.window_of(part.bounds_in(grid.crs)).grow(1).intersect(grid.window)


def _meeting_pairs(placed: Sequence[PlacedScene]) -> tuple[tuple[int, int], ...]:
    edges = np.array([(p.window.col, p.window.row, p.window.stop[1], p.window.stop[0]) for p in placed])
    west, north, east, south = edges.T
    left, right = shapely.STRtree(shapely.box(*edges.T)).query(shapely.box(*edges.T), predicate="intersects")
    # Boxes that only touch intersect, too; windows share a pixel where both sides are longer than 0.
    wide = np.minimum(east[left], east[right]) > np.maximum(west[left], west[right])
    high = np.minimum(south[left], south[right]) > np.maximum(north[left], north[right])
    meet = np.flatnonzero((left < right) & wide & high)
    order = meet[np.lexsort((right[meet], left[meet]))]
    return tuple(zip((left[order] + 1).tolist(), (right[order] + 1).tolist(), strict=True))


def _plan_backdrop(placed: Sequence[PlacedScene], options: MosaicOptions) -> Backdrop | None:
    """Return the backdrop that FILL asks for, None for another filling; raises `InputError` for a period without scenes."""
    percent = FILL_PERCENTILES.get(options.fill)
    if percent is None:
        return None
    members = tuple(one.index for one in placed)
    if options.period:
        first, last = parse_period(options.period)
        members = tuple(one.index for one in placed if one.day is not None and first <= one.day <= last)
    if not members:
        raise InputError(f"No scene lies in the PERIOD {options.period}; widen it or choose another FILL.")
    return Backdrop(len(placed) + 1, percent, members, f"backdrop {options.fill} {options.period}".strip())
