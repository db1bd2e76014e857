"""What a set of sample scenes is to be like."""

from __future__ import annotations

from dataclasses import dataclass

from ...plugin.core.scenes.msi import TEN_BANDS

TILE_M = 109_800.0
"""Side of a tile of the Sentinel-2 tiling grid."""

OVERLAP_M = 9_800.0
"""Overlap of two neighbouring tiles of that grid."""

WEATHER = ("clear", "cumulus", "sheet", "cirrus", "mixed", "overcast")
"""Kinds of sky a date can have."""


@dataclass(frozen=True)
class SampleOptions:
    """Tiles, dates and what is done to them; equal options give equal files.

    A tuple that is shorter than the dates is repeated.
    """

    tiles: int = 2
    """Number of tiles, north to south first: 2 are one above the other, 4 a square."""
    dates: int = 3
    """Number of dates; every tile is seen on each."""
    size_px: int = 366
    """Rows and columns of the 10 m bands, a multiple of 6; 10980 is full size."""
    pixel_m: float | None = None
    """Pixel size of the 10 m bands; None for that of a whole tile (109 800 m / ``size_px``)."""
    seed: int = 7
    """Another seed gives another country and other clouds."""
    level: str = "L2A"
    """``L1C`` (at the top of the atmosphere) or ``L2A`` (at the ground)."""
    baselines: tuple[str, ...] = ("05.10",)
    """Processing baseline per date; products from 04.00 on carry the offset of -1000."""
    bands: tuple[str, ...] = TEN_BANDS
    """Bands of band-stacks; products hold all of their level."""
    weather: tuple[str, ...] = ("cumulus", "sheet", "mixed")
    """Sky per date, of `WEATHER`."""
    gains: tuple[float, ...] | None = None
    """Gain per date, the same for all bands; None for gains drawn per band within ``gain_spread``."""
    gain_spread: float = 0.08
    """Largest departure of a drawn gain from 1."""
    gain_per_tile: bool = False
    """True for gains drawn per tile and date; else the tiles of one date share theirs, as on one pass."""
    haze: tuple[float, ...] = (0.0,)
    """Reflectance added in B02 per date, less in longer waves."""
    drift: tuple[float, ...] = (0.0,)
    """Deviation per date of a smooth factor (wavelength 60 km) that no gain removes."""
    season: tuple[float, ...] = (0.0,)
    """Share of the fields that bear another crop than on the first date, per date."""
    missed: tuple[float, ...] = (0.0,)
    """Share of the cloud and shadow area that ``clouds.gpkg`` lacks, per date."""
    swath_cut: tuple[float, ...] = (0.0, 0.25, 0.0)
    """Share of the breadth beyond the western edge of the swath, per date: nodata there."""
    noise_dn: float = 6.0
    """Deviation of the sensor's noise in 1/10 000."""
    zones: int = 1
    """2 puts the eastern half of the columns into the next UTM zone."""
    shift_px: float = 0.0
    """Fraction of a pixel by which each further tile leaves the first one's lattice; 0.5 occurs at 120 m."""
    overlap_m: float = OVERLAP_M
    """Overlap of neighbours, made a multiple of 6 pixels and at most a third of a tile."""
    first_day: str = "2023-06-14"
    """Date of the first pass."""
    block_px: int = 384
    """Side of the blocks that are made at once, a multiple of 6; the result does not depend on it."""

    def __post_init__(self) -> None:
        if self.size_px % 6 or self.block_px % 6 or self.size_px < 36 or self.block_px < 6:
            raise ValueError(f"size_px {self.size_px} and block_px {self.block_px} must be multiples of 6, size_px at least 36")
        if self.level not in ("L1C", "L2A"):
            raise ValueError(f"level {self.level!r} is neither L1C nor L2A")
        if self.tiles < 1 or self.dates < 1 or self.zones not in (1, 2):
            raise ValueError("tiles and dates must be at least 1, zones 1 or 2")
        unknown = set(self.weather) - set(WEATHER)
        if unknown:
            raise ValueError(f"weather {sorted(unknown)} is unknown; choose of {WEATHER}")

    @property
    def ground_m(self) -> float:
        """Pixel size of the 10 m bands in metres."""
        return self.pixel_m or TILE_M / self.size_px

    @property
    def overlap_px(self) -> int:
        """Overlap of neighbouring tiles in pixels, a multiple of 6."""
        return min(round(self.overlap_m / self.ground_m / 6), self.size_px // 18) * 6
