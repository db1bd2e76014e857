"""The landscape: relief, forest, fields, roads, towns, rivers, lakes, rock and snow at any place of the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .layout import Direction
from .noise import Points, fractal, smooth_noise, uniform
from .spectra import SURFACES, column

HALO_PX = 1
"""Pixels around a block that slopes and widths need."""

PARCEL_M = (230.0, 380.0)
"""Width and length of a parcel: a field or a stand of wood."""

CROPS = (("meadow", 0.0, 0.34), ("green crop", 0.34, 0.68), ("ripe crop", 0.68, 0.86), ("soil", 0.86, 1.0))
"""What fields bear: surface and range of the draw that gives it."""


@dataclass(frozen=True, eq=False)
class Land:
    """The ground of one block as it looks without air, clouds and change."""

    reflectance: np.ndarray
    """(bands, rows, cols) float32 at the ground."""
    water: np.ndarray
    """(rows, cols) float32, share of water."""
    snow: np.ndarray
    """(rows, cols) float32, share of snow."""
    height_m: np.ndarray
    """(rows, cols) float32."""


def land_of(points: Points, seed: int, bands: tuple[str, ...], sun: Direction, season: float = 0.0, season_seed: int = 0) -> Land:
    """Return the land at ``points``, which hold `HALO_PX` around the wanted block.

    ``season`` is the share of fields whose crop differs from that of season 0. The relief is lit from ``sun``,
    the same for all dates, so that gains are all that differs between them.
    """
    inner = points.inner(HALO_PX)
    relief = _relief(points, seed)
    height = _cut(relief)
    low = _step(-height, -520, 160)
    shares = _plants(inner, seed, height, low, season, season_seed)
    town = 0.5 * low * _step(fractal(seed + 31, 6_000, inner, octaves=9, gain=0.75), 2.0, 0.8)
    _cover(shares, "built", town, _grain(inner, seed + 32, 0.45))
    _cover(shares, "built", 0.8 * _lines(points, seed + 33, 9_000, 9.0) * _step(-height, -900, 200), np.float32(0.9))
    stony = height + 120 * fractal(seed + 34, 2_500, inner, octaves=6, gain=0.6)
    _cover(shares, "rock", _step(stony, 1_020, 160), _grain(inner, seed + 35, 0.33))
    snow = _step(height + 130 * fractal(seed + 36, 3_000, inner, octaves=6, gain=0.6), 1_230, 110)
    _cover(shares, "snow", snow, 1 + 0.04 * fractal(seed + 37, 900, inner, octaves=4))
    basin = fractal(seed + 38, 16_000, inner, octaves=6, gain=0.45)
    water = np.maximum(_step(basin - 0.0006 * (height - 500), 1.32, 0.03), _lines(points, seed + 39, 34_000, 110.0))
    water = np.maximum(water, _lines(points, seed + 40, 12_000, 28.0)) * _step(-height, -980, 60)
    _cover(shares, "water", water, 1 + 0.35 * fractal(seed + 41, 11_000, inner, octaves=3) * 0.5)
    light = np.where(water > 0.5, np.float32(1), _light(relief, points.pixel_m, sun))
    return Land(_reflectance(shares, bands, light), water, snow * (1 - water), height)


def _reflectance(shares: dict[str, np.ndarray], bands: tuple[str, ...], light: np.ndarray) -> np.ndarray:
    out = np.zeros((len(bands), *light.shape), np.float32)
    for name, share in shares.items():
        for index, value in enumerate(column(SURFACES[name], bands)):
            out[index] += value * share
    out *= light
    return np.clip(out, 0.0005, 1.1, out=out)


def _relief(points: Points, seed: int) -> np.ndarray:
    """Height in metres: broad mountains with valleys, smoother where it is low."""
    broad = smooth_noise(seed + 1, 62_000, points)
    fine = fractal(seed + 2, 21_000, points, octaves=8, gain=0.5)
    return np.float32(560) + 360 * broad + (150 + 70 * np.tanh(broad)) * fine


def _light(relief: np.ndarray, pixel_m: float, sun: Direction) -> np.ndarray:
    """Cosine of the sun's incidence relative to flat ground, softened by the light of the sky."""
    east = (relief[1:-1, 2:] - relief[1:-1, :-2]) / np.float32(2 * pixel_m)
    north = (relief[:-2, 1:-1] - relief[2:, 1:-1]) / np.float32(2 * pixel_m)
    facing = (1 - east * np.float32(sun.east) - north * np.float32(sun.north)) / np.sqrt(1 + east * east + north * north)
    return np.clip(1 + np.float32(0.75) * (facing - 1), np.float32(0.35), np.float32(1.5))


