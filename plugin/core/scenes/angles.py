"""Directions of sun and satellite: read from tile metadata, merged over detectors, interpolated to any grid.

The metadata hold zenith and azimuth on nodes 5 km apart whose first lies on the tile's upper left corner, one
grid for the sun and one per band and detector for the satellite (Sentinel-2 Products Specification Document,
S2-PDGS-TAS-DI-PSD, section on Tile_Angles). Azimuths count from the tile's grid north. Angles are averaged and
interpolated as unit vectors, so that azimuths of 359 and 1 degree meet at 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rasterio.warp import transform
from scipy.ndimage import distance_transform_edt, map_coordinates

from ..base.errors import InputError
from ..raster.grid import Grid
from .scene import AngleGrid, Scene


def single_direction(zenith_deg: float, azimuth_deg: float, x_m: float, y_m: float) -> AngleGrid:
    """Return a grid of one node: the same direction everywhere."""
    return AngleGrid(np.full((1, 1), zenith_deg, np.float32), np.full((1, 1), azimuth_deg, np.float32), x_m, y_m, 5000.0)


@dataclass(frozen=True, eq=False)
class Directions:
    """Zenith and azimuth of every pixel of a grid, or of one place as arrays without axes."""

    zenith_deg: np.ndarray
    """(rows, cols) float32, degrees from the vertical."""
    azimuth_deg: np.ndarray
    """(rows, cols) float32, degrees clockwise from grid north, the direction towards sun or satellite."""


def sun_on(scene: Scene, grid: Grid) -> Directions:
    """Return the direction of the sun at each pixel of ``grid``; raises `InputError` where the scene states none."""
    return _on(_sun_of(scene), scene.grid.crs, grid)


def view_on(scene: Scene, grid: Grid, band: str | None = None) -> Directions:
    """Return the direction of the satellite at each pixel of ``grid``, merged over detectors.

    ``band`` None gives the mean over all bands. Where two detectors meet their directions are averaged, and the
    field is smooth across the seam; it continues as its nearest node where no detector looked. The field varies
    by tenths of a degree in a kilometre, so a grid of 100 m or coarser is enough and much faster. Raises
    `InputError` where the scene states no direction for the band.
    """
    return _on(_view_of(scene, band), scene.grid.crs, grid)


def mean_sun(scene: Scene) -> tuple[float, float]:
    """Return the sun's mean zenith and azimuth over the scene, in degrees."""
    return _mean_over(_sun_of(scene))


def mean_view(scene: Scene, band: str | None = None) -> tuple[float, float]:
    """Return the satellite's mean zenith and azimuth over the nodes where it looked, in degrees."""
    return _mean_over(_view_of(scene, band))


PLANE_STEP_M = 5000.0
"""Distance of the nodes of a grid made from a plane, as in products."""


def plane_of(scene: Scene, name: str) -> tuple[float, ...] | None:
    """Return how the direction of ``name``, sun or view, changes over a scene, None where it is not known to change.

    Eight numbers: x and y in the scene's CRS, then the way east per metre of height there and its change per 100 km east
    and south, then the way north likewise. The detectors of Sentinel-2 look forwards and backwards in turn; the plane
    through them is about 1.5 degrees from each.
    """
    angles = _sun_of(scene) if name == "sun" else _view_of(scene, None)
    vectors = _vectors_of(angles)
    row, col = np.nonzero(np.isfinite(vectors).all(axis=0))
    if min(len(np.unique(row)), len(np.unique(col))) < 2:
        return None
    share = angles.step_m / 100_000
    places = np.stack((np.ones(len(row)), col * share, row * share), axis=1)
    east, north = (np.linalg.lstsq(places, (way / vectors[2])[row, col], rcond=None)[0] for way in vectors[:2])
    return angles.x_m, angles.y_m, *(float(value) for value in (*east, *north))


