"""Fill holes with a percentile of all clear observations of a period, band by band, instead of with one other date.

Where the scene that a pixel would come from is covered, the balanced samples of every scene of the period that is clear
there are ranked, and each band takes the percentile asked for: a low one keeps haze and missed cloud out, the median is
nearest to what is usual. Bands may then come from different dates, so ratios of bands are less exact there than where
one date shows; SOURCE marks such pixels with an index of their own, one above the last scene's, and their date is 0.
What no scene of the period shows clearly is filled from the best other date.

A block ranks the pixels of its holes in groups of rows, so that memory stays bounded however many scenes there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..grid import Grid, Window
from .plan import Backdrop
from .readers import read_block
from .sources import SourceWindow

GROUP_BYTES = 96_000_000
"""Samples of all scenes that are held at a time, about: three copies of four bytes while they are ranked."""


@dataclass(frozen=True, eq=False)
class Laid:
    """The backdrop in the holes of one window."""

    where: np.ndarray
    """(rows, cols) True where it shows."""
    values: np.ndarray
    """(bands, pixels of ``where``) float32, balanced and not rounded."""

    def within(self, cut: tuple[slice, slice]) -> Laid:
        """Return the part inside a cut of the window."""
        inside = np.zeros(self.where.shape, bool)
        inside[cut] = True
        return Laid(self.where[cut], self.values[:, inside[self.where]])


def lay_backdrop(scenes: Sequence[SourceWindow], backdrop: Backdrop, grid: Grid, bands: Sequence[str], window: Window) -> Laid:
    """Return the percentiles in the holes of ``window``, which ``scenes``, in order of priority, cover; ``grid`` is the mosaic's."""
    holes = find_hidden(scenes, window.shape)
    members = [scene for scene in scenes if scene.source.rank in backdrop.members]
    where = np.zeros(window.shape, bool)
    found: list[np.ndarray] = []
    for rows in _groups(holes, len(members) * len(bands)):
        part = Window(window.row + rows.start, window.col, rows.stop - rows.start, window.cols)
        wanted = holes[rows]
        clear, samples = _gather(members, wanted, grid.crop(part), bands, rows)
        known = clear.any(axis=0)
        where[rows][wanted] = known
        found.append(_percentiles(members, clear[:, known], samples[:, :, known], backdrop.percent))
    return Laid(where, np.concatenate(found, axis=1) if found else np.empty((len(bands), 0), np.float32))


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
