"""Describe a product as a STAC item, so that catalogues and QGIS find it.

References
----------
STAC specification 1.0.0, https://stacspec.org; extensions projection 1.2.0 (the last that has ``proj:epsg``, which
readers such as GDAL before 3.10 look for, beside ``proj:code``), eo 1.1.0, raster 1.1.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.features import shapes
from rasterio.io import DatasetReader
from rasterio.warp import transform
from shapely.geometry import polygon
from shapely.geometry.base import BaseGeometry

from ...base.drafts import write_text
from ...raster.grid import Grid
from ...raster.read import grid_of, open_raster
from ...scenes import Scene
from ...scenes.msi import MSI
from ..plan.plan import MosaicPlan
from .outputs import MosaicOutputs

_PROJECTION = "https://stac-extensions.github.io/projection/v1.2.0/schema.json"
_EO = "https://stac-extensions.github.io/eo/v1.1.0/schema.json"
_RASTER = "https://stac-extensions.github.io/raster/v1.1.0/schema.json"
MEDIA_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
"""What the asset is."""
OUTLINE_PX = 512
"""Longer side of the overview that the footprint is taken from, at most where there are such overviews."""


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
    """Return the item of one raster; links are relative to the item."""
    with open_raster(product) as dataset:
        grid, dtype = grid_of(dataset), dataset.dtypes[0]
        names = [name or f"band {number}" for number, name in enumerate(dataset.descriptions, 1)]
        nodata = {} if dataset.nodata is None else {"nodata": dataset.nodata}
        outline = footprint(grid, outline_data(dataset))
    spectral = all(name in MSI for name in names)
    scale = {"scale": 1e-4, "offset": 0.0, "unit": "reflectance"} if reflectance else {}
    asset = {
        "href": f"./{product.name}",
        "title": product.name,
        "type": MEDIA_TYPE,
        "roles": ["data", "reflectance"] if reflectance else ["visual"] if spectral else ["data"],
        **({"eo:bands": [_band(name) for name in names]} if spectral else {}),
        "raster:bands": [{"data_type": dtype, **nodata, "spatial_resolution": grid.pixel_m, **scale} for _ in names],
    }
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [_PROJECTION, *([_EO] if spectral else []), _RASTER],
        "id": product.stem,
        "bbox": [round(value, 7) for value in outline.bounds],
        "geometry": json.loads(shapely.to_geojson(outline)),
        "properties": {
            **_times(scenes),
            "created": _stamp(datetime.now(UTC)),
            "constellation": "sentinel-2",
            "instruments": ["msi"],
            "gsd": grid.pixel_m,
            **_projection(grid),
        },
        "links": [{"rel": "derived_from", "href": _href(scene.path, product), "title": scene.id} for scene in scenes],
        "assets": {"data": asset},
    }


def _band(name: str) -> dict[str, Any]:
    """Return a band as the extension eo describes it; the wavelength, in micrometres, tells bands of one common name apart."""
    return {"name": name, "common_name": MSI[name].common_name, "center_wavelength": MSI[name].wavelength_nm / 1000}


def _href(path: str, product: Path) -> str:
    """Return the way from a product to a file, the file's own address where there is none."""
    if "://" in path or path.startswith("/vsi"):
        return path
    try:
        return Path(os.path.relpath(path, product.parent)).as_posix()
    except ValueError:  # another drive
        return Path(path).absolute().as_uri()


def outline_data(dataset: DatasetReader) -> BaseGeometry:
    """Return the outline of what is not nodata, in the CRS of the raster, a little wide: every pixel with data is inside.

    It is taken from the first band of an overview and has few vertices. A raster without data has its own outline.
    """
    grid, factors = grid_of(dataset), [1, *dataset.overviews(1)]
    factor = next((factor for factor in factors if max(dataset.shape) / factor <= OUTLINE_PX), factors[-1])
    shape = tuple(-(-n // factor) for n in dataset.shape)
    known = dataset.read(1, out_shape=shape) != (0 if dataset.nodata is None else dataset.nodata)
    corner = grid.transform * Affine.scale(factor)
    parts = [shapely.geometry.shape(part) for part, _ in shapes(known.astype(np.uint8), known, transform=corner)]
    box = shapely.box(*grid.bounds)
    if not parts:
        return box
    cell_m = grid.pixel_m * factor
    whole = shapely.union_all([shapely.Polygon(part.exterior) for part in parts])  # holes are no matter of a footprint
    rough = whole.buffer(2 * cell_m, join_style="mitre").simplify(cell_m)
    return rough.intersection(box)


def footprint(grid: Grid, outline: BaseGeometry | None = None) -> BaseGeometry:
    """Return an outline in the CRS of a grid, that of the grid itself where none is given, in longitude and latitude.

    Its edges are followed closely enough to hold every pixel. Exteriors run counter-clockwise, as RFC 7946 has it.
    """
    west, south, east, north = grid.bounds
    ring = shapely.segmentize(shapely.box(*grid.bounds) if outline is None else outline, max(east - west, north - south) / 16)

    def to_degrees(points: np.ndarray) -> np.ndarray:
        lon, lat = transform(grid.crs, "EPSG:4326", points[:, 0], points[:, 1])
        return np.round(np.column_stack((lon, lat)), 7)

    return shapely.make_valid(orient(shapely.transform(ring, to_degrees)))


def orient(geometry: BaseGeometry) -> BaseGeometry:
    """Return polygons with counter-clockwise exteriors."""
    parts = [polygon.orient(part) for part in shapely.get_parts(geometry)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _times(scenes: Sequence[Scene]) -> Mapping[str, str | None]:
    sensed = sorted(scene.sensed for scene in scenes if scene.sensed is not None)
    if not sensed:  # an item must state a time
        return {"datetime": _stamp(datetime.now(UTC))}
    first, last = _stamp(sensed[0]), _stamp(sensed[-1])
    return {"datetime": first if first == last else None, "start_datetime": first, "end_datetime": last}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _projection(grid: Grid) -> dict[str, Any]:
    authority, _, number = grid.crs.partition(":")
    known = authority == "EPSG" and number.isdigit()
    code: dict[str, Any] = {"proj:epsg": int(number) if known else None, "proj:code": grid.crs if known else None}
    if not known:
        code["proj:wkt2"] = CRS.from_user_input(grid.crs).to_wkt(version="WKT2_2019")
    return {**code, "proj:bbox": list(grid.bounds), "proj:shape": list(grid.shape), "proj:transform": list(grid.transform)[:6]}


def write_items(plan: MosaicPlan, scenes: Sequence[Mapping[str, Any]], outputs: MosaicOutputs) -> None:
    """Write a STAC item beside each raster; ``scenes`` are those of the report. Raises `OutputError`."""
    behind = plan.backdrop.members if plan.backdrop else ()
    shown = [placed.scene for placed, said in zip(plan.scenes, scenes, strict=True) if said["area_m2"] or placed.rank in behind]
    for path in (outputs.mosaic, outputs.rgb, outputs.source, outputs.density, outputs.dates):
        if path is not None:
            write_item(path, shown, reflectance=path == outputs.mosaic)
