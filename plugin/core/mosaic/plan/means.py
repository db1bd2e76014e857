"""Reduced copies of scenes: means over cells, made once and read by every step that looks far or coarsely.

Measuring overlaps, tracing seams and joining fills need means over cells of 40 m and more, again and again. A scene
without overviews would be decoded anew each time. Its copy lies in the work folder, with a level for every fourfold cell,
not compressed: at 10 m it holds a sixteenth of the scene's samples. Cells are counted from the origin of the
CRS, so that neither the mosaic's extent nor its blocks decide what goes into a mean.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import math
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError

from ...base.drafts import draft_of, write_text
from ...base.errors import OutputError, first_line
from ...base.fingerprint import file_stem, fingerprint
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.cog import halve
from ...raster.grid import Grid, Window
from ...raster.read import open_raster
from ...scenes import BandFile, Scene
from ...scenes.bands import BandReader, open_bands
from .lattice import finest_factor
from .plan import MosaicPlan
from .scene_pool import process_readers, scenes_kept_open, stamp_of

log = logging.getLogger(__name__)

VERSION = 4
"""Changes whenever the same scene would give other means."""
LEVELS = (4, 16)
"""How many of the finest cells the coarser ones are wide: those that seams and joins ask for."""
MARGIN_CELLS = 16
"""Coarsest cells around the mosaic that a copy still holds: what lies beyond the extent takes part in seams and joins."""
READ_PX = 2048
"""Side in pixels of what is read at a time."""
TILE_CELLS = 256
"""Side of the tiles of a copy."""
SUFFIX = ".means.tif"


def align(grid: Grid) -> Grid:
    """Return a grid grown to north and west until whole cells of every level begin at its corner."""
    rows, cols = grid.phase(finest_factor(grid.pixel_m) * LEVELS[-1])
    return grid.crop(Window(-rows, -cols, grid.shape[0] + rows, grid.shape[1] + cols))


def read_means(scene: Scene, bands: Sequence[str], cells: Grid) -> np.ndarray:
    """Return (bands, rows, cols) uint16 means of a scene's valid samples over cells, 0 where there are none.

    ``scene`` may be reduced; its files stay open for the next call. Raises `InputError` where a file cannot be read.
    """
    with process_readers().lend(scene) as reader:
        return means_of(reader, bands, cells)


def means_of(reader: BandReader, bands: Sequence[str], cells: Grid) -> np.ndarray:
    """Return what `read_means` does, from a scene that is open already: one to be gone through once is better closed then."""
    steps = _halvings(reader, bands[0], cells)
    fine = Grid(cells.crs, cells.transform * Affine.scale(0.5**steps), (cells.shape[0] << steps, cells.shape[1] << steps))
    samples = reader.read_scaled(bands, fine, resampling="average")
    for _ in range(steps):
        samples = halve(samples, 0, "average")
    return samples


def _halvings(reader: BandReader, band: str, cells: Grid) -> int:
    """Return how often cells are halved until overviews of a band fall into them.

    Overviews begin at the raster's own corner and are stretched where its size is no multiple of theirs. Where they do
    not lie wholly inside cells, GDAL would mix neighbours; finer overviews, or the samples themselves, still do.
    """
    own = reader.grid_of(band).renamed(cells.crs)
    if own is None:
        return 0
    factor = round(cells.pixel_m / own.pixel_m)
    if factor < 2 or abs(cells.pixel_m / own.pixel_m - factor) > 1e-9 * factor:
        return 0
    if not reader.has_overviews(band):
        return 0
    offset = own.offset_of(Grid(cells.crs, cells.transform * Affine.scale(1 / factor), cells.shape))
    if offset is None:
        return 0
    parts = factor // math.gcd(*offset, *own.shape, factor)
    return parts.bit_length() - 1 if parts.bit_count() == 1 else 0


@dataclass(frozen=True, eq=False)
class CopyJob:
    """Everything one reduced copy follows from."""

    scene: Scene
    """Facts, angle grids left out."""
    bands: tuple[str, ...]
    """Bands of the copy."""
    grid: Grid
    """Grid of its finest cells, at whose corner whole cells of every level begin."""
    read_cells: int
    """Side of what is read at a time."""
    path: Path
    """Where the copy appears."""


def reduce_scenes(plan: MosaicPlan, folder: Path, executor: Executor, *, progress: Progress = SILENT) -> MosaicPlan:
    """Return a plan whose scenes are read from reduced copies in ``folder``; those that are not there yet are made.

    Raises `InputError` where a scene cannot be read, `OutputError` where a copy cannot be written.
    """
    jobs = {placed.rank: _job_of(placed.scene, placed.window, plan, folder) for placed in plan.scenes if not placed.window.is_empty}
    kept = zip(jobs.values(), map_ordered(is_whole, (job.path for job in jobs.values()), executor, progress=progress), strict=True)
    lacking = [job for job, whole in kept if not whole]
    with scenes_kept_open():
        for done, job in enumerate(map_ordered(make_copy, lacking, executor, progress=progress), 1):
            progress.report(done / len(lacking), f"Reduced {job.scene.id}")
    _remove_others(folder, {path.name for job in jobs.values() for path in (job.path, checksum_path(job.path))})
    scenes = tuple(
        replace(placed, scene=_read_from(placed.scene, jobs[placed.rank])) if placed.rank in jobs else placed for placed in plan.scenes
    )
    return replace(plan, scenes=scenes)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Remove copies that no scene of this mosaic reads any more."""
    for path in list(folder.iterdir()):
        if re.fullmatch(rf"[0-9a-f]{{16}}\.[0-9a-f]{{16}}{re.escape(SUFFIX)}(\.sha256)?", path.name) and path.name not in wanted:
            with suppress(OSError):
                path.unlink()


