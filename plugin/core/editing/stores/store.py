"""What a workspace asks of the place where it is kept, be it a file or a database.

Rows are mappings with plain values: text, numbers, booleans, times as UTC `datetime`, geometries of shapely in the
store's CRS, None for what is not known. A store holds no connection, so it can be kept, copied and used from any thread;
times (``changed``, ``guideline``, ``edited``, ``at``) are set by the store, whose clock all its users share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

PolygonTable = Literal["cloud", "guideline"]
"""The editor's polygons; the model's."""

POLYGON_FIELDS = ("scene", "class", "confidence", "area_m2", "model", "origin")
"""What a polygon says of itself, beside its ``geometry``."""

PolygonRow = Mapping[str, Any]
"""`POLYGON_FIELDS` and ``geometry``."""


class State(TypedDict):
    """What a store says of itself."""

    crs: str
    """CRS of all geometries as authority code or WKT, empty before it is known."""
    scene: str
    """Id of the scene an editor was last at, empty at first."""


class NewScene(TypedDict):
    """A scene to be added."""

    id: str
    """Its id, unique in the store."""
    path: str
    """The product, relative to the store's folder where it lies below it."""
    tile: str
    """Name of the tile it belongs to."""
    sensed: datetime | None
    """Sensing time, UTC."""
    platform: str
    """``S2A``, ... or empty."""
    orbit: int | None
    """Relative orbit, 1 to 143."""
    datatake: str
    """Scenes that share it were taken in one pass."""
    level: str
    """``L1C``, ``L2A`` or empty."""
    baseline: str
    """Processing baseline, such as ``05.09``."""
    crs: str
    """CRS of the scene's own grid."""
    area_m2: float
    """Area of the footprint in the store's CRS."""
    geometry: BaseGeometry
    """The footprint, a MultiPolygon."""


class SceneRow(TypedDict):
    """A scene as it is listed."""

    id: str
    """Its id."""
    path: str
    """As it was put in."""
    tile: str
    """Name of its tile."""
    sensed: datetime | None
    """Sensing time, UTC."""
    platform: str | None
    """``S2A``, ..."""
    orbit: int | None
    """Relative orbit."""
    datatake: str | None
    """Its pass."""
    level: str | None
    """``L1C`` or ``L2A``."""
    guideline: datetime | None
    """When the model's polygons came, None before."""
    edited: datetime | None
    """When a person last changed a polygon of the scene, None before."""
    area_m2: float | None
    """Area of the footprint."""
    cloud_m2: float | None
    """Area of the editor's polygons, None where there are none."""


class TileRow(TypedDict):
    """A tile as it is listed."""

    name: str
    """Its name."""
    status: str
    """What an editor says of it."""
    editor: str
    """Who said so, empty at first."""
    geometry: BaseGeometry
    """The outline."""


class ChangeRow(TypedDict):
    """A line of the history."""

    number: int
    """Greater than that of every line before it."""
    at: datetime | None
    """When, UTC."""
    who: str
    """User name."""
    what: str
    """The kind of change."""
    detail: str
    """JSON of the particulars."""


class Transaction(Protocol):
    """Changes that appear all together or not at all."""

    def crs(self) -> str:
        """Return the CRS of all geometries, empty before it is set."""

    def set_crs(self, crs: str) -> None:
        """Set the CRS of all geometries, of which there are none yet."""

    def known_scenes(self) -> Mapping[str, bool]:
        """Return the scenes' ids, and whether a person has edited their polygons."""

    def add_scene(self, scene: NewScene) -> None:
        """Add a scene that is not known yet."""

    def move_scene(self, scene_id: str, path: str) -> None:
        """State where the product of a scene lies now."""

    def remove_scene(self, scene_id: str) -> None:
        """Remove a scene with all that is kept of it, and its tile where that is left without a scene."""

    def tile_outline(self, name: str) -> BaseGeometry | None:
        """Return the outline of a tile, None for one that is not known."""

    def put_tile(self, name: str, outline: BaseGeometry) -> None:
        """Add a tile with the status ``todo``, or give one that is known another outline; a MultiPolygon."""

    def set_status(self, tile: str, status: str, who: str) -> bool:
        """Set what somebody says of a tile; returns False for one that is not known."""

    def set_reviewed(self, tile: str, who: str, *, reviewed: bool) -> None:
        """State that somebody has looked at all scenes of a tile, or that nobody has."""

    def replace_polygons(self, table: PolygonTable, scene_id: str, rows: Sequence[PolygonRow], *, edited: bool = False) -> None:
        """Put polygons in the place of all that a scene has; the scene counts as ``edited`` only where a person made them.

        The model's polygons also give the scene the time of its guideline.
        """

    def set_current(self, scene_id: str) -> None:
        """Remember which scene an editor is at, empty for none."""

    def note(self, who: str, what: str, detail: str) -> None:
        """Write a line into the history."""


class Store(Protocol):
    """Where a workspace is kept; two stores are equal where they are the same place."""

    @property
    def address(self) -> str:
        """What opens the workspace again."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def key(self) -> str:
        """What a project knows its layers by."""

    @property
    def folder(self) -> Path:
        """Where files of its own lie beside it, and where relative paths of products start."""

    @property
    def provider(self) -> str:
        """QGIS's provider of its layers."""

    def layer_uri(self, table: str) -> str:
        """Return what opens a table as a layer."""

    def table_of(self, uri: str) -> str:
        """Return the table that a layer opened so shows, however it was filtered since; empty for another store's."""

    def state(self) -> State:
        """Return what it says of itself."""

    def scenes(self) -> list[SceneRow]:
        """Return the scenes by tile, then sensing time, then id."""

    def tiles(self) -> list[TileRow]:
        """Return the tiles by name."""

    def polygons(self, table: PolygonTable, scenes: Iterable[str] | None = None) -> list[PolygonRow]:
        """Return the polygons of all scenes, or of some, in the order in which they came."""

    def changes_since(self, number: int) -> list[ChangeRow]:
        """Return the lines of the history after one, oldest first; 0 is before all."""

    def latest_change(self, what: str, scene_id: str) -> ChangeRow | None:
        """Return the latest line of a kind whose particulars list a scene under ``scenes``, None where there is none."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that is complete when the block ends well; raises `OutputError`, `LockedError` where another holds it."""
