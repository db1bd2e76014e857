"""The reports and lists of a run, where they were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd

from ...pages.page import Tr
from ..colour.suspects import SHOWN, measure_shown, write_suspects
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from ..products.hole_polygons import outline_holes, write_holes
from ..products.outputs import MosaicOutputs
from ..products.stac_item import write_items
from ..render.parts import Part
from .findings import write_reports
from .report import Report


def tell_suspects(suspects: gpd.GeoDataFrame, plan: MosaicPlan, outputs: MosaicOutputs, source: Path | None) -> dict[str, int]:
    """Write the places to look at where they were asked for and return how many there are and how many the mosaic shows."""
    if source is None:
        return {}
    found = measure_shown(suspects, source, plan)
    if outputs.suspects:
        write_suspects(outputs.suspects, found)
    return {"count": len(found), "shown": int((found[SHOWN] > 0).sum())}


def tell(
    report: Report,
    plan: MosaicPlan,
    parts: Mapping[tuple[int, int], Part],
    options: MosaicOptions,
    *,
    outputs: MosaicOutputs,
    source: Path | None,
    tr: Tr,
) -> None:
    """Write holes, items and reports where they were asked for."""
    if outputs.holes:
        write_holes(outputs.holes, outline_holes(plan.grid, parts, options.block_px))
    if options.stac:
        write_items(plan, report.content["scenes"], outputs)
    if source is not None:
        write_reports(report, plan, parts, options, outputs=outputs, source=source, tr=tr)
