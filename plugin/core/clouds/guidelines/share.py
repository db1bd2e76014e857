"""Merge the probabilities of neighbouring tiles of one pass, and share the polygons out afterwards.

Both tiles show the same clouds, but a network sees them in other patches and, near a tile's edge, without their
surroundings. The probabilities are merged first, classified and outlined once, and the polygons cut to each tile, so an
outline is the same on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.io import DatasetReader

from ...base.errors import InputError
from ...base.progress import SILENT, Progress, check
from ...raster.grid import Bounds, Grid, Window
from ...raster.read import grid_of, open_raster
from ...raster.regrid import read_onto
from ...raster.spec import RasterSpec
from ...raster.write import write_raster
from ...regions.components import row_blocks
from ...scenes.passes import same_pass
from ...scenes.scene import Scene
from ..polygons import CloudPolygons

EDGE_PX = 64
"""Pixels over which a tile's weight grows from its edge inwards."""

MOST_PX = 150_000_000
"""Largest raster that is classified at once, a little more than a full tile at 10 m."""


@dataclass(frozen=True)
class Predicted:
    """A scene with its prediction."""

    scene: Scene
    """The scene."""
    prediction: Path
    """Its probabilities."""
    reflectance: Path | None
    """The reflectance kept beside them, None where the network was not given it."""
    network: tuple[str, ...]
    """What computed it, see `network_of`."""
    grid: Grid
    """Grid of the prediction."""


