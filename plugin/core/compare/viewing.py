"""From where the satellite saw each point: the direction in which a wrong elevation moves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..raster.grid import Grid
from ..scenes import Scene
from ..scenes.angles import view_on
from ..scenes.passes import same_pass
from .sides import Ortho

STEP_M = 500.0
"""Distance of the places at which directions are worked out: they vary by tenths of a degree in a kilometre."""


@dataclass(frozen=True, eq=False)
class View:
    """How far a metre of elevation moves each point."""

    per_metre: np.ndarray
    """(2, points) metres east and north per metre by which the elevation model of B lies above that of A."""
    detector: np.ndarray
    """(points,) number of the detector that saw the point, 0 where it is not known."""
    is_difference: bool
    """Whether the two orthos were seen from different orbits, so that one wrong elevation model in both moves them apart."""

    @property
    def tangent(self) -> np.ndarray:
        """Return the length of `per_metre`: the tangent of the zenith angle."""
        return np.asarray(np.hypot(*self.per_metre))

    @property
    def along(self) -> np.ndarray:
        """Return (2, points) unit vectors along the view, towards the satellite."""
        return self.per_metre / np.maximum(self.tangent, 1e-9)

    @property
    def across(self) -> np.ndarray:
        """Return (2, points) unit vectors across the view, to the right of it."""
        east, north = self.along
        return np.stack([north, -east])

    def taken(self, chosen: np.ndarray) -> View:
        """Return the view of some of the points."""
        return View(self.per_metre[:, chosen], self.detector[chosen], self.is_difference)


def view_of(a: Ortho, b: Ortho, x: np.ndarray, y: np.ndarray) -> View | None:
    """Return the view of points (map x and y in the CRS of A), None where neither product states angles.

    An elevation model that is too high moves what is seen towards the satellite, by the tangent of the zenith angle a metre. Of one
    pass both orthos have one direction; of two, one wrong elevation in both moves them apart by the difference of their directions.
    """
    known = [one.scene for one in (a, b) if one.scene is not None and one.scene.view]
    if not known:
        return None
    band = a.band or b.band
    ways = [_way(scene, band, a.grid, x, y) for scene in known]
    differ = len(known) == 2 and known[0].relative_orbit != known[1].relative_orbit and not same_pass(known[0], known[1])
    return View(ways[1] - ways[0] if differ else ways[0], detectors_at(known[0], band, x, y), differ)


def _way(scene: Scene, band: str, grid: Grid, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (2, points) tangent of the zenith angle to the east and north, towards the satellite."""
    coarse = grid.coarsen(STEP_M / grid.pixel_m)
    stated = {name for name, _ in scene.view}
    directions = view_on(scene, coarse, band if band in stated else None)
    tangent = np.tan(np.deg2rad(directions.zenith_deg.astype(float)))
    azimuth = np.deg2rad(directions.azimuth_deg.astype(float))
    places = coarse.to_pixel(x, y)
    return np.stack(
        [ndimage.map_coordinates(tangent * part, places, order=1, mode="nearest") for part in (np.sin(azimuth), np.cos(azimuth))]
    )


def detectors_at(scene: Scene, band: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the detector that saw each point: of those whose nodes lie around, the one that reaches farthest beyond it."""
    found, depth = np.zeros(len(x), int), np.zeros(len(x))
    for (name, number), angles in sorted(scene.view.items()):
        if name != band or not number:
            continue
        inside = ndimage.distance_transform_edt(np.pad(np.isfinite(angles.zenith_deg), 1))
        places = (angles.y_m - y) / angles.step_m + 1, (x - angles.x_m) / angles.step_m + 1
        reach = ndimage.map_coordinates(inside, places, order=1, mode="constant")
        found, depth = np.where(reach > depth, number, found), np.maximum(reach, depth)
    return found
