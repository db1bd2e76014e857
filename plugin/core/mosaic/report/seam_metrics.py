"""How visible the seams of a finished mosaic are, measured on a bounded sample of its tiles.

The step across a seam is compared with the step between pixels as far apart that lie wholly inside one scene, right
beside that seam: a ratio of 1 is a seam that cannot be told from the land. Means of strips on both sides show what a
person sees from afar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...base.progress import SILENT, Progress, check
from ...raster.grid import Window
from ...raster.read import open_raster, read_samples
from ...raster.write import TILE_PX

DISTANCES_PX = (1, 5)
"""Distances of the two pixels that are compared."""
GUARD_PX = 2
"""Pixels between a seam and the pair beside it."""
STRIP_PX = 30
"""Length of the strips whose means are compared."""
BLOCKS = 32
"""Blocks with seams that are looked at, at most."""
TILES = 48
"""Tiles of them that are measured, at most: the cost of the figures does not grow with the mosaic."""


@dataclass(frozen=True, eq=False)
class _Steps:
    """Absolute steps (pairs, bands) across seams and beside them."""

    across: np.ndarray
    beside: np.ndarray


def measure_seams(
    mosaic_path: str | Path, source_path: str | Path, blocks: Sequence[Window], *, progress: Progress = SILENT
) -> dict[str, Any]:
    """Return step ratios per distance and of strip means, by band and in the mean; None where there are too few seams.

    ``blocks`` are windows that hold more than one scene. At most `TILES` tiles with the most seam of at most `BLOCKS`
    evenly chosen blocks are read.
    """
    chosen = [blocks[n] for n in np.unique(np.linspace(0, len(blocks) - 1, min(BLOCKS, len(blocks))).astype(int))] if blocks else []
    found: dict[str, list[_Steps]] = {name: [] for name in (*(f"d{distance}" for distance in DISTANCES_PX), "strips")}
    length = 0
    with open_raster(mosaic_path) as mosaic, open_raster(source_path) as source:
        names = [name or f"band {n}" for n, name in enumerate(mosaic.descriptions, 1)]
        tiles = [tile for block in chosen for tile in _tiles_with_seams(read_samples(source, [1], block)[0], block)]
        tiles.sort(key=lambda tile: (-tile[0], tile[1]))
        for count, window in tiles[:TILES]:
            check(progress)
            length += count
            ranks = read_samples(source, [1], window)[0]
            samples = read_samples(mosaic, list(mosaic.indexes), window)
            for labels, values in ((ranks, samples), (ranks.T, samples.transpose(0, 2, 1))):
                for distance in DISTANCES_PX:
                    found[f"d{distance}"].append(pixel_steps(labels, values, distance))
                found["strips"].append(strip_steps(labels, values))
    ratios = {name: _ratios(steps, names) for name, steps in found.items()}
    return {"tiles": min(len(tiles), TILES), "seam_px": length, **{f"step_ratio_{name}": ratio for name, ratio in ratios.items()}}


def _tiles_with_seams(ranks: np.ndarray, block: Window) -> list[tuple[int, Window]]:
    """Return (pixel edges on seams, window) of a block's tiles that have any."""
    tiles = []
    for tile in Window(0, 0, *ranks.shape).blocks(TILE_PX):
        part = ranks[tile.slices_in(Window(0, 0, *ranks.shape))]
        count = sum(int(((a != b) & (a > 0) & (b > 0)).sum()) for a, b in ((part[:, 1:], part[:, :-1]), (part[1:], part[:-1])))
        if count:
            tiles.append((count, tile.shift(block.row, block.col)))
    return tiles


