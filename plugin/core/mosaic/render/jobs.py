"""Render the mosaic block by block: stateless tasks that any worker can run, in any order, again.

A job carries facts and parameters of one block only; its worker reads the outlines and pixels it needs and leaves one part file.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...base.errors import InputError, OutputError
from ...base.fingerprint import fingerprint
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress
from ...raster.grid import Grid, Window
from ...raster.spec import RasterSpec
from ...regions.burn import NO_EDGES, clip_edges
from ...regions.rings import NO_OUTLINES, Outlines
from ...scenes.msi import RGB
from ..colour.colours import Colours
from ..colour.fields import DodgeField
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from ..plan.scene_pool import scenes_kept_open, stamp_of
from .block import BlockChoices, make_block
from .fill import reach_px
from .holes import MASK, describe_holes, pack_holes
from .parts import Part, part_path, read_part, write_part
from .sources import Source

log = logging.getLogger(__name__)

Result = TypeVar("Result")

VERSION = 10
"""Changes whenever the same job would give other pixels; parts of other versions are made again."""
PICTURE = "picture"
"""Name in the parts of the array that the 8-bit product is made of."""
HISTOGRAM = "histogram"
"""Name in the parts of the array of counts."""
HISTOGRAM_STEP = 4
"""Width of a histogram bin, reflectance x 10000."""
STRIPE_BLOCKS = 4
"""Rows of blocks that are rendered side by side."""
PAUSES_S = (0.2, 1.0)
"""Seconds before a block that failed is tried a second and a third time."""
HISTOGRAM_BINS = 4096
"""Bins per band; the last one holds everything brighter."""


@dataclass(frozen=True, eq=False)
class RenderJob:
    """Everything one block depends on."""

    window: Window
    """The block on the mosaic's grid."""
    grid: Grid
    """The mosaic's grid."""
    bands: tuple[str, ...]
    """Bands of the product."""
    sources: tuple[Source, ...]
    """Scenes that can touch the block, in order of priority; without outlines until `draw_outlines` brings them."""
    covered: tuple[Outlines, ...]
    """Cloud and shadow of each of them near the block, in pixels of the mosaic's grid."""
    seams: tuple[Outlines, ...] | None
    """The area that a seam layer gives to each of them; None without such a layer."""
    stamps: tuple[str, ...]
    """What changes when one of the files of each of them does."""
    choices: BlockChoices
    """Options that reach single blocks."""
    specs: Mapping[str, RasterSpec]
    """Product name to what it is like: mosaic, source and, where asked for, density and picture."""
    folder: Path
    """Where parts lie."""
    block_px: int
    """Side of a full block."""
    key: str = ""
    """Hash of all that the pixels follow from; empty until `draw_outlines` knows."""


def make_jobs(
    plan: MosaicPlan,
    reduced: MosaicPlan,
    colours: Colours,
    options: MosaicOptions,
    *,
    seams: Mapping[int, Outlines] | None,
    specs: Mapping[str, RasterSpec],
    folder: Path,
) -> Iterator[RenderJob]:
    """Yield one job per block; ``reduced`` is the plan of reduced copies, ``seams`` are each rank's area where they are given.

    Blocks come in stripes of `STRIPE_BLOCKS` rows, column by column: tiles of the scenes that several blocks look into
    are still decoded when the next one comes, whatever the width of the mosaic.
    A spec called `PICTURE` keeps what the 8-bit product is made of, the bands `RGB` joined for the eye, in the parts.
    """
    join_px = reach_px(plan.grid.pixel_m) if options.fill == "blended" else 0
    shown = tuple(plan.bands.index(band) for band in RGB) if PICTURE in specs else ()
    choices = BlockChoices(
        options.edge_px,
        options.feather_px,
        options.fill,
        "density" in specs,
        join_px,
        shown,
        options.blend_rgb_px,
        plan.backdrop,
    )
    gains, offsets = (values.astype(np.float32) for values in (colours.balance.gains, colours.balance.offsets))
    bare, coarse = ({placed.rank: placed.scene.without_angles() for placed in p.scenes} for p in (plan, reduced))
    stamps = {placed.rank: stamp_of(placed.scene) for placed in plan.scenes}
    for stripe in stripes(plan.grid.window, options.block_px * STRIPE_BLOCKS):
        part = plan.cut(stripe.grow(choices.reach_px))
        for window in sorted(stripe.blocks(options.block_px), key=lambda block: (block.col, block.row)):
            wide = window.grow(choices.reach_px)
            near = part.cut(wide).scenes
            sources = tuple(
                Source(
                    rank=placed.rank,
                    scene=bare[placed.rank],
                    covered=NO_EDGES,
                    seam=None,
                    gain=gains[placed.rank - 1],
                    offset=offsets[placed.rank - 1],
                    field=_field_near(colours, placed.rank, plan.grid.crop(wide)),
                    reduced=coarse[placed.rank],
                )
                for placed in near
            )
            yield RenderJob(
                window=window,
                grid=plan.grid,
                bands=plan.bands,
                sources=sources,
                covered=tuple(placed.covered.cut(wide) for placed in near),
                seams=None if seams is None else tuple(seams.get(placed.rank, NO_OUTLINES).cut(wide) for placed in near),
                stamps=tuple(stamps[placed.rank] for placed in near),
                choices=choices,
                specs=specs,
                folder=folder,
                block_px=options.block_px,
            )


