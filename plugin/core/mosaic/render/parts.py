"""Finished blocks on disk: encoded once, checked, found again by a rerun, joined without decoding.

A part is one file per block with the tiles of every product and of the overviews that fit into the block. It
appears by rename, ends with an index and a checksum, and carries the key of everything it depends on, so that a
rerun after a crash, or after an editor changed one polygon, renders only what is missing or different.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from ...base.drafts import draft_of
from ...base.errors import InputError
from ...raster.cog import encode_tiles, halve
from ...raster.grid import Window
from ...raster.spec import RasterSpec
from ...raster.write import TILE_PX

log = logging.getLogger(__name__)

MAGIC = b"SKYFRI1\n"
_TRAILER = struct.Struct("<QQI8s")  # start and length of the index, CRC-32 of all before the trailer, magic

_CHUNK = 1 << 22


@dataclass(frozen=True)
class Part:
    """The index of one part file."""

    path: Path
    """Where it is."""
    key: str
    """Hash of everything its pixels depend on."""
    index: Mapping[str, Any]
    """``levels``: product -> factor -> [[offset, length], ...]; ``seeds``: product -> [offset, length, shape];
    ``arrays``: name -> [offset, length, dtype, shape]; ``facts``."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the block's task said besides pixels."""
        facts: Mapping[str, Any] = self.index["facts"]
        return facts


def part_path(folder: Path, window: Window, block_px: int) -> Path:
    """Return the file of a block."""
    return folder / f"{window.row // block_px:05d}_{window.col // block_px:05d}.part"


def inner_factors(block_px: int) -> tuple[int, ...]:
    """Return the factors of the levels whose tiles lie wholly inside one block."""
    return tuple(2**n for n in range(int(np.log2(block_px // TILE_PX)) + 1))


def write_part(
    path: Path,
    key: str,
    products: Sequence[tuple[str, RasterSpec, np.ndarray]],
    facts: Mapping[str, Any],
    *,
    block_px: int,
    arrays: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> Part:
    """Write one block's products, each an array (bands, rows, cols), with their overviews; raises `OutputError`.

    ``arrays`` are kept as they are for a later step, which reads them by `read_array`.
    """
    index: dict[str, Any] = {"key": key, "levels": {}, "seeds": {}, "arrays": {}, "facts": facts}
    with draft_of(path) as draft, draft.open("wb") as file:  # not synced: what a power cut takes away, the checksum finds missing
        crc = 0

        def put(content: bytes) -> list[int]:
            nonlocal crc
            crc = zlib.crc32(content, crc)
            start = file.tell()
            file.write(content)
            return [start, len(content)]

        put(MAGIC)
        for name, spec, array in products:
            levels = index["levels"][name] = {}
            reduced = array
            for factor in inner_factors(block_px):
                levels[str(factor)] = [put(tile) for tile in _encode(reduced, spec)]
                reduced = halve(reduced, spec.nodata, spec.overview_resampling)
            index["seeds"][name] = [*put(reduced.tobytes()), list(reduced.shape)]
        for name, array in arrays.items():
            index["arrays"][name] = [*put(array.tobytes() if array.any() else b""), array.dtype.str, list(array.shape)]
        start, length = put(json.dumps(index).encode())
        file.write(_TRAILER.pack(start, length, crc, MAGIC))
    return Part(path, key, index)


def read_array(part: Part, name: str) -> np.ndarray:
    """Return an array that `write_part` kept; raises `InputError` where the file is gone."""
    offset, length, dtype, shape = part.index["arrays"][name]
    if not length:
        return np.zeros(shape, dtype)
    try:
        with part.path.open("rb") as file:
            file.seek(offset)
            return np.frombuffer(file.read(length), dtype).reshape(shape)
    except (OSError, ValueError) as error:
        raise InputError(f"{part.path} cannot be read ({error}); run the mosaic again, its finished blocks are found.") from error


def _encode(array: np.ndarray, spec: RasterSpec) -> Iterator[bytes]:
    """Yield the tiles of an array, an empty one for each without data."""
    if not _holds_data(array, spec):
        yield from (b"" for _ in Window(0, 0, *array.shape[1:]).blocks(TILE_PX))
        return
    whole = Window(0, 0, *array.shape[1:])
    for window, tile in zip(whole.blocks(TILE_PX), encode_tiles(array, spec), strict=True):
        yield tile if _holds_data(array[(slice(None), *window.slices_in(whole))], spec) else b""


def _holds_data(array: np.ndarray, spec: RasterSpec) -> bool:
    return bool((array != (spec.nodata or 0)).any())


def read_part(path: Path) -> Part | None:
    """Return a part's index, None where the file is missing, cut short or damaged."""
    try:
        with path.open("rb") as file:
            size = file.seek(-_TRAILER.size, os.SEEK_END)
            start, length, crc, magic = _TRAILER.unpack(file.read(_TRAILER.size))
            if magic != MAGIC or start + length != size:
                return None
            if _checksum(file, size) != crc:
                log.warning("%s is damaged and is made again", path)
                return None
            file.seek(start)
            index = json.loads(file.read(length))
            return Part(path, index["key"], index)
    except (OSError, ValueError, struct.error):
        return None


def _checksum(file: BinaryIO, size: int) -> int:
    """Return the CRC-32 of the first ``size`` bytes."""
    file.seek(0)
    crc = 0
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        crc = zlib.crc32(chunk, crc)
        size -= len(chunk)
    return crc
