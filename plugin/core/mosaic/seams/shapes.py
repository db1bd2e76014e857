"""Labels of cells to polygons of scenes, square by square: one network of outlines in each, so that neighbours share every line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from ...raster.grid import Bounds, Grid, Window
from ...regions.assemble import assemble
from ...regions.components import Components, components_of, contacts
from ...regions.contours import trace
from ...regions.simplify import kept_points

SIMPLIFY_CELLS = 0.7
"""Tolerance of the outlines in finest cells, where a cell has more than one pixel."""
MARGIN_CELLS = 2
"""Cells without a scene that are drawn with their neighbours."""
AROUND_CELLS = MARGIN_CELLS + 2
"""Cells around a square that are drawn with it."""
BEYOND_CELLS = 32
"""Cells beyond the edges of the grid that go to the scene at the edge: the picture is blended from there as well."""
SQUARE_CELLS = 1024
"""Side of the squares that are drawn one by one: a country's lines do not fit into memory."""


@dataclass(frozen=True, eq=False)
class DrawJob:
    """Everything the polygons of one square of cells follow from."""

    labels: np.ndarray
    """(rows, cols) uint16 ranks of the square grown by `AROUND_CELLS`, those of the edge repeated beyond it, 0 none."""
    square: Window
    """What is drawn, in cells."""
    cells: Grid
    """Grid of the cells."""
    tolerance_cells: float
    """How far lines may be simplified."""


def squares_of(cells: Grid) -> list[Window]:
    """Return the squares that are drawn one by one; the outer ones reach `BEYOND_CELLS` out of the grid, where blocks look as well."""
    rows, cols = cells.shape
    squares = []
    for block in cells.window.blocks(SQUARE_CELLS):
        row, col = block.row - BEYOND_CELLS * (block.row == 0), block.col - BEYOND_CELLS * (block.col == 0)
        stop_row, stop_col = block.stop[0] + BEYOND_CELLS * (block.stop[0] == rows), block.stop[1] + BEYOND_CELLS * (block.stop[1] == cols)
        squares.append(Window(row, col, stop_row - row, stop_col - col))
    return squares


def square_job(labels: np.ndarray, square: Window, cells: Grid, factor: int) -> DrawJob:
    """Return the job of one square; ``labels`` are those of all cells, each ``factor`` pixels of the mosaic wide."""
    wide = square.grow(AROUND_CELLS)
    row = np.clip(np.arange(wide.row, wide.stop[0]), 0, labels.shape[0] - 1)
    col = np.clip(np.arange(wide.col, wide.stop[1]), 0, labels.shape[1] - 1)
    return DrawJob(labels[np.ix_(row, col)], square, cells, SIMPLIFY_CELLS if factor > 1 else 0.0)


def draw_square(job: DrawJob) -> dict[int, np.ndarray]:
    """Return the polygons of each rank in a square, which part what is covered of it without gaps.

    Cells without a scene beside covered ones count as covered: what is clear in part of a cell belongs to somebody. The
    outer corners of what is drawn are cut off, as all corners are, so more is drawn and the square is cut out of it.
    """
    if not job.labels.any():
        return {}
    labels = job.labels.copy()
    for _ in range(MARGIN_CELLS):
        _grow(labels)
    labels = np.ascontiguousarray(labels[MARGIN_CELLS:-MARGIN_CELLS, MARGIN_CELLS:-MARGIN_CELLS])
    found = components_of(labels)
    faces = _faces(labels, found)
    outlines = trace(faces)
    wide = job.cells.crop(job.square.grow(AROUND_CELLS - MARGIN_CELLS))
    polygons = assemble(outlines, kept_points(outlines, job.tolerance_cells), components_of(faces), wide, 0.0)
    inside = _cut(polygons, job.cells.crop(job.square).bounds)
    return {int(rank): inside[found.values == rank] for rank in np.unique(found.values)}


def _cut(polygons: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Return what of polygons lies in a box."""
    west, south, east, north = shapely.bounds(polygons).T
    across = (west < bounds[0]) | (south < bounds[1]) | (east > bounds[2]) | (north > bounds[3])
    cut = polygons.copy()
    cut[across] = shapely.intersection(polygons[across], shapely.box(*bounds))
    return cut


def _grow(labels: np.ndarray) -> None:
    """Give cells without a scene that of the cell above, below, left or right, the first of these that has one."""
    grown = np.zeros_like(labels)
    views = [
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
    ]
    for first, second in views:
        for to, origin in ((first, second), (second, first)):
            np.copyto(grown[to], labels[origin], where=grown[to] == 0)
    np.copyto(labels, grown, where=labels == 0)


def _faces(labels: np.ndarray, found: Components) -> np.ndarray:
    """Return (rows, cols) uint8 codes from 1, different for areas of different scenes that touch."""
    ranks = np.unique(found.values)
    table = np.zeros(65536, np.uint8)
    if len(ranks) <= 255:
        table[ranks] = np.arange(len(ranks)) + 1
        return np.asarray(table[labels])
    above, below, _ = contacts(found.runs)
    side = np.flatnonzero(found.runs.stop[:-1] == found.runs.start[1:])
    first = np.concatenate((found.runs.value[above], found.runs.value[side]))
    second = np.concatenate((found.runs.value[below], found.runs.value[side + 1]))
    pairs = np.unique(np.stack((first, second), axis=1), axis=0)
    touching: dict[int, set[int]] = {int(rank): set() for rank in ranks}
    for a, b in pairs.tolist():
        if a != b:
            touching[a].add(b)
            touching[b].add(a)
    code: dict[int, int] = {}
    for rank in ranks.tolist():
        taken = {code[other] for other in touching[rank] if other in code}
        code[rank] = next(n for n in range(1, 256) if n not in taken)
    table[list(code)] = list(code.values())
    return np.asarray(table[labels])
