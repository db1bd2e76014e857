"""Bands of a scene on any grid, as reflectance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..grid import Grid
from ..raster import open_raster, read_onto
from .scene import BandFile, BandStack, Scene

SCALED = 10_000
"""Reflectance 1.0 in a scaled stack."""


def read_scaled(scene: Scene, bands: Sequence[str], grid: Grid, *, resampling: str = "nearest") -> np.ndarray:
    """Return (bands, rows, cols) uint16: reflectance x 10000 with the offset applied, 0 nodata, valid samples >= 1.

    Raises `InputError` where the scene lacks a band or a file cannot be read.
    """
    missing = [band for band in bands if band not in scene.bands]
    if missing:
        raise InputError(f"Scene {scene.id} lacks {', '.join(missing)}; it has {', '.join(scene.bands)}.")
    out = np.zeros((len(bands), *grid.shape), np.uint16)
    files: dict[str, list[int]] = {}
    for number, band in enumerate(bands):
        files.setdefault(scene.bands[band].path, []).append(number)
    for path, numbers in files.items():
        chosen = [scene.bands[bands[number]] for number in numbers]
        with open_raster(path) as dataset:
            samples = read_onto(dataset, [file.index for file in chosen], grid, resampling=resampling)
        for number, file, plane in zip(numbers, chosen, samples, strict=True):
            out[number] = scale_samples(plane, file)
    return out


def scale_samples(samples: np.ndarray, file: BandFile) -> np.ndarray:
    """Return uint16 reflectance x 10000 of raw samples; 0 stays 0, everything else becomes at least 1."""
    factor = file.scale * SCALED
    if abs(factor - 1) < 1e-9 and float(file.offset).is_integer():
        scaled = samples.astype(np.int32) + int(file.offset)
    else:
        scaled = np.rint((samples.astype(np.float32) + file.offset) * factor)
    out = np.clip(scaled, 1, 65535).astype(np.uint16)
    out[samples == 0] = 0
    return out


def read_bands(scene: Scene, bands: Sequence[str], grid: Grid, *, resampling: str = "nearest") -> BandStack:
    """Return the bands as float32 reflectance with the mask of pixels where every band has data."""
    scaled = read_scaled(scene, bands, grid, resampling=resampling)
    valid = (scaled > 0).all(axis=0)
    reflectance = scaled * np.float32(1 / SCALED)
    reflectance[:, ~valid] = 0
    return BandStack(reflectance, valid, tuple(bands), grid)
