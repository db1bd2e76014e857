"""One long job at a time: it takes a job, tells how it goes, and says how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from qgis.core import QgsApplication, QgsProject, QgsTask
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, pyqtSignal

from ...plugin.processing.translation import tr
from .run import Run

if TYPE_CHECKING:
    from ..messages import Messages

_STOP_S = 20.0


class Job(Protocol):
    """Something long that can be stopped."""

    def cancel(self) -> None:
        """Ask it to stop."""


class Runner(QObject):
    """Runs one long job beside the window; knows nothing of scenes and maps."""

    began = pyqtSignal(str)
    """A long job began; its title."""
    progressed = pyqtSignal(float)
    """Percent done."""
    said = pyqtSignal(str)
    """What is being done."""
    ended = pyqtSignal()
    """The job is over."""

    def __init__(self, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages
        self._job: Job | None = None
        self._drawn: frozenset[str] = frozenset()

    @property
    def is_running(self) -> bool:
        """True while a long job runs."""
        return self._job is not None

    def is_free(self) -> bool:
        """Return True where nothing runs; else the person is told to wait."""
        if self.is_running:
            self._messages.info(tr("Something is still running; wait for it or cancel it."))
        return not self.is_running

    def is_drawing(self, scene_id: str) -> bool:
        """Return True while the job draws polygons of a scene."""
        return scene_id in self._drawn

    def run(
        self,
        algorithm_id: str,
        parameters: Mapping[str, Any],
        on_success: Callable[[Mapping[str, Any]], None],
        *,
        drawn: Sequence[str] = (),
    ) -> None:
        """Run an algorithm; scenes that are ``drawn`` are not edited meanwhile. Raises `InputError`."""
        run = Run(algorithm_id, parameters, QgsProject.instance(), self)
        run.progressed.connect(self.progressed)
        run.said.connect(self.said)
        run.finished.connect(lambda success, results: self._ran(run, success, results, on_success))
        self._begin(run, run.title, drawn)
        run.start()

    def run_task(self, task: QgsTask, title: str) -> None:
        """Run a task, which calls `end` once it is over."""
        task.progressChanged.connect(self.progressed)
        self._begin(task, title)
        QgsApplication.taskManager().addTask(task)

    def end(self) -> None:
        """Let the next job begin."""
        self._job = None
        self._drawn = frozenset()
        self.ended.emit()

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

    def _begin(self, job: Job, title: str, drawn: Sequence[str] = ()) -> None:
        self._job = job
        self._drawn = frozenset(drawn)
        self.began.emit(title)

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
        self.end()
