"""Measure how far features of one ortho lie displaced in another."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from itertools import pairwise

from ..base.progress import SILENT, Progress
from .accuracy import figures_of
from .coarse import find_start
from .comparison import Comparison, Sides
from .displacement import settle
from .masks import Mask
from .options import CompareOptions
from .stream import BlockMatch, match_all


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
    figures = figures_of(found)
    clock.append(time.monotonic())
    steps = [after - before for before, after in pairwise(clock)]
    seconds = dict(zip(("start", "match", "figures"), steps, strict=True))
    return Comparison(sides, options, start, found, figures, seconds)
