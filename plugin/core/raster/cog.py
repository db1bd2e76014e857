"""Join tiles that were encoded elsewhere into one Cloud Optimized GeoTIFF, without decoding them again.

A mosaic is encoded block by block, on any number of threads or machines. GDAL's COG driver would decode and encode
everything once more, in one place; here the encoded tiles are copied byte for byte behind the directories, in the
order a COG asks for (main directory, overview directories, then data from the smallest overview to the full
resolution). What the tiles and the georeferencing look like is GDAL's own: tiles are cut from, and tags copied from,
small TIFFs that GDAL has written.

References
----------
OGC 21-026 Cloud Optimized GeoTIFF Standard; BigTIFF file format (Aware Systems).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile

from .spec import RasterSpec
from .write import TILE_PX

ENCODED_PX = 4 * TILE_PX
"""Columns that are encoded at a time."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_SUBFILE, _WIDTH, _LENGTH, _OFFSETS, _COUNTS = 254, 256, 257, 324, 325
_MAIN_ONLY = {33550, 33922, 34264, 34735, 34736, 34737, 42112}
"""Georeferencing and GDAL's metadata: overviews do not repeat them."""

Tags = dict[int, tuple[int, int, bytes]]
"""Tag to (type, count, value bytes)."""


@dataclass(frozen=True)
class Level:
    """Full resolution or one overview of a COG."""

    factor: int
    """1 for the full resolution, else a power of 2."""
    shape: tuple[int, int]
    """(rows, cols) in pixels."""

    @property
    def tiles(self) -> tuple[int, int]:
        """(rows, cols) in tiles."""
        return -(-self.shape[0] // TILE_PX), -(-self.shape[1] // TILE_PX)


def levels_of(shape: tuple[int, int]) -> tuple[Level, ...]:
    """Return the full resolution and the overviews down to one tile."""
    levels = [Level(1, shape)]
    while max(levels[-1].shape) > TILE_PX:
        factor = 2 * levels[-1].factor
        levels.append(Level(factor, (-(-shape[0] // factor), -(-shape[1] // factor))))
    return tuple(levels)


def encode_tiles(array: np.ndarray, spec: RasterSpec) -> Iterator[bytes]:
    """Yield the encoded tiles, row by row, of an array (bands, rows, cols) whose corner is a tile's corner.

    GDAL copies what it encodes and what comes out of it: a few tiles at a time.
    """
    for row in range(0, array.shape[1], TILE_PX):
        for col in range(0, array.shape[2], ENCODED_PX):
            content = _tiff_of(array[:, row : row + TILE_PX, col : col + ENCODED_PX], spec, georeferenced=False)
            tags = _read_directory(content)
            offsets, counts = (_numbers(tags[tag]) for tag in (_OFFSETS, _COUNTS))
            yield from (content[offset : offset + count] for offset, count in zip(offsets, counts, strict=True))


def halve(array: np.ndarray, nodata: float | None, resampling: str) -> np.ndarray:
    """Return an array (bands, rows, cols) at half the resolution; odd last rows and columns are halved alone.

    ``average`` is the rounded mean of the samples that are not ``nodata``; ``nearest`` the upper left sample.
    """
    if resampling == "nearest":
        return np.ascontiguousarray(array[:, ::2, ::2])
    rows, cols = array.shape[1:]
    out = np.empty((len(array), -(-rows // 2), -(-cols // 2)), array.dtype)
    for band, halved in zip(array, out, strict=True):
        halved[:] = _halve_band(band, nodata)
    return out


def _halve_band(band: np.ndarray, nodata: float | None) -> np.ndarray:
    rows, cols = band.shape
    if rows % 2 or cols % 2:
        fill = 0 if nodata is None else nodata
        band = np.pad(band, ((0, rows % 2), (0, cols % 2)), constant_values=fill)
    if nodata is None:
        return _sum_of_four(band, np.uint32) // 4
    known = band != nodata
    if known.all():
        return (_sum_of_four(band, np.uint32) + 2) >> 2
    count = _sum_of_four(known, np.uint8)
    total = _sum_of_four(band if nodata == 0 else np.where(known, band, 0), np.uint32)
    mean = (total + count // 2) // np.maximum(count, 1)
    return np.where(count > 0, mean, nodata)


def _sum_of_four(band: np.ndarray, dtype: type) -> np.ndarray:
    """Return the sums of squares of 2 x 2: rows first, since they lie side by side in memory."""
    rows = np.add(band[0::2], band[1::2], dtype=dtype)
    return np.asarray(rows[:, 0::2] + rows[:, 1::2])


def write_cog(file: BinaryIO, spec: RasterSpec, tiles: Callable[[Level], Iterable[bytes]]) -> None:
    """Write a COG to ``file`` (opened for reading and writing, empty).

    ``tiles(level)`` yields the encoded tiles of a level row by row; an empty one stands for a tile without data.
    All tiles without data share one copy in the file.
    """
    levels = levels_of(spec.grid.shape)
    template = _read_directory(_tiff_of(np.zeros((len(spec.descriptions), 1, 1), spec.dtype), spec, georeferenced=True))
    directories = [_directory_tags(template, level) for level in levels]
    position = 16
    places = []
    for tags in directories:
        places.append(position)
        position += _directory_size(tags)
    file.write(b"\0" * position)
    blank: tuple[int, int] | None = None
    for level, tags in reversed(list(zip(levels, directories, strict=True))):
        offsets, counts = [], []
        for tile in tiles(level):
            if tile:
                offsets.append(position)
                counts.append(len(tile))
                file.write(tile)
                position += len(tile)
                continue
            if blank is None:
                content = _blank_tile(spec)
                blank = position, len(content)
                file.write(content)
                position += len(content)
            offsets.append(blank[0])
            counts.append(blank[1])
        tags[_OFFSETS] = (16, len(offsets), struct.pack(f"<{len(offsets)}Q", *offsets))
        tags[_COUNTS] = (16, len(counts), struct.pack(f"<{len(counts)}Q", *counts))
    file.seek(0)
    file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, places[0]))
    for number, (tags, place) in enumerate(zip(directories, places, strict=True)):
        file.seek(place)
        file.write(_pack_directory(tags, place, places[number + 1] if number + 1 < len(places) else 0))


def _blank_tile(spec: RasterSpec) -> bytes:
    fill = 0 if spec.nodata is None else spec.nodata
    return next(encode_tiles(np.full((len(spec.descriptions), TILE_PX, TILE_PX), fill, spec.dtype), spec))


def _tiff_of(array: np.ndarray, spec: RasterSpec, *, georeferenced: bool) -> bytes:
    """Return an array as a TIFF; where only its tiles are wanted, CRS, names and tags are not worth the time they take.

    GDAL copies and encodes a raster from memory while other threads of Python run. Writing would encode when Rasterio
    closes the file, and let none of them run meanwhile.
    """
    _, rows, cols = array.shape
    raster = {
        "driver": "MEM", "dtype": spec.dtype, "count": len(array), "height": rows, "width": cols, "nodata": spec.nodata,
        "transform": spec.grid.transform, "crs": spec.grid.crs if georeferenced else None,
    }  # fmt: skip
    creation = {
        "TILED": "YES", "BLOCKXSIZE": TILE_PX, "BLOCKYSIZE": TILE_PX, "COMPRESS": "ZSTD", "ZSTD_LEVEL": 1, "INTERLEAVE": "PIXEL",
        "PREDICTOR": 2, "PHOTOMETRIC": "RGB" if spec.is_rgb else "MINISBLACK",
    }  # fmt: skip
    with MemoryFile() as memory, rasterio.open("", "w", **raster) as dataset:
        dataset.write(array)
        if georeferenced:
            dataset.descriptions = spec.descriptions
            dataset.update_tags(**spec.tags)
        rasterio.shutil.copy(dataset, memory.name, driver="GTiff", **creation)
        return bytes(memory.getbuffer())


def _read_directory(content: bytes) -> Tags:
    """Return the tags of the first directory of a classic little-endian TIFF."""
    magic, position = struct.unpack_from("<2xHI", content)
    if magic != 42:
        raise ValueError(f"not a classic TIFF: {magic}")
    (count,) = struct.unpack_from("<H", content, position)
    tags: Tags = {}
    for number in range(count):
        entry = position + 2 + 12 * number
        tag, kind, length = struct.unpack_from("<HHI", content, entry)
        size = _SIZES[kind] * length
        start = entry + 8 if size <= 4 else struct.unpack_from("<I", content, entry + 8)[0]
        tags[tag] = (kind, length, content[start : start + size])
    return tags


def _numbers(tag: tuple[int, int, bytes]) -> tuple[int, ...]:
    kind, count, value = tag
    return struct.unpack(f"<{count}{ {3: 'H', 4: 'I', 16: 'Q'}[kind] }".replace(" ", ""), value)


def _directory_tags(template: Tags, level: Level) -> Tags:
    tags = dict(template) if level.factor == 1 else {tag: value for tag, value in template.items() if tag not in _MAIN_ONLY}
    count = level.tiles[0] * level.tiles[1]
    tags[_SUBFILE] = (4, 1, struct.pack("<I", 0 if level.factor == 1 else 1))
    tags[_WIDTH] = (4, 1, struct.pack("<I", level.shape[1]))
    tags[_LENGTH] = (4, 1, struct.pack("<I", level.shape[0]))
    tags[_OFFSETS] = tags[_COUNTS] = (16, count, b"\0" * 8 * count)
    return tags


def _directory_size(tags: Tags) -> int:
    outside = sum(-(-len(value) // 8) * 8 for _, _, value in tags.values() if len(value) > 8)
    return 8 + 20 * len(tags) + 8 + outside


def _pack_directory(tags: Tags, place: int, following: int) -> bytes:
    head = [struct.pack("<Q", len(tags))]
    tail: list[bytes] = []
    outside = place + 8 + 20 * len(tags) + 8
    for tag, (kind, count, value) in sorted(tags.items()):
        if len(value) <= 8:
            head.append(struct.pack("<HHQ", tag, kind, count) + value.ljust(8, b"\0"))
            continue
        padded = value.ljust(-(-len(value) // 8) * 8, b"\0")
        head.append(struct.pack("<HHQQ", tag, kind, count, outside))
        tail.append(padded)
        outside += len(padded)
    return b"".join((*head, struct.pack("<Q", following), *tail))
