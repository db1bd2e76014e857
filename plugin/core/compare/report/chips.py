"""Pictures of a place in both orthos, side by side, with the same stretch rule."""

from __future__ import annotations

import base64

import numpy as np

from ...pages.charts import WARM
from ...pages.png import png_of
from ...raster.grid import Window
from ..comparison import Comparison
from ..sides import Ortho, read_piece

SIDE_PX = 48
"""Side of a chip, pixels of the ortho."""
SHOWN_PX = 168
"""Side of a chip on the page."""


def chips_of(comparison: Comparison, index: int) -> tuple[str, str]:
    """Return a point in A and the same place of the map in B, as SVG: a cross where the feature lies in each."""
    found, sides = comparison.found, comparison.sides
    row, col = float(found.points.row[index]), float(found.points.col[index])
    window = Window(round(row) - SIDE_PX // 2, round(col) - SIDE_PX // 2, SIDE_PX, SIDE_PX)
    shared = sides.shared
    down = row - float(found.points.north_px[index]) - shared.rest_down_px
    right = col + float(found.points.east_px[index]) - shared.rest_east_px
    return _chip(sides.a, window, (row - window.row, col - window.col)), _chip(
        sides.b, shared.in_other(window), (down - window.row, right - window.col)
    )


def _chip(ortho: Ortho, window: Window, mark: tuple[float, float]) -> str:
    piece = read_piece(ortho, window)
    known = piece.samples[piece.valid]
    low, high = np.percentile(known, (2, 98)) if known.size else (0.0, 1.0)
    grey = np.where(piece.valid, np.clip((piece.samples - low) / max(high - low, 1e-6), 0, 1) * 255, 128).astype(np.uint8)
    data = base64.b64encode(png_of(np.repeat(grey[None], 3, axis=0))).decode("ascii")
    y, x = ((place + 0.5) * SHOWN_PX / SIDE_PX for place in mark)
    cross = f"M{x - 9:.1f},{y:.1f}h6m6,0h6M{x:.1f},{y - 9:.1f}v6m0,6v6"
    return (
        f'<svg viewBox="0 0 {SHOWN_PX} {SHOWN_PX}"><image href="data:image/png;base64,{data}" width="{SHOWN_PX}" height="{SHOWN_PX}" '
        f'style="image-rendering:pixelated"/><path d="{cross}" stroke="{WARM}" stroke-width="2" fill="none"/></svg>'
    )
