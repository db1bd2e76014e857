"""Compare guidelines with what an editor made of them, or with a label."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np

from ...base.errors import InputError
from ...base.progress import SILENT, Progress, check, step
from ...raster.grid import Bounds, Grid, Window
from ...regions.burn import burn_polygons
from ..classes.class_raster import CLEAR, CLOUD, NODATA, SHADOW, read_classes
from ..classes.classify import smallest_px
from ..classes.sieve import sieve
from ..options import EvaluateOptions
from ..polygons import CloudPolygons
from .scores import (
    NO_BOUNDARIES,
    NO_OBJECTS,
    Boundaries,
    Objects,
    balanced_accuracy,
    bootstrap,
    boundaries_of,
    class_scores,
    confusion_of,
    objects_of,
)

log = logging.getLogger(__name__)

PARTS = 8
"""A scene is divided into this many parts each way, for worst windows and for the interval of a single scene."""

ENOUGH_SCENES = 5
"""From so many scenes on the interval comes from drawing scenes, else from drawing parts of scenes."""

MOST_PX = 130_000_000
"""Largest raster that polygons are burnt onto, a full tile at 10 m."""


@dataclass(frozen=True, eq=False)
class WorstWindow:
    """A part of a scene with much disagreement."""

    scene: str
    """Scene id."""
    drawn: np.ndarray
    """(rows, cols) classes of the guidelines."""
    true: np.ndarray
    """(rows, cols) classes of the final polygons."""
    bounds: Bounds
    """Where it is, in the scene's CRS."""
    wrong: float
    """Share of its pixels that differ."""


@dataclass(frozen=True, eq=False)
class SceneResult:
    """The comparison of one scene."""

    scene: str
    """Scene id."""
    confusion: np.ndarray
    """(3, 3) pixels, rows true and columns drawn: clear, cloud, shadow."""
    parts: tuple[np.ndarray, ...]
    """The same for parts of the scene."""
    boundaries: Mapping[int, Boundaries]
    """By class code."""
    objects: Mapping[int, Objects]
    """By class code."""
    pixel_m: float
    """Pixels it was compared on."""
    worst: tuple[WorstWindow, ...] = ()
    """Parts with most disagreement, worst first."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The comparison of all scenes."""

    scenes: tuple[SceneResult, ...]
    """One result per scene."""
    options: EvaluateOptions
    """How they were compared."""
    total: SceneResult = field(init=False)
    """All scenes together."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", _total(self.scenes, self.options))

    def interval(self, code: int) -> tuple[float, float] | None:
        """Return the 95 % interval of a class's IoU: over scenes where there are enough, else over parts of scenes."""
        by_scene = len(self.scenes) >= ENOUGH_SCENES
        units = [scene.confusion for scene in self.scenes] if by_scene else [part for scene in self.scenes for part in scene.parts]
        return bootstrap([unit for unit in units if unit.sum()], code, self.options.draws, self.options.seed)

    def figures(self) -> dict[str, float | None]:
        """Return the main figures under the names of the algorithm's outputs."""
        out: dict[str, float | None] = {"BALANCED_ACCURACY": balanced_accuracy(self.total.confusion)}
        for name, code in (("CLOUD", CLOUD), ("SHADOW", SHADOW)):
            scores = class_scores(self.total.confusion, code)
            out |= {
                f"IOU_{name}": scores.iou,
                f"F1_{name}": scores.f1,
                f"PRECISION_{name}": scores.precision,
                f"RECALL_{name}": scores.recall,
                f"BOUNDARY_F1_{name}": self.total.boundaries[code].f1,
            }
        return out


