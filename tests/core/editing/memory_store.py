"""A second store, in memory: what it passes shows that the protocol suffices, and that the workspace leans on no SQL."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass
class Tables:
    """All that is kept."""

    crs: str = ""
    current: str = ""
    scenes: dict = field(default_factory=dict)
    tiles: dict = field(default_factory=dict)
    polygons: dict = field(default_factory=lambda: {"cloud": [], "guideline": []})
    reviewed: dict = field(default_factory=dict)
    changes: list = field(default_factory=list)


@dataclass(eq=False)
class MemoryStore:
    """Keeps a workspace for as long as it lives itself."""

    folder: Path
    name: str = "memory"
    provider: str = "memory"
    tables: Tables = field(default_factory=Tables)

    @property
    def address(self):
        return f"memory:{self.name}"

    @property
    def key(self):
        return self.name

    def layer_uri(self, table):
        return f"{self.address}?{table}"

    def table_of(self, uri):
        start, _, table = uri.partition("?")
        return table.partition("&")[0] if start == self.address else ""

    def state(self):
        return {"crs": self.tables.crs, "scene": self.tables.current}

    def scenes(self):
        clouds = {}
        for row in self.tables.polygons["cloud"]:
            clouds[row["scene"]] = clouds.get(row["scene"], 0.0) + row["area_m2"]
        rows = [{**row, "cloud_m2": clouds.get(row["id"])} for row in self.tables.scenes.values()]
        return sorted(rows, key=lambda row: (row["tile"], row["sensed"] or _FIRST, row["id"]))

    def tiles(self):
        return [self.tables.tiles[name] for name in sorted(self.tables.tiles)]

    def polygons(self, table, scenes=None):
        wanted = None if scenes is None else set(scenes)
        return [row for row in self.tables.polygons[table] if wanted is None or row["scene"] in wanted]

    def changes_since(self, number):
        return self.tables.changes[number:]

    def latest_change(self, what, scene_id):
        found = [row for row in self.tables.changes if row["what"] == what and scene_id in json.loads(row["detail"]).get("scenes", [])]
        return found[-1] if found else None

    @contextmanager
    def writing(self) -> Iterator[MemoryTransaction]:
        draft = copy.copy(self.tables)
        for name in ("scenes", "tiles", "reviewed"):
            setattr(draft, name, dict(getattr(draft, name)))
        draft.polygons = {name: list(rows) for name, rows in draft.polygons.items()}
        draft.changes = list(draft.changes)
        yield MemoryTransaction(draft)
        self.tables = draft


@dataclass
class MemoryTransaction:
    """Changes to a copy of the tables."""

    tables: Tables

    def crs(self):
        return self.tables.crs

    def set_crs(self, crs):
        self.tables.crs = crs

    def known_scenes(self):
        return {scene_id: row["edited"] is not None for scene_id, row in self.tables.scenes.items()}

    def add_scene(self, scene):
        self.tables.scenes[scene["id"]] = {**scene, "guideline": None, "edited": None}

    def move_scene(self, scene_id, path):
        self._change(scene_id, path=path)

    def remove_scene(self, scene_id):
        del self.tables.scenes[scene_id]
        self.tables.reviewed.pop(scene_id, None)
        for name, rows in self.tables.polygons.items():
            self.tables.polygons[name] = [row for row in rows if row["scene"] != scene_id]
        tiles = {row["tile"] for row in self.tables.scenes.values()}
        self.tables.tiles = {name: row for name, row in self.tables.tiles.items() if name in tiles}
        if self.tables.current == scene_id:
            self.tables.current = ""

    def tile_outline(self, name):
        return self.tables.tiles[name]["geometry"] if name in self.tables.tiles else None

    def put_tile(self, name, outline):
        former = self.tables.tiles.get(name, {"name": name, "status": "todo", "editor": ""})
        self.tables.tiles[name] = {**former, "geometry": outline}

    def set_status(self, tile, status, who):
        if tile not in self.tables.tiles:
            return False
        self.tables.tiles[tile] = {**self.tables.tiles[tile], "status": status, "editor": who}
        return True

    def set_reviewed(self, tile, who, *, reviewed):
        for scene_id, row in self.tables.scenes.items():
            if row["tile"] == tile:
                self.tables.reviewed.pop(scene_id, None)
                if reviewed:
                    self.tables.reviewed[scene_id] = who

    def replace_polygons(self, table, scene_id, rows, *, edited=False):
        others = [row for row in self.tables.polygons[table] if row["scene"] != scene_id]
        self.tables.polygons[table] = [*others, *({**row, "scene": scene_id} for row in rows)]
        now = datetime.now(UTC)
        times = ({"guideline": now} if table == "guideline" else {}) | ({"edited": now} if edited else {})
        self._change(scene_id, **times)

    def set_current(self, scene_id):
        self.tables.current = scene_id

    def note(self, who, what, detail):
        number = len(self.tables.changes) + 1
        self.tables.changes.append({"number": number, "at": datetime.now(UTC), "who": who, "what": what, "detail": detail})

    def _change(self, scene_id, **values):
        self.tables.scenes[scene_id] = {**self.tables.scenes[scene_id], **values}
