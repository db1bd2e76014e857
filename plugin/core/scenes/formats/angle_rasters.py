"""Read angles that come as rasters beside band files, under the names openEO and Sentinel Hub give them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np

from ...raster.grid import Grid
from ...raster.read import open_raster
from ...raster.regrid import read_onto
from ..msi import BANDS
from ..scene import AngleGrid
from .container import Container

NODES = 64
"""Nodes along the longer side; angles vary by tenths of a degree in a kilometre."""

_SUN = ("sunZenithAngles", "sunAzimuthAngles")
_VIEW = ("viewZenithMean", "viewAzimuthMean")


def read_angle_rasters(container: Container, folder: str, grid: Grid) -> tuple[AngleGrid | None, dict[tuple[str, int], AngleGrid]]:
    """Return sun and view angles of the rasters in ``folder``, the same view for every band as detector 0."""
    files = {PurePosixPath(name).stem: name for name in container.names if str(PurePosixPath(name).parent) == (folder or ".")}
    view = _read_pair(container, files, _VIEW, grid)
    return _read_pair(container, files, _SUN, grid), {(band, 0): view for band in BANDS} if view else {}


def _read_pair(container: Container, files: dict[str, str], names: Iterable[str], grid: Grid) -> AngleGrid | None:
    paths = [container.gdal_path(files[name]) for name in names if name in files]
    if len(paths) != 2:
        return None
    nodes = grid.coarsen(max(1, math.ceil(max(grid.shape) / NODES)))
    zenith, azimuth = (_read_angles(path, nodes) for path in paths)
    half = nodes.pixel_m / 2
    return AngleGrid(zenith, azimuth, nodes.bounds[0] + half, nodes.bounds[3] - half, nodes.pixel_m)


def _read_angles(path: str, nodes: Grid) -> np.ndarray:
    """Return (rows, cols) float32 degrees, NaN where the raster states none; nearest, as azimuths must not be averaged."""
    with open_raster(path) as dataset:
        nodata = dataset.nodata if dataset.nodata is not None else 65535.0
        values = read_onto(dataset, [1], nodes, nodata=nodata, fill=nodata)[0].astype(np.float32)
    values[(values == nodata) | ~((values >= -360) & (values <= 360))] = np.nan
    return values
