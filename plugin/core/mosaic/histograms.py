"""Distributions of samples, band by band, for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

BINS = 64
"""Bars of a distribution."""
TAIL = 0.001
"""Share of the samples above the last bar at most; they count in it."""


def fold_histogram(counts: np.ndarray, step: float, *, last: int = 0) -> dict[str, Any]:
    """Return ``edges`` (`BINS` + 1) and ``counts`` (`BINS`) of a fine histogram (bins,) of width ``step`` from 0.

    ``last`` is the number of fine bins that are shown; 0 leaves the tail out that holds next to nothing.
    """
    total = int(counts.sum())
    if not last:
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
