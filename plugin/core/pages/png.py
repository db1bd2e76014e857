"""PNG pictures from arrays."""

from __future__ import annotations

import warnings

import numpy as np
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile


def png_of(colours: np.ndarray) -> bytes:
    """Return (3, rows, cols) uint8 as a PNG file."""
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture lies nowhere
        with memory.open(driver="PNG", count=3, height=colours.shape[1], width=colours.shape[2], dtype="uint8") as dataset:
            dataset.write(colours)
        return bytes(memory.read())
