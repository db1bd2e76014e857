"""How two orthos are matched."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..base.errors import InputError


@dataclass(frozen=True)
class MatchOptions:
    """Parameters of a match; defaults suit two orthos of one acquisition at 10 m."""

    spacing_px: int = 16
    """Distance of the points of the table."""
    node_px: int = 28
    """Distance of the nodes of the displacement field: 28 for plain work, 12 where fine elevation models are compared."""
    stiffness: float = 1.0
    """Weight of the field's smoothness against the images."""
    least_correlation: float = 0.5
    """Points whose surroundings correlate less are not kept."""
    back_px: float = 0.3
    """Points whose way there and back ends farther off are not kept."""
    search_px: int = 64
    """Largest displacement of the whole image that is looked for."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("SPACING", self.spacing_px, 4, 512),
            ("NODES", self.node_px, 8, 128),
            ("search", self.search_px, 0, 512),
        ):
            if not low <= value <= high:
                raise InputError(f"{name} is {value} px; give {low} to {high}.")
        if self.node_px % 4:
            raise InputError(f"NODES is {self.node_px} px; give a multiple of 4, such as {self.node_px // 4 * 4 + 4}.")


@dataclass(frozen=True)
class CompareOptions:
    """Parameters of a comparison."""

    band: str = "B04"
    """Band that is matched, the same on both sides."""
    match: MatchOptions = field(default_factory=MatchOptions)
    """How it is matched."""
    dem_a: str = ""
    """Elevation model that A was made with, a path; empty where it is not at hand."""
    dem_b: str = ""
    """That of B."""

    def __post_init__(self) -> None:
        if bool(self.dem_a) != bool(self.dem_b):
            missing, given = ("DEM_B", self.dem_a) if self.dem_a else ("DEM_A", self.dem_b)
            raise InputError(f"{missing} is missing beside {given}; give both elevation models, or neither.")
