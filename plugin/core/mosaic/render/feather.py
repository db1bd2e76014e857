"""Narrow linear blends across seams: how much each scene counts close to where it meets another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np
from scipy import ndimage

from ...regions.neighbourhood import highest, lowest

_HIGHEST = np.uint16(65535)


class Shown(Protocol):
    """What shows in parts of a window."""

    @property
    def rank(self) -> int:
        """Value in SOURCE."""

    @property
    def clear(self) -> np.ndarray:
        """(rows, cols) True where it can show."""


Layer = TypeVar("Layer", bound=Shown)


def near_seams(rank: np.ndarray, cut: tuple[slice, slice], width_px: int) -> np.ndarray:
    """Return, over a cut of ``rank`` (rows, cols), True for pixels of a scene that see another one within ``width_px``.

    Holes (0) do not count.
    """
    around, inner = _grown(cut, rank.shape, width_px)
    rank = rank[around]
    known = rank[rank > 0]
    if not width_px or not len(known) or (known == known[0]).all():
        return np.zeros(rank[inner].shape, bool)
    other = highest(rank, width_px) != lowest(np.where(rank == 0, _HIGHEST, rank), width_px)
    return np.asarray((other & (rank > 0))[inner])


def feather_weights(
    scenes: Sequence[Layer], rank: np.ndarray, near: np.ndarray, cut: tuple[slice, slice], width_px: int
) -> Iterator[tuple[Layer, np.ndarray]]:
    """Yield scenes with their weights (pixels,) at the pixels of ``near``, a mask over ``cut``; they do not sum to 1.

    A scene's weight is the share of the square around a pixel that is its own, a ramp across a straight seam, and 0
    where the scene is not clear.
    """
    around, inner = _grown(cut, rank.shape, width_px)
    for scene in scenes:
        own = rank[around] == scene.rank
        if not own.any():
            continue
        weight = ndimage.uniform_filter(own.astype(np.float32), 2 * width_px + 1, mode="nearest")[inner][near]
        weight[weight < 0.5 / (2 * width_px + 1) ** 2] = 0  # less than a pixel: what the filter's running sum leaves of rounding
        if weight.any():
            yield scene, weight * scene.clear[cut][near]


def _grown(cut: tuple[slice, slice], shape: tuple[int, ...], by_px: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the cut grown on each side as far as there is something, and the cut in it."""
    (top, bottom), (left, right) = (
        (max(part.start - by_px, 0), min(part.stop + by_px, length)) for part, length in zip(cut, shape, strict=True)
    )
    rows, cols = cut
    return (slice(top, bottom), slice(left, right)), (slice(rows.start - top, rows.stop - top), slice(cols.start - left, cols.stop - left))
