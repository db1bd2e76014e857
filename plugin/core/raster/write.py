"""Reading windows of rasters, and the only writer of rasters.

Every raster written is a Cloud Optimized GeoTIFF that appears by rename when it is complete. Pixels are
collected in a raw file beside the output first: its space is reserved at once, so a disk that is too small
is known before the work begins, and threads write to it without waiting for each other.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError

from ..base.drafts import draft_beside, not_written, place_of, remove_leftovers
from ..base.errors import OutputError, first_line
from .grid import Window
from .spec import RasterSpec
from .vrt import raw_vrt

log = logging.getLogger(__name__)

TILE_PX = 512
"""Side of the tiles inside every raster written."""

CACHE_BYTES = 192_000_000
"""Decoded blocks that GDAL keeps while a raster is written; its default is a twentieth of the machine's memory."""


class RasterSink:
    """An output being filled window by window, from any thread; made by `write_raster`."""

    def __init__(self, path: Path, spec: RasterSpec) -> None:
        self.spec = spec
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        self._item = np.dtype(spec.dtype)
        self._lock = threading.Lock()
        try:
            self._reserve()
        except BaseException:
            os.close(self._file)
            raise

    def _reserve(self) -> None:
        rows, cols = self.spec.grid.shape
        size = len(self.spec.descriptions) * rows * cols * self._item.itemsize
        if shutil.disk_usage(self._path.parent).free < size:
            raise OSError(28, "No space left on device")
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._file, 0, size)
        else:
            os.ftruncate(self._file, size)
        if self.spec.nodata:
            line = np.full(cols, self.spec.nodata, self._item).tobytes()
            for start in range(0, len(self.spec.descriptions) * rows):
                self._put(line, start * len(line))

    def _put(self, data: bytes | memoryview, position: int) -> None:
        if hasattr(os, "pwrite"):
            while data:
                written = os.pwrite(self._file, data, position)
                data, position = data[written:], position + written
            return
        with self._lock:  # Windows has no positioned write
            os.lseek(self._file, position, os.SEEK_SET)
            os.write(self._file, data)

    def write(self, array: np.ndarray, window: Window) -> None:
        """Write ``array`` (bands, rows, cols) at ``window``, which must lie inside the grid."""
        rows, cols = self.spec.grid.shape
        if array.shape != (len(self.spec.descriptions), *window.shape):
            raise ValueError(f"array {array.shape} does not fit window {window}")
        if array.dtype != self._item:
            raise ValueError(f"array is {array.dtype}, the raster {self._item}")
        samples = np.ascontiguousarray(array)
        for band in range(len(samples)):
            start = (band * rows + window.row) * cols + window.col
            if window.cols == cols:
                self._put(memoryview(samples[band]).cast("B"), start * self._item.itemsize)
                continue
            for line in range(window.rows):
                self._put(memoryview(samples[band, line]).cast("B"), (start + line * cols) * self._item.itemsize)

    def close(self) -> None:
        """Close the raw file."""
        os.close(self._file)


@contextmanager
def write_raster(path: str | Path, spec: RasterSpec) -> Iterator[RasterSink]:
    """Yield a sink; when the block ends well the COG appears at ``path``, else nothing does.

    Raises `OutputError` where the folder cannot be written or the disk is too small.
    """
    target = Path(path)
    remove_leftovers(target)
    place = place_of(target)
    stem = draft_beside(place)
    raw, vrt, cog = (stem.with_name(stem.name + suffix) for suffix in (".raw", ".vrt", ".cog.tif"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sink = RasterSink(raw, spec)
        try:
            yield sink
        finally:
            sink.close()
        vrt.write_text(raw_vrt(spec, raw.name), encoding="utf-8")
        _copy_as_cog(vrt, cog, spec)
        cog.replace(place)
    except OSError as error:
        raise OutputError(not_written(target, error)) from error
    finally:
        for temporary in (raw, vrt, cog, cog.with_name(cog.name + ".ovr.tmp"), cog.with_name(cog.name + ".aux.xml")):
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_array(path: str | Path, array: np.ndarray, spec: RasterSpec) -> None:
    """Write a whole array (bands, rows, cols) as one COG."""
    with write_raster(path, spec) as sink:
        sink.write(array, spec.grid.window)


def _copy_as_cog(source: Path, target: Path, spec: RasterSpec) -> None:
    options: dict[str, Any] = {
        "COMPRESS": "ZSTD",
        "LEVEL": "1",
        "PREDICTOR": "NO" if np.dtype(spec.dtype).itemsize == 1 else "YES",
        "BLOCKSIZE": str(TILE_PX),
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": "ALL_CPUS",
        "OVERVIEW_COMPRESS": "ZSTD",
        "RESAMPLING": spec.overview_resampling.upper(),
    }
    try:
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=CACHE_BYTES):
            rasterio.shutil.copy(str(source), str(target), driver="COG", **options)
        _check_complete(target)
    except RasterioError as error:
        free_mb = shutil.disk_usage(target.parent).free / 1e6
        raise OSError(f"GDAL: {first_line(error)} ({free_mb:.0f} MB free)") from error


def _check_complete(path: Path) -> None:
    """Raise where the last tile of the full resolution is missing: GDAL keeps silent when a disk fills."""
    size = path.stat().st_size
    with rasterio.open(path) as dataset:
        col, row = (dataset.width - 1) // TILE_PX, (dataset.height - 1) // TILE_PX
        for band in dataset.indexes:
            offset = dataset.get_tag_item(f"BLOCK_OFFSET_{col}_{row}", "TIFF", bidx=band)
            length = dataset.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=band)
            if offset is None or length is None or int(offset) + int(length) > size:
                raise OSError(28, "No space left on device")
