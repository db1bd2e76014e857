"""Parts of blocks joined to one raster file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from ...base.drafts import draft_of
from ...base.errors import InputError
from ...base.progress import SILENT, Progress, check
from ...raster.cog import Level, halve, levels_of, write_cog
from ...raster.spec import RasterSpec
from ...raster.write import TILE_PX
from ..render.parts import Part, _encode, inner_factors


def join_parts(
    target: Path,
    name: str,
    spec: RasterSpec,
    parts: Mapping[tuple[int, int], Part],
    *,
    block_px: int,
    progress: Progress = SILENT,
) -> None:
    """Write one product as a COG at ``target`` from its parts by (block row, block column); raises `OutputError`."""
    folder = next(iter(parts.values())).path.parent
    with draft_of(target, folder=folder) as draft:
        try:
            with TemporaryFile(dir=target.parent) as spool, draft.open("w+b") as file:
                higher = _higher_levels(name, spec, parts, block_px, spool)

                def tiles(level: Level) -> Iterator[bytes]:
                    if level.factor in higher:
                        for offset, length in higher[level.factor]:
                            spool.seek(offset)
                            yield spool.read(length)
                    else:
                        yield from _inner_tiles(name, level, parts, block_px, progress)

                write_cog(file, spec, tiles)
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError as error:
            if not str(error.filename).endswith(".part"):
                raise
            raise InputError(f"{error.filename} is not there; workers and this machine must see the folder {folder} alike.") from error


def _inner_tiles(name: str, level: Level, parts: Mapping[tuple[int, int], Part], block_px: int, progress: Progress) -> Iterator[bytes]:
    """Yield a level's tiles in the raster's order, straight from the part files."""
    side = block_px // TILE_PX // level.factor
    rows, cols = level.tiles
    for block_row in range(-(-rows // side)):
        check(progress)
        with ExitStack() as stack:
            row_parts = [parts[block_row, block_col] for block_col in range(-(-cols // side))]
            files = [stack.enter_context(part.path.open("rb")) for part in row_parts]
            places = [part.index["levels"][name][str(level.factor)] for part in row_parts]
            for row in range(min(side, rows - block_row * side)):
                for block_col, (file, place) in enumerate(zip(files, places, strict=True)):
                    width = min(side, cols - block_col * side)
                    for offset, length in place[row * width : (row + 1) * width]:
                        file.seek(offset)
                        yield file.read(length)


def _higher_levels(
    name: str, spec: RasterSpec, parts: Mapping[tuple[int, int], Part], block_px: int, spool: BinaryIO
) -> dict[int, list[tuple[int, int]]]:
    """Encode the levels coarser than a block's tiles into ``spool``; return factor -> [(offset, length), ...].

    Rows are halved as they come: each level holds one row of tiles.
    """
    levels = [level for level in levels_of(spec.grid.shape) if level.factor > inner_factors(block_px)[-1]]
    found: dict[int, list[tuple[int, int]]] = {level.factor: [] for level in levels}
    rows = _seed_rows(name, spec, parts)
    for level in levels:
        rows = _encode_level(rows, level, spec, found[level.factor], spool)
    if levels:
        deque(rows, maxlen=0)  # the coarsest level draws the others along
    return found


def _encode_level(
    rows: Iterator[np.ndarray], level: Level, spec: RasterSpec, found: list[tuple[int, int]], spool: BinaryIO
) -> Iterator[np.ndarray]:
    """Encode a level's ``rows``, half a tile high but for the last ones, and yield them halved."""
    held = np.empty((len(spec.descriptions), min(TILE_PX, level.shape[0]), level.shape[1]), spec.dtype)
    filled = done = 0
    for part in rows:
        held[:, filled : filled + part.shape[1]] = part
        filled, done = filled + part.shape[1], done + part.shape[1]
        if filled < TILE_PX and done < level.shape[0]:
            continue
        for tile in _encode(held[:, :filled], spec):
            found.append((spool.seek(0, os.SEEK_END), len(tile)))
            spool.write(tile)
        yield halve(held[:, :filled], spec.nodata, spec.overview_resampling)
        filled = 0


def _seed_rows(name: str, spec: RasterSpec, parts: Mapping[tuple[int, int], Part]) -> Iterator[np.ndarray]:
    """Yield what the blocks leave for coarser levels, one row of blocks after the other."""
    block_rows, block_cols = (1 + max(place[axis] for place in parts) for axis in (0, 1))
    for row in range(block_rows):
        yield np.concatenate([_read_seed(parts[row, col], name, spec) for col in range(block_cols)], axis=2)


def _read_seed(part: Part, name: str, spec: RasterSpec) -> np.ndarray:
    offset, length, shape = part.index["seeds"][name]
    with part.path.open("rb") as file:
        file.seek(offset)
        return np.frombuffer(file.read(length), spec.dtype).reshape(shape)
