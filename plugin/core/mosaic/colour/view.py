"""Normalise scenes to the view from the vertical: from the side of the sun ground looks brighter than from the other.

A scene's samples are multiplied by the c-factor f(sun, nadir) / f(sun, view), where f = iso + vol K_vol + geo K_geo is
the reflectance by the RossThick and LiSparse-Reciprocal kernels (height to breadth of crowns 2, round crowns) with one
set of parameters for all land, and the sun stays where it stood. It varies over tens of kilometres, so it is worked out
on the nodes of the local factors and travels with them. What a scene's mean gain and offset still lack is left to the
balance, which sees the normalised cells; an offset is multiplied as well when rendered, which moves one of 60 by less
than 4 at the edge of the swath.

References
----------
Roy et al. (2016), doi:10.1016/j.rse.2016.01.023 (c-factor, parameters of the visible, near and short-wave infrared);
Roy et al. (2017a), doi:10.1016/j.rse.2017.06.019 (the same for Sentinel-2); Roy et al. (2017b), doi:10.3390/rs9121325
(red edge); Lucht, Schaaf & Strahler (2000), doi:10.1109/36.841980 (kernels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...base.lazy import changed_when_read
from ...base.progress import SILENT, Progress
from ...raster.grid import Grid
from ...scenes import Scene
from ...scenes.angles import Directions, sun_on, view_on
from ...scenes.msi import MSI
from ..plan.lattice import CellLattice
from ..plan.plan import MosaicPlan
from .cells import SceneCells, cell_centres
from .fields import NODE_M, DodgeField, NodeLattice

NAMED = 3
"""Scenes without angle grids that a warning names."""


def view_fields(plan: MosaicPlan, lattice: CellLattice, progress: Progress = SILENT) -> dict[int, DodgeField]:
    """Return the c-factor of each scene on its nodes, by rank; scenes without a grid of view angles have none and are named."""
    nodes = NodeLattice.around(plan, lattice, NODE_M)
    fields, lacking = {}, []
    for placed in plan.scenes:
        grid = nodes.grid.crop(nodes.windows[placed.rank])
        if not _has_grid(placed.scene):
            lacking.append(placed.scene.id)
        elif not nodes.windows[placed.rank].is_empty:
            fields[placed.rank] = DodgeField(np.log(c_factors(placed.scene, grid, plan.bands)).astype(np.float32), grid)
    if lacking:
        shown = ", ".join(lacking[:NAMED]) + (" ..." if len(lacking) > NAMED else "")
        progress.warn(
            f"{len(lacking)} of {len(plan.scenes)} scenes state no grid of sun and view angles and are not normalised to the view from "
            f"the vertical; give products with their tile metadata (MTD_TL.xml), or stacks prepared from such: {shown}"
        )
    return fields


def _has_grid(scene: Scene) -> bool:
    """Tell whether it is known how the view changes over the scene; one mean direction is nothing that a gain is not."""
    return scene.sun is not None and any(angles.zenith_deg.size > 1 for angles in scene.view.values())


def c_factors(scene: Scene, grid: Grid, bands: Sequence[str]) -> np.ndarray:
    """Return (bands, rows, cols) float64, what a scene's samples are multiplied by to look as from the vertical.

    Bands whose view the scene does not state take the mean view of those it does. Raises `InputError` where it states
    no sun or no view at all.
    """
    sun = sun_on(scene, grid)
    stated = {band for band, _ in scene.view}
    mean = None if stated.issuperset(bands) else view_on(scene, grid)
    views = [view_on(scene, grid, band) if band in stated or mean is None else mean for band in bands]
    return np.stack([c_factor(sun, view, band) for view, band in zip(views, bands, strict=True)])


def c_factor(sun: Directions, view: Directions, band: str) -> np.ndarray:
    """Return the reflectance seen from the vertical over that seen from ``view``.

    Model: c = f(sun, nadir) / f(sun, view), f the kernel model of `reflectance` with one set of parameters for all land.
    Units: directions in degrees; the factor has none.
    Shapes: that of the directions, (rows, cols).
    Source: Roy et al. (2016), doi:10.1016/j.rse.2016.01.023; Roy et al. (2017), doi:10.1016/j.rse.2017.06.019.
    """
    azimuth = np.deg2rad(sun.azimuth_deg.astype(float) - view.azimuth_deg)
    sun_zenith, view_zenith = (np.deg2rad(angles.zenith_deg.astype(float)) for angles in (sun, view))
    return reflectance(sun_zenith, np.zeros_like(view_zenith), azimuth, band) / reflectance(sun_zenith, view_zenith, azimuth, band)


def reflectance(sun_zenith: np.ndarray, view_zenith: np.ndarray, azimuth: np.ndarray, band: str) -> np.ndarray:
    """Return the modelled reflectance; ``azimuth`` is that between sun and view.

    Model: isotropic + volumetric * K_vol + geometric * K_geo, with the parameters of the band (`MSI`).
    Units: angles in radians; reflectance from 0 to 1.
    Shapes: that of the angles.
    Source: Lucht, Schaaf and Strahler (2000), doi:10.1109/36.841980; parameters of Roy et al. (2016), doi:10.1016/j.rse.2016.01.023.
    """
    isotropic, volumetric, geometric = MSI[band].kernels
    return np.asarray(
        isotropic
        + volumetric * ross_thick(sun_zenith, view_zenith, azimuth)
        + geometric * li_sparse_reciprocal(sun_zenith, view_zenith, azimuth)
    )


def ross_thick(sun_zenith: np.ndarray, view_zenith: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Return the volumetric kernel: a dense canopy of small leaves.

    Model: ((pi/2 - xi) cos xi + sin xi) / (cos sun + cos view) - pi/4, xi the angle between both directions.
    Units: angles in radians; the kernel has none.
    Shapes: that of the angles.
    Source: Lucht, Schaaf and Strahler (2000), doi:10.1109/36.841980.
    """
    cosine = _cosine_between(sun_zenith, view_zenith, azimuth)
    angle = np.arccos(cosine)
    lit = (np.pi / 2 - angle) * cosine + np.sin(angle)
    return np.asarray(lit / (np.cos(sun_zenith) + np.cos(view_zenith)) - np.pi / 4)


