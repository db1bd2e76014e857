"""Give small areas of one scene to a neighbour: an editor does not want crumbs."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ...regions.components import Components, components_of

ROUNDS = 3
"""Rounds at most: an area may only become small enough to matter when its neighbour went."""


def absorb_islands(labels: np.ndarray, unary: np.ndarray, mine: np.ndarray, smallest_cells: float) -> np.ndarray:
    """Return labels in which areas below ``smallest_cells`` went to the neighbour that costs least.

    Areas stay that reach beyond ``mine``, or where no neighbour is allowed on every cell. Smaller areas go first.
    """
    out = labels.copy()
    for _ in range(ROUNDS):
        found = components_of((out + 1).astype(np.uint16))
        todo = np.flatnonzero(found.areas_px < smallest_cells)
        if not len(todo):
            break
        changed = _absorb(out, unary, mine, found, todo)
        if not changed:
            break
    return out


def _absorb(out: np.ndarray, unary: np.ndarray, mine: np.ndarray, found: Components, todo: np.ndarray) -> bool:
    place = _numbered(found, out.shape)
    boxes = ndimage.find_objects(place)
    changed = False
    for component in todo[np.argsort(found.areas_px[todo], kind="stable")]:
        rows, cols = boxes[component]
        box = slice(max(0, rows.start - 1), rows.stop + 1), slice(max(0, cols.start - 1), cols.stop + 1)
        inside = place[box] == component + 1
        if not mine[box][inside].all():
            continue
        rim = ndimage.binary_dilation(inside) & ~inside
        labels = np.unique(out[box][rim])
        labels = labels[labels >= 0]
        if not len(labels):
            continue
        cost = unary[labels][:, box[0], box[1]][:, inside].sum(axis=1)
        if not np.isfinite(cost).any():
            continue
        out[box][inside] = labels[int(cost.argmin())]
        changed = True
    return changed


def _numbered(found: Components, shape: tuple[int, ...]) -> np.ndarray:
    """Return (rows, cols) int32 component numbers from 1, 0 background."""
    step = np.zeros(shape[0] * shape[1] + 1, np.int32)
    np.add.at(step, found.runs.start, found.labels.astype(np.int32) + 1)
    np.subtract.at(step, found.runs.stop, found.labels.astype(np.int32) + 1)
    return np.asarray(np.cumsum(step[:-1], dtype=np.int32).reshape(shape))
