"""Tell the processing level of a scene where no document states it."""

from __future__ import annotations

import numpy as np
from rasterio.errors import RasterioError

from ...base.progress import SILENT, Progress
from ...raster.read import open_raster
from ...scenes.scene import Scene

LOOK_PX = 512
"""Side of the decimated look at the blue band."""

DARK_BLUE = 0.05
"""Reflectance: air alone scatters more than this into the blue band at the top of the atmosphere (Rayleigh optical
depth at 490 nm about 0.16, hence 0.06 and more), while dark surfaces of a corrected scene lie well below."""


def level_of(scene: Scene, progress: Progress = SILENT) -> str:
    """Return ``L1C`` or ``L2A``; a level that is not stated is guessed with a warning.

    The guess: cirrus (B10) exists in L1C only; else the darkest hundredth of the blue band tells whether the light
    scattered by the air is still in it.
    """
    if scene.level in ("L1C", "L2A"):
        return scene.level
    if "B10" in scene.bands:
        level, why = "L1C", "it has the cirrus band"
    else:
        dark = dark_blue(scene)
        level = "L1C" if dark is None or dark > DARK_BLUE else "L2A"
        why = "it has no readable blue band" if dark is None else f"its darkest blue is {dark:.3f}"
    progress.warn(f"Scene {scene.id} states no processing level; {level} is assumed because {why}.")
    return level


def dark_blue(scene: Scene) -> float | None:
    """Return the reflectance that 1 % of the blue band's pixels lie below, None where it cannot be known."""
    band = scene.bands.get("B02")
    if band is None:
        return None
    try:
        with open_raster(band.path) as dataset:
            shape = (min(LOOK_PX, dataset.height), min(LOOK_PX, dataset.width))
            samples = dataset.read(band.index, out_shape=shape)
    except RasterioError:
        return None
    valid = samples[samples > 0]
    return float((np.percentile(valid, 1) + band.offset) * band.scale) if valid.size else None
