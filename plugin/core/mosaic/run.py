"""One run of the mosaic: what was asked for, where it works, how far it is, how long its steps take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..base.memory import give_back_freed
from ..base.progress import SILENT, Progress, Span, split
from ..pages.page import Tr
from ..regions.rings import PointFile
from .options import MosaicOptions
from .plan.plan import MosaicPlan
from .products.outputs import MosaicOutputs
from .render.parts import Part
from .seams.seam_store import SeamStore
from .work_folder import clear, open_work_folder, tidy, work_folder

WEIGHTS: Mapping[str, int] = {"plan": 2, "reduce": 10, "measure": 10, "solve": 2, "seams": 15, "render": 45, "write": 18, "report": 2}
"""Steps in order, to the share of a usual run that each takes."""


@dataclass(frozen=True)
class MosaicRun:
    """What every step of a run is told, and what follows from it."""

    options: MosaicOptions
    """What the mosaic is to be like."""
    outputs: MosaicOutputs
    """Which products are made, and where."""
    folder: Path
    """The work folder, which is there."""
    executor: Executor
    """Who does the tasks."""
    progress: Progress = SILENT
    """That of the whole run."""
    tr: Tr = str
    """Translates what people read."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Step to wall seconds, filled in as steps end."""

    @property
    def wants_report(self) -> bool:
        """Whether a report is written, whose figures take reading the products."""
        return bool(self.outputs.report_json or self.outputs.report_html)

    @property
    def needs_source(self) -> bool:
        """Whether a product is made from the SOURCE raster, or is it."""
        asked = self.outputs
        itemised = self.options.stac and asked.downloads is not None
        return bool(asked.source or asked.seamlines or asked.dates or asked.suspects or self.wants_report or itemised)

    @property
    def source(self) -> Path | None:
        """Where SOURCE is written: where it was asked for, else in the work folder where something needs it."""
        return self.outputs.source or (self.folder / "source.tif" if self.needs_source else None)

    @property
    def wants_suspects(self) -> bool:
        """Whether seams or people want to know where a scene stands alone."""
        return bool(self.options.seams == "optimal" or self.outputs.suspects or self.wants_report)

    @property
    def wants_means(self) -> bool:
        """Whether a step reads means again and again, so that reduced copies are worth making."""
        return self.options.seams == "optimal" or self.options.fill == "blended"

    @property
    def weights(self) -> dict[str, int]:
        """Step to its share of the run's progress: 0 for one that has nothing to do."""
        idle = {
            "reduce": not self.wants_means,
            "measure": self.options.balance == "none",
            "seams": self.options.seams == "priority",
        }
        return {name: 0 if idle.get(name) else weight for name, weight in WEIGHTS.items()}

    @contextmanager
    def step(self, name: str) -> Iterator[Span]:
        """Time a step of `WEIGHTS`, yield its part of the progress, and give back the memory that it and those before it have freed."""
        weights = self.weights
        part = dict(zip(weights, split(self.progress, *weights.values()), strict=True))[name]
        begin = time.perf_counter()
        try:
            give_back_freed()
            yield part
            give_back_freed()
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - begin

    def clear_up(self, plan: MosaicPlan, parts: Sequence[Part]) -> None:
        """Remove what the next run does not need from the work folder, the whole of it where nobody named one."""
        names = [path.name for path in self.outputs.paths.values()]
        if self.outputs.work is None:
            clear(self.folder, names)
            return
        outlines = [placed.covered.points.path for placed in plan.scenes if isinstance(placed.covered.points, PointFile)]
        tidy(self.folder, [*(part.path for part in parts), *outlines, *SeamStore(self.folder).followed()], names)


@contextmanager
def open_run(
    options: MosaicOptions, outputs: MosaicOutputs, executor: Executor, progress: Progress = SILENT, tr: Tr = str
) -> Iterator[MosaicRun]:
    """Yield a run whose work folder can be written; raises `OutputError` for one that cannot."""
    if options.keep_balance and outputs.work is None:
        progress.warn("KEEP_BALANCE has no effect without WORK: there is no former run to take the balance from.")
    with open_work_folder(work_folder(outputs)) as folder:
        yield MosaicRun(options, outputs, folder, executor, progress, tr)
