"""Measure how far features of one ortho lie displaced in another."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise

from ..base.progress import SILENT, Progress
from .accuracy import figures_of
from .coarse import find_start
from .comparison import Comparison, Sides
from .displacement import settle
from .masks import Mask
from .matching.outliers import agree_across
from .options import CompareOptions
from .relief import explain, height_difference
from .stream import BlockMatch, match_all
from .viewing import view_of


def measure(
    sides: Sides, mask: Mask | None, options: CompareOptions, *, executor: Executor | None = None, progress: Progress = SILENT
) -> Comparison:
    """Return how far features of A lie displaced in B, with figures."""
    mask = mask or Mask(sides.a.grid)
    clock = [time.monotonic()]
    start = find_start(sides.a, sides.b, sides.shared, mask, options.match.search_px)
    clock.append(time.monotonic())
    job = BlockMatch(sides.a, sides.b, sides.shared, mask, options.match, (start.east_px, start.down_px))
    points = match_all(job, executor, progress)
    clock.append(time.monotonic())
    found = settle(points, sides.shared, sides.a.grid, options.match)
    view = view_of(sides.a, sides.b, *found.place)
    if view is not None:
        found = replace(found, kept=found.kept & agree_across((view.across * found.moved_px).sum(axis=0), found.kept))
    figures = figures_of(found)
    clock.append(time.monotonic())
    heights = height_difference(found, options.match.node_px, options.dem_a, options.dem_b) if options.dem_a else (None, None)
    relief = explain(found, view, *heights)
    clock.append(time.monotonic())
    steps = [after - before for before, after in pairwise(clock)]
    seconds = dict(zip(("start", "match", "figures", "relief"), steps, strict=True))
    return Comparison(sides, options, start, found, figures, relief, seconds)
