"""One picture of a mosaic and what it was made of: a cloudy date with its outlines, the mosaic, and every scene small."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.enums import Resampling
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.read import grid_of
from skyfri.plugin.core.scenes import Scene, read_scaled

RGB = ("B04", "B03", "B02")
PANEL_PX = (820, 920)
"""Largest width and height of the two big pictures."""
THUMB_PX = 150
"""Largest width and height of the small ones."""
MARGIN_PX = 26
MOST_THUMBS = 24
OUTLINES = {"cloud": "#f2c14e", "shadow": "#9f7bff"}
"""Colours of the outlines, as the plugin's own layers have them."""


@dataclass(frozen=True, eq=False)
class Tone:
    """How the mosaic's 16-bit values became its 8-bit ones; other scenes are shown the same way."""

    stops: tuple[np.ndarray, ...]
    """Per channel, increasing values of the 16-bit product."""
    shown: tuple[np.ndarray, ...]
    """Per channel, the 8-bit values of the stops."""

    def of(self, samples: np.ndarray) -> np.ndarray:
        """Return (rows, cols, 3) uint8 of (3, rows, cols) reflectance x 10 000; nodata stays 0."""
        channels = [np.interp(band, stops, shown) for band, stops, shown in zip(samples, self.stops, self.shown, strict=True)]
        return np.where((samples > 0).all(axis=0)[..., None], np.stack(channels, -1), 0).astype(np.uint8)