def evaluate(
    guidelines: CloudPolygons | str | Path,
    final: CloudPolygons | str | Path,
    options: EvaluateOptions | None = None,
    *,
    area: gpd.GeoDataFrame | None = None,
    scene_id: str = "",
    progress: Progress = SILENT,
) -> Evaluation:
    """Compare guidelines with final polygons, scene by scene.

    Either side is polygons, or the path of a class raster (0 clear, 1 cloud, 2 shadow, 255 nodata) for the one
    scene ``scene_id`` (empty: the raster's SCENE_ID or stem). Only pixels inside ``area`` count, where it is given; with a column
    ``scene`` each of its polygons holds for that scene. Raises `InputError` where there is nothing to compare.
    """
    chosen = options or EvaluateOptions()
    sides = [_Side(side, scene_id) for side in (guidelines, final)]
    names = sorted(set().union(*(side.scenes for side in sides)) if not any(side.grid for side in sides) else {_raster_scene(sides)})
    if not names:
        raise InputError("Neither guidelines nor final polygons hold a polygon; there is nothing to compare.")
    results = []
    for index, name in enumerate(names):
        check(progress)
        results.append(_compare(name, sides, chosen, area))
        step(progress, index, len(names)).report(1, f"scene {name} compared")
    return Evaluation(tuple(result for result in results if result.confusion.sum()), chosen)


class _Side:
    """One side of the comparison: polygons of many scenes, or the class raster of one."""

    def __init__(self, source: CloudPolygons | str | Path, scene_id: str) -> None:
        self.polygons = source if isinstance(source, CloudPolygons) else None
        self.raster = None if isinstance(source, CloudPolygons) else read_classes(source)
        self.name = scene_id or (self.raster.tags.get("SCENE_ID", "") if self.raster else "")
        if self.raster and not self.name:
            self.name = Path(str(source)).stem

    @property
    def grid(self) -> Grid | None:
        """The grid of a raster."""
        return self.raster.grid if self.raster else None

    @property
    def scenes(self) -> set[str]:
        """The scenes it speaks of."""
        return {self.name} if self.raster or self.polygons is None else set(self.polygons.frame["scene"])

    def of_scene(self, name: str) -> gpd.GeoDataFrame:
        """Return the polygons of one scene; all of them where only one scene is there, whatever it is called."""
        assert self.polygons is not None  # nosec B101 # noqa: S101 (a raster has no polygons to ask for)
        frame = self.polygons.frame
        found = frame[frame["scene"] == name]
        return frame if found.empty and frame["scene"].nunique() == 1 else found

    def onto(self, grid: Grid, name: str) -> np.ndarray:
        """Return (rows, cols) classes on a grid."""
        if self.raster is not None:
            return _raster_onto(self.raster.classes, self.raster.grid, grid)
        return burn_classes(self.of_scene(name).to_crs(grid.crs), grid)


def _raster_scene(sides: list[_Side]) -> str:
    return next(side.name for side in sides if side.raster is not None)


def _raster_onto(classes: np.ndarray, own: Grid, grid: Grid) -> np.ndarray:
    """Return classes at the pixel centres of another grid, nodata outside."""
    if own.crs != grid.crs:
        raise InputError(f"The class raster is in {own.crs}, the other side in {grid.crs}; warp one of them first.")
    offset = own.offset_of(grid)
    if offset == (0, 0) and own.shape == grid.shape:
        return classes
    _, northings = grid.to_map(np.arange(grid.shape[0]), np.zeros(grid.shape[0]))
    eastings, _ = grid.to_map(np.zeros(grid.shape[1]), np.arange(grid.shape[1]))
    row = np.rint(own.to_pixel(np.zeros_like(northings), northings)[0]).astype(np.int64)
    col = np.rint(own.to_pixel(eastings, np.zeros_like(eastings))[1]).astype(np.int64)
    out = np.full(grid.shape, NODATA, np.uint8)
    rows, cols = (row >= 0) & (row < own.shape[0]), (col >= 0) & (col < own.shape[1])
    out[np.ix_(rows, cols)] = classes[np.ix_(row[rows], col[cols])]
    return out


