"""Why two orthos lie apart: the difference of their elevation models seen under the angle of the view.

Model: d = (hB - hA) tan(zenith) s + c, with s the horizontal unit vector towards the satellite; the component across s and the
intercept along it are what elevation does not explain.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from rasterio.warp import transform
from scipy import ndimage

from ..base.errors import InputError
from ..raster.admitted import HEIGHT_DRIVERS
from ..raster.grid import Grid, Window, normal_crs
from ..raster.read import open_raster, read_window
from .accuracy import BLOCK_M, blocks_in, nmad
from .displacement import Displacements
from .viewing import View

CELL_PX = 4
"""Side of the cells on which heights are read and smoothed."""
SMOOTHING = 0.5
"""Standard deviation of the Gaussians that smooth heights, node distances: on rough real terrain the line then fits best, with slope 1."""
ROWS_AT_ONCE = 256
"""Rows of cells whose heights are read together."""
HUBER = 1.345
"""Residuals beyond so many standard deviations count less (Huber 1964)."""
LEAST_ZENITH_DEG = 2.0
"""Below, a displacement says nothing of heights."""
DRAWS = 400
"""Samples of the bootstrap."""
FEWEST = 30
"""Points below which nothing is fitted."""


@dataclass(frozen=True)
class Line:
    """A robust straight line: measured = intercept + slope * predicted, pixels."""

    slope: float
    """1 where elevation explains the displacement."""
    intercept_px: float
    """What elevation does not explain, along the view."""
    r2: float
    """Share of the variance that the line explains."""
    residual_nmad_px: float
    """Spread about the line."""
    slope_95: tuple[float, float] | None
    """Interval from drawing squares anew, None where there are too few."""
    intercept_95: tuple[float, float] | None
    """The same of the intercept."""


def heights_on(path: str, grid: Grid) -> np.ndarray:
    """Return (rows, cols) float32 heights of any GDAL raster at the pixel centres of a grid, bilinear, NaN where there are none."""
    out = np.full(grid.shape, np.nan, np.float32)
    with open_raster(path, HEIGHT_DRIVERS) as dataset:
        if dataset.crs is None:
            raise InputError(f"{path} has no coordinate reference system; assign one first.")
        crs, nodata, to_pixel = normal_crs(dataset.crs), dataset.nodata, ~dataset.transform  # pixels of degrees need not be square
        for first in range(0, grid.shape[0], ROWS_AT_ONCE):
            part = grid.crop(Window(first, 0, min(ROWS_AT_ONCE, grid.shape[0] - first), grid.shape[1]))
            rows, cols = np.indices(part.shape)
            x, y = part.to_map(rows.ravel(), cols.ravel())
            if crs != grid.crs:
                x, y = (np.asarray(values) for values in transform(grid.crs, crs, x, y))
            col, row = (np.asarray(place) - 0.5 for place in to_pixel * (x, y))
            corner = max(int(np.floor(row.min())) - 1, 0), max(int(np.floor(col.min())) - 1, 0)
            stop = min(int(np.ceil(row.max())) + 2, dataset.height), min(int(np.ceil(col.max())) + 2, dataset.width)
            if stop[0] <= corner[0] or stop[1] <= corner[1]:
                continue
            samples = read_window(dataset, [1], Window(*corner, stop[0] - corner[0], stop[1] - corner[1]))[0].astype(np.float32)
            if nodata is not None:
                samples[samples == np.float32(nodata)] = np.nan
            found = ndimage.map_coordinates(samples, (row - corner[0], col - corner[1]), order=1, mode="constant", cval=np.nan)
            out[first : first + part.shape[0]] = found.reshape(part.shape)
    return out


def smoothed(heights: np.ndarray, spread: float) -> np.ndarray:
    """Return heights as a spline field would show them, NaN where few are known around.

    With G a Gaussian of ``spread``, 1 - (1 - G)^3 passes long waves as they are and stops those shorter than two nodes, as least squares
    on cubic splines do; one Gaussian would lower the long ones as well, and with them the slope.
    """
    known = np.isfinite(heights)
    share = ndimage.gaussian_filter(known.astype(np.float32), spread)
    around = ndimage.gaussian_filter(np.where(known, heights, 0).astype(np.float32), spread) / np.maximum(share, 1e-6)
    once = ndimage.gaussian_filter(np.where(known, heights, around).astype(np.float32), spread)
    twice = ndimage.gaussian_filter(once, spread)
    out = 3 * once - 3 * twice + ndimage.gaussian_filter(twice, spread)
    return np.where(share > 0.5, out, np.nan).astype(np.float32)


def height_difference(found: Displacements, node_px: int, dem_a: str, dem_b: str) -> tuple[np.ndarray, np.ndarray]:
    """Return hB - hA in metres and the terrain's slope in degrees at the points, as fine as the field shows them.

    The height of B is that of where the feature lies in B. Raises `InputError` where the models do not cover the points.
    """
    grid = found.grid.coarsen(CELL_PX)
    points, spread = found.points, SMOOTHING * node_px / CELL_PX
    place_a = (points.row + 0.5) / CELL_PX - 0.5, (points.col + 0.5) / CELL_PX - 0.5
    moved = np.where(found.kept, points.north_px, 0), np.where(found.kept, points.east_px, 0)
    place_b = place_a[0] - moved[0] / CELL_PX, place_a[1] + moved[1] / CELL_PX
    low = smoothed(heights_on(dem_a, grid), spread)
    steep = np.rad2deg(np.arctan(np.hypot(*np.gradient(low, grid.pixel_m))))
    slope_deg = ndimage.map_coordinates(steep, place_a, order=1, mode="nearest")
    height_a = ndimage.map_coordinates(low, place_a, order=1, mode="nearest")
    del low, steep
    height_b = ndimage.map_coordinates(smoothed(heights_on(dem_b, grid), spread), place_b, order=1, mode="nearest")
    difference = height_b - height_a
    if not np.isfinite(difference[found.kept]).any() and found.kept.any():
        raise InputError(f"{dem_a} and {dem_b} hold no heights where points were found; give elevation models of the orthos' place.")
    return difference, slope_deg


def fit_line(predicted: np.ndarray, measured: np.ndarray, block: np.ndarray, seed: int = 0) -> Line:
    """Return the robust line through points; ``block`` numbers the squares that are drawn together for the intervals."""
    weight = np.ones(len(measured))
    slope = intercept = 0.0
    for _ in range(20):
        slope, intercept = _weighted(predicted, measured, weight)
        rest = measured - intercept - slope * predicted
        spread = max(nmad(rest), 1e-6)
        weight = np.minimum(1, HUBER * spread / np.maximum(np.abs(rest), 1e-12))
    centre = np.average(measured, weights=weight)
    r2 = 1 - float((weight * rest**2).sum() / max((weight * (measured - centre) ** 2).sum(), 1e-12))
    intervals = _intervals(predicted, measured, weight, block, seed)
    return Line(float(slope), float(intercept), r2, nmad(rest), *intervals)


def _weighted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    total = weight.sum()
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - mean_x) ** 2).sum()
    slope = (weight * (x - mean_x) * (y - mean_y)).sum() / spread if spread > 0 else 0.0
    return float(slope), float(mean_y - slope * mean_x)


def _intervals(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, block: np.ndarray, seed: int
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return 95 % intervals of slope and intercept from weighted sums of squares drawn anew (Kuensch 1989)."""
    count = int(block.max()) + 1
    if count < 4:
        return None, None
    sums = np.stack([np.bincount(block, weight * part, count) for part in (np.ones(len(x)), x, y, x * x, x * y)])
    drawn = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    n, sx, sy, sxx, sxy = sums[:, drawn].sum(axis=2)
    slope = (n * sxy - sx * sy) / np.maximum(n * sxx - sx * sx, 1e-12)
    intercept = (sy - slope * sx) / n
    low, high = np.percentile(np.stack([slope, intercept]), (2.5, 97.5), axis=1)
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def explain(found: Displacements, view: View | None, difference: np.ndarray | None, slope_deg: np.ndarray | None) -> dict[str, Any]:
    """Return what elevation explains of the kept points, as plain values; empty where neither view nor heights are known.

    ``difference`` (points,) is hB - hA in metres, None without elevation models: then only implied heights are told.
    """
    chosen = found.kept.copy()
    if difference is not None:
        chosen &= np.isfinite(difference)
    moved = np.stack([found.points.east_px, found.points.north_px])[:, chosen]
    if moved.shape[1] < FEWEST or (view is None and difference is None):
        return {}
    x, y = (values[chosen] for values in found.place)
    block = blocks_in(x, y, min(BLOCK_M, max(float(np.ptp(x)), float(np.ptp(y))) / 5 + 1e-9))
    if view is None:
        assert difference is not None  # noqa: S101 # nosec B101 (told above)
        return {"view": None, "fitted": _fitted_direction(moved, difference[chosen] / found.grid.pixel_m, block)}
    seen = view.taken(chosen)
    along, across = (seen.along * moved).sum(axis=0), (seen.across * moved).sum(axis=0)
    zenith = np.rad2deg(np.arctan(seen.tangent))
    told: dict[str, Any] = {
        "view": {"zenith_deg": _range(zenith), "of_two_orbits": seen.is_difference},
        "along_px": {"median": float(np.median(along)), "nmad": nmad(along)},
        "across_px": {"median": float(np.median(across)), "nmad": nmad(across)},
    }
    offset = 0.0
    if difference is not None:
        predicted = difference[chosen] * seen.tangent / found.grid.pixel_m
        line = fit_line(predicted, along, block)
        offset = line.intercept_px
        rest = along - offset - line.slope * predicted
        told["line"] = asdict(line)
        told["detectors"] = {
            str(number): {"count": int(one.sum()), "intercept_px": offset + float(np.median(rest[one]))}
            for number in np.unique(seen.detector)
            if number and (one := seen.detector == number).sum() >= FEWEST
        }
        told["by_zenith"] = _by_class(zenith, rest, (0, 2, 4, 6, 8, 10, 14))
        if slope_deg is not None:
            told["by_slope"] = _by_class(slope_deg[chosen], rest, (0, 2, 5, 10, 20, 30, 90))
    told["implied_height_m"] = _implied(along - offset, seen, zenith, found.grid.pixel_m)
    return told


