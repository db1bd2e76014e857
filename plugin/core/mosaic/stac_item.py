"""Describe a product as a STAC item, so that catalogues and QGIS find it.

References
----------
STAC specification 1.0.0, https://stacspec.org; extensions projection 2.0.0, eo 1.1.0, raster 1.1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rasterio.warp import transform

from ..grid import Grid
from ..raster import grid_of, open_raster
from ..scenes import Scene
from ..textfile import write_text

_EXTENSIONS = [
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
]
_COMMON_NAMES = {
    "B01": "coastal", "B02": "blue", "B03": "green", "B04": "red", "B05": "rededge", "B06": "rededge", "B07": "rededge", "B08": "nir",
    "B8A": "nir08", "B09": "nir09", "B10": "cirrus", "B11": "swir16", "B12": "swir22",
}  # fmt: skip
MEDIA_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
"""What the asset is."""


def item_path(product: Path) -> Path:
    """Return where the item of a product lies: beside it, so that it does not meet a report of the same name."""
    return product.with_name(f"{product.stem}.stac.json")


def write_item(product: Path, scenes: Sequence[Scene], *, reflectance: bool = False) -> Path:
    """Write the item of one raster beside it and return its path; raises `OutputError`.

    ``scenes`` are those that show in it; ``reflectance`` says that samples are reflectance x 10000.
    """
    target = item_path(product)
    write_text(target, json.dumps(make_item(product, scenes, reflectance=reflectance), indent=1))
    return target


def make_item(product: Path, scenes: Sequence[Scene], *, reflectance: bool = False) -> dict[str, Any]:
    """Return the item of one raster; links are relative to the item, scenes are named where they were opened."""
    with open_raster(product) as dataset:
        grid, nodata, dtype = grid_of(dataset), dataset.nodata, dataset.dtypes[0]
        names = [name or f"band {number}" for number, name in enumerate(dataset.descriptions, 1)]
    outline = footprint(grid)
    scale = {"scale": 1e-4, "offset": 0.0, "unit": "reflectance"} if reflectance else {}
    asset = {
        "href": f"./{product.name}",
        "type": MEDIA_TYPE,
        "roles": ["data"],
        "eo:bands": [{"name": name, **_common(name)} for name in names],
        "raster:bands": [{"data_type": dtype, "nodata": nodata, "spatial_resolution": grid.pixel_m, **scale} for _ in names],
    }
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": _EXTENSIONS,
        "id": product.stem,
        "bbox": [round(value, 7) for value in outline.bounds],
        "geometry": json.loads(shapely.to_geojson(outline)),
        "properties": {**_times(scenes), "platform": "sentinel-2", "gsd": grid.pixel_m, **_projection(grid)},
        "links": [{"rel": "derived_from", "href": scene.path, "title": scene.id} for scene in scenes],
        "assets": {"data": asset},
    }


def footprint(grid: Grid) -> shapely.Polygon:
    """Return the outline of a grid in longitude and latitude, its edges followed closely enough to hold every pixel."""
    west, south, east, north = grid.bounds
    ring = shapely.segmentize(shapely.box(*grid.bounds), max(east - west, north - south) / 16)
    x, y = shapely.get_coordinates(ring).T
    lon, lat = transform(grid.crs, "EPSG:4326", x, y)
    return shapely.Polygon(np.round(np.column_stack((lon, lat)), 7))


def _common(name: str) -> dict[str, str]:
    return {"common_name": _COMMON_NAMES[name]} if name in _COMMON_NAMES else {}


def _times(scenes: Sequence[Scene]) -> Mapping[str, str | None]:
    sensed = sorted(scene.sensed for scene in scenes if scene.sensed is not None)
    if not sensed:  # an item must state a time
        return {"datetime": _stamp(datetime.now(UTC))}
    first, last = _stamp(sensed[0]), _stamp(sensed[-1])
    return {"datetime": first if first == last else None, "start_datetime": first, "end_datetime": last}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _projection(grid: Grid) -> dict[str, Any]:
    code = {"proj:code": grid.crs} if grid.crs.startswith("EPSG:") else {"proj:code": None, "proj:wkt2": grid.crs}
    return {**code, "proj:shape": list(grid.shape), "proj:transform": list(grid.transform)[:6]}