def li_sparse_reciprocal(sun_zenith: np.ndarray, view_zenith: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Return the geometric kernel: sparse crowns and their shadows.

    Model: overlap - secants + (1 + cos xi) sec sun sec view / 2 for round crowns, h/b = 2 and b/r = 1.
    Units: angles in radians; the kernel has none.
    Shapes: that of the angles.
    Source: Lucht, Schaaf and Strahler (2000), doi:10.1109/36.841980.
    """
    tan_sun, tan_view = np.tan(sun_zenith), np.tan(view_zenith)
    secants = 1 / np.cos(sun_zenith) + 1 / np.cos(view_zenith)
    distance_sq = tan_sun**2 + tan_view**2 - 2 * tan_sun * tan_view * np.cos(azimuth)
    height = 2 * np.sqrt(np.maximum(distance_sq, 0) + (tan_sun * tan_view * np.sin(azimuth)) ** 2) / secants
    t = np.arccos(np.clip(height, -1, 1))
    overlap = (t - np.sin(t) * np.cos(t)) * secants / np.pi
    cosine = _cosine_between(sun_zenith, view_zenith, azimuth)
    return np.asarray(overlap - secants + (1 + cosine) / (2 * np.cos(sun_zenith) * np.cos(view_zenith)))


def _cosine_between(sun_zenith: np.ndarray, view_zenith: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between sun and satellite, for angles in radians of any one shape."""
    along = np.cos(sun_zenith) * np.cos(view_zenith)
    return np.clip(along + np.sin(sun_zenith) * np.sin(view_zenith) * np.cos(azimuth), -1, 1)


def normalise_cells(cells: Sequence[SceneCells], fields: Mapping[int, DodgeField], lattice: CellLattice) -> Sequence[SceneCells]:
    """Return the cells as they would look from the vertical; scenes without a field as they are."""

    def normalised(scene: SceneCells) -> SceneCells:
        if scene.rank not in fields or not len(scene.keys):
            return scene
        return replace(scene, medians=scene.medians * np.exp(fields[scene.rank].at(*cell_centres(scene.keys, lattice))).T)

    return changed_when_read(normalised, cells)


def describe_view(plan: MosaicPlan, fields: Mapping[int, DodgeField]) -> dict[str, object]:
    """Return how many scenes were normalised and, by band, between which factors."""
    ranges = {}
    for number, band in enumerate(plan.bands):
        layers = [np.exp(field.of_band(number).log_factor) for field in fields.values()]
        if layers:
            ranges[band] = [round(float(min(layer.min() for layer in layers)), 4), round(float(max(layer.max() for layer in layers)), 4)]
    return {"scenes": len(fields), "of": len(plan.scenes), "factors": ranges}
