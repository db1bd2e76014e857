"""Seams on cells: whose area each is in. Those of a country lie in a file that the system puts aside and reads again."""

from __future__ import annotations

import errno
import logging
import mmap
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from ...base.drafts import not_written
from ...base.errors import OutputError

log = logging.getLogger(__name__)

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
"""What a folder says that will not take a file of any kind."""
HELD_CELLS = 16_000_000
"""Cells up to which ranks are held in memory."""
ROWS_AT_ONCE = 1024
"""Rows that are copied at a time."""
LONGEST_HEAD = 4096
"""Bytes that NumPy writes before an array at most."""


@dataclass(frozen=True, eq=False)
class CellLabels:
    """A mosaic's seams on cells."""

    ranks: np.ndarray
    """(rows, cols) uint16 ranks of the finest cells, 0 where no scene has data."""
    dominant: np.ndarray
    """(rows, cols) int32 ordinal of the date that dominates around each of the coarsest cells, 0 none."""


def empty_ranks(shape: tuple[int, int], folder: Path | None) -> np.ndarray:
    """Return (rows, cols) uint16 zeros; many lie in a file of ``folder``, where one is given, that goes with the array.

    Raises `OutputError` where the disk has no room: it is taken at once, for a disk that fills later would end the process.
    """
    if folder is None or shape[0] * shape[1] <= HELD_CELLS:
        return np.zeros(shape, np.uint16)
    try:
        with TemporaryFile(dir=folder) as file:
            _take_room(file, 2 * shape[0] * shape[1])
            return np.memmap(file, np.uint16, "r+", shape=shape)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise OutputError(not_written(folder, error)) from error
        log.warning("%s cannot hold the seam cells (%s); they are kept in memory", folder, error)
        return np.zeros(shape, np.uint16)


def _take_room(file: IO[bytes], size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, mmap.ALLOCATIONGRANULARITY * 256):
        file.write(bytes(min(size - start, mmap.ALLOCATIONGRANULARITY * 256)))
    file.flush()


def put_aside(ranks: np.ndarray) -> None:
    """Let go of what is in memory of ranks that lie in a file; it is read again when it is asked for."""
    if isinstance(ranks, np.memmap) and isinstance(ranks.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        ranks.base.madvise(mmap.MADV_DONTNEED)


def finer_ranks(ranks: np.ndarray, times: int, shape: tuple[int, int], folder: Path | None) -> np.ndarray:
    """Return ranks of cells so many times smaller, cut to ``shape``."""
    fine = empty_ranks(shape, folder)
    step = max(1, ROWS_AT_ONCE // times)
    for row in range(0, len(ranks), step):
        part = ranks[row : row + step].repeat(times, axis=0).repeat(times, axis=1)
        stripe = fine[row * times : (row + step) * times]
        stripe[:] = part[: stripe.shape[0], : stripe.shape[1]]
    return fine


def copy_ranks(ranks: np.ndarray, folder: Path | None) -> np.ndarray:
    """Return a copy that may be changed."""
    return finer_ranks(ranks, 1, (ranks.shape[0], ranks.shape[1]), folder)


def read_ranks(path: Path, shape: tuple[int, int], folder: Path | None) -> np.ndarray:
    """Return the array ``ranks`` of a file that `work.write_arrays` wrote; raises what `zipfile` does for a damaged one."""
    with zipfile.ZipFile(path) as archive, archive.open("ranks.npy") as stored:
        head = archive.getinfo("ranks.npy").file_size - 2 * shape[0] * shape[1]
        if not 0 < head < LONGEST_HEAD:
            raise ValueError(f"the ranks of {shape[0]} x {shape[1]} cells do not take {head} bytes more")
        stored.read(head)
        ranks = empty_ranks(shape, folder)
        for row in range(0, shape[0], ROWS_AT_ONCE):
            stripe = ranks[row : row + ROWS_AT_ONCE]
            stripe[:] = np.frombuffer(stored.read(stripe.nbytes), np.uint16).reshape(stripe.shape)
    return ranks
