"""Make polygons that share their edges of a class raster."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

from ...base.errors import InputError
from ...base.progress import SILENT, Progress, Span, check
from ...raster.grid import Grid
from ...raster.ground import check_metres
from ...raster.read import grid_of, open_raster
from ...regions.assemble import assemble
from ...regions.components import Components, components_of, mask_of, row_blocks
from ...regions.contours import trace
from ...regions.simplify import kept_points
from ..options import LEAST_PX, SIMPLIFY_SHARE, VectorizeOptions
from ..polygons import CloudPolygons
from ..prediction.probabilities import BLOCK_CACHE_BYTES, PROBABILITY_STEPS, Probabilities, read_probabilities
from .class_raster import BUFFERED, CLOUD, FROM_MODEL, NAMES, ORIGINS, SHADOW, ClassRaster, read_classes
from .classify import smallest_px
from .sieve import borders, sieve

log = logging.getLogger(__name__)

COLUMNS = ("scene", "class", "confidence", "max_p", "area_m2", "model", "origin", "thresholds", "resolution", "buffer_m")
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
    facts = _Facts.read(classes_path)
    if prediction_path:
        _check_grids(prediction_path, classes_path, facts.grid)
    with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE_BYTES):
        # Outlines need memory, so rasters that they do not need are read before or after them.
        coverage = _coverage(_faces_of_file(classes_path, options), facts.grid, options, progress)
        evidence = _Evidence.read(prediction_path, classes_path if facts.buffer_m else None) if prediction_path else None
    return _table(coverage, facts, evidence, progress)


def polygons_of(
    raster: ClassRaster,
    options: VectorizeOptions,
    *,
    probabilities: Probabilities | None = None,
    scene_id: str = "",
    progress: Progress = SILENT,
) -> CloudPolygons:
    """Return the polygons of a class raster in memory; ``scene_id`` serves where its tags name no scene."""
    facts = _Facts(raster.grid, raster.tags, scene_id)
    coverage = _coverage(_faces_of(raster, options), raster.grid, options, progress)
    evidence = _Evidence(probabilities, _not_widened(raster.origin) if facts.buffer_m else None) if probabilities else None
    return _table(coverage, facts, evidence, progress)


@dataclass(frozen=True)
class _Facts:
    """What the polygons of one class raster have in common."""

    grid: Grid
    tags: Mapping[str, str]
    scene_id: str

    @classmethod
    def read(cls, path: str | Path) -> _Facts:
        """Read them without the pixels."""
        with open_raster(path) as dataset:
            return cls(grid_of(dataset), dataset.tags(), Path(path).stem)

    @property
    def buffer_m(self) -> float:
        """Distance by which the classes were widened, metres."""
        try:
            return float(self.tags.get("BUFFER_M", 0))
        except ValueError:
            return 0.0


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What a polygon's confidence is drawn from."""

    probabilities: Probabilities
    own: np.ndarray | None
    """True where a pixel is no mere widening, so that the mean leaves that out; None where nothing was widened."""

    @classmethod
    def read(cls, prediction_path: str | Path, classes_path: str | Path | None) -> _Evidence:
        """Read them; without ``classes_path`` nothing was widened."""
        own = _not_widened(read_classes(classes_path).origin) if classes_path else None
        return cls(read_probabilities(prediction_path), own)

    def over(self, found: Components, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the largest probability of each component."""
        if self.own is None:
            return found.sums(values) / found.areas_px / PROBABILITY_STEPS, found.maxima(values) / PROBABILITY_STEPS
        area_px = np.maximum(found.sums(self.own.view(np.uint8)), 1)
        seen = values * self.own
        return found.sums(seen) / area_px / PROBABILITY_STEPS, found.maxima(seen) / PROBABILITY_STEPS


def _not_widened(origin: np.ndarray) -> np.ndarray:
    """Return False where classes were widened."""
    table = np.ones(256, bool)
    table[list(BUFFERED)] = False
    return table[origin]


@dataclass(frozen=True, eq=False)
class _Coverage:
    """Polygons that share their edges, and the components they are the outlines of."""

    geometry: np.ndarray
    found: Components


def _check_grids(prediction_path: str | Path, classes_path: str | Path, grid: Grid) -> None:
    with open_raster(prediction_path) as dataset:
        own = grid_of(dataset)
    if own.shape != grid.shape or own.offset_of(grid) != (0, 0):
        raise InputError(
            f"{prediction_path} and {classes_path} do not lie on one grid; give the prediction that the classes were made from."
        )


def _faces_of_file(path: str | Path, options: VectorizeOptions) -> np.ndarray:
    return _faces_of(read_classes(path), options)


def _faces_of(raster: ClassRaster, options: VectorizeOptions) -> np.ndarray:
    """Return the faces of a raster without what is smaller than asked for."""
    check_metres(raster.grid, "The class raster")
    least_px = smallest_px(options.mmu_ha, raster.grid.pixel_m)
    return _without_scraps(_faces(sieve(raster.classes, least_px), raster.origin), max(least_px, LEAST_PX))


def _without_scraps(faces: np.ndarray, least_px: int) -> np.ndarray:
    """Return the faces with those below ``least_px`` given to the larger one of their class that shares most border with them."""
    if not any((faces[rows] % _ORIGIN_STEP > FROM_MODEL).any() for rows in row_blocks(len(faces))):
        return faces  # one origin, so no two faces of a class touch
    found = components_of(faces)
    small, kind = found.areas_px < least_px, found.values // _ORIGIN_STEP
    one, other, length = borders(found)
    scrap, taker, length = np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([length, length])
    fitting = small[scrap] & ~small[taker] & (kind[scrap] == kind[taker])
    scrap, taker, length = scrap[fitting], taker[fitting], length[fitting]
    becomes = found.values.copy()
    order = np.argsort(length, kind="stable")  # the longest is written last
    becomes[scrap[order]] = found.values[taker[order]]
    out = faces.copy()
    for code in np.unique(becomes[scrap]).tolist():
        chosen = (becomes == code) & (found.values != code)
        for rows, part in mask_of(found.runs, chosen[found.labels]):
            out[rows][part] = code
    return out


def _coverage(faces: np.ndarray, grid: Grid, options: VectorizeOptions, progress: Progress) -> _Coverage:
    """Return the simplified outlines of the faces as polygons."""
    progress.report(0.1, "tracing outlines")
    check(progress)
    outlines = trace(faces)
    check(progress)
    tolerance_m = SIMPLIFY_SHARE * grid.pixel_m if options.simplify_m is None else options.simplify_m
    kept = kept_points(outlines, tolerance_m / grid.pixel_m, Span(progress, 0.3, 0.8))
    progress.report(0.8, "building polygons")
    found = components_of(faces)
    geometry = assemble(outlines, kept, found, grid, options.mmu_ha * 10_000)
    check(progress)
    return _Coverage(geometry, found)


def _table(coverage: _Coverage, facts: _Facts, evidence: _Evidence | None, progress: Progress) -> CloudPolygons:
    """Return the polygons with their fields."""
    there = np.flatnonzero([polygon is not None for polygon in coverage.geometry])
    attributes = _attributes(coverage.found, evidence, facts)
    columns = {name: values[there] for name, values in attributes.items()}
    frame = gpd.GeoDataFrame(columns, geometry=coverage.geometry[there], crs=facts.grid.crs)
    frame["area_m2"] = frame.geometry.area
    check(progress)
    progress.report(1, f"{len(frame)} polygons")
    return CloudPolygons(frame[[*COLUMNS, "geometry"]])


def _faces(classes: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the code of each pixel's face, 0 for clear and nodata."""
    out = np.zeros(classes.shape, np.uint8)
    # What the sieve gave to a class was clear before, so its origin is none, or says that a shadow was refused there.
    polygon_origin = np.full(256, FROM_MODEL, np.uint8)
    for code, around in {**dict(zip(ORIGINS, ORIGINS, strict=True)), **BUFFERED}.items():
        polygon_origin[code] = around
    for rows in row_blocks(len(classes)):
        covered = (classes[rows] == CLOUD) | (classes[rows] == SHADOW)
        source = polygon_origin[origin[rows]]
        out[rows] = np.where(covered, classes[rows] * np.uint8(_ORIGIN_STEP) + source, 0)
    return out


def _attributes(found: Components, evidence: _Evidence | None, facts: _Facts) -> dict[str, np.ndarray]:
    """Return the fields of each component but its area."""
    code, origin = found.values // _ORIGIN_STEP, found.values % _ORIGIN_STEP
    mean, most = np.full(found.count, np.nan), np.full(found.count, np.nan)
    if evidence is not None:
        for which, values in ((CLOUD, evidence.probabilities.cloud), (SHADOW, evidence.probabilities.shadow)):
            chosen = code == which
            means, largest = evidence.over(found, values)
            mean[chosen], most[chosen] = means[chosen], largest[chosen]
    names = np.array(["", *(NAMES[c] for c in (CLOUD, SHADOW))], object)
    origins = np.array(["", *(ORIGINS[o] for o in sorted(ORIGINS))], object)

    def text(tag: str, default: str = "") -> np.ndarray:
        return np.full(found.count, facts.tags.get(tag, default), object)

    return {
        "scene": text("SCENE_ID", facts.scene_id),
        "class": names[code],
        "confidence": np.round(mean, 4),
        "max_p": np.round(most, 4),
        "model": text("MODEL"),
        "origin": origins[origin],
        "thresholds": text("THRESHOLDS"),
        "resolution": np.full(found.count, facts.grid.pixel_m),
        "buffer_m": np.full(found.count, facts.buffer_m),
    }
