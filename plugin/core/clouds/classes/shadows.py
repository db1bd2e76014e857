"""Judge shadows by where sun and satellite stood.

A network sees shadows less well than clouds. Geometry adds three facts: a shadow lies down-sun of a cloud, the clouds of
one scene have similar heights, and a shadow darkens the near infrared. So a shadow with no cloud up-sun is dropped,
shadow-like water is dropped unless a cloud throws its shadow there, and a shadow is proposed where a cloud should throw
one and the ground is dark. The result marks and counts what was dropped or proposed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from ...base.errors import InputError
from ...base.progress import SILENT, Progress, check
from ...raster.grid import Window
from ...raster.read import grid_of, open_raster
from ...regions.components import BLOCK_ROWS, Components, components_of, mask_of, row_blocks, select
from .cast import HIGHEST_M, LOWEST_M, Cast, cast_components, cast_from, swept
from .class_raster import CLEAR, CLOUD, FROM_GEOMETRY, NODATA, REFUSED, SHADOW, ClassRaster

log = logging.getLogger(__name__)

SAMPLES = 256
"""Most pixels by which a cloud is represented while heights are tried."""

MOST_SAMPLES = 200_000
"""Most pixels by which all clouds are represented."""

JUDGED_M = 25.0
"""Pixels smaller than this are judged in groups: a cloud's height is not known to 10 m."""

CONFIDENT = 0.4
"""Share of a cloud's cast that must be shadow for its height to count."""

STANDS_OUT = 0.1
"""By how much the mean share of all clouds' casts must exceed the usual at some height to tell the scene's heights."""

ROOM = 0.25
"""Room below and above the heights that fit, as a share of them."""

OWN_HEIGHT = 0.6
"""A cloud whose cast fits by this share, and by `OWN_GAIN` better than usual, may have a height unlike the others."""

OWN_GAIN = 0.4

REACHED = 0.2
"""A shadow stays where more than this share of it lies where a cloud's shadow may fall."""

EXPLAINED = 0.4
"""Shadow-like water stays where more than this share lies where a cloud's shadow does fall."""

WATER = 0.15
"""(green - infrared) / (green + infrared) above which dark ground is water: about .3 over water, below 0 on shadowed land."""

DARK = 0.65
"""Near infrared below this share of the ground around it is dark."""

PROPOSED = 0.55
"""Share of a cloud's cast that must be dark for a shadow to be proposed."""

CONTRAST = 0.25
"""By how much that share must exceed its mean over all heights, or the land is dark anyhow."""

AROUND_M = 2000.0
"""Radius of the ground with which darkness is compared."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What the green and near infrared say of the ground, on the pixels that shadows are judged on."""

    dark: np.ndarray
    """(rows, cols), True where the near infrared is dark beside its surroundings and no water."""
    water: np.ndarray
    """(rows, cols), True where it looks like water."""


def stride_of(pixel_m: float) -> int:
    """Return every how many-th pixel shadows are judged on."""
    return max(1, round(JUDGED_M / pixel_m))


