"""How long a unit of a CRS is on the ground: lengths in metres and areas in hectares mean the ground, whatever the CRS."""

from __future__ import annotations

import math
from functools import lru_cache

from rasterio.crs import CRS
from rasterio.warp import transform

from ..base.errors import InputError
from .grid import Bounds, Grid

TOLERANCE = 0.05
"""Share by which a unit may differ from a metre: national grids stretch by less than 1 %, Web Mercator beyond 18 degrees by more."""
_PROBE_UNITS = {True: 0.001, False: 100.0}
"""Length in degrees, and in other units, that is measured."""
_A_M, _F = 6_378_137.0, 1 / 298.257223563
"""Semi-major axis and flattening of WGS 84."""


@lru_cache(maxsize=256)
def metres_per_unit(crs: str, x: float, y: float) -> float | None:
    """Return the length of a unit of a CRS at a place, metres on the WGS 84 ellipsoid, the mean of east and north.

    None where the CRS does not reach there. Radii of curvature: Snyder (1987), Map Projections, USGS Professional Paper 1395, 4-18
    to 4-20.
    """
    parsed = CRS.from_user_input(crs)
    length = _PROBE_UNITS[bool(parsed.is_geographic)]
    try:
        lon, lat = transform(parsed, CRS.from_epsg(4326), [x, x + length, x], [y, y, y + length])
    except Exception:  # noqa: BLE001 (Rasterio has no public class for what GDAL says of places beyond a projection)
        return None
    if not all(math.isfinite(value) for value in (*lon, *lat)):
        return None
    sine = math.sin(math.radians(lat[0]))
    squeeze = 1 - _F * (2 - _F) * sine**2
    across_m, along_m = _A_M * math.cos(math.radians(lat[0])) / math.sqrt(squeeze), _A_M * (1 - _F * (2 - _F)) / squeeze**1.5
    lengths = [
        math.hypot(across_m * math.radians((lon[n] - lon[0] + 180) % 360 - 180), along_m * math.radians(lat[n] - lat[0])) for n in (1, 2)
    ]
    return sum(lengths) / 2 / length


def is_metric(crs: str, bounds: Bounds) -> bool:
    """Return True where the CRS is projected and its unit is a metre on the ground in the middle of ``bounds``."""
    west, south, east, north = bounds
    length = metres_per_unit(crs, (west + east) / 2, (south + north) / 2) if CRS.from_user_input(crs).is_projected else None
    return length is not None and abs(length - 1) <= TOLERANCE


def check_metres(grid: Grid, name: str) -> None:
    """Raise `InputError` for a raster whose pixels are not measured in metres on the ground; ``name`` is what the message calls it."""
    if is_metric(grid.crs, grid.bounds):
        return
    west, south, east, north = grid.bounds
    length = metres_per_unit(grid.crs, (west + east) / 2, (south + north) / 2)
    utm = utm_of(grid)
    raise InputError(
        f"{name} is in {grid.crs[:40]}, whose unit is {f'{length:.4g} m' if length else 'no length'} on the ground there, but hectares and "
        f"metres are wanted; warp it to a CRS in metres" + (f", such as {utm}." if utm else ".")
    )


def utm_of(grid: Grid) -> str:
    """Return the UTM zone (WGS 84) of a grid's middle, empty where its CRS does not reach there."""
    west, south, east, north = grid.bounds
    try:
        (lon,), (lat,) = transform(CRS.from_user_input(grid.crs), CRS.from_epsg(4326), [(west + east) / 2], [(south + north) / 2])
    except Exception:  # noqa: BLE001 (as above)
        return ""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return ""
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1}"
