"""Match whole rasters block by block, with a halo, on any executor: memory does not grow with the raster."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from ..base.parallel import local_executor, map_ordered
from ..base.progress import SILENT, Progress
from ..raster.grid import Window
from .masks import Mask
from .matching.align import Piece
from .matching.points import NO_POINTS, FieldPoints, match
from .options import MatchOptions
from .sides import Ortho, Shared, read_piece

BLOCK_PX = (2240, 1120)
"""Rows and columns of a block: the cost of solving grows with the square of its columns, that of the halo shrinks."""
HALO_NODES = 4
"""Nodes around a block that hold its field: a spline reaches over two, its smoothness over some more."""


@dataclass(frozen=True, eq=False)
class BlockMatch:
    """Matches one block; it carries facts and parameters, and reads its own pixels."""

    a: Ortho
    """The ortho whose places are asked about."""
    b: Ortho
    """The other one."""
    shared: Shared
    """The pixels both have."""
    mask: Mask
    """What is left out, on the pixels of A."""
    options: MatchOptions
    """How to match."""
    start: tuple[float, float]
    """Displacement (east, down) in pixels to begin with."""

    def __call__(self, block: Window) -> FieldPoints:
        """Return the points of a block, a window of A whose corner is that of a square; places on pixels of A."""
        read = self.read_window(block)
        pieces = read_piece(self.a, read), read_piece(self.b, self.shared.in_other(read))
        if not all(piece.valid.any() for piece in pieces):
            return NO_POINTS
        usable = ~self.mask.left_out(read)
        a, b = (Piece(piece.samples, piece.valid & usable) for piece in pieces)
        spacing_px = self.options.spacing_px
        points = match(a, b, self.options, self.start, block.shift(-read.row, -read.col))
        return points.shifted(read.row, read.col, (block.row // spacing_px, block.col // spacing_px))

    def read_window(self, block: Window) -> Window:
        """Return the window to read for a block: with a halo, on the lattice of nodes that begins at A's first pixel."""
        node_px = self.options.node_px
        grown = block.grow(HALO_NODES * node_px).intersect(self.shared.window)
        row, col = (start // node_px * node_px for start in (grown.row, grown.col))
        rows, cols = (math.ceil((stop - start) / node_px) * node_px for start, stop in zip((row, col), grown.stop, strict=True))
        return Window(row, col, rows, cols)


def blocks_of(shared: Shared, spacing_px: int) -> Iterator[Window]:
    """Yield windows of whole squares, counted from A's first pixel, that cover what two orthos share."""
    sides = [max(1, side // spacing_px) * spacing_px for side in BLOCK_PX]
    first = [start // spacing_px * spacing_px for start in (shared.window.row, shared.window.col)]
    rows, cols = shared.window.stop
    for row in range(first[0], rows, sides[0]):
        for col in range(first[1], cols, sides[1]):
            yield Window(row, col, min(sides[0], rows - row), min(sides[1], cols - col))


def match_all(job: BlockMatch, executor: Executor | None = None, progress: Progress = SILENT) -> FieldPoints:
    """Return the points of all blocks, the same whatever the executor."""
    blocks = list(blocks_of(job.shared, job.options.spacing_px))
    parts: list[FieldPoints] = []

    def run(workers: Executor) -> None:
        for number, points in enumerate(map_ordered(job, blocks, workers, progress=progress), 1):
            parts.append(points)
            progress.report(number / len(blocks), f"{number} / {len(blocks)}")

    if executor is not None:
        run(executor)
    else:
        with local_executor() as threads:
            run(threads)
    return FieldPoints.joined(parts)
