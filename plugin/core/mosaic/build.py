"""The whole walk of a mosaic, as one short function."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from ..base.parallel import local_executor
from ..base.progress import SILENT, Progress, Span
from ..clouds.polygons import CloudPolygons, PolygonFile
from ..pages.page import Tr
from ..scenes import Scene
from .colour.agreement import measure_agreement
from .colour.cell_store import CellStore
from .colour.cells import make_lattice
from .colour.colours import Colours, measure_colours, solve_colours
from .colour.suspects import doubtful_areas, find_suspects
from .options import MosaicOptions
from .plan.means import reduce_scenes
from .plan.plan import MosaicPlan, make_plan
from .products.make import check_outputs, write_products, write_rgb
from .products.outputs import MosaicOutputs
from .render.jobs import make_jobs, product_specs, render
from .report.findings import find
from .report.report import Report, compose_report
from .report.tell import tell, tell_suspects
from .run import Clock, clear_up
from .seams.choose import find_seams
from .work_folder import open_work_folder, work_folder

log = logging.getLogger(__name__)


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
    if options.keep_balance and outputs.work is None:
        progress.warn("KEEP_BALANCE has no effect without WORK: there is no former run to take the balance from.")
    with open_work_folder(work_folder(outputs)) as folder:
        plan = make_plan(scenes, clouds, options, progress, folder=folder)
        check_outputs(plan, outputs, options)
        return _build(plan, options, outputs, executor, folder=folder, progress=progress, tr=tr)


def _build(
    plan: MosaicPlan, options: MosaicOptions, outputs: MosaicOutputs, executor: Executor, *, folder: Path, progress: Progress, tr: Tr
) -> Report:
    """Make the mosaic of a plan, with a work folder that is there."""
    clock = Clock()
    with clock.of("reduce"):
        reduced = _reduced(plan, options, folder, executor, progress=Span(progress, 0, 0.1))
    colours = _solve(plan, reduced, options, clock, executor, folder=folder, progress=progress)
    with clock.of("solve"):
        suspects = _suspects(plan, colours, options, outputs)
        agreement = measure_agreement(colours, plan)
        colours = replace(colours, cells=(), overlaps=())  # those of `KEPT_SCENES` are in memory
    with clock.of("seams"):
        doubts = doubtful_areas(suspects, plan)
        seams = find_seams(reduced, colours, doubts, options, executor, folder=folder, progress=Span(progress, 0.2, 0.35))
    specs = product_specs(plan, picture=outputs.rgb is not None, density=outputs.density is not None)
    with clock.of("render"):
        jobs = make_jobs(plan, colours.balance, options, specs=specs, folder=folder, fields=colours.fields, seams=seams, reduced=reduced)
        parts = render(jobs, _block_count(plan, options), executor, progress=Span(progress, 0.35, 0.8))
    with clock.of("write"):
        bytes_ = write_rgb(plan, parts, outputs, options, executor, progress=Span(progress, 0.8, 0.88))
        source = write_products(plan, parts, specs, outputs, options, folder=folder, progress=Span(progress, 0.88, 0.98))
    with clock.of("report"):
        reported = source if outputs.report_json or outputs.report_html else None
        findings = replace(
            find(plan, parts, options, outputs, bytes_=bytes_, source=reported, progress=Span(progress, 0.98, 0.99)),
            suspects=tell_suspects(suspects, plan, outputs, source),
            colours=colours.facts,
        )
    report = compose_report(
        plan,
        options,
        colours,
        agreement=agreement,
        findings=findings,
        outputs={name: str(path) for name, path in vars(outputs).items() if path},
        seconds=clock.seconds,
    )
    tell(report, plan, parts, options, outputs=outputs, source=reported, tr=tr)
    clear_up(folder, outputs, plan, [*parts.values(), *bytes_.values()])
    progress.report(1, "Mosaic finished")
    return report


def _solve(
    plan: MosaicPlan,
    reduced: MosaicPlan,
    options: MosaicOptions,
    clock: Clock,
    executor: Executor,
    *,
    folder: Path,
    progress: Progress,
) -> Colours:
    """Return how the scenes' colours are changed."""
    with clock.of("measure"):
        store = CellStore(folder, reduced, options.keep_balance)
        measured = measure_colours(plan, options, store, executor, progress=Span(progress, 0.1, 0.2))
    with clock.of("solve"):
        return solve_colours(plan, measured, options, progress)


def _reduced(plan: MosaicPlan, options: MosaicOptions, folder: Path, executor: Executor, *, progress: Progress) -> MosaicPlan:
    """Return the plan of reduced copies where a step reads means again and again, else the plan itself."""
    if options.seams == "optimal" or options.fill == "blended":
        return reduce_scenes(plan, folder, executor, progress=progress)
    return plan


def _suspects(plan: MosaicPlan, colours: Colours, options: MosaicOptions, outputs: MosaicOutputs) -> gpd.GeoDataFrame:
    """Return the places where a scene stands alone; none where neither seams nor people want to know."""
    asked = options.seams == "optimal" or outputs.suspects or outputs.report_json or outputs.report_html
    return find_suspects(colours.overlaps if asked else (), colours.balance, plan, make_lattice(plan.grid))


def _block_count(plan: MosaicPlan, options: MosaicOptions) -> int:
    return len(list(plan.grid.window.blocks(options.block_px)))
