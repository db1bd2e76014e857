"""Assemble the rings of an outline network to polygons with holes."""

from __future__ import annotations

import numpy as np
import shapely

from ..raster.grid import Grid
from .components import Components
from .contours import Outlines


def assemble(outlines: Outlines, kept: np.ndarray, found: Components, grid: Grid, smallest_m2: float) -> np.ndarray:
    """Return one polygon per component, made of the points that are ``kept``.

    None stands for a component, and nothing for a hole, that has background all around it and became smaller
    than ``smallest_m2`` by simplification.
    """
    geometry = np.full(found.count, None, object)
    rings = len(outlines.ring_start) - 1
    if not rings:
        return geometry
    number = np.repeat(np.arange(rings), np.diff(outlines.ring_start))
    stays = kept[outlines.ring_points]
    points, number = outlines.ring_points[stays], number[stays]
    t = grid.transform
    x, y = t.c + outlines.x[points] * (t.a / 2), t.f + outlines.y[points] * (t.e / 2)
    linear = shapely.linearrings(x, y, indices=number)
    signed_m2 = _signed_areas(x, y, number, rings)
    owner = found.at(outlines.ring_pixel)
    small = outlines.ring_alone & (np.abs(signed_m2) < smallest_m2)
    outer, holes = np.flatnonzero((signed_m2 > 0) & ~small), np.flatnonzero((signed_m2 < 0) & ~small)
    place = np.full(found.count, -1)
    place[owner[outer]] = np.arange(len(outer))
    holes = holes[place[owner[holes]] >= 0]
    holes = holes[np.argsort(place[owner[holes]], kind="stable")]
    built = shapely.polygons(linear[outer])
    with_holes = np.unique(place[owner[holes]])
    if len(holes):
        parts = np.split(linear[holes], np.flatnonzero(np.diff(place[owner[holes]])) + 1)
        for position, part in zip(with_holes.tolist(), parts, strict=True):
            built[position] = shapely.Polygon(linear[outer[position]], part)
    geometry[owner[outer]] = built
    return geometry


def _signed_areas(x: np.ndarray, y: np.ndarray, ring: np.ndarray, rings: int) -> np.ndarray:
    """Return the area of each ring, positive where it is walked counter-clockwise."""
    begins = np.searchsorted(ring, np.arange(rings))
    following = np.arange(1, len(x) + 1)
    following[np.append(begins[1:], len(x)) - 1] = begins
    east, north = x - x.min(), y - y.min()
    return np.add.reduceat(east * north[following] - east[following] * north, begins) / 2
