"""Coloured dots that tell a status."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPointF
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPixmap

STATUS_COLOURS = {"todo": "#9a9a9a", "work": "#f6a821", "done": "#3fae5a"}
"""Tile statuses as the map shows them too."""


def status_dot(colour: str, size_px: int = 10) -> QIcon:
    """Return a round mark."""
    scale = 2
    pixmap = QPixmap(size_px * scale, size_px * scale)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(colour))
    painter.setPen(QColor(colour).darker(130))
    centre, radius = size_px * scale / 2, 0.4 * size_px * scale
    painter.drawEllipse(QPointF(centre, centre), radius, radius)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return QIcon(pixmap)
