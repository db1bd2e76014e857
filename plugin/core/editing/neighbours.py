"""Where the polygons of neighbouring tiles do not agree.

Two tiles of one pass show the same sky, so their polygons must agree: on the ground both tiles cover (Sentinel-2
tiles share a strip of 9.8 km), or along the common edge where tiles only touch. Scenes of different passes are
never compared. Sides that differ by less than a tolerance agree: outlines are simplified tile by tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..base.errors import InputError
from ..base.progress import SILENT, Progress, check
from ..clouds.polygons import CLASSES, CloudPolygons
from ..raster.grid import normal_crs
from ..scenes.naming import parse_product_name
from ..scenes.passes import same_pass, states_its_pass
from ..vector.features import read_frame
from .entries import SceneEntry
from .options import NeighbourOptions

GAP, OVERLAP, CLASS_MISMATCH = "gap", "overlap", "class mismatch"
"""One tile has a polygon where the other has none; a polygon leaves its tile and covers one of the neighbour's;
the one says cloud, the other shadow."""

_NAME_FIELDS = ("tile", "name", "Name", "TILE", "mgrs", "MGRS")
_NAMED = 3
"""Scenes of unknown pass that a warning names."""


@dataclass(frozen=True, eq=False)
class _Side:
    """One scene on one side of a tile edge."""

    scene: str
    tile: str
    outline: BaseGeometry
    polygons: dict[str, np.ndarray]

    def near(self, place: BaseGeometry, name: str = "") -> BaseGeometry:
        """Return the union of the polygons (of one class, or of all) that touch ``place``."""
        chosen = np.concatenate([self.polygons[name]] if name else list(self.polygons.values()))
        return shapely.union_all(chosen[shapely.intersects(chosen, place)])


@dataclass(frozen=True)
class _Sight:
    """What is known of a scene without its polygons."""

    scene: str
    tile: str
    platform: str
    relative_orbit: int | None
    sensed: datetime | None
    datatake: str


def read_tiles(path: str | Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return a tile layer with the column ``tile``, from a field named tile, name or mgrs; raises `InputError`."""
    return _with_tile_column(read_frame(path, layer or "", what="tiles"), str(path))


def check_neighbours(
    polygons: CloudPolygons,
    tiles: gpd.GeoDataFrame,
    *,
    scenes: Sequence[SceneEntry] = (),
    options: NeighbourOptions = NeighbourOptions(),
    progress: Progress = SILENT,
) -> gpd.GeoDataFrame:
    """Return the problems along tile edges as polygons with ``problem``, tiles, scenes and ``area_m2``.

    ``tiles`` has a column ``tile`` (or name, mgrs) and outlines in any CRS. A scene that is not in ``scenes`` is placed
    by its product name, else in the tile that holds most of its polygons; one whose pass is not known is compared with
    none, and a warning names it. Scenes in ``scenes`` count even where they
    have no polygon, once polygons were drawn for them (``status`` other than ``new``).
    Columns: problem (gap, overlap, class mismatch), tile_a, tile_b, scene_a, scene_b, area_m2; in the CRS of
    ``polygons``, or the tiles' where that one is in degrees. Raises `InputError` for tiles without names or CRS.
    """
    crs = _working_crs(polygons, tiles)
    outlines = _outlines(tiles, crs)
    sides = _sides(polygons.in_crs(crs), outlines, scenes)
    _warn_of_unknown_passes([sight for side in sides.values() for sight, _ in side], progress)
    pairs = list(_neighbours(outlines))
    rows: list[dict[str, object]] = []
    for number, (one, other) in enumerate(pairs):
        check(progress)
        for (sight_a, a), (sight_b, b) in product(sides.get(one, []), sides.get(other, [])):
            if same_pass(sight_a, sight_b):
                with np.errstate(invalid="ignore"):  # GEOS compares the NaN bounds of empty shapes
                    rows += _problems(a, b, options)
        progress.report((number + 1) / len(pairs), f"{one} / {other}")
    columns = ["problem", "tile_a", "tile_b", "scene_a", "scene_b", "area_m2", "geometry"]
    frame = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=crs)
    return frame.astype({"area_m2": float})