def _read_from(scene: Scene, job: CopyJob) -> Scene:
    """Return the scene's facts with the copy's samples."""
    return replace(scene, bands={band: BandFile(str(job.path), number) for number, band in enumerate(job.bands, 1)})


def _job_of(scene: Scene, shown: Window, plan: MosaicPlan, folder: Path) -> CopyJob:
    factor = finest_factor(plan.grid.pixel_m)
    coarsest = factor * LEVELS[-1]
    whole = plan.grid.window_of(scene.grid.bounds_in(plan.grid.crs)).intersect(shown.grow(MARGIN_CELLS * coarsest))
    cells = _whole(align(plan.grid.crop(whole)).coarsen(factor))
    mark = fingerprint(VERSION, scene.id, stamp_of(scene), plan.bands, cells)
    name = f"{file_stem(scene.id)}.{mark[:16]}{SUFFIX}"
    return CopyJob(scene.without_angles(), plan.bands, cells, max(TILE_CELLS, READ_PX // factor), folder / name)


def _whole(grid: Grid) -> Grid:
    """Return a grid grown to south and east until it holds whole cells of every level: GDAL stretches levels that do not fit."""
    rows, cols = (-(-size // LEVELS[-1]) * LEVELS[-1] for size in grid.shape)
    return grid.crop(Window(0, 0, rows, cols))


def make_copy(job: CopyJob) -> CopyJob:
    """Write one reduced copy with its levels, by rename when it is complete, and return its job."""
    with draft_of(job.path) as draft:
        if shutil.disk_usage(draft.parent).free < _size_of(job, (1, *LEVELS)):
            raise OSError(errno.ENOSPC, "No space left on device")
        written = _write_means(job, draft)
        with _writing(job.path), rasterio.open(draft, "r+") as copy:
            copy.build_overviews(list(LEVELS), Resampling.average)
        _check_size(draft, _size_of(job, (1, *LEVELS)))
        if _digest_of_samples(draft, job) != written:
            raise OSError(errno.ENOSPC, "No space left on device")  # of a tile that was refused while a later one found room
        digest = _digest_of_file(draft)
    write_text(checksum_path(job.path), digest)
    return job


def checksum_path(path: Path) -> Path:
    """Return the file that holds the digest of a reduced copy."""
    return path.with_name(path.name + ".sha256")


def is_whole(path: Path) -> bool:
    """Return True for a reduced copy that is as it was written; a damaged one is made again."""
    try:
        stated = checksum_path(path).read_text(encoding="utf-8").strip()
        if _digest_of_file(path) == stated:
            return True
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        log.debug("%s cannot be read: %s", path, error)
    log.warning("%s is damaged and is made again", path)
    return False


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_samples(path: Path, job: CopyJob) -> str:
    """Return the digest of the finest means of a copy, read in the order in which they were written; empty where a level lacks some."""
    digest = hashlib.sha256()
    with ExitStack() as stack:
        copy = stack.enter_context(open_raster(path))
        coarser = {level: stack.enter_context(rasterio.open(path, OVERVIEW_LEVEL=n)) for n, level in enumerate(LEVELS)}
        for window in job.grid.window.blocks(job.read_cells):
            means = copy.read(window=window.as_rasterio())
            digest.update(np.ascontiguousarray(means).tobytes())
            for level, dataset in coarser.items():
                bands, rows, cols = means.shape
                shown = means.reshape(bands, rows // level, level, cols // level, level).any(axis=(2, 4))
                part = Window(window.row // level, window.col // level, rows // level, cols // level)
                if ((dataset.read(window=part.as_rasterio()) != 0) != shown).any():
                    return ""
    return digest.hexdigest()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Name the copy where it cannot be written: the scene that is read beside it is not to blame."""
    try:
        yield
    except (RasterioError, RasterioIOError) as error:  # before rasterio 1.4 the second is no child of the first
        raise OutputError(f"{path} cannot be written ({first_line(error)}); free some space or choose another folder.") from error


def _write_means(job: CopyJob, path: Path) -> str:
    """Write the finest means and return the digest of what was written."""
    rows, cols = job.grid.shape
    profile = {
        "driver": "GTiff",
        "width": cols,
        "height": rows,
        "count": len(job.bands),
        "dtype": "uint16",
        "nodata": 0,
        "crs": job.grid.crs,
        "transform": job.grid.transform,
        "tiled": True,
        "blockxsize": TILE_CELLS,
        "blockysize": TILE_CELLS,
        "interleave": "band",
        "bigtiff": "IF_SAFER",
    }
    digest = hashlib.sha256()
    with open_bands(job.scene) as reader, _writing(job.path), rasterio.open(path, "w", **profile) as copy:
        for window in job.grid.window.blocks(job.read_cells):
            means = means_of(reader, job.bands, job.grid.crop(window))
            digest.update(np.ascontiguousarray(means).tobytes())
            copy.write(means, window=window.as_rasterio())
    return digest.hexdigest()


def _size_of(job: CopyJob, levels: Sequence[int]) -> int:
    rows, cols = job.grid.shape
    return sum((rows // level) * (cols // level) * len(job.bands) * 2 for level in levels)


def _check_size(path: Path, size: int) -> None:
    """Wait until the file is on the disk, and raise where it is too short: GDAL keeps silent when a disk fills."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    if path.stat().st_size < size:
        raise OSError(errno.ENOSPC, "No space left on device")
