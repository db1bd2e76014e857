"""Give each cloud, shadow or hole that is too small to the neighbour with which it shares the longest border."""

from __future__ import annotations

import numpy as np

from ...regions.components import Components, components_of, contacts, mask_of
from .class_raster import CLEAR, CLOUD, SHADOW

_SHIFT = 1
"""Runs know 0 as background, so codes are kept one higher; nodata, the highest, thereby becomes background."""


def sieve(classes: np.ndarray, smallest_px: int) -> np.ndarray:
    """Return (rows, cols) classes in which no cloud, shadow or hole has fewer than ``smallest_px`` pixels.

    First clouds and shadows that are too small go to their longest neighbour, then holes do. Nodata stays as it
    is and takes nothing.

    Model: a component below the minimum mapping unit takes the class of the large neighbours with the longest common border.
    Units: ``smallest_px`` in pixels, borders in pixel sides.
    Shapes: (rows, cols) uint8, in and out; components are 4-connected.
    Source: GDAL's ``gdal_sieve`` gives it to the largest neighbour instead; the longest border keeps outlines quieter.
    """
    if smallest_px <= 1:
        return classes
    for pass_codes in ((CLOUD, SHADOW), (CLEAR,)):
        classes = _absorb(classes, smallest_px, pass_codes)
    return classes


def _absorb(classes: np.ndarray, smallest_px: int, codes: tuple[int, ...]) -> np.ndarray:
    """Return (rows, cols) classes in which small components of ``codes`` have the class of their longest neighbour."""
    found = components_of(classes + np.uint8(_SHIFT))
    code = found.values.astype(np.int64) - _SHIFT
    small = (found.areas_px < smallest_px) & np.isin(code, codes)
    if not small.any():
        return classes
    becomes = _longest_neighbour(found, code, small)
    out = classes.copy()
    for target in (CLEAR, CLOUD, SHADOW):
        chosen = (small & (becomes == target))[found.labels]
        if chosen.any():
            for block, part in mask_of(found.runs, chosen):
                out[block][part] = target
    return out


def _longest_neighbour(found: Components, code: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return, per component, the class of the large neighbours that share most border with it; its own without any.

    Neighbours that are too small themselves do not count, except that a component with no other becomes clear.
    """
    first, second, length = borders(found)
    pairs = np.concatenate([np.stack([first, second]), np.stack([second, first])], axis=1)
    length = np.concatenate([length, length])
    use = small[pairs[0]] & ~small[pairs[1]]
    votes = np.zeros((len(code), 3), np.int64)
    np.add.at(votes, (pairs[0][use], code[pairs[1][use]]), length[use])
    own_clear = code == CLEAR
    best = votes.argmax(axis=1)
    return np.where(votes.any(axis=1), best, np.where(own_clear, code, CLEAR))


def borders(found: Components) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of different components that touch, and the length of each contact in pixel sides."""
    runs, labels = found.runs, found.labels
    cols = runs.shape[1]
    beside = (runs.stop[:-1] == runs.start[1:]) & (runs.start[1:] % cols != 0)
    left = np.flatnonzero(beside)
    above, below, shared = contacts(runs)
    first = labels[np.concatenate([left, above])]
    second = labels[np.concatenate([left + 1, below])]
    length = np.concatenate([np.ones(len(left), np.int64), shared])
    differ = first != second
    return first[differ], second[differ], length[differ]
