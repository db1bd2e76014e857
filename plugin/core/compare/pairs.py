"""Which orthos of a folder are worth comparing: one acquisition by two elevation models, or one tile from two orbits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from ..base.errors import InputError
from ..scenes import Scene, find_scenes, open_scene

NATIONAL = "DTERRENGDATA"
"""What names of products say that were made with the national elevation model."""
ONE_TAKE = timedelta(hours=1)
"""Products of one orbit sensed within this time are of one datatake: names state its start, tiles their own time, and the next pass of
the same platform in the same orbit is ten days away."""
_BASELINE = re.compile(r"_N\d{2}\.\d{2}$")
"""What datatake identifiers end with: the same datatake may be processed by several baselines."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two products worth comparing."""

    a: Scene
    """The reference: the operational product, or the earlier one."""
    b: Scene
    """The one that is measured: that of the national elevation model, or the later one."""
    kind: str
    """``elevation`` for one acquisition by two elevation models, ``orbit`` for one tile from two orbits."""
    days_apart: float
    """Days between the two."""


def find_pairs(folder: str | Path) -> tuple[list[Pair], list[str]]:
    """Return the pairs of the products below a folder, and a sentence for each product that cannot be opened."""
    scenes, unread = [], []
    for path in find_scenes(folder):
        try:
            scenes.append(open_scene(path))
        except InputError as error:
            unread.append(str(error))
    return pairs_of(scenes), unread


def pairs_of(scenes: Sequence[Scene]) -> list[Pair]:
    """Return pairs: those of two elevation models first, then those of two orbits, the closest in time first."""
    found = [pair for one, other in combinations(scenes, 2) if (pair := _pair(one, other))]
    return sorted(found, key=lambda pair: (pair.kind != "elevation", pair.days_apart, pair.a.id, pair.b.id))


def is_national(scene: Scene) -> bool:
    """Return True for a product made with the national elevation model."""
    return any(NATIONAL in text.upper() for text in _names(scene))


def same_take(one: Scene, other: Scene) -> bool:
    """Return True where both are of one datatake, whatever the baseline they were processed by; what is not known counts as no."""
    if not one.tile or one.relative_orbit is None or not one.platform:
        return False
    if (one.platform, one.relative_orbit, one.tile) != (other.platform, other.relative_orbit, other.tile):
        return False
    if one.datatake and other.datatake:
        return _BASELINE.sub("", one.datatake) == _BASELINE.sub("", other.datatake)
    return one.sensed is not None and other.sensed is not None and abs(one.sensed - other.sensed) <= ONE_TAKE


def _pair(one: Scene, other: Scene) -> Pair | None:
    """Return what is worth comparing of two scenes; of two orbits only where the elevation model is one, or two causes would mix."""
    apart = 0.0
    if one.sensed is not None and other.sensed is not None:
        apart = abs(one.sensed - other.sensed) / timedelta(days=1)
    if is_national(one) != is_national(other):
        first, second = (other, one) if is_national(one) else (one, other)
        return Pair(first, second, "elevation", apart) if same_take(one, other) else None
    if not one.tile or one.tile != other.tile or one.relative_orbit is None or other.relative_orbit is None:
        return None
    if one.relative_orbit == other.relative_orbit:
        return None
    first, second = (one, other) if one.sensed is None or other.sensed is None or one.sensed <= other.sensed else (other, one)
    return Pair(first, second, "orbit", apart)


def _names(scene: Scene) -> Iterable[str]:
    return scene.id, Path(scene.path).name
