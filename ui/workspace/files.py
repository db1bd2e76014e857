"""Workspaces are made, opened and closed; scenes are added and removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox, QWidget

from ...plugin.core.editing.stores.addresses import address_of, is_address
from ...plugin.processing.translation import tr
from ..messages import TAG
from .open_task import OpenTask

if TYPE_CHECKING:
    from ..jobs.runner import Runner
    from ..messages import Messages
    from .edits import Edits
    from .session import Session

RECENT = "skyfri/workspace"
"""Setting: the last workspace."""
FOLDER = "skyfri/folder"
"""Setting: where scenes were last fetched from."""

_REMEMBER_MS = 1500


class Files(QObject):
    """Asks for files and folders, and tells when the workspace's layers are to come, to grow or to go."""

    opened = pyqtSignal()
    """A workspace was opened."""
    closing = pyqtSignal()
    """The workspace is about to be closed; its layers leave the map."""
    fetched = pyqtSignal(bool)
    """Scenes were opened and their pictures made; True where they are the first of the workspace."""
    removing = pyqtSignal(list)
    """Ids of scenes that are gone, whose pictures leave the map."""
    removed = pyqtSignal()
    """Scenes were removed with their polygons."""

    def __init__(
        self, window: QWidget, session: Session, runner: Runner, *, edits: Edits, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._session = session
        self._runner = runner
        self._edits = edits
        self._messages = messages
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REMEMBER_MS)
        self._later.timeout.connect(self.remember)
        session.scene_changed.connect(self._later.start)

    def new_workspace(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and make a workspace; ``then`` is called once it is open."""
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            tr("New workspace"),
            self._start_folder(),
            tr("Workspace") + " (*.gpkg)",
            "",
            QFileDialog.Option.DontConfirmOverwrite,  # the core refuses to overwrite, and says so
        )
        if path and self._may_switch():
            self._session.create(address_of(path), may_take=self.close_workspace, then=lambda: self._after_opening(then))

    def open_workspace(self, path: str = "") -> None:
        """Open a workspace, asking which where no path is given; the one that is open stays where it cannot be read."""
        if not path:
            path, _ = QFileDialog.getOpenFileName(self._window, tr("Open workspace"), self._start_folder(), tr("Workspace") + " (*.gpkg)")
        if path and self._may_switch():
            self._session.open(path, may_take=self.close_workspace, then=self._after_opening)

    def close_workspace(self) -> bool:
        """Take the workspace's layers off the map once all is written; returns False where the person prefers to go on editing."""
        if self._session.workspace is None:
            return True
        if not self._may_switch():
            return False
        self.remember()
        self._session.flush()
        self.closing.emit()
        QgsProject.instance().removeEntry(TAG, "workspace")
        self._session.close()
        return True

    def open_of_project(self) -> None:
        """Open the workspace that a project was saved with."""
        stored, _ = QgsProject.instance().readEntry(TAG, "workspace")
        if stored:
            self._session.open(QgsProject.instance().readPath(stored), then=self._after_opening_of_project)

    def remember(self) -> None:
        """Write where the editor is; a workspace that cannot be written just opens elsewhere next time."""
        self._later.stop()
        self._session.remember()

    def choose_files(self) -> None:
        """Ask for product files and add them."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, tr("Add scene files"), scene_folder(), tr("Scenes") + " (*.zip *.tif *.tiff *.nc *.xml)"
        )
        if paths:
            self.add_paths(paths)

    def choose_folder(self) -> None:
        """Ask for a folder and add the products below it."""
        path = QFileDialog.getExistingDirectory(self._window, tr("Add folder of scenes"), scene_folder())
        if path:
            self.add_paths([path])

    def add_paths(self, paths: Sequence[str]) -> None:
        """Add products and folders of products; a lone GeoPackage is opened as a workspace."""
        if len(paths) == 1 and is_address(paths[0]):
            self.open_workspace(paths[0])
            return
        if not self._runner.is_free():
            return
        if self._session.workspace is None:
            self.new_workspace(lambda: self.add_paths(paths))
            return
        QgsSettings().setValue(FOLDER, str(Path(paths[0]).parent))
        self._fetch(paths, quietly=False)

    def fetch_missing(self, paths: Sequence[str]) -> None:
        """Open scenes again whose picture is missing, unless something runs."""
        if not self._runner.is_running:
            self._fetch(paths, quietly=True)

    def remove_scenes(self, ids: Sequence[str]) -> None:
        """Remove scenes, after asking: their polygons go with them."""
        if not ids or not self._runner.is_free() or not self._edits.are_saved():
            return
        question = tr("Remove {count} scene(s) with all their polygons from the workspace? The products themselves stay.")
        answer = QMessageBox.question(self._window, tr("Remove scenes"), question.format(count=len(ids)))
        if answer == QMessageBox.StandardButton.Yes:
            self._session.remove(ids, lambda: (self.removing.emit(list(ids)), self.removed.emit()))

    def _may_switch(self) -> bool:
        return self._runner.is_free() and self._edits.end()

    def _after_opening(self, then: Callable[[], object] | None = None) -> None:
        workspace = self._session.workspace
        if workspace is None:
            return
        project, path = QgsProject.instance(), workspace.address
        if project.readEntry(TAG, "workspace")[0] != project.writePath(path):
            project.writeEntry(TAG, "workspace", project.writePath(path))
        QgsSettings().setValue(RECENT, path)
        self.opened.emit()
        if then is not None:
            then()

    def _after_opening_of_project(self) -> None:
        """Bring the layers of a project's workspace up to date, which is no change that a person would want to save."""
        project = QgsProject.instance()
        was_clean = not project.isDirty()
        self._after_opening()
        if was_clean:
            project.setDirty(False)
            QTimer.singleShot(0, lambda: project.setDirty(False))  # the map has been zoomed by then

    def _fetch(self, paths: Sequence[str], *, quietly: bool) -> None:
        if self._session.workspace is not None:
            task = OpenTask(paths, self._session.workspace, lambda done: self._fetched(done, quietly=quietly))
            self._runner.run_task(task, tr("Opening scenes"))

    def _fetched(self, task: OpenTask, *, quietly: bool) -> None:
        self._runner.end()
        if self._session.workspace is None or self._session.workspace != task.workspace:
            return  # another project was opened meanwhile
        first = not self._session.scenes
        self._session.add(task.scenes, lambda added: self._added(added, task, first=first, quietly=quietly))

    def _added(self, added: Sequence[str], task: OpenTask, *, first: bool, quietly: bool) -> None:
        self.fetched.emit(first)
        if added:
            self._messages.success(tr("Scenes added: {count}.").format(count=len(added)))
        elif task.scenes and not quietly:
            self._messages.info(tr("These scenes are in the workspace already."))
        if task.refused:
            self._messages.refused(task.refused)

    def _start_folder(self) -> str:
        recent = QgsSettings().value(RECENT, "", type=str)
        return str(Path(recent).parent) if recent else QgsProject.instance().homePath()


def scene_folder() -> str:
    """Return the folder that scenes were last fetched from."""
    return str(QgsSettings().value(FOLDER, "", type=str))
