"""Outlines on the map that are nobody's yet: drawn above all layers, gone when they are discarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from ...plugin.processing.styles import CLOUD_COLOUR, SHADOW_COLOUR

if TYPE_CHECKING:
    from .preview import Outlines

_WIDTH_PX = 2
_FILL_ALPHA = 50
_HALO = QColor(0, 0, 0, 150)
"""Around the lines, so that they are seen on white cloud too."""


class LiveOutline:
    """One rubber band for the clouds, one for the shadows."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._bands: dict[str, QgsRubberBand] = {}

    @property
    def is_shown(self) -> bool:
        """True while there is an outline on the map."""
        return any(band.numberOfVertices() for band in self._bands.values())

    def show(self, outlines: Outlines) -> None:
        """Draw outlines in place of those before."""
        for name, colour in (("shadow", SHADOW_COLOUR), ("cloud", CLOUD_COLOUR)):
            if name not in self._bands:
                self._bands[name] = make_band(self._canvas, QColor(colour))
            geometry = getattr(outlines, name).geometry
            if geometry.isNull():
                self._bands[name].reset(QgsWkbTypes.GeometryType.PolygonGeometry)
            else:
                self._bands[name].setToGeometry(QgsGeometry(geometry), QgsCoordinateReferenceSystem())  # it is in the map's CRS

    def clear(self) -> None:
        """Take the outlines off the map."""
        for band in self._bands.values():
            self._canvas.scene().removeItem(band)
        self._bands.clear()


def make_band(canvas: QgsMapCanvas, colour: QColor) -> QgsRubberBand:
    """Return an empty band that draws polygons in a colour, lightly filled."""
    band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
    band.setStrokeColor(colour)
    band.setSecondaryStrokeColor(_HALO)
    fill = QColor(colour)
    fill.setAlpha(_FILL_ALPHA)
    band.setFillColor(fill)
    band.setWidth(_WIDTH_PX)
    return band
