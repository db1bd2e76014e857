"""What the dock's actions do: workspaces, scenes, guidelines, editing, mosaic."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsCoordinateTransform, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox

from ...plugin.processing.translation import tr
from ..clouds.draw import GUIDELINES, guideline_parameters
from ..messages import TAG
from ..mosaic import make as jobs
from ..workspace.open_task import OpenTask
from .run import Run

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ...plugin.core.editing.entries import SceneEntry
    from ..editing.edit_buffer import CloudEditing
    from ..map.layers import MapLayers
    from ..messages import Messages
    from ..workspace.session import Session

RECENT = "skyfri/workspace"
"""Setting: the last workspace."""
FOLDER = "skyfri/folder"
"""Setting: where scenes were last fetched from."""

_REMEMBER_MS = 1500
_STOP_S = 20.0


class Work(QObject):
    """Carries out what the person asks for; one long job at a time."""

    began = pyqtSignal(str)
    """A long job began; its title."""
    progressed = pyqtSignal(float)
    """Percent done."""
    said = pyqtSignal(str)
    """What is being done."""
    ended = pyqtSignal()
    """The job is over."""

    def __init__(
        self, iface: QgisInterface, session: Session, layers: MapLayers, *, editing: CloudEditing, messages: Messages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._iface = iface
        self._session = session
        self._layers = layers
        self._editing = editing
        self._messages = messages
        self._job: Run | OpenTask | None = None
        self._being_drawn: frozenset[str] = frozenset()
        self._dialogs: list[QObject] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REMEMBER_MS)
        self._later.timeout.connect(self.remember)

    @property
    def is_running(self) -> bool:
        """True while a long job runs."""
        return self._job is not None

    # Workspaces

    def new_workspace(self) -> bool:
        """Ask for a file and make a workspace; returns True where one is open then."""
        path, _ = QFileDialog.getSaveFileName(
            self._iface.mainWindow(),
            tr("New workspace"),
            self._start_folder(),
            tr("Workspace") + " (*.gpkg)",
            "",
            QFileDialog.Option.DontConfirmOverwrite,  # the core refuses to overwrite, and says so
        )
        if not path:
            return False
        target = Path(path)
        return self._switch(lambda: self._session.create(target if target.suffix == ".gpkg" else target.with_name(target.name + ".gpkg")))

    def open_workspace(self, path: str = "") -> bool:
        """Open a workspace, asking which where no path is given; returns True where it is open then."""
        if not path:
            path, _ = QFileDialog.getOpenFileName(
                self._iface.mainWindow(), tr("Open workspace"), self._start_folder(), tr("Workspace") + " (*.gpkg)"
            )
        return bool(path) and self._switch(lambda: self._session.open(path))

    def close_workspace(self) -> bool:
        """Take the workspace's layers off the map; returns False where the person prefers to go on editing."""
        if self._session.workspace is None:
            return True
        if self._is_busy() or not self._editing.end():
            return False
        self.remember()
        self._layers.remove()
        QgsProject.instance().removeEntry(TAG, "workspace")
        self._session.close()
        return True

    def open_of_project(self) -> None:
        """Open the workspace that a project was saved with."""
        stored, _ = QgsProject.instance().readEntry(TAG, "workspace")
        if stored:
            with self._messages.reporting():
                self._session.open(QgsProject.instance().readPath(stored))
                self._after_opening()

    def remember(self) -> None:
        """Write where the editor is; a workspace that cannot be written just opens elsewhere next time."""
        self._later.stop()
        if self._session.workspace is not None:
            with self._messages.reporting():
                self._session.remember()

    def _switch(self, work: Callable[[], None]) -> bool:
        if not self.close_workspace():
            return False
        with self._messages.reporting():
            work()
            self._after_opening()
            return True
        return False

    def _after_opening(self) -> None:
        project, path = QgsProject.instance(), str(self._session.workspace.path)
        if project.readEntry(TAG, "workspace")[0] != project.writePath(path):
            project.writeEntry(TAG, "workspace", project.writePath(path))
        QgsSettings().setValue(RECENT, path)
        self._restore()
        QTimer.singleShot(0, self.zoom_to_tile)  # after QGIS itself zooms to the first layers of a project

    # Scenes

    def choose_files(self) -> None:
        """Ask for product files and add them."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._iface.mainWindow(), tr("Add scene files"), self._scene_folder(), tr("Scenes") + " (*.zip *.tif *.tiff *.nc *.xml)"
        )
        if paths:
            self.add_paths(paths)

    def choose_folder(self) -> None:
        """Ask for a folder and add the products below it."""
        path = QFileDialog.getExistingDirectory(self._iface.mainWindow(), tr("Add folder of scenes"), self._scene_folder())
        if path:
            self.add_paths([path])

    def add_paths(self, paths: Sequence[str]) -> None:
        """Add products and folders of products; a lone GeoPackage is opened as a workspace."""
        if len(paths) == 1 and paths[0].lower().endswith(".gpkg"):
            self.open_workspace(paths[0])
            return
        if self._is_busy() or (self._session.workspace is None and not self.new_workspace()):
            return
        QgsSettings().setValue(FOLDER, str(Path(paths[0]).parent))
        self._open(paths)

    def remove_scenes(self, ids: Sequence[str]) -> None:
        """Remove scenes, after asking: their polygons go with them."""
        if not ids or self._is_busy() or not self._has_saved():
            return
        question = tr("Remove {count} scene(s) with all their polygons from the workspace? The products themselves stay.")
        answer = QMessageBox.question(self._iface.mainWindow(), tr("Remove scenes"), question.format(count=len(ids)))
        if answer == QMessageBox.StandardButton.Yes:
            with self._messages.reporting():
                self._layers.remove_pictures(ids)
                self._session.remove(ids)
                self._layers.reload()

    def show_scene(self) -> None:
        """Bring the map in line with the scene the editor chose."""
        self._layers.show_mosaic(False)
        self._show()
        self._later.start()

    def zoom_to_tile(self) -> None:
        """Show the whole tile."""
        extent, layer = self._layers.extent_of_tile(), self._layers.polygons("tile")
        if extent is None or layer is None:
            return
        canvas = self._iface.mapCanvas()
        transform = QgsCoordinateTransform(layer.crs(), canvas.mapSettings().destinationCrs(), QgsProject.instance())
        shown = transform.transformBoundingBox(extent) if transform.isValid() else extent
        shown.scale(1.05)
        canvas.setExtent(shown)
        canvas.refresh()

    def _open(self, paths: Sequence[str], *, quietly: bool = False) -> None:
        task = OpenTask(paths, self._session.workspace.path, lambda done: self._opened(done, quietly=quietly))
        task.progressChanged.connect(self.progressed)
        self._begin(task, tr("Opening scenes"))
        QgsApplication.taskManager().addTask(task)

    def _opened(self, task: OpenTask, *, quietly: bool) -> None:
        self._end()
        if self._session.workspace is None or self._session.workspace.path != task.workspace_path:
            return  # another project was opened meanwhile
        first = not self._session.scenes
        with self._messages.reporting():
            added = self._session.add(task.scenes)
            self._restore(fetch=False)  # what could not be opened now is not tried again at once
            if first:
                QTimer.singleShot(0, self.zoom_to_tile)
            if added:
                self._messages.success(tr("Scenes added: {count}.").format(count=len(added)))
            elif task.scenes and not quietly:
                self._messages.info(tr("These scenes are in the workspace already."))
        if task.refused:
            self._messages.refused(task.refused)

    def _restore(self, *, fetch: bool = True) -> None:
        missing = self._layers.restore()
        self._editing.follow()
        self._show(missing, fetch=fetch)

    def _show(self, missing: Sequence[SceneEntry] = (), *, fetch: bool = True) -> None:
        """Show the session's scene, and fetch pictures that are missing."""
        wanted = {entry.path: None for entry in (*missing, *self._layers.show_scene())}
        if wanted and fetch and not self.is_running:
            self._open(list(wanted), quietly=True)

    # Guidelines and mosaic

    def draw_guidelines(self, scenes: Sequence[SceneEntry]) -> None:
        """Run the model on scenes; the workspace keeps the polygons."""
        if not self.may_draw():
            return
        with self._messages.reporting():
            parameters = guideline_parameters(scenes, self._session.workspace.path)
            drawn = [entry.id for entry in scenes]
            self.run(GUIDELINES, parameters, lambda results: self._guidelines_drawn(len(scenes), results), drawn=drawn)

    def may_draw(self) -> bool:
        """Return True once polygons may be written beside QGIS: nothing runs, and editing has ended."""
        return not self._is_busy() and self._has_saved() and self._editing.end()

    def take_polygons(self, *_: object) -> None:
        """Show polygons that were written beside QGIS."""
        self._session.refresh()
        self._layers.reload()

    def _guidelines_drawn(self, scene_count: int, results: Mapping[str, Any]) -> None:
        self.take_polygons()
        self._messages.success(
            tr("Polygons drawn: {polygons}; scenes: {scenes}.").format(polygons=results.get("COUNT", 0), scenes=scene_count)
        )

    def make_mosaic(self, scenes: Sequence[SceneEntry]) -> None:
        """Ask for a file and make a mosaic of the scenes that have polygons."""
        if self._is_busy() or not self._has_saved():
            return
        with self._messages.reporting():
            jobs.mosaic_parameters(scenes, self._session.workspace.path)  # says what is missing before a file is asked for
            start = self._session.workspace.path.with_name(f"{self._session.workspace.path.stem}_mosaic.tif")
            path, _ = QFileDialog.getSaveFileName(self._iface.mainWindow(), tr("Mosaic"), str(start), "GeoTIFF (*.tif)")
            if not path:
                return
            left_out = sum(entry.status == "new" for entry in scenes)
            if left_out:
                self._messages.info(tr("Scenes without polygons are left out: {count}.").format(count=left_out))
            output = Path(path) if path.lower().endswith((".tif", ".tiff")) else Path(path + ".tif")
            self.run(jobs.MOSAIC, jobs.mosaic_parameters(scenes, self._session.workspace.path, output), self._mosaic_made)

    def _mosaic_made(self, results: Mapping[str, Any]) -> None:
        if self._session.workspace is not None:  # else another project was opened meanwhile
            self._layers.add_mosaic(jobs.mosaic_layers(dict(results)), Path(results["OUTPUT"]).stem)
        self._messages.success(tr("The mosaic is ready: {path}").format(path=results["OUTPUT"]))

    def open_dialog(self, algorithm_id: str, scenes: Sequence[SceneEntry]) -> None:
        """Open an algorithm's own dialog, filled in."""
        from processing import createAlgorithmDialog

        with self._messages.reporting():
            make = guideline_parameters if algorithm_id == GUIDELINES else jobs.mosaic_parameters
            dialog = createAlgorithmDialog(algorithm_id, make(scenes, self._session.workspace.path))
            dialog.algorithmFinished.connect(self.take_polygons)
            self._dialogs.append(dialog)
            dialog.destroyed.connect(lambda: self._dialogs.remove(dialog))
            dialog.show()

    def cancel(self) -> None:
        """Ask the running job to stop."""
        if self._job is not None:
            self._job.cancel()

    def stop(self) -> None:
        """Cancel what runs and wait until it has ended: its thread uses objects that go away with the dock."""
        self.cancel()
        end = time.monotonic() + _STOP_S
        while self.is_running and time.monotonic() < end:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 50)

    def run(
        self,
        algorithm_id: str,
        parameters: Mapping[str, Any],
        on_success: Callable[[Mapping[str, Any]], None],
        *,
        drawn: Sequence[str] = (),
    ) -> None:
        """Run an algorithm beside the window; scenes that are ``drawn`` are not edited meanwhile. Raises `InputError`."""
        run = Run(algorithm_id, parameters, QgsProject.instance(), self)
        run.progressed.connect(self.progressed)
        run.said.connect(self.said)
        run.finished.connect(lambda success, results: self._ran(run, success, results, on_success))
        self._begin(run, run.title)
        self._being_drawn = frozenset(drawn)
        run.start()

    def _ran(self, run: Run, success: bool, results: Mapping[str, Any], on_success: Callable[[Mapping[str, Any]], None]) -> None:
        if success:
            for warning in run.feedback.warnings[-1:]:  # the last is about the whole, those before about single scenes
                self._messages.warning(warning)
            with self._messages.reporting():
                on_success(results)
        elif run.was_cancelled:
            self._messages.info(tr("Cancelled; nothing was changed."))
        else:
            self._messages.error(run.feedback.errors[-1] if run.feedback.errors else tr("{title} failed.").format(title=run.title))
        run.deleteLater()
        self._end()

    def _begin(self, job: Run | OpenTask, title: str) -> None:
        self._job = job
        self.began.emit(title)

    def _end(self) -> None:
        self._job = None
        self._being_drawn = frozenset()
        self.ended.emit()

    # Editing

    def edit(self, wanted: bool) -> None:
        """Begin or end editing the clouds; a tile that was to do is in work from now on."""
        with self._messages.reporting():
            if not wanted:
                self._editing.end()
            elif self._session.scene is not None and self._session.scene.id in self._being_drawn:
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

    def set_tile_status(self, status: str) -> None:
        """Set the tile's status."""
        with self._messages.reporting():
            self._session.set_tile_status(status)

    def finish_tile(self) -> None:
        """Save, mark the tile as done and go to the next that is not."""
        with self._messages.reporting():
            self._editing.save()
            if not self._session.finish_tile():
                self._messages.success(tr("All tiles are done."))
                return
            self.zoom_to_tile()

    def _has_saved(self) -> bool:
        if self._editing.has_unsaved:
            self._messages.warning(tr("The cloud layer has unsaved edits; save them first."))
            return False
        return True

    def _is_busy(self) -> bool:
        if self.is_running:
            self._messages.info(tr("Something is still running; wait for it or cancel it."))
        return self.is_running

    def _start_folder(self) -> str:
        recent = QgsSettings().value(RECENT, "", type=str)
        return str(Path(recent).parent) if recent else QgsProject.instance().homePath()

    def _scene_folder(self) -> str:
        return QgsSettings().value(FOLDER, "", type=str)
