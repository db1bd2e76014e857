"""The workspace: tiles, scenes, the editor's polygons and the model's, in one GeoPackage that QGIS edits too.

All polygons of a workspace are in one CRS, that of the first scene unless another was given: polygons are cheap
to reproject and an editor sees neighbouring UTM zones in one picture, while every scene keeps its own pixels.
Each write is one transaction; what was committed survives a killed process, what was not leaves no trace.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..base.errors import InputError
from ..base.progress import SILENT, Progress, check
from ..clouds.polygons import CloudPolygons, clean
from ..raster.grid import Bounds, normal_crs
from ..scenes.scene import Scene
from ..vector import geopackage
from .entries import TILE_STATUSES, Event, SceneEntry, TileEntry, now, parse_time, scene_entry, stamp, stored_path, user_name
from .stores.schema import STATEMENTS, TABLES, VERSION

_EDGE_STEP_M = 5000.0
"""Straight tile edges bend in another UTM zone; vertices at this distance keep the error under a metre."""


@dataclass(frozen=True)
class Workspace:
    """A workspace file; holds no connection, so it can be kept, copied and used from any thread."""

    path: Path
    """The GeoPackage."""

    @classmethod
    def create(cls, path: str | Path, crs: str = "") -> Workspace:
        """Make an empty workspace; without ``crs`` the first scene's is taken.

        Raises `OutputError` where the file exists or cannot be written, `InputError` for what is no CRS.
        """
        target = Path(path).absolute()
        code = normal_crs(crs) if crs else ""
        geopackage.create(target, TABLES, STATEMENTS)
        workspace = cls(target)
        with geopackage.writing(target) as connection:
            if code:
                geopackage.set_crs(connection, code)
            _note(connection, "create", version=VERSION)
        return workspace

    @classmethod
    def open(cls, path: str | Path) -> Workspace:
        """Open a workspace; raises `InputError` for a file that is none, or was made by a newer version."""
        target = Path(path).absolute()
        with geopackage.reading(target) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'workspace'").fetchone():
                raise InputError(f"{target} is not a Skyfri workspace; open one, or make a new one and add the scenes to it.")
            row = connection.execute("SELECT version FROM workspace").fetchone()
        if row is None or row[0] is None:
            raise InputError(f"{target} is a damaged workspace (it states no version); restore it from a copy.")
        if row[0] > VERSION:
            raise InputError(f"{target} has workspace version {row[0]}, this Skyfri knows {VERSION}; update the plugin.")
        return cls(target)

    def crs(self) -> str:
        """Return the CRS of all polygons, empty before the first scene."""
        with geopackage.reading(self.path) as connection:
            return geopackage.crs_of(connection, "cloud")

    def scenes(self) -> list[SceneEntry]:
        """Return the scenes by tile, then sensing time."""
        with geopackage.reading(self.path) as connection:
            rows = connection.execute(_SCENES).fetchall()
        return [scene_entry(row, self.path.parent) for row in rows]

    def tiles(self) -> list[TileEntry]:
        """Return the tiles by name."""
        with geopackage.reading(self.path) as connection:
            rows = connection.execute("SELECT name, status, editor, geom FROM tile ORDER BY name").fetchall()
        outlines = geopackage.from_blobs([row["geom"] for row in rows])
        return [TileEntry(row["name"], row["status"], row["editor"], outline) for row, outline in zip(rows, outlines, strict=True)]

    def tile_frame(self) -> gpd.GeoDataFrame:
        """Return the tiles as a table with ``tile``, ``status``, ``editor`` and their outlines."""
        tiles = self.tiles()
        columns = {"tile": [t.name for t in tiles], "status": [t.status for t in tiles], "editor": [t.editor for t in tiles]}
        return gpd.GeoDataFrame(columns, geometry=[t.outline for t in tiles], crs=self.crs() or "EPSG:4326")

    def current_scene(self) -> str:
        """Return the id of the scene an editor was last at, empty at first."""
        with geopackage.reading(self.path) as connection:
            return str(connection.execute("SELECT scene FROM workspace").fetchone()[0] or "")

    def events(self) -> list[Event]:
        """Return the history, oldest first."""
        with geopackage.reading(self.path) as connection:
            rows = connection.execute("SELECT at, who, what, detail FROM event ORDER BY fid").fetchall()
        return [Event(parse_time(row["at"]) or datetime.min.replace(tzinfo=UTC), row["who"], row["what"], row["detail"]) for row in rows]

    def polygons(
        self, table: Literal["cloud", "guideline"] = "cloud", progress: Progress = SILENT, *, scenes: Sequence[str] | None = None
    ) -> CloudPolygons:
        """Return the editor's polygons, or the model's, of all scenes or some; invalid ones are mended and counted in a warning."""
        statement = _READ_CLOUD if table == "cloud" else _READ_GUIDELINE
        with geopackage.reading(self.path) as connection:
            crs = geopackage.crs_of(connection, table)
            rows = connection.execute(statement, (None if scenes is None else json.dumps(list(scenes)),)).fetchall()
        columns = {name: [row[name] for row in rows] for name in _POLYGON_FIELDS}
        frame = gpd.GeoDataFrame(columns, geometry=list(geopackage.from_blobs([row["geom"] for row in rows])), crs=crs or "EPSG:4326")
        return clean(frame, f"{self.path}, table {table}", progress)

    def add_scenes(self, scenes: Sequence[Scene], *, progress: Progress = SILENT) -> tuple[str, ...]:
        """Add scenes and their tiles; returns the ids that are new.

        A scene that is there already only gets its new path: a product that moved is found again by adding it once more.
        """
        if not scenes:
            return ()
        with geopackage.writing(self.path) as connection:
            crs = geopackage.crs_of(connection, "cloud")
            if not crs:
                crs = scenes[0].grid.crs
                geopackage.set_crs(connection, crs)
            known = {row[0] for row in connection.execute("SELECT id FROM scene")}
            for number, scene in enumerate(scenes):
                check(progress)
                path = stored_path(scene.path, self.path.parent)
                if scene.id in known:
                    connection.execute("UPDATE scene SET path = ? WHERE id = ?", (path, scene.id))
                else:
                    _insert_scene(connection, scene, path, crs)
                progress.report((number + 1) / len(scenes), scene.id)
            added = tuple(dict.fromkeys(scene.id for scene in scenes if scene.id not in known))
            if added:
                _note(connection, "add scenes", scenes=added)
        return added

    def remove_scenes(self, ids: Iterable[str]) -> None:
        """Remove scenes with all their polygons, and tiles that are left without a scene."""
        with geopackage.writing(self.path) as connection:
            gone = []
            for scene_id in ids:
                keys = (_known_scene(connection, scene_id, self.path)["id"],)
                for statement in _FORGET_SCENE:
                    connection.execute(statement, keys)
                gone.append(scene_id)
            connection.execute("DELETE FROM tile WHERE name NOT IN (SELECT tile FROM scene)")
            connection.execute("UPDATE workspace SET scene = '' WHERE scene NOT IN (SELECT id FROM scene)")
            _note(connection, "remove scenes", scenes=gone)

    def guideline_settings(self, scene_id: str) -> dict[str, Any]:
        """Return what the latest `put_guidelines` of a scene was told of how they were drawn, empty where nothing."""
        with geopackage.reading(self.path) as connection:
            row = connection.execute(_LATEST_GUIDELINES, (scene_id,)).fetchone()
        found = json.loads(row["detail"]).get("settings") if row else None
        return found if isinstance(found, dict) else {}

    def put_guidelines(
        self,
        polygons: CloudPolygons,
        *,
        scenes: Sequence[str] = (),
        settings: Mapping[str, Any] | None = None,
        progress: Progress = SILENT,
    ) -> tuple[str, ...]:
        """Store the model's polygons, and copy them into the editor's table where nobody has edited a scene yet.

        The guidelines of the polygons' scenes and of ``scenes`` (which matters for those without any cloud) are replaced.
        ``settings`` tell, for the history, how they were drawn. Returns the scenes whose edited polygons were kept.
        Raises `InputError` for a scene the workspace lacks.
        """
        concerned = list(dict.fromkeys([*scenes, *polygons.frame["scene"]]))
        with geopackage.writing(self.path) as connection:
            states = {scene_id: _known_scene(connection, scene_id, self.path) for scene_id in concerned}
            if not concerned:
                return ()
            ours = polygons.in_crs(geopackage.crs_of(connection, "cloud"))
            rows = _rows_by_scene(ours, geopackage.srs_id_of(connection, "cloud"))
            kept = tuple(scene_id for scene_id, state in states.items() if state["edited"])
            for number, scene_id in enumerate(concerned):
                check(progress)
                _replace_polygons(connection, scene_id, rows.get(scene_id, []), editable=scene_id not in kept)
                progress.report((number + 1) / len(concerned), scene_id)
            if len(ours.frame):
                bounds: Bounds = tuple(float(edge) for edge in ours.frame.total_bounds)  # type: ignore[assignment]
                for table in ("guideline", "cloud"):
                    geopackage.widen_extent(connection, table, bounds)
            told = {"settings": dict(settings)} if settings else {}
            _note(connection, "guidelines", scenes=concerned, polygons=len(ours.frame), kept=kept, **told)
        return kept

    def set_tile_status(self, name: str, status: str) -> None:
        """Set what the present user says of a tile; a tile that is done counts as reviewed in all its scenes."""
        if status not in TILE_STATUSES:
            raise InputError(f"{status!r} is no tile status; use {', '.join(TILE_STATUSES)}.")
        with geopackage.writing(self.path) as connection:
            changed = connection.execute(
                "UPDATE tile SET status = ?, editor = ?, changed = ? WHERE name = ?", (status, user_name(), now(), name)
            ).rowcount
            if not changed:
                raise InputError(f"{self.path} has no tile {name}; add a scene of it first.")
            connection.execute("DELETE FROM reviewed WHERE scene IN (SELECT id FROM scene WHERE tile = ?)", (name,))
            if status == "done":
                connection.execute(
                    "INSERT INTO reviewed (geom, scene, editor, at) SELECT geom, id, ?, ? FROM scene WHERE tile = ?",
                    (user_name(), now(), name),
                )
            _note(connection, "tile status", tile=name, status=status)

    def set_current_scene(self, scene_id: str) -> None:
        """Remember where the editor is."""
        with geopackage.writing(self.path) as connection:
            connection.execute("UPDATE workspace SET scene = ?", (scene_id,))


_POLYGON_FIELDS = ("scene", "class", "confidence", "area_m2", "model", "origin")

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
_LATEST_GUIDELINES = """
SELECT detail FROM event WHERE what = 'guidelines' AND EXISTS (
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
_INSERT_GUIDELINE = (
    "INSERT INTO guideline (geom, scene, class, confidence, area_m2, model, origin)"
    " VALUES (:geom, :scene, :class, :confidence, :area_m2, :model, :origin)"
)
_INSERT_CLOUD = (
    "INSERT INTO cloud (geom, scene, class, confidence, area_m2, model, origin)"
    " VALUES (:geom, :scene, :class, :confidence, :area_m2, :model, :origin)"
)


def _replace_polygons(connection: sqlite3.Connection, scene_id: str, rows: list[dict[str, Any]], *, editable: bool) -> None:
    connection.execute("DELETE FROM guideline WHERE scene = ?", (scene_id,))
    connection.executemany(_INSERT_GUIDELINE, rows)
    if editable:
        connection.execute("UPDATE workspace SET writing = 1")  # this is not an edit by a person: the triggers look away
        connection.execute("DELETE FROM cloud WHERE scene = ?", (scene_id,))
        connection.executemany(_INSERT_CLOUD, rows)
        connection.execute("UPDATE workspace SET writing = 0")
    connection.execute("UPDATE scene SET guideline = ? WHERE id = ?", (now(), scene_id))


def _rows_by_scene(polygons: CloudPolygons, srs_id: int) -> dict[str, list[dict[str, Any]]]:
    frame = polygons.frame.reindex(columns=[*_POLYGON_FIELDS, "geometry"])
    areas = shapely.area(frame.geometry.values)
    rows: dict[str, list[dict[str, Any]]] = {}
    for record, geometry, area in zip(frame.to_dict("records"), frame.geometry.values, areas, strict=True):
        row = {name: _plain(record[name]) for name in _POLYGON_FIELDS}
        row |= {"geom": geopackage.to_blob(geometry, srs_id), "area_m2": float(area), "origin": row["origin"] or "model"}
        rows.setdefault(row["scene"], []).append(row)
    return rows


def _plain(value: Any) -> Any:
    """Return a value as SQLite stores it: no NumPy types, no NaN."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if plain is None or plain != plain else plain  # noqa: PLR0124 (NaN and NaT alone differ from themselves)


def _insert_scene(connection: sqlite3.Connection, scene: Scene, path: str, crs: str) -> None:
    srs_id = geopackage.srs_id_of(connection, "scene")
    footprint = _multi(_reproject(scene.footprint, scene.grid.crs, crs))
    tile = scene.tile or scene.id
    connection.execute(
        "INSERT INTO scene (geom, id, path, tile, sensed, platform, orbit, datatake, level, baseline, crs, area_m2)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            geopackage.to_blob(footprint, srs_id),
            scene.id,
            path,
            tile,
            stamp(scene.sensed) if scene.sensed else None,
            scene.platform,
            scene.relative_orbit,
            scene.datatake,
            scene.level,
            scene.baseline,
            scene.grid.crs,
            float(footprint.area),
        ),
    )
    outline = _reproject(shapely.box(*scene.grid.bounds), scene.grid.crs, crs)
    row = connection.execute("SELECT geom FROM tile WHERE name = ?", (tile,)).fetchone()
    if row is not None:
        outline = shapely.union(geopackage.from_blobs([row["geom"]])[0], outline)
    blob = geopackage.to_blob(_multi(outline), srs_id)
    if row is None:
        connection.execute("INSERT INTO tile (geom, name, status, editor) VALUES (?, ?, 'todo', '')", (blob, tile))
    else:
        connection.execute("UPDATE tile SET geom = ? WHERE name = ?", (blob, tile))
    geopackage.widen_extent(connection, "scene", footprint.bounds)
    geopackage.widen_extent(connection, "tile", outline.bounds)


def _multi(geometry: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry as one MultiPolygon."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    if not parts:
        raise InputError(f"A footprint of type {geometry.geom_type} holds no area; check the scene's metadata.")
    return shapely.multipolygons(parts)


def _reproject(geometry: BaseGeometry, source: str, target: str) -> BaseGeometry:
    if source == target:
        return geometry
    dense = shapely.segmentize(geometry, _EDGE_STEP_M)
    return gpd.GeoSeries([dense], crs=source).to_crs(target).iloc[0]


def _known_scene(connection: sqlite3.Connection, scene_id: str, path: Path) -> sqlite3.Row:
    row = connection.execute("SELECT id, edited FROM scene WHERE id = ?", (scene_id,)).fetchone()
    if row is None:
        raise InputError(f"{path} has no scene {scene_id}; add it to the workspace first.")
    return row


def _note(connection: sqlite3.Connection, what: str, **detail: Any) -> None:
    text = json.dumps(detail, ensure_ascii=False)
    connection.execute("INSERT INTO event (at, who, what, detail) VALUES (?, ?, ?, ?)", (now(), user_name(), what, text))
