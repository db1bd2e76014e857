"""Fill holes with a percentile of all clear observations of a period, band by band, instead of with one other date.

Where the scene that a pixel would come from is covered, the balanced samples of every scene of the period that is clear
there are ranked, and each band takes the percentile asked for: a low one keeps haze and missed cloud out, the median is
nearest to what is usual. Bands may then come from different dates, so ratios of bands are less exact there than where
one date shows; SOURCE marks such pixels with an index of their own, one above the last scene's, and their date is 0.
What no scene of the period shows clearly is filled from the best other date.

The measured product keeps a hard rim. For the eye the backdrop is blended with the scenes around it as these are with
each other; for that it is worked out some way beyond the holes as well.

A block ranks the pixels of its holes in groups of rows, so that memory stays bounded however many scenes there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...raster.grid import Grid, Window
from ...regions.neighbourhood import cell_means, highest
from ..plan.plan import Backdrop
from ..plan.scene_pool import read_block
from .sources import SourceWindow

GROUP_BYTES = 96_000_000
"""Samples of all scenes that are held at a time, about: three copies of four bytes while they are ranked."""


@dataclass(frozen=True, eq=False)
class Laid:
    """The backdrop in the holes of one window and around them."""

    where: np.ndarray
    """(rows, cols) True where it shows."""
    known: np.ndarray
    """(rows, cols) True where it is known: where it shows, and around."""
    values: np.ndarray
    """(bands, pixels of ``known``) float32, balanced and not rounded."""

    def within(self, cut: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
        """Return where it shows in a cut of the window, and its values (bands, pixels) there."""
        inside = np.zeros(self.where.shape, bool)
        inside[cut] = self.where[cut]
        return self.where[cut], self.values[:, inside[self.known]]


class BackdropLayer:
    """The backdrop over a window, as it is blended with the scenes around its holes."""

    def __init__(self, rank: int, laid: Laid, bands: Sequence[int]) -> None:
        self.rank = rank
        """Value in SOURCE."""
        self.clear = laid.known
        """(rows, cols) True where it is known."""
        self.blendable = laid.known
        """The same: there is no other join."""
        self._dense = {band: np.zeros(laid.known.shape, np.float32) for band in bands}
        for band, dense in self._dense.items():
            dense[laid.known] = laid.values[band]

    def balanced(self, band: int, cut: tuple[slice, slice], part: tuple[slice, slice] | np.ndarray) -> np.ndarray:
        """Return float32 samples of one band in a part of a cut of the window."""
        return np.asarray(self._dense[band][cut][part])

    def means(self, bands: Sequence[int], size_px: int) -> np.ndarray:
        """Return (bands, rows, cols) float32 means over the whole cells of the window."""
        return np.stack([cell_means(self._dense[band], size_px) for band in bands])


def lay_backdrop(
    scenes: Sequence[SourceWindow], backdrop: Backdrop, grid: Grid, bands: Sequence[str], window: Window, *, around_px: int = 0
) -> Laid:
    """Return the percentiles in the holes of ``window`` and within ``around_px`` of them.

    ``scenes``, in order of priority, cover the window; ``grid`` is the mosaic's.
    """
    holes = find_hidden(scenes, window.shape)
    asked = highest(holes, around_px)
    members = [scene for scene in scenes if scene.rank in backdrop.members]
    known = np.zeros(window.shape, bool)
    found: list[np.ndarray] = []
    for rows in _groups(asked, len(members) * len(bands)):
        part = Window(window.row + rows.start, window.col, rows.stop - rows.start, window.cols)
        wanted = asked[rows]
        clear, samples = _gather(members, wanted, grid.crop(part), bands, rows)
        seen = clear.any(axis=0)
        known[rows][wanted] = seen
        found.append(_percentiles(members, clear[:, seen], samples[:, :, seen], backdrop.percent))
    return Laid(holes & known, known, np.concatenate(found, axis=1) if found else np.empty((len(bands), 0), np.float32))


def find_hidden(scenes: Sequence[SourceWindow], shape: tuple[int, int]) -> np.ndarray:
    """Return (rows, cols) True where the scene that a seam layer names, or else the first with data, is covered."""
    hidden, owned = np.zeros(shape, bool), np.zeros(shape, bool)
    for named in (True, False) if any(scene.wanted is not None for scene in scenes) else (False,):
        for scene in scenes:
            mine = ~owned
            if named:
                mine &= scene.wanted if scene.wanted is not None else False
            if mine.any():
                mine = scene.has_data(mine)
                hidden |= mine & ~scene.uncovered
                owned |= mine
    return hidden


def _groups(holes: np.ndarray, samples: int) -> Iterator[slice]:
    """Yield rows that hold the holes, few enough at a time; ``samples`` is the number of samples per pixel."""
    rows = np.flatnonzero(holes.any(axis=1))
    if not len(rows) or not samples:
        return
    most = max(1, GROUP_BYTES // (12 * samples))
    start, count = int(rows[0]), 0
    for row in range(start, int(rows[-1]) + 1):
        here = int(holes[row].sum())
        if count and count + here > most:
            yield slice(start, row)
            start, count = row, 0
        count += here
    yield slice(start, int(rows[-1]) + 1)


def _gather(
    members: Sequence[SourceWindow], wanted: np.ndarray, grid: Grid, bands: Sequence[str], rows: slice
) -> tuple[np.ndarray, np.ndarray]:
    """Return (scenes, pixels) True where a scene is clear, and (scenes, bands, pixels) float32 balanced samples of rows of a window."""
    count = int(wanted.sum())
    clear = np.zeros((len(members), count), bool)
    samples = np.zeros((len(members), len(bands), count), np.float32)
    for n, scene in enumerate(members):
        uncovered = scene.uncovered[rows][wanted]
        if not uncovered.any():
            continue
        read = read_block(scene.source.scene, bands, grid)[:, wanted]
        clear[n] = uncovered & (read > 0).all(axis=0)
        for band in range(len(bands)):
            field = scene.source.field
            factor = 1 if field is None else field.of_band(band).over(grid)[0][wanted]
            samples[n, band] = (read[band] * scene.source.gain[band] + scene.source.offset[band]) * factor
    return clear, samples


def _percentiles(members: Sequence[SourceWindow], clear: np.ndarray, samples: np.ndarray, percent: int) -> np.ndarray:
    """Return (bands, pixels) percentiles over the scenes that are clear, linear between two of them as NumPy has it."""
    if not len(members):
        return np.empty((samples.shape[1], 0), np.float32)
    ranked = np.sort(np.where(clear[:, None], samples, np.float32(np.inf)), axis=0)
    place = (clear.sum(axis=0) - 1) * np.float32(percent / 100)
    lower = np.floor(place).astype(np.intp)
    upper = np.minimum(lower + 1, clear.sum(axis=0) - 1)
    low, high = (np.take_along_axis(ranked, at[None, None], axis=0)[0] for at in (lower, upper))
    return np.asarray(low + (high - low) * (place - lower).astype(np.float32), np.float32)