def _field_near(colours: Colours, rank: int, grid: Grid) -> DodgeField | None:
    """Return what decides on a grid about a scene's local factor, None where it has none."""
    return colours.fields[rank].near(grid) if rank in colours.fields else None


def draw_outlines(job: RenderJob) -> RenderJob:
    """Return a job with the outlines of its scenes and its key; raises `InputError` where outlines cannot be read."""
    wide = job.window.grow(job.choices.reach_px)
    sources = []
    for number, source in enumerate(job.sources):
        seam = None if job.seams is None else clip_edges(job.seams[number].near(wide), wide)
        sources.append(replace(source, covered=clip_edges(job.covered[number].near(wide), wide), seam=seam))
    return replace(job, sources=tuple(sources), key=_key(job, sources))


def stripes(window: Window, rows: int) -> Iterator[Window]:
    """Yield windows of at most so many rows that cover one from top to bottom."""
    for row in range(window.row, window.stop[0], rows):
        yield Window(row, window.col, min(rows, window.stop[0] - row), window.cols)


def _key(job: RenderJob, sources: Sequence[Source]) -> str:
    """Return the hash of all that the block's pixels follow from; files are told by their stamps."""
    shown = [
        (source.rank, source.scene.id, stamp, source.covered, source.seam, source.gain, source.offset, source.field)
        for source, stamp in zip(sources, job.stamps, strict=True)
    ]
    return fingerprint(VERSION, job.window, job.grid, job.bands, job.choices, shown)


def render(jobs: Iterator[RenderJob], count: int, executor: Executor, *, progress: Progress = SILENT) -> dict[tuple[int, int], Part]:
    """Return the part of every block by (block row, block column), rendering those that are missing or outdated."""
    parts: dict[tuple[int, int], Part] = {}
    reused = 0
    with scenes_kept_open():
        for window, block_px, part, fresh in map_ordered(_render_or_reuse, jobs, executor, progress=progress):
            parts[window.row // block_px, window.col // block_px] = part
            reused += not fresh
            found = f", {reused} found finished" if reused else ""
            progress.report(len(parts) / count, f"Rendered block {len(parts)} of {count}{found}")
    return parts


def _render_or_reuse(job: RenderJob) -> tuple[Window, int, Part, bool]:
    """Return a block's window and size, its part, and whether that was made now."""
    whole = _persistently(partial(draw_outlines, job), job.window)
    found = read_part(part_path(job.folder, job.window, job.block_px))
    if found is not None and found.key == whole.key:
        return job.window, job.block_px, found, False
    part = _persistently(partial(render_block, whole), job.window)
    return job.window, job.block_px, part, True


def _persistently(work: Callable[[], Result], window: Window) -> Result:
    """Do something for a block, again where a file could not be read or written: network drives stumble."""
    for pause_s in PAUSES_S:
        try:
            return work()
        except (InputError, OutputError) as error:
            log.warning("Block at row %d, column %d is tried again: %s", window.row, window.col, error)
            time.sleep(pause_s)
    return work()


def render_block(job: RenderJob) -> Part:
    """Render one block into its part file; raises `InputError` that names the block where a scene cannot be read."""
    path = part_path(job.folder, job.window, job.block_px)
    try:
        block = make_block(job.sources, job.grid, job.bands, job.window, job.choices)
    except InputError as error:
        raise InputError(f"{error} (block at row {job.window.row}, column {job.window.col} of the mosaic)") from error
    products = [("mosaic", job.specs["mosaic"], block.samples), ("source", job.specs["source"], block.source[None])]
    if block.density is not None:
        products.append(("density", job.specs["density"], block.density[None]))
    arrays = {HISTOGRAM: _histogram(block.samples), MASK: pack_holes(block.hole)}
    if block.picture is not None:
        arrays[PICTURE] = block.picture
    counts = np.bincount(block.source.ravel())
    facts = {
        "pixels": {str(rank): int(counts[rank]) for rank in np.flatnonzero(counts) if rank},
        "holes": describe_holes(block.hole),
    }
    return write_part(path, job.key, products, facts, block_px=job.block_px, arrays=arrays)


def _histogram(samples: np.ndarray) -> np.ndarray:
    """Return (bands, bins) uint32 counts of every other sample with data, without the empty bins at the end."""
    counts = np.zeros((len(samples), HISTOGRAM_BINS), np.uint32)
    for row, band in zip(counts, samples[:, ::2, ::2], strict=True):
        row[:] = np.bincount(np.minimum(band[band > 0] // HISTOGRAM_STEP, HISTOGRAM_BINS - 1), minlength=HISTOGRAM_BINS)
    used = np.flatnonzero(counts.any(axis=0))
    return counts[:, : used[-1] + 1 if len(used) else 0]


def product_specs(plan: MosaicPlan, *, picture: bool, density: bool) -> dict[str, RasterSpec]:
    """Return what each product rendered block by block is like."""
    ids = {f"SCENE_{rank}": name for rank, name in enumerate(plan.source_names, 1)}
    specs = {
        "mosaic": RasterSpec(plan.grid, "uint16", plan.bands, is_rgb=plan.bands == RGB),
        "source": RasterSpec(plan.grid, "uint16", ("source",), tags=ids, overview_resampling="nearest"),
    }
    if picture:
        specs[PICTURE] = RasterSpec(plan.grid, "float32", RGB, is_rgb=True)
    if density:
        specs["density"] = RasterSpec(plan.grid, "uint8", ("density",), overview_resampling="nearest")
    return specs
