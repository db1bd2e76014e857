"""The map follows the session: layers come and go with the workspace, the scene the editor is at is the one that is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateTransform, QgsProject
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

    from ...plugin.core.editing.entries import SceneEntry
    from ..messages import Messages
    from ..workspace.session import Session
    from .layers import MapLayers


class SceneView(QObject):
    """Keeps the map in step with the session."""

    restored = pyqtSignal()
    """The workspace's layers are in the project."""
    lacking = pyqtSignal(list)
    """Paths of scenes whose picture has yet to be made."""

    def __init__(self, canvas: QgsMapCanvas, session: Session, layers: MapLayers, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._session = session
        self._layers = layers
        self._messages = messages

    def restore(self) -> None:
        """Show a workspace that was opened, and its tile."""
        self._restore(fetch=True)
        QTimer.singleShot(0, self.zoom_to_tile)  # after QGIS itself zooms to the first layers of a project

    def add_pictures(self, first: bool) -> None:
        """Show scenes that were opened; where they are the ``first``, their tile too."""
        self._restore(fetch=False)  # what could not be opened now is not tried again at once
        if first:
            QTimer.singleShot(0, self.zoom_to_tile)

    def show_scene(self) -> None:
        """Bring the map in line with the scene the editor chose."""
        with self._messages.reporting():
            self._layers.show_mosaic(False)
            self._show()

    def take_polygons(self, *_: object) -> None:
        """Show polygons that were written beside QGIS."""
        self._session.refresh()
        self._layers.reload()

    def zoom_to_tile(self) -> None:
        """Show the whole tile."""
        extent, layer = self._layers.extent_of_tile(), self._layers.polygons("tile")
        if extent is None or layer is None:
            return
        transform = QgsCoordinateTransform(layer.crs(), self.canvas.mapSettings().destinationCrs(), QgsProject.instance())
        shown = transform.transformBoundingBox(extent) if transform.isValid() else extent
        shown.scale(1.05)
        self.canvas.setExtent(shown)
        self.canvas.refresh()

    def _restore(self, *, fetch: bool) -> None:
        with self._messages.reporting():
            missing = self._layers.restore()
            self.restored.emit()
            self._show(missing, fetch=fetch)

    def _show(self, missing: Sequence[SceneEntry] = (), *, fetch: bool = True) -> None:
        wanted = {entry.path: None for entry in (*missing, *self._layers.show_scene())}
        if wanted and fetch:
            self.lacking.emit(list(wanted))
