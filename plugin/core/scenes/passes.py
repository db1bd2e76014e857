"""Tell which scenes were taken in one pass of a satellite: they show the same sky, so their clouds can be compared and shared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

ONE_PASS = timedelta(minutes=10)
"""Scenes of one orbit sensed within this time are of one pass: a pass over a country takes less, and the next pass of the
same orbit is ten days away."""


class Sensed(Protocol):
    """What has to be known of a scene to tell its pass; a `Scene` and an entry of a workspace are such."""

    @property
    def platform(self) -> str:
        """``S2A``, ``S2B``, ... or empty."""

    @property
    def relative_orbit(self) -> int | None:
        """1 to 143."""

    @property
    def sensed(self) -> datetime | None:
        """Sensing time in UTC."""

    @property
    def datatake(self) -> str:
        """Datatake identifier, empty where unknown."""


def same_pass(one: Sensed, other: Sensed) -> bool:
    """Return True where both scenes are known to be of one pass; what is not known counts as no.

    Two datatakes decide where both are stated. Else platform and relative orbit must be stated and equal, and the scenes
    sensed within `ONE_PASS`: a calendar day would part a pass at midnight UTC, and would join the passes of neighbouring
    orbits that follow each other after 100 minutes.
    """
    if one.datatake and other.datatake:
        return one.datatake == other.datatake
    if one.sensed is None or other.sensed is None or one.relative_orbit is None or not one.platform:
        return False
    same_orbit = (one.platform, one.relative_orbit) == (other.platform, other.relative_orbit)
    return same_orbit and abs(one.sensed - other.sensed) <= ONE_PASS


def states_its_pass(scene: Sensed) -> bool:
    """Return True for a scene that states enough for `same_pass` to say yes to another."""
    return bool(scene.datatake or (scene.platform and scene.relative_orbit is not None and scene.sensed))