def draw_quicklook(path: Path, mosaic: Path, mosaic_rgb: Path, scenes: list[Scene], clouds: CloudPolygons) -> None:
    """Write the picture as PNG; scenes come in the mosaic's order of priority."""
    from qgis.PyQt.QtGui import QColor, QGuiApplication, QImage, QPainter

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])
    with rasterio.open(mosaic_rgb) as dataset:
        grid = grid_of(dataset)
        factor = max(grid.shape[1] / PANEL_PX[0], grid.shape[0] / PANEL_PX[1], 1e-9)
        view = _scaled(grid, factor)
        result = dataset.read(out_shape=(3, *view.shape), resampling=Resampling.average if factor > 1 else Resampling.nearest)
    clouds = clouds.in_crs(grid.crs)
    tone = _tone_of(mosaic, mosaic_rgb, view)
    cloudy = _cloudiest_date(scenes, clouds)
    width = 3 * MARGIN_PX + 2 * view.shape[1]
    thumbs = scenes[:MOST_THUMBS]
    step = (THUMB_PX + 14, THUMB_PX + 34)
    per_row = max(1, (width - MARGIN_PX) // step[0])
    below = 96 + view.shape[0] + 58
    height = below + -(-len(thumbs) // per_row) * step[1] + MARGIN_PX
    canvas = QImage(width, height, QImage.Format.Format_RGB32)
    canvas.fill(QColor("#f7f7f5"))
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dates = sorted({_date(scene) for scene in scenes})
    tiles = sorted({scene.tile for scene in scenes if scene.tile})
    _write(painter, MARGIN_PX, 40, _title(scenes, dates, tiles), 17, bold=True)
    left, right = MARGIN_PX, 2 * MARGIN_PX + view.shape[1]
    _write(painter, left, 78, f"{_date(cloudy[0])} as taken, with the guideline outlines", 12)
    _legend(painter, width - MARGIN_PX, 40)
    _write(painter, right, 78, "The mosaic (black: no date was clear)", 12)
    _picture(painter, left, 90, _together(cloudy, view, tone), view, clouds, cloudy, pen_px=1.1)
    _picture(painter, right, 90, np.moveaxis(result, 0, -1), view)
    _scale_bar(painter, right, 90, view)
    _write(painter, MARGIN_PX, below - 18, "Every scene, in the order of priority", 12)
    for number, scene in enumerate(thumbs):
        x, y = MARGIN_PX + number % per_row * step[0], below + number // per_row * step[1]
        own = _own_view(scene, grid.crs)
        _picture(painter, x, y, _together([scene], own, tone), own, clouds, [scene], pen_px=0.8)
        _write(painter, x, y + own.shape[0] + 15, f"{number + 1}  {_date(scene)}  {scene.tile}", 8.5)
    painter.end()
    temporary = path.with_name(f".{path.name}")
    if not canvas.save(str(temporary), "PNG"):
        raise OSError(f"{path} cannot be written.")
    temporary.replace(path)
    del application


def _title(scenes: list[Scene], dates: list[str], tiles: list[str]) -> str:
    return f"{_count(len(scenes), 'scene')}, {_count(len(dates), 'date')}, {_count(len(tiles), 'tile')} to one mosaic"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _date(scene: Scene) -> str:
    return f"{scene.sensed:%Y-%m-%d}" if scene.sensed else scene.id[:10]


def _scaled(grid: Grid, factor: float) -> Grid:
    """Return the grid of a picture; a grid finer than the picture is enlarged by a whole factor."""
    if factor >= 1:
        return grid.coarsen(factor)
    return grid.coarsen(1 / max(1, int(1 / factor)))


def _own_view(scene: Scene, crs: str) -> Grid:
    """Return the grid of a small picture of one scene."""
    west, south, east, north = scene.grid.bounds_in(crs)
    return Grid.from_bounds(crs, (west, south, east, north), 1.01 * max(east - west, north - south) / THUMB_PX)


def _tone_of(mosaic: Path, mosaic_rgb: Path, view: Grid) -> Tone:
    """Learn the 8-bit scaling from pixels that both products hold."""
    with rasterio.open(mosaic) as deep, rasterio.open(mosaic_rgb) as flat:
        names = list(deep.descriptions)
        shape = (3, *(min(n, m) for n, m in zip(view.shape, deep.shape, strict=True)))
        values = deep.read([names.index(band) + 1 for band in RGB], out_shape=shape, resampling=Resampling.nearest)
        shown = flat.read(out_shape=shape, resampling=Resampling.nearest)
    stops, levels = [], []
    for value, level in zip(values.reshape(3, -1), shown.reshape(3, -1), strict=True):
        seen = (value > 0) & (level > 0)
        unique, inverse = np.unique(value[seen] if seen.any() else np.array([0, 3000]), return_inverse=True)
        source = level[seen] if seen.any() else np.array([1, 254])
        stops.append(unique)
        levels.append(np.maximum.accumulate(np.bincount(inverse, source) / np.bincount(inverse)))
    return Tone(tuple(stops), tuple(levels))


def _cloudiest_date(scenes: list[Scene], clouds: CloudPolygons) -> list[Scene]:
    """Return the scenes of the date with the most clouds among those that cover most of the ground."""
    dates: dict[str, list[Scene]] = {}
    for scene in scenes:
        dates.setdefault(_date(scene), []).append(scene)
    frame = clouds.frame
    area = dict(zip(frame["scene"], [0.0] * len(frame), strict=True))
    for name, size in zip(frame["scene"], frame.geometry.area, strict=True):
        area[name] += size
    widest = max(sum(s.footprint.area for s in group) for group in dates.values())

    def interest(group: list[Scene]) -> tuple[bool, float]:
        covered = sum(scene.footprint.area for scene in group)
        share = sum(area.get(scene.id, 0.0) for scene in group) / covered
        return covered > 0.5 * widest, share if share < 0.6 else 1 - share

    return max(dates.values(), key=interest)


def _together(scenes: list[Scene], view: Grid, tone: Tone) -> np.ndarray:
    """Return the scenes on the picture's grid, one over the other."""
    found = np.zeros((3, *view.shape), np.uint16)
    for scene in scenes:
        samples = read_scaled(scene, RGB, view, resampling="average" if view.pixel_m > scene.grid.pixel_m else "nearest")
        found = np.where((found == 0).any(axis=0), samples, found)
    return tone.of(found)


def _picture(painter, x, y, colours, view, clouds=None, scenes=(), pen_px=1.0) -> None:
    """Draw an image with a thin frame and, of some scenes, the outlines of clouds and shadows."""
    from qgis.PyQt.QtCore import QPointF, QRectF
    from qgis.PyQt.QtGui import QColor, QImage, QPainterPath, QPen

    data = np.ascontiguousarray(colours)
    rows, cols = data.shape[:2]
    painter.drawImage(x, y, QImage(data.data, cols, rows, 3 * cols, QImage.Format.Format_RGB888).copy())
    painter.setPen(QPen(QColor("#b8b8b2"), 1))
    painter.drawRect(QRectF(x - 0.5, y - 0.5, cols + 1, rows + 1))
    painter.save()
    painter.setClipRect(QRectF(x, y, cols, rows))
    for scene in scenes:
        own = clouds.frame[clouds.frame["scene"] == scene.id]
        outlines = shapely.simplify(own.geometry.to_numpy(), view.pixel_m / 2)
        for polygon, kind in zip(outlines, own["class"], strict=True):
            painter.setPen(QPen(QColor(OUTLINES[kind]), pen_px))
            path = QPainterPath()
            for ring in (polygon.exterior, *polygon.interiors):
                east, north = np.asarray(ring.coords)[:, :2].T
                down, right = view.to_pixel(east, north)
                for number, place in enumerate(zip(right + 0.5 + x, down + 0.5 + y, strict=True)):
                    (path.lineTo if number else path.moveTo)(QPointF(*place))
            painter.drawPath(path)
    painter.restore()


def _legend(painter, right, y) -> None:
    from qgis.PyQt.QtGui import QColor, QPen

    x = right - 150
    for kind, colour in OUTLINES.items():
        painter.setPen(QPen(QColor(colour), 3))
        painter.drawLine(x, y - 5, x + 22, y - 5)
        _write(painter, x + 28, y, kind, 11)
        x += 80


def _scale_bar(painter, x, y, view: Grid) -> None:
    from qgis.PyQt.QtCore import QRectF
    from qgis.PyQt.QtGui import QColor

    wished_m = view.shape[1] * view.pixel_m / 4
    size_m = max(step * 10**power for power in range(6) for step in (1, 2, 5) if step * 10**power <= max(wished_m, 1))
    length = size_m / view.pixel_m
    bottom = y + view.shape[0] - 16
    painter.fillRect(QRectF(x + 14, bottom - 22, length + 84, 28), QColor(247, 247, 245, 215))
    painter.fillRect(QRectF(x + 22, bottom - 10, length, 4), QColor("#222222"))
    _write(painter, int(x + 30 + length), bottom - 3, f"{size_m / 1000:g} km", 10)


def _write(painter, x, y, text: str, points: float, *, bold: bool = False) -> None:
    from qgis.PyQt.QtCore import QPointF
    from qgis.PyQt.QtGui import QColor, QFont

    font = QFont("DejaVu Sans")
    font.setPixelSize(round(points * 4 / 3))
    font.setBold(bold)
    painter.setFont(font)
    painter.setPen(QColor("#222222"))
    painter.drawText(QPointF(x, y), text)
