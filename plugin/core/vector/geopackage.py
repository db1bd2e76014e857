"""Keep a GeoPackage with transactions: GDAL makes the file, SQLite writes the rows.

GDAL's own file layout (spatial index, triggers, feature counts) stays, so QGIS and GDAL edit the same tables afterwards.
The triggers of the spatial index call five functions that GDAL registers on its own connections (GeoPackage 1.3, annex
F.3). `connect` registers the same ones, so many rows in many tables become one transaction.
"""

from __future__ import annotations

import sqlite3
import struct
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import shapely
from rasterio.crs import CRS
from shapely.geometry.base import BaseGeometry

from ..base.drafts import not_written
from ..base.errors import InputError, LockedError, OutputError, first_line
from ..raster.grid import Bounds
from .nesting import check_nesting

UNDEFINED_SRS = (0, -1, 99999)
"""Each ``srs_id`` of a table whose CRS is not yet known: GDAL before 3.9, a Cartesian one, GDAL since."""

_CUSTOM_SRS = 100_000
_LOCK_WAIT_S = 10.0
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_HEADER = struct.Struct("<2sBBi4d")


@dataclass(frozen=True)
class Table:
    """One table to be made."""

    name: str
    """Name in the file."""
    geometry: str
    """``Polygon``, ``MultiPolygon``, or ``None`` for a table without geometries."""
    fields: Mapping[str, str]
    """Column to type: ``str``, ``int64``, ``float``, ``datetime``."""


def create(path: Path, tables: Sequence[Table], statements: Sequence[str]) -> None:
    """Make a GeoPackage with empty tables of undefined CRS and run ``statements`` on it; it appears by rename.

    Raises `OutputError` where the file exists already or the folder cannot be written.
    """
    import fiona  # noqa: PLC0415 (only making a file needs it: tables are read where GeoPandas has pyogrio instead)

    if path.exists() or path.is_symlink():
        raise OutputError(f"{path} exists already; open it, or choose another name.")
    draft = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}.gpkg")
    try:
        for table in tables:
            schema = {"geometry": table.geometry, "properties": dict(table.fields)}
            with fiona.open(str(draft), "w", driver="GPKG", layer=table.name, schema=schema):
                pass
        with writing(draft) as connection:
            for statement in statements:
                connection.execute(statement)
        replace_file(draft, path)
    except (OSError, fiona.errors.FionaError) as error:
        raise OutputError(not_written(path, error)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by how the names end."""


def replace_file(draft: Path, target: Path) -> None:
    """Put a GeoPackage in the place of another, without what SQLite keeps beside the old one; raises `OSError`.

    A log or journal of the old file would be taken for the new one's: it then shows old rows, or cannot be read. What
    the log holds goes into the old file first, so that a process killed in between leaves the old file whole.
    """
    if target.is_file() and any(target.with_name(target.name + end).exists() for end in BESIDE):
        with suppress(sqlite3.Error), closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    draft.replace(target)
    for end in BESIDE:
        target.with_name(target.name + end).unlink(missing_ok=True)


def count_of(connection: sqlite3.Connection, table: str) -> int:
    """Return the number of rows of a table."""
    quoted = '"' + table.replace('"', '""') + '"'  # a name from the file's own list
    return int(connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])  # noqa: S608 # nosec B608


@contextmanager
def reading(path: Path, wait_s: float | None = None) -> Iterator[sqlite3.Connection]:
    """Yield a connection that sees one state of the file from first to last; raises `InputError`.

    Another program that holds the file is waited for, ``wait_s`` seconds or ten, then `LockedError` is raised.
    The file is opened by SQLite alone, never as a plain file: closing one would drop the locks that the process holds on it.
    """
    connection = _connect(path, wait_s)
    try:
        connection.execute("BEGIN")
        yield connection
    except sqlite3.DatabaseError as error:
        if _is_locked(error):
            raise LockedError(f"{path} cannot be read ({first_line(error)}); {_remedy(error)}.") from error
        if error.sqlite_errorname == "SQLITE_NOTADB":
            raise InputError(f"{path} is not a GeoPackage; check what file it is.") from error
        raise InputError(f"{path} cannot be read ({first_line(error)}); restore it from a copy.") from error
    finally:
        connection.close()


@contextmanager
def writing(path: Path, wait_s: float | None = None) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes appear all together when the block ends well, else not at all.

    Another program that holds the file is waited for, ``wait_s`` seconds or ten, then `LockedError` is raised. Raises
    `OutputError` where the disk is full or the file is write-protected.
    """
    connection = _connect(path, wait_s)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        kind = LockedError if _is_locked(error) else OutputError
        raise kind(f"{path} cannot be written ({first_line(error)}); {_remedy(error)}.") from error
    finally:
        connection.close()  # an open transaction is rolled back


def _connect(path: Path, wait_s: float | None = None) -> sqlite3.Connection:
    if not path.is_file():
        raise InputError(f"{path} is not there; check the path or the network drive.")
    try:
        timeout = _LOCK_WAIT_S if wait_s is None else wait_s
        connection = sqlite3.connect(f"file:{quote(path.as_posix())}?mode=rw", uri=True, timeout=timeout, isolation_level=None)
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be opened ({first_line(error)}); check that you may read it.") from error
    connection.row_factory = sqlite3.Row
    for position, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):
        connection.create_function(name, 1, _edge_reader(position), deterministic=True)
    connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    return connection