def _warn_of_unknown_passes(sights: Sequence[_Sight], progress: Progress) -> None:
    unknown = [sight.scene for sight in sights if not states_its_pass(sight)]
    if unknown:
        shown = ", ".join(unknown[:_NAMED]) + (" ..." if len(unknown) > _NAMED else "")
        progress.warn(
            f"{len(unknown)} of {len(sights)} scenes state neither a datatake nor platform, orbit and time, so they were compared with no "
            f"neighbour: {shown}; check the workspace that holds these scenes, or name them as their products are named."
        )


def _working_crs(polygons: CloudPolygons, tiles: gpd.GeoDataFrame) -> str:
    if tiles.crs is None:
        raise InputError("The tile layer has no coordinate reference system; assign one first.")
    for frame in (polygons.frame, tiles):
        if frame.crs.is_projected:
            return normal_crs(frame.crs)
    return normal_crs(tiles.estimate_utm_crs())


def _with_tile_column(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    field = next((field for field in _NAME_FIELDS if field in frame.columns), None)
    if field is None:
        raise InputError(f"{name} has no field tile, name or mgrs; add one that names each tile.")
    return frame if field == "tile" else frame.rename(columns={field: "tile"})


def _outlines(tiles: gpd.GeoDataFrame, crs: str) -> dict[str, BaseGeometry]:
    frame = _with_tile_column(tiles, "The tile layer").to_crs(crs)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    return {
        str(name).removeprefix("T") if len(str(name)) == 6 else str(name): shapely.union_all(shapely.make_valid(group.geometry.values))
        for name, group in frame.groupby("tile")
    }


def _sides(
    polygons: CloudPolygons, outlines: dict[str, BaseGeometry], scenes: Sequence[SceneEntry]
) -> dict[str, list[tuple[_Sight, _Side]]]:
    known = {entry.id: entry for entry in scenes}
    drawn = dict.fromkeys(polygons.frame["scene"])
    wanted = [*drawn, *(entry.id for entry in scenes if entry.status != "new" and entry.id not in drawn)]
    groups = dict(iter(polygons.frame.groupby("scene"))) if len(polygons.frame) else {}
    sides: dict[str, list[tuple[_Sight, _Side]]] = {}
    for scene_id in wanted:
        frame = groups.get(scene_id)
        by_class = {
            name: np.asarray(frame.loc[frame["class"] == name].geometry.values if frame is not None else [], dtype=object)
            for name in CLASSES
        }
        sight = _sight_of(scene_id, known.get(scene_id), by_class, outlines)
        if sight.tile in outlines:
            side = _Side(scene_id, sight.tile, outlines[sight.tile], by_class)
            sides.setdefault(sight.tile, []).append((sight, side))
    return sides


def _sight_of(scene_id: str, entry: SceneEntry | None, by_class: dict[str, np.ndarray], outlines: dict[str, BaseGeometry]) -> _Sight:
    if entry is not None:
        return _Sight(scene_id, entry.tile, entry.platform, entry.relative_orbit, entry.sensed, entry.datatake)
    named = parse_product_name(scene_id)
    tile = named.tile
    if tile not in outlines and outlines:
        shapes = np.concatenate(list(by_class.values()))
        with np.errstate(invalid="ignore"):
            held = {name: float(shapely.area(shapely.intersection(shapes, outline)).sum()) for name, outline in outlines.items()}
        tile = max(held, key=lambda name: held[name])
    return _Sight(scene_id, tile, named.platform, named.relative_orbit, named.sensed, "")


def _neighbours(outlines: dict[str, BaseGeometry]) -> Iterator[tuple[str, str]]:
    names = sorted(outlines)
    shapes = np.asarray([outlines[name] for name in names], dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=1.0)
    for one, other in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if one < other:
            yield names[one], names[other]


def _problems(a: _Side, b: _Side, options: NeighbourOptions) -> list[dict[str, object]]:
    common = shapely.intersection(a.outline, b.outline)
    if common.area > options.tolerance_m * common.length:
        found = list(_on_common_ground(a, b, common, options))
    else:
        found = list(_along_edge(a, b, options))
    found += [(OVERLAP, shape) for shape in _beyond_edge(a, b, options)]
    return [
        {
            "problem": problem,
            "tile_a": a.tile,
            "tile_b": b.tile,
            "scene_a": a.scene,
            "scene_b": b.scene,
            "area_m2": float(part.area),
            "geometry": part,
        }
        for problem, shape in found
        for part in _polygons_in(shape)
    ]


def _on_common_ground(a: _Side, b: _Side, common: BaseGeometry, options: NeighbourOptions) -> Iterator[tuple[str, BaseGeometry]]:
    all_a, all_b = (_area_of(shapely.intersection(side.near(common), common)) for side in (a, b))
    differing = shapely.symmetric_difference(all_a, all_b)
    yield from ((GAP, part) for part in _wide_parts(differing, options))
    clouds, shadows = ([side.near(common, name) for side in (a, b)] for name in CLASSES)
    crossed = [_area_of(shapely.intersection(clouds[i], shadows[1 - i])) for i in (0, 1)]
    mismatch = shapely.intersection(shapely.union_all(crossed), common)
    yield from ((CLASS_MISMATCH, part) for part in _wide_parts(mismatch, options))


def _wide_parts(shape: BaseGeometry, options: NeighbourOptions) -> list[BaseGeometry]:
    """Return the parts that are wider than the tolerance and large enough."""
    half, area = options.tolerance_m / 2, _area_of(shape)
    opened = shapely.buffer(shapely.buffer(area, -half, join_style="mitre"), half, join_style="mitre")
    return [part for part in _polygons_in(shapely.intersection(opened, area)) if part.area >= options.min_area_m2]


def _along_edge(a: _Side, b: _Side, options: NeighbourOptions) -> Iterator[tuple[str, BaseGeometry]]:
    reach = options.tolerance_m
    edge = shapely.intersection(shapely.boundary(a.outline), shapely.buffer(b.outline, reach))
    edge = shapely.difference(edge, shapely.buffer(shapely.boundary(edge), reach))  # corners, where the edge turns away
    covered = {(side.tile, name): shapely.intersection(edge, _grown(side, edge, name, reach)) for side in (a, b) for name in CLASSES}
    on_a, on_b = (shapely.union_all([covered[side.tile, name] for name in CLASSES]) for side in (a, b))
    yield from ((GAP, part) for part in _long_parts(shapely.symmetric_difference(on_a, on_b), options))
    crossed = [
        shapely.intersection(covered[one.tile, "cloud"], shapely.difference(covered[other.tile, "shadow"], covered[other.tile, "cloud"]))
        for one, other in ((a, b), (b, a))
    ]
    yield from ((CLASS_MISMATCH, part) for part in _long_parts(shapely.union_all(crossed), options))


def _grown(side: _Side, edge: BaseGeometry, name: str, reach_m: float) -> BaseGeometry:
    return shapely.buffer(side.near(shapely.buffer(edge, reach_m), name), reach_m)


def _long_parts(lines: BaseGeometry, options: NeighbourOptions) -> list[BaseGeometry]:
    """Return strips around the stretches of an edge that are longer than what the growing by the tolerance explains."""
    shortest = options.min_length_m + 2 * options.tolerance_m
    merged = shapely.line_merge(lines) if lines.geom_type == "MultiLineString" else lines
    parts = [part for part in shapely.get_parts(merged) if part.geom_type == "LineString"]
    return [shapely.buffer(part, options.tolerance_m, cap_style="flat") for part in parts if part.length >= shortest]


def _beyond_edge(a: _Side, b: _Side, options: NeighbourOptions) -> Iterator[BaseGeometry]:
    """Yield where a polygon of one scene leaves its own tile and covers one of the other's."""
    for one, other in ((a, b), (b, a)):
        own_ground = shapely.buffer(one.outline, options.tolerance_m)
        outside = shapely.difference(one.near(other.outline), own_ground)
        yield from _wide_parts(shapely.intersection(outside, other.near(outside)), options)


def _polygons_in(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]


def _area_of(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape without the lines and points along which areas touch: GEOS overlays no shapes of mixed dimension."""
    return shapely.MultiPolygon(_polygons_in(shape))
