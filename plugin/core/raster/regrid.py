"""Bring a raster's samples to any grid: as they are where pixels coincide, repeated, reduced or warped where not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.io import DatasetReader, MemoryFile
from rasterio.vrt import WarpedVRT

from .grid import Grid, Window
from .read import grid_of, read_samples, read_window, reading

WARPED_AT_ONCE_PX = (128, 512)
"""Rows and columns of the pieces, counted from the origin of the CRS, in which GDAL works out where samples come from."""
WARP_ERROR_PX = 1e-3
"""How far that may be off: GDAL goes along straight lines between places that it works out exactly."""


def read_onto(
    dataset: DatasetReader,
    bands: Sequence[int],
    grid: Grid,
    *,
    resampling: str = "nearest",
    nodata: float = 0,
    fill: float = 0,
) -> np.ndarray:
    """Return (bands, rows, cols) of a raster brought to ``grid``.

    On the same pixel lattice, be it in another CRS with the same coordinates, the samples are read as they are; whole-number
    enlargement by nearest neighbour repeats them; anything else is warped with ``resampling`` (a name of GDAL's), where samples
    equal to ``nodata`` carry no weight. Elsewhere it holds ``fill``.
    """
    own = grid_of(dataset)
    source = own.renamed(grid.crs) or own
    offset = source.offset_of(grid)
    if offset is not None:
        return read_window(dataset, bands, Window(*offset, *grid.shape), fill)
    if resampling == "nearest":
        nested = _read_repeated(dataset, bands, source, grid, fill)
    elif dataset.nodata != nodata:
        nested = None  # GDAL reduces without regard to nodata that the file does not state, as JPEG 2000 products never do
    else:
        nested = _read_reduced(dataset, bands, source, grid, resampling=resampling, fill=fill)
    if nested is not None:
        return nested
    return _read_warped(dataset, bands, source, grid, resampling=resampling, nodata=nodata, fill=fill)


def _read_reduced(
    dataset: DatasetReader, bands: Sequence[int], source: Grid, grid: Grid, *, resampling: str, fill: float
) -> np.ndarray | None:
    """Return samples reduced by a whole factor, read from overviews where there are any; None where the grids do not nest."""
    factor = grid.pixel_m / source.pixel_m
    times = round(factor)
    if times < 2 or abs(factor - times) > 1e-9 * factor or source.crs != grid.crs:
        return None
    offset = source.offset_of(Grid(grid.crs, grid.transform * Affine.scale(1 / times), tuple(n * times for n in grid.shape)))  # type: ignore[arg-type]
    if offset is None:
        return None
    window = Window(*offset, grid.shape[0] * times, grid.shape[1] * times)
    # Only whole reduced pixels inside the raster: one more would mix in samples that are not there.
    inside = Window(0, 0, dataset.height, dataset.width)
    first = [-(-max(0, -start) // times) for start in offset]
    stop = [min(n, (limit - start) // times) for n, limit, start in zip(grid.shape, (inside.rows, inside.cols), offset, strict=True)]
    out = np.full((len(bands), *grid.shape), fill, dtype=dataset.dtypes[bands[0] - 1])
    rows, cols = stop[0] - first[0], stop[1] - first[1]
    if rows <= 0 or cols <= 0:
        return out
    part = Window(window.row + first[0] * times, window.col + first[1] * times, rows * times, cols * times)
    with reading(dataset):
        out[:, first[0] : stop[0], first[1] : stop[1]] = dataset.read(
            list(bands), window=part.as_rasterio(), out_shape=(len(bands), rows, cols), resampling=Resampling[resampling]
        )
    return out


def _read_repeated(dataset: DatasetReader, bands: Sequence[int], source: Grid, grid: Grid, fill: float) -> np.ndarray | None:
    """Return samples repeated by a whole factor, None where the grids do not nest."""
    factor = source.pixel_m / grid.pixel_m
    times = round(factor)
    if times < 2 or abs(factor - times) > 1e-9 or source.crs != grid.crs:
        return None
    fine = Grid(source.crs, source.transform * Affine.scale(1 / times), tuple(n * times for n in source.shape))  # type: ignore[arg-type]
    offset = fine.offset_of(grid)
    if offset is None:
        return None
    row, col = offset
    first_row, first_col = row // times, col // times
    rows = -(-(row + grid.shape[0]) // times) - first_row
    cols = -(-(col + grid.shape[1]) // times) - first_col
    coarse = read_window(dataset, bands, Window(first_row, first_col, rows, cols), fill)
    full = coarse.repeat(times, axis=1).repeat(times, axis=2)
    top, left = row - first_row * times, col - first_col * times
    return np.ascontiguousarray(full[:, top : top + grid.shape[0], left : left + grid.shape[1]])


def _read_warped(
    dataset: DatasetReader, bands: Sequence[int], source: Grid, grid: Grid, *, resampling: str, nodata: float, fill: float
) -> np.ndarray:
    """Return samples warped by GDAL, the same ones whatever the window they are read in."""
    out = np.full((len(bands), *grid.shape), fill, dtype=dataset.dtypes[bands[0] - 1])
    window = source.window_of(grid.bounds_in(source.crs))
    support_px = 4 + 2 * max(1, math.ceil(max(window.rows / grid.shape[0], window.cols / grid.shape[1])))
    window = window.grow(support_px, source.shape)
    if window.is_empty:
        return out
    top, left = (grid.phase(piece)[axis] for axis, piece in enumerate(WARPED_AT_ONCE_PX))
    rows, cols = (-(-n // piece) * piece for n, piece in zip((top + grid.shape[0], left + grid.shape[1]), WARPED_AT_ONCE_PX, strict=True))
    samples = read_samples(dataset, bands, window)
    options = {
        "crs": grid.crs,
        "transform": grid.crop(Window(-top, -left, rows, cols)).transform,
        "height": rows,
        "width": cols,
        "resampling": Resampling[resampling],
        "nodata": fill,
        "tolerance": WARP_ERROR_PX,
        **_scale(source, grid),
    }
    asked = Window(top, left, *grid.shape).as_rasterio()
    for together in _alike(samples, nodata):
        with (
            rasterio.Env(GDAL_VRT_WARP_USE_DATASET_RASTERIO="NO"),  # GDAL 3.9 would warp the whole window as one piece
            _in_memory(samples[together], source.crop(window), nodata) as raster,
            WarpedVRT(raster, **options) as warped,
        ):
            warped.read(window=asked, out=out[together])
    return out


def _alike(samples: np.ndarray, nodata: float) -> list[slice]:
    """Return groups of bands (bands, rows, cols) to be warped together: those that lack data in other places go alone.

    GDAL takes a pixel for nodata where all bands have none, and else mixes in what is none in a single one.
    """
    lacking = np.isnan(samples) if np.isnan(nodata) else samples == nodata
    if (lacking == lacking[0]).all():
        return [slice(None)]
    return [slice(band, band + 1) for band in range(len(samples))]


def _scale(source: Grid, grid: Grid) -> dict[str, float]:
    """Return GDAL's options for the scale, the same for every window: from a piece that is turned it guesses a smaller one, and blurs."""
    size = source.pixel_in(grid.crs)
    return {} if size is None else {name: min(1.0, side / grid.pixel_m) for name, side in zip(("XSCALE", "YSCALE"), size, strict=True)}


@contextmanager
def _in_memory(samples: np.ndarray, grid: Grid, nodata: float) -> Iterator[DatasetReader]:
    """Yield samples (bands, rows, cols) as a raster that is read only, which is all that Rasterio warps."""
    count, rows, cols = samples.shape
    profile = {"count": count, "height": rows, "width": cols, "dtype": samples.dtype, "crs": grid.crs, "transform": grid.transform}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", nodata=nodata, BIGTIFF="IF_SAFER", **profile) as raster:
            raster.write(samples)
        with memory.open() as raster:
            yield raster
