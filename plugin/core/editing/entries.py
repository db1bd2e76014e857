"""What a workspace lists: scenes, tiles, events, as plain values."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .stores.store import SceneRow

TILE_STATUSES = ("todo", "work", "done")
"""What an editor says of a tile: not begun, being corrected, finished."""

SceneStatus = Literal["new", "guideline", "edited"]
"""No polygons yet; the model's polygons; polygons that a person has changed."""


@dataclass(frozen=True)
class SceneEntry:
    """A scene as the workspace lists it."""

    id: str
    """The scene's id, unique in the workspace."""
    path: str
    """Absolute path of the product."""
    tile: str
    """Name of the tile it belongs to."""
    sensed: datetime | None
    """Sensing time in UTC."""
    platform: str
    """``S2A``, ... or empty."""
    relative_orbit: int | None
    """1 to 143."""
    datatake: str
    """Scenes that share it were taken in one pass; empty where unknown."""
    level: str
    """``L1C``, ``L2A`` or empty."""
    cloud_percent: float | None
    """Share of the footprint under the editor's polygons, 0 to 100; None before any were drawn."""
    status: SceneStatus
    """How far its polygons are."""


@dataclass(frozen=True, eq=False)
class TileEntry:
    """A tile as the workspace lists it."""

    name: str
    """MGRS name, or the id of the one scene that names no tile."""
    status: str
    """One of `TILE_STATUSES`."""
    editor: str
    """Who set the status, empty at first."""
    outline: BaseGeometry
    """Outline in the workspace's CRS."""


@dataclass(frozen=True)
class Event:
    """One line of the workspace's history."""

    number: int
    """Greater than that of every event before it."""
    at: datetime
    """When, UTC."""
    who: str
    """User name."""
    what: str
    """``create``, ``add scenes``, ``remove scenes``, ``guidelines``, ``tile status``."""
    detail: str
    """JSON of the particulars."""


@dataclass(frozen=True, eq=False)
class Listing:
    """All that a list of the workspace shows, as it was read."""

    crs: str
    """CRS of all polygons, empty before the first scene."""
    scenes: tuple[SceneEntry, ...]
    """The scenes by tile, then sensing time."""
    tiles: tuple[TileEntry, ...]
    """The tiles by name."""
    scene: str
    """Id of the scene an editor was last at, empty at first."""


def scene_entry(row: SceneRow, folder: Path) -> SceneEntry:
    """Return a scene as a store lists it, for one with its products' relative paths in ``folder``."""
    drawn = row["guideline"] is not None or row["edited"] is not None
    share = 100.0 * (row["cloud_m2"] or 0.0) / row["area_m2"] if drawn and row["area_m2"] else None
    return SceneEntry(
        id=row["id"],
        path=absolute_path(row["path"], folder),
        tile=row["tile"],
        sensed=row["sensed"],
        platform=row["platform"] or "",
        relative_orbit=row["orbit"],
        datatake=row["datatake"] or "",
        level=row["level"] or "",
        cloud_percent=None if share is None else min(share, 100.0),
        status="edited" if row["edited"] else "guideline" if row["guideline"] else "new",
    )


def stored_path(path: str, folder: Path) -> str:
    """Return the path relative to the workspace where the product lies below it, so that both can move together."""
    absolute = Path(path).absolute()
    if not path.startswith("/vsi") and absolute.is_relative_to(folder):
        return absolute.relative_to(folder).as_posix()
    return path if path.startswith("/vsi") else str(absolute)


def absolute_path(path: str, folder: Path) -> str:
    """Return the path that `stored_path` stored."""
    return path if path.startswith("/vsi") or Path(path).is_absolute() else str(folder / path)


def user_name() -> str:
    """Return the name of the person at this machine, ``unknown`` where the system states none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such account in a bare container; Windows without USERNAME
        return "unknown"
