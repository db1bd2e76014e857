"""Distributions of samples, band by band, for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..render.jobs import HISTOGRAM, HISTOGRAM_BINS, HISTOGRAM_STEP
from ..render.parts import Part, read_array

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


def add_histograms(parts: Mapping[tuple[int, int], Part], bands: int) -> np.ndarray:
    """Return (bands, bins) counts over all blocks; they are read from the parts: a country's would fill the memory."""
    total = np.zeros((bands, HISTOGRAM_BINS), np.int64)
    for part in parts.values():
        counts = read_array(part, HISTOGRAM)
        total[:, : counts.shape[1]] += counts
    return total


def percentile_of(histogram: np.ndarray, percent: float) -> float:
    """Return the value below which ``percent`` of the counted samples lie, interpolated inside its bin."""
    total = histogram.sum()
    if not total:
        return 0.0
    target = percent / 100 * total
    cumulative = np.cumsum(histogram)
    at = int(np.searchsorted(cumulative, target))
    before = cumulative[at - 1] if at else 0
    return float((at + (target - before) / max(histogram[at], 1)) * HISTOGRAM_STEP)
