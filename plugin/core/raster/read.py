"""Reading windows of rasters; what GDAL says of a broken file becomes one sentence that names it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import rasterio.shutil
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.io import DatasetReader

from ..base.errors import InputError, first_line
from .admitted import RASTER_DRIVERS, check_virtual
from .grid import Grid, Window, normal_crs
from .vrt import FileBand, files_vrt


@contextmanager
def open_raster(path: str | Path, drivers: Sequence[str] = RASTER_DRIVERS) -> Iterator[DatasetReader]:
    """Yield an open raster of one of GDAL's ``drivers``; what GDAL says of a broken file becomes one `InputError` that names it."""
    text = str(path)
    check_virtual(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # `grid_of` says so where it matters
            dataset = rasterio.open(text)
    except (RasterioError, RasterioIOError) as error:  # before rasterio 1.4 the second is no child of the first
        raise InputError(
            f"{path} cannot be opened as a raster ({first_line(error)}); check that the file is there and complete."
        ) from error
    try:
        if dataset.driver not in drivers:
            raise InputError(f"{path} is read by GDAL's driver {dataset.driver}, which scenes are not kept in; give GeoTIFF or JPEG 2000.")
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
    return InputError(f"{path} cannot be read ({first_line(error)}); the file is probably truncated, fetch it again.")


def read_window(dataset: DatasetReader, bands: Sequence[int], window: Window, fill: float = 0) -> np.ndarray:
    """Return (bands, rows, cols) of a window that may reach outside the raster, where it holds ``fill``."""
    inside = window.intersect(Window(0, 0, dataset.height, dataset.width))
    if inside == window:
        return read_samples(dataset, bands, window)
    out = np.full((len(bands), *window.shape), fill, dtype=dataset.dtypes[bands[0] - 1])
    if not inside.is_empty:
        read_samples(dataset, bands, inside, out=out[(slice(None), *inside.slices_in(window))])
    return out


def masked_path(path: str | Path, dataset: DatasetReader) -> str:
    """Return what GDAL opens to read a raster with the pixels that its mask marks as absent as nodata: the path itself where none is.

    Alpha bands, masks inside the file and mask files beside it count; a stated nodata value is looked at where samples are read.
    """
    alpha = _alpha_of(dataset)
    masked = any(MaskFlags.per_dataset in flags and MaskFlags.nodata not in flags for flags in dataset.mask_flag_enums)
    if not (alpha or masked) or str(path).startswith("<"):
        return str(path)
    nodata = 0.0 if dataset.nodata is None else dataset.nodata
    types = zip(dataset.indexes, dataset.dtypes, strict=True)
    bands = [FileBand(str(path), dtype, index, nodata=nodata, mask=alpha or -1) for index, dtype in types]
    return files_vrt(grid_of(dataset), bands)


def _alpha_of(dataset: DatasetReader) -> int:
    """Return the number of the alpha band, 0 where there is none: the band called so, else one that the file marks and nothing names.

    GDAL's ALPHA=YES marks the first band after the grey one, whichever was meant.
    """
    names = [(name or "").strip().lower() for name in dataset.descriptions]
    if "alpha" in names:
        return names.index("alpha") + 1
    marked = (index for index, kind in zip(dataset.indexes, dataset.colorinterp, strict=True) if kind == ColorInterp.alpha)
    return next((index for index in marked if not names[index - 1]), 0)
