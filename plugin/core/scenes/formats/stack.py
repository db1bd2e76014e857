"""Open a band-stack GeoTIFF: descriptions name its bands, and its samples are reflectance x 10000 with nothing to apply."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely
from rasterio.io import DatasetReader
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from ...base.errors import InputError
from ...raster.grid import Grid
from ...raster.read import grid_of, masked_path, open_raster, reading
from ..angles import grid_of_plane, mean_sun, mean_view, plane_of, single_direction
from ..naming import normal_band, other_sensor
from ..scene import AngleGrid, BandFile, Facts, Scene
from .facts import facts_of_name, merge_facts, parse_time

SMALLEST_SCALE = 1e-7
"""Smallest reflectance of one sample that is believed."""
REFLECTANCE_TOP, PERCENT_TOP = 2.0, 200.0
"""Brightest samples of reflectance from 0 to 1 and of percent: snow and cloud go beyond 1."""
LOOK_PX = 512
"""Side of the coarse look at a band's samples."""
SUFFIXES = {".tif", ".tiff", ".vrt"}
"""Files that may be band stacks."""


def open_stack(path: Path) -> Scene:
    """Open a prepared stack, or any GeoTIFF whose band descriptions name Sentinel-2 bands.

    Raises `InputError` where no description names a band, one band is named twice, or samples are 8-bit.
    """
    with open_raster(path) as dataset:
        grid = grid_of(dataset)
        tags: Mapping[str, str] = {key.upper(): str(value).strip() for key, value in dataset.tags().items()}
        foreign = next(filter(None, map(other_sensor, (path.name, *filter(None, dataset.descriptions)))), "")
        names = band_names(dataset.descriptions)
        types = set(dataset.dtypes)
        shown = masked_path(path, dataset)
        doubled = sorted(name for name, count in Counter(filter(None, names)).items() if count > 1)
        is_picture = bool(types & {"uint8", "int8"})
        looked_at = [] if foreign or doubled or is_picture else [index for index, name in enumerate(names, 1) if name]
        radiometry = {index: _radiometry_of(path, dataset, index) for index in looked_at}
    if foreign:
        raise InputError(f"{path} is of {foreign}, not of Sentinel-2, whose bands have other numbers; give a Sentinel-2 stack.")
    if not any(names):
        raise InputError(f"{path} has no band descriptions such as B02; set them (gdal_edit.py or QGIS) so that bands are known.")
    if doubled:
        raise InputError(f"{path} describes {', '.join(doubled)} more than once; give each band one description.")
    if is_picture:
        raise InputError(f"{path} is an 8-bit picture; give the 16-bit stack with reflectance x 10000.")
    bands = {name: BandFile(shown, index, *radiometry[index]) for index, name in enumerate(names, 1) if name}
    stated = _facts_of_tags(tags, tags.get("SCENE_ID") or path.stem, bands, grid)
    facts = merge_facts([stated, facts_of_name(stated.id)])
    return Scene.from_facts(facts, str(path), bands, grid, _footprint(tags.get("FOOTPRINT", ""), grid))


def _radiometry_of(path: Path, dataset: DatasetReader, index: int) -> tuple[float, float]:
    """Return offset (in samples) and scale by which a band's samples become reflectance: those that the file states, else 1e-4.

    Samples that are all small are looked at: floats from 0 to 1 are reflectance as it is. Raises `InputError` for what is neither
    that nor reflectance x 10000, and for numbers that cannot be meant.
    """
    scale, offset = dataset.scales[index - 1], dataset.offsets[index - 1]
    if (scale, offset) != (1.0, 0.0):
        if not (math.isfinite(scale) and math.isfinite(offset) and SMALLEST_SCALE <= scale <= 1 and abs(offset) <= 1):
            raise InputError(f"{path} states the scale {scale} and the offset {offset} of reflectance in band {index}; correct them.")
        return offset / scale, scale
    if dataset.tags().get("SCENE_ID"):
        return 0.0, 1e-4  # a stack of our own
    top = _brightest(dataset, index)
    if top is None or top > PERCENT_TOP:
        return 0.0, 1e-4
    if dataset.dtypes[index - 1].startswith("float") and top <= REFLECTANCE_TOP:
        return 0.0, 1.0
    kind = "percent" if top > REFLECTANCE_TOP else "no reflectance x 10000"
    raise InputError(
        f"The samples of {path} reach no more than {top:.4g} in band {index} and seem to be {kind}; give reflectance x 10000 "
        "(or 0 to 1 as float), or state scale and offset in the file."
    )


def _brightest(dataset: DatasetReader, index: int) -> float | None:
    """Return a high percentile of a band's data, looked at coarsely; None where it holds none."""
    rows, cols = (max(1, min(side, LOOK_PX)) for side in dataset.shape)
    with reading(dataset):
        samples = dataset.read(index, out_shape=(rows, cols), masked=True).compressed().astype(float)
    samples = samples[np.isfinite(samples) & (samples != 0)]
    return float(np.percentile(samples, 99.9)) if len(samples) else None


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
