"""One run of the mosaic: its clock, and what it leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..base.memory import give_back_freed
from ..regions.rings import PointFile
from .plan.plan import MosaicPlan
from .products.outputs import MosaicOutputs
from .render.parts import Part
from .seams.seam_store import SeamStore
from .work_folder import clear, tidy


def clear_up(folder: Path, outputs: MosaicOutputs, plan: MosaicPlan, parts: Sequence[Part]) -> None:
    """Remove what the next run does not need from the work folder, the whole of it where nobody named one."""
    if outputs.work is None:
        clear(folder, _names(outputs))
    else:
        outlines = [placed.covered.points.path for placed in plan.scenes if isinstance(placed.covered.points, PointFile)]
        tidy(folder, [*(part.path for part in parts), *outlines, *SeamStore(folder).followed()], _names(outputs))


def _names(outputs: MosaicOutputs) -> list[str]:
    return [path.name for path in vars(outputs).values() if path]


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
