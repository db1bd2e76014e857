"""Develop the 8-bit product: the pictures in finished blocks, scaled to 1..254 once the whole mosaic says how.

Blocks keep their picture as float32. What becomes 1 and 254 is known when all of them are there; each is then scaled,
rounded for the first and only time, and encoded with its overviews, side by side on any worker. Overviews are means of
data, 1 to 254 as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.fingerprint import fingerprint
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.grid import Grid
from ...raster.spec import RasterSpec
from ...scenes.msi import RGB
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from ..render.jobs import HISTOGRAM_STEP, PICTURE
from ..render.parts import Part, read_array, read_part, write_part
from .histograms import add_histograms, fold_histogram, percentile_of
from .scale import Stretch, per_band, scale_samples

VERSION = 2
"""Changes whenever the same picture would give other samples."""
PRODUCT = "rgb"
"""Name of the product in its parts."""

Parts = Mapping[tuple[int, int], Part]
"""Finished blocks by (block row, block column)."""


@dataclass(frozen=True, eq=False)
class DevelopJob:
    """Everything one block of the 8-bit product depends on."""

    place: tuple[int, int]
    """Block row and column."""
    part: Part
    """The finished block."""
    spec: RasterSpec
    """What the product is like."""
    stretch: Stretch
    """What becomes 1 and 254."""
    block_px: int
    """Side of a full block."""


def choose_stretch(plan: MosaicPlan, parts: Parts, options: MosaicOptions) -> Stretch:
    """Return the values given, else percentiles of the whole 16-bit mosaic, band by band, to whole bins of its histogram.

    So a corrected polygon hardly ever moves the range, and finished blocks that it does not touch stay as they are.
    Raises `InputError` where a range given has no extent.
    """
    histogram = add_histograms(parts, len(plan.bands))
    rows = [histogram[plan.bands.index(band)] for band in RGB]
    low, high = (tuple(_to_bin(percentile_of(row, percent)) for row in rows) for percent in options.stretch)
    low = per_band("MINIMUM", options.minimum, len(RGB)) if options.minimum else low
    if options.maximum:
        return Stretch(low, per_band("MAXIMUM", options.maximum, len(RGB)), options.gamma)
    high = tuple(top if top > bottom else bottom + HISTOGRAM_STEP for bottom, top in zip(low, high, strict=True))
    return Stretch(low, high, options.gamma)


def _to_bin(value: float) -> float:
    return float(round(value / HISTOGRAM_STEP) * HISTOGRAM_STEP)


def rgb_spec(grid: Grid, stretch: Stretch) -> RasterSpec:
    """Return what the 8-bit product is like; its tags say how to read values back."""
    tags = {
        "STRETCH_MINIMUM": ",".join(f"{value:.6g}" for value in stretch.minimum),
        "STRETCH_MAXIMUM": ",".join(f"{value:.6g}" for value in stretch.maximum),
        "STRETCH_GAMMA": f"{stretch.gamma:.6g}",
    }
    return RasterSpec(grid, "uint8", RGB, tags=tags, is_rgb=True)


def develop(
    parts: Parts, spec: RasterSpec, stretch: Stretch, executor: Executor, *, block_px: int, progress: Progress = SILENT
) -> dict[tuple[int, int], Part]:
    """Return the blocks of the 8-bit product; those that a former run finished are found again."""
    jobs: Iterator[DevelopJob] = (DevelopJob(place, parts[place], spec, stretch, block_px) for place in sorted(parts))
    found: dict[tuple[int, int], Part] = {}
    for place, part in map_ordered(develop_block, jobs, executor, progress=progress):
        found[place] = part
        progress.report(len(found) / len(parts), "Scaling to 8 bits")
    return found


def develop_block(job: DevelopJob) -> tuple[tuple[int, int], Part]:
    """Scale one block's picture into a part of its own, unless it is there; raises `InputError` or `OutputError`."""
    path = job.part.path.with_suffix(f".{PRODUCT}.part")
    key = fingerprint(VERSION, job.part.key, job.stretch)
    ready = read_part(path)
    if ready is not None and ready.key == key:
        return job.place, ready
    picture = read_array(job.part, PICTURE)
    valid = (picture > 0).all(axis=0)
    samples = scale_samples(picture, valid, job.stretch)
    counts = [np.bincount(band[valid], minlength=256).tolist() for band in samples]
    return job.place, write_part(path, key, [(PRODUCT, job.spec, samples)], {"counts": counts}, block_px=job.block_px)


def describe_bytes(parts: Parts) -> dict[str, Any]:
    """Return band -> edges and counts of all data of the 8-bit product, and how many of its samples are 0 or 255."""
    counts = np.sum([part.facts["counts"] for part in parts.values()], axis=0, dtype=np.int64)
    bands = {band: fold_histogram(row, 1, last=256) for band, row in zip(RGB, counts, strict=True)}
    return {"bands": bands, "samples": int(counts.sum()), "at_0": int(counts[:, 0].sum()), "at_255": int(counts[:, 255].sum())}
