"""Open products in the netCDF form of the Norwegian ground segment.

Its converter (NasjonaltBakkeSegment/safe_to_netcdf) stores raw DN of every band repeated to 10 m, and writes the
*corners* of pixels into ``x`` and ``y``. CF readers, GDAL among them, expect centres there and put the file half a pixel
west and north of the SAFE product. The tiling tells corners and centres apart: its origins are whole multiples of the
pixel size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from ...base.errors import InputError
from ...raster.grid import Grid
from ...raster.read import grid_of, open_raster
from ...raster.vrt import FileBand, files_vrt
from ..msi import BANDS
from ..naming import normal_band, without_suffix
from ..scene import AngleGrid, BandFile, Facts, Scene
from .facts import facts_of_name, footprint_on, stated_offsets

NODE_STEP_M = 5000.0
"""Distance between the angle nodes, copied by the converter from the tile metadata without their coordinates."""


def open_netcdf(path: Path) -> Scene:
    """Open a netCDF product; raises `InputError` where GDAL cannot read netCDF or the file holds no bands."""
    with rasterio.Env() as environment:
        if "netCDF" not in environment.drivers():
            raise InputError(f"{path} is netCDF, which this GDAL cannot read; install its netCDF driver or give the SAFE product.")
    variables = _variables_of(path)
    bands = {band: variables[name] for name in variables if (band := normal_band(name)) and re.fullmatch(r"B\w\w?", name)}
    if not bands:
        raise InputError(f"{path} holds no band variables (B2, B3, ...); give a Sentinel-2 product.")
    name = without_suffix(path.name)
    facts = facts_of_name(name)
    grids = {}
    files = {}
    for band in (band for band in BANDS if band in bands):
        files[band], grids[band] = _band_of(bands[band], band, facts)
    grid = min(grids.values(), key=lambda candidate: candidate.pixel_m)
    known = replace(facts, id=name, sun=_sun_of(variables, grid), view=_view_of(variables, grid))
    return Scene.from_facts(known, str(path), files, grid, footprint_on(grid, known))


def _variables_of(path: Path) -> dict[str, str]:
    with open_raster(path) as dataset:
        return {name.rpartition(":")[2]: name for name in dataset.subdatasets}


def _band_of(variable: str, band: str, facts: Facts) -> tuple[BandFile, Grid]:
    """Return where a band's samples are, by a virtual raster that puts its pixels in place, and its grid."""
    with open_raster(variable) as dataset:
        stored = grid_of(dataset)
        scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
        dtype = dataset.dtypes[0]
    grid = true_grid(stored)
    scaled = scale not in (0.0, 1.0)
    file = BandFile(
        variable if grid is stored else files_vrt(grid, [FileBand(variable, dtype)]),  # GDAL opens the text like a path
        offset=offset / scale if scaled else stated_offsets(facts).get(band, 0.0),
        scale=scale if scaled else 1e-4,
    )
    return file, grid


def true_grid(stored: Grid) -> Grid:
    """Return the grid moved half a pixel east and south where its origin is half a pixel off the tiling."""
    t = stored.transform
    if all(abs(origin / t.a % 1 - 0.5) < 0.05 for origin in (t.c, t.f)):
        return replace(stored, transform=t * Affine.translation(0.5, 0.5))
    return stored


def _angles_of(variables: Mapping[str, str], name: str) -> np.ndarray | None:
    """Return (layers, rows, cols) of an angle variable in degrees, NaN where it holds none."""
    if name not in variables:
        return None
    with open_raster(variables[name]) as dataset:
        values = dataset.read().astype(np.float32)
    values[~((values >= -360) & (values <= 360))] = np.nan
    return values


def _sun_of(variables: Mapping[str, str], grid: Grid) -> AngleGrid | None:
    zenith, azimuth = (_angles_of(variables, f"sun_{name}") for name in ("zenith", "azimuth"))
    if zenith is None or azimuth is None or not np.isfinite(zenith[0]).any():
        return None
    return AngleGrid(zenith[0], azimuth[0], grid.bounds[0], grid.bounds[3], NODE_STEP_M)


def _view_of(variables: Mapping[str, str], grid: Grid) -> dict[tuple[str, int], AngleGrid]:
    """Return the view grids, which the converter has merged over detectors, as detector 0."""
    zenith, azimuth = (_angles_of(variables, f"view_{name}") for name in ("zenith", "azimuth"))
    if zenith is None or azimuth is None or not len(zenith) == len(azimuth) == len(BANDS):
        return {}
    return {
        (band, 0): AngleGrid(zenith[layer], azimuth[layer], grid.bounds[0], grid.bounds[3], NODE_STEP_M)
        for layer, band in enumerate(BANDS)
        if np.isfinite(zenith[layer]).any()
    }
