"""Holes of the mosaic: what each block finds of them, and the whole of those that cross blocks, in figures and as polygons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import ndimage

MASK = "holes"
"""Name in the parts of the array that says which pixels are holes."""
LISTED = 50
"""Holes that the report names, largest first."""

Run = tuple[int, int, int]
"""First place, place after the last, and number of the hole along a block's side."""
Facts = Mapping[str, Any]
"""What a block says of its holes, as `describe_holes` returns it; survives JSON."""


def describe_holes(mask: np.ndarray) -> dict[str, Any]:
    """Return what a block knows of its holes, the True pixels of ``mask`` (rows, cols); sides of pixels connect, corners do not.

    ``pixels`` of all; ``inner``: number of holes that reach no side of the block, of which ``largest`` lists some as
    [pixels, sum of rows, sum of columns]; ``cut``: the same of every hole that does; ``sides``: `Run`s of numbers in
    ``cut`` along top, bottom, left and right.
    """
    labels, count = ndimage.label(mask)
    if not count:
        return {"pixels": 0, "inner": 0, "largest": [], "cut": [], "sides": [[], [], [], []]}
    row, col = np.nonzero(mask)
    owner = labels[row, col] - 1
    sums = np.stack([np.bincount(owner, weights, count) for weights in (None, row, col)], axis=1).astype(np.int64)
    lines = labels[0], labels[-1], labels[:, 0], labels[:, -1]
    touching = np.unique(np.concatenate(lines))
    touching = touching[touching > 0] - 1
    number = np.full(count + 1, -1)
    number[touching + 1] = np.arange(len(touching))
    inner = np.delete(sums, touching, axis=0)
    largest = inner[np.argsort(-inner[:, 0], kind="stable")[:LISTED]]
    return {
        "pixels": len(row),
        "inner": len(inner),
        "largest": largest.tolist(),
        "cut": sums[touching].tolist(),
        "sides": [_runs(number[line]) for line in lines],
    }


def _runs(line: np.ndarray) -> list[Run]:
    """Return the stretches of one number, -1 left out."""
    start = np.flatnonzero(np.concatenate(([True], line[1:] != line[:-1])))
    stop = np.append(start[1:], len(line))
    return [(int(a), int(b), int(line[a])) for a, b in zip(start, stop, strict=True) if line[a] >= 0]


def pack_holes(mask: np.ndarray) -> np.ndarray:
    """Return a mask (rows, cols) as parts keep it, eight pixels to a byte."""
    return np.packbits(mask)
