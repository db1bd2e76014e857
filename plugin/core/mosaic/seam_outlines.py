"""Labels of cells to polygons of scenes: one network of outlines, so that neighbours share every line."""

from __future__ import annotations

import numpy as np

from ..clouds.assemble import assemble
from ..clouds.components import Components, components_of, contacts
from ..clouds.outlines import trace
from ..clouds.simplify import kept_points
from ..grid import Grid

SIMPLIFY_CELLS = 0.7
"""Tolerance of the outlines in finest cells, where a cell has more than one pixel."""
MARGIN_CELLS = 2
"""Cells without a scene that are drawn with their neighbours."""


def draw_seams(labels: np.ndarray, factor: int, grid: Grid) -> dict[int, np.ndarray]:
    """Return the polygons of each rank, a gap-free partition of the covered area.

    Cells without a scene beside covered ones count as covered: what is clear in part of a cell belongs to somebody.
    At the edges of the grid the polygons reach a cell beyond it.
    """
    if not labels.any():
        return {}
    labels = labels.copy()
    for _ in range(MARGIN_CELLS):
        _grow(labels)
    labels = np.pad(labels, 1, mode="edge")
    found = components_of(labels)
    faces = _faces(labels, found)
    outlines = trace(faces)
    kept = kept_points(outlines, SIMPLIFY_CELLS if factor > 1 else 0.0)
    cells = grid.coarsen(factor)
    polygons = assemble(outlines, kept, components_of(faces), cells.crop(cells.window.grow(1)), 0.0)
    return {int(rank): polygons[found.values == rank] for rank in np.unique(found.values)}


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
