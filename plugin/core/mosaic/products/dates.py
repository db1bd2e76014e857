"""The date of every pixel, from the raster of sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from ...base.progress import SILENT, Progress, check
from ...raster.grid import Window
from ...raster.read import grid_of, open_raster, read_samples
from ...raster.spec import RasterSpec
from ...raster.write import write_raster

EPOCH = date(1970, 1, 1)
"""Day 0; no scene is from that day, so 0 is free for nodata."""
BLOCK_PX = 2048
"""Side of the windows gone through one by one."""


def days_since_epoch(day: date | None) -> int:
    """Return the days since 1970-01-01, 0 for an unknown date."""
    return 0 if day is None else (day - EPOCH).days


def write_dates(path: Path, source: Path, days: Mapping[int, date | None], *, progress: Progress = SILENT) -> None:
    """Write a uint16 COG of days since 1970-01-01, 0 where no scene shows or its date is unknown; raises `OutputError`.

    ``source`` is a SOURCE raster, ``days`` the date of each of its ranks.
    """
    table = np.zeros(max([0, *days]) + 1, np.uint16)
    for rank, day in days.items():
        table[rank] = days_since_epoch(day)
    with open_raster(source) as dataset:
        spec = RasterSpec(grid_of(dataset), "uint16", ("date",), tags={"UNIT": "days since 1970-01-01"}, overview_resampling="nearest")
        windows: list[Window] = list(spec.grid.window.blocks(BLOCK_PX))
        with write_raster(path, spec) as sink:
            for done, window in enumerate(windows, 1):
                check(progress)
                sink.write(table[read_samples(dataset, [1], window)], window)
                progress.report(done / len(windows), "Writing dates")
