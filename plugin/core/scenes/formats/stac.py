"""Read the JSON documents beside band files: STAC items, and ``tileInfo.json`` of the AWS layout."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeGuard

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ...base.errors import InputError
from ..msi import band_of_wavelength
from ..naming import band_of_file, normal_band, without_suffix
from ..scene import Facts
from .facts import facts_of_name, parse_time

_LEVELS = {"S2MSI1C": "L1C", "S2MSI2A": "L2A"}


def parse_json(data: bytes, name: str) -> dict[str, Any]:
    """Return a JSON object; raises `InputError` where it is malformed."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no well-formed JSON ({error}); fetch the product again.") from error
    return value if isinstance(value, dict) else {}


def is_item(document: Mapping[str, Any]) -> bool:
    """Return True for a STAC item."""
    return document.get("type") == "Feature" and isinstance(document.get("assets"), dict) and isinstance(document.get("properties"), dict)


def band_assets(item: Mapping[str, Any], files: Iterable[str]) -> dict[str, str]:
    """Return band to file for the item's assets that lie among ``files``, beside the item or where it says.

    An asset's band is what its file is called, else the name in ``eo:bands``, else its key.
    """
    present = {PurePosixPath(file).name: file for file in sorted(files, reverse=True)}
    found: dict[str, str] = {}
    for key, asset in _assets(item):
        file = present.get(PurePosixPath(str(asset.get("href", "")).split("?")[0]).name)
        band = _band_of(key, asset, file) if file else ""
        if file and band:
            found.setdefault(band, file)
    return found


def facts_of_item(item: Mapping[str, Any]) -> Facts:
    """Return what a STAC item states.

    The radiometric offset is that of ``raster:bands``, unless ``earthsearch:boa_offset_applied`` says that the
    pixels hold it already.
    """
    properties = item["properties"]
    uri = without_suffix(str(properties.get("s2:product_uri", "")))
    named = facts_of_name(uri)
    offsets, scales = _radiometry(item)
    orbit = properties.get("sat:relative_orbit", named.relative_orbit)
    return Facts(
        id=str(item.get("id", "")) or uri,
        sensed=parse_time(str(properties.get("datetime", ""))),
        tile=_tile_of(properties) or named.tile,
        platform=str(properties.get("platform", "")).lower().replace("sentinel-", "S").upper() or named.platform,
        relative_orbit=orbit if isinstance(orbit, int) else None,
        datatake=str(properties.get("s2:datatake_id", "")),
        level=_LEVELS.get(str(properties.get("s2:product_type", "")), named.level),
        baseline=str(properties.get("s2:processing_baseline", properties.get("processing:version", named.baseline))),
        offsets={} if properties.get("earthsearch:boa_offset_applied") is True else offsets,
        scales=scales,
        footprint=_geometry(item.get("geometry")),
        footprint_crs="EPSG:4326",
    )


def facts_of_tile_info(document: Mapping[str, Any]) -> Facts:
    """Return what ``tileInfo.json`` or ``productInfo.json`` of the AWS layout states."""
    geometry = document.get("tileDataGeometry")
    crs = ""
    if isinstance(geometry, dict):
        crs = "EPSG:" + str(geometry.get("crs", {}).get("properties", {}).get("name", "")).rpartition(":")[2]
    product = str(document.get("productName") or document.get("name") or "")
    named = facts_of_name(product)
    parts = (document.get("utmZone"), document.get("latitudeBand"), document.get("gridSquare"))
    return Facts(
        sensed=parse_time(str(document.get("timestamp", ""))),
        tile=_mgrs(*parts) or named.tile,
        platform=named.platform,
        relative_orbit=named.relative_orbit,
        datatake=str(document.get("datatakeIdentifier", "")),
        level=named.level,
        baseline=named.baseline,
        footprint=_geometry(geometry) if crs else None,
        footprint_crs=crs,
    )


def _assets(item: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(key, asset) for key, asset in item["assets"].items() if isinstance(asset, dict)]


def _band_of(key: str, asset: Mapping[str, Any], file: str) -> str:
    named = band_of_file(file)
    if named:
        return named[0]
    stated = bands_of_asset(asset)
    return (stated[0] or normal_band(key)) if len(stated) == 1 else ""


def bands_of_asset(asset: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the bands of an asset in the order of its samples, empty for each that its item does not tell.

    A band is what its name says, else its common name, with its wavelength where several bands share that one.
    """
    return tuple(_band_stated(band) for band in asset.get("eo:bands") or asset.get("bands") or [])


def _band_stated(band: Mapping[str, Any]) -> str:
    common = str(band.get("common_name") or band.get("eo:common_name") or "")
    named = normal_band(str(band.get("name") or "")) or normal_band(common)
    micrometres = band.get("center_wavelength", band.get("eo:center_wavelength"))
    if named or not _is_number(micrometres):
        return named
    return band_of_wavelength(common, micrometres * 1000)


def _radiometry(item: Mapping[str, Any]) -> tuple[dict[str, float] | None, dict[str, float] | None]:
    """Return offset in DN and scale of each band, None where the item states none."""
    offsets: dict[str, float] = {}
    scales: dict[str, float] = {}
    for key, asset in _assets(item):
        band = _band_of(key, asset, str(asset.get("href", "")))
        samples = (asset.get("raster:bands") or asset.get("bands") or [{}])[0]
        scale = samples.get("scale", samples.get("raster:scale", asset.get("raster:scale")))
        offset = samples.get("offset", samples.get("raster:offset", asset.get("raster:offset")))
        if not band or band in scales or not _is_number(scale) or scale <= 0:
            continue
        scales[band] = float(scale)
        if _is_number(offset):
            offsets[band] = float(offset) / float(scale)
    return offsets or None, scales or None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _tile_of(properties: Mapping[str, Any]) -> str:
    parts = [properties.get(f"mgrs:{name}") for name in ("utm_zone", "latitude_band", "grid_square")]
    return _mgrs(*parts) or str(properties.get("s2:mgrs_tile", "")) or str(properties.get("grid:code", "")).removeprefix("MGRS-")


def _mgrs(zone: object, band: object, square: object) -> str:
    return f"{zone!s:0>2}{band}{square}" if zone and band and square else ""


def _geometry(value: object) -> BaseGeometry | None:
    try:
        geometry = shape(value) if isinstance(value, dict) else None
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return geometry if geometry is not None and geometry.geom_type in {"Polygon", "MultiPolygon"} else None
