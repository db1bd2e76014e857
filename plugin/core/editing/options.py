"""What counts as a disagreement of neighbouring tiles. Imports nothing heavy: dialogs declare their fields from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NeighbourOptions:
    """What counts as a problem."""

    tolerance_m: float = 40.0
    """Differences narrower than this are none; twice the default simplification of guidelines."""
    min_area_m2: float = 10_000.0
    """Smallest problem reported on ground that both tiles cover, one hectare."""
    min_length_m: float = 100.0
    """Shortest problem reported along an edge where tiles only touch."""
