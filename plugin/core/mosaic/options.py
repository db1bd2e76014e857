"""What a user chooses of a mosaic. Imports nothing heavy: dialogs declare their fields from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..base.errors import InputError

BALANCES = ("none", "global", "local")
"""none: as they are; global: a gain per scene and band; local: a smooth bounded field per scene besides."""
SEAMS = ("priority", "optimal", "layer")
"""priority: the first clear scene; optimal: a minimum cut after balancing; layer: the polygons given."""
FILLS = ("none", "direct", "blended", "p25", "p50", "p75")
"""none: clouds of the scene that is first or named by a seam stay empty; direct: other scenes as they are; blended: joined at the rim;
p25, p50, p75: percentile of the clear observations of a period, band by band."""
FILL_PERCENTILES = {"p25": 25, "p50": 50, "p75": 75}
"""Those of `FILLS` that are percentiles."""
MOST_BLEND_PX = 128
"""Largest half width of the blend of the 8-bit product: every block reads that far around itself."""
BLOCK_SIZES = (512, 1024, 2048, 4096, 8192)
"""Sides of blocks in pixels: whole tiles of the products, so that each tile is encoded in one block."""


def parse_period(text: str) -> tuple[date, date]:
    """Return the first and last day of ``2023-06-01/2023-09-15``, either end ``..`` where it is open; raises `InputError`."""
    ends = [end.strip() for end in text.split("/")]
    try:
        if len(ends) != 2:
            raise ValueError(text)
        first, last = (limit if end == ".." else date.fromisoformat(end) for end, limit in zip(ends, (date.min, date.max), strict=True))
    except ValueError as error:
        raise InputError(f"PERIOD is {text!r}; write the first and last day as 2023-06-01/2023-09-15.") from error
    if first > last:
        raise InputError(f"PERIOD {text} ends before it begins; write the first day first.")
    return first, last


@dataclass(frozen=True)
class MosaicOptions:
    """Parameters of a mosaic; every default is a good choice for a national mosaic."""

    crs: str = ""
    """Target CRS; empty takes that of the first scene."""
    pixel_m: float | None = None
    """Target pixel size; None takes that of the finest scene."""
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east, north in the target CRS; None takes the union of the scenes."""
    bands: tuple[str, ...] = ()
    """Bands of the 16-bit product; empty takes those of the ten that every scene has."""
    balance: str = "global"
    """One of `BALANCES`."""
    reference: str = ""
    """Raster whose radiometry the balance is anchored to, such as last year's mosaic; empty keeps the mean."""
    balance_file: str = ""
    """Balance of a former run, as `balance_file.write_balance` writes it, that is taken instead of solving one; empty solves."""
    normalise_view: bool = False
    """Whether scenes are brought to the view from the vertical by their angle grids before they are balanced."""
    dodge_points: str = ""
    """Point layer with the field ``change`` (percent) where the editor asks for a local lift or drop."""
    seams: str = "priority"
    """One of `SEAMS`."""
    seamlines: str = ""
    """Polygon layer with the field ``scene`` for seams = layer."""
    feather_px: int = 0
    """Width of the linear blend across seams of the 16-bit product, on either side; 0 keeps hard seams."""
    fill: str = "direct"
    """One of `FILLS`."""
    period: str = ""
    """First and last date of the scenes that a percentile is made of, ``2023-06-01/2023-09-15``; empty takes all scenes."""
    block_px: int = 1024
    """Side of the blocks that are rendered one by one, of `BLOCK_SIZES`."""
    edge_px: int = 2
    """Pixels along a scene's nodata border that are used only where nothing else is clear."""
    blend_rgb_px: int = 32
    """Half width of the blend of broad differences across seams of the 8-bit product; 0 joins it as the 16-bit one."""
    minimum: tuple[float, ...] = ()
    """Reflectance x 10000 that the 8-bit product maps to 1, one value or one per band B04, B03, B02; empty takes the percentile."""
    maximum: tuple[float, ...] = ()
    """The same for 254."""
    stretch: tuple[float, float] = (0.5, 99.5)
    """Percentiles of the mosaic that the 8-bit product maps to 1 and 254 where no values are given."""
    stac: bool = False
    """Whether a STAC item is written beside each raster."""
    download_m: float = 50_000.0
    """Side of the squares that the products are cut into for download."""
    gamma: float = 1.0
    """Exponent's inverse of the 8-bit product: values are raised to 1 / gamma."""
    keep_balance: bool = False
    """Take the tie cells of the former run in the work folder although polygons were edited: gains stay as they were, so
    that only blocks which an edit touches are rendered again. For looking at corrections; leave it off for the delivery."""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("BALANCE", self.balance, BALANCES),
            ("SEAMS", self.seams, SEAMS),
            ("FILL", self.fill, FILLS),
        ):
            if value not in known:
                raise InputError(f"{name} is {value!r}; choose {', '.join(known[:-1])} or {known[-1]}.")
        if self.seams == "layer" and not self.seamlines:
            raise InputError("SEAMS is layer but SEAMLINES names no polygon layer; give one with the field scene.")
        self._check_colours()
        if self.period and self.fill not in FILL_PERCENTILES:
            raise InputError(f"PERIOD is given but FILL is {self.fill}; choose {', '.join(FILL_PERCENTILES)}, or leave the period out.")
        if self.fill in FILL_PERCENTILES and self.seams == "optimal":
            raise InputError(
                f"FILL is {self.fill} but SEAMS is optimal, which gives every clear place to a scene and leaves no hole to fill; "
                "choose the seams priority or layer."
            )
        if self.period:
            parse_period(self.period)
        if not 0 <= self.feather_px <= 64:
            raise InputError(f"FEATHER is {self.feather_px} px; give 0 to 64.")
        self._check_stretch()
        if not 0 <= self.blend_rgb_px <= MOST_BLEND_PX:
            raise InputError(f"BLEND_RGB is {self.blend_rgb_px} px; give 0 to {MOST_BLEND_PX}.")
        if self.pixel_m is not None and self.pixel_m <= 0:
            raise InputError(f"RESOLUTION is {self.pixel_m}; give a pixel size above 0.")
        if self.block_px not in BLOCK_SIZES:
            raise InputError(f"The block size is {self.block_px} px; give one of {', '.join(map(str, BLOCK_SIZES))}.")

    def _check_colours(self) -> None:
        for name, given, what in (
            ("REFERENCE", self.reference, "the reference"),
            ("BALANCE_FILE", self.balance_file, "the file"),
            ("DODGE_POINTS", self.dodge_points, "the points"),
        ):
            if given and self.balance == "none":
                raise InputError(f"{name} is given but BALANCE is none; choose global or local, or leave {what} out.")
        if self.balance_file and self.reference:
            raise InputError("BALANCE_FILE and REFERENCE are both given, and each says what the colours are to be; leave one out.")

    def _check_stretch(self) -> None:
        low, high = self.stretch
        if not 0 <= low < high <= 100:
            raise InputError(f"The stretch percentiles are {low} and {high}; give 0 <= low < high <= 100.")
        if self.gamma <= 0:
            raise InputError(f"GAMMA is {self.gamma}; give a number above 0.")
        for name, values in (("MINIMUM", self.minimum), ("MAXIMUM", self.maximum)):
            if len(values) not in (0, 1, 3):
                raise InputError(f"{name} holds {len(values)} values; give one, or three for B04, B03 and B02.")
        if self.minimum and self.maximum:
            for bottom, top in zip(3 * self.minimum, 3 * self.maximum, strict=False):
                if not bottom < top:
                    raise InputError(f"MINIMUM {bottom} is not below MAXIMUM {top}; give a range for each band.")
