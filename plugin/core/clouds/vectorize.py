"""From a class raster to polygons that share their edges."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, Span, check
from .assemble import assemble
from .classes import CLOUD, FROM_MODEL, NAMES, ORIGINS, SHADOW, ClassRaster, read_classes
from .classify import smallest_px
from .components import Components, components_of
from .options import SIMPLIFY_SHARE, VectorizeOptions
from .outlines import trace
from .polygons import CloudPolygons
from .predict import PROBABILITY_STEPS
from .probabilities import Probabilities, read_probabilities
from .sieve import sieve
from .simplify import kept_points

log = logging.getLogger(__name__)

COLUMNS = ("scene", "class", "confidence", "max_p", "area_m2", "model", "origin", "thresholds", "resolution")
"""Fields of the polygons, in order."""

_ORIGIN_STEP = 8
"""A face is one class of one origin; its code is class * this + origin."""


def vectorize(
    classes_path: str | Path,
    options: VectorizeOptions,
    *,
    prediction_path: str | Path | None = None,
    progress: Progress = SILENT,
) -> CloudPolygons:
    """Return the polygons of a class raster, with the prediction's probabilities as their confidence.

    One part per polygon, all valid, none overlapping, shared edges identical. Without a prediction confidence and
    ``max_p`` are missing (NaN). Raises `InputError` where the two rasters do not lie on each other.
    """
    raster = read_classes(classes_path)
    probabilities = read_probabilities(prediction_path) if prediction_path else None
    if probabilities and (probabilities.grid.shape != raster.grid.shape or probabilities.grid.offset_of(raster.grid) != (0, 0)):
        raise InputError(
            f"{prediction_path} and {classes_path} do not lie on one grid; give the prediction that the classes were made from."
        )
    return polygons_of(raster, options, probabilities=probabilities, scene_id=Path(classes_path).stem, progress=progress)


def polygons_of(
    raster: ClassRaster,
    options: VectorizeOptions,
    *,
    probabilities: Probabilities | None = None,
    scene_id: str = "",
    progress: Progress = SILENT,
) -> CloudPolygons:
    """Return the polygons of a class raster in memory; ``scene_id`` serves where its tags name no scene."""
    pixel_m = raster.grid.pixel_m
    classes = sieve(raster.classes, smallest_px(options.mmu_ha, pixel_m))
    faces = _faces(classes, raster.origin)
    progress.report(0.1, "tracing outlines")
    check(progress)
    outlines = trace(faces)
    check(progress)
    tolerance_m = SIMPLIFY_SHARE * pixel_m if options.simplify_m is None else options.simplify_m
    kept = kept_points(outlines, tolerance_m / pixel_m, Span(progress, 0.3, 0.8))
    progress.report(0.8, "building polygons")
    found = components_of(faces)
    geometry = assemble(outlines, kept, found, raster.grid, options.mmu_ha * 10_000)
    there = np.flatnonzero([polygon is not None for polygon in geometry])
    check(progress)
    attributes = _attributes(found, probabilities, raster, scene_id)
    frame = gpd.GeoDataFrame({name: values[there] for name, values in attributes.items()}, geometry=geometry[there], crs=raster.grid.crs)
    frame["area_m2"] = frame.geometry.area
    progress.report(1, f"{len(frame)} polygons")
    return CloudPolygons(frame[[*COLUMNS, "geometry"]])


def _faces(classes: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the code of each pixel's face, 0 for clear and nodata."""
    covered = (classes == CLOUD) | (classes == SHADOW)
    # What the sieve gave to a class was clear before, so its origin is none, or says that a shadow was refused there.
    source = np.where(np.isin(origin, list(ORIGINS)), origin, FROM_MODEL)
    return np.where(covered, classes * np.uint8(_ORIGIN_STEP) + source, 0).astype(np.uint8)


def _attributes(found: Components, probabilities: Probabilities | None, raster: ClassRaster, scene_id: str) -> dict[str, np.ndarray]:
    """Return the fields of each component but its area."""
    code, origin = found.values // _ORIGIN_STEP, found.values % _ORIGIN_STEP
    mean, most = np.full(found.count, np.nan), np.full(found.count, np.nan)
    if probabilities is not None:
        for which, values in ((CLOUD, probabilities.cloud), (SHADOW, probabilities.shadow)):
            chosen = code == which
            mean[chosen] = (found.sums(values) / found.areas_px / PROBABILITY_STEPS)[chosen]
            most[chosen] = (found.maxima(values) / PROBABILITY_STEPS)[chosen]
    names = np.array(["", *(NAMES[c] for c in (CLOUD, SHADOW))], object)
    origins = np.array(["", *(ORIGINS[o] for o in sorted(ORIGINS))], object)

    def text(tag: str, default: str = "") -> np.ndarray:
        return np.full(found.count, raster.tags.get(tag, default), object)

    return {
        "scene": text("SCENE_ID", scene_id),
        "class": names[code],
        "confidence": np.round(mean, 4),
        "max_p": np.round(most, 4),
        "model": text("MODEL"),
        "origin": origins[origin],
        "thresholds": text("THRESHOLDS"),
        "resolution": np.full(found.count, raster.grid.pixel_m),
    }