def network_of(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return what tells the network of one prediction from that of another: model, file, training weights."""
    return tuple(tags.get(name, "") for name in ("MODEL", "MODEL_SHA256", "TRAINING_WEIGHTS"))


def passes_of(predicted: Sequence[Predicted]) -> list[list[Predicted]]:
    """Return the predictions in groups whose tiles overlap and were taken in one pass; most groups hold one.

    A group grows no larger than `MOST_PX`. The order of the scenes is kept within and between groups.
    """
    groups: list[list[Predicted]] = []
    for one in predicted:
        joined = [group for group in groups if any(_belongs(one, other) for other in group)]
        together = [*sum(joined, []), one]  # noqa: RUF017 (a handful of short lists)
        if not joined or _pixels(together) > MOST_PX:
            groups.append([one])
            continue
        first = groups.index(joined[0])
        groups = [group for group in groups if group not in joined]
        groups.insert(first, together)
    return groups


def _belongs(one: Predicted, other: Predicted) -> bool:
    same_kind = one.network == other.network and one.grid.pixel_m == other.grid.pixel_m and one.scene.tile != other.scene.tile
    if not (same_kind and same_pass(one.scene, other.scene)):
        return False
    west, south, east, north = other.grid.bounds_in(one.grid.crs)
    left, bottom, right, top = one.grid.bounds
    return west < right and left < east and south < top and bottom < north


def _pixels(group: Sequence[Predicted]) -> int:
    rows, cols = common_grid([one.grid for one in group]).shape
    return rows * cols


def common_grid(grids: Sequence[Grid]) -> Grid:
    """Return the grid on the lattice of the first that covers all."""
    first = grids[0]
    corners = np.array([first.window_of(grid.bounds_in(first.crs)) for grid in grids], dtype=object)
    row, col = min(window.row for window in corners), min(window.col for window in corners)
    stop_row, stop_col = max(window.stop[0] for window in corners), max(window.stop[1] for window in corners)
    return first.crop(Window(row, col, stop_row - row, stop_col - col))


def merge_rasters(paths: Sequence[Path], output_path: Path, progress: Progress = SILENT) -> Grid:
    """Write the weighted mean of rasters of one kind on their common grid and return it.

    A raster's weight falls towards its edges, where a network sees least, so that no step is left. Nodata has none.
    """
    with ExitStack() as stack:
        datasets = [stack.enter_context(open_raster(path)) for path in paths]
        descriptions = datasets[0].descriptions
        if any(dataset.descriptions != descriptions for dataset in datasets):
            raise InputError(f"{paths[0]} and its neighbours have different bands; predict them with one model.")
        grids = [grid_of(dataset) for dataset in datasets]
        grid = common_grid(grids)
        nodata = datasets[0].nodata or 0
        names = tuple(name or "" for name in descriptions)
        spec = RasterSpec(grid, datasets[0].dtypes[0], names, nodata, dict(datasets[0].tags()))
        with write_raster(output_path, spec) as sink:
            for rows in row_blocks(grid.shape[0]):
                check(progress)
                window = Window(rows.start, 0, rows.stop - rows.start, grid.shape[1])
                sink.write(_merged(datasets, grids, grid.crop(window), nodata), window)
                progress.report(rows.stop / grid.shape[0], "merging overlaps")
    return grid


def _merged(datasets: Sequence[DatasetReader], grids: Sequence[Grid], grid: Grid, nodata: float) -> np.ndarray:
    """Return (bands, rows, cols) of ``grid``, the mean of the rasters weighted by the distance to their edges; nodata where all lack it."""
    bands = list(range(1, datasets[0].count + 1))
    total = np.zeros((len(bands), *grid.shape), np.float32)
    weight = np.zeros(grid.shape, np.float32)
    for dataset, own in zip(datasets, grids, strict=True):
        bounds = own.bounds_in(grid.crs)
        window = grid.window_of(bounds).intersect(grid.window)
        if window.is_empty:
            continue
        part = grid.crop(window)
        values = read_onto(dataset, bands, part, resampling="bilinear", nodata=nodata, fill=nodata)
        share = np.where((values != nodata).all(axis=0), _edge_weight(part, bounds), 0)
        place = window.slices_in(grid.window)
        total[(slice(None), *place)] += values * share
        weight[place] += share
    mean = np.rint(total / np.maximum(weight, 1e-6))
    return np.where(weight > 0, mean, nodata).astype(datasets[0].dtypes[0])


def _edge_weight(grid: Grid, bounds: Bounds) -> np.ndarray:
    """Return (rows, cols) float32 weights that grow from the edge of ``bounds`` inwards."""
    west, south, east, north = bounds
    x, y = grid.to_map(np.arange(grid.shape[0])[:, None], np.arange(grid.shape[1])[None])
    across = np.minimum(x - west, east - x)
    along = np.minimum(y - south, north - y)
    return np.asarray(np.clip(np.minimum(across, along) / grid.pixel_m, 0.5, EDGE_PX), np.float32)


def share_out(polygons: CloudPolygons, group: Sequence[Predicted]) -> CloudPolygons:
    """Return the polygons of a pass cut to each of its scenes and named after it."""
    parts = []
    for one in group:
        frame = _cut(polygons.frame, _outline(one.grid, polygons.crs))
        parts.append(frame.assign(scene=one.scene.id))
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=polygons.crs)
    return CloudPolygons(frame.assign(area_m2=frame.geometry.area))


def _outline(grid: Grid, crs: str) -> shapely.Polygon:
    if crs == grid.crs:
        return shapely.box(*grid.bounds)
    edge = shapely.segmentize(shapely.box(*grid.bounds), grid.pixel_m * 100)
    return gpd.GeoSeries([edge], crs=grid.crs).to_crs(crs).iloc[0]


def _cut(frame: gpd.GeoDataFrame, outline: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return the polygons inside an outline, those on its edge cut; one part per row."""
    shapely.prepare(outline)
    geometry = np.asarray(frame.geometry.values)
    inside = shapely.covers(outline, geometry)
    crossing = ~inside & shapely.intersects(outline, geometry)
    cut = frame[crossing].copy()
    if len(cut):
        cut = cut.set_geometry(gpd.GeoSeries(shapely.intersection(geometry[crossing], outline), index=cut.index, crs=frame.crs))
        cut = cut.explode(index_parts=False)
        cut = cut[(shapely.get_type_id(np.asarray(cut.geometry.values)) == shapely.GeometryType.POLYGON) & ~cut.geometry.is_empty]
    return gpd.GeoDataFrame(pd.concat([frame[inside], cut], ignore_index=True), crs=frame.crs)