def _plants(inner: Points, seed: int, height: np.ndarray, low: np.ndarray, season: float, season_seed: int) -> dict[str, np.ndarray]:
    """Return the cover of plants and soil: name to (rows, cols) share times brightness."""
    row, place, hedge = _parcels(inner, seed)
    stand = 0.68 + 0.64 * uniform(seed + 10, row, place)
    canopy = stand * _grain(inner, seed + 11, 0.33)
    shares = {"conifer": canopy}
    leafy = fractal(seed + 13, 4_500, inner, octaves=9, gain=0.78) + (stand - 1) * 1.5
    _cover(shares, "birch", 0.9 * _step(leafy - 0.0006 * (height - 500), 0.55, 0.9), canopy)
    felled = uniform(seed + 17, row, place) < 0.14
    _cover(shares, "meadow", 0.9 * felled, canopy)
    bog = _step(fractal(seed + 14, 3_200, inner, octaves=8, gain=0.7) + 0.0016 * (height - 780), 1.1, 0.5)
    _cover(shares, "bog", bog, _grain(inner, seed + 15, 0.21))
    farmed = low * _step(fractal(seed + 16, 14_000, inner, octaves=6, gain=0.5), -0.25, 0.12)
    draw = uniform(seed + 23, row, place)
    if season > 0:
        changed = uniform(seed + 24, row, place) < season
        draw = np.where(changed, uniform(seed + 25 + 1000 * (season_seed + 1), row, place), draw)
    bright = (0.80 + 0.40 * uniform(seed + 26, row, place)) * _grain(inner, seed + 27, 0.135)
    inside = farmed * (1 - hedge)
    for name, start, stop in CROPS:
        _cover(shares, name, inside * ((draw >= start) & (draw < stop)), bright)
    return shares


def _parcels(inner: Points, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and place of the parcel (fields, stands of wood) of each pixel, and the share of hedge there."""
    bend = 900 * smooth_noise(seed + 21, 9_000, inner)
    u = (0.82 * inner.x + 0.57 * inner.y + bend) / PARCEL_M[0]
    row = np.floor(u).astype(np.int64)
    v = (-0.57 * inner.x + 0.82 * inner.y + bend) / PARCEL_M[1] + 7 * uniform(seed + 22, row, np.int64(0))
    edge_m = np.minimum(_to_edge(u) * PARCEL_M[0], _to_edge(v) * PARCEL_M[1])
    hedge = np.clip((7.0 - edge_m) / inner.pixel_m + 0.5, 0, 1).astype(np.float32) * np.float32(min(14.0 / inner.pixel_m, 1.0))
    return row, np.floor(v).astype(np.int64), hedge


def _cover(shares: dict[str, np.ndarray], name: str, share: np.ndarray, brightness: np.ndarray) -> None:
    """Put a surface over what is there: (rows, cols) share 0..1 and brightness around 1; ``shares`` is updated."""
    shares.update({other: value * (1 - share) for other, value in shares.items()})
    shares[name] = shares.get(name, 0) + share * brightness


def _lines(points: Points, seed: int, spacing_m: float, width_m: float) -> np.ndarray:
    """Return the share of winding lines: where a smooth field changes sign, at its distance over its slope."""
    field = fractal(seed, spacing_m, points, octaves=4, gain=0.45)
    east, north = field[1:-1, 2:] - field[1:-1, :-2], field[:-2, 1:-1] - field[2:, 1:-1]
    slope = np.sqrt(east * east + north * north) / np.float32(2 * points.pixel_m)
    away_m = np.abs(_cut(field)) / np.maximum(slope, np.float32(0.15 / spacing_m))
    reach_m = max(width_m, points.pixel_m) / 2
    return np.clip((reach_m - away_m) / points.pixel_m + 0.5, 0, 1) * np.float32(min(width_m / points.pixel_m, 1.0))


def _grain(points: Points, seed: int, depth: float) -> np.ndarray:
    """Return brightness around 1 with structure from 240 m down to the pixel, most of it fine.

    Broad patches that are darker in all bands are what a cloud's shadow looks like; real land has hardly any.
    """
    return np.clip(1 + depth * fractal(seed, 240, points, octaves=5, gain=1.2), 0.3, 1.9)


def _step(field: np.ndarray, level: float, width: float) -> np.ndarray:
    """Return 0 below ``level`` and 1 above it, with a soft change over ``width``."""
    t = np.clip((field - np.float32(level)) / np.float32(width) + np.float32(0.5), 0, 1)
    return t * t * (3 - 2 * t)


def _to_edge(cells: np.ndarray) -> np.ndarray:
    """Return the distance from whole numbers, 0 to 0.5."""
    return np.abs(cells - np.round(cells)).astype(np.float32)


def _cut(field: np.ndarray) -> np.ndarray:
    return field[HALO_PX:-HALO_PX, HALO_PX:-HALO_PX]