def _seam_places(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the pixels whose right neighbour belongs to another scene."""
    a, b = labels[:, :-1], labels[:, 1:]
    row, col = np.nonzero((a != b) & (a > 0) & (b > 0))
    return row, col


def pixel_steps(labels: np.ndarray, samples: np.ndarray, distance: int) -> _Steps:
    """Return steps between pixels of a row ``distance`` apart, across seams and beside the same seams.

    ``labels`` is (rows, cols), ``samples`` (bands, rows, cols).
    """
    row, col = _seam_places(labels)
    first = col - (distance - 1) // 2
    right, left = col + 1 + GUARD_PX, col - GUARD_PX - distance
    inside = (left >= 0) & (right + distance < labels.shape[1])
    row, col, first, right, left = (values[inside] for values in (row, col, first, right, left))
    pure = _run(labels, row, left, col) & _run(labels, row, col + 1, right + distance)
    row, first, right, left = (values[pure] for values in (row, first, right, left))
    across = _difference(samples, row, first, first + distance)
    beside = np.concatenate([_difference(samples, row, start, start + distance) for start in (left, right)])
    return _Steps(across, beside)


def _run(labels: np.ndarray, row: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return True where all pixels of a row from ``start`` to ``stop`` have one label."""
    changes = np.zeros(labels.shape, np.int32)
    np.cumsum(labels[:, 1:] != labels[:, :-1], axis=1, out=changes[:, 1:])
    return np.asarray(changes[row, start] == changes[row, stop])


def _difference(samples: np.ndarray, row: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(samples[:, row, first].astype(np.float32) - samples[:, row, second]).T


def strip_steps(labels: np.ndarray, samples: np.ndarray) -> _Steps:
    """Return steps between means of neighbouring strips of `STRIP_PX` pixels of a row, across seams and beside them."""
    row, col = _seam_places(labels)
    inside = (col + 1 - 2 * STRIP_PX >= 0) & (col + 2 * STRIP_PX < labels.shape[1])
    row, col = row[inside], col[inside]
    pure = _run(labels, row, col + 1 - 2 * STRIP_PX, col) & _run(labels, row, col + 1, col + 2 * STRIP_PX)
    row, col = row[pure], col[pure]
    across, beside = [], []
    for band in samples:
        total = np.zeros((band.shape[0], band.shape[1] + 1))
        np.cumsum(band, axis=1, out=total[:, 1:])
        far_left, left, right, far_right = (
            (total[row, col + 1 + n * STRIP_PX] - total[row, col + 1 + (n - 1) * STRIP_PX]) / STRIP_PX for n in (-1, 0, 1, 2)
        )
        across.append(np.abs(right - left))
        beside.append(np.concatenate((np.abs(left - far_left), np.abs(far_right - right))))
    return _Steps(np.stack(across, axis=1), np.stack(beside, axis=1))


def _ratios(steps: Sequence[_Steps], names: Sequence[str]) -> dict[str, Any] | None:
    across, beside = (
        np.concatenate([getattr(step, side) for step in steps]) if steps else np.empty((0, 0)) for side in ("across", "beside")
    )
    if len(across) < 20:
        return None
    middle, level = median_step(across), median_step(beside)
    ratio = [round(float(a / b), 4) if b > 0 else None for a, b in zip(middle, level, strict=True)]
    known = [value for value in ratio if value is not None]
    return {"mean": round(float(np.mean(known)), 4) if known else None, "bands": dict(zip(names, ratio, strict=True)), "pairs": len(across)}


def median_step(steps: np.ndarray) -> np.ndarray:
    """Return the medians (bands,) of steps (pairs, bands); among whole numbers, as 8-bit samples have few, the place within the middle one.

    A whole number stands for what is rounded to it, and those that are equal lie evenly in there.
    """
    middle = np.median(steps, axis=0)
    whole = np.floor(middle)
    if (steps != np.rint(steps)).any():
        return np.asarray(middle)
    below, equal = (steps < whole).sum(axis=0), (steps == whole).sum(axis=0)
    start = np.maximum(whole - 0.5, 0)
    place = start + (len(steps) / 2 - below) / np.maximum(equal, 1) * (whole + 0.5 - start)
    return np.where(equal > 0, place, middle)
