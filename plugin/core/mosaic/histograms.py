"""Distributions of samples, band by band, for the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..progress import SILENT, Progress, check
from ..raster import TILE_PX, grid_of, open_raster, read_samples

BINS = 64
"""Bars of a distribution."""
TAIL = 0.001
"""Share of the samples above the last bar at most; they count in it."""
TILES = 64
"""Tiles of the 8-bit product that are read, evenly spread."""


def fold_histogram(counts: np.ndarray, step: float) -> dict[str, Any]:
    """Return ``edges`` (`BINS` + 1) and ``counts`` (`BINS`) of a fine histogram (bins,) of width ``step`` from 0."""
    total = int(counts.sum())
    last = int(np.searchsorted(np.cumsum(counts), (1 - TAIL) * total)) + 1 if total else BINS
    width = -(-last // BINS)
    padded = np.zeros(width * BINS, np.int64)
    kept = counts[: len(padded)]
    padded[: len(kept)] = kept
    padded[-1] += int(counts[len(padded) :].sum())
    edges = np.arange(BINS + 1) * width * step
    return {"edges": edges.tolist(), "counts": padded.reshape(BINS, width).sum(axis=1).tolist()}


def fold_bands(histogram: np.ndarray, bands: Sequence[str], step: float) -> dict[str, Any]:
    """Return band -> edges and counts of (bands, bins) counts."""
    return {band: fold_histogram(row, step) for band, row in zip(bands, histogram, strict=True)}


def sample_bytes(path: str | Path, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Return band -> edges and counts of an 8-bit raster's data, and how many of the samples read are 255.

    At most `TILES` evenly spread tiles are read, at full resolution.
    """
    with open_raster(path) as dataset:
        names = [name or f"band {n}" for n, name in enumerate(dataset.descriptions, 1)]
        windows = list(grid_of(dataset).window.blocks(TILE_PX))
        counts = np.zeros((len(names), 256), np.int64)
        for number in np.unique(np.linspace(0, len(windows) - 1, min(TILES, len(windows))).astype(int)):
            check(progress)
            samples = read_samples(dataset, list(dataset.indexes), windows[number])
            valid = (samples > 0).any(axis=0)
            for band, values in enumerate(samples):
                counts[band] += np.bincount(values[valid], minlength=256)
    folded = {
        name: {"edges": np.linspace(0, 256, BINS + 1).tolist(), "counts": row.reshape(BINS, -1).sum(axis=1).tolist()}
        for name, row in zip(names, counts, strict=True)
    }
    return {"bands": folded, "samples": int(counts.sum()), "at_0": int(counts[:, 0].sum()), "at_255": int(counts[:, 255].sum())}
