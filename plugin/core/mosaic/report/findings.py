"""What a finished mosaic is like: areas, holes, seams and distributions, for the reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.warp import transform

from ...base.progress import SILENT, Progress
from ...pages.page import Tr
from ...raster.grid import Window
from ...scenes.msi import RGB
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from ..products.develop import choose_stretch, describe_bytes
from ..products.histograms import add_histograms, fold_bands, percentile_of
from ..products.hole_polygons import join_holes
from ..products.outputs import MosaicOutputs
from ..products.scale import HIGHEST, LOWEST
from ..render.jobs import HISTOGRAM_STEP
from ..render.parts import Part
from .html_report import write_html
from .quicklook import Picture, draw_quicklook, draw_sources
from .report import Findings, Report
from .seam_metrics import measure_seams

BRIGHTER = 1.7
"""Gamma of the quick look: it lifts woods, which are dark, to what an eye tells apart."""
Parts = Mapping[tuple[int, int], Part]
"""Finished blocks by (block row, block column)."""


def find(
    plan: MosaicPlan,
    parts: Parts,
    options: MosaicOptions,
    outputs: MosaicOutputs,
    *,
    bytes_: Parts,
    source: Path | None,
    progress: Progress = SILENT,
) -> Findings:
    """Return the figures of finished products; those that take reading only where ``source``, the SOURCE raster, is there.

    ``bytes_`` are the parts of the 8-bit product, none where it was not asked for.
    """
    pixels, holes = count_pixels(parts), find_holes(plan, parts, options.block_px)
    if source is None:
        return Findings(pixels, holes)
    progress.report(0, "Measuring the seams")
    windows = {(w.row // options.block_px, w.col // options.block_px): w for w in plan.grid.window.blocks(options.block_px)}
    mixed: list[Window] = [windows[place] for place in sorted(parts) if len(parts[place].facts["pixels"]) > 1]
    seams = measure_seams(outputs.mosaic, source, mixed, progress=progress)
    histograms: dict[str, Any] = {"16bit": fold_bands(add_histograms(parts, len(plan.bands)), plan.bands, HISTOGRAM_STEP)}
    if outputs.rgb is None:
        return Findings(pixels, holes, seams, histograms=histograms)
    histograms["8bit"] = describe_bytes(bytes_)
    blended = measure_seams(outputs.rgb, source, mixed, progress=progress)
    chosen = choose_stretch(plan, parts, options)
    ranges = {band: [low, high] for band, low, high in zip(RGB, chosen.minimum, chosen.maximum, strict=True)}
    return Findings(pixels, holes, seams, blended, {"bands": ranges, "gamma": chosen.gamma}, histograms)


def count_pixels(parts: Parts) -> dict[int, int]:
    """Return rank -> pixels in SOURCE."""
    total: dict[int, int] = {}
    for part in parts.values():
        for rank, count in part.facts["pixels"].items():
            total[int(rank)] = total.get(int(rank), 0) + count
    return total


def find_holes(plan: MosaicPlan, parts: Parts, block_px: int) -> dict[str, object]:
    """Return area, number and places of what a scene covers but none shows clearly."""
    area_m2 = plan.grid.pixel_m**2
    facts = {place: part.facts["holes"] for place, part in parts.items()}
    count, holes = join_holes(facts, block_px)
    x, y = plan.grid.to_map(np.array([hole.row for hole in holes]), np.array([hole.col for hole in holes]))
    lon, lat = transform(plan.grid.crs, "EPSG:4326", x, y) if len(x) else ([], [])
    largest = [
        {"x": float(x[n]), "y": float(y[n]), "lon": round(lon[n], 6), "lat": round(lat[n], 6), "area_m2": hole.pixels * area_m2}
        for n, hole in enumerate(holes)
    ]
    return {"area_m2": sum(fact["pixels"] for fact in facts.values()) * area_m2, "count": count, "largest": largest}


def write_reports(
    report: Report, plan: MosaicPlan, parts: Parts, options: MosaicOptions, *, outputs: MosaicOutputs, source: Path, tr: Tr = str
) -> None:
    """Write the reports that were asked for, the one for people in the language of ``tr``; raises `OutputError`."""
    if outputs.report_json:
        report.write(outputs.report_json)
    if outputs.report_html:
        shown = [*report.content["scenes"], *filter(None, [report.content["backdrop"]])]
        areas = {source["index"]: round(source["area_m2"]) for source in shown}
        write_html(outputs.report_html, report.content, _draw_mosaic(plan, parts, options, outputs), draw_sources(source, areas), tr)


def _draw_mosaic(plan: MosaicPlan, parts: Parts, options: MosaicOptions, outputs: MosaicOutputs) -> Picture:
    """Return the quick look: of the 8-bit product where there is one, else of the 16-bit one by the same percentiles."""
    if outputs.rgb is not None:
        return draw_quicklook(outputs.rgb, [(LOWEST, HIGHEST)] * len(RGB), range(1, len(RGB) + 1), gamma=BRIGHTER / options.gamma)
    histogram = add_histograms(parts, len(plan.bands))
    numbers = [plan.bands.index(band) for band in RGB] if set(RGB) <= set(plan.bands) else [0]
    low, high = ([percentile_of(histogram[n], percent) for n in numbers] for percent in options.stretch)
    stretch = [(bottom, max(top, bottom + 1)) for bottom, top in zip(low, high, strict=True)]
    return draw_quicklook(outputs.mosaic, stretch, [n + 1 for n in numbers], gamma=BRIGHTER)
