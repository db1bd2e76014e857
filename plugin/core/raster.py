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
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.io import DatasetReader

from .drafts import not_written, remove_leftovers
from .errors import InputError, OutputError
from .grid import Grid, Window, normal_crs

log = logging.getLogger(__name__)

TILE_PX = 512
"""Side of the tiles inside every raster written."""

CACHE_BYTES = 192_000_000
"""Decoded blocks that GDAL keeps while a raster is written; its default is a twentieth of the machine's memory."""

_VRT_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "float32": "Float32"}


@contextmanager
def open_raster(path: str | Path) -> Iterator[DatasetReader]:
    """Yield an open raster; what GDAL says of a broken file becomes one `InputError` that names it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # `grid_of` says so where it matters
            dataset = rasterio.open(str(path))
    except (RasterioError, RasterioIOError) as error:  # before rasterio 1.4 the second is no child of the first
        raise InputError(
            f"{path} cannot be opened as a raster ({_first_line(error)}); check that the file is there and complete."
        ) from error
    try:
        yield dataset
    except RasterioIOError as error:
        raise _unreadable(path, error) from error
    finally:
        dataset.close()


def grid_of(dataset: DatasetReader) -> Grid:
    """Return the grid of an open raster; raises `InputError` where it has no CRS or is rotated."""
    if dataset.crs is None:
        raise InputError(f"{dataset.name} has no coordinate reference system; assign one first.")
    try:
        return Grid(normal_crs(dataset.crs), dataset.transform, (dataset.height, dataset.width))
    except InputError as error:
        raise InputError(f"{dataset.name}: {error}") from error


def read_samples(dataset: DatasetReader, bands: Sequence[int], window: Window, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return (bands, rows, cols) of a window inside the raster, in ``out`` where it is given; damaged data are an error, never zeros.

    With several threads GDAL's JPEG 2000 driver decodes blocks ahead and forgets which of them failed: a truncated file then
    reads as zeros without any error (seen with GDAL 3.6). One thread per read reports it; files are read side by side instead.
    """
    with reading(dataset):
        return np.asarray(dataset.read(list(bands), window=window.as_rasterio(), out=out))


@contextmanager
def reading(dataset: DatasetReader) -> Iterator[None]:
    """Read with one thread, and name the file that fails: of several that are open, only the one being read is damaged."""
    try:
        with rasterio.Env(GDAL_NUM_THREADS="1") if dataset.driver == "JP2OpenJPEG" else nullcontext():
            yield
    except (RasterioError, RasterioIOError) as error:
        if dataset.name.startswith("<"):
            raise  # a virtual raster is no path to show; whoever made it knows one
        raise _unreadable(dataset.name, error) from error


def _unreadable(path: str | Path, error: BaseException) -> InputError:
    return InputError(f"{path} cannot be read ({_first_line(error)}); the file is probably truncated, fetch it again.")


def read_window(dataset: DatasetReader, bands: Sequence[int], window: Window, fill: float = 0) -> np.ndarray:
    """Return (bands, rows, cols) of a window that may reach outside the raster, where it holds ``fill``."""
    inside = window.intersect(Window(0, 0, dataset.height, dataset.width))
    if inside == window:
        return read_samples(dataset, bands, window)
    out = np.full((len(bands), *window.shape), fill, dtype=dataset.dtypes[bands[0] - 1])
    if not inside.is_empty:
        read_samples(dataset, bands, inside, out=out[(slice(None), *inside.slices_in(window))])
    return out


@dataclass(frozen=True)
class RasterSpec:
    """What a raster to be written is like."""

    grid: Grid
    """Pixels and CRS."""
    dtype: str
    """NumPy name of the sample type."""
    descriptions: tuple[str, ...]
    """Name of each band; their number is the number of bands."""
    nodata: float | None = 0
    """Value of pixels without data."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Dataset metadata."""
    overview_resampling: str = "average"
    """GDAL's name; ``nearest`` or ``mode`` for classes and indices."""


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
    stem = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    raw, vrt, cog = (stem.with_name(stem.name + suffix) for suffix in (".raw", ".vrt", ".cog.tif"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sink = RasterSink(raw, spec)
        try:
            yield sink
        finally:
            sink.close()
        vrt.write_text(_vrt_of(spec, raw.name), encoding="utf-8")
        _copy_as_cog(vrt, cog, spec)
        cog.replace(target)
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
        raise OSError(f"GDAL: {_first_line(error)} ({free_mb:.0f} MB free)") from error


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


def _vrt_of(spec: RasterSpec, raw_name: str) -> str:
    rows, cols = spec.grid.shape
    item = np.dtype(spec.dtype).itemsize
    t = spec.grid.transform
    geo = ", ".join(repr(float(v)) for v in (t.c, t.a, t.b, t.f, t.d, t.e))
    tags = "".join(f'<MDI key="{escape(key)}">{escape(value)}</MDI>' for key, value in sorted(spec.tags.items()))
    nodata = "" if spec.nodata is None else f"<NoDataValue>{spec.nodata}</NoDataValue>"
    bands = "".join(
        f'<VRTRasterBand dataType="{_VRT_TYPES[spec.dtype]}" band="{number}" subClass="VRTRawRasterBand">'
        f"<Description>{escape(name)}</Description>{nodata}"
        f'<SourceFilename relativeToVRT="1">{escape(raw_name)}</SourceFilename>'
        f"<ImageOffset>{(number - 1) * rows * cols * item}</ImageOffset>"
        f"<PixelOffset>{item}</PixelOffset><LineOffset>{cols * item}</LineOffset>"
        "<ByteOrder>LSB</ByteOrder></VRTRasterBand>"
        for number, name in enumerate(spec.descriptions, 1)
    )
    return (
        f'<VRTDataset rasterXSize="{cols}" rasterYSize="{rows}"><SRS>{escape(spec.grid.crs)}</SRS>'
        f"<GeoTransform>{geo}</GeoTransform><Metadata>{tags}</Metadata>{bands}</VRTDataset>"
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
