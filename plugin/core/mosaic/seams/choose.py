"""Whose each place is: by priority, by a layer, or by seams of least cost."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from ...base.progress import Progress
from ...regions.rings import Outlines
from ..colour.colours import Colours
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan
from .cost import SeamOptions
from .seam_store import SeamStore
from .seamlines import read_seamlines
from .trace import pose_problem, trace_seams


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
        problem = pose_problem(plan, colours.balance, colours.fields, doubts, SeamOptions(), folder=folder)
        store = SeamStore(folder, options.keep_balance)
        return trace_seams(problem, executor, solve=store, folder=folder, progress=progress).outlines
    return None
