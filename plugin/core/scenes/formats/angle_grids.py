"""Read the angle grids of a tile's metadata (MTD_TL.xml)."""

from __future__ import annotations

import numpy as np

from ..angles import single_direction
from ..msi import BANDS
from ..scene import AngleGrid
from .xmltree import Element, text_of


def parse_angles(root: Element) -> tuple[AngleGrid | None, dict[tuple[str, int], AngleGrid]]:
    """Return the sun's grid and the view grids of a tile document; (band, 0) is a mean where no grid is given."""
    corner = next(root.iter("Geoposition"), None)
    try:
        x_m, y_m = (float(text_of(corner, tag)) for tag in ("ULX", "ULY")) if corner is not None else (0.0, 0.0)
    except ValueError:
        return None, {}
    sun = next((grid for e in root.iter("Sun_Angles_Grid") if (grid := _grid_of(e, x_m, y_m))), None)
    sun = sun or next((grid for e in root.iter("Mean_Sun_Angle") if (grid := _mean_of(e, x_m, y_m))), None)
    view = {}
    for element in root.iter("Viewing_Incidence_Angles_Grids"):
        key = _key_of(element)
        grid = _grid_of(element, x_m, y_m)
        if key and grid:
            view[key] = grid
    gridded = {band for band, _ in view}
    for element in root.iter("Mean_Viewing_Incidence_Angle"):
        key = _key_of(element)
        grid = _mean_of(element, x_m, y_m)
        if key and grid and key[0] not in gridded:
            view[key] = grid
    return sun, view


def _key_of(element: Element) -> tuple[str, int] | None:
    band, detector = element.get("bandId", ""), element.get("detectorId", "0")
    if not (band.isdigit() and detector.isdigit() and int(band) < len(BANDS)):
        return None
    return BANDS[int(band)], int(detector)


def _grid_of(element: Element, x_m: float, y_m: float) -> AngleGrid | None:
    zenith, azimuth = (_values_of(element.find(name)) for name in ("Zenith", "Azimuth"))
    if zenith is None or azimuth is None or zenith.shape != azimuth.shape or not np.isfinite(zenith).any():
        return None
    try:
        step_m = float(text_of(element, "COL_STEP", "5000"))
    except ValueError:
        return None
    return AngleGrid(zenith, azimuth, x_m, y_m, step_m) if step_m > 0 else None


def _values_of(element: Element | None) -> np.ndarray | None:
    """Return (rows, cols) float32 degrees of an element's VALUES, None where rows differ in length or hold no numbers."""
    rows = [(e.text or "").split() for e in element.iter("VALUES")] if element is not None else []
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        return None
    try:
        return np.array(rows, dtype=np.float32)
    except ValueError:
        return None


def _mean_of(element: Element, x_m: float, y_m: float) -> AngleGrid | None:
    try:
        return single_direction(float(text_of(element, "ZENITH_ANGLE")), float(text_of(element, "AZIMUTH_ANGLE")), x_m, y_m)
    except ValueError:
        return None
