"""Read bands of a scene onto any grid, as reflectance x 10000."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.io import DatasetReader

from ..base.errors import InputError, first_line
from ..raster.grid import Grid
from ..raster.read import grid_of, open_raster
from ..raster.regrid import read_onto
from .scene import BandFile, Scene

SCALED = 10_000
"""Reflectance 1.0 in a scaled stack."""


class BandReader:
    """Bands of one scene whose files stay open while window after window is read; made by `open_bands`.

    Blocks that GDAL has decoded stay in its cache between windows. Any thread may read: a file serves one
    thread at a time, different files serve several.
    """

    def __init__(self, scene: Scene, files: ExitStack) -> None:
        self.scene = scene
        self._files = files
        self._datasets: dict[str, DatasetReader] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def read_scaled(self, bands: Sequence[str], grid: Grid, *, resampling: str = "nearest") -> np.ndarray:
        """Return what the function `read_scaled` does."""
        self._check(bands)
        out = np.empty((len(bands), *grid.shape), np.uint16)  # touches no memory where it is not needed
        for path, numbers in self._by_file(bands).items():
            chosen = [self.scene.bands[bands[number]] for number in numbers]
            raw = self._read(path, chosen, grid, resampling)
            as_stored = raw.dtype == np.uint16 and all(is_scaled(file) for file in chosen)
            if as_stored and len(numbers) == len(bands):
                return raw  # in the order asked for; a copy would cost as much as many a read
            for number, file, samples in zip(numbers, chosen, raw, strict=True):
                out[number] = samples if as_stored else scale_samples(samples, file)
        return out

    def grid_of(self, band: str) -> Grid:
        """Return the grid of a band's own raster."""
        self._check([band])
        with self._opened(self.scene.bands[band].path) as dataset:
            return grid_of(dataset)

    def has_overviews(self, band: str) -> bool:
        """Return True where reduced samples of a band are stored besides its own."""
        self._check([band])
        file = self.scene.bands[band]
        with self._opened(file.path) as dataset:
            return bool(dataset.overviews(file.index))

    def block_of(self, band: str) -> tuple[int, int]:
        """Return (rows, cols) of the blocks in which a band's samples are stored."""
        self._check([band])
        file = self.scene.bands[band]
        with self._opened(file.path) as dataset:
            rows, cols = dataset.block_shapes[file.index - 1]
            return rows, cols

    def _check(self, bands: Sequence[str]) -> None:
        missing = [band for band in bands if band not in self.scene.bands]
        if missing:
            raise InputError(f"Scene {self.scene.id} lacks {', '.join(missing)}; it has {', '.join(self.scene.bands)}.")

    def _by_file(self, bands: Sequence[str]) -> dict[str, list[int]]:
        files: dict[str, list[int]] = {}
        for number, band in enumerate(bands):
            files.setdefault(self.scene.bands[band].path, []).append(number)
        return files

    def _read(self, path: str, files: Sequence[BandFile], grid: Grid, resampling: str) -> np.ndarray:
        """Return raw samples of some bands of one file, nodata as 0."""
        with self._opened(path) as dataset:
            stated = dataset.nodata
            nodata = 0 if stated is None or np.isnan(stated) else stated
            samples = read_onto(dataset, [file.index for file in files], grid, resampling=resampling, nodata=nodata, fill=nodata)
        if nodata:
            samples[samples == nodata] = 0
        return samples

    @contextmanager
    def _opened(self, path: str) -> Iterator[DatasetReader]:
        """Yield an open file for this thread alone."""
        with self._lock:
            if path not in self._datasets:
                self._datasets[path] = self._files.enter_context(open_raster(path))
                self._locks[path] = threading.Lock()
        with self._locks[path]:
            try:
                yield self._datasets[path]
            except (RasterioError, RasterioIOError) as error:  # unrelated classes before rasterio 1.4
                shown = self.scene.path if path.startswith("<") else path  # a virtual raster is no path to show
                reason = first_line(error)
                raise InputError(f"{shown} cannot be read ({reason}); the file is probably truncated, fetch it again.") from error


@contextmanager
def open_bands(scene: Scene) -> Iterator[BandReader]:
    """Yield a reader that opens each of the scene's files once, when first asked for, and closes them at the end."""
    with ExitStack() as files:
        yield BandReader(scene, files)


def read_scaled(scene: Scene, bands: Sequence[str], grid: Grid, *, resampling: str = "nearest") -> np.ndarray:
    """Return (bands, rows, cols) uint16: reflectance x 10000 with the offset applied, 0 nodata, valid samples >= 1.

    On a band's own lattice, or one that divides it by a whole number, samples are read as they are; elsewhere,
    another CRS included, they are warped with ``resampling``. Raises `InputError` where the scene lacks a band
    or a file cannot be read.
    """
    with open_bands(scene) as reader:
        return reader.read_scaled(bands, grid, resampling=resampling)


def is_scaled(file: BandFile) -> bool:
    """Return True where raw samples are reflectance x 10000 already."""
    return abs(file.scale * SCALED - 1) < 1e-9 and file.offset == 0


def scale_samples(samples: np.ndarray, file: BandFile) -> np.ndarray:
    """Return uint16 reflectance x 10000 of raw samples; 0 and NaN are nodata, everything else becomes at least 1."""
    factor = file.scale * SCALED
    if abs(factor - 1) < 1e-9 and samples.dtype.kind in "iu" and float(file.offset).is_integer():
        scaled = samples.astype(np.int32) + int(file.offset)
        nodata = samples == 0
    else:
        scaled = np.rint((samples.astype(np.float64) + file.offset) * factor)
        nodata = (samples == 0) | np.isnan(scaled)
        scaled[nodata] = 0
    out = np.clip(scaled, 1, np.iinfo(np.uint16).max).astype(np.uint16)
    out[nodata] = 0
    return out
