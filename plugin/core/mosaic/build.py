"""The whole walk of a mosaic, as one short function."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd

from ..base.parallel import local_executor
from ..base.progress import SILENT, Progress, split
from ..clouds.polygons import CloudPolygons, PolygonFile
from ..pages.page import Tr
from ..raster.spec import RasterSpec
from ..regions.rings import Outlines
from ..scenes import Scene
from .colour.agreement import Agreement, measure_agreement
from .colour.balance_file import write_balance
from .colour.cell_store import CellStore
from .colour.colours import Colours, Measured, measure_colours, solve_colours
from .colour.suspects import doubtful_areas, find_suspects
from .options import MosaicOptions
from .plan.means import reduce_scenes
from .plan.plan import MosaicPlan, make_plan
from .products.make import check_outputs, write_products, write_rgb
from .products.outputs import MosaicOutputs
from .render.jobs import make_jobs, product_specs, render
from .render.parts import Part
from .report.findings import find
from .report.report import Report, compose_report
from .report.tell import tell, tell_suspects
from .run import MosaicRun, open_run
from .seams.choose import find_seams

log = logging.getLogger(__name__)

SCALING, JOINING = 8, 10
"""How long it takes to scale the 8-bit product, and to write the products."""

Parts = Mapping[tuple[int, int], Part]
"""Finished blocks by (block row, block column)."""


def build(
    scenes: Sequence[Scene],
    clouds: CloudPolygons | PolygonFile | None,
    options: MosaicOptions,
    outputs: MosaicOutputs,
    *,
    progress: Progress = SILENT,
    executor: Executor | None = None,
    tr: Tr = str,
) -> Report:
    """Make a mosaic from scenes in order of priority, highest first, and the polygons that hide parts of them.

    The walk: plan, reduce, measure overlaps, solve the balance, trace seams, render, report. Products appear by rename when
    complete; finished blocks of a run that broke off are found again in the work folder. ``tr`` translates the report for people.

    Raises
    ------
    InputError
        Where scenes, polygons or options cannot work together, or a file cannot be read.
    OutputError
        Where a product cannot be written.
    Cancelled
        When the user asked to stop; finished blocks are kept for the next run.
    """
    if executor is None:
        with local_executor() as pool:
            return build(scenes, clouds, options, outputs, progress=progress, executor=pool, tr=tr)
    with open_run(options, outputs, executor, progress, tr) as run:
        plan = _plan(run, scenes, clouds)
        reduced = _reduce(run, plan)
        solved = _solve(run, plan, _measure(run, plan, reduced))
        seams = _trace_seams(run, reduced, solved)
        parts = _render(run, plan, reduced, solved.colours, seams)
        scaled = _write(run, plan, parts)
        return _report(run, plan, solved, parts, scaled)


@dataclass(frozen=True, eq=False)
class _Solved:
    """What is known once the colours are solved; the cells that told it are not kept."""

    colours: Colours
    """How the samples of each scene are changed."""
    agreement: Agreement
    """How well the scenes agree."""
    suspects: gpd.GeoDataFrame
    """The places where a scene stands alone; none where nobody wants to know."""


def _plan(run: MosaicRun, scenes: Sequence[Scene], clouds: CloudPolygons | PolygonFile | None) -> MosaicPlan:
    with run.step("plan") as progress:
        plan = make_plan(scenes, clouds, run.options, progress, folder=run.folder)
        check_outputs(plan, run.outputs, run.options)
        return plan


def _reduce(run: MosaicRun, plan: MosaicPlan) -> MosaicPlan:
    """Return the plan of reduced copies where they are worth making, else the plan itself."""
    with run.step("reduce") as progress:
        return reduce_scenes(plan, run.folder, run.executor, progress=progress) if run.wants_means else plan


def _measure(run: MosaicRun, plan: MosaicPlan, reduced: MosaicPlan) -> Measured:
    with run.step("measure") as progress:
        store = CellStore(run.folder, reduced, run.options.keep_balance)
        return measure_colours(plan, run.options, store, run.executor, progress=progress)


def _solve(run: MosaicRun, plan: MosaicPlan, measured: Measured) -> _Solved:
    with run.step("solve") as progress:
        colours, evidence = solve_colours(plan, measured, run.options, progress)
        overlaps = evidence.overlaps if run.wants_suspects else ()
        suspects = find_suspects(overlaps, colours.balance, plan, plan.lattice)
        return _Solved(colours, measure_agreement(evidence, colours, plan), suspects)


def _trace_seams(run: MosaicRun, reduced: MosaicPlan, solved: _Solved) -> Mapping[int, Outlines] | None:
    with run.step("seams") as progress:
        doubts = doubtful_areas(solved.suspects, reduced)
        return find_seams(reduced, solved.colours, doubts, run.options, run.executor, folder=run.folder, progress=progress)


def _render(
    run: MosaicRun, plan: MosaicPlan, reduced: MosaicPlan, colours: Colours, seams: Mapping[int, Outlines] | None
) -> dict[tuple[int, int], Part]:
    with run.step("render") as progress:
        jobs = make_jobs(plan, reduced, colours, run.options, seams=seams, specs=_specs(run, plan), folder=run.folder)
        count = len(list(plan.grid.window.blocks(run.options.block_px)))
        return render(jobs, count, run.executor, progress=progress)


def _specs(run: MosaicRun, plan: MosaicPlan) -> dict[str, RasterSpec]:
    return product_specs(plan, picture=run.outputs.rgb is not None, density=run.outputs.density is not None)


def _write(run: MosaicRun, plan: MosaicPlan, parts: Parts) -> Parts:
    """Write the products and return the parts of the 8-bit one, none where it was not asked for."""
    with run.step("write") as progress:
        scaling, joining = split(progress, SCALING if run.outputs.rgb else 0, JOINING)
        scaled = write_rgb(plan, parts, run.outputs, run.options, run.executor, progress=scaling)
        write_products(plan, parts, _specs(run, plan), run.outputs, run.options, source=run.source, progress=joining)
        return scaled


def _report(run: MosaicRun, plan: MosaicPlan, solved: _Solved, parts: Parts, scaled: Parts) -> Report:
    """Measure what was made, say so in every form that was asked for, and clear up."""
    options, outputs = run.options, run.outputs
    reported: Path | None = run.source if run.wants_report else None
    with run.step("report") as progress:
        findings = replace(
            find(plan, parts, options, outputs, bytes_=scaled, source=reported, progress=progress),
            suspects=tell_suspects(solved.suspects, plan, outputs, run.source),
            colours=solved.colours.facts,
        )
    report = compose_report(
        plan,
        options,
        solved.colours,
        agreement=solved.agreement,
        findings=findings,
        outputs={name: str(path) for name, path in outputs.paths.items()},
        seconds=run.seconds,
    )
    if outputs.balance:
        write_balance(outputs.balance, solved.colours.balance)
    tell(report, plan, parts, options, outputs=outputs, source=reported, tr=run.tr)
    run.clear_up(plan, [*parts.values(), *scaled.values()])
    run.progress.report(1, "Mosaic finished")
    return report