def _is_locked(error: sqlite3.DatabaseError) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _remedy(error: sqlite3.DatabaseError) -> str:
    text = str(error).lower()
    if _is_locked(error):
        return "another program is writing to it, so save or close it there and try again"
    if "full" in text:
        return "free some space on the disk"
    if "readonly" in text or "read-only" in text:
        return "make the file and its folder writable"
    return "check that the file is intact"


def to_blob(geometry: BaseGeometry, srs_id: int) -> bytes:
    """Return a geometry as a GeoPackage blob with its envelope (GeoPackage 1.3, 2.1.3.1)."""
    west, south, east, north = geometry.bounds
    return _HEADER.pack(b"GP", 0, 0b00000011, srs_id, west, east, south, north) + shapely.to_wkb(geometry, byte_order=1)


def from_blobs(blobs: Sequence[bytes | None]) -> np.ndarray:
    """Return the geometries of GeoPackage blobs, None for None; raises `shapely.GEOSException` for a kind that GEOS does not know.

    Raises `UnsafeInputError` for one that would end the process.
    """
    found = np.empty(len(blobs), dtype=object)
    found[:] = [None if blob is None else blob[_wkb_start(blob) :] for blob in blobs]
    for wkb in found:
        if wkb is not None:
            check_nesting(wkb)
    return np.asarray(shapely.from_wkb(found), dtype=object)


def _wkb_start(blob: bytes) -> int:
    return 8 + _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else (blob[3] >> 4) & 1


def _edge_reader(position: int) -> Any:
    """Return the SQL function for west, south, east or north (0 to 3) of a blob."""
    in_envelope = (0, 2, 1, 3)[position]  # stored as minx, maxx, miny, maxy

    def edge(blob: bytes | None) -> float | None:
        if blob is None:
            return None
        if _wkb_start(blob) == 8:
            return float(shapely.bounds(from_blobs([blob])[0])[position])
        order = "<" if blob[3] & 1 else ">"
        return float(struct.unpack_from(f"{order}d", blob, 8 + 8 * in_envelope)[0])

    return edge


def set_crs(connection: sqlite3.Connection, crs: str) -> int:
    """Give every spatial table of the file a CRS; returns its ``srs_id``. The tables must be empty."""
    parsed = CRS.from_user_input(crs)
    code = parsed.to_epsg()
    srs_id, organization = (code, "EPSG") if code else (_CUSTOM_SRS, "NONE")
    name = crs if code else "custom"
    connection.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition)"
        " VALUES (?, ?, ?, ?, ?)",
        (name, srs_id, organization, srs_id, parsed.to_wkt()),
    )
    connection.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (srs_id,))
    connection.execute("UPDATE gpkg_contents SET srs_id = ? WHERE data_type = 'features'", (srs_id,))
    return int(srs_id)


