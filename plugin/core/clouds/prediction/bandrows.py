"""Deliver rows of a scene's bands on the grid of the prediction, each sample decoded once.

A reader goes through every file top down, in whole rows of the file's own blocks, and keeps only the rows that are still
needed. Two sparse matrices of weights bring them to the grid: shares of area where the grid is coarser, linear
interpolation where it is finer. Nodata carries no weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import numpy as np

from ...base.errors import InputError
from ...base.parallel import worker_count
from ...raster.grid import Grid, Window
from ...scenes.scene import BandFile, Scene
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
        if have < first + count:
            kept = self._pending[:, max(0, first - self._pending_first) :]
            # Read to where they stay: a row of blocks of a full tile has 22 MB in each band.
            stop = min(-(-(first + count) // self._block_rows) * self._block_rows, self._rows_axis.size)
            pending = np.empty((len(kept), kept.shape[1] + stop - max(first, have), kept.shape[2]), kept.dtype)
            pending[:, : kept.shape[1]] = kept
            self._read(max(first, have), pending[:, kept.shape[1] :])
        else:
            pending = self._pending[:, first - self._pending_first :]
        self._pending, self._pending_first = pending, first
        return pending[:, :count]

    def _read(self, first: int, out: np.ndarray) -> None:
        """Fill ``out`` with source rows from ``first``, in pieces of whole blocks, looking for a cancel between them."""
        stop, last_col = first + out.shape[1], self._first_col + out.shape[2]
        bands = [file.index for file in self._files]
        for start in range(first // self._block_rows * self._block_rows, stop, self._block_rows):
            rows = min(self._block_rows, stop - start)
            skipped = max(0, first - start)
            piece = max(1, READ_SAMPLES // (rows * self._block_cols * len(bands))) * self._block_cols
            place = out[:, start + skipped - first : start + rows - first]
            for col in range(self._first_col, last_col, piece):
                self._stop()
                window = Window(start, col, rows, min(piece, last_col - col))
                cols = slice(col - self._first_col, col - self._first_col + window.cols)
                place[:, :, cols] = self._samples.read(bands, window)[:, skipped:]


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
