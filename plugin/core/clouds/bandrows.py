"""Rows of a scene's bands on the grid of the prediction, each sample decoded once.

Every file is read in whole rows of its own blocks, top down, and only the rows still needed are kept. Bringing
them to the grid is a product with two sparse matrices of weights: shares of area where the grid is coarser,
linear interpolation where it is finer. Nodata carries no weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasterio.io import DatasetReader
from scipy import sparse

from ..errors import InputError
from ..grid import Grid, Window
from ..raster import grid_of, open_raster, read_window
from ..scenes.scene import BandFile, Scene

REFLECTANCE_STEPS = 10_000
"""Steps of uint16 per unit of reflectance."""

READ_SAMPLES = 4_000_000
"""Most samples of one read, so that a cancelled step ends soon."""

HALF = 0.5
"""A pixel has data where more than this share of its weight has."""


@dataclass(frozen=True)
class Axis:
    """One axis of a raster as seen from another: pixel j of the target covers ``origin + step * (j .. j + 1)`` of the source."""

    origin: float
    """Start of the target in source pixels."""
    step: float
    """Source pixels per target pixel."""
    size: int
    """Source pixels."""

    def weights(self, first: int, count: int) -> tuple[int, sparse.csr_matrix]:
        """Return the first source pixel needed and the (count, needed) weights of target pixels ``first`` on."""
        index = np.arange(first, first + count)
        start = self.origin + self.step * index
        low, values = self._linear(start) if self.step < 1 - 1e-9 else self._areas(start)
        columns = low[:, None] + np.arange(values.shape[1])
        values = np.where((columns >= 0) & (columns < self.size), values, 0)
        columns = np.clip(columns, 0, self.size - 1)
        needed_first = int(columns.min())
        rows = np.broadcast_to(np.arange(count)[:, None], columns.shape)
        shape = (count, int(columns.max()) - needed_first + 1)
        matrix = sparse.csr_matrix((values.ravel().astype(np.float32), (rows.ravel(), (columns - needed_first).ravel())), shape=shape)
        matrix.eliminate_zeros()
        return needed_first, matrix

    def _areas(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        stop = start + self.step
        low = np.floor(start + 1e-6).astype(int)
        columns = low[:, None] + np.arange(math.ceil(self.step) + 1)
        shares = np.minimum(stop[:, None], columns + 1) - np.maximum(start[:, None], columns)
        return low, np.where(shares > 1e-6, shares / self.step, 0)

    def _linear(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        centre = np.clip(start + self.step / 2 - 0.5, 0, None)
        centre = np.where(start + self.step / 2 < self.size, np.minimum(centre, self.size - 1), centre)
        low = np.floor(centre).astype(int)
        share = centre - low
        return low, np.stack([1 - share, share], axis=1)


class BandRows:
    """The bands of one file, delivered top down on a target grid; made by `open_band_rows`."""

    def __init__(self, dataset: DatasetReader, files: Sequence[BandFile], grid: Grid, stop: Callable[[], None]) -> None:
        source = grid_of(dataset)
        if source.crs != grid.crs:
            raise InputError(f"{dataset.name} is in {source.crs}, other bands of its scene in {grid.crs}; warp them to one CRS first.")
        left = (grid.transform.c - source.transform.c) / source.pixel_m
        top = (source.transform.f - grid.transform.f) / source.pixel_m
        step = grid.pixel_m / source.pixel_m
        self._dataset, self._files, self._stop = dataset, files, stop
        self._rows_axis = Axis(top, step, source.shape[0])
        self._first_col, cols = Axis(left, step, source.shape[1]).weights(0, grid.shape[1])
        self._cols = cols.T.tocsc()
        self._block_rows = dataset.block_shapes[0][0]
        self._pending = np.empty((len(files), 0, cols.shape[1]), dataset.dtypes[0])
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
            values, share = _weighted(samples[band], rows, self._cols)
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
        width, block_cols = self._pending.shape[2], self._dataset.block_shapes[0][1]
        piece = max(1, READ_SAMPLES // ((stop - start) * block_cols * len(self._files))) * block_cols
        bands = [file.index for file in self._files]
        parts = []
        for col in range(self._first_col, self._first_col + width, piece):
            self._stop()
            cols = min(piece, self._first_col + width - col)
            parts.append(read_window(self._dataset, bands, Window(start, col, stop - start, cols)))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)


def _weighted(samples: np.ndarray, rows: sparse.csr_matrix, cols: sparse.csc_matrix) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the weighted mean of the samples other than 0, and the share of weight that had data (None: all of it)."""
    values = np.asarray((rows @ samples.astype(np.float32)) @ cols)
    if samples.all() and _complete(rows) and _complete(cols.T):
        return values, None
    share = np.asarray((rows @ (samples != 0).astype(np.float32)) @ cols)
    return values / np.maximum(share, 1e-6), share


def _complete(weights: Any) -> bool:
    return bool(np.min(weights.sum(axis=1)) > 1 - 1e-4)


TakeRows = Callable[[int, int], tuple[np.ndarray, np.ndarray]]
"""(first row, count) -> (bands, count, cols) uint16 of reflectance x 10 000, and (count, cols) validity."""


@contextmanager
def open_band_rows(scene: Scene, bands: Sequence[str], grid: Grid, stop: Callable[[], None]) -> Iterator[TakeRows]:
    """Yield a function that delivers rows of ``grid``, top down.

    A pixel is valid where every band has data. ``stop`` is called between reads and raises to end them.
    """
    by_path: dict[str, list[int]] = {}
    for position, name in enumerate(bands):
        by_path.setdefault(scene.bands[name].path, []).append(position)
    with ExitStack() as stack:
        readers = []
        for path, positions in by_path.items():
            dataset = stack.enter_context(open_raster(path))
            readers.append((positions, BandRows(dataset, [scene.bands[bands[p]] for p in positions], grid, stop)))

        def take(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
            out = np.empty((len(bands), count, grid.shape[1]), np.uint16)
            valid = np.ones(out.shape[1:], bool)
            for positions, reader in readers:
                out[positions], here = reader.take(first, count)
                valid &= here
            out[:, ~valid] = 0
            return out, valid

        yield take