def crs_of(connection: sqlite3.Connection, table: str) -> str:
    """Return the CRS of a table as authority code or WKT, empty where it is undefined."""
    row = connection.execute(
        "SELECT s.srs_id, s.organization, s.definition FROM gpkg_geometry_columns g"
        " JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?",
        (table,),
    ).fetchone()
    if row is None or row["srs_id"] in UNDEFINED_SRS:
        return ""
    return f"EPSG:{row['srs_id']}" if row["organization"].upper() == "EPSG" else str(row["definition"])


def layers_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the tables with geometries, in the order in which they were made, and the column that holds these."""
    rows = connection.execute(
        "SELECT c.table_name, g.column_name FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
        " WHERE c.data_type = 'features' ORDER BY c.rowid"
    )
    return {str(row[0]): str(row[1]) for row in rows}


def columns_of(
    connection: sqlite3.Connection, table: str, *, after: int | None = None, rows: int = -1
) -> tuple[dict[str, list[Any]], int | None]:
    """Return values of a table by column, its key (``fid``) left out, and the key of the last row; dates are texts.

    They are those of so many rows, -1 of all, whose key is greater than ``after``; the key is None where there are none.
    """
    described = connection.execute("SELECT name, type, pk FROM pragma_table_info(?)", (table,)).fetchall()
    quoted = '"' + table.replace('"', '""') + '"'  # a name from the file's own list
    if is_view(connection, table):
        # A view has no row numbers to go on from; its key is a column like others (GeoPackage 1.3, 2.1.1: fid by custom).
        found = connection.execute(f"SELECT * FROM {quoted}").fetchall() if after is None else []  # noqa: S608 # nosec B608
        described = [(name, kind, name.lower() in VIEW_KEYS) for name, kind, _ in described]
        return _by_column(described, found), len(found) or None
    least = -(1 << 63) if after is None else after + 1
    query = f"SELECT rowid AS skyfri_key, * FROM {quoted} WHERE rowid >= ? ORDER BY rowid LIMIT ?"  # noqa: S608 # nosec B608
    found = connection.execute(query, (least, rows)).fetchall()
    return _by_column(described, found), int(found[-1]["skyfri_key"]) if found else None


VIEW_KEYS = {"fid", "ogc_fid"}
"""What the key of a view is called."""


def is_view(connection: sqlite3.Connection, table: str) -> bool:
    """Return True where a layer is a view of tables, not a table."""
    row = connection.execute("SELECT type FROM sqlite_master WHERE name = ? AND type IN ('table', 'view')", (table,)).fetchone()
    return row is not None and row[0] == "view"


def _by_column(described: Sequence[Any], found: Sequence[sqlite3.Row]) -> dict[str, list[Any]]:
    """Return the values of rows by column, keys left out; ``described`` holds name, type and whether it is the key."""
    columns: dict[str, list[Any]] = {}
    for name, kind, key in described:
        if not key:
            as_bool = str(kind).upper() == "BOOLEAN"
            columns[str(name)] = [bool(row[name]) if as_bool and row[name] is not None else row[name] for row in found]
    return columns


def srs_id_of(connection: sqlite3.Connection, table: str) -> int:
    """Return the ``srs_id`` of a table."""
    row = connection.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (table,)).fetchone()
    return int(row[0])


def widen_extent(connection: sqlite3.Connection, table: str, bounds: Bounds) -> None:
    """Make the stated extent of a table (what a viewer zooms to) cover ``bounds`` too."""
    west, south, east, north = bounds
    connection.execute(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),"
        " min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2),"
        " max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4) WHERE table_name = ?5",
        (west, south, east, north, table),
    )
