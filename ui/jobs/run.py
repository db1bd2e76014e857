"""One Processing algorithm running in the background, with progress, cancel and one outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import QgsApplication, QgsProcessingAlgRunnerTask, QgsProcessingContext, QgsProcessingFeedback, QgsProject, QgsTask
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...plugin.core.base.errors import InputError
from ...plugin.processing.translation import tr

_FLAGS = QgsTask.Flag.CanCancel | QgsTask.Flag.Silent
"""The dock says itself how it ended."""


class RunFeedback(QgsProcessingFeedback):
    """Keeps errors and warnings apart, to be said once the run is over."""

    said = pyqtSignal(str)
    """What is being done."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N803 (the names are QGIS's)
        """Keep the error."""
        self.errors.append(error.strip())
        super().reportError(error, fatalError)

    def pushWarning(self, warning: str) -> None:
        """Keep the warning."""
        self.warnings.append(warning.strip())
        super().pushWarning(warning)

    def setProgressText(self, text: str) -> None:
        """Pass on what is being done."""
        self.said.emit(text)
        super().setProgressText(text)


class Run(QObject):
    """Runs an algorithm; emits `finished` with its results once, whatever the outcome."""

    progressed = pyqtSignal(float)
    """Percent done."""
    said = pyqtSignal(str)
    """What is being done."""
    finished = pyqtSignal(bool, dict)
    """Success, and the outputs by name."""

    def __init__(self, algorithm_id: str, parameters: Mapping[str, Any], project: QgsProject, parent: QObject) -> None:
        super().__init__(parent)
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(algorithm_id)
        if algorithm is None:
            raise InputError(tr("The algorithm {name} is not there; enable the plugin Skyfri again.").format(name=algorithm_id))
        self.title = algorithm.displayName()
        self.feedback = RunFeedback()
        self._context = QgsProcessingContext()
        self._context.setProject(project)
        self._context.setFeedback(self.feedback)
        good, reason = algorithm.checkParameterValues(dict(parameters), self._context)
        if not good:
            raise InputError(reason)
        self._algorithm = algorithm
        self._task = QgsProcessingAlgRunnerTask(algorithm, dict(parameters), self._context, self.feedback, _FLAGS)
        self._task.executed.connect(self._finish)
        self._task.progressChanged.connect(self.progressed)
        self.feedback.said.connect(self.said)

    def start(self) -> None:
        """Begin; returns at once."""
        QgsApplication.taskManager().addTask(self._task)

    def cancel(self) -> None:
        """Ask the algorithm to stop; `finished` follows."""
        self.feedback.cancel()

    @property
    def was_cancelled(self) -> bool:
        """True once somebody asked to stop."""
        return self.feedback.isCanceled()

    def _finish(self, success: bool, results: dict[str, Any]) -> None:
        self._task = None
        self.finished.emit(success and not self.was_cancelled, results)