def grid_of_plane(plane: Sequence[float], grid: Grid) -> AngleGrid:
    """Return the directions that `plane_of` described, on nodes that cover ``grid``."""
    x_m, y_m, *ways = plane
    west, south, east, north = grid.bounds
    cols, rows = (max(2, math.ceil(length / PLANE_STEP_M) + 1) for length in (east - west, north - south))
    row, col = np.indices((rows, cols))
    places = np.stack((np.ones(row.shape), (west + col * PLANE_STEP_M - x_m) / 100_000, (y_m - north + row * PLANE_STEP_M) / 100_000))
    ways_east, ways_north = (np.tensordot(part, places, 1) for part in (ways[:3], ways[3:]))
    directions = _directions_of(np.stack((ways_east, ways_north, np.ones(row.shape))))
    return AngleGrid(directions.zenith_deg, directions.azimuth_deg, west, north, PLANE_STEP_M)


def merge_directions(grids: Sequence[AngleGrid]) -> AngleGrid:
    """Return the mean direction at each node over the grids that know it; all grids share the first one's nodes."""
    first = grids[0]
    alike = [grid for grid in grids if _nodes_of(grid) == _nodes_of(first)]
    vectors = np.stack([_vectors_of(grid) for grid in alike])
    known = np.isfinite(vectors).all(axis=1, keepdims=True)
    total = np.where(known, vectors, 0).sum(axis=0)
    total[:, ~known.any(axis=0)[0]] = np.nan
    directions = _directions_of(total)
    return replace(first, zenith_deg=directions.zenith_deg, azimuth_deg=directions.azimuth_deg)


def _sun_of(scene: Scene) -> AngleGrid:
    if scene.sun is None:
        raise InputError(f"Scene {scene.id} states no sun angles; open the product with its tile metadata (MTD_TL.xml).")
    return scene.sun


def _view_of(scene: Scene, band: str | None) -> AngleGrid:
    grids = [grid for (name, _), grid in sorted(scene.view.items()) if band is None or name == band]
    if not grids:
        wanted = f"view angles of {band}" if band else "view angles"
        raise InputError(f"Scene {scene.id} states no {wanted}; open the product with its tile metadata (MTD_TL.xml).")
    return merge_directions(grids)


def _nodes_of(grid: AngleGrid) -> tuple[object, ...]:
    return grid.zenith_deg.shape, grid.x_m, grid.y_m, grid.step_m


def _vectors_of(grid: AngleGrid) -> np.ndarray:
    """Return unit vectors (3, rows, cols): east, north, up."""
    zenith, azimuth = (np.deg2rad(angles.astype(np.float64)) for angles in (grid.zenith_deg, grid.azimuth_deg))
    return np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)])


def _directions_of(vectors: np.ndarray) -> Directions:
    """Return the directions of vectors (3, ...) of any length."""
    east, north, up = vectors
    zenith = np.rad2deg(np.arctan2(np.hypot(east, north), up))
    azimuth = np.rad2deg(np.arctan2(east, north)) % 360
    return Directions(zenith.astype(np.float32), azimuth.astype(np.float32))


def _mean_over(grid: AngleGrid) -> tuple[float, float]:
    vectors = _vectors_of(grid).reshape(3, -1)
    known = np.isfinite(vectors).all(axis=0)
    mean = _directions_of(vectors[:, known].mean(axis=1))
    return float(mean.zenith_deg), float(mean.azimuth_deg)


def _on(angles: AngleGrid, crs: str, grid: Grid) -> Directions:
    """Return the directions at the pixel centres of ``grid``, bilinear between nodes."""
    vectors = _vectors_of(angles)
    unknown = ~np.isfinite(vectors).all(axis=0)
    if unknown.any():
        nearest = distance_transform_edt(unknown, return_distances=False, return_indices=True)
        vectors = vectors[:, nearest[0], nearest[1]]
    rows, cols = np.indices(grid.shape, sparse=True)
    x, y = grid.to_map(rows, cols)
    if grid.crs != crs:
        x, y = np.broadcast_arrays(x, y)
        flat_x, flat_y = transform(grid.crs, crs, x.ravel(), y.ravel())
        x, y = np.reshape(flat_x, grid.shape), np.reshape(flat_y, grid.shape)
    places = np.broadcast_arrays((angles.y_m - y) / angles.step_m, (x - angles.x_m) / angles.step_m)
    field = np.stack([map_coordinates(part, places, order=1, mode="nearest") for part in vectors])
    return _directions_of(field)