def burn_classes(frame: gpd.GeoDataFrame, grid: Grid) -> np.ndarray:
    """Return (rows, cols) uint8 classes of polygons (CRS of ``grid``) at pixel centres, cloud over shadow, clear elsewhere."""
    out = np.full(grid.shape, CLEAR, np.uint8)
    for name, code in (("shadow", SHADOW), ("cloud", CLOUD)):
        out[burn_polygons(frame.geometry[frame["class"] == name].to_numpy(), grid, "centre")] = code
    return out


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both sides of one scene on one grid."""

    scene: str
    drawn: np.ndarray
    true: np.ndarray
    grid: Grid


def _compare(name: str, sides: list[_Side], options: EvaluateOptions, area: gpd.GeoDataFrame | None) -> SceneResult:
    inside = area[area["scene"] == name] if area is not None and "scene" in area.columns else area
    grid = next((side.grid for side in sides if side.grid), None) or _grid_for(name, sides, inside, options.pixel_m)
    least = smallest_px(options.mmu_ha, grid.pixel_m)
    drawn, true = (sieve(side.onto(grid, name), least) for side in sides)
    if inside is not None:
        reviewed = burn_polygons(inside.geometry.to_crs(grid.crs).to_numpy(), grid, "centre")
        drawn, true = (np.where(reviewed, values, NODATA).astype(np.uint8) for values in (drawn, true))
    places = [window.slices_in(grid.window) for window in _windows(grid.shape)]
    parts = [confusion_of(drawn[place], true[place]) for place in places]
    return SceneResult(
        name,
        np.sum(parts, axis=0),
        tuple(parts),
        {code: boundaries_of(drawn, true, code, options.tolerance_px) for code in (CLOUD, SHADOW)},
        {code: objects_of(drawn, true, code) for code in (CLOUD, SHADOW)},
        grid.pixel_m,
        _worst(_Pair(name, drawn, true, grid), parts, options.windows),
    )


def _windows(shape: tuple[int, int]) -> list[Window]:
    """Return windows that cover a raster once, `PARTS` each way."""
    rows, cols = (np.linspace(0, side, min(PARTS, side) + 1).astype(int).tolist() for side in shape)
    return [Window(r, c, r2 - r, c2 - c) for r, r2 in pairwise(rows) for c, c2 in pairwise(cols)]


def _grid_for(name: str, sides: list[_Side], area: gpd.GeoDataFrame | None, pixel_m: float) -> Grid:
    """Return a grid over the reviewed area, or over all polygons of a scene, in a metric CRS."""
    frames = [side.of_scene(name) for side in sides]
    crs = next((frame.crs for frame in frames if len(frame)), frames[0].crs)
    if crs is not None and crs.is_geographic:
        crs = next(frame for frame in frames if len(frame)).estimate_utm_crs()
    over = [area.to_crs(crs)] if area is not None and len(area) else [frame.to_crs(crs) for frame in frames if len(frame)]
    bounds = np.array([frame.total_bounds for frame in over])
    grid = Grid.from_bounds(crs, (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)), pixel_m)
    if grid.shape[0] * grid.shape[1] > MOST_PX:
        raise InputError(f"Scene {name} covers {grid.shape[0]} x {grid.shape[1]} pixels of {pixel_m:g} m; give an area or larger pixels.")
    return grid


def _worst(pair: _Pair, parts: list[np.ndarray], count: int) -> tuple[WorstWindow, ...]:
    """Return the windows with most pixels that differ, worst first."""
    windows = _windows(pair.grid.shape)
    wrong = np.array([part.sum() - np.trace(part) for part in parts])
    chosen = [index for index in np.argsort(-wrong, kind="stable")[:count] if wrong[index]]
    return tuple(
        WorstWindow(
            pair.scene,
            pair.drawn[windows[index].slices_in(pair.grid.window)].copy(),
            pair.true[windows[index].slices_in(pair.grid.window)].copy(),
            pair.grid.crop(windows[index]).bounds,
            float(wrong[index] / max(parts[index].sum(), 1)),
        )
        for index in chosen
    )


def _total(scenes: tuple[SceneResult, ...], options: EvaluateOptions) -> SceneResult:
    worst = sorted((window for scene in scenes for window in scene.worst), key=lambda window: -window.wrong * window.drawn.size)
    return SceneResult(
        "all",
        np.sum([scene.confusion for scene in scenes], axis=0) if scenes else np.zeros((3, 3), np.int64),
        tuple(part for scene in scenes for part in scene.parts),
        {code: sum((scene.boundaries[code] for scene in scenes), NO_BOUNDARIES) for code in (CLOUD, SHADOW)},
        {code: sum((scene.objects[code] for scene in scenes), NO_OBJECTS) for code in (CLOUD, SHADOW)},
        scenes[0].pixel_m if scenes else options.pixel_m,
        tuple(worst[: options.windows]),
    )
