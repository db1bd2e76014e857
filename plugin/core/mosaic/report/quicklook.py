"""Pictures of a finished mosaic for its report: a quick look and a map of the sources, as data URIs."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader, MemoryFile
from scipy import ndimage

from ...raster.read import open_raster

SIDE_PX = 900
"""Longer side of a picture."""
PAPER = 244
"""Grey of places without data."""
PALETTE = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee8866", "#44bb99", "#ffaabb", "#aaaa00", "#77aadd", "#994455",
)  # fmt: skip
"""Colours for the scenes with most area (P. Tol, SRON/EPS/TN/09-002, schemes bright and light: safe for the colour-blind)."""
OTHERS = "#b9b9b9"
"""Colour of all other scenes."""


@dataclass(frozen=True)
class Picture:
    """An image that fits into a page without a file."""

    uri: str
    """``data:image/...``."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    scale: float
    """Picture pixels per mosaic pixel."""


@dataclass(frozen=True)
class SourceMap:
    """The map of sources with what its legend needs."""

    picture: Picture
    """Scenes in the colours of ``colours``, their borders dark."""
    colours: Mapping[int, str]
    """Rank to colour."""
    labels: Mapping[int, tuple[float, float]]
    """Rank to the place (x, y) in picture pixels where its area is widest, for areas wide enough to hold a number."""


def draw_quicklook(path: str | Path, stretch: Sequence[tuple[float, float]], bands: Sequence[int], *, gamma: float) -> Picture:
    """Return a picture of three (or one) bands, 1-based; ``stretch`` holds the values shown black and white per band."""
    with open_raster(path) as dataset:
        shape, scale = _reduced(dataset)
        samples = dataset.read(list(bands), out_shape=(len(bands), *shape), resampling=Resampling.average).astype(np.float32)
    valid = (samples > 0).all(axis=0)
    low, high = (np.array(side, np.float32)[:, None, None] for side in zip(*stretch, strict=True))
    shown = np.clip((samples - low) / (high - low), 0, 1) ** (1 / gamma)
    image = np.where(valid, np.rint(255 * shown), PAPER).astype(np.uint8)
    return _encoded(np.repeat(image, 3, axis=0) if len(image) == 1 else image, "JPEG", scale, QUALITY=88)


def draw_sources(path: str | Path, areas: Mapping[int, int]) -> SourceMap:
    """Return the map of a SOURCE raster; ``areas`` is rank to pixels: the largest get a colour of their own."""
    with open_raster(path) as dataset:
        shape, scale = _reduced(dataset)
        ranks = dataset.read(1, out_shape=shape, resampling=Resampling.nearest)
    order = sorted((rank for rank, area in areas.items() if area), key=lambda rank: (-areas[rank], rank))
    colours = {rank: PALETTE[number] if number < len(PALETTE) else OTHERS for number, rank in enumerate(order)}
    table = np.full((max([0, *order, int(ranks.max(initial=0))]) + 1, 3), PAPER, np.uint8)
    for rank, colour in colours.items():
        table[rank] = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    image = table[ranks].transpose(2, 0, 1).copy()
    border = np.zeros(ranks.shape, bool)
    border[:, 1:] |= ranks[:, 1:] != ranks[:, :-1]
    border[1:] |= ranks[1:] != ranks[:-1]
    image[:, border] = (image[:, border] * 0.55).astype(np.uint8)
    return SourceMap(_encoded(image, "PNG", scale, ZLEVEL=9), colours, _widest_places(ranks, order[: len(PALETTE)]))


def _widest_places(ranks: np.ndarray, order: Sequence[int]) -> dict[int, tuple[float, float]]:
    places = {}
    for rank in order:
        own = np.pad(ranks == rank, 1)
        distance = ndimage.distance_transform_edt(own)
        row, col = np.unravel_index(int(distance.argmax()), own.shape)
        if distance[row, col] >= 9:
            places[rank] = (float(col) - 0.5, float(row) - 0.5)
    return places


def _reduced(dataset: DatasetReader) -> tuple[tuple[int, int], float]:
    scale = min(1.0, SIDE_PX / max(dataset.height, dataset.width))
    return (max(1, round(dataset.height * scale)), max(1, round(dataset.width * scale))), scale


def _encoded(image: np.ndarray, driver: str, scale: float, **options: int) -> Picture:
    bands, rows, cols = image.shape
    with MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture for a page lies nowhere
        with memory.open(driver=driver, dtype="uint8", count=bands, height=rows, width=cols, **options) as dataset:
            dataset.write(image)
        content = bytes(memory.getbuffer())
    return Picture(f"data:image/{driver.lower()};base64,{base64.b64encode(content).decode()}", cols, rows, scale)
