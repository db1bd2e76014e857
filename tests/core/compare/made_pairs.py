"""Pairs of orthos with a known displacement, made of texture like that of fields and woods."""

import numpy as np
from scipy import fft, ndimage
from skyfri.plugin.core.compare.matching.align import Piece

SIDE = 448


def land(seed=1, side=SIDE):
    """Texture whose power falls with frequency, as that of fields and woods does, over edges of fields."""
    random = np.random.default_rng(seed)
    ky, kx = fft.fftfreq(side)[:, None], fft.rfftfreq(side)[None]
    power = 1 / np.maximum(np.hypot(ky, kx), 4 / side) ** 1.2 * np.exp(-((np.hypot(ky, kx) / 0.33) ** 4))
    texture = fft.irfft2(fft.rfft2(random.normal(size=(side, side))) * power, s=(side, side))
    return 1200 + 250 * texture / texture.std()


def moved(image, east, north):
    """The image with its content moved: exactly for a constant, by quintic splines for a field given on A."""
    if np.ndim(east) == 0:
        ky, kx = fft.fftfreq(image.shape[0])[:, None], fft.rfftfreq(image.shape[1])[None]
        return fft.irfft2(fft.rfft2(image) * np.exp(-2j * np.pi * (kx * east - ky * north)), s=image.shape)
    rows, cols = np.indices(image.shape, dtype=float)
    row, col = rows + north, cols - east
    for _ in range(30):
        row = rows + ndimage.map_coordinates(north, [row, col], order=3, mode="mirror")
        col = cols - ndimage.map_coordinates(east, [row, col], order=3, mode="mirror")
    return ndimage.map_coordinates(image, [row, col], order=5, mode="mirror")


def pair(east, north, *, noise=0.01, gain=1.1, offset=50, seed=1):
    image = land(seed)
    random = np.random.default_rng(seed + 100)
    a = image + random.normal(0, noise * image.mean(), image.shape)
    b = gain * moved(image, east, north) + offset + random.normal(0, noise * image.mean(), image.shape)
    full = np.ones(image.shape, bool)
    return Piece(a.astype(np.float32), full), Piece(b.astype(np.float32), full)
