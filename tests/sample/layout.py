"""Which tiles and passes there are: names, grids, times, orbits, and the directions of sun and satellite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
from affine import Affine
from rasterio.warp import transform

from ...plugin.core.raster.grid import Grid, Window
from .noise import Points, uniform
from .options import SampleOptions
from .spectra import ALL_BANDS, HAZE

FIRST_ZONE = 32
FIRST_CORNER = (600_000.0, 6_700_020.0)
"""Upper left corner of tile 32VPM, which has the mark of every tile: a multiple of 60 m near a 100 km line."""

ORBIT_HEIGHT_M = 786_000.0
SWATH_M = 290_000.0
TRACK_TILT_DEG = 14.0
"""Angle between the ground track and north at the tiles' latitude, descending to the south-west."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Tile:
    """One tile: its name and pixels."""

    name: str
    """MGRS name such as ``32VPM``."""
    grid: Grid
    """Grid of the 10 m bands."""
    world: str
    """CRS of the world, in which landscape and clouds are fixed: that of the first tile."""

    def points(self, window: Window) -> Points:
        """Return the world positions of the pixel centres of a window, which may reach outside the tile."""
        grid = self.grid.crop(window)
        x, y = (
            grid.to_map(np.arange(window.rows, dtype=float), np.zeros(1))[1],
            grid.to_map(np.zeros(1), np.arange(window.cols, dtype=float))[0],
        )
        if self.grid.crs == self.world:
            return Points(y, x, grid.pixel_m)
        xx, yy = np.meshgrid(y, x)
        east, north = transform(self.grid.crs, self.world, xx.ravel(), yy.ravel())
        return Points(np.reshape(east, xx.shape), np.reshape(north, xx.shape), grid.pixel_m)


