"""Figures that tell how far two orthos lie apart, with the measures of ISO 19157 and intervals that respect neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .displacement import Displacements

LIMITS_PX = (0.3, 1.0)
"""Displacements that shares are told of: three metres at 10 m is what is asked of two dates of Sentinel-2."""
GROSS = 3.0
"""An error beyond so many standard deviations of its mean is gross."""
BLOCK_M = 5000.0
"""Side of the squares that are drawn together: points nearer to each other err alike."""
DRAWS = 400
"""Samples of the bootstrap."""
BINS = 2000
"""Steps in which radial errors are counted for the bootstrap."""


def nmad(values: np.ndarray) -> float:
    """Return the normalised median absolute deviation: the standard deviation, were there no outliers (Hoehle and Hoehle 2009)."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


@dataclass(frozen=True)
class Axis:
    """Errors along one axis, metres."""

    mean: float
    """Systematic error."""
    median: float
    """Systematic error that outliers do not move."""
    std: float
    """Standard deviation about the mean."""
    nmad: float
    """Normalised median absolute deviation."""
    rmse: float
    """Root mean square about 0."""
    low: float
    """Least value."""
    high: float
    """Largest value."""

    @classmethod
    def of(cls, values: np.ndarray) -> Axis:
        """Return the figures of values, of which there is at least one."""
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        root = float(np.sqrt(np.mean(values**2)))
        return cls(float(values.mean()), float(np.median(values)), spread, nmad(values), root, float(values.min()), float(values.max()))


def figures_of(found: Displacements, seed: int = 0) -> dict[str, Any]:
    """Return the figures of the kept points as plain values, metres unless a name says otherwise; empty axes where none is kept."""
    kept = found.kept
    east, north = found.east_m[kept], found.north_m[kept]
    count = {"tried": len(kept), "kept": int(kept.sum()), "kept_share": float(kept.mean()) if len(kept) else 0.0}
    if not len(east):
        return {"count": count}
    radial = np.hypot(east, north)
    axes = {"east": Axis.of(east), "north": Axis.of(north)}
    pixel_m = found.grid.pixel_m
    ce = {f"ce{level}": float(np.percentile(radial, level)) for level in (50, 90, 95)}
    whole = {
        "mean": float(radial.mean()),
        "median": float(np.median(radial)),
        "rmse": float(np.sqrt(np.mean(radial**2))),
        **ce,
        "nssda95": _nssda(axes["east"].rmse, axes["north"].rmse),
        "largest": float(radial.max()),
    }
    away = np.hypot((east - axes["east"].mean) / max(axes["east"].std, 1e-9), (north - axes["north"].mean) / max(axes["north"].std, 1e-9))
    middle = np.hypot(east - axes["east"].median, north - axes["north"].median)
    return {
        "count": count,
        "pixel_m": pixel_m,
        **{name: vars(axis) for name, axis in axes.items()},
        "radial": whole,
        "around_median": {"ce90": float(np.percentile(middle, 90)), "ce95": float(np.percentile(middle, 95))},
        "covariance_m2": float(np.cov(east, north)[0, 1]) if len(east) > 1 else 0.0,
        "within": {f"{limit:g}_px": float((radial <= limit * pixel_m).mean()) for limit in LIMITS_PX},
        "gross": {"count": int((away > GROSS).sum()), "share": float((away > GROSS).mean()), "beyond_std": GROSS},
        "sigma_px": {"median": float(np.median(found.points.sigma_px[kept]))},
        "interval_95": bootstrap(found, seed),
    }


def _nssda(east: float, north: float) -> float:
    """Return the accuracy at 95 % of FGDC-STD-007.3-1998: for like errors 1.7308 RMSE, else 2.4477 times the mean of both axes."""
    low, high = sorted((east, north))
    if high and low / high >= 0.999:
        return 1.7308 * float(np.hypot(east, north))
    return 2.4477 * 0.5 * (east + north)


def blocks_in(x: np.ndarray, y: np.ndarray, side_m: float = BLOCK_M) -> np.ndarray:
    """Return the number of the square that each place lies in, 0 to the count of squares that hold any."""
    names = np.stack([np.floor(x / side_m), np.floor(y / side_m)], axis=1)
    return np.asarray(np.unique(names, axis=0, return_inverse=True)[1]).ravel()


def bootstrap(found: Displacements, seed: int) -> dict[str, list[float]]:
    """Return 95 % intervals of means, RMSE and CE90 when whole squares of `BLOCK_M` are drawn anew; empty where there are too few.

    Kuensch (1989), The jackknife and the bootstrap for general stationary observations, doi:10.1214/aos/1176347265.
    """
    kept = found.kept
    east, north = found.east_m[kept], found.north_m[kept]
    block = blocks_in(*(values[kept] for values in found.place))
    count = int(block.max()) + 1
    if count < 4:
        return {}
    radial = np.hypot(east, north)
    top = max(float(radial.max()), 1e-9)
    bins = np.minimum((radial / top * BINS).astype(int), BINS - 1)
    histogram = np.zeros((count, BINS), np.int64)
    np.add.at(histogram, (block, bins), 1)
    sums = np.stack([np.bincount(block, values, count) for values in (np.ones(len(block)), east, north, radial**2)])
    drawn = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    size, total_east, total_north, squares = sums[:, drawn].sum(axis=2)
    share = np.stack([histogram[row].sum(axis=0).cumsum() for row in drawn]) / size[:, None]
    ce90 = (np.argmax(share >= 0.9, axis=1) + 0.5) / BINS * top
    values = {"mean_east": total_east / size, "mean_north": total_north / size, "rmse": np.sqrt(squares / size), "ce90": ce90}
    return {name: [float(limit) for limit in np.percentile(sample, (2.5, 97.5))] for name, sample in values.items()}


def iso_measures(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures under the identifiers of ISO 19157: relative accuracy, for neither ortho is the truth."""
    if "radial" not in figures:
        return []
    radial, east, north = figures["radial"], figures["east"], figures["north"]
    rows = (
        (28, "mean value of positional uncertainties", radial["mean"], "m"),
        (128, "bias of positions, east", east["mean"], "m"),
        (128, "bias of positions, north", north["mean"], "m"),
        (31, "rate of positional errors above 1 px", 1 - figures["within"]["1_px"], "1"),
        (32, "covariance, east and north", figures["covariance_m2"], "m2"),
        (39, "root mean square error, east", east["rmse"], "m"),
        (39, "root mean square error, north", north["rmse"], "m"),
        (43, "CE50", radial["ce50"], "m"),
        (44, "CE90", radial["ce90"], "m"),
        (45, "CE95", radial["ce95"], "m"),
        (47, "root mean square error of planimetry", radial["rmse"], "m"),
        (53, "relative horizontal error, CE90 about the median", figures["around_median"]["ce90"], "m"),
    )
    return [{"id": number, "name": name, "value": value, "unit": unit} for number, name, value, unit in rows]
