"""Cloud and shadow polygons, the value that flows from model or editor to the mosaic, and their files."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..base.errors import InputError
from ..base.progress import SILENT, Progress, check
from ..raster.grid import normal_crs
from ..vector.features import read_frame, read_pieces, write_frame

log = logging.getLogger(__name__)

CLASSES = ("cloud", "shadow")
"""The classes a polygon can have."""
ROWS_AT_ONCE = 5000
"""Features of a piece of a large layer: outlines of a cloudy tile have some fifty corners each, single ones a hundred thousand."""


@dataclass(frozen=True, eq=False)
class CloudPolygons:
    """Polygons of one or many scenes in one CRS."""

    frame: gpd.GeoDataFrame
    """Columns ``scene``, ``class`` (cloud or shadow), ``confidence`` (mean probability 0 to 1), ``area_m2``, ``model``,
    ``origin`` (model, geometry, editor), and whatever else the source holds; one valid polygon per row."""

    @property
    def crs(self) -> str:
        """CRS of the polygons."""
        return normal_crs(self.frame.crs)

    def of_scene(self, scene_id: str) -> np.ndarray:
        """Return the geometries of one scene, both classes."""
        chosen = self.frame.loc[self.frame["scene"] == scene_id, "geometry"]
        return np.asarray(chosen.values, dtype=object)

    def in_crs(self, crs: str) -> CloudPolygons:
        """Return the polygons reprojected; the same object where the CRS is that already."""
        return self if crs == self.crs else CloudPolygons(self.frame.to_crs(crs))

    def pieces(self, progress: Progress = SILENT) -> Iterator[CloudPolygons]:
        """Yield the polygons at once."""
        yield self


@dataclass(frozen=True)
class PolygonFile:
    """A layer of cloud and shadow polygons that need not fit into memory."""

    path: str
    """A file of any OGR format."""
    layer: str = ""
    """Name of the layer in it, empty for the first."""

    @property
    def uri(self) -> str:
        """File and layer as one text."""
        return f"{self.path}|layername={self.layer}" if self.layer else self.path

    def pieces(self, progress: Progress = SILENT) -> Iterator[CloudPolygons]:
        """Yield the polygons as `read_polygons` returns them, a GeoPackage piece by piece."""
        odd: Counter[str] = Counter()
        for frame in read_pieces(self.path, self.layer, rows=ROWS_AT_ONCE):
            check(progress)
            polygons, found = _mend(frame, self.path)
            odd += found
            yield polygons
        _tell_odd(odd, self.path, progress)


def read_polygons(path: str | Path, layer: str | None = None, progress: Progress = SILENT) -> CloudPolygons:
    """Read polygons of any OGR format.

    Invalid ones are mended and counted in a warning, empty ones dropped; an empty layer is a result, not an
    error. Raises `InputError` for a file without the fields ``scene`` and ``class`` or with other classes.
    """
    return clean(read_frame(path, layer or ""), str(path), progress)


def clean(frame: gpd.GeoDataFrame, name: str, progress: Progress = SILENT) -> CloudPolygons:
    """Return the polygons of a table, mended, singled and checked; ``name`` is what messages call it."""
    polygons, odd = _mend(frame, name)
    _tell_odd(odd, name, progress)
    return polygons


def _mend(frame: gpd.GeoDataFrame, name: str) -> tuple[CloudPolygons, Counter[str]]:
    """Return the polygons of a table, and how many features were ``kept``, ``mended``, ``flat`` or ``bare``."""
    missing = [field for field in ("scene", "class") if field not in frame.columns]
    if missing and len(frame):
        raise InputError(f"{name} lacks the field {' and '.join(missing)}; cloud polygons need scene and class (cloud, shadow).")
    frame = frame.reindex(columns=[*dict.fromkeys([*frame.columns, "scene", "class"])])
    if frame.crs is None:
        if len(frame):
            raise InputError(f"{name} has no coordinate reference system; assign one first.")
        frame = frame.set_crs("EPSG:4326")
    bare = frame.geometry.isna() | frame.geometry.is_empty
    frame = frame[~bare]
    flat = shapely.get_dimensions(frame.geometry.values) < 2
    frame = frame[~flat].copy()
    frame["scene"] = frame["scene"].astype(str)
    frame["class"] = frame["class"].astype(str).str.strip().str.lower()
    unknown = sorted(set(frame["class"]) - set(CLASSES))
    if unknown:
        raise InputError(f"{name} holds the class {', '.join(unknown)}; only cloud and shadow are known.")
    invalid = ~shapely.is_valid(frame.geometry.values)
    if invalid.any():
        mended = frame.geometry.values.copy()
        mended[invalid] = shapely.make_valid(np.asarray(mended[invalid], dtype=object))
        frame = frame.set_geometry(gpd.GeoSeries(mended, index=frame.index, crs=frame.crs))
    while _collected(frame).any():
        frame = frame.explode(index_parts=False, ignore_index=True)  # mending nests a multipolygon in a collection
    frame = frame[shapely.get_type_id(frame.geometry.values) == shapely.GeometryType.POLYGON]
    odd = Counter(kept=len(invalid), mended=int(invalid.sum()), flat=int(flat.sum()), bare=int(bare.sum()))
    return CloudPolygons(frame.reset_index(drop=True)), odd


def _tell_odd(odd: Counter[str], name: str, progress: Progress) -> None:
    """Warn of features that were mended or left out; raises `InputError` where none of many has an area."""
    if odd["flat"] and not odd["kept"]:
        raise InputError(f"{name} holds points or lines and no polygon; give the layer of cloud and shadow outlines.")
    if odd["flat"]:
        progress.warn(f"{name}: {odd['flat']} feature(s) that are no polygons left out.")
    if odd["bare"]:
        progress.warn(f"{name}: {odd['bare']} feature(s) without an outline left out; what they should hide stays in view.")
    if odd["mended"]:
        progress.warn(f"{name}: {odd['mended']} invalid polygon(s) mended.")


def _collected(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Return True for the rows that hold a collection, of one part or many."""
    return np.asarray(shapely.get_type_id(frame.geometry.values) > shapely.GeometryType.POLYGON)


def merge(parts: list[CloudPolygons], crs: str) -> CloudPolygons:
    """Return the polygons of all parts in one CRS."""
    frames = [part.in_crs(crs).frame for part in parts if len(part.frame)]
    if not frames:
        nothing = {name: np.empty(0, object) for name in ("scene", "class")}
        return parts[0].in_crs(crs) if parts else CloudPolygons(gpd.GeoDataFrame(nothing, geometry=[], crs=crs))
    return CloudPolygons(gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs))


def write_polygons(path: str | Path, polygons: CloudPolygons, layer: str = "clouds") -> None:
    """Write polygons; the format follows the suffix (GeoPackage, shapefile, GeoJSON, FlatGeobuf).

    The file appears by rename when complete. Field names are shortened to ten characters for a shapefile.
    """
    write_frame(path, polygons.frame, layer)
