"""Guidelines from the dock: the model draws clouds and shadows of scenes, the workspace keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessing

from ...plugin.core.base.errors import InputError
from ...plugin.processing.parameters.thresholds import classify_values
from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ...plugin.core.clouds.options import ClassifyOptions
    from ...plugin.core.editing.entries import SceneEntry
    from ...plugin.core.editing.workspace import Workspace
    from ..jobs.dialogs import Dialogs
    from ..jobs.runner import Runner
    from ..map.scene_view import SceneView
    from ..messages import Messages
    from ..workspace.edits import Edits
    from ..workspace.session import Session

GUIDELINES = "skyfri:guidelines"


def guideline_parameters(scenes: Sequence[SceneEntry], workspace: Workspace, options: ClassifyOptions | None = None) -> dict[str, Any]:
    """Return the parameters of `skyfri:guidelines` for scenes; with ``options`` for kept probabilities, classified so.

    Raises `InputError` where there is no scene.
    """
    if not scenes:
        raise InputError(tr("No scene is selected; select one or more in the table."))
    thresholds = {} if options is None else {**classify_values(options), "REUSE": True}
    inputs = [entry.path for entry in scenes]
    return {"INPUTS": inputs, "WORKSPACE": workspace.address, "OUTPUT": QgsProcessing.TEMPORARY_OUTPUT, **thresholds}


class Guidelines:
    """Runs the model on scenes."""

    def __init__(self, session: Session, runner: Runner, *, view: SceneView, edits: Edits, dialogs: Dialogs, messages: Messages) -> None:
        self._session = session
        self._runner = runner
        self._view = view
        self._edits = edits
        self._dialogs = dialogs
        self._messages = messages

    def draw(self, scenes: Sequence[SceneEntry]) -> None:
        """Run the model on scenes; the workspace keeps the polygons."""
        workspace = self._session.workspace
        if workspace is None or not self.may_draw():
            return
        with self._messages.reporting():
            parameters = guideline_parameters(scenes, workspace)
            drawn = [entry.id for entry in scenes]
            self._runner.run(GUIDELINES, parameters, lambda results: self._drawn(len(scenes), results), drawn=drawn)

    def may_draw(self) -> bool:
        """Return True once polygons may be written beside QGIS: nothing runs, and editing has ended."""
        return self._runner.is_free() and self._edits.are_saved() and self._edits.end()

    def open_dialog(self, scenes: Sequence[SceneEntry]) -> None:
        """Open the algorithm's own dialog, filled in."""
        workspace = self._session.workspace
        if workspace is not None:
            with self._messages.reporting():
                self._dialogs.show(GUIDELINES, guideline_parameters(scenes, workspace), self._view.take_polygons)

    def _drawn(self, scene_count: int, results: Mapping[str, Any]) -> None:
        self._view.take_polygons()
        self._messages.success(drawn_text(results, scene_count))


def drawn_text(results: Mapping[str, Any], scene_count: int) -> str:
    """Return what was drawn, as people read it."""
    return tr("Polygons drawn: {polygons}; scenes: {scenes}.").format(polygons=results.get("COUNT", 0), scenes=scene_count)
