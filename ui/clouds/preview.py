"""Outlines for the visible part of the map, found beside the window: the latest wish is answered, older ones are dropped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsGeometry,
    QgsMessageLog,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QObject, QThread, pyqtSignal

from ...plugin.core.base.errors import SkyfriError
from ...plugin.core.clouds.options import ClassifyOptions, VectorizeOptions
from ..messages import TAG

if TYPE_CHECKING:
    from pathlib import Path

    from ...plugin.core.clouds.polygons import CloudPolygons
    from ...plugin.core.clouds.prediction.probabilities import Probabilities
    from ...plugin.core.raster.grid import Bounds

BEYOND_VIEW = 1.08
"""A view is read so much larger than the map shows, so that the cut through what reaches beyond it is not seen."""


@dataclass(frozen=True)
class View:
    """A part of the map over a prediction."""

    path: Path
    """The prediction."""
    extent: QgsRectangle
    """What the map shows, in its CRS."""
    crs: QgsCoordinateReferenceSystem
    """CRS of the map."""
    context: QgsCoordinateTransformContext = field(compare=False, default_factory=QgsCoordinateTransformContext)
    """How the project transforms coordinates."""


@dataclass(frozen=True, eq=False)
class OpenedView:
    """What is needed of a prediction for as long as the map stays where it is."""

    view: View
    """Where the map is."""
    written_ns: int
    """When the prediction's file was written; another time is another prediction."""
    bounds: Bounds
    """What the map shows, in the prediction's CRS."""
    probabilities: Probabilities
    """Those in view and around it."""


@dataclass(frozen=True)
class Wish:
    """Thresholds to be tried on a view."""

    view: View
    """Where."""
    options: ClassifyOptions
    """The thresholds."""


@dataclass(frozen=True)
class ClassOutlines:
    """The outlines of one class."""

    geometry: QgsGeometry = field(default_factory=QgsGeometry)
    """All of them as one, in the CRS of the map, also those a little beyond the view; null where there are none."""
    count: int = 0
    """How many are in view, at least in part."""
    area_m2: float = 0.0
    """Area of what is in view of them."""


@dataclass(frozen=True)
class Outlines:
    """The answer to a wish."""

    wish: Wish
    """What was wished."""
    cloud: ClassOutlines = field(default_factory=ClassOutlines)
    """Clouds in the view."""
    shadow: ClassOutlines = field(default_factory=ClassOutlines)
    """Shadows in the view."""
    is_outside: bool = False
    """True where the map shows another place than the prediction."""
    problem: str = ""
    """Why there are none, a sentence; empty where all went well."""


class PreviewThread(QThread):
    """Answers wishes one after the other; a wish that comes while another is being answered replaces the one that waits."""

    answered = pyqtSignal(object)
    """The `Outlines` of a wish."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._waiting: Wish | None = None
        self._is_ending = False
        self._opened: OpenedView | None = None

    def ask(self, wish: Wish) -> None:
        """Let this be the next wish; returns at once."""
        with self._changed:
            self._waiting = wish
            self._changed.notify()
        if not self.isRunning():
            self.start()

    def forget(self) -> None:
        """Drop the wish that waits."""
        with self._changed:
            self._waiting = None

    def end(self) -> None:
        """Stop once what is being answered is done, a fraction of a second; waits for it."""
        with self._changed:
            self._is_ending = True
            self._waiting = None
            self._changed.notify()
        self.wait()

    def run(self) -> None:
        """Answer until the end; Qt calls this in the thread."""
        while (wish := self._next()) is not None:
            self.answered.emit(self._answer(wish))

    def _next(self) -> Wish | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._is_ending)
            wish, self._waiting = self._waiting, None
            return None if self._is_ending else wish

    def _answer(self, wish: Wish) -> Outlines:
        from ...plugin.core.clouds.guidelines.preview import preview

        try:
            opened = self._open(wish.view)
            if opened is None:
                return Outlines(wish, is_outside=True)
            polygons = preview(opened.probabilities, wish.options, VectorizeOptions())
            return Outlines(wish, cloud=outlines_of(polygons, "cloud", opened), shadow=outlines_of(polygons, "shadow", opened))
        except SkyfriError as error:
            return Outlines(wish, problem=str(error))
        except Exception as error:  # noqa: BLE001 (what leaves a thread ends QGIS)
            QgsMessageLog.logMessage(f"{wish.view.path}: {error!r}", TAG, Qgis.MessageLevel.Critical, notifyUser=False)
            return Outlines(wish, problem=str(error) or type(error).__name__)

    def _open(self, view: View) -> OpenedView | None:
        """Return the probabilities in view, read once for as long as the map stays where it is; None outside them."""
        from ...plugin.core.clouds.guidelines.preview import grid_of_prediction, open_view

        written_ns = when_written(view.path)
        if self._opened is None or (self._opened.view, self._opened.written_ns) != (view, written_ns):
            self._opened = None
            grid = grid_of_prediction(view.path)
            bounds, wider = bounds_in(view, grid.crs), bounds_in(view, grid.crs, BEYOND_VIEW)
            if bounds is None or wider is None or grid.window_of(bounds).intersect(grid.window).is_empty:
                return None
            self._opened = OpenedView(view, written_ns, bounds, open_view(view.path, wider))
        return self._opened


def when_written(path: Path) -> int:
    """Return when a file was written in nanoseconds, 0 where it is not there: then reading it tells."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def bounds_in(view: View, crs: str, scale: float = 1.0) -> Bounds | None:
    """Return the bounds of a view, enlarged by ``scale``, in another CRS; None where it cannot show them."""
    extent = QgsRectangle(view.extent)
    extent.scale(scale)
    try:
        box = QgsCoordinateTransform(view.crs, QgsCoordinateReferenceSystem(crs), view.context).transformBoundingBox(extent)
    except QgsCsException:
        return None
    return (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()) if box.isFinite() and not box.isEmpty() else None


def outlines_of(polygons: CloudPolygons, name: str, opened: OpenedView) -> ClassOutlines:
    """Return the polygons of a class as one geometry in the CRS of the map."""
    import numpy as np
    import shapely

    from ...plugin.core.clouds.guidelines.preview import seen

    shapes = np.asarray(polygons.frame.geometry.values)[(polygons.frame["class"] == name).to_numpy()]
    if not len(shapes):
        return ClassOutlines()
    view = opened.view
    geometry = QgsGeometry()
    geometry.fromWkb(shapely.to_wkb(shapely.multipolygons(shapes)))
    geometry.transform(QgsCoordinateTransform(QgsCoordinateReferenceSystem(polygons.crs), view.crs, view.context))
    return ClassOutlines(geometry, *seen(shapes, opened.bounds))
