"""The whole of holes that cross blocks, in figures and as polygons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.features import shapes
from scipy import sparse
from scipy.sparse import csgraph
from shapely.geometry import shape

from ...raster.grid import Grid, Window
from ...vector.features import write_frame
from ..render.holes import LISTED, MASK, Facts, Run
from ..render.parts import Part, read_array


@dataclass(frozen=True, order=True)
class Hole:
    """A connected area that scenes cover but none shows clearly."""

    pixels: int
    """Its area."""
    row: float
    """Mean row of its pixels in the mosaic."""
    col: float
    """Mean column."""


def join_holes(blocks: Mapping[tuple[int, int], Facts], block_px: int) -> tuple[int, list[Hole]]:
    """Return the number of holes of a mosaic and the largest of them, from the facts of blocks by (block row, block column)."""
    places = sorted(blocks)
    first = dict(zip(places, np.cumsum([0, *(len(blocks[place]["cut"]) for place in places)]).tolist(), strict=False))
    pairs = [
        (first[place] + ours, first[other] + theirs)
        for place in places
        for other, mine, its in (((place[0], place[1] + 1), 3, 2), ((place[0] + 1, place[1]), 1, 0))
        if other in blocks
        for ours, theirs in _meeting(blocks[place]["sides"][mine], blocks[other]["sides"][its])
    ]
    cut = np.array([_moved(hole, place, block_px) for place in places for hole in blocks[place]["cut"]], np.int64).reshape(-1, 3)
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = sparse.coo_matrix((np.ones(len(a), bool), (a, b)), shape=(len(cut), len(cut)))
    count, owner = csgraph.connected_components(graph, directed=False) if len(cut) else (0, np.empty(0, int))
    whole = np.zeros((count, 3), np.int64)
    np.add.at(whole, owner, cut)
    inner = [_moved(hole, place, block_px) for place in places for hole in blocks[place]["largest"]]
    holes = [Hole(int(pixels), rows / pixels, cols / pixels) for pixels, rows, cols in (*whole.tolist(), *inner)]
    holes.sort(key=lambda hole: (-hole.pixels, hole.row, hole.col))
    return count + sum(blocks[place]["inner"] for place in places), holes[:LISTED]


def _moved(hole: Sequence[int], place: tuple[int, int], block_px: int) -> tuple[int, int, int]:
    """Return pixels and sums of a block's hole with rows and columns of the mosaic."""
    pixels, rows, cols = hole
    return pixels, rows + pixels * place[0] * block_px, cols + pixels * place[1] * block_px


def _meeting(ours: Sequence[Run], theirs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return the numbers of holes that lie side by side along two sides that touch; runs are in order."""
    found, at = [], 0
    for start, stop, number in ours:
        while at < len(theirs) and theirs[at][1] <= start:
            at += 1
        following = at
        while following < len(theirs) and theirs[following][0] < stop:
            found.append((number, theirs[following][2]))
            following += 1
    return found


def outline_holes(grid: Grid, parts: Mapping[tuple[int, int], Part], block_px: int) -> gpd.GeoDataFrame:
    """Return a polygon per hole, largest first, with ``number`` as in the report and ``area_m2``.

    ``parts`` are the finished blocks of the mosaic's grid by (block row, block column). Raises `InputError` where one is gone.
    """
    inner: list[shapely.Polygon] = []
    cut: list[shapely.Polygon] = []
    for place, part in sorted(parts.items()):
        if part.facts["holes"]["pixels"]:
            window = Window(place[0] * block_px, place[1] * block_px, block_px, block_px).intersect(grid.window)
            for outline in _outlines(part, window):
                (cut if _reaches_side(outline, window) else inner).append(outline)
    whole = shapely.get_parts(shapely.union_all(cut)) if cut else []
    found = np.array([*inner, *whole], dtype=object)
    pixels, middle = np.rint(shapely.area(found)), shapely.centroid(found)
    found = found[np.lexsort((np.round(shapely.get_x(middle), 6), np.round(shapely.get_y(middle), 6), -pixels))]
    # Corners of pixels, half a pixel before their centres.
    on_map = shapely.transform(found, lambda places: np.stack(grid.to_map(places[:, 1] - 0.5, places[:, 0] - 0.5), axis=1))
    data = {"number": np.arange(1, len(found) + 1), "area_m2": np.rint(shapely.area(found)) * grid.pixel_m**2}
    return gpd.GeoDataFrame(data, geometry=list(on_map), crs=grid.crs)


def _outlines(part: Part, window: Window) -> list[shapely.Polygon]:
    """Return the outlines of a block's holes in columns and rows of the mosaic: whole numbers, which meet across blocks."""
    mask = np.unpackbits(read_array(part, MASK), count=window.rows * window.cols).reshape(window.shape)
    corner = Affine.translation(window.col, window.row)
    return [shape(outline) for outline, _ in shapes(mask, mask.view(bool), connectivity=4, transform=corner)]


def _reaches_side(outline: shapely.Polygon, window: Window) -> bool:
    west, north, east, south = outline.bounds
    return west == window.col or north == window.row or south == window.stop[0] or east == window.stop[1]


def write_holes(path: str | Path, frame: gpd.GeoDataFrame) -> None:
    """Write the polygons of `outline_holes`; raises `OutputError`."""
    write_frame(path, frame, "holes")
