"""The products of a mosaic, from the parts of its blocks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from ...base.errors import InputError, OutputError
from ...base.progress import Progress, split
from ...raster.spec import RasterSpec
from ...scenes.msi import RGB
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from ..render.parts import Part
from ..seams.seamlines import trace_seamlines, write_seamlines
from .dates import write_dates
from .develop import PRODUCT, choose_stretch, develop, rgb_spec
from .join import join_parts
from .outputs import MosaicOutputs
from .sheets import check_squares, write_downloads


def write_rgb(
    plan: MosaicPlan,
    parts: Mapping[tuple[int, int], Part],
    outputs: MosaicOutputs,
    options: MosaicOptions,
    executor: Executor,
    *,
    progress: Progress,
) -> Mapping[tuple[int, int], Part]:
    """Scale the pictures in the parts, join them to the 8-bit product and return its parts, none where nobody asked."""
    if outputs.rgb is None:
        return {}
    stretch = choose_stretch(plan, parts, options)
    spec = rgb_spec(plan.grid, stretch)
    scaling, joining = split(progress, 4, 1)
    developed = develop(parts, spec, stretch, executor, block_px=options.block_px, progress=scaling)
    joining.report(0, f"Writing {outputs.rgb.name}")
    join_parts(outputs.rgb, PRODUCT, spec, developed, block_px=options.block_px, progress=joining)
    return developed


def write_products(
    plan: MosaicPlan,
    parts: Mapping[tuple[int, int], Part],
    specs: Mapping[str, RasterSpec],
    outputs: MosaicOutputs,
    options: MosaicOptions,
    *,
    source: Path | None,
    progress: Progress,
) -> None:
    """Join the parts to products, write the dates, trace the seamlines, cut the squares for download.

    All on this machine: each product is one file. ``source`` is where SOURCE goes, None where neither people nor another
    product want it.
    """
    asked = {"mosaic": outputs.mosaic, "source": source, "density": outputs.density}
    targets = {name: path for name, path in asked.items() if path is not None}
    others = (bool(outputs.dates), bool(outputs.seamlines), bool(outputs.downloads))
    *joining, dating, tracing, cutting = split(progress, *(5 for _ in targets), *others)
    for (name, target), part in zip(targets.items(), joining, strict=True):
        part.report(0, f"Writing {target.name}")
        join_parts(target, name, specs[name], parts, block_px=options.block_px, progress=part)
    if outputs.dates is not None and source is not None:
        days = {placed.rank: placed.day for placed in plan.scenes} | ({plan.backdrop.rank: None} if plan.backdrop else {})
        write_dates(outputs.dates, source, days, progress=dating)
    if outputs.seamlines is not None and source is not None:
        tracing.report(0, "Tracing seamlines")
        write_seamlines(outputs.seamlines, trace_seamlines(source, plan.source_names))
    if outputs.downloads is not None:
        cut = {"mosaic": outputs.mosaic} | ({"rgb": outputs.rgb} if outputs.rgb else {})
        described = source if options.stac else None
        write_downloads(outputs.downloads, plan, cut, described, side_m=options.download_m, progress=cutting)


def check_outputs(plan: MosaicPlan, outputs: MosaicOutputs, options: MosaicOptions) -> None:
    """Raise `InputError` for a product that this mosaic cannot have, `OutputError` for one in the place of a scene or another product."""
    taken = {os.path.realpath(path): placed.scene.id for placed in plan.scenes for path in placed.scene.files}
    for name, path in vars(outputs).items():
        if path is not None and name not in ("work", "downloads"):
            other = taken.setdefault(os.path.realpath(path), name)
            if other != name:
                raise OutputError(f"{path} cannot become the product {name}: it is {other} as well; choose another file.")
    if outputs.downloads is not None:
        check_squares(plan.grid, options.download_m)
    lacking = [band for band in RGB if band not in plan.bands]
    if outputs.rgb is not None and lacking:
        raise InputError(f"OUTPUT_RGB needs {', '.join(RGB)} but the mosaic lacks {', '.join(lacking)}; add the bands or leave it out.")
