"""Points that disagree: with their neighbours, or across the direction in which an elevation can move them."""

from __future__ import annotations

import numpy as np

LARGEST_RESIDUAL = 3.0
"""Normalised residuals beyond are outliers. The paper has 2 for single vectors; neighbours here lie on one smooth field, and where that is
steep, as in valleys, 2 would take a fifth of good points away (1 px waves of 96 px: 62 of 79 % kept, with 3 and the noise below 78)."""
EXPECTED_NOISE_PX = 0.2
"""Fluctuation that is allowed for where all neighbours agree; the paper's is 0.1."""
LEAST_NEIGHBOURS = 3
"""A point with fewer neighbours has nobody to vouch for it."""
AROUND = 12
"""Side of a point's surroundings, squares."""
LARGEST_AWAY = 4.0
"""Deviations from the median of the surroundings beyond so many of their NMAD are outliers."""
LEAST_SPREAD_PX = 0.1
"""Spread that is allowed for where all the surroundings agree."""
LARGEST_ACROSS = 3.0
"""Components across the view beyond so many NMAD of their median are outliers."""
LEAST_ACROSS_PX = 0.1
"""A component that deviates by less is none."""
_AROUND = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]


def agree_with_neighbours(square_row: np.ndarray, square_col: np.ndarray, moved: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return True for the points whose displacement (2, points; pixels) agrees with those kept in the eight squares around.

    The normalised median test: Westerweel and Scarano (2005), Universal outlier detection for PIV data, doi:10.1007/s00348-005-0016-6.
    """
    if not len(kept):
        return np.zeros(0, bool)
    row, col = (places.astype(int) - int(places.min()) + 1 for places in (square_row, square_col))
    field = np.full((2, row.max() + 2, col.max() + 2), np.nan, np.float32)
    field[:, row[kept], col[kept]] = moved[:, kept]
    around = np.stack([field[:, row + down, col + right] for down, right in _AROUND])
    count = np.isfinite(around[:, 0]).sum(axis=0)
    enough = count >= LEAST_NEIGHBOURS
    residual = np.full(moved.shape, np.inf)
    middle = np.nanmedian(around[:, :, enough], axis=0)
    spread = np.nanmedian(np.abs(around[:, :, enough] - middle), axis=0)
    residual[:, enough] = np.abs(moved[:, enough] - middle) / (spread + EXPECTED_NOISE_PX)
    return enough & (np.hypot(*residual) <= LARGEST_RESIDUAL)


def agree_across(across_px: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return True for the points whose component across the view, pixels, is one that those kept have: no elevation moves it."""
    if not kept.any():
        return np.ones(len(kept), bool)
    middle = np.median(across_px[kept])
    nmad = 1.4826 * np.median(np.abs(across_px[kept] - middle))
    return np.asarray(np.abs(across_px - middle) <= max(LARGEST_ACROSS * nmad, LEAST_ACROSS_PX))


def agree_with_surroundings(square_row: np.ndarray, square_col: np.ndarray, moved: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return True for the points whose displacement is one that those kept around have, `AROUND` squares a side.

    What is wrong together, as over a cloud, agrees with its neighbours and not with its surroundings. Where the field is steep the
    surroundings vary, and allow for it. A point has two surroundings, half a side apart, and must agree with either.
    """
    agrees = np.zeros(len(kept), bool)
    chosen = np.flatnonzero(kept)
    for start in (0, AROUND // 2):
        names = np.stack([(places[chosen].astype(int) + start) // AROUND for places in (square_row, square_col)], axis=1)
        group = np.unique(names, axis=0, return_inverse=True)[1].ravel() if len(chosen) else np.empty(0, int)
        away = np.zeros(len(chosen))
        for values in moved[:, chosen]:
            rest = np.abs(values - _medians(values, group)[group])
            away = np.maximum(away, rest / (1.4826 * _medians(rest, group)[group] + LEAST_SPREAD_PX))
        agrees[chosen] |= away <= LARGEST_AWAY
    return agrees


def _medians(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the (lower) median of each group."""
    order = np.lexsort((values, group))
    count = np.bincount(group)
    return np.asarray(values[order][np.cumsum(count) - count + (count - 1) // 2])
