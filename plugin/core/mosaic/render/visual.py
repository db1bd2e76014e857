"""Join scenes for the eye: what the 8-bit product shows near seams.

The measured product keeps every pixel as its scene has it. A person sees from afar what that leaves: broad differences
of light, haze and season on the two sides of a line. They are taken away by blending two bands of spatial frequency
over different widths. What is broad, the low-pass of the difference of two scenes, is shared out over `blend_px` on
either side of a seam; what is fine, trees and edges of fields, changes over `FINE_PX`, so that nothing is seen twice
and nothing is blurred. Near a seam the picture is

    V = sum_s f_s (I_s + C_s),    C_s = t sum_k w_k L(I_k - I_s),

with f the narrow and w the wide weights, both summing to 1, and L a low-pass over pixels where both scenes are clear.
The blend adapts: t falls to 0 where the difference of two scenes is no matter of light, because it varies within the
low-pass (a harvest, other texture) or is large all over it (snow). A scene's wide weight falls to 0 towards whatever it
does not show clearly, cloud, shadow or nodata, and towards holes it fills with a join of its own: no sample under a
polygon ever enters, and no blend crosses the rim of a hole.

Broad things are worked out on cells of a few pixels tied to the mosaic's grid, so that the result does not depend on
how the mosaic is cut into blocks.

References
----------
Burt & Adelson (1983), doi:10.1145/245.247 (multiresolution spline); Brown & Lowe (2007), doi:10.1007/s11263-006-0002-3
(two bands); Knutsson & Westin (1993), doi:10.1109/CVPR.1993.341081 (normalised convolution).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import ndimage

from ...raster.grid import Window
from ...regions.neighbourhood import cell_means
from .feather import Shown, feather_weights, near_seams

FINE_PX = 2
"""Half width of the blend of what is fine, unless the measured product has a wider feather."""
CELLS = 8
"""Cells of the half width of the wide blend that are aimed at."""
VARIES = (0.15, 0.4)
"""Spread of the difference within the low-pass, relative to the level, up to which it is shared out and from which it is not."""
DIFFERS = (0.4, 0.8)
"""The same for the difference itself."""
FULL_WEIGHT = 0.1
"""Sum of the wide weights below which the blend fades: no scene is well inside what it shows."""


class Blended(Shown, Protocol):
    """A scene or a backdrop over a window, as it is blended with others."""

    @property
    def blendable(self) -> np.ndarray:
        """(rows, cols) True where others may be blended with it over a wide range."""

    def balanced(self, band: int, cut: tuple[slice, slice], part: tuple[slice, slice] | np.ndarray) -> np.ndarray:
        """Return float32 samples of one band in a part of a cut of the window."""

    def means(self, bands: Sequence[int], size_px: int) -> np.ndarray:
        """Return (bands, rows, cols) float32 means over the whole cells of the window."""


def cell_px(blend_px: int) -> int:
    """Return the side of a cell in pixels, a power of two."""
    return int(2 ** max(0, math.floor(math.log2(max(blend_px, 1) / CELLS))))


def reach_px(blend_px: int) -> int:
    """Return how far from a pixel the pixels lie that its wide blend depends on, the whole cells that hold them included."""
    size = cell_px(blend_px)
    return (-(-blend_px // size) + 4) * size if blend_px else 0


def align_to_cells(window: Window, blend_px: int) -> Window:
    """Return the smallest window of whole cells that holds ``window``."""
    size = cell_px(blend_px)
    row, col = window.row // size * size, window.col // size * size
    return Window(row, col, -(-window.stop[0] // size) * size - row, -(-window.stop[1] // size) * size - col)


def compose_visual(
    scenes: Sequence[Blended],
    rank: np.ndarray,
    cut: tuple[slice, slice],
    bands: Sequence[int],
    *,
    blend_px: int,
    feather_px: int,
) -> np.ndarray:
    """Return (bands, rows, cols) float32 of the cut, blended for the eye and not rounded, 0 where no scene shows.

    ``rank`` (rows, cols) over the windows of ``scenes`` says which one shows; ``bands`` are the numbers of the bands
    wanted. With ``blend_px`` = 0 the picture is as the measured product.
    """
    shifts = find_shifts(scenes, rank, bands, blend_px) if blend_px else {}
    width_px = max(feather_px, FINE_PX) if blend_px else feather_px
    inner = rank[cut]
    near = near_seams(rank, cut, width_px)
    weights = {scene.rank: weight for scene, weight in feather_weights(scenes, rank, near, cut, width_px)} if near.any() else {}
    total = sum(weights.values(), np.zeros(int(near.sum()), np.float32))
    out = np.zeros((len(bands), *inner.shape), np.float32)
    blended = np.zeros((len(bands), len(total)), np.float32)
    for scene in scenes:
        number = scene.rank
        mine = inner == number
        if not mine.any() and number not in weights:
            continue
        for n, band in enumerate(bands):
            balanced = scene.balanced(band, cut, (slice(None), slice(None)))
            if number in shifts:
                balanced = balanced + enlarge(shifts[number][n], rank.shape)[cut]
            np.copyto(out[n], balanced, where=mine)
            if number in weights:
                blended[n] += weights[number] * balanced[near]
    if len(total):
        out[:, near] = blended / total
    return np.maximum(out, inner > 0, out=out)  # what a gain takes below the smallest sample is still data


def find_shifts(scenes: Sequence[Blended], rank: np.ndarray, bands: Sequence[int], blend_px: int) -> dict[int, np.ndarray]:
    """Return C, rank -> (bands, rows, cols) on cells, of the scenes that meet others; windows are of whole cells."""
    size = cell_px(blend_px)
    width = -(-blend_px // size)
    present = [scene for scene in scenes if (rank == scene.rank).any()]
    if len(present) < 2:
        return {}
    seen = [_Seen.of(scene, rank, bands, size, width) for scene in present]
    total = np.sum([one.weight for one in seen], axis=0)
    strength = np.clip(total / FULL_WEIGHT, 0, 1) / np.maximum(total, 1e-9)
    shifts = {one.rank: np.zeros((len(bands), *total.shape), np.float32) for one in seen}
    for n, first in enumerate(seen):
        for second in seen[n + 1 :]:
            # Where neither shows beside the other no pixel asks for their difference; elsewhere in the window is no reason.
            if (first.shown & (second.weight > 0)).any() or (second.shown & (first.weight > 0)).any():
                low = _shared_difference(first, second, width)
                shifts[first.rank] += strength * second.weight * low
                shifts[second.rank] -= strength * first.weight * low
    return {number: shift for number, shift in shifts.items() if shift.any()}


@dataclass(frozen=True, eq=False)
class _Seen:
    """One scene on cells."""

    rank: int
    mean: np.ndarray  # (bands, rows, cols) balanced
    clear: np.ndarray  # (rows, cols) True where every pixel of the cell is
    weight: np.ndarray  # (rows, cols) wide weight, not normalised
    shown: np.ndarray  # (rows, cols) True where a pixel of the scene may lie between the centres of cells

    @classmethod
    def of(cls, scene: Blended, rank: np.ndarray, bands: Sequence[int], size: int, width: int) -> _Seen:
        clear = _all(scene.blendable, size)
        # Between centres of cells weights are interpolated: the outermost clear cells must have none.
        inner = ndimage.minimum_filter(clear, 3, mode="nearest")
        taper = 1.0 if inner.all() else np.clip(ndimage.distance_transform_edt(inner) / width, 0, 1)
        share = cell_means(rank == scene.rank, size)
        weight = np.asarray(_spread(share, width) * taper, np.float32)
        return cls(scene.rank, scene.means(bands, size), clear, weight, ndimage.maximum_filter(share > 0, 3, mode="nearest"))


def _shared_difference(first: _Seen, second: _Seen, width: int) -> np.ndarray:
    """Return t * L(second - first), (bands, rows, cols) on cells, 0 where nothing near is clear in both."""
    both = (first.clear & second.clear).astype(np.float32)
    radius = max(1, width // 2)
    count = _spread(both, radius)
    known = np.maximum(count, 1e-6)
    step = (second.mean - first.mean) * both
    low = np.stack([_spread(band, radius) for band in step]) / known
    level = np.maximum(_spread(both * (first.mean + second.mean).mean(axis=0) / 2, radius) / known, 1)
    grey = step.mean(axis=0)
    mean = _spread(grey, radius) / known
    spread = np.sqrt(np.maximum(_spread(grey**2, radius) / known - mean**2, 0))
    trust = _falling(spread / level, VARIES) * _falling(np.abs(mean) / level, DIFFERS) * (count > 1e-3)
    return np.asarray(low * _spread(trust, 1), np.float32)


def _falling(value: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    low, high = limits
    return np.clip((high - value) / (high - low), 0, 1)


def _spread(values: np.ndarray, radius: int) -> np.ndarray:
    """Return means under a tent that ends ``radius`` cells away; each cell is summed by itself, in one order."""
    tent = np.float64(radius + 1) - np.abs(np.arange(-radius, radius + 1))
    along = ndimage.correlate1d(values, tent / tent.sum(), axis=0, mode="nearest")
    return np.asarray(ndimage.correlate1d(along, tent / tent.sum(), axis=1, mode="nearest"))


def _all(mask: np.ndarray, size: int) -> np.ndarray:
    rows, cols = (n // size for n in mask.shape)
    return np.asarray(mask.reshape(rows, size, cols * size).all(axis=1).reshape(rows, cols, size).all(axis=2))


def enlarge(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return values (rows, cols) at the centres of cells over the pixels of the same window, bilinear."""
    for axis, length in enumerate(shape):
        size = length // cells.shape[axis]
        if size == 1:
            continue
        place = (np.arange(length) + 0.5) / size - 0.5
        lower = np.clip(np.floor(place).astype(int), 0, max(cells.shape[axis] - 2, 0))
        upper = np.minimum(lower + 1, cells.shape[axis] - 1)
        share = np.clip(place - lower, 0, 1).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        cells = np.take(cells, lower, axis) * (1 - share) + np.take(cells, upper, axis) * share
    return cells
