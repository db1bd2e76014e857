"""Tile after tile: step, edit, save, mark, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ..jobs.runner import Runner
    from ..map.scene_view import SceneView
    from ..messages import Messages
    from ..workspace.session import Session
    from .edit_buffer import CloudEditing


class Tiles:
    """Goes from tile to tile and keeps what was done in each."""

    def __init__(self, session: Session, runner: Runner, *, view: SceneView, editing: CloudEditing, messages: Messages) -> None:
        self._session = session
        self._runner = runner
        self._view = view
        self._editing = editing
        self._messages = messages

    def step(self, step: int) -> None:
        """Go to the next (1) or previous (-1) tile and show it whole."""
        self._session.step_tile(step)
        self._view.zoom_to_tile()

    def go_to(self, name: str) -> None:
        """Go to a tile and show it whole."""
        self._session.go_to_tile(name)
        self._view.zoom_to_tile()

    def edit(self, wanted: bool) -> None:
        """Begin or end editing the clouds; a tile that was to do is in work from now on."""
        with self._messages.reporting():
            if not wanted:
                self._editing.end()
            elif self._session.scene is not None and self._runner.is_drawing(self._session.scene.id):
                self._messages.info(tr("The model is drawing this scene; edit it when that is done."))
            else:
                self._editing.begin()
                if self._session.tile is not None and self._session.tile.status == "todo":
                    self._session.set_tile_status("work")
        self._editing.changed.emit()

    def save(self) -> None:
        """Save the edits."""
        with self._messages.reporting():
            self._editing.save()

    def set_status(self, status: str) -> None:
        """Set the tile's status."""
        with self._messages.reporting():
            self._session.set_tile_status(status)

    def finish(self) -> None:
        """Save, mark the tile as done and go to the next that is not."""
        with self._messages.reporting():
            self._editing.save()
            if not self._session.finish_tile():
                self._messages.success(tr("All tiles are done."))
                return
            self._view.zoom_to_tile()
