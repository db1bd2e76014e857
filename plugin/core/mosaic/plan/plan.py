"""What goes into a mosaic: scenes in order on one grid, with the areas their polygons take away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from rasterio.crs import CRS

from ...base.errors import InputError
from ...base.lazy import lazy
from ...base.progress import SILENT, Progress
from ...clouds.polygons import CloudPolygons, PolygonFile
from ...raster.grid import Bounds, Grid, Window, boxes_meet, normal_crs
from ...regions.rings import NO_OUTLINES, Outlines, gather
from ...scenes import TEN_BANDS, Scene
from ..options import FILL_PERCENTILES, MosaicOptions, parse_period
from .lattice import CellLattice, make_lattice

GRANULE_M = 110_000.0
"""Side of a granule: polygons of a whole one may lie so far from a piece of it."""


@dataclass(frozen=True, eq=False)
class PlacedScene:
    """One scene on the mosaic's grid."""

    rank: int
    """1-based, 1 is the highest priority; the value in SOURCE."""
    scene: Scene
    """The scene's facts."""
    window: Window
    """Pixels of the mosaic's grid its raster can touch, cut to the grid."""
    covered: Outlines
    """Outlines of its cloud and shadow polygons, in pixels of the mosaic's grid."""

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
    backdrop: Backdrop | None = None
    """What fills holes where not single scenes do."""
    clouds: str = ""
    """File and layer of the cloud polygons, empty where they come from elsewhere."""

    @property
    def source_names(self) -> list[str]:
        """What the values of SOURCE stand for, from 1 on: scene ids, and the backdrop where there is one."""
        return [placed.scene.id for placed in self.scenes] + ([self.backdrop.name] if self.backdrop else [])

    @lazy
    def lattice(self) -> CellLattice:
        """Lattice of the cells on which its scenes are compared."""
        return make_lattice(self.grid)

    @lazy
    def rank_of(self) -> dict[str, int]:
        """Scene id to rank."""
        return {placed.scene.id: placed.rank for placed in self.scenes}

    def by_rank(self, rank: int) -> PlacedScene:
        """Return the scene of a rank; raises `KeyError` where the plan, which may be a part of one, lacks it."""
        return self._ranked[rank]

    @lazy
    def _ranked(self) -> dict[int, PlacedScene]:
        return {placed.rank: placed for placed in self.scenes}

    def cut(self, window: Window) -> MosaicPlan:
        """Return the scenes whose rasters can touch a window of the grid.

        Cut a row of windows first and each of them from that: a country has thousands of scenes.
        """
        return replace(self, scenes=tuple(placed for placed in self.scenes if not placed.window.intersect(window).is_empty))


def make_plan(
    scenes: Sequence[Scene],
    clouds: CloudPolygons | PolygonFile | None,
    options: MosaicOptions,
    progress: Progress = SILENT,
    *,
    folder: Path | None = None,
) -> MosaicPlan:
    """Return the plan of a mosaic; the outlines of its polygons are kept in files of ``folder``, or in memory without one.

    Raises `InputError` where scenes, bands or extent cannot work together, `OutputError` where the folder cannot be written.
    """
    if not scenes:
        raise InputError("No scene was given; choose at least one for INPUTS.")
    _refuse_twins(scenes)
    grid = _target_grid(scenes, options)
    bands = _common_bands(scenes, options, progress)
    known = [scene.id for scene in scenes]
    outlines = gather(by_scene(clouds.pieces(progress), grid.crs, known), grid, folder) if clouds is not None else {}
    _report_strangers(outlines, scenes, progress)
    placed = [
        PlacedScene(rank, scene, _window_on(scene, grid), outlines.get(scene.id, NO_OUTLINES)) for rank, scene in enumerate(scenes, 1)
    ]
    _report_strays([one for one in placed if one.scene.id in outlines], grid, progress)
    if all(p.window.is_empty for p in placed):
        raise InputError(f"No scene reaches the extent {grid.bounds} in {grid.crs}; check EXTENT and CRS.")
    return MosaicPlan(
        grid,
        bands,
        tuple(placed),
        _plan_backdrop(placed, options),
        clouds.uri if isinstance(clouds, PolygonFile) else "",
    )


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


def _report_strangers(named: Iterable[str], scenes: Sequence[Scene], progress: Progress) -> None:
    known, named = {scene.id for scene in scenes}, set(named)
    if named and not named & known:
        raise InputError(
            f"No cloud polygon names a scene of this mosaic (polygons: {min(named)}, scenes: {min(known)}); "
            "check the field scene against the scenes' ids."
        )
    bare = sorted(known - named)
    if named and bare:
        shown = ", ".join(bare[:3]) + (" ..." if len(bare) > 3 else "")
        progress.warn(f"{len(bare)} of {len(known)} scenes have no cloud polygon and are used as wholly clear: {shown}")


def _report_strays(drawn: Sequence[PlacedScene], grid: Grid, progress: Progress) -> None:
    """Warn of scenes with polygons that all lie far away; raises `InputError` where that is so of every one."""
    stray = [one.scene.id for one in drawn if not _lie_near(one, grid)]
    if stray and len(stray) == len(drawn):
        raise InputError(f"The cloud polygons lie far from the scenes they name, such as {stray[0]}; check the layer's CRS.")
    if stray:
        shown = ", ".join(stray[:3]) + (" ..." if len(stray) > 3 else "")
        progress.warn(f"The cloud polygons of {len(stray)} of {len(drawn)} scenes lie far from them and hide nothing: {shown}")


def _lie_near(placed: PlacedScene, grid: Grid) -> bool:
    """Return whether a scene's polygons, taken together, come near it."""
    west, south, east, north = placed.scene.grid.bounds_in(grid.crs)
    around = west - GRANULE_M, south - GRANULE_M, east + GRANULE_M, north + GRANULE_M
    return len(placed.covered) > 0 and boxes_meet(placed.covered.bounds(grid), around)


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


def _plan_backdrop(placed: Sequence[PlacedScene], options: MosaicOptions) -> Backdrop | None:
    """Return the backdrop that FILL asks for, None for another filling; raises `InputError` for a period without scenes."""
    percent = FILL_PERCENTILES.get(options.fill)
    if percent is None:
        return None
    members = tuple(one.rank for one in placed)
    if options.period:
        first, last = parse_period(options.period)
        members = tuple(one.rank for one in placed if one.day is not None and first <= one.day <= last)
    if not members:
        raise InputError(f"No scene lies in the PERIOD {options.period}; widen it or choose another FILL.")
    return Backdrop(len(placed) + 1, percent, members, f"backdrop {options.fill} {options.period}".strip())


_NOTHING = np.empty(0, dtype=object)


def by_scene(pieces: Iterable[CloudPolygons], crs: str, known: Collection[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield scene ids and polygons in a CRS of a layer that is read piece by piece; of scenes that are not ``known`` the id alone."""
    wanted = set(known)
    for piece in pieces:
        yield from ((str(name), _NOTHING) for name in set(piece.frame["scene"]) - wanted)
        ours = np.array([name in wanted for name in piece.frame["scene"]], bool)
        frame = CloudPolygons(piece.frame[ours]).in_crs(crs).frame
        for name, rows in frame.groupby("scene").indices.items():
            yield str(name), np.asarray(frame.geometry.values[rows], dtype=object)
