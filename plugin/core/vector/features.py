"""Read and write tables of features in files.

GeoPandas reads any format that OGR knows. On Fiona it builds every outline from Python numbers, which takes seconds for the
half million corners of a few cloudy scenes, while an editor waits to see a correction. Editors work in a GeoPackage, which
holds outlines as GEOS reads them, so this module reads a GeoPackage from SQLite directly. Where SQLite or GEOS cannot, GDAL
reads the file, and GDAL words the complaint.
"""

from __future__ import annotations

import errno
import importlib.util
import logging
import shutil
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from pyproj.exceptions import CRSError

from ..base.drafts import draft_beside, not_written, place_of, remove_draft_folder, remove_leftovers
from ..base.errors import InputError, OutputError, UnsafeInputError, first_line
from ..raster.admitted import check_virtual
from . import geopackage

log = logging.getLogger(__name__)

_FOR_GDAL = (InputError, shapely.errors.ShapelyError, CRSError, KeyError, IndexError, TypeError)
_DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf"}
LEAST_FILE_BYTES, ROW_BYTES = 200_000, 300
"""What an empty GeoPackage takes, and a row besides its outline."""
_SHORT_NAMES = {"confidence": "confid", "resolution": "resol_m", "thresholds": "thresh"}


def read_frame(path: str | Path, layer: str = "", *, what: str = "polygons", remedy: str = "check file and layer name") -> gpd.GeoDataFrame:
    """Return the features of a layer, the first one of the file where none is named.

    ``path`` may end in ``|layername=...``; ``what`` and ``remedy`` are words of the error messages. Raises `InputError`
    for what cannot be read or holds no geometries.
    """
    with closing(read_pieces(path, layer, rows=None, what=what, remedy=remedy)) as pieces:
        return next(pieces)


def read_pieces(
    path: str | Path,
    layer: str = "",
    *,
    rows: int | None,
    what: str = "polygons",
    remedy: str = "check file and layer name",
) -> Generator[gpd.GeoDataFrame, None, None]:
    """Yield the features of a layer as `read_frame` does, a GeoPackage so many rows at once; a layer without any yields once."""
    file, _, named = str(path).partition("|layername=")
    layer = layer or named
    done = 0
    try:
        check_virtual(file)
    except UnsafeInputError as error:
        raise InputError(f"{path} cannot be read as {what}: {error}") from error
    if file.lower().endswith(".gpkg"):
        try:
            for frame in _geopackage_pieces(Path(file), layer, rows):
                yield frame
                done += len(frame)
            return
        except UnsafeInputError as error:
            raise InputError(f"{path} cannot be read as {what}: {error}.") from error
        except _FOR_GDAL as error:
            log.debug("%s is left to GDAL: %s", path, error)
    try:
        frame = gpd.read_file(file, layer=layer) if layer else gpd.read_file(file)
    except Exception as error:  # fiona and pyogrio share no error class
        raise InputError(f"{path} cannot be read as {what} ({first_line(error)}); {remedy}.") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{path} holds no geometries; give a layer of {what}.")
    yield frame.iloc[done:]


def _geopackage_pieces(path: Path, layer: str, rows: int | None) -> Iterator[gpd.GeoDataFrame]:
    """Yield the features of a GeoPackage's layer; raises one of `_FOR_GDAL` where GDAL must tell what it is.

    The file is open while a piece is read and not while somebody works on it: an editor can save in between.
    """
    after: int | None = None
    first = True
    while first or after is not None:
        with geopackage.reading(path) as connection:
            layers = geopackage.layers_of(connection)
            table = layer or next(iter(layers), "")
            crs = geopackage.crs_of(connection, table)
            geometry = layers[table]
            columns, after = geopackage.columns_of(connection, table, after=after, rows=-1 if rows is None else rows)
        if first or after is not None:
            shapes = geopackage.from_blobs(columns.pop(geometry))
            yield gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs or None)
        first = False
        if rows is None:
            return


def _kind_of_empty(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what tells the writing library fields and geometries of a table that has no row to guess them from."""
    if importlib.util.find_spec("fiona") is None:
        return {"engine": "pyogrio", "geometry_type": "Polygon"}
    kinds = {"f": "float", "i": "int", "u": "int", "b": "bool", "M": "datetime"}
    fields = frame.drop(columns=frame.geometry.name).dtypes.items()
    properties = {str(name): kinds.get(getattr(kind, "kind", "O"), "str") for name, kind in fields}
    return {"engine": "fiona", "schema": {"geometry": "Polygon", "properties": properties}}


def write_frame(path: str | Path, frame: gpd.GeoDataFrame, layer: str) -> None:
    """Write any table of polygons beside ``path`` and rename it; raises `OutputError`."""
    target = Path(path)
    driver = _DRIVERS.get(target.suffix.lower())
    if driver is None:
        raise OutputError(f"{target} has no known vector suffix; use .gpkg, .shp, .geojson or .fgb.")
    remove_leftovers(target)
    place = place_of(target)
    folder = draft_beside(place)
    if driver == "ESRI Shapefile":
        frame = frame.rename(columns=_SHORT_NAMES)
    try:
        folder.mkdir(parents=True)
        _check_room(folder, frame)
        options = {"layer": layer} if driver == "GPKG" else {}
        frame.to_file(str(folder / place.name), driver=driver, **options, **({} if len(frame) else _kind_of_empty(frame)))
        _check_count(folder / place.name, len(frame))
        for part in sorted(folder.iterdir()):
            if driver == "GPKG":
                geopackage.replace_file(part, place.parent / part.name)
            else:
                part.replace(place.parent / part.name)
    except Exception as error:  # fiona and pyogrio share no error class
        if isinstance(error, OutputError):
            raise
        raise OutputError(not_written(target, error, needed_bytes=_size_of(frame))) from error
    finally:
        with suppress(OSError):
            remove_draft_folder(folder, place)


def _check_room(folder: Path, frame: gpd.GeoDataFrame) -> None:
    """Raise `OSError` where a disk has no room for a table.

    It is looked at first: after Fiona 1.9 has met a full disk, GDAL's errors no longer reach Rasterio, and truncated scenes read as zeros.
    """
    if shutil.disk_usage(folder).free < LEAST_FILE_BYTES + _size_of(frame):
        raise OSError(errno.ENOSPC, "No space left on device")


def _size_of(frame: gpd.GeoDataFrame) -> int:
    """Return about how many bytes a table takes in a file."""
    return sum(map(len, shapely.to_wkb(frame.geometry.dropna().values))) + ROW_BYTES * len(frame)


def _check_count(path: Path, count: int) -> None:
    """Raise `OSError` where a file holds fewer features than were written: GDAL keeps silent of some when a disk fills."""
    if path.suffix.lower() == ".gpkg":
        with geopackage.reading(path) as connection:
            (table,) = geopackage.layers_of(connection)
            found = geopackage.count_of(connection, table)
    else:
        found = len(gpd.read_file(path))
    if found != count:
        raise OSError(errno.ENOSPC, "No space left on device")
