"""The workspace: tiles, scenes, the editor's polygons and the model's, in a store that QGIS edits too.

All polygons of a workspace are in one CRS, that of the first scene unless another was given: polygons are cheap
to reproject and an editor sees neighbouring UTM zones in one picture, while every scene keeps its own pixels.
Each write is one transaction; what was committed survives a killed process, what was not leaves no trace.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..base.errors import InputError
from ..base.progress import SILENT, Progress, check
from ..clouds.guidelines.kept import KeptFiles, kept_files, predictions_folder
from ..clouds.polygons import CloudPolygons, clean
from ..raster.grid import normal_crs
from ..scenes.scene import Scene
from .entries import TILE_STATUSES, Event, Listing, SceneEntry, TileEntry, scene_entry, stored_path, user_name
from .scene_pictures import picture_file, pictures_folder
from .stores.geopackage_store import GeoPackageStore
from .stores.schema import VERSION
from .stores.store import POLYGON_FIELDS, NewScene, PolygonRow, PolygonTable, Store, Transaction

_EDGE_STEP_M = 5000.0
"""Straight tile edges bend in another UTM zone; vertices at this distance keep the error under a metre."""


@dataclass(frozen=True)
class Workspace:
    """The verbs of a workspace; holds no connection, so it can be kept, copied and used from any thread."""

    store: Store
    """Where it is kept."""

    @classmethod
    def create(cls, address: str | Path, crs: str = "", *, lock_wait_s: float | None = None) -> Workspace:
        """Make an empty workspace in a file; without ``crs`` the first scene's is taken.

        Raises `OutputError` where the file exists or cannot be written, `InputError` for what is no CRS.
        """
        code = normal_crs(crs) if crs else ""
        store = GeoPackageStore.create(address, lock_wait_s=lock_wait_s)
        with store.writing() as changes:
            if code:
                changes.set_crs(code)
            _note(changes, "create", version=VERSION)
        return cls(store)

    @classmethod
    def open(cls, address: str | Path, *, lock_wait_s: float | None = None) -> Workspace:
        """Open a workspace; raises `InputError` for a file that is none, or was made by a newer version.

        Another program that holds it is waited for, ``lock_wait_s`` seconds or ten, in this and every later call.
        """
        return cls(GeoPackageStore.open(address, lock_wait_s=lock_wait_s))

    @property
    def address(self) -> str:
        """What opens it again."""
        return self.store.address

    @property
    def name(self) -> str:
        """What people call it."""
        return self.store.name

    @property
    def pictures(self) -> Path:
        """The folder of the scenes' pictures."""
        return pictures_folder(self.store.folder, self.name)

    @property
    def predictions(self) -> Path:
        """The folder in which the probabilities of its scenes are kept."""
        return predictions_folder(self.store.folder, self.name)

    def picture_path(self, scene_id: str) -> Path:
        """Return where the picture of a scene lies, or is to lie."""
        return picture_file(self.pictures, scene_id)

    def kept_files(self, scene_id: str) -> KeptFiles:
        """Return where the prediction of a scene lies, or is to lie."""
        return kept_files(self.predictions, scene_id)

    def beside(self, suffix: str) -> Path:
        """Return a file beside the workspace, named after it."""
        return self.store.folder / f"{self.name}{suffix}"

    def layer_uri(self, table: str) -> str:
        """Return what opens a table as a layer."""
        return self.store.layer_uri(table)

    def crs(self) -> str:
        """Return the CRS of all polygons, empty before the first scene."""
        return self.store.state()["crs"]

    def listing(self) -> Listing:
        """Return all that a list of the workspace shows."""
        state = self.store.state()
        return Listing(state["crs"], tuple(self.scenes()), tuple(self.tiles()), state["scene"])

    def scenes(self) -> list[SceneEntry]:
        """Return the scenes by tile, then sensing time."""
        return [scene_entry(row, self.store.folder) for row in self.store.scenes()]

    def tiles(self) -> list[TileEntry]:
        """Return the tiles by name."""
        return [TileEntry(row["name"], row["status"], row["editor"], row["geometry"]) for row in self.store.tiles()]

    def tile_frame(self) -> gpd.GeoDataFrame:
        """Return the tiles as a table with ``tile``, ``status``, ``editor`` and their outlines."""
        tiles = self.tiles()
        columns = {"tile": [t.name for t in tiles], "status": [t.status for t in tiles], "editor": [t.editor for t in tiles]}
        return gpd.GeoDataFrame(columns, geometry=[t.outline for t in tiles], crs=self.crs() or "EPSG:4326")

    def current_scene(self) -> str:
        """Return the id of the scene an editor was last at, empty at first."""
        return self.store.state()["scene"]

    def events(self, since: int = 0) -> list[Event]:
        """Return the history after an event's number, oldest first."""
        return [
            Event(row["number"], row["at"] or datetime.min.replace(tzinfo=UTC), row["who"], row["what"], row["detail"])
            for row in self.store.changes_since(since)
        ]

    def polygons(self, table: PolygonTable = "cloud", progress: Progress = SILENT, *, scenes: Sequence[str] | None = None) -> CloudPolygons:
        """Return the editor's polygons, or the model's, of all scenes or some; invalid ones are mended and counted in a warning."""
        crs = self.crs()
        rows = self.store.polygons(table, scenes)
        columns = {name: [row[name] for row in rows] for name in POLYGON_FIELDS}
        frame = gpd.GeoDataFrame(columns, geometry=[row["geometry"] for row in rows], crs=crs or "EPSG:4326")
        return clean(frame, f"{self.address}, table {table}", progress)

    def add_scenes(self, scenes: Sequence[Scene], *, progress: Progress = SILENT) -> tuple[str, ...]:
        """Add scenes and their tiles; returns the ids that are new.

        A scene that is there already only gets its new path: a product that moved is found again by adding it once more.
        """
        if not scenes:
            return ()
        with self.store.writing() as changes:
            crs = changes.crs()
            if not crs:
                crs = scenes[0].grid.crs
                changes.set_crs(crs)
            known = set(changes.known_scenes())
            added = []
            for number, scene in enumerate(scenes):
                check(progress)
                path = stored_path(scene.path, self.store.folder)
                if scene.id in known:
                    changes.move_scene(scene.id, path)
                else:
                    _add_scene(changes, scene, path, crs)
                    known.add(scene.id)  # the same product may be named twice
                    added.append(scene.id)
                progress.report((number + 1) / len(scenes), scene.id)
            if added:
                _note(changes, "add scenes", scenes=added)
        return tuple(added)

    def remove_scenes(self, ids: Iterable[str]) -> None:
        """Remove scenes with all their polygons, and tiles that are left without a scene."""
        with self.store.writing() as changes:
            gone = self._known(changes, ids)
            for scene_id in gone:
                changes.remove_scene(scene_id)
            _note(changes, "remove scenes", scenes=list(gone))

    def guideline_settings(self, scene_id: str) -> dict[str, Any]:
        """Return what the latest `put_guidelines` of a scene was told of how they were drawn, empty where nothing."""
        change = self.store.latest_change("guidelines", scene_id)
        found = json.loads(change["detail"]).get("settings") if change else None
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
        with self.store.writing() as changes:
            edited = self._known(changes, [*scenes, *polygons.frame["scene"]])
            if not edited:
                return ()
            rows = _rows_by_scene(polygons.in_crs(changes.crs()))
            kept = tuple(scene_id for scene_id, is_edited in edited.items() if is_edited)
            for number, scene_id in enumerate(edited):
                check(progress)
                changes.replace_polygons("guideline", scene_id, rows.get(scene_id, []))
                if scene_id not in kept:
                    changes.replace_polygons("cloud", scene_id, rows.get(scene_id, []))
                progress.report((number + 1) / len(edited), scene_id)
            told = {"settings": dict(settings)} if settings else {}
            _note(changes, "guidelines", scenes=list(edited), polygons=len(polygons.frame), kept=kept, **told)
        return kept

    def set_tile_status(self, name: str, status: str) -> None:
        """Set what the present user says of a tile; a tile that is done counts as reviewed in all its scenes."""
        if status not in TILE_STATUSES:
            raise InputError(f"{status!r} is no tile status; use {', '.join(TILE_STATUSES)}.")
        with self.store.writing() as changes:
            if not changes.set_status(name, status, user_name()):
                raise InputError(f"{self.address} has no tile {name}; add a scene of it first.")
            changes.set_reviewed(name, user_name(), reviewed=status == "done")
            _note(changes, "tile status", tile=name, status=status)

    def set_current_scene(self, scene_id: str) -> None:
        """Remember where the editor is."""
        with self.store.writing() as changes:
            changes.set_current(scene_id)

    def _known(self, changes: Transaction, ids: Iterable[str]) -> dict[str, bool]:
        """Return scenes, each once, and whether they were edited; raises `InputError` for one that is not there."""
        known = changes.known_scenes()
        wanted = list(dict.fromkeys(ids))
        for scene_id in wanted:
            if scene_id not in known:
                raise InputError(f"{self.address} has no scene {scene_id}; add it to the workspace first.")
        return {scene_id: known[scene_id] for scene_id in wanted}


