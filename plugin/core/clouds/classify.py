"""From probabilities to classes: smoothing, hysteresis, tidy shapes, nothing smaller than asked for."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..progress import SILENT, Progress, check
from .classes import CLEAR, CLOUD, FROM_BUFFER, FROM_MODEL, NODATA, SHADOW, ClassRaster, write_classes
from .components import BLOCK_ROWS, row_blocks, select
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
    return np.where((classes == CLOUD) | (classes == SHADOW), FROM_MODEL, 0).astype(np.uint8)


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
    low = {CLOUD: np.zeros(shape, bool), SHADOW: np.zeros(shape, bool)}
    seeds = {CLOUD: np.zeros(shape, bool), SHADOW: np.zeros(shape, bool)}
    steps = PROBABILITY_STEPS
    for block in row_blocks(shape[0]):
        check(progress)
        cloud = smoothed(probabilities.cloud, probabilities.valid, block, options.smooth_px)
        shadow = smoothed(probabilities.shadow, probabilities.valid, block, options.smooth_px)
        valid, cloudier = probabilities.valid[block], cloud >= shadow
        low[CLOUD][block] = (cloud >= options.cloud_grow * steps) & valid & (cloudier | (shadow < options.shadow_grow * steps))
        low[SHADOW][block] = (shadow >= options.shadow_grow * steps) & valid & ~low[CLOUD][block]
        seeds[CLOUD][block] = (cloud >= options.cloud_seed * steps) & low[CLOUD][block]
        seeds[SHADOW][block] = (shadow >= options.shadow_seed * steps) & low[SHADOW][block]
        progress.report(0.3 * block.stop / shape[0], "thresholds")
    classes = np.where(probabilities.valid, CLEAR, NODATA).astype(np.uint8)
    for code in (SHADOW, CLOUD):
        check(progress)
        mask = select(low[code], seeds[code])
        mask = _shaped(mask, options.open_px, options.close_px) & probabilities.valid
        classes[mask] = code
    return classes


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


def _shaped(mask: np.ndarray, open_px: int, close_px: int) -> np.ndarray:
    """Return the mask opened, then closed, by squares; outside counts as what lies at the edge."""
    for first, second, size in (
        (ndimage.minimum_filter, ndimage.maximum_filter, open_px),
        (ndimage.maximum_filter, ndimage.minimum_filter, close_px),
    ):
        if size:
            mask = second(first(mask.view(np.uint8), 2 * size + 1, mode="nearest"), 2 * size + 1, mode="nearest").view(bool)
    return mask


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
