"""Where the shadow of a cloud falls in an orthorectified image.

A cloud at height h above the ground appears h tan(view zenith) away from the satellite, its shadow lies
h tan(sun zenith) away from the sun, both counted from the point below it (Zhu and Woodcock 2012,
https://doi.org/10.1016/j.rse.2011.10.028). The way from the cloud's image to its shadow is their difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...regions.components import Components
from ..prediction.sun import direction_from

LOWEST_M, HIGHEST_M = 200.0, 12_000.0
"""Heights above ground at which clouds are looked for."""


@dataclass(frozen=True)
class Cast:
    """The way from a cloud's image to its shadow, per metre of height."""

    rows: float
    """Pixels to the south per metre."""
    cols: float
    """Pixels to the east per metre."""

    @property
    def length(self) -> float:
        """Pixels per metre."""
        return math.hypot(self.rows, self.cols)

    def shift(self, height_m: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return whole pixels to the south and to the east for clouds at that height."""
        height = np.asarray(height_m, float)
        return np.rint(self.rows * height).astype(np.int64), np.rint(self.cols * height).astype(np.int64)

    def heights(self, lowest_m: float = LOWEST_M, highest_m: float = HIGHEST_M, steps: int = 160) -> np.ndarray:
        """Return heights a pixel of shift apart, at most ``steps`` of them."""
        count = int(np.clip((highest_m - lowest_m) * self.length, 1, steps - 1)) + 1
        return np.linspace(lowest_m, highest_m, count)


def cast_from(tags: Mapping[str, str], pixel_m: float) -> Cast | None:
    """Return the way that the tags of a prediction state, None where they do not tell where the sun stood.

    Model: way = h (tan(view zenith) v - tan(sun zenith) s), s and v the horizontal unit vectors towards sun and satellite;
        without the satellite's direction it is taken to look straight down.
    Units: tags in degrees, azimuths clockwise from north; ``pixel_m`` in metres; the result in pixels per metre of height.
    Shapes: one direction for the whole raster.
    Source: Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028.
    """
    sun, view = direction_from(tags, "SUN"), direction_from(tags, "VIEW")
    if sun is None or not 0 < sun.zenith_deg < 85:
        return None
    east = north = 0.0
    for direction, sign in ((sun, -1), (view, 1)):
        if direction is not None:
            reach = math.tan(math.radians(direction.zenith_deg)) / pixel_m
            east += sign * reach * math.sin(math.radians(direction.azimuth_deg))
            north += sign * reach * math.cos(math.radians(direction.azimuth_deg))
    cast = Cast(-north, east)
    return cast if cast.length * HIGHEST_M > 1 else None


def swept(mask: np.ndarray, cast: Cast, lowest_m: float, highest_m: float) -> np.ndarray:
    """Return the pixels on which a shadow of ``mask`` at some height between the two may fall.

    Model: the union of the mask moved along the cast by every height; each step doubles the length swept so far, so that the
        cost grows with the logarithm of the way.
    Units: heights in metres above the ground.
    Shapes: (rows, cols) bool, in and out.
    Source: Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028, for the range of heights; the doubling is our own.
    """
    out = shifted(mask, *cast.shift(lowest_m))
    steps = math.ceil((highest_m - lowest_m) * max(abs(cast.rows), abs(cast.cols)))
    done = 1
    while done <= steps:
        stride = min(done, steps + 1 - done)
        way = stride / max(steps, 1) * (highest_m - lowest_m)
        out = out | shifted(out, *cast.shift(way))
        done += stride
    # Each step rounds to whole pixels; a pixel all around makes up for what they add up to.
    return np.asarray(ndimage.binary_dilation(out, np.ones((3, 3), bool)))


def shifted(mask: np.ndarray, rows: np.ndarray | int, cols: np.ndarray | int, fill: bool = False) -> np.ndarray:
    """Return a mask moved down and right, with ``fill`` where it came from outside."""
    height, width = mask.shape
    down, right = int(rows), int(cols)
    out = np.full(mask.shape, fill, mask.dtype)
    if abs(down) < height and abs(right) < width:
        target = out[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)]
        target[:] = mask[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    return out


def cast_components(found: Components, chosen: np.ndarray, cast: Cast, heights_m: np.ndarray) -> np.ndarray:
    """Return the mask of the shadows that the chosen components throw, each from its own height.

    Model: every run of a component's pixels moves by `Cast.shift` of its height; runs that leave the raster are cut.
    Units: ``heights_m`` in metres above the ground.
    Shapes: ``chosen`` and ``heights_m`` (components,); the result (rows, cols) bool.
    Source: Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028.
    """
    rows, cols = found.runs.shape
    runs = np.flatnonzero(chosen[found.labels])
    down, right = cast.shift(heights_m[found.labels[runs]])
    row = found.runs.start[runs] // cols + down
    first = np.clip(found.runs.start[runs] % cols + right, 0, cols)
    last = np.clip((found.runs.stop[runs] - 1) % cols + 1 + right, 0, cols)
    inside = (row >= 0) & (row < rows) & (first < last)
    change = np.zeros((rows, cols + 1), np.int16)
    np.add.at(change, (row[inside], first[inside]), 1)
    np.add.at(change, (row[inside], last[inside]), -1)
    return np.cumsum(change[:, :-1], axis=1, dtype=np.int16) > 0
