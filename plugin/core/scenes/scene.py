"""What is known of one Sentinel-2 acquisition of one tile, without its pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from shapely.geometry.base import BaseGeometry

from ..raster.grid import Grid


@dataclass(frozen=True)
class BandFile:
    """Where the samples of one band are, and how they become reflectance.

    reflectance = (DN + ``offset``) * ``scale`` for DN other than 0; DN 0 is nodata.
    """

    path: str
    """A path GDAL opens, ``/vsizip/`` included."""
    index: int = 1
    """Number of the band in that file, 1-based."""
    offset: float = 0.0
    """Radiometric offset in DN, as the metadata state it (``RADIO_ADD_OFFSET``, ``BOA_ADD_OFFSET``)."""
    scale: float = 1e-4
    """Reflectance of one DN (1 / quantification value)."""


@dataclass(frozen=True, eq=False)
class AngleGrid:
    """Zenith and azimuth on a coarse grid of nodes, NaN where the metadata hold none."""

    zenith_deg: np.ndarray
    """(rows, cols), degrees from the vertical."""
    azimuth_deg: np.ndarray
    """(rows, cols), degrees clockwise from north, the direction towards sun or satellite."""
    x_m: float
    """Easting of the first node in the scene's CRS (upper left corner of the tile)."""
    y_m: float
    """Northing of the first node."""
    step_m: float
    """Distance between nodes, 5000 m in products of ESA; rows run south."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What one document states of a product; None or empty where it is silent."""

    id: str = ""
    """Name of the product."""
    sensed: datetime | None = None
    """Sensing time, UTC."""
    tile: str = ""
    """MGRS tile such as ``33TWM``."""
    platform: str = ""
    """``S2A``, ``S2B``, ..."""
    relative_orbit: int | None = None
    """1 to 143."""
    datatake: str = ""
    """Datatake identifier."""
    level: str = ""
    """``L1C``, ``L2A``; ``L1B`` and the like where the product is no tile."""
    baseline: str = ""
    """Processing baseline such as ``05.10``."""
    offsets: Mapping[str, float] | None = None
    """Band to radiometric offset in DN; an empty mapping states that there is none to apply."""
    scales: Mapping[str, float] | None = None
    """Band to reflectance of one DN."""
    footprint: BaseGeometry | None = None
    """Area with data in ``footprint_crs``, x before y."""
    footprint_crs: str = ""
    """CRS of ``footprint``."""
    sun: AngleGrid | None = None
    """Direction of the sun."""
    view: Mapping[tuple[str, int], AngleGrid] | None = None
    """(band, detector) to the direction of the satellite; detector 0 is a mean over detectors."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One acquisition of one tile: facts, no pixels. Cheap to copy and to send to a worker."""

    id: str
    """Product name without suffix, tag ``SCENE_ID``, or the file's stem; unique in a mosaic."""
    path: str
    """The path that was opened."""
    sensed: datetime | None
    """Sensing time in UTC (time zone aware), None where nothing states it."""
    tile: str
    """MGRS tile such as ``33TWM``, empty where unknown."""
    platform: str
    """``S2A``, ``S2B``, ``S2C`` or empty."""
    relative_orbit: int | None
    """1 to 143."""
    datatake: str
    """Datatake identifier; scenes that share it were taken in one pass. Empty where unknown."""
    level: str
    """``L1C``, ``L2A`` or empty."""
    baseline: str
    """Processing baseline such as ``05.10``, empty where unknown."""
    bands: Mapping[str, BandFile]
    """Band name (``B02``, ``B8A``, ...) to its samples; the file of the finest resolution where there are several."""
    grid: Grid
    """Grid of the finest band, from the raster itself."""
    footprint: BaseGeometry
    """Area with data in the CRS of ``grid``; the grid's outline where nothing states it."""
    sun: AngleGrid | None = None
    """Direction of the sun."""
    view: Mapping[tuple[str, int], AngleGrid] = field(default_factory=dict)
    """(band, detector) to the direction of the satellite; detectors count from 1, 0 is a mean over them."""
    notes: tuple[str, ...] = ()
    """What whoever uses the scene should know of its files: damaged documents, facts that had to be assumed."""

    @classmethod
    def from_facts(cls, facts: Facts, path: str, bands: Mapping[str, BandFile], grid: Grid, footprint: BaseGeometry) -> Scene:
        """Return the scene that facts, of whatever format, tell of; the facts name it, and the rasters give bands and grid.

        ``footprint`` is in the CRS of ``grid``, the finest of the bands' grids; that of the facts may be in another.
        """
        return cls(
            id=facts.id,
            path=path,
            sensed=facts.sensed,
            tile=facts.tile,
            platform=facts.platform,
            relative_orbit=facts.relative_orbit,
            datatake=facts.datatake,
            level=facts.level,
            baseline=facts.baseline,
            bands=bands,
            grid=grid,
            footprint=footprint,
            sun=facts.sun,
            view=facts.view or {},
        )

    def without_angles(self) -> Scene:
        """Return the scene without its angle grids: what a task needs of it that reads samples alone."""
        return replace(self, sun=None, view={})

    @property
    def files(self) -> frozenset[str]:
        """The path that was opened and those of the bands."""
        return frozenset({self.path, *(file.path for file in self.bands.values())})
