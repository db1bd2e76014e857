"""Write hundreds of thousands of points within seconds."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ..base.drafts import draft_beside, not_written, place_of, remove_draft_folder, remove_leftovers
from ..base.errors import OutputError
from . import geopackage
from .features import write_frame

_TYPES = {"f": "float", "i": "int64", "u": "int64", "b": "bool"}
_POINT = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs_id", "<i4"), ("order", "u1"), ("kind", "<u4"), ("place", "<f8", 2)]
)


def write_points(path: str | Path, layer: str, crs: str, place: tuple[np.ndarray, np.ndarray], fields: Mapping[str, np.ndarray]) -> None:
    """Write points at ``place`` (x, y) with fields of numbers and yes or no; the file appears by rename. Raises `OutputError`.

    A GeoPackage is filled by SQLite, its spatial index in one go; other formats are written by GDAL.
    """
    target = Path(path)
    if target.suffix.lower() != ".gpkg":
        write_frame(target, gpd.GeoDataFrame(dict(fields), geometry=shapely.points(*place), crs=crs), layer)
        return
    remove_leftovers(target)
    final = place_of(target)
    folder = draft_beside(final)
    try:
        folder.mkdir(parents=True)
        draft = folder / final.name
        geopackage.create(draft, [geopackage.Table(layer, "Point", {name: _TYPES[v.dtype.kind] for name, v in fields.items()})], [])
        with geopackage.writing(draft) as connection:
            _fill(connection, layer, geopackage.set_crs(connection, crs), place, fields)
        geopackage.replace_file(draft, final)
    except OSError as error:
        raise OutputError(not_written(target, error)) from error
    finally:
        with suppress(OSError):
            remove_draft_folder(folder, final)


def _fill(
    connection: sqlite3.Connection, layer: str, srs_id: int, place: tuple[np.ndarray, np.ndarray], fields: Mapping[str, np.ndarray]
) -> None:
    """Insert all rows, then their boxes: the triggers of the index would call Python five times for each."""
    geometry = geopackage.layers_of(connection)[layer]
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (layer,)).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {_quoted(name)}")
    x, y = (np.asarray(values, float) for values in place)
    columns = [np.arange(1, len(x) + 1).tolist(), _blobs(x, y, srs_id), *(np.asarray(values).tolist() for values in fields.values())]
    names = ", ".join(map(_quoted, ("fid", geometry, *fields)))
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {_quoted(layer)} ({names}) VALUES ({marks})", zip(*columns, strict=True))  # noqa: S608 # nosec B608
    index = _quoted(f"rtree_{layer}_{geometry}")
    boxes = zip(columns[0], x.tolist(), x.tolist(), y.tolist(), y.tolist(), strict=True)
    connection.executemany(f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)", boxes)  # noqa: S608 # nosec B608
    for _, sql in triggers:
        connection.execute(sql)
    with suppress(sqlite3.OperationalError):  # a table of GDAL's own
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (len(x), layer))
    if len(x):
        geopackage.widen_extent(connection, layer, (float(x.min()), float(y.min()), float(x.max()), float(y.max())))


def _blobs(x: np.ndarray, y: np.ndarray, srs_id: int) -> list[bytes]:
    """Return points as GeoPackage blobs without an envelope (GeoPackage 1.3, 2.1.3.1)."""
    records = np.zeros(len(x), _POINT)
    records["magic"], records["flags"], records["srs_id"], records["order"], records["kind"] = b"GP", 1, srs_id, 1, 1
    records["place"] = np.stack([x, y], axis=1)
    content, size = records.tobytes(), struct.calcsize("<2sBBiBI2d")
    return [content[start : start + size] for start in range(0, len(content), size)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
