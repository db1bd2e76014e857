"""Tell the ground that stays the same from water and snow: glint, tide, ice and a snow line are no gain of a scene.

Cells of water or snow tie scenes together only where there is hardly anything else, as over the sea or an ice cap.

References
----------
McFeeters (1996), doi:10.1080/01431169608948714 (water: green brighter than the near infrared);
Hall, Riggs & Salomonson (1995), doi:10.1016/0034-4257(95)00137-P (snow: the snow index above 0.4, bright in the infrared).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...base.lazy import changed_when_read
from .cells import SceneCells

SNOW_INDEX = 0.4
"""(green - short-wave infrared) / (green + short-wave infrared) above which bright ground is snow."""
SNOW_INFRARED = 1100.0
"""Near infrared of snow at least, reflectance x 10000."""
SNOW_GREEN = 3500.0
"""Green of snow at least, where no short-wave infrared is at hand."""


def mark_land(cells: Sequence[SceneCells], bands: Sequence[str]) -> Sequence[SceneCells]:
    """Return the cells, each told whether it shows land."""
    return changed_when_read(lambda scene: replace(scene, land=shows_land(scene.medians, bands)), cells)


def shows_land(medians: np.ndarray, bands: Sequence[str]) -> np.ndarray:
    """Return False where reflectance is that of water or snow, as far as the bands tell.

    Model: water is greener than near infrared; snow has a snow index above `SNOW_INDEX` and is bright in the infrared.
    Units: reflectance x 10000.
    Shapes: ``medians`` (cells, bands); the result (cells,) bool.
    Source: McFeeters (1996), doi:10.1080/01431169608948714; Hall, Riggs and Salomonson (1995), doi:10.1016/0034-4257(95)00137-P.
    """
    band = {name: medians[:, number] for number, name in enumerate(bands)}
    if "B03" not in band or "B08" not in band:
        return np.ones(len(medians), bool)
    green, infrared = band["B03"], band["B08"]
    if "B11" in band:
        short_wave = band["B11"]
        snow = (green - short_wave > SNOW_INDEX * (green + short_wave)) & (infrared > SNOW_INFRARED)
    else:
        snow = green > SNOW_GREEN
    return np.asarray((green <= infrared) & ~snow)
