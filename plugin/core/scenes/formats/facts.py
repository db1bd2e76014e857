"""Gather the facts of a product from several documents, of which each may be silent on some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from ...raster.grid import Grid
from ..msi import BANDS
from ..naming import parse_product_name
from ..scene import Facts

FOOTPRINT_MARGIN_M = 1000.0
"""Widening of stated footprints: they have few vertices and follow the finest band's detectors only roughly."""


OFFSET_SINCE_BASELINE_04 = -1000.0
"""Radiometric offset of every band since processing baseline 04.00 (Sentinel-2 L1C Data Product Quality Report,
January 2022); only for layouts that carry the baseline but not the document that lists the offsets."""


def merge_facts(documents: Iterable[Facts]) -> Facts:
    """Return, for each fact, what the first document that is not silent says."""
    known = list(documents)
    chosen: dict[str, Any] = {}
    for item in fields(Facts):
        stated = (getattr(document, item.name) for document in known)
        chosen[item.name] = next((value for value in stated if value is not None and value != ""), item.default)
    outlined = next((document for document in known if document.footprint is not None), None)
    chosen["footprint_crs"] = outlined.footprint_crs if outlined else ""
    return Facts(**chosen)


def facts_of_name(name: str) -> Facts:
    """Return what the name of a product or granule says."""
    return Facts(**vars(parse_product_name(name)))  # both call each fact the same


def stated_offsets(facts: Facts) -> Mapping[str, float]:
    """Return the radiometric offset of each band in DN.

    Where no document lists offsets (AWS layout, netCDF, loose band files) the processing baseline decides: from
    04.00 on, all bands carry `OFFSET_SINCE_BASELINE_04`. The date never does.
    """
    if facts.offsets is not None:
        return facts.offsets
    return dict.fromkeys(BANDS, OFFSET_SINCE_BASELINE_04) if "04" <= facts.baseline[:2] <= "98" else {}


def parse_time(text: str) -> datetime | None:
    """Return a time of the form 2023-08-15T09:57:57.2462Z (any number of decimals) in UTC, None for anything else."""
    trimmed = text.strip().removesuffix("Z")
    whole, _, decimals = trimmed.partition(".")
    if decimals.isdigit():
        trimmed = f"{whole}.{decimals[:6]:0<6}"
    try:
        time = datetime.fromisoformat(trimmed)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def by_band(values: Mapping[int, float]) -> dict[str, float]:
    """Return values by band name for values by ``band_id`` (0 to 12)."""
    return {BANDS[index]: value for index, value in values.items() if 0 <= index < len(BANDS)}


def footprint_on(grid: Grid, facts: Facts) -> BaseGeometry:
    """Return the area that holds all data, in the CRS of ``grid``; a little too large rather than too small.

    Vertices are transformed and joined by straight lines in the tile's own projection, in which the edges of
    tiles are straight (densifying the edges of a latitude-longitude polygon would bend them by 400 m at 60 N).
    Without a stated footprint, or where it misses the raster, it is the outline of the raster.
    """
    outline = box(*grid.bounds)
    if facts.footprint is None:
        return outline

    project = Transformer.from_crs(facts.footprint_crs, grid.crs, always_xy=True).transform  # inf where undefined
    parts = []
    for polygon in getattr(facts.footprint, "geoms", [facts.footprint]):
        ring = np.column_stack(project(*shapely.get_coordinates(polygon.exterior).T))
        if np.isfinite(ring).all():
            parts.append(shapely.make_valid(Polygon(ring)))
    margin = max(FOOTPRINT_MARGIN_M, 2 * grid.pixel_m)
    area = shapely.union_all(parts).buffer(margin, join_style="mitre").intersection(outline) if parts else outline
    return area if area.area > 0 else outline
