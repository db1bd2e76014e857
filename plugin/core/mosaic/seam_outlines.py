"""Labels of cells to polygons of scenes: one network of outlines, so that neighbours share every line."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..clouds.assemble import assemble
from ..clouds.components import Components, components_of, contacts
from ..clouds.outlines import trace
from ..clouds.simplify import kept_points
from ..grid import Grid

SIMPLIFY_CELLS = 0.7
"""Tolerance of the outlines in finest cells, where a cell has more than one pixel."""


def draw_seams(labels: np.ndarray, factor: int, grid: Grid) -> dict[int, np.ndarray]:
    """Return the polygons of each rank, a gap-free partition of the grid that reaches half a cell beyond it.

    Cells without a scene go to the nearest one: what is clear in part of a cell belongs to somebody.
    """
    if not labels.any():
        return {}
    if not labels.all():
        nearest = ndimage.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
        labels = labels[nearest[0], nearest[1]]
    labels = np.pad(labels, 1, mode="edge")
    found = components_of(labels)
    faces = _faces(labels, found)
    outlines = trace(faces)
    kept = kept_points(outlines, SIMPLIFY_CELLS if factor > 1 else 0.0)
    cells = grid.coarsen(factor)
    polygons = assemble(outlines, kept, components_of(faces), cells.crop(cells.window.grow(1)), 0.0)
    return {int(rank): polygons[found.values == rank] for rank in np.unique(found.values)}


def _faces(labels: np.ndarray, found: Components) -> np.ndarray:
    """Return (rows, cols) uint8 codes from 1, different for areas of different scenes that touch."""
    ranks = np.unique(found.values)
    if len(ranks) <= 255:
        return (np.searchsorted(ranks, labels) + 1).astype(np.uint8)
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
    table = np.zeros(65536, np.uint8)
    table[list(code)] = list(code.values())
    return np.asarray(table[labels])
