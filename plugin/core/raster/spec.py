"""What a raster to be written is like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .grid import Grid


@dataclass(frozen=True)
class RasterSpec:
    """What a raster to be written is like."""

    grid: Grid
    """Pixels and CRS."""
    dtype: str
    """NumPy name of the sample type."""
    descriptions: tuple[str, ...]
    """Name of each band; their number is the number of bands."""
    nodata: float | None = 0
    """Value of pixels without data."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Dataset metadata."""
    overview_resampling: str = "average"
    """GDAL's name; ``nearest`` or ``mode`` for classes and indices."""
    is_rgb: bool = False
    """The three bands are red, green and blue."""
