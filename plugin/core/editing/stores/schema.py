"""The tables of a workspace, their indexes and triggers."""

from __future__ import annotations

from ...vector.geopackage import Table

VERSION = 1
"""Version of the tables; a workspace of a higher one is refused."""

_POLYGON = {"scene": "str", "class": "str", "confidence": "float", "area_m2": "float", "model": "str", "origin": "str"}

TABLES = (
    Table("tile", "MultiPolygon", {"name": "str", "status": "str", "editor": "str", "changed": "datetime"}),
    Table(
        "scene",
        "MultiPolygon",
        {
            "id": "str",
            "path": "str",
            "tile": "str",
            "sensed": "datetime",
            "platform": "str",
            "orbit": "int64",
            "datatake": "str",
            "level": "str",
            "baseline": "str",
            "crs": "str",
            "area_m2": "float",
            "guideline": "datetime",  # when the model's polygons came, empty before
            "edited": "datetime",  # when a person last changed a polygon of the scene, empty before
        },
    ),
    Table("cloud", "Polygon", _POLYGON),
    Table("guideline", "Polygon", _POLYGON),
    Table("reviewed", "MultiPolygon", {"scene": "str", "editor": "str", "at": "datetime"}),
    Table("seamline", "MultiPolygon", {"scene": "str", "index": "int64"}),
    Table("event", "None", {"at": "datetime", "who": "str", "what": "str", "detail": "str"}),
    Table("workspace", "None", {"version": "int64", "scene": "str", "writing": "int64"}),
)

# An edit by whatever program (QGIS, ogr2ogr) marks the scene as edited, so that no later guideline overwrites it.
# `writing` is 1 only inside the transactions of `Workspace`, which no other connection ever sees.
STATEMENTS = (
    "CREATE UNIQUE INDEX scene_id ON scene (id)",
    "CREATE UNIQUE INDEX tile_name ON tile (name)",
    "CREATE INDEX scene_tile ON scene (tile)",
    "CREATE INDEX cloud_scene ON cloud (scene, area_m2)",  # covers the sum of areas, which the list of scenes needs
    "CREATE INDEX guideline_scene ON guideline (scene)",
    "INSERT INTO workspace (version, scene, writing) VALUES (1, '', 0)",
    """
    CREATE TRIGGER skyfri_cloud_insert AFTER INSERT ON cloud WHEN (SELECT writing FROM workspace) = 0 BEGIN
        UPDATE scene SET edited = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = NEW.scene;
    END
    """,
    """
    CREATE TRIGGER skyfri_cloud_update AFTER UPDATE ON cloud WHEN (SELECT writing FROM workspace) = 0 BEGIN
        UPDATE scene SET edited = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id IN (OLD.scene, NEW.scene);
    END
    """,
    """
    CREATE TRIGGER skyfri_cloud_delete AFTER DELETE ON cloud WHEN (SELECT writing FROM workspace) = 0 BEGIN
        UPDATE scene SET edited = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = OLD.scene;
    END
    """,
)
