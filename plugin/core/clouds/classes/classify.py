"""Make classes of probabilities.

Probabilities are smoothed and thresholded with hysteresis; what is smaller than the minimum mapping unit goes to its
neighbour; geometry drops and proposes shadows; and clouds and shadows are widened by the buffer that is asked for.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import rasterio
from scipy import ndimage

from ...base.progress import SILENT, Progress, check
from ...raster.ground import check_metres
from ...regions.components import BLOCK_ROWS, components_of, mask_of, row_blocks
from ..options import LEAST_PX, ClassifyOptions, Thresholds
from ..prediction.probabilities import BLOCK_CACHE_BYTES, PROBABILITY_STEPS, Probabilities, read_probabilities
from .class_raster import (
    CLEAR,
    CLOUD,
    FROM_BUFFER,
    FROM_GEOMETRY,
    FROM_GEOMETRY_BUFFER,
    FROM_MODEL,
    NODATA,
    SHADOW,
    ClassRaster,
    write_classes,
)
from .shadows import judge, read_ground
from .sieve import sieve

log = logging.getLogger(__name__)


def threshold(
    prediction_path: str | Path,
    output_path: str | Path,
    options: ClassifyOptions,
    *,
    reflectance_path: str | Path | None = None,
    progress: Progress = SILENT,
) -> None:
    """Classify a prediction and write the class raster (see `classes`).

    With the reflectance that `predict` kept, water is told from shadow and missed shadows are proposed. Raises
    `InputError`, `OutputError`, or `Cancelled` with nothing written.
    """
    with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE_BYTES):
        # What the probabilities take is free again before shapes are tidied: a full tile at 10 m has 360 MB of them.
        raster = _refined(_by_thresholds(read_probabilities(prediction_path), options, progress), options, reflectance_path, progress)
    check(progress)
    write_classes(output_path, raster)
    progress.report(1, "classes written")


def classify(
    probabilities: Probabilities,
    options: ClassifyOptions,
    *,
    reflectance_path: str | Path | None = None,
    progress: Progress = SILENT,
) -> ClassRaster:
    """Return the classes of a prediction, its shadows judged by geometry where ``options`` say so."""
    return _refined(_by_thresholds(probabilities, options, progress), options, reflectance_path, progress)


def _by_thresholds(probabilities: Probabilities, options: ClassifyOptions, progress: Progress) -> ClassRaster:
    """Return the classes that the thresholds alone give."""
    tags = {
        **probabilities.tags,
        "THRESHOLDS": str(options.thresholds_for(probabilities.tags)),
        "MMU_HA": f"{options.mmu_ha:g}",
        "BUFFER_M": f"{options.buffer_m:g}",
    }
    classes = hysteresis(probabilities, options, progress)
    origin = np.zeros_like(classes)
    for rows in row_blocks(len(classes)):
        origin[rows] = _covered(classes[rows]) * np.uint8(FROM_MODEL)
    return ClassRaster(classes, origin, probabilities.grid, tags)


def _refined(raster: ClassRaster, options: ClassifyOptions, reflectance_path: str | Path | None, progress: Progress) -> ClassRaster:
    """Return the classes without what is too small, judged by geometry and widened, as ``options`` say."""
    pixel_m = raster.grid.pixel_m
    check_metres(raster.grid, "The prediction")
    least_px = smallest_px(options.mmu_ha, pixel_m)
    progress.report(0.5, "removing what is too small")
    raster = _tidied(raster, least_px, FROM_MODEL)
    check(progress)
    if options.geometry:
        ground = read_ground(reflectance_path, raster) if reflectance_path else None
        raster = judge(raster, ground, least_px=least_px, progress=progress)
        raster = _tidied(raster, least_px, FROM_MODEL)
    if options.buffer_m:
        check(progress)
        # At least by a pixel of the prediction itself, which a wide view of a map does not show.
        raster = widened(raster, max(options.buffer_m, _predicted_pixel_m(raster)) / pixel_m)
        raster = _tidied(raster, least_px, FROM_BUFFER)
    return raster


def _predicted_pixel_m(raster: ClassRaster) -> float:
    """Return the pixel size of the prediction, which may be seen coarser here."""
    try:
        return min(float(raster.tags["RESOLUTION"]), raster.grid.pixel_m)
    except (KeyError, ValueError):
        return raster.grid.pixel_m


def _covered(classes: np.ndarray) -> np.ndarray:
    """Return True where there is cloud or shadow."""
    return (classes == CLOUD) | (classes == SHADOW)


def _tidied(raster: ClassRaster, least_px: int, filled: int) -> ClassRaster:
    """Return the raster without what is too small; what thereby becomes cloud or shadow has the origin ``filled``."""
    classes = sieve(raster.classes, least_px)
    if classes is raster.classes:
        return raster
    origin = raster.origin.copy()
    for rows in row_blocks(len(classes)):
        changed = classes[rows] != raster.classes[rows]
        origin[rows][changed] = (_covered(classes[rows]) * np.uint8(filled))[changed]
    return ClassRaster(classes, origin, raster.grid, raster.tags)


def smallest_px(mmu_ha: float, pixel_m: float) -> int:
    """Return the minimum mapping unit in pixels: 1 where none is asked for, else at least `LEAST_PX`."""
    return max(LEAST_PX, math.ceil(mmu_ha * 10_000 / pixel_m**2 - 1e-9)) if mmu_ha else 1


def hysteresis(probabilities: Probabilities, options: ClassifyOptions, progress: Progress = SILENT) -> np.ndarray:
    """Return (rows, cols) classes: pixels above grow that hang together with one above seed, per class.

    Where both classes hold, the likelier one wins.

    Model: 4-connected components of p >= grow are kept where their largest p >= seed.
    Units: thresholds as probabilities 0 to 1; the probabilities in steps of 1 / `PROBABILITY_STEPS`.
    Shapes: (rows, cols) uint8 in, (rows, cols) uint8 of `CLEAR`, `CLOUD`, `SHADOW`, `NODATA` out.
    Source: Canny (1986), hysteresis along edges, used here on areas.
    """
    shape = probabilities.cloud.shape
    thresholds = options.thresholds_for(probabilities.tags)
    likely, seeds = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    for block in row_blocks(shape[0]):
        check(progress)
        likely[block], seeds[block] = _above_thresholds(probabilities, block, options.smooth_px, thresholds)
        progress.report(0.3 * block.stop / shape[0], "thresholds")
    found = components_of(likely)
    seeded = found.maxima(seeds.view(np.uint8)) > 0
    del seeds
    check(progress)
    classes = np.where(probabilities.valid, np.uint8(CLEAR), np.uint8(NODATA))
    for block, part in mask_of(found.runs, seeded[found.labels]):
        classes[block][part] = likely[block][part]
    return _shaped(classes, options.open_px, options.close_px)


def _above_thresholds(probabilities: Probabilities, rows: slice, smooth_px: float, thresholds: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """Return some rows of the class that is likely enough to grow (0 for none), and of where it is enough for a seed."""
    cloud, shadow = (
        smoothed(values, probabilities.valid, rows, smooth_px) / np.float32(PROBABILITY_STEPS)
        for values in (probabilities.cloud, probabilities.shadow)
    )
    is_cloud = cloud >= thresholds.cloud_grow
    is_shadow = (shadow >= thresholds.shadow_grow) & ~(is_cloud & (cloud >= shadow))
    likely = np.where(is_shadow, SHADOW, np.where(is_cloud, CLOUD, 0)) * probabilities.valid[rows]
    seed = np.where(is_shadow, shadow >= thresholds.shadow_seed, cloud >= thresholds.cloud_seed)
    return likely.astype(np.uint8), seed & (likely > 0)


def smoothed(values: np.ndarray, valid: np.ndarray, rows: slice, sigma_px: float) -> np.ndarray:
    """Return some rows of values smoothed by a Gaussian that gives nodata no weight.

    Model: normalised convolution, G * (value valid) / G * valid, with the kernel cut at 4 ``sigma_px``.
    Units: those of ``values``; ``sigma_px`` in pixels.
    Shapes: ``values`` and ``valid`` (rows, cols); the result (len(rows), cols) float32, or as given where ``sigma_px`` is 0.
    Source: Knutsson and Westin (1993), normalised convolution.
    """
    if not sigma_px:
        return values[rows]
    halo = math.ceil(4 * sigma_px)
    first = max(0, rows.start - halo)
    outer = slice(first, rows.stop + halo)
    inner = slice(rows.start - first, rows.stop - first)
    part, weight = values[outer].astype(np.float32), valid[outer]
    mean = ndimage.gaussian_filter(part, sigma_px, mode="nearest", truncate=4)[inner]
    if weight.all():
        return np.asarray(mean)
    share = ndimage.gaussian_filter(weight.astype(np.float32), sigma_px, mode="nearest", truncate=4)[inner]
    return np.asarray(mean / np.maximum(share, 1e-3))


def _shaped(classes: np.ndarray, open_px: int, close_px: int) -> np.ndarray:
    """Return the classes with each one opened, then closed, by squares; nodata stays, cloud goes before shadow."""
    if not open_px and not close_px:
        return classes
    out = np.where(classes == NODATA, np.uint8(NODATA), np.uint8(CLEAR))
    for code in (SHADOW, CLOUD):
        mask = (classes == code).view(np.uint8)
        for first, second, half in (
            (ndimage.minimum_filter, ndimage.maximum_filter, open_px),
            (ndimage.maximum_filter, ndimage.minimum_filter, close_px),
        ):
            mask = second(first(mask, 2 * half + 1, mode="nearest"), 2 * half + 1, mode="nearest") if half else mask
        out[(mask > 0) & (out != NODATA)] = code
    return out


def widened(raster: ClassRaster, buffer_px: float) -> ClassRaster:
    """Return the raster with clear pixels nearer than ``buffer_px`` to cloud or shadow added to the nearest of them.

    Model: Euclidean distance between pixel centres; the nearest covered pixel gives class and origin.
    Units: ``buffer_px`` in pixels.
    Shapes: (rows, cols) uint8, in and out; blocks of rows overlap by the buffer, so the result does not depend on them.
    Source: exact distances by SciPy's ``distance_transform_edt``.
    """
    classes = raster.classes
    out, origin = classes.copy(), raster.origin.copy()
    halo = math.ceil(buffer_px) + 1
    around = np.full(256, FROM_BUFFER, np.uint8)
    around[FROM_GEOMETRY] = FROM_GEOMETRY_BUFFER
    for block in row_blocks(classes.shape[0], max(BLOCK_ROWS, 4 * halo)):
        outer = slice(max(0, block.start - halo), block.stop + halo)
        part = classes[outer]
        covered = _covered(part)
        if not covered.any():
            continue
        distance, (row, col) = ndimage.distance_transform_edt(~covered, return_indices=True)
        inner = slice(block.start - outer.start, block.stop - outer.start)
        added = ((distance <= buffer_px) & (part == CLEAR))[inner]
        nearest = row[inner][added], col[inner][added]
        out[block][added] = part[nearest]
        origin[block][added] = around[raster.origin[outer][nearest]]
    return ClassRaster(out, origin, raster.grid, raster.tags)
