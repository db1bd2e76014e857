"""Reads and writes of a workspace, one after the other beside the window: a slow disk or database never stops it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qgis.core import Qgis, QgsMessageLog
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, QThread, pyqtSignal

from ...plugin.core.base.errors import LockedError, SkyfriError
from ...plugin.processing.translation import tr
from ..messages import TAG

PATIENCE_S = 60.0
"""How long a workspace that another program holds is asked again and again."""

LOCK_WAIT_S = 1.0
"""How long each of these attempts waits, so that a person soon hears of it."""

_PAUSE_S = 0.2
_POLL_S = 0.02


@dataclass(frozen=True, eq=False)
class Job:
    """Something to be read or written."""

    work: Callable[[], Any]
    """Done beside the window; done again where it raised `LockedError`."""
    then: Callable[[Any], object]
    """Called in the window's thread with what ``work`` returned."""
    failed: Callable[[SkyfriError], object]
    """Called in the window's thread where it raised."""
    is_patient: bool
    """True where a lock of another program is waited for."""


@dataclass(frozen=True, eq=False)
class Answer:
    """How a job went."""

    job: Job
    """What was asked."""
    result: Any = None
    """What it returned."""
    error: SkyfriError | None = None
    """Why it failed."""


class StoreThread(QThread):
    """Does jobs in the order in which they were asked; none is dropped, also where the thread is to end."""

    answered = pyqtSignal()
    """Answers are there to be delivered."""
    waiting = pyqtSignal(str)
    """Another program holds the workspace; a sentence that says so."""
    waited = pyqtSignal()
    """It holds it no more, or it was waited for in vain."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._answers: deque[Answer] = deque()
        self._open = 0
        self._is_ending = False
        self._is_over = False
        self.answered.connect(self._deliver)

    @property
    def is_idle(self) -> bool:
        """True where every job was done and its answer delivered."""
        return not self._open

    def ask(
        self,
        work: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[SkyfriError], object],
        *,
        is_patient: bool = True,
    ) -> None:
        """Let something be done after all that was asked before; returns at once. After the end nothing is done any more."""
        if self._is_over:
            return
        with self._changed:
            self._jobs.append(Job(work, then, failed, is_patient))
            self._changed.notify_all()
        self._open += 1
        if not self.isRunning() and not self._is_ending:
            self.start()

    def flush(self, seconds: float) -> bool:
        """Wait until all was done, the window being painted meanwhile; returns False where the time did not suffice."""
        end = time.monotonic() + seconds
        while self._open and time.monotonic() < end:
            with self._changed:
                self._changed.wait_for(lambda: self._answers, _POLL_S)
            self._deliver()
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        return not self._open

    def end(self) -> None:
        """Stop once all was done; what another program keeps from being done is tried once more, and then said."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self.wait()
        self._deliver()
        while self._jobs:  # who took an answer asked for more
            self.start()
            self.wait()
            self._deliver()
        self._is_over = True

    def run(self) -> None:
        """Do jobs until the end; Qt calls this in the thread."""
        while (job := self._next()) is not None:
            answer = self._do(job)
            with self._changed:
                self._answers.append(answer)
                self._changed.notify_all()
            self.answered.emit()

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_ending)
            return self._jobs.popleft() if self._jobs else None

    def _do(self, job: Job) -> Answer:
        end = time.monotonic() + (PATIENCE_S if job.is_patient else 0.0)
        said = False
        while True:
            answer = _attempt(job)
            if not isinstance(answer.error, LockedError) or self._is_ending or time.monotonic() >= end:
                break
            if not said:
                self.waiting.emit(str(answer.error))
                said = True
            with self._changed:
                self._changed.wait_for(lambda: self._is_ending, _PAUSE_S)
        if said:
            self.waited.emit()
        return answer

    def _deliver(self) -> None:
        """Hand answers over, in the window's thread; who takes one may ask and flush again."""
        while True:
            with self._changed:
                if not self._answers:
                    return
                answer = self._answers.popleft()
            self._open -= 1
            if answer.error is None:
                answer.job.then(answer.result)
            else:
                answer.job.failed(answer.error)


def _attempt(job: Job) -> Answer:
    try:
        return Answer(job, job.work())
    except SkyfriError as error:
        return Answer(job, error=error)
    except Exception as error:  # noqa: BLE001 (what leaves a thread ends QGIS)
        QgsMessageLog.logMessage(repr(error), TAG, Qgis.MessageLevel.Critical, notifyUser=False)
        return Answer(job, error=SkyfriError(tr("The workspace could not be read or written ({reason}).").format(reason=error)))
