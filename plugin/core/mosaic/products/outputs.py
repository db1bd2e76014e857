"""Where the products of a mosaic go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MosaicOutputs:
    """Where the results go; a product whose path is None is not made."""

    mosaic: Path
    """16-bit product, reflectance x 10000."""
    rgb: Path | None = None
    """8-bit product B04 B03 B02, data 1..254."""
    source: Path | None = None
    """1-based index of each pixel's scene."""
    density: Path | None = None
    """Count of clear observations."""
    seamlines: Path | None = None
    """Polygons of the scenes' areas."""
    dates: Path | None = None
    """Date of each pixel in days since 1970-01-01."""
    downloads: Path | None = None
    """Folder of the 16-bit and the 8-bit product cut into squares, with an index layer."""
    suspects: Path | None = None
    """Polygons where a scene disagrees with the others: cloud left?"""
    holes: Path | None = None
    """Polygons of the places that scenes cover but none shows clearly."""
    report_json: Path | None = None
    """Figures for programs."""
    report_html: Path | None = None
    """Figures for people."""
    balance: Path | None = None
    """Gains and offsets of each scene, for another run."""
    work: Path | None = None
    """Folder of finished blocks, kept for the next run; None for a hidden one beside the mosaic, removed when all is written."""

    @property
    def paths(self) -> dict[str, Path]:
        """Name to path of what was asked for, the work folder included."""
        return {name: path for name, path in vars(self).items() if path}
