"""QGIS's own editing of the cloud layer: begin, save, end, and what new polygons are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...plugin.core.base.errors import InputError, OutputError
from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..map.layers import MapLayers
    from ..messages import Messages
    from ..workspace.session import Session


class CloudEditing(QObject):
    """Follows the edit state of the cloud layer, whoever changes it."""

    changed = pyqtSignal()
    """Editing began or ended, or there is something to save or no more."""
    saved = pyqtSignal()
    """Edits reached the workspace."""

    def __init__(self, iface: QgisInterface, session: Session, layers: MapLayers, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._iface = iface
        self._session = session
        self._layers = layers
        self._messages = messages
        self._layer: QgsVectorLayer | None = None

    @property
    def is_active(self) -> bool:
        """True while the cloud layer is being edited."""
        return self._layer is not None and self._layer.isEditable()

    @property
    def has_unsaved(self) -> bool:
        """True while there are edits that are not in the workspace."""
        return self._layer is not None and self._layer.isEditable() and self._layer.isModified()

    def are_saved(self) -> bool:
        """Return True where there is nothing to save; else the person is told to."""
        if self.has_unsaved:
            self._messages.warning(tr("The cloud layer has unsaved edits; save them first."))
        return not self.has_unsaved

    def follow(self) -> None:
        """Watch the cloud layer that is in the project now."""
        layer = self._layers.polygons("cloud")
        if layer is self._layer:
            return
        self.release()
        self._layer = layer
        if layer is not None:
            for signal, slot in self._connections(layer):
                signal.connect(slot)
        self.changed.emit()

    def release(self) -> None:
        """Watch no layer any more."""
        if self._layer is not None:
            for signal, slot in self._connections(self._layer):
                signal.disconnect(slot)
            self._layer = None

    def begin(self) -> None:
        """Make the cloud layer current and editable, so that QGIS's drawing tools work on it; raises `InputError`."""
        if self._layer is None:
            raise InputError(tr("The cloud layer is not in the project; open the workspace again."))
        self._let_session_write()
        self._layers.set_visible("cloud", True)
        self._iface.setActiveLayer(self._layer)
        if not self._layer.isEditable() and not self._layer.startEditing():
            raise InputError(
                tr("{name} cannot be edited; check that the workspace's file and folder are writable.").format(name=self._layer.name())
            )

    def end(self) -> bool:
        """Stop editing, asking as QGIS does what to do with unsaved edits; returns False where the person goes on."""
        if not self.is_active:
            return True
        self._let_session_write()
        return bool(self._iface.vectorLayerTools().stopEditing(self._layer, True))

    def save(self) -> None:
        """Write the edits to the workspace and go on editing; raises `OutputError`."""
        if self.is_active:
            self._let_session_write()
        layer = self._layer
        if layer is not None and layer.isEditable() and not layer.commitChanges(False):
            reason = "; ".join(layer.commitErrors()) or tr("unknown reason")
            raise OutputError(tr("The edits could not be saved ({reason}); they are still there, try again.").format(reason=reason))
        self.changed.emit()

    def _let_session_write(self) -> None:
        """Let the session end what it writes before QGIS takes the file: waited for here, the window is painted meanwhile."""
        self._session.flush()

    def _connections(self, layer: QgsVectorLayer) -> tuple[tuple[Any, Any], ...]:
        return (
            (layer.editingStarted, self.changed),
            (layer.editingStopped, self.changed),
            (layer.layerModified, self.changed),
            (layer.afterCommitChanges, self.saved),
            (layer.willBeDeleted, self._forget),
        )

    def _forget(self) -> None:
        self._layer = None
        self.changed.emit()
