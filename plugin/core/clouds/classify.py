"""From probabilities to classes: smoothing, hysteresis, tidy shapes, nothing smaller than asked for."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..progress import SILENT, Progress, check
from .classes import CLEAR, CLOUD, FROM_BUFFER, FROM_MODEL, NODATA, SHADOW, ClassRaster, write_classes
from .components import BLOCK_ROWS, components_of, mask_of, row_blocks
from .options import LEAST_PX, ClassifyOptions
from .predict import PROBABILITY_STEPS
from .probabilities import Probabilities, read_probabilities
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
    raster = classify(read_probabilities(prediction_path), options, reflectance_path=reflectance_path, progress=progress)
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
    grid = probabilities.grid
    classes = hysteresis(probabilities, options, progress)
    progress.report(0.5, "removing what is too small")
    classes = sieve(classes, smallest_px(options.mmu_ha, grid.pixel_m))
    check(progress)
    tags = {**probabilities.tags, "THRESHOLDS": options.thresholds, "MMU_HA": f"{options.mmu_ha:g}", "BUFFER_M": f"{options.buffer_m:g}"}
    raster = ClassRaster(classes, _model_origin(classes), grid, tags)
    if options.geometry:
        least_px = smallest_px(options.mmu_ha, grid.pixel_m)
        ground = read_ground(reflectance_path, raster) if reflectance_path else None
        raster = _tidied(judge(raster, ground, least_px=least_px, progress=progress), least_px)
    if options.buffer_m:
        raster = _buffered(raster, options.buffer_m / grid.pixel_m)
    return raster


def _model_origin(classes: np.ndarray) -> np.ndarray:
    return ((classes == CLOUD) | (classes == SHADOW)).astype(np.uint8) * np.uint8(FROM_MODEL)


def _tidied(raster: ClassRaster, least_px: int) -> ClassRaster:
    """Return the raster without what became too small, origins following the classes."""
    classes = sieve(raster.classes, least_px)
    changed = classes != raster.classes
    origin = np.where(changed, _model_origin(classes), raster.origin)
    return ClassRaster(classes, origin, raster.grid, raster.tags)


def smallest_px(mmu_ha: float, pixel_m: float) -> int:
    """Return the minimum mapping unit in pixels: 1 where none is asked for, else at least `LEAST_PX`."""
    return max(LEAST_PX, math.ceil(mmu_ha * 10_000 / pixel_m**2 - 1e-9)) if mmu_ha else 1


def hysteresis(probabilities: Probabilities, options: ClassifyOptions, progress: Progress = SILENT) -> np.ndarray:
    """Return (rows, cols) classes: pixels above grow that hang together with one above seed, per class.

    Where both classes hold, the likelier one wins.
    """
    shape = probabilities.cloud.shape
    likely, seeds = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    for block in row_blocks(shape[0]):
        check(progress)
        likely[block], seeds[block] = _above_thresholds(probabilities, block, options)
        progress.report(0.3 * block.stop / shape[0], "thresholds")
    classes = np.where(probabilities.valid, np.uint8(CLEAR), np.uint8(NODATA))
    found = components_of(likely)
    seeded = found.maxima(seeds.view(np.uint8)) > 0
    check(progress)
    for block, part in mask_of(found.runs, seeded[found.labels]):
        classes[block][part] = likely[block][part]
    return _shaped(classes, options.open_px, options.close_px)


def _above_thresholds(probabilities: Probabilities, rows: slice, options: ClassifyOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return some rows of the class that is likely enough to grow (0 for none), and of where it is enough for a seed."""
    cloud, shadow = (
        smoothed(values, probabilities.valid, rows, options.smooth_px) / np.float32(PROBABILITY_STEPS)
        for values in (probabilities.cloud, probabilities.shadow)
    )
    is_cloud = cloud >= options.cloud_grow
    is_shadow = (shadow >= options.shadow_grow) & ~(is_cloud & (cloud >= shadow))
    likely = np.where(is_shadow, SHADOW, np.where(is_cloud, CLOUD, 0)) * probabilities.valid[rows]
    seed = np.where(is_shadow, shadow >= options.shadow_seed, cloud >= options.cloud_seed)
    return likely.astype(np.uint8), seed & (likely > 0)


def smoothed(values: np.ndarray, valid: np.ndarray, rows: slice, sigma_px: float) -> np.ndarray:
    """Return some rows of (rows, cols) values smoothed by a Gaussian that gives nodata no weight."""
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


def _buffered(raster: ClassRaster, buffer_px: float) -> ClassRaster:
    """Return the raster with clear pixels nearer than ``buffer_px`` to cloud or shadow added to the nearest of them."""
    classes = raster.classes
    out, source = classes.copy(), raster.origin.copy()
    halo = math.ceil(buffer_px) + 1
    for block in row_blocks(classes.shape[0], max(BLOCK_ROWS, 4 * halo)):
        outer = slice(max(0, block.start - halo), block.stop + halo)
        part = classes[outer]
        covered = (part == CLOUD) | (part == SHADOW)
        if not covered.any():
            continue
        distance, (row, col) = ndimage.distance_transform_edt(~covered, return_indices=True)
        inner = slice(block.start - outer.start, block.stop - outer.start)
        added = ((distance <= buffer_px) & (part == CLEAR))[inner]
        out[block][added] = part[row[inner][added], col[inner][added]]
        source[block][added] = FROM_BUFFER
    return ClassRaster(out, source, raster.grid, raster.tags)
