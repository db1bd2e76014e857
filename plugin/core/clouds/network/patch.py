"""Patches: where they lie, how they are made ready for a network, and how their borders blend."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...raster.grid import Window
from .card import ModelCard


@dataclass(frozen=True)
class PatchLayout:
    """Overlapping patches that cover a raster with a margin to spare on each side."""

    shape: tuple[int, int]
    """(rows, cols) of the raster."""
    patch_px: int
    """Side of a patch."""
    step_px: int
    """Distance between neighbouring patches."""
    margin_px: int
    """Pixels by which the first and last patches at least reach outside."""

    @property
    def overlap_px(self) -> int:
        """Pixels that neighbouring patches share."""
        return self.patch_px - self.step_px

    @property
    def cols(self) -> int:
        """Columns that a row of patches covers."""
        return self.step_px * (self.counts[1] - 1) + self.patch_px

    @property
    def counts(self) -> tuple[int, int]:
        """Number of patch rows and of patches in each."""
        rows, cols = (max(1, math.ceil((side + 2 * self.margin_px - self.overlap_px) / self.step_px)) for side in self.shape)
        return rows, cols

    def window(self, row: int, col: int) -> Window:
        """Return the patch of that place (0-based); it may reach outside the raster."""
        return Window(row * self.step_px - self.margin_px, col * self.step_px - self.margin_px, self.patch_px, self.patch_px)


def taper(patch_px: int, overlap_px: int) -> np.ndarray:
    """Return (patch, patch) float32 weights: one inside, a raised cosine over the overlap, nowhere zero.

    The weights of neighbouring patches sum to one.
    """
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(overlap_px) + 0.5) / max(overlap_px, 1))
    line = np.ones(patch_px)
    line[:overlap_px], line[patch_px - overlap_px :] = ramp, ramp[::-1]
    return np.outer(line, line).astype(np.float32)


def mirrored(first: int, count: int, size: int) -> np.ndarray:
    """Return indices ``first .. first + count`` with those outside 0..size reflected about the edge (symmetric padding)."""
    index = np.arange(first, first + count) % (2 * size)
    return np.where(index < size, index, 2 * size - 1 - index)


def normalise(reflectance: np.ndarray, valid: np.ndarray, card: ModelCard) -> np.ndarray:
    """Return what the network is fed: scaled, normalised, and with something harmless where there is no data.

    ``reflectance`` is (bands, rows, cols) float32 and stays as it is.
    """
    values = reflectance * np.float32(card.scale)
    if card.normalisation == "standardize":
        mean, std = np.array(card.mean, np.float32), np.array(card.std, np.float32)
        values -= mean[:, None, None]
        values /= std[:, None, None]
    elif card.normalisation == "zscore":
        inside = values[:, valid]
        values -= inside.mean(axis=1)[:, None, None]
        values /= np.maximum(inside.std(axis=1), 1e-6)[:, None, None]
    if valid.all():
        return values
    if card.nodata_fill is not None:
        values[:, ~valid] = card.nodata_fill
        return values
    return mirror_into(values, valid)


def mirror_into(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return (bands, rows, cols) with invalid pixels filled by reflecting the nearest data along rows, then along columns.

    A network trained on whole images takes an edge of zeros for a dark object; a reflected edge is no edge.
    """
    source_rows, source_cols = np.indices(valid.shape)
    along_row, filled = _mirror_lines(valid)
    source_cols = np.where(filled, along_row, source_cols)
    along_col, complete = _mirror_lines(filled.T)
    if not complete.all():
        return values
    rows = np.where(filled, source_rows, along_col.T)
    cols = np.take_along_axis(source_cols, rows, axis=0)
    return values[:, rows, cols]


def _mirror_lines(valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each pixel, the column of its row to copy from, and whether the row has data at all."""
    cols = valid.shape[1]
    index = np.broadcast_to(np.arange(cols), valid.shape)
    left = np.maximum.accumulate(np.where(valid, index, -1), axis=1)
    right = np.minimum.accumulate(np.where(valid, index, 2 * cols)[:, ::-1], axis=1)[:, ::-1]
    use_left = (left >= 0) & ((index - left <= right - index) | (right >= 2 * cols))
    edge = np.where(use_left, left, np.minimum(right, cols - 1))
    image = np.clip(2 * edge - index + np.where(use_left, 1, -1), 0, cols - 1)
    hit = np.take_along_axis(valid, image, axis=1)
    # A reflection that lands in another gap falls back to the edge pixel itself.
    source = np.where(valid, index, np.where(hit, image, edge))
    return source, np.broadcast_to(valid.any(axis=1)[:, None], valid.shape)
