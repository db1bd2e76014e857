"""Cloud and shadow polygons, the value that flows from model or editor to the mosaic, and their files."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..errors import InputError
from ..features import read_frame, write_frame
from ..grid import normal_crs
from ..progress import SILENT, Progress

log = logging.getLogger(__name__)

CLASSES = ("cloud", "shadow")
"""The classes a polygon can have."""


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


def read_polygons(path: str | Path, layer: str | None = None, progress: Progress = SILENT) -> CloudPolygons:
    """Read polygons of any OGR format.

    Invalid ones are mended and counted in a warning, empty ones dropped; an empty layer is a result, not an
    error. Raises `InputError` for a file without the fields ``scene`` and ``class`` or with other classes.
    """
    return clean(read_frame(path, layer or ""), str(path), progress)


def clean(frame: gpd.GeoDataFrame, name: str, progress: Progress = SILENT) -> CloudPolygons:
    """Return the polygons of a table, mended, singled and checked; ``name`` is what messages call it."""
    missing = [field for field in ("scene", "class") if field not in frame.columns]
    if missing and len(frame):
        raise InputError(f"{name} lacks the field {' and '.join(missing)}; cloud polygons need scene and class (cloud, shadow).")
    frame = frame.reindex(columns=[*dict.fromkeys([*frame.columns, "scene", "class"])])
    if frame.crs is None:
        if len(frame):
            raise InputError(f"{name} has no coordinate reference system; assign one first.")
        frame = frame.set_crs("EPSG:4326")
    frame = _polygonal(frame[~(frame.geometry.isna() | frame.geometry.is_empty)], name, progress).copy()
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
        progress.warn(f"{name}: {int(invalid.sum())} invalid polygon(s) mended.")
    while _collected(frame).any():
        frame = frame.explode(index_parts=False, ignore_index=True)  # mending nests a multipolygon in a collection
    frame = frame[shapely.get_type_id(frame.geometry.values) == shapely.GeometryType.POLYGON]
    return CloudPolygons(frame.reset_index(drop=True))


def _polygonal(frame: gpd.GeoDataFrame, name: str, progress: Progress) -> gpd.GeoDataFrame:
    """Return the rows that have an area; raises `InputError` where none of many has."""
    flat = shapely.get_dimensions(frame.geometry.values) < 2
    if flat.any() and flat.all():
        raise InputError(f"{name} holds points or lines and no polygon; give the layer of cloud and shadow outlines.")
    if flat.any():
        progress.warn(f"{name}: {int(flat.sum())} feature(s) that are no polygons left out.")
    return frame[~flat]


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
