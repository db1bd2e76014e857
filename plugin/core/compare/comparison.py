"""The values of a comparison: its sides, what was found, and what to write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .coarse import CoarseShift
from .displacement import Displacements
from .options import CompareOptions
from .sides import Ortho, Shared, open_ortho, shared_pixels


@dataclass(frozen=True)
class ComparisonOutputs:
    """What to write; None for what is not wanted."""

    layer: Path
    """Points."""
    shift: Path | None = None
    """Raster of dx, dy and sigma."""
    karios: Path | None = None
    """Table in the form of KARIOS."""
    report_json: Path | None = None
    """Report for programs."""
    report_html: Path | None = None
    """Report for people."""


@dataclass(frozen=True, eq=False)
class Sides:
    """Two orthos, opened and found to fit."""

    a: Ortho
    """The one whose places are asked about."""
    b: Ortho
    """The one in which its features are looked for."""
    shared: Shared
    """The pixels both have."""

    @classmethod
    def opened(cls, path_a: str, path_b: str, band: str) -> Sides:
        """Return the sides that two paths name; raises `InputError` where they do not fit."""
        a, b = open_ortho(path_a, band), open_ortho(path_b, band)
        return cls(a, b, shared_pixels(a, b))


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was found."""

    sides: Sides
    """The orthos."""
    options: CompareOptions
    """How they were compared."""
    start: CoarseShift
    """How far the whole image lies apart."""
    found: Displacements
    """Points."""
    figures: dict[str, Any]
    """Figures of the kept points."""
    relief: dict[str, Any]
    """What elevation explains; empty where neither view angles nor elevation models are known."""
    seconds: dict[str, float]
    """Seconds of each step."""
