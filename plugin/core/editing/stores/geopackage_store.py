"""A workspace in one GeoPackage, whose tables QGIS and GDAL edit too."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...base.errors import InputError, LockedError
from ...vector import geopackage
from .schema import STATEMENTS, TABLES, VERSION
from .store import POLYGON_FIELDS, ChangeRow, NewScene, PolygonRow, PolygonTable, SceneRow, State, TileRow, Transaction

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_LAYER = "|layername="
"""Between a file and its layer, as OGR layers are written in QGIS."""


@dataclass(frozen=True)
class GeoPackageStore:
    """A workspace's GeoPackage; each call opens it and closes it again."""

    path: Path
    """The file."""
    lock_wait_s: float | None = field(default=None, compare=False)
    """How long another program that holds the file is waited for; None takes what `geopackage.writing` takes."""

    @classmethod
    def create(cls, path: str | Path, *, lock_wait_s: float | None = None) -> GeoPackageStore:
        """Make the file with empty tables; raises `OutputError` where it exists or cannot be written."""
        target = Path(path).absolute()
        geopackage.create(target, TABLES, STATEMENTS)
        return cls(target, lock_wait_s)

    @classmethod
    def open(cls, path: str | Path, *, lock_wait_s: float | None = None) -> GeoPackageStore:
        """Open a file; raises `InputError` for one that is no workspace, or was made by a newer version."""
        store = cls(Path(path).absolute(), lock_wait_s)
        with store._reading() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'workspace'").fetchone():
                raise InputError(f"{store.path} is not a Skyfri workspace; open one, or make a new one and add the scenes to it.")
            row = connection.execute("SELECT version FROM workspace").fetchone()
        if row is None or row[0] is None:
            raise InputError(f"{store.path} is a damaged workspace (it states no version); restore it from a copy.")
        if row[0] > VERSION:
            raise InputError(f"{store.path} has workspace version {row[0]}, this Skyfri knows {VERSION}; update the plugin.")
        return store

    @property
    def address(self) -> str:
        """The file's path."""
        return str(self.path)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def key(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self.path.parent

    @property
    def provider(self) -> str:
        """GDAL's vectors."""
        return "ogr"

    def layer_uri(self, table: str) -> str:
        """Return file and table as OGR layers are written in QGIS."""
        return f"{self.path}{_LAYER}{table}"

    def table_of(self, uri: str) -> str:
        """Return the table of a layer of this file."""
        path, _, rest = uri.partition(_LAYER)
        return rest.partition("|")[0] if Path(path) == self.path else ""

    def state(self) -> State:
        """Return CRS and current scene."""
        with self._reading() as connection:
            row = connection.execute("SELECT scene FROM workspace").fetchone()
            return State(crs=geopackage.crs_of(connection, "cloud"), scene=str(row[0] or ""))

    def scenes(self) -> list[SceneRow]:
        """Return the scenes by tile, then sensing time, then id."""
        with self._reading() as connection:
            rows = connection.execute(_SCENES).fetchall()
        times = ("sensed", "guideline", "edited")
        return [SceneRow(**{**dict(row), **{name: parse_time(row[name]) for name in times}}) for row in rows]  # type: ignore[typeddict-item]

    def tiles(self) -> list[TileRow]:
        """Return the tiles by name."""
        with self._reading() as connection:
            rows = connection.execute("SELECT name, status, editor, geom FROM tile ORDER BY name").fetchall()
        outlines = geopackage.from_blobs([row["geom"] for row in rows])
        return [
            TileRow(name=row["name"], status=row["status"], editor=row["editor"], geometry=outline)
            for row, outline in zip(rows, outlines, strict=True)
        ]

    def polygons(self, table: PolygonTable, scenes: Iterable[str] | None = None) -> list[PolygonRow]:
        """Return the polygons in the order of their keys."""
        statement = _READ_CLOUD if table == "cloud" else _READ_GUIDELINE
        with self._reading() as connection:
            rows = connection.execute(statement, (None if scenes is None else json.dumps(list(scenes)),)).fetchall()
        shapes = geopackage.from_blobs([row["geom"] for row in rows])
        return [{"geometry": shape, **{name: row[name] for name in POLYGON_FIELDS}} for row, shape in zip(rows, shapes, strict=True)]

    def changes_since(self, number: int) -> list[ChangeRow]:
        """Return the rows of the table of events after one."""
        with self._reading() as connection:
            rows = connection.execute(_EVENTS, (number,)).fetchall()
        return [_change(row) for row in rows]

    def latest_change(self, what: str, scene_id: str) -> ChangeRow | None:
        """Return the latest event of a kind that lists a scene."""
        with self._reading() as connection:
            row = connection.execute(_LATEST_EVENT, (what, scene_id)).fetchone()
        return _change(row) if row else None

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Begin a transaction of SQLite."""
        with self._saying_who(), geopackage.writing(self.path, self.lock_wait_s) as connection:
            yield GeoPackageTransaction(connection)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._saying_who(), geopackage.reading(self.path, self.lock_wait_s) as connection:
            yield connection

    @contextmanager
    def _saying_who(self) -> Iterator[None]:
        """Add to an error of a lock who was the last to write: SQLite does not know who holds one."""
        try:
            yield
        except LockedError as error:
            raise LockedError(f"{error} {self._last_writer()}".rstrip()) from error

    def _last_writer(self) -> str:
        try:
            with geopackage.reading(self.path, 0.0) as connection:
                row = connection.execute("SELECT at, who FROM event ORDER BY fid DESC LIMIT 1").fetchone()
        except (LockedError, InputError):
            return ""
        return f"The last to change it was {row['who']}, {row['at'][:16].replace('T', ' ')} UTC." if row else ""


@dataclass(frozen=True)
class GeoPackageTransaction:
    """Changes to a workspace's GeoPackage."""

    connection: sqlite3.Connection
    """Inside a transaction."""

    def crs(self) -> str:
        """Return the CRS of the editor's polygons, which is that of all."""
        return geopackage.crs_of(self.connection, "cloud")

    def set_crs(self, crs: str) -> None:
        """Set the CRS of every table."""
        geopackage.set_crs(self.connection, crs)

    def known_scenes(self) -> Mapping[str, bool]:
        """Return the scenes' ids, and whether they were edited."""
        return {row["id"]: row["edited"] is not None for row in self.connection.execute("SELECT id, edited FROM scene")}

    def add_scene(self, scene: NewScene) -> None:
        """Add a row to the table of scenes."""
        blob = geopackage.to_blob(scene["geometry"], geopackage.srs_id_of(self.connection, "scene"))
        sensed = stamp(scene["sensed"]) if scene["sensed"] else None
        self.connection.execute(_INSERT_SCENE, {**scene, "sensed": sensed, "geom": blob, "geometry": None})
        geopackage.widen_extent(self.connection, "scene", scene["geometry"].bounds)

    def move_scene(self, scene_id: str, path: str) -> None:
        """Set the path of a scene."""
        self.connection.execute("UPDATE scene SET path = ? WHERE id = ?", (path, scene_id))

    def remove_scene(self, scene_id: str) -> None:
        """Remove the rows of a scene from all tables."""
        for statement in _FORGET_SCENE:
            self.connection.execute(statement, (scene_id,))
        self.connection.execute("DELETE FROM tile WHERE name NOT IN (SELECT tile FROM scene)")
        self.connection.execute("UPDATE workspace SET scene = '' WHERE scene NOT IN (SELECT id FROM scene)")

    def tile_outline(self, name: str) -> BaseGeometry | None:
        """Return the outline of a tile."""
        row = self.connection.execute("SELECT geom FROM tile WHERE name = ?", (name,)).fetchone()
        outline: BaseGeometry | None = geopackage.from_blobs([row["geom"]])[0] if row else None
        return outline

    def put_tile(self, name: str, outline: BaseGeometry) -> None:
        """Add a row to the table of tiles, or change its outline."""
        blob = geopackage.to_blob(outline, geopackage.srs_id_of(self.connection, "tile"))
        if not self.connection.execute("UPDATE tile SET geom = ? WHERE name = ?", (blob, name)).rowcount:
            self.connection.execute("INSERT INTO tile (geom, name, status, editor) VALUES (?, ?, 'todo', '')", (blob, name))
        geopackage.widen_extent(self.connection, "tile", outline.bounds)

    def set_status(self, tile: str, status: str, who: str) -> bool:
        """Set status, editor and time of a tile."""
        values = (status, who, now(), tile)
        return self.connection.execute("UPDATE tile SET status = ?, editor = ?, changed = ? WHERE name = ?", values).rowcount > 0

    def set_reviewed(self, tile: str, who: str, *, reviewed: bool) -> None:
        """Put the footprints of a tile's scenes into the table of reviewed areas, or take them out."""
        self.connection.execute("DELETE FROM reviewed WHERE scene IN (SELECT id FROM scene WHERE tile = ?)", (tile,))
        if reviewed:
            self.connection.execute(_REVIEW, (who, now(), tile))

    def replace_polygons(self, table: PolygonTable, scene_id: str, rows: Sequence[PolygonRow], *, edited: bool = False) -> None:
        """Delete the rows of a scene and insert others, without the triggers that take every change for a person's."""
        clear, insert = _REPLACE[table]
        srs_id = geopackage.srs_id_of(self.connection, table)
        self.connection.execute("UPDATE workspace SET writing = 1")
        self.connection.execute(clear, (scene_id,))
        self.connection.executemany(
            insert, ({**row, "scene": scene_id, "geom": geopackage.to_blob(row["geometry"], srs_id), "geometry": None} for row in rows)
        )
        self.connection.execute("UPDATE workspace SET writing = 0")
        if table == "guideline":
            self.connection.execute("UPDATE scene SET guideline = ? WHERE id = ?", (now(), scene_id))
        if edited:
            self.connection.execute("UPDATE scene SET edited = ? WHERE id = ?", (now(), scene_id))
        if rows:
            edges = list(zip(*(row["geometry"].bounds for row in rows), strict=True))
            geopackage.widen_extent(self.connection, table, (min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3])))

    def set_current(self, scene_id: str) -> None:
        """Set the scene in the one row of the workspace."""
        self.connection.execute("UPDATE workspace SET scene = ?", (scene_id,))

    def note(self, who: str, what: str, detail: str) -> None:
        """Add a row to the table of events."""
        self.connection.execute("INSERT INTO event (at, who, what, detail) VALUES (?, ?, ?, ?)", (now(), who, what, detail))


