"""The whole walk of a mosaic, as one short function."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np

from ..clouds.polygons import CloudPolygons, PolygonFile
from ..errors import InputError, OutputError
from ..memory import give_back_freed
from ..parallel import local_executor
from ..progress import SILENT, Progress, Span
from ..raster import RasterSpec
from ..scenes import Scene
from .colours import Colours, measure_colours, solve_colours
from .dates import write_dates
from .develop import PRODUCT, choose_stretch, develop, rgb_spec
from .downloads import check_squares, write_downloads
from .findings import find, write_items, write_reports
from .holes import outline_holes, write_holes
from .options import MosaicOptions, MosaicOutputs
from .outlines import Outlines, PointFile
from .overlaps import make_lattice
from .parts import Part, join_parts
from .plan import MosaicPlan, make_plan
from .reduced import reduce_scenes
from .render import PICTURE, RGB, make_jobs, render
from .report import Report, Tr, compose_report, measure_agreement
from .seam_store import SeamStore
from .seamlines import read_seamlines, trace_seamlines, write_seamlines
from .seams import trace_seams
from .suspects import SHOWN, doubtful_areas, find_suspects, measure_shown, write_suspects
from .work import CellStore, open_work_folder, tidy, work_folder

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
        _check_outputs(plan, outputs, options)
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
    specs = product_specs(plan, outputs)
    with clock.of("render"):
        jobs = make_jobs(plan, colours.balance, options, specs=specs, folder=folder, fields=colours.fields, seams=seams, reduced=reduced)
        parts = render(jobs, _block_count(plan, options), executor, progress=Span(progress, 0.35, 0.8))
    with clock.of("write"):
        bytes_ = write_rgb(plan, parts, outputs, options, executor, progress=Span(progress, 0.8, 0.88))
        source = write_products(plan, parts, specs, outputs, options, progress=Span(progress, 0.88, 0.98))
    with clock.of("report"):
        reported = source if outputs.report_json or outputs.report_html else None
        findings = replace(
            find(plan, parts, options, outputs, bytes_=bytes_, source=reported, progress=Span(progress, 0.98, 0.99)),
            suspects=_tell_suspects(suspects, plan, outputs, source),
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
    _describe(report, plan, parts, options, outputs=outputs, source=reported, tr=tr)
    _clear_up(folder, outputs, plan, [*parts.values(), *bytes_.values()])
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


def _tell_suspects(suspects: gpd.GeoDataFrame, plan: MosaicPlan, outputs: MosaicOutputs, source: Path | None) -> dict[str, int]:
    """Write the places to look at where they were asked for and return how many there are and how many the mosaic shows."""
    if source is None:
        return {}
    found = measure_shown(suspects, source, plan)
    if outputs.suspects:
        write_suspects(outputs.suspects, found)
    return {"count": len(found), "shown": int((found[SHOWN] > 0).sum())}


def _describe(
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


def _block_count(plan: MosaicPlan, options: MosaicOptions) -> int:
    return len(list(plan.grid.window.blocks(options.block_px)))


def _clear_up(folder: Path, outputs: MosaicOutputs, plan: MosaicPlan, parts: Sequence[Part]) -> None:
    if outputs.work is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        outlines = [placed.covered.points.path for placed in plan.scenes if isinstance(placed.covered.points, PointFile)]
        tidy(folder, [*(part.path for part in parts), *outlines, *SeamStore(folder).followed()])


@dataclass(frozen=True)
class Clock:
    """Seconds that the steps of a run took."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Step to wall seconds."""

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time a step, and give back what it has freed."""
        begin = time.perf_counter()
        try:
            yield
            give_back_freed()
        finally:
            self.seconds[step] = self.seconds.get(step, 0) + time.perf_counter() - begin


def find_seams(
    plan: MosaicPlan,
    colours: Colours,
    doubts: Mapping[int, np.ndarray],
    options: MosaicOptions,
    executor: Executor,
    *,
    folder: Path,
    progress: Progress,
) -> Mapping[int, Outlines] | None:
    """Return the outlines of each rank's own area, None where priority alone decides."""
    if options.seams == "layer":
        return read_seamlines(options.seamlines, plan, progress, folder=folder)
    if options.seams == "optimal":
        store = SeamStore(folder, options.keep_balance)
        seams = trace_seams(plan, colours.balance, colours.fields, executor, doubts=doubts, solve=store, folder=folder, progress=progress)
        return seams.outlines
    return None


def product_specs(plan: MosaicPlan, outputs: MosaicOutputs) -> dict[str, RasterSpec]:
    """Return what each product rendered block by block is like."""
    ids = {f"SCENE_{rank}": name for rank, name in enumerate(plan.source_names, 1)}
    specs = {
        "mosaic": RasterSpec(plan.grid, "uint16", plan.bands),
        "source": RasterSpec(plan.grid, "uint16", ("source",), tags=ids, overview_resampling="nearest"),
    }
    if outputs.rgb:
        specs[PICTURE] = RasterSpec(plan.grid, "float32", RGB)
    if outputs.density:
        specs["density"] = RasterSpec(plan.grid, "uint8", ("density",), overview_resampling="nearest")
    return specs


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
    developed = develop(parts, spec, stretch, executor, block_px=options.block_px, progress=Span(progress, 0, 0.8))
    progress.report(0.8, f"Writing {outputs.rgb.name}")
    join_parts(outputs.rgb, PRODUCT, spec, developed, block_px=options.block_px, progress=progress)
    return developed


def write_products(
    plan: MosaicPlan,
    parts: Mapping[tuple[int, int], Part],
    specs: Mapping[str, RasterSpec],
    outputs: MosaicOutputs,
    options: MosaicOptions,
    *,
    progress: Progress,
) -> Path | None:
    """Join the parts to products, write the dates, trace the seamlines.

    All on this machine: each product is one file. Returns the SOURCE raster where it was asked for or something that
    was asked for needs it.
    """
    targets = {"mosaic": outputs.mosaic, "source": outputs.source, "density": outputs.density}
    for name, spec in specs.items():
        target = targets.get(name)
        if target is not None:
            progress.report(0.1, f"Writing {target.name}")
            join_parts(target, name, spec, parts, block_px=options.block_px, progress=progress)
    source = outputs.source
    itemised = options.stac and outputs.downloads is not None
    if source is None and (
        outputs.seamlines or outputs.dates or outputs.suspects or outputs.report_json or outputs.report_html or itemised
    ):
        source = work_folder(outputs) / "source.tif"
        join_parts(source, "source", specs["source"], parts, block_px=options.block_px, progress=progress)
    if outputs.dates is not None and source is not None:
        days = {placed.index: placed.day for placed in plan.scenes} | ({plan.backdrop.rank: None} if plan.backdrop else {})
        write_dates(outputs.dates, source, days, progress=Span(progress, 0.85, 0.9))
    if outputs.seamlines is not None and source is not None:
        progress.report(0.9, "Tracing seamlines")
        write_seamlines(outputs.seamlines, trace_seamlines(source, plan.source_names))
    if outputs.downloads is not None:
        cut = {"mosaic": outputs.mosaic} | ({"rgb": outputs.rgb} if outputs.rgb else {})
        described = source if options.stac else None
        write_downloads(outputs.downloads, plan, cut, described, side_m=options.download_m, progress=Span(progress, 0.92, 1))
    return source


def _check_outputs(plan: MosaicPlan, outputs: MosaicOutputs, options: MosaicOptions) -> None:
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
