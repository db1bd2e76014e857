"""Rows of a scene's bands on the grid of the prediction, each sample decoded once.

Every file is read in whole rows of its own blocks, top down, and only the rows still needed are kept. Bringing
them to the grid is a product with two sparse matrices of weights: shares of area where the grid is coarser,
linear interpolation where it is finer. Nodata carries no weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import numpy as np

from ..errors import InputError
from ..grid import Grid, Window
from ..parallel import worker_count
from ..scenes.scene import BandFile, Scene
from .axis import weighted_mean
from .samples import HALF, Samples, open_samples

REFLECTANCE_STEPS = 10_000
"""Steps of uint16 per unit of reflectance."""

READ_SAMPLES = 4_000_000
"""Most samples of one read, so that a cancelled step ends soon."""


class BandRows:
    """The bands of one file, delivered top down on a target grid; made by `open_band_rows`."""

    def __init__(self, samples: Samples, files: Sequence[BandFile], grid: Grid, stop: Callable[[], None]) -> None:
        source = samples.grid
        if source.crs != grid.crs:
            raise InputError(f"{samples.full.name} is in {source.crs}, other bands of its scene in {grid.crs}; warp them to one CRS first.")
        left = (grid.transform.c - source.transform.c) / source.pixel_m
        top = (source.transform.f - grid.transform.f) / source.pixel_m
        step = grid.pixel_m / source.pixel_m
        self._samples, self._files, self._stop = samples, files, stop
        self._rows_axis = samples.axis(top, step, samples.level.height)
        self._first_col, cols = samples.axis(left, step, samples.level.width).weights(0, grid.shape[1])
        self._cols = cols.T.tocsc()
        self._block_rows, self._block_cols = samples.block
        self._pending = np.empty((len(files), 0, cols.shape[1]), samples.full.dtypes[0])
        self._pending_first = 0

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (bands, count, cols) uint16 of reflectance x 10 000 from target row ``first``, and (count, cols) validity.

        Rows before ``first`` are forgotten, so calls must go down. Without data a sample is 0, with data at least 1.
        """
        needed, rows = self._rows_axis.weights(first, count)
        samples = self._source_rows(needed, rows.shape[1])
        out = np.empty((len(self._files), count, self._cols.shape[1]), np.uint16)
        valid = np.ones(out.shape[1:], bool)
        for band, file in enumerate(self._files):
            values, share = weighted_mean(samples[band], rows, self._cols)
            values += np.float32(file.offset)
            values *= np.float32(file.scale * REFLECTANCE_STEPS)
            np.rint(values, out=values)
            np.clip(values, 1, 65535, out=values)
            if share is not None:
                valid &= share > HALF
            out[band] = values
        out[:, ~valid] = 0
        return out, valid

    def _source_rows(self, first: int, count: int) -> np.ndarray:
        """Return (bands, count, cols) source samples, reading whole rows of blocks that are not there yet."""
        have = self._pending_first + self._pending.shape[1]
        parts = [self._pending[:, max(0, first - self._pending_first) :]]
        start = max(have, first // self._block_rows * self._block_rows) if have <= first else have
        while have < first + count:
            stop = min((start // self._block_rows + 1) * self._block_rows, self._rows_axis.size)
            part = self._read(start, stop)
            parts.append(part[:, max(0, first - start) :])
            start = have = stop
        self._pending = np.concatenate([part for part in parts if part.shape[1]], axis=1) if len(parts) > 1 else parts[0]
        self._pending_first = first
        return self._pending[:, :count]

    def _read(self, start: int, stop: int) -> np.ndarray:
        """Read source rows in pieces of whole blocks, looking for a cancel between them."""
        width = self._pending.shape[2]
        piece = max(1, READ_SAMPLES // ((stop - start) * self._block_cols * len(self._files))) * self._block_cols
        bands = [file.index for file in self._files]
        parts = []
        for col in range(self._first_col, self._first_col + width, piece):
            self._stop()
            cols = min(piece, self._first_col + width - col)
            parts.append(self._samples.read(bands, Window(start, col, stop - start, cols)))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)


TakeRows = Callable[[int, int], tuple[np.ndarray, np.ndarray]]
"""(first row, count) -> (bands, count, cols) uint16 of reflectance x 10 000, and (count, cols) validity."""


@contextmanager
def open_band_rows(scene: Scene, bands: Sequence[str], grid: Grid, stop: Callable[[], None]) -> Iterator[TakeRows]:
    """Yield a function that delivers rows of ``grid``, top down.

    A pixel is valid where every band has data. Files are decoded side by side, each by one thread at a time. ``stop`` is
    called between reads and raises to end them.
    """
    by_path: dict[str, list[int]] = {}
    for position, name in enumerate(bands):
        by_path.setdefault(scene.bands[name].path, []).append(position)
    with ExitStack() as stack:
        readers: list[BandRows] = []
        for path, positions in by_path.items():
            samples = open_samples(stack, path, grid.pixel_m)
            readers.append(BandRows(samples, [scene.bands[bands[p]] for p in positions], grid, stop))
        threads = min(len(readers), worker_count())
        decoders = stack.enter_context(ThreadPoolExecutor(threads, thread_name_prefix="skyfri-decoder"))

        def take(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
            out = np.empty((len(bands), count, grid.shape[1]), np.uint16)
            valid = np.ones(out.shape[1:], bool)
            decoded = decoders.map(lambda reader: reader.take(first, count), readers)
            for positions, (samples, here) in zip(by_path.values(), decoded, strict=True):
                out[positions] = samples
                valid &= here
            out[:, ~valid] = 0
            return out, valid

        yield take
