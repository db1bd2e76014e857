"""A band-stack GeoTIFF: bands told by their descriptions, reflectance x 10000, nothing to apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from shapely.geometry import box

from ..errors import InputError
from ..raster import grid_of, open_raster
from .facts import parse_time
from .naming import normal_band, parse_product_name
from .scene import BandFile, Scene

SUFFIXES = {".tif", ".tiff", ".vrt"}
"""Files that may be band stacks."""


def open_stack(path: Path) -> Scene:
    """Open a prepared stack, or any GeoTIFF whose band descriptions name Sentinel-2 bands.

    Raises `InputError` where no description names a band, one band is named twice, or samples are 8-bit.
    """
    with open_raster(path) as dataset:
        grid = grid_of(dataset)
        tags: Mapping[str, str] = {key.upper(): str(value).strip() for key, value in dataset.tags().items()}
        names = band_names(dataset.descriptions)
        types = set(dataset.dtypes)
    if not any(names):
        raise InputError(f"{path} has no band descriptions such as B02; set them (gdal_edit.py or QGIS) so that bands are known.")
    doubled = sorted(name for name, count in Counter(filter(None, names)).items() if count > 1)
    if doubled:
        raise InputError(f"{path} describes {', '.join(doubled)} more than once; give each band one description.")
    if types & {"uint8", "int8"}:
        raise InputError(f"{path} is an 8-bit picture; give the 16-bit stack with reflectance x 10000.")
    scene_id = tags.get("SCENE_ID") or path.stem
    named = parse_product_name(scene_id)
    orbit = tags.get("ORBIT", "").lstrip("Rr0")
    return Scene(
        id=scene_id,
        path=str(path),
        sensed=parse_time(tags.get("SENSED", "")) or parse_time(tags.get("DATE", "")) or named.sensed,
        tile=(tags.get("TILE") or named.tile).removeprefix("T"),
        platform=tags.get("PLATFORM", "") or named.platform,
        relative_orbit=int(orbit) if orbit.isdigit() else named.relative_orbit,
        datatake=tags.get("DATATAKE", ""),
        level=tags.get("LEVEL", "") or named.level,
        baseline=tags.get("BASELINE", "") or named.baseline,
        bands={name: BandFile(str(path), index) for index, name in enumerate(names, 1) if name},
        grid=grid,
        footprint=box(*grid.bounds),
    )


def band_names(descriptions: Sequence[str | None]) -> list[str]:
    """Return the band that each description names, empty where it names none."""
    return [normal_band(text or "") for text in descriptions]
