"""Write the bands of a scene on one grid, as a Cloud Optimized GeoTIFF whose tags say what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import rasterio

from ..base.errors import InputError
from ..base.parallel import local_executor, map_ordered, worker_count
from ..base.progress import SILENT, Progress, Span
from ..raster.grid import Bounds, Grid, Window
from ..raster.ground import check_metres
from ..raster.spec import RasterSpec
from ..raster.write import CACHE_BYTES, RasterSink, write_raster
from .bands import BandReader, open_bands
from .formats.stack import tags_of
from .msi import TEN_BANDS
from .scene import Scene

WINDOW_PX = 1024
"""Side of the windows read at a time: a block of the 10 m bands of ESA's JPEG 2000 files. The coarser bands' blocks
stay in GDAL's cache until the next row of windows."""


def prepare(
    scene: Scene,
    output_path: str | Path,
    *,
    bands: Sequence[str] | None = None,
    pixel_m: float | None = None,
    bounds: Bounds | None = None,
    progress: Progress = SILENT,
) -> None:
    """Write bands of a scene as uint16 reflectance x 10000, nodata 0, offset applied, with descriptions and tags.

    ``bands`` None writes those of `TEN_BANDS` that the scene has and warns of the others; bands asked for by
    name must be there. ``pixel_m`` None keeps the pixels of the finest band; a band coarser than the output is
    repeated (nearest neighbour), a finer one averaged. ``bounds`` (in the scene's CRS) are widened to whole
    pixels and cut to the scene. Memory does not depend on the size of the scene. Raises `InputError` where a
    band is missing or the bounds lie outside, `OutputError` where the file cannot be written.
    """
    chosen = _choose_bands(scene, bands, progress)
    grid = target_grid(scene, pixel_m, bounds)
    spec = RasterSpec(grid, "uint16", chosen, nodata=0, tags=tags_of(scene))
    with open_bands(scene) as reader, write_raster(output_path, spec) as sink:
        _copy_windows(reader, chosen, sink, Span(progress, 0, 0.9))
        progress.report(0.9, f"Writing {Path(output_path).name}")
    progress.report(1.0, f"{Path(output_path).name} is ready")


def target_grid(scene: Scene, pixel_m: float | None = None, bounds: Bounds | None = None) -> Grid:
    """Return the grid of a prepared stack; raises `InputError` where ``bounds`` hold no pixel of the scene."""
    if pixel_m is not None and not pixel_m > 0:
        raise InputError(f"A pixel size of {pixel_m} is impossible; give metres, such as 10.")
    if pixel_m is not None:
        check_metres(scene.grid, f"Scene {scene.id}")
    grid = scene.grid if pixel_m is None else scene.grid.at(pixel_m)
    if bounds is None:
        return grid
    window = grid.window_of(bounds).intersect(grid.window)
    if window.is_empty:
        shown = ", ".join(f"{value:.0f}" for value in bounds)
        raise InputError(f"The extent {shown} lies outside scene {scene.id} ({scene.grid.crs}); choose one that meets it.")
    return grid.crop(window)


def _choose_bands(scene: Scene, bands: Sequence[str] | None, progress: Progress) -> tuple[str, ...]:
    wanted = tuple(bands) if bands is not None else TEN_BANDS
    if not wanted or len(set(wanted)) != len(wanted):
        raise InputError(f"The list of bands {', '.join(wanted) or '(empty)'} is empty or repeats one; name each band once.")
    missing = [band for band in wanted if band not in scene.bands]
    present = tuple(band for band in wanted if band in scene.bands)
    if missing and (bands is not None or not present):
        raise InputError(f"Scene {scene.id} lacks {', '.join(missing)}; it has {', '.join(scene.bands)}.")
    if missing:
        progress.warn(f"Scene {scene.id} lacks {', '.join(missing)}; only its other bands are written.")
    return present


def _copy_windows(reader: BandReader, bands: Sequence[str], sink: RasterSink, progress: Progress) -> None:
    grid = sink.spec.grid
    windows = list(stream_windows(reader, bands, grid))
    read = partial(read_prepared, reader, bands, grid)
    workers = min(2, worker_count())
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), local_executor(workers) as executor:
        arrays = map_ordered(read, windows, executor, in_flight=workers, progress=progress)
        for number, (window, array) in enumerate(zip(windows, arrays, strict=True), 1):
            sink.write(array, window)
            progress.report(number / len(windows), f"{reader.scene.id}: {number} of {len(windows)} windows")


def read_prepared(reader: BandReader, bands: Sequence[str], grid: Grid, window: Window) -> np.ndarray:
    """Return (bands, rows, cols) uint16 of a window: finer bands averaged, others by nearest neighbour."""
    target = grid.crop(window)
    out = np.empty((len(bands), *window.shape), np.uint16)
    finer = [reader.grid_of(band).pixel_m < grid.pixel_m * 0.999 for band in bands]
    for averaged, resampling in ((False, "nearest"), (True, "average")):
        numbers = [number for number, flag in enumerate(finer) if flag is averaged]
        if numbers:
            out[numbers] = reader.read_scaled([bands[number] for number in numbers], target, resampling=resampling)
    return out


def stream_windows(reader: BandReader, bands: Sequence[str], grid: Grid) -> Iterator[Window]:
    """Yield windows that cover ``grid`` once, row by row, shaped so that the bands' blocks are decoded once.

    Tiled files (JPEG 2000, tiled GeoTIFF) are read in squares of about `WINDOW_PX`; files stored in strips in
    full-width rows of the same number of pixels.
    """
    rows, cols = grid.shape
    strips = any(_is_striped(reader, band) for band in bands)
    side = min(WINDOW_PX, max(rows, cols))
    if not strips:
        yield from grid.window.blocks(_aligned_side(reader, bands, grid, side))
        return
    height = max(1, side * side // cols)
    for row in range(0, rows, height):
        yield Window(row, 0, min(height, rows - row), cols)


def _is_striped(reader: BandReader, band: str) -> bool:
    block, shape = reader.block_of(band), reader.grid_of(band).shape
    return block[1] >= shape[1] and block[0] < shape[0] and block[0] <= block[1] // 4


def _aligned_side(reader: BandReader, bands: Sequence[str], grid: Grid, side_px: int) -> int:
    """Return the largest multiple of the widest block, counted in pixels of ``grid``, that is at most ``side_px``."""
    widths = [reader.block_of(band)[1] * reader.grid_of(band).pixel_m / grid.pixel_m for band in bands]
    fitting = [round(width) for width in widths if 1 <= width <= side_px and abs(width - round(width)) < 1e-6]
    return side_px - side_px % max(fitting) if fitting else side_px
