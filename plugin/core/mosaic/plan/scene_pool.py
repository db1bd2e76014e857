"""Scenes that stay open from block to block.

Neighbouring blocks share the tiles in which scenes are stored; GDAL keeps decoded tiles as long as their file is
open. Every process keeps the files that its threads used last, lends each to one thread at a time, and opens another
when all are lent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import rasterio

from ...raster.grid import Grid
from ...scenes import Scene
from ...scenes.bands import BandReader, open_bands

IDLE_SCENES = 8
"""Open scenes that nobody is using, per process: each holds some 20 MB of ten bands, and neighbouring blocks want the same few."""
CACHE_BYTES = 192_000_000
"""Decoded tiles that GDAL keeps per process; its default is a twentieth of the machine's memory."""


class SceneReaders:
    """Open scenes to be lent, the last one used first."""

    def __init__(self, most_idle: int = IDLE_SCENES) -> None:
        self._most_idle = most_idle
        self._idle: list[tuple[str, BandReader, ExitStack]] = []
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, scene: Scene) -> Iterator[BandReader]:
        """Yield an open scene for this thread alone; one whose file has changed since is opened again."""
        key = f"{scene.id}|{stamp_of(scene)}"
        with self._lock:
            at = next((n for n in range(len(self._idle) - 1, -1, -1) if self._idle[n][0] == key), None)
            found = None if at is None else self._idle.pop(at)
        if found is None:
            files = ExitStack()
            found = key, files.enter_context(open_bands(scene)), files
        try:
            yield found[1]
        except BaseException:
            found[2].close()  # a file that failed once is not trusted again
            raise
        with self._lock:
            self._idle.append(found)
            surplus = self._idle[: -self._most_idle] if len(self._idle) > self._most_idle else []
            del self._idle[: len(surplus)]
        for _, _, files in surplus:
            files.close()

    def close(self) -> None:
        """Close what nobody is using."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, files in idle:
            files.close()


@cache
def process_readers() -> SceneReaders:
    """Return the open scenes of this process."""
    return SceneReaders()


@contextmanager
def scenes_kept_open() -> Iterator[None]:
    """Bound what GDAL keeps of decoded tiles, and close this process's scenes at the end."""
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES):
        try:
            yield
        finally:
            process_readers().close()


def read_block(scene: Scene, bands: Sequence[str], grid: Grid) -> np.ndarray:
    """Return what `scenes.read_scaled` does (cubic where pixels do not coincide), from a scene that stays open."""
    with process_readers().lend(scene) as reader:
        return reader.read_scaled(bands, grid, resampling="cubic")


def stamp_of(scene: Scene) -> str:
    """Return a text that changes when one of the scene's files does."""
    marks = []
    for name in sorted(scene.files):
        real = Path(name.replace("/vsizip/", "").split(".zip/")[0] + (".zip" if ".zip/" in name else ""))
        try:
            status = real.stat()
            marks.append(f"{name}:{status.st_size}:{status.st_mtime_ns}")
        except OSError:
            marks.append(name)
    return "|".join(marks)