def stamp(time: datetime) -> str:
    """Return a time as GeoPackage writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def parse_time(text: str | None) -> datetime | None:
    """Return the time that `stamp` wrote."""
    return datetime.fromisoformat(text) if text else None


def now() -> str:
    """Return the time as rows keep it."""
    return stamp(datetime.now(UTC))


def _change(row: sqlite3.Row) -> ChangeRow:
    return ChangeRow(number=row["fid"], at=parse_time(row["at"]), who=row["who"], what=row["what"], detail=row["detail"])


_SCENES = """
SELECT s.id, s.path, s.tile, s.sensed, s.platform, s.orbit, s.datatake, s.level, s.guideline, s.edited, s.area_m2,
       (SELECT sum(c.area_m2) FROM cloud c WHERE c.scene = s.id) AS cloud_m2
FROM scene s ORDER BY s.tile, s.sensed, s.id
"""
_READ_CLOUD = (
    "SELECT geom, scene, class, confidence, area_m2, model, origin FROM cloud"
    " WHERE geom IS NOT NULL AND (?1 IS NULL OR scene IN (SELECT value FROM json_each(?1))) ORDER BY fid"
)
_READ_GUIDELINE = (
    "SELECT geom, scene, class, confidence, area_m2, model, origin FROM guideline"
    " WHERE geom IS NOT NULL AND (?1 IS NULL OR scene IN (SELECT value FROM json_each(?1))) ORDER BY fid"
)
_EVENTS = "SELECT fid, at, who, what, detail FROM event WHERE fid > ? ORDER BY fid"
_LATEST_EVENT = """
SELECT fid, at, who, what, detail FROM event WHERE what = ? AND EXISTS (
    SELECT 1 FROM json_each(event.detail, '$.scenes') WHERE value = ?
) ORDER BY fid DESC LIMIT 1
"""
_FORGET_SCENE = (
    "DELETE FROM guideline WHERE scene = ?",
    "DELETE FROM cloud WHERE scene = ?",
    "DELETE FROM reviewed WHERE scene = ?",
    "DELETE FROM seamline WHERE scene = ?",
    "DELETE FROM scene WHERE id = ?",
)
_INSERT_SCENE = (
    "INSERT INTO scene (geom, id, path, tile, sensed, platform, orbit, datatake, level, baseline, crs, area_m2)"
    " VALUES (:geom, :id, :path, :tile, :sensed, :platform, :orbit, :datatake, :level, :baseline, :crs, :area_m2)"
)
_REVIEW = "INSERT INTO reviewed (geom, scene, editor, at) SELECT geom, id, ?, ? FROM scene WHERE tile = ?"
_REPLACE = {
    "guideline": (
        "DELETE FROM guideline WHERE scene = ?",
        "INSERT INTO guideline (geom, scene, class, confidence, area_m2, model, origin)"
        " VALUES (:geom, :scene, :class, :confidence, :area_m2, :model, :origin)",
    ),
    "cloud": (
        "DELETE FROM cloud WHERE scene = ?",
        "INSERT INTO cloud (geom, scene, class, confidence, area_m2, model, origin)"
        " VALUES (:geom, :scene, :class, :confidence, :area_m2, :model, :origin)",
    ),
}
"""Table to what clears a scene in it and what fills it."""