def _rows_by_scene(polygons: CloudPolygons) -> dict[str, list[PolygonRow]]:
    frame = polygons.frame.reindex(columns=[*POLYGON_FIELDS, "geometry"])
    areas = shapely.area(frame.geometry.values)
    rows: dict[str, list[PolygonRow]] = {}
    for record, geometry, area in zip(frame.to_dict("records"), frame.geometry.values, areas, strict=True):
        row = {name: _plain(record[name]) for name in POLYGON_FIELDS}
        row |= {"geometry": geometry, "area_m2": float(area), "origin": row["origin"] or "model"}
        rows.setdefault(row["scene"], []).append(row)
    return rows


def _plain(value: Any) -> Any:
    """Return a value as a database stores it: no NumPy types, no NaN."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if plain is None or plain != plain else plain  # noqa: PLR0124 (NaN and NaT alone differ from themselves)


def _add_scene(changes: Transaction, scene: Scene, path: str, crs: str) -> None:
    footprint = _multi(_reproject(scene.footprint, scene.grid.crs, crs))
    tile = scene.tile or scene.id
    changes.add_scene(
        NewScene(
            id=scene.id,
            path=path,
            tile=tile,
            sensed=scene.sensed,
            platform=scene.platform,
            orbit=scene.relative_orbit,
            datatake=scene.datatake,
            level=scene.level,
            baseline=scene.baseline,
            crs=scene.grid.crs,
            area_m2=float(footprint.area),
            geometry=footprint,
        )
    )
    outline = _reproject(shapely.box(*scene.grid.bounds), scene.grid.crs, crs)
    former = changes.tile_outline(tile)
    changes.put_tile(tile, _multi(outline if former is None else shapely.union(former, outline)))


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


def _note(changes: Transaction, what: str, **detail: Any) -> None:
    changes.note(user_name(), what, json.dumps(detail, ensure_ascii=False))
