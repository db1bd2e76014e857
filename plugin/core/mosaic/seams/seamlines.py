"""Seamlines: the area of each scene as polygons, out of a mosaic and back into the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.features import shapes
from shapely.geometry import shape

from ...base.errors import InputError
from ...base.progress import SILENT, Progress
from ...raster.grid import boxes_meet, normal_crs
from ...raster.read import open_raster
from ...regions.rings import Outlines, gather
from ...vector.features import read_frame, write_frame
from ..plan.plan import MosaicPlan


def trace_seamlines(source_path: str | Path, scene_ids: Sequence[str]) -> gpd.GeoDataFrame:
    """Return polygons with ``scene``, ``index`` and ``area_m2``: a partition of the covered area along pixel edges."""
    with open_raster(source_path) as dataset:
        crs = normal_crs(dataset.crs)
        found = [(shape(outline), int(rank)) for outline, rank in shapes(rasterio.band(dataset, 1), connectivity=4) if rank]
    geometries = np.array([geometry for geometry, _ in found], dtype=object)
    ranks = [rank for _, rank in found]
    return gpd.GeoDataFrame(
        {"scene": [scene_ids[rank - 1] for rank in ranks], "index": ranks, "area_m2": shapely.area(geometries)},
        geometry=list(geometries),
        crs=crs,
    )


def write_seamlines(path: str | Path, frame: gpd.GeoDataFrame) -> None:
    """Write seamline polygons; the format follows the suffix."""
    write_frame(path, frame, "seamlines")


def read_seamlines(path: str, plan: MosaicPlan, progress: Progress = SILENT, *, folder: Path | None = None) -> Mapping[int, Outlines]:
    """Return the outlines by rank of a seam layer with the field ``scene``; raises `InputError` where it names none.

    They are kept in files of ``folder`` where one is given.

    ``path`` may end in ``|layername=...``. Where polygons of two scenes overlap, the scene of higher priority wins.
    """
    frame = read_frame(path, remedy="check SEAMLINES")
    if "scene" not in frame.columns or frame.crs is None:
        raise InputError(f"{path} lacks the field scene or a CRS; give seam polygons that name their scene.")
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs(plan.grid.crs)
    frame["scene"] = frame["scene"].astype(str)
    rank_of = plan.rank_of
    known = frame[frame["scene"].isin(list(rank_of))]
    if known.empty:
        raise InputError(f"{path} names no scene of this mosaic; its field scene must hold ids such as {plan.scenes[0].scene.id}.")
    unknown = sorted(set(frame["scene"]) - {*rank_of, *plan.source_names})
    if unknown:
        named = f"{unknown[0]}, {unknown[1]} ..." if len(unknown) > 2 else " and ".join(unknown)
        progress.warn(f"Seam polygons of {named} name no scene of this mosaic; their places go by priority.")
    if not boxes_meet(shapely.total_bounds(known.geometry.values), plan.grid.bounds):
        raise InputError(f"The seam polygons of {path} lie outside the mosaic; check the layer's CRS.")
    mended = (
        (rank_of[name], shapely.make_valid(np.asarray(group.geometry.values, dtype=object))) for name, group in known.groupby("scene")
    )
    return gather(mended, plan.grid, folder)