def _implied(along: np.ndarray, seen: View, zenith: np.ndarray, pixel_m: float) -> dict[str, Any]:
    """Return the differences of height that displacements along the view stand for, where the zenith angle allows."""
    clear = zenith >= LEAST_ZENITH_DEG
    if not clear.any():
        return {"count": 0}
    heights = along[clear] * pixel_m / seen.tangent[clear]
    return {"count": int(clear.sum()), "median": float(np.median(heights)), "nmad": nmad(heights), "range_90": _range(heights)}


def _fitted_direction(moved: np.ndarray, difference_px: np.ndarray, block: np.ndarray) -> dict[str, Any]:
    """Return the direction and zenith angle that the displacement per height has, where no product states them."""
    east, north = (fit_line(difference_px, values, block) for values in moved)
    tangent = float(np.hypot(east.slope, north.slope))
    azimuth = float(np.rad2deg(np.arctan2(east.slope, north.slope)) % 360)
    lines = {"east": asdict(east), "north": asdict(north)}
    return {"azimuth_deg": azimuth, "zenith_deg": float(np.rad2deg(np.arctan(tangent))), **lines}


def _by_class(values: np.ndarray, rest: np.ndarray, limits: tuple[float, ...]) -> list[dict[str, float]]:
    rows = []
    for low, high in pairwise(limits):
        one = (values >= low) & (values < high)
        if one.sum() >= FEWEST:
            middle, spread = float(np.median(rest[one])), nmad(rest[one])
            rows.append({"from": low, "to": high, "count": int(one.sum()), "median_px": middle, "nmad_px": spread})
    return rows


def _range(values: np.ndarray) -> list[float]:
    return [float(limit) for limit in np.percentile(values, (5, 95))]
