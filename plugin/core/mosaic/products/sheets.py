"""Cut the finished products into a grid of files that people download: squares of the CRS, each a whole COG.

Squares begin at multiples of their side, so that next year's mosaic has the same ones, and are called after their lower
left corner, as in the European grid (E0500N6600 begins at 500 km east and 6600 km north). A pixel belongs to the square
that holds its centre. Squares without data are left out; an index layer, written last, says which files there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from rasterio.io import DatasetReader

from ...base.errors import InputError
from ...base.progress import SILENT, Progress, check
from ...raster.grid import Bounds, Grid, Window
from ...raster.read import grid_of, open_raster, read_samples
from ...raster.spec import RasterSpec
from ...raster.write import TILE_PX, write_raster
from ...vector.features import write_frame
from ..plan.plan import MosaicPlan
from .stac_item import write_item

INDEX = "index.gpkg"
"""Name of the index layer."""
BLOCK_PX = 2048
"""Side of the windows that are copied one by one."""
FEWEST_PX = 64
"""Smallest side of a square: below, a mosaic would fall into files without number."""


@dataclass(frozen=True)
class Square:
    """One square of the grid."""

    name: str
    """Its lower left corner, such as E0500N6600."""
    bounds: Bounds
    """West, south, east, north in the mosaic's CRS."""
    window: Window
    """The mosaic's pixels in it."""


def check_squares(grid: Grid, side_m: float) -> None:
    """Raise `InputError` where a grid cannot be cut into squares of ``side_m``."""
    if side_m < FEWEST_PX * grid.pixel_m:
        raise InputError(
            f"TILE_SIZE is {side_m / 1000:g} km, less than {FEWEST_PX} pixels; give at least {FEWEST_PX * grid.pixel_m / 1000:g} km."
        )


def lay_squares(grid: Grid, side_m: float) -> Iterator[Square]:
    """Yield the squares that a grid reaches, from north to south and west to east."""
    west, south, east, north = grid.bounds
    pixel_m = grid.pixel_m

    def first_pixel(distance_m: float) -> int:  # whose centre lies beyond
        return math.ceil(distance_m / pixel_m - 0.5 - 1e-6)

    for row in range(math.ceil(north / side_m) - 1, math.floor(south / side_m) - 1, -1):
        for col in range(math.floor(west / side_m), math.ceil(east / side_m)):
            bounds = col * side_m, row * side_m, (col + 1) * side_m, (row + 1) * side_m
            top, left = first_pixel(north - bounds[3]), first_pixel(bounds[0] - west)
            bottom, right = first_pixel(north - bounds[1]), first_pixel(bounds[2] - west)
            window = Window(top, left, bottom - top, right - left).intersect(grid.window)
            if not window.is_empty:
                yield Square(name_square(bounds[0], bounds[1], side_m), bounds, window)


def name_square(x: float, y: float, side_m: float) -> str:
    """Return the name of a square from its lower left corner: whole kilometres where they are, else metres."""
    unit, digits = (1000, 4) if side_m % 1000 == 0 else (1, 7)
    return "".join(
        f"{positive if value >= 0 else negative}{abs(round(value / unit)):0{digits}d}"
        for value, positive, negative in ((x, "E", "W"), (y, "N", "S"))
    )


def write_downloads(
    folder: Path,
    plan: MosaicPlan,
    products: Mapping[str, Path],
    source: Path | None,
    *,
    side_m: float,
    progress: Progress = SILENT,
) -> int:
    """Write squares of the products, ``mosaic`` and others, and the index into ``folder``; return how many squares have data.

    With ``source``, the SOURCE raster, a STAC item is written beside each file. Files appear by rename, the index last.
    Raises `OutputError`.
    """
    rows: list[dict[str, Any]] = []
    squares = list(lay_squares(plan.grid, side_m))
    for done, square in enumerate(squares):
        progress.report(done / len(squares), f"Writing download {square.name}")
        with open_raster(products["mosaic"]) as dataset:
            count = _count_data(dataset, square.window, progress)
        if not count:
            continue
        files = {name: folder / f"{path.stem}_{square.name}.tif" for name, path in products.items()}
        for name, path in products.items():
            _copy(path, files[name], square.window, progress)
        if source is not None:
            _describe(files, plan, source, square.window)
        share = count / (square.window.rows * square.window.cols)
        rows.append({"tile": square.name, **{name: path.name for name, path in files.items()}, "data_pct": round(100 * share, 2)})
        rows[-1]["geometry"] = shapely.box(*square.bounds)
    columns = ("tile", *products, "data_pct")
    frame = gpd.GeoDataFrame(
        {name: [row[name] for row in rows] for name in columns}, geometry=[row["geometry"] for row in rows], crs=plan.grid.crs
    )
    write_frame(folder / INDEX, frame, "tiles")
    return len(rows)


def _count_data(dataset: DatasetReader, window: Window, progress: Progress) -> int:
    count = 0
    for part in window.blocks(BLOCK_PX):
        check(progress)
        count += int(np.count_nonzero(read_samples(dataset, [1], part)))
    return count


def _copy(path: Path, target: Path, window: Window, progress: Progress) -> None:
    """Write one window of a raster as a raster of its own, with its names and tags."""
    with open_raster(path) as dataset:
        tags = {key: value for key, value in dataset.tags().items() if key != "AREA_OR_POINT"}
        names = tuple(name or f"band {n}" for n, name in enumerate(dataset.descriptions, 1))
        spec = RasterSpec(grid_of(dataset).crop(window), dataset.dtypes[0], names, dataset.nodata, tags)
        with write_raster(target, spec) as sink:
            for part in window.blocks(BLOCK_PX):
                check(progress)
                sink.write(read_samples(dataset, list(dataset.indexes), part), part.shift(-window.row, -window.col))


def _describe(files: Mapping[str, Path], plan: MosaicPlan, source: Path, window: Window) -> None:
    """Write an item beside each file that names the scenes in it."""
    ranks: set[int] = set()
    with open_raster(source) as dataset:
        for part in window.blocks(4 * TILE_PX):
            ranks.update(np.unique(read_samples(dataset, [1], part)).tolist())
    if plan.backdrop is not None and plan.backdrop.rank in ranks:
        ranks.update(plan.backdrop.members)
    scenes = [placed.scene for placed in plan.scenes if placed.rank in ranks]
    for name, path in files.items():
        write_item(path, scenes, reflectance=name == "mosaic")
