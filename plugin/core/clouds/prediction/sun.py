"""Write where sun and satellite stand into the tags of a prediction, and read it from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ...scenes.scene import AngleGrid, Scene


@dataclass(frozen=True)
class Direction:
    """Mean direction towards sun or satellite."""

    zenith_deg: float
    """Degrees from the vertical."""
    azimuth_deg: float
    """Degrees clockwise from north."""


def mean_direction(grids: Iterable[AngleGrid]) -> Direction | None:
    """Return the mean direction of angle grids, None where they hold no number.

    Averaged as vectors: azimuths of 359 and 1 degree make 0, not 180.
    """
    zeniths, azimuths = [], []
    for grid in grids:
        finite = np.isfinite(grid.zenith_deg) & np.isfinite(grid.azimuth_deg)
        zeniths.append(np.radians(grid.zenith_deg[finite]))
        azimuths.append(np.radians(grid.azimuth_deg[finite]))
    if not zeniths or not sum(map(len, zeniths)):
        return None
    zenith, azimuth = np.concatenate(zeniths), np.concatenate(azimuths)
    east, north = float(np.mean(np.sin(zenith) * np.sin(azimuth))), float(np.mean(np.sin(zenith) * np.cos(azimuth)))
    up = float(np.mean(np.cos(zenith)))
    return Direction(float(np.degrees(np.arctan2(np.hypot(east, north), up))), float(np.degrees(np.arctan2(east, north)) % 360))


def sun_and_view_tags(scene: Scene) -> dict[str, str]:
    """Return SUN_ZENITH, SUN_AZIMUTH, VIEW_ZENITH and VIEW_AZIMUTH in degrees, as far as the scene knows them."""
    sun = mean_direction([scene.sun]) if scene.sun else None
    view = mean_direction(scene.view.values())
    tags = {}
    for name, direction in (("SUN", sun), ("VIEW", view)):
        if direction:
            tags[f"{name}_ZENITH"] = f"{direction.zenith_deg:.3f}"
            tags[f"{name}_AZIMUTH"] = f"{direction.azimuth_deg:.3f}"
    return tags


def direction_from(tags: Mapping[str, str], name: str) -> Direction | None:
    """Return the direction that tags of `sun_and_view_tags` state, None where they do not."""
    try:
        return Direction(float(tags[f"{name}_ZENITH"]), float(tags[f"{name}_AZIMUTH"]))
    except (KeyError, ValueError):
        return None
