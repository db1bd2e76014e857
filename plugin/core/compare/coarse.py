"""Where to begin: how far one whole image lies beside the other, by correlation on overviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasterio.enums import Resampling
from scipy import fft, ndimage

from ..raster.grid import Window
from ..raster.read import open_raster, reading
from .masks import Mask
from .matching.align import Piece
from .sides import Ortho, Shared

LONGEST_SIDE_PX = 1400
"""Overviews are no larger than this."""
LOCAL_PX = 6.0
"""Standard deviation of the windows in which brightness and contrast are evened, overview pixels."""
LARGEST = 3.0
"""Evened samples beyond are cut: a cloud must not outvote the land."""
LEAST_PEAK = 0.05
"""Correlation below which nothing is told of the shift."""


@dataclass(frozen=True)
class CoarseShift:
    """A displacement of a whole image."""

    east_px: float
    """To the east, pixels of full resolution."""
    down_px: float
    """Downwards."""
    correlation: float
    """At that displacement."""


def find_start(a: Ortho, b: Ortho, shared: Shared, mask: Mask, search_px: int) -> CoarseShift:
    """Return the displacement of B against A, on pixels as they are read, of most correlation within ``search_px``."""
    factor = 1
    while max(shared.window.shape) / factor > LONGEST_SIDE_PX:
        factor *= 2
    rows, cols = (side // factor for side in shared.window.shape)
    if min(rows, cols) < 8:
        return CoarseShift(0.0, 0.0, 0.0)
    window = Window(shared.window.row, shared.window.col, rows * factor, cols * factor)
    one, other = _overview(a, window, factor), _overview(b, shared.in_other(window), factor)
    left_out = _left_out(mask, window, factor)
    one, other = (Piece(piece.samples, piece.valid & ~left_out) for piece in (one, other))
    found = best_shift(one, other, -(-search_px // factor))
    if found.correlation < LEAST_PEAK:
        return CoarseShift(0.0, 0.0, found.correlation)
    return CoarseShift(found.east_px * factor, found.down_px * factor, found.correlation)


def best_shift(a: Piece, b: Piece, reach_px: int) -> CoarseShift:
    """Return the displacement of ``b`` against ``a`` (same shape) at which what both show correlates best.

    Padfield (2012), Masked object registration in the Fourier domain, doi:10.1109/TIP.2011.2181402, on evened images whose mean is 0.
    """
    sides = [_evened(piece) for piece in (a, b)]
    shape = [fft.next_fast_len(side + reach_px, real=True) for side in a.samples.shape]
    (fa, fb), (ma, mb), (sa, sb) = (
        [fft.rfft2(image.astype(np.float32), shape) for image in pair] for pair in (sides, (a.valid, b.valid), [side**2 for side in sides])
    )

    def lags(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        full = fft.irfft2(np.conj(one) * other, shape)
        rows, cols = (np.arange(-reach_px, reach_px + 1) % side for side in shape)
        return np.asarray(full[np.ix_(rows, cols)])

    energy = np.sqrt(np.maximum(lags(sa, mb), 0) * np.maximum(lags(ma, sb), 0))
    surface = np.where(energy > 0.1 * energy.max(), lags(fa, fb) / np.maximum(energy, 1e-6), -1)
    row, col = np.unravel_index(int(surface.argmax()), surface.shape)
    down, east = _peak(surface, int(row), int(col))
    return CoarseShift(east - reach_px, down - reach_px, float(surface[row, col]))


def _peak(surface: np.ndarray, row: int, col: int) -> tuple[float, float]:
    """Return where a parabola through the largest value and its neighbours peaks, on each axis."""
    found = []
    for place, line in ((row, surface[:, col]), (col, surface[row])):
        if 0 < place < len(line) - 1:
            before, here, after = (float(line[place + step]) for step in (-1, 0, 1))
            bend = before - 2 * here + after
            found.append(place + (0.5 * (before - after) / bend if bend < 0 else 0.0))
        else:
            found.append(float(place))
    return found[0], found[1]


def _evened(piece: Piece) -> np.ndarray:
    """Return samples with local mean 0 and local spread 1, 0 where there are none."""
    inside = piece.valid.astype(np.float32)
    share = np.maximum(ndimage.gaussian_filter(inside, LOCAL_PX), 1e-3)
    level = ndimage.gaussian_filter(piece.samples * inside, LOCAL_PX) / share
    rest = (piece.samples - level) * inside
    spread = np.sqrt(ndimage.gaussian_filter(rest**2, LOCAL_PX) / share)
    return np.asarray(np.clip(rest / np.maximum(spread, 1e-3), -LARGEST, LARGEST), dtype=np.float32)


def _overview(ortho: Ortho, window: Window, factor: int) -> Piece:
    """Return a window at a whole reduction; cells that touch places without data have none."""
    shape = window.rows // factor, window.cols // factor
    with open_raster(ortho.path) as dataset, reading(dataset):
        samples = dataset.read(ortho.index, window=window.as_rasterio(), out_shape=shape, resampling=Resampling.average).astype(np.float32)
    valid = np.isfinite(samples) & (samples != np.float32(ortho.nodata))
    return Piece(np.where(valid, samples, 0), ndimage.binary_erosion(valid, border_value=1) if factor > 1 else valid)


def _left_out(mask: Mask, window: Window, factor: int) -> np.ndarray:
    """Return what is masked of cells, a band of rows at a time."""
    rows, cols = window.rows // factor, window.cols // factor
    out = np.zeros((rows, cols), bool)
    step = max(1, 512 // factor)
    for first in range(0, rows, step):
        count = min(step, rows - first)
        part = mask.left_out(Window(window.row + first * factor, window.col, count * factor, window.cols))
        out[first : first + count] = part.reshape(count, factor, cols, factor).any(axis=(1, 3))
    return out
