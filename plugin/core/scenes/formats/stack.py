"""Open a band-stack GeoTIFF: descriptions name its bands, and its samples are reflectance x 10000 with nothing to apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from ...base.errors import InputError
from ...raster.grid import Grid
from ...raster.read import grid_of, open_raster
from ..angles import grid_of_plane, mean_sun, mean_view, plane_of, single_direction
from ..naming import normal_band
from ..scene import AngleGrid, BandFile, Facts, Scene
from .facts import facts_of_name, merge_facts, parse_time

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
    bands = {name: BandFile(str(path), index) for index, name in enumerate(names, 1) if name}
    stated = _facts_of_tags(tags, tags.get("SCENE_ID") or path.stem, bands, grid)
    facts = merge_facts([stated, facts_of_name(stated.id)])
    return Scene.from_facts(facts, str(path), bands, grid, _footprint(tags.get("FOOTPRINT", ""), grid))


def _facts_of_tags(tags: Mapping[str, str], scene_id: str, bands: Iterable[str], grid: Grid) -> Facts:
    """Return what `tags_of` wrote, as far as it is there."""
    orbit = tags.get("ORBIT", "").lstrip("Rr0")
    view = _direction(tags, "VIEW", grid)
    return Facts(
        id=scene_id,
        sensed=parse_time(tags.get("SENSED", "")) or parse_time(tags.get("DATE", "")),
        tile=tags.get("TILE", "").removeprefix("T"),
        platform=tags.get("PLATFORM", ""),
        relative_orbit=int(orbit) if orbit.isdigit() else None,
        datatake=tags.get("DATATAKE", ""),
        level=tags.get("LEVEL", ""),
        baseline=tags.get("BASELINE", ""),
        sun=_direction(tags, "SUN", grid),
        view={(name, 0): view for name in bands} if view else None,
    )


def tags_of(scene: Scene) -> dict[str, str]:
    """Return the tags by which a stack tells again what is known of its scene; facts that are unknown are left out."""
    tags = {
        "SCENE_ID": scene.id,
        "SENSED": scene.sensed.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if scene.sensed else "",
        "DATE": scene.sensed.strftime("%Y-%m-%d") if scene.sensed else "",
        "TILE": scene.tile,
        "PLATFORM": scene.platform,
        "ORBIT": str(scene.relative_orbit or ""),
        "DATATAKE": scene.datatake,
        "LEVEL": scene.level,
        "BASELINE": scene.baseline,
        "FOOTPRINT": shapely.to_wkt(scene.footprint, rounding_precision=0),
    }
    for name, known, mean in (("SUN", scene.sun is not None, mean_sun), ("VIEW", bool(scene.view), mean_view)):
        if known:
            tags[f"{name}_ZENITH"], tags[f"{name}_AZIMUTH"] = (f"{angle:.4f}" for angle in mean(scene))
            tags[f"{name}_PLANE"] = " ".join(f"{value:.9g}" for value in plane_of(scene, name.lower()) or ())
    return {key: value for key, value in tags.items() if value}


def _direction(tags: Mapping[str, str], name: str, grid: Grid) -> AngleGrid | None:
    """Return a direction as it changes over the stack, or its mean where no more is known."""
    plane, mean = (_numbers(tags, keys) for keys in ((f"{name}_PLANE",), (f"{name}_ZENITH", f"{name}_AZIMUTH")))
    if len(plane) == 8:
        return grid_of_plane(plane, grid)
    return single_direction(*mean, grid.bounds[0], grid.bounds[3]) if len(mean) == 2 else None


def _numbers(tags: Mapping[str, str], keys: Sequence[str]) -> tuple[float, ...]:
    try:
        found = tuple(float(text) for key in keys for text in tags.get(key, "").split())
    except ValueError:
        return ()
    return found if np.isfinite(found).all() else ()


def _footprint(wkt: str, grid: Grid) -> BaseGeometry:
    outline = box(*grid.bounds)
    try:
        area = shapely.make_valid(shapely.from_wkt(wkt)).intersection(outline) if wkt else outline
    except shapely.errors.ShapelyError:
        return outline
    return area if area.area > 0 else outline


def band_names(descriptions: Sequence[str | None]) -> list[str]:
    """Return the band that each description names, empty where it names none."""
    return [normal_band(text or "") for text in descriptions]
