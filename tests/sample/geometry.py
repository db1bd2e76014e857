"""Angle grids and detector strips of one scene, as the metadata state them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.warp import transform
from shapely.geometry import Polygon, box

from .layout import ORBIT_HEIGHT_M, SWATH_M, TRACK_TILT_DEG, Direction, Pass, Tile

NODES = 23
"""Nodes of an angle grid along each side."""

STEP_M = 5_000.0
"""Distance between its nodes."""

DETECTORS = 12
DETECTOR_M = SWATH_M / DETECTORS
"""Breadth of the strip one detector sees."""


@dataclass(frozen=True, eq=False)
class Angles:
    """Zenith and azimuth on the nodes of a tile, NaN where nothing is stated."""

    zenith_deg: np.ndarray
    """(23, 23)."""
    azimuth_deg: np.ndarray
    """(23, 23), clockwise from the tile's grid north."""


def angles_of(tile: Tile, direction: Direction) -> Angles:
    """Return a direction on the nodes of a tile; in another zone than the world's, turned by the meridians' convergence."""
    x, y, east_of, north_of = _nodes(tile)
    east, north = direction.at(x, y)
    if tile.grid.crs != tile.world:
        reach = 1_000.0
        ahead = transform(tile.world, tile.grid.crs, (x + reach * east).ravel(), (y + reach * north).ravel())
        east, north = ((np.reshape(a, x.shape) - o) / reach for a, o in zip(ahead, (east_of, north_of), strict=True))
    return Angles(np.degrees(np.arctan(np.hypot(east, north))), np.degrees(np.arctan2(east, north)) % 360)


def detector_angles(tile: Tile, overflight: Pass) -> dict[int, Angles]:
    """Return the view angles of each detector that sees the tile: the scene's, where its strip is, NaN elsewhere."""
    whole = angles_of(tile, overflight.view)
    x, y, _, _ = _nodes(tile)
    number = _strip_position(overflight, x, y)
    margin = 1_500.0 / DETECTOR_M
    found = {}
    for detector in range(1, DETECTORS + 1):
        inside = (number >= detector - 1 - margin) & (number < detector + margin)
        if inside.any():
            found[detector] = Angles(np.where(inside, whole.zenith_deg, np.nan), np.where(inside, whole.azimuth_deg, np.nan))
    return found


def detector_numbers(x: np.ndarray, y: np.ndarray, overflight: Pass) -> np.ndarray:
    """Return the detector (1 to 12) that sees each world position, 0 outside the swath; uint8."""
    position = _strip_position(overflight, x, y)
    return np.where((position >= 0) & (position < DETECTORS), np.floor(position) + 1, 0).astype(np.uint8)


def detector_outlines(tile: Tile, overflight: Pass) -> dict[int, Polygon]:
    """Return the strip of each detector inside the tile, in the tile's CRS."""
    _, south, _, north = tile.grid.bounds_in(tile.world)
    found = {}
    for detector in range(1, DETECTORS + 1):
        levels = np.linspace(south - STEP_M, north + STEP_M, 24)
        left, right = (_track_x(overflight, levels) + (edge - DETECTORS / 2) * DETECTOR_M for edge in (detector - 1, detector))
        strip = Polygon(np.concatenate([np.stack([left, levels], 1), np.stack([right, levels], 1)[::-1]]))
        if tile.grid.crs != tile.world:
            strip = shapely.transform(strip, lambda c: np.stack(transform(tile.world, tile.grid.crs, *c.T), 1))
        inside = strip.intersection(box(*tile.grid.bounds))
        if isinstance(inside, Polygon) and not inside.is_empty:
            found[detector] = inside
    return found


def _nodes(tile: Tile) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the nodes' world x and y and their positions in the tile's CRS, each (23, 23)."""
    t = tile.grid.transform
    east, north = np.meshgrid(t.c + STEP_M * np.arange(NODES), t.f - STEP_M * np.arange(NODES))
    if tile.grid.crs == tile.world:
        return east, north, east, north
    x, y = transform(tile.grid.crs, tile.world, east.ravel(), north.ravel())
    return np.reshape(x, east.shape), np.reshape(y, east.shape), east, north


def _track_x(overflight: Pass, y: np.ndarray) -> np.ndarray:
    view = overflight.view
    return view.x_m + view.east * ORBIT_HEIGHT_M + math.tan(math.radians(TRACK_TILT_DEG)) * (y - view.y_m)


def _strip_position(overflight: Pass, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the place across the track in breadths of a detector from the swath's western edge."""
    return (x - _track_x(overflight, y)) / DETECTOR_M + DETECTORS / 2