@dataclass(frozen=True)
class Direction:
    """Direction towards sun or satellite as the horizontal way per metre of height.

    The way east depends on x alone and the way north on y alone; zenith and azimuth follow from them, so that
    the angles written into metadata are exactly those by which clouds and shadows are displaced.
    """

    east: float
    """Metres east per metre of height at ``x_m``."""
    east_slope: float
    """Change of ``east`` per metre eastward."""
    north: float
    """Metres north per metre of height at ``y_m``."""
    north_slope: float
    """Change of ``north`` per metre northward."""
    x_m: float
    """World position at which ``east`` holds."""
    y_m: float
    """World position at which ``north`` holds."""

    def at(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ways east and north per metre of height."""
        return self.east + self.east_slope * (x - self.x_m), self.north + self.north_slope * (y - self.y_m)

    def angles_deg(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return zenith and azimuth (clockwise from grid north) in degrees."""
        east, north = self.at(x, y)
        return np.degrees(np.arctan(np.hypot(east, north))), np.degrees(np.arctan2(east, north)) % 360

    def project(self, points: Points, height_m: float) -> Points:
        """Return where the rays from ``points`` towards the sun or satellite reach ``height_m``."""
        return points.moved(
            lambda x: x + height_m * (self.east + self.east_slope * (x - self.x_m)),
            lambda y: y + height_m * (self.north + self.north_slope * (y - self.y_m)),
        )


@dataclass(frozen=True)
class Pass:
    """One overflight: all tiles of one date."""

    index: int
    """0-based number of the date."""
    start: datetime
    """Start of the datatake, UTC."""
    platform: str
    """``S2A`` or ``S2B``."""
    relative_orbit: int
    """1 to 143."""
    absolute_orbit: int
    """Number since launch; fits ``relative_orbit``."""
    baseline: str
    """Processing baseline."""
    weather: str
    """Kind of sky."""
    sun: Direction
    """Towards the sun."""
    view: Direction
    """Towards the satellite."""
    edge_x_m: float | None
    """World x of the western edge of the swath at ``sun.y_m``, None where it is far away."""

    @property
    def datatake(self) -> str:
        """Identifier of the datatake."""
        return f"G{self.platform}_{self.start:%Y%m%dT%H%M%S}_{self.absolute_orbit:06d}_N{self.baseline}"

    def edge_at(self, y: np.ndarray) -> np.ndarray:
        """Return the world x of the western edge of the swath, -inf without one; the edge is oblique."""
        if self.edge_x_m is None:
            return np.full_like(y, -np.inf)
        return self.edge_x_m + math.tan(math.radians(TRACK_TILT_DEG)) * (y - self.sun.y_m)


def tiles_of(options: SampleOptions) -> list[Tile]:
    """Return the tiles, north to south and then west to east."""
    columns = max(math.isqrt(options.tiles), options.zones)
    rows = math.ceil(options.tiles / columns)
    places = [(row, col) for col in range(columns) for row in range(rows)][: options.tiles]
    if options.zones == 2 and options.tiles == 2:
        places = [(0, 0), (0, 1)]
    return [_tile(options, row, col, second=options.zones == 2 and col >= columns / 2) for row, col in places]


def passes_of(options: SampleOptions) -> list[Pass]:
    """Return the passes in the order of time."""
    return [_pass(options, index) for index in range(options.dates)]


def gains_of(options: SampleOptions, tile_index: int, date_index: int) -> dict[str, float]:
    """Return the gain per band: observed = gain x true + offset."""
    if options.gains is not None:
        return {band: float(cycled(options.gains, date_index)) for band in ALL_BANDS}
    key = np.array([tile_index if options.gain_per_tile else 0])
    common = uniform(options.seed * 7 + 901, np.array([date_index]), key)[0]
    own = uniform(options.seed * 7 + 902, np.full(13, date_index), np.arange(13) + 100 * key)
    departure = options.gain_spread * (0.7 * (2 * float(common) - 1) + 0.3 * (2 * own.astype(float) - 1))
    return {band: round(1 + float(value), 6) for band, value in zip(ALL_BANDS, departure, strict=True)}


def offsets_of(options: SampleOptions, date_index: int) -> dict[str, float]:
    """Return the haze offset per band in 1/10 000 of reflectance."""
    return {band: round(1e4 * cycled(options.haze, date_index) * part, 3) for band, part in zip(ALL_BANDS, HAZE, strict=True)}


def cycled(values: Sequence[Item], index: int) -> Item:
    """Return the value of a date; short tuples are repeated."""
    return values[index % len(values)]


def sun_position(when: datetime, longitude_deg: float, latitude_deg: float) -> tuple[float, float]:
    """Return zenith and azimuth of the sun in degrees.

    References
    ----------
    The low-precision formulas of the Astronomical Almanac, to about 0.01 degrees from 1950 to 2050:
    Michalsky 1988, doi:10.1016/0038-092X(88)90045-X.
    """
    days = (when - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    mean = math.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
    ecliptic = mean + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    obliquity = math.radians(23.439 - 4e-7 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    hours = when.hour + when.minute / 60 + when.second / 3600
    sidereal = math.radians(15 * ((6.697375 + 0.0657098242 * days + hours) % 24) + longitude_deg)
    hour_angle, latitude = sidereal - ascension, math.radians(latitude_deg)
    height = math.asin(math.sin(declination) * math.sin(latitude) + math.cos(declination) * math.cos(latitude) * math.cos(hour_angle))
    east = -math.cos(declination) * math.sin(hour_angle)
    north = math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.sin(latitude) * math.cos(hour_angle)
    return 90 - math.degrees(height), math.degrees(math.atan2(east, north)) % 360


def _tile(options: SampleOptions, row: int, col: int, *, second: bool) -> Tile:
    pixel_m = options.ground_m
    step_px = options.size_px - options.overlap_px + options.shift_px
    world = f"EPSG:326{FIRST_ZONE}"
    left, top = FIRST_CORNER[0] + col * step_px * pixel_m, FIRST_CORNER[1] - row * step_px * pixel_m
    if not second:
        return Tile(_mgrs_name(FIRST_ZONE, 6 + col, 66 - row), _grid(world, left, top, pixel_m, options.size_px), world)
    half = options.size_px * pixel_m / 2
    crs = f"EPSG:326{FIRST_ZONE + 1}"
    (east,), (north,) = transform(world, crs, [left + half], [top - half])
    lattice = 6 * pixel_m
    left, top = round((east - half) / lattice) * lattice, round((north + half) / lattice) * lattice
    name = _mgrs_name(FIRST_ZONE + 1, int(east // 1e5), int(north // 1e5))
    return Tile(name, _grid(crs, left, top, pixel_m, options.size_px), world)


def _grid(crs: str, left: float, top: float, pixel_m: float, size_px: int) -> Grid:
    return Grid(crs, Affine(pixel_m, 0, left, 0, -pixel_m, top), (size_px, size_px))


def _mgrs_name(zone: int, east_100km: int, north_100km: int) -> str:
    """Return the name of a 100 km square of the northern band V (56 to 64 degrees)."""
    columns = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3]
    rows = "ABCDEFGHJKLMNPQRSTUV"
    return f"{zone}V{columns[(east_100km - 1) % 8]}{rows[(north_100km + (0 if zone % 2 else 5)) % 20]}"


def _pass(options: SampleOptions, index: int) -> Pass:
    tiles = tiles_of(options)
    bounds = [tile.grid.bounds_in(tile.world) for tile in tiles]
    west, south, east, north = (f(b[k] for b in bounds) for k, f in enumerate((min, min, max, max)))
    x, y = (west + east) / 2, (south + north) / 2
    cut = cycled(options.swath_cut, index)
    day = datetime.fromisoformat(options.first_day).replace(tzinfo=UTC)
    start = day + timedelta(days=5 * index + (3 if cut else 0), hours=10, minutes=46 if cut else 56, seconds=21)
    platform, orbit = ("S2A", "S2B")[index % 2], 8 if cut else 108
    # Relative orbit = (absolute + 2) mod 143 + 1 for S2A and (absolute - 27) mod 143 + 1 for S2B.
    phase = orbit - 3 if platform == "S2A" else orbit + 26
    absolute = 143 * (280 + index) + phase
    edge = west + cut * (east - west) if cut else None
    track_x = edge + SWATH_M / 2 if edge is not None else x + (-40_000.0, 55_000.0)[index % 2]
    return Pass(
        index=index,
        start=start,
        platform=platform,
        relative_orbit=orbit,
        absolute_orbit=absolute,
        baseline=cycled(options.baselines, index),
        weather=cycled(options.weather, index),
        sun=_sun(start, tiles[0].world, x, y),
        view=_view(track_x, x, y),
        edge_x_m=edge,
    )


def _sun(when: datetime, crs: str, x: float, y: float) -> Direction:
    def way(px: float, py: float) -> tuple[float, float]:
        (longitude,), (latitude,) = transform(crs, "EPSG:4326", [px], [py])
        zenith, azimuth = (math.radians(v) for v in sun_position(when, longitude, latitude))
        return math.tan(zenith) * math.sin(azimuth), math.tan(zenith) * math.cos(azimuth)

    span = 50_000.0
    east_slope = (way(x + span, y)[0] - way(x - span, y)[0]) / (2 * span)
    north_slope = (way(x, y + span)[1] - way(x, y - span)[1]) / (2 * span)
    east, north = way(x, y)
    return Direction(east, east_slope, north, north_slope, x, y)


def _view(track_x: float, x: float, y: float) -> Direction:
    """Return the direction to a satellite above ``track_x``; its way north is that of the oblique track at (x, y)."""
    east = (track_x - x) / ORBIT_HEIGHT_M
    return Direction(east, -1 / ORBIT_HEIGHT_M, -east * math.tan(math.radians(TRACK_TILT_DEG)), 0.0, x, y)
