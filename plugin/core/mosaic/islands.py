"""Give small areas of one scene to a neighbour: an editor does not want crumbs."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..clouds.components import Components, components_of

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
    place = np.zeros(out.shape, np.int64)
    place.ravel()[:] = _numbered(found, out.size)
    changed = False
    for component in todo[np.argsort(found.areas_px[todo], kind="stable")]:
        cells = np.flatnonzero(place.ravel() == component + 1)
        rows, cols = np.divmod(cells, out.shape[1])
        box = tuple(slice(max(0, int(v.min()) - 1), int(v.max()) + 2) for v in (rows, cols))
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


def _numbered(found: Components, size: int) -> np.ndarray:
    """Return (cells,) 1-based component numbers, 0 background."""
    step = np.zeros(size + 1, np.int64)
    step[found.runs.start] += found.labels + 1
    np.subtract.at(step, found.runs.stop, found.labels + 1)
    return np.cumsum(step[:-1])
