"""Tables of features in files: one way to read them and one to write them.

Any format that OGR knows is read through GeoPandas. On Fiona that builds every outline from Python numbers, which takes
seconds for the half million corners of a few cloudy scenes, and an editor who looks at a correction waits for them. A
GeoPackage, in which editors work, holds its outlines as GEOS reads them; it is read from SQLite at once. Whatever SQLite
and GEOS cannot make sense of is left to GDAL, and so is the complaint.
"""

from __future__ import annotations

import importlib.util
import logging
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from pyproj.exceptions import CRSError

from . import geopackage
from .drafts import remove_leftovers
from .errors import InputError, OutputError

log = logging.getLogger(__name__)

_DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf"}
_SHORT_NAMES = {"confidence": "confid", "resolution": "resol_m", "thresholds": "thresh"}


def read_frame(path: str | Path, layer: str = "", *, what: str = "polygons", remedy: str = "check file and layer name") -> gpd.GeoDataFrame:
    """Return the features of a layer, the first one of the file where none is named.

    ``path`` may end in ``|layername=...``; ``what`` and ``remedy`` are words of the error messages. Raises `InputError`
    for what cannot be read or holds no geometries.
    """
    file, _, named = str(path).partition("|layername=")
    layer = layer or named
    frame = _read_geopackage(Path(file), layer) if file.lower().endswith(".gpkg") else None
    if frame is None:
        try:
            frame = gpd.read_file(file, layer=layer) if layer else gpd.read_file(file)
        except Exception as error:  # fiona and pyogrio share no error class
            raise InputError(f"{path} cannot be read as {what} ({str(error).splitlines()[0]}); {remedy}.") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{path} holds no geometries; give a layer of {what}.")
    return frame


def _read_geopackage(path: Path, layer: str) -> gpd.GeoDataFrame | None:
    """Return the features of a GeoPackage's layer, None where GDAL must tell what it is."""
    try:
        with geopackage.reading(path) as connection:
            layers = geopackage.layers_of(connection)
            table = layer or next(iter(layers), "")
            if table not in layers:
                return None
            columns = geopackage.columns_of(connection, table)
            crs = geopackage.crs_of(connection, table)
        shapes = geopackage.from_blobs(columns.pop(layers[table]))
        return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs or None)
    except (InputError, shapely.errors.ShapelyError, CRSError, KeyError, IndexError, TypeError) as error:
        log.debug("%s is left to GDAL: %s", path, error)
        return None


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
    folder = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    if driver == "ESRI Shapefile":
        frame = frame.rename(columns=_SHORT_NAMES)
    try:
        folder.mkdir(parents=True)
        options = {"layer": layer} if driver == "GPKG" else {}
        frame.to_file(str(folder / target.name), driver=driver, **options, **({} if len(frame) else _kind_of_empty(frame)))
        for part in sorted(folder.iterdir()):
            part.replace(target.parent / part.name)
    except Exception as error:  # fiona and pyogrio share no error class
        raise OutputError(f"{target} cannot be written ({str(error).splitlines()[0]}); choose a folder you may write to.") from error
    finally:
        with suppress(OSError):
            for part in folder.iterdir():
                part.unlink()
            folder.rmdir()
