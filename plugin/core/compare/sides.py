"""The two sides of a comparison: one band of an ortho each, and the pixels that they share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..base.errors import InputError
from ..raster.grid import Grid, Window
from ..raster.read import grid_of, open_raster, read_window
from ..scenes import Scene, find_scenes, open_scene
from ..scenes.naming import normal_band
from .matching.align import Piece

RASTERS = {".tif", ".tiff", ".jp2", ".vrt", ".img", ".png"}
"""Suffixes of files that are rasters and may be no scenes."""
SAME_PIXEL = 1e-6
"""Pixel sizes that differ by a smaller share are the same."""


@dataclass(frozen=True, eq=False)
class Ortho:
    """One band of an ortho: where it lies, no pixels."""

    name: str
    """Name of the product, or the file's stem."""
    path: str
    """A path GDAL opens."""
    index: int
    """Number of the band in that file, 1-based."""
    band: str
    """Name of the band, empty where nothing states it."""
    grid: Grid
    """Where its pixels lie."""
    nodata: float
    """Sample without data."""
    scene: Scene | None
    """What is known of the product, None for a raster of which nothing is."""


@dataclass(frozen=True)
class Shared:
    """The pixels that two orthos share, on the lattice of the first."""

    window: Window
    """In the first ortho."""
    rows: int
    """Row of the second ortho for row 0 of the first."""
    cols: int
    """Column of the second ortho for column 0 of the first."""
    rest_down_px: float
    """How far down the second ortho's pixels lie of those of the first that they are read for, a part of a pixel."""
    rest_east_px: float
    """The same to the east."""

    def in_other(self, window: Window) -> Window:
        """Return the window of the second ortho that is read for one of the first."""
        return window.shift(self.rows, self.cols)


def open_ortho(path: str, band: str) -> Ortho:
    """Return one band of a scene or raster.

    A raster with a single band is taken as it is; of several, the one that ``band`` names (``B04``, or its number).
    Raises `InputError` where there is no such band.
    """
    given = Path(path)
    is_raster = path.startswith("/vsi") or (given.suffix.lower() in RASTERS and not given.is_dir())
    return _of_raster(path, band) if is_raster else _of_scene(path, band)


def _of_scene(path: str, band: str) -> Ortho:
    found = find_scenes(path) if Path(path).is_dir() else [path]
    if len(found) > 1:
        raise InputError(f"{path} holds {len(found)} scenes; give one of them, such as {found[0]}.")
    scene = open_scene(found[0] if found else path)
    name = normal_band(band) or band
    if name not in scene.bands:
        raise InputError(f"Scene {scene.id} lacks the band {band}; it has {', '.join(scene.bands)}.")
    file = scene.bands[name]
    with open_raster(file.path) as dataset:
        return Ortho(scene.id, file.path, file.index, name, grid_of(dataset), _nodata_of(dataset.nodata), scene)


def _of_raster(path: str, band: str) -> Ortho:
    with open_raster(path) as dataset:
        names = [normal_band(description or "") for description in dataset.descriptions]
        wanted = normal_band(band)
        if wanted and wanted in names:
            index = names.index(wanted) + 1
        elif band.strip().isdigit() and 1 <= int(band) <= dataset.count:
            index = int(band)
        elif dataset.count == 1:
            index = 1
        else:
            known = ", ".join(filter(None, names)) or f"1 to {dataset.count}"
            raise InputError(f"{path} has no band {band}; give one of {known}.")
        grid, nodata = grid_of(dataset), _nodata_of(dataset.nodata)
    scene = _scene_of(path) if any(names) else None
    return Ortho(scene.id if scene else Path(path).stem, path, index, names[index - 1], grid, nodata, scene)


def _scene_of(path: str) -> Scene | None:
    """Return what a band stack tells of itself, None for a raster that is none."""
    try:
        return open_scene(path)
    except InputError:
        return None


def _nodata_of(stated: float | None) -> float:
    return 0.0 if stated is None or math.isnan(stated) else stated


def shared_pixels(a: Ortho, b: Ortho) -> Shared:
    """Return the pixels that two orthos share.

    Raises `InputError` for another CRS or pixel size: resampling would move what is to be measured.
    """
    other = b.grid.renamed(a.grid.crs)
    if other is None:
        raise InputError(
            f"{a.name} is in {a.grid.crs[:40]} and {b.name} in {b.grid.crs[:40]}; give both in one coordinate reference system: "
            "resampling would move what is to be measured."
        )
    if not math.isclose(other.pixel_m, a.grid.pixel_m, rel_tol=SAME_PIXEL):
        raise InputError(
            f"{a.name} has pixels of {a.grid.pixel_m:g} and {b.name} of {other.pixel_m:g}; give the same band of both at one resolution."
        )
    if a.band and b.band and a.band != b.band:
        raise InputError(f"{a.name} is {a.band} and {b.name} is {b.band}; give the same band of both, since bands differ in geometry.")
    rows = (a.grid.transform.f - other.transform.f) / other.transform.e
    cols = (a.grid.transform.c - other.transform.c) / other.transform.a
    moved = round(rows), round(cols)
    window = a.grid.window.intersect(other.window.shift(-moved[0], -moved[1]))
    if window.is_empty:
        raise InputError(f"{a.name} and {b.name} share no pixel; give two orthos of one place.")
    return Shared(window, *moved, moved[0] - rows, moved[1] - cols)


def read_piece(ortho: Ortho, window: Window) -> Piece:
    """Return the samples of a window, which may reach outside the ortho, and where they are data."""
    with open_raster(ortho.path) as dataset:
        samples = read_window(dataset, [ortho.index], window, ortho.nodata)[0].astype(np.float32)
    valid = np.isfinite(samples) & (samples != np.float32(ortho.nodata))
    return Piece(np.where(valid, samples, 0).astype(np.float32), valid)