def thinned(values: np.ndarray, stride: int) -> np.ndarray:
    """Return every ``stride``-th pixel of (rows, cols)."""
    return np.ascontiguousarray(values[stride // 2 :: stride, stride // 2 :: stride])


def read_ground(path: str | Path, raster: ClassRaster) -> Ground:
    """Read the reflectance that `predict` kept and compare each pixel with the clear ground around it.

    The answer is on the pixels that shadows are judged on (`stride_of`). Raises `InputError` where the reflectance
    does not lie on the classes.
    """
    stride = stride_of(raster.grid.pixel_m)
    with open_raster(path) as dataset:
        if dataset.count < 2 or grid_of(dataset).offset_of(raster.grid) != (0, 0):
            raise InputError(f"{path} is not the reflectance kept beside this prediction.")
        blocks = [Window(rows.start, 0, rows.stop - rows.start, dataset.width) for rows in row_blocks(dataset.height, BLOCK_ROWS * stride)]
        parts = [[thinned(band, stride) for band in dataset.read([1, 2], window=block.as_rasterio())] for block in blocks]
    green, infrared = (np.concatenate(bands) for bands in zip(*parts, strict=True))
    del parts
    water, land = np.zeros(infrared.shape, bool), np.zeros(infrared.shape, bool)
    for rows in row_blocks(len(infrared)):
        light, heat = green[rows].astype(np.float32), infrared[rows].astype(np.float32)
        water[rows] = (light - heat > WATER * (light + heat)) & (heat > 0)
        land[rows] = (thinned(raster.classes, stride)[rows] == CLEAR) & (heat > 0) & ~water[rows]
    return Ground(_dark(infrared, land, AROUND_M / (raster.grid.pixel_m * stride)) & ~water, water)


def _dark(infrared: np.ndarray, land: np.ndarray, radius_px: float) -> np.ndarray:
    """Return where the infrared is below the share `DARK` of the mean land in a square of that radius, of all land where there is none.

    Model: value < `DARK` * mean of the land around it, as a shadow takes away most of the near infrared.
    Units: any that are proportional to reflectance; ``radius_px`` in pixels.
    Shapes: (rows, cols), in and out.
    Source: after Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028, who fill the infrared band from its surroundings.
    """
    half = max(1, round(radius_px))
    overall = float(infrared[land].mean()) if land.any() else 0.0
    out = np.zeros(infrared.shape, bool)
    for rows in row_blocks(len(infrared), max(BLOCK_ROWS, 2 * half)):
        outer = slice(max(0, rows.start - half), rows.stop + half)
        inner = slice(rows.start - outer.start, rows.stop - outer.start)
        values, chosen = infrared[outer].astype(np.float32), land[outer]
        weight = ndimage.uniform_filter(chosen.astype(np.float32), 2 * half + 1, mode="nearest")[inner]
        total = ndimage.uniform_filter(values * chosen, 2 * half + 1, mode="nearest")[inner]
        around = np.where(weight > 0.01, total / np.maximum(weight, 0.01), overall)
        out[rows] = (values[inner] < DARK * around) & (values[inner] > 0)
    return out


def judge(raster: ClassRaster, ground: Ground | None = None, *, least_px: int = 1, progress: Progress = SILENT) -> ClassRaster:
    """Return the classes with shadows dropped and proposed; unchanged where the sun's direction is unknown.

    What is dropped becomes clear with the origin `REFUSED`; what is proposed is shadow with the origin
    `FROM_GEOMETRY`, in pieces of at least ``least_px`` pixels. Both are told as lines of the result.

    Model: shadows stay where a cloud's cast reaches them at the heights that fit the scene; dark ground under the cast of a
        cloud without a shadow becomes one.
    Units: ``least_px`` in pixels of the raster; it judges on pixels of about `JUDGED_M`.
    Shapes: (rows, cols) uint8 classes and origins.
    Source: after Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028; the thresholds were chosen on labelled scenes.
    """
    stride = stride_of(raster.grid.pixel_m)
    coarse = thinned(raster.classes, stride)
    cast = cast_from(raster.tags, raster.grid.pixel_m * stride)
    clouds = components_of((coarse == CLOUD).view(np.uint8))
    if cast is None or not clouds.count:
        return raster
    match = match_heights(coarse, clouds, cast, coarse == SHADOW)
    check(progress)
    unreached = _unreached(coarse, clouds, cast, match)
    water = _plain_water(coarse, clouds, cast, match, ground)
    check(progress)
    left = np.where(unreached | water, np.uint8(CLEAR), coarse)
    proposed = select(_proposed(left, clouds, cast, match, ground), smallest_px=max(1, least_px // stride**2))
    return _applied(raster, unreached | water, proposed, stride, progress)


def _applied(raster: ClassRaster, refused: np.ndarray, proposed: np.ndarray, stride: int, progress: Progress) -> ClassRaster:
    """Return the raster with what was decided on every ``stride``-th pixel; a shadow refused for the most part goes as a whole."""
    gone = _refused_shadow(raster.classes, refused, stride)
    classes, origin = raster.classes.copy(), raster.origin.copy()
    dropped_px = added_px = 0
    for rows in row_blocks(len(classes)):
        added = _spread(proposed, stride, rows, classes.shape[1]) & (classes[rows] == CLEAR)
        classes[rows][gone[rows]], origin[rows][gone[rows]] = CLEAR, REFUSED
        classes[rows][added], origin[rows][added] = SHADOW, FROM_GEOMETRY
        dropped_px, added_px = dropped_px + int(gone[rows].sum()), added_px + int(added.sum())
    name, hectares = raster.tags.get("SCENE_ID", ""), raster.grid.pixel_m**2 / 10_000
    for count, text in ((dropped_px, "of shadow dropped, no cloud throws it"), (added_px, "of shadow proposed by geometry")):
        if count:
            progress.say(f"{name}: {count * hectares:.0f} ha {text}.".lstrip(": "))
    return ClassRaster(classes, origin, raster.grid, raster.tags)


def _refused_shadow(classes: np.ndarray, refused: np.ndarray, stride: int) -> np.ndarray:
    """Return the pixels of shadow that go."""
    shadow, gone = np.zeros(classes.shape, np.uint8), np.zeros(classes.shape, bool)
    for rows in row_blocks(len(classes)):
        shadow[rows] = classes[rows] == SHADOW
        gone[rows] = _spread(refused, stride, rows, classes.shape[1]) & shadow[rows].view(bool)
    if stride > 1 and refused.any():
        found = components_of(shadow)
        whole = found.sums(gone.view(np.uint8)) > found.areas_px / 2
        for rows, part in mask_of(found.runs, whole[found.labels]):
            gone[rows] |= part
    return gone


def _spread(mask: np.ndarray, stride: int, rows: slice, cols: int) -> np.ndarray:
    """Return some rows of all pixels of a mask of every ``stride``-th one."""
    out = np.zeros((rows.stop - rows.start, cols), bool)
    coarse = np.arange(rows.start, rows.stop) // stride
    coarse = coarse[coarse < len(mask)]
    full = mask[coarse].repeat(stride, 1)[:, :cols]
    out[: len(full), : full.shape[1]] = full
    return out


class HeightRange(NamedTuple):
    """Heights between which clouds are looked for."""

    lowest_m: float
    """Lower end above ground."""
    highest_m: float
    """Upper end above ground."""


EVERY_HEIGHT = HeightRange(LOWEST_M, HIGHEST_M)


@dataclass(frozen=True, eq=False)
class Match:
    """At which height each cloud's cast fits best."""

    height_m: np.ndarray
    """Height of each cloud above the ground where it fits best."""
    share: np.ndarray
    """Share of its cast, where neither cloud nor nodata hides it, that fits."""
    usual: np.ndarray
    """That share's mean over all heights."""
    limits: HeightRange
    """Heights that were in question."""


def match_heights(classes: np.ndarray, clouds: Components, cast: Cast, evidence: np.ndarray, limits: HeightRange | None = None) -> Match:
    """Return for each cloud the height at which most of its cast is ``evidence``.

    Without ``limits`` all heights are tried, and the clouds together tell between which the scene's lie.

    Model: share(h) = evidence / visible pixels of the cloud moved by the cast of h; the height of the largest share is taken.
    Units: metres above the ground; shares from 0 to 1.
    Shapes: ``classes`` and ``evidence`` (rows, cols); the result (clouds,).
    Source: Zhu and Woodcock (2012), doi:10.1016/j.rse.2011.10.028, who match each cloud alone; the common range is our own.
    """
    heights = cast.heights(*(limits or EVERY_HEIGHT))
    shares = np.stack([_shares(classes, clouds, cast, evidence, height) for height in heights])
    usual = shares.mean(axis=0)
    if limits is None:
        common = _common_range(shares - usual, np.sqrt(clouds.areas_px), heights)
        return replace(match_heights(classes, clouds, cast, evidence, common), usual=usual)
    return Match(heights[shares.argmax(axis=0)], shares.max(axis=0), usual, limits)


def _shares(classes: np.ndarray, clouds: Components, cast: Cast, evidence: np.ndarray, height_m: float) -> np.ndarray:
    """Return for each cloud the share of its cast from one height that is evidence."""
    row, col, owner = _samples(clouds)
    down, right = cast.shift(height_m)
    row, col = row + down, col + right
    inside = (row >= 0) & (row < classes.shape[0]) & (col >= 0) & (col < classes.shape[1])
    row, col, owner_inside = row[inside], col[inside], owner[inside]
    seen = (classes[row, col] != CLOUD) & (classes[row, col] != NODATA)
    fitting = np.bincount(owner_inside, seen & evidence[row, col], clouds.count)
    # What is hidden tells nothing; a cast that is almost all hidden must not win by its few pixels.
    return fitting / np.maximum(np.bincount(owner_inside, seen, clouds.count), np.bincount(owner, minlength=clouds.count) / 4)


def _common_range(gains: np.ndarray, weights: np.ndarray, heights: np.ndarray) -> HeightRange:
    """Return the heights at which the casts of all clouds together fit well, every height where none stands out."""
    profile = ndimage.gaussian_filter1d(np.maximum(gains, 0) @ weights / weights.sum(), 1.0, mode="nearest")
    clear = profile.max() - np.median(profile)
    if clear < STANDS_OUT:
        return EVERY_HEIGHT
    good = profile >= np.median(profile) + clear / 2
    peak = int(profile.argmax())
    low = peak - int(np.argmin(np.append(good[peak::-1], False))) + 1
    high = peak + int(np.argmin(np.append(good[peak:], False))) - 1
    return HeightRange(max(LOWEST_M, heights[low] * (1 - ROOM)), min(HIGHEST_M, heights[high] * (1 + ROOM)))


def _samples(clouds: Components) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, col and component of up to `SAMPLES` pixels of each component, evenly spread."""
    order = np.argsort(clouds.labels, kind="stable")
    length = clouds.runs.lengths[order]
    area = clouds.areas_px
    ends = np.cumsum(length)
    first_of = np.cumsum(area) - area
    take = np.minimum(area, np.clip(MOST_SAMPLES // clouds.count, 8, SAMPLES))
    owner = np.repeat(np.arange(clouds.count), take)
    rank = np.arange(take.sum()) - np.repeat(np.cumsum(take) - take, take)
    position = first_of[owner] + ((rank + 0.5) * area[owner] / take[owner]).astype(np.int64)
    run = np.searchsorted(ends, position, side="right")
    flat = clouds.runs.start[order[run]] + position - (ends[run] - length[run])
    cols = clouds.runs.shape[1]
    return flat // cols, flat % cols, owner


def _unreached(classes: np.ndarray, clouds: Components, cast: Cast, match: Match) -> np.ndarray:
    """Return the mask of shadows on which no cloud's shadow can fall; beyond the data there may be clouds."""
    reach = swept((classes == CLOUD) | (classes == NODATA), cast, *match.limits)
    reach |= _from_outside(classes.shape, cast, match.limits.highest_m)
    alone = match_heights(classes, clouds, cast, classes == SHADOW, EVERY_HEIGHT)
    own = (alone.share >= OWN_HEIGHT) & (alone.share - alone.usual >= OWN_GAIN)
    reach |= cast_components(clouds, own, cast, alone.height_m)
    return _components_below(classes == SHADOW, reach, REACHED)


def _from_outside(shape: tuple[int, ...], cast: Cast, highest_m: float) -> np.ndarray:
    """Return the pixels that clouds outside the raster may shade."""
    down, right = (int(value) for value in cast.shift(highest_m))
    out = np.zeros(shape, bool)
    out[: max(down, 0)] = out[shape[0] + min(down, 0) :] = True
    out[:, : max(right, 0)] = True
    out[:, shape[1] + min(right, 0) :] = True
    return out


def _components_below(mask: np.ndarray, wanted: np.ndarray, share: float) -> np.ndarray:
    """Return the components of a mask of which at most ``share`` is wanted."""
    found = components_of(mask.view(np.uint8))
    out = np.zeros(mask.shape, bool)
    if found.count:
        poor = found.sums(wanted.view(np.uint8)) <= share * found.areas_px
        for block, part in mask_of(found.runs, poor[found.labels]):
            out[block] = part
    return out


def _plain_water(classes: np.ndarray, clouds: Components, cast: Cast, match: Match, ground: Ground | None) -> np.ndarray:
    """Return the water within the network's shadows onto which no cloud throws one."""
    if ground is None:
        return np.zeros(classes.shape, bool)
    sure = match.share >= CONFIDENT
    thrown = cast_components(clouds, sure, cast, match.height_m)
    near = ndimage.binary_dilation(thrown, np.ones((3, 3), bool), iterations=2)
    return _components_below((classes == SHADOW) & ground.water, near, EXPLAINED)


def _proposed(classes: np.ndarray, clouds: Components, cast: Cast, match: Match, ground: Ground | None) -> np.ndarray:
    """Return dark ground onto which a cloud should throw its shadow though the network saw none there."""
    if ground is None:
        return np.zeros(classes.shape, bool)
    dark = match_heights(classes, clouds, cast, ground.dark | (classes == SHADOW), match.limits)
    lonely = (match.share < CONFIDENT) & (dark.share >= PROPOSED) & (dark.share - dark.usual >= CONTRAST)
    return cast_components(clouds, lonely, cast, dark.height_m) & ground.dark & (classes == CLEAR)
