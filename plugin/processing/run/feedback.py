"""QGIS's feedback as the core's `Progress`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qgis.core import QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication, QThread

from .desktop import is_desktop


class FeedbackProgress:
    """A `Progress` that tells a `QgsProcessingFeedback`, from any thread.

    The log of a feedback is no thread-safe container, so one lock guards it, and a report that would change
    nothing on the screen is dropped: a core that reports each of its windows costs nothing.
    """

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._lock = threading.Lock()
        self._percent = -1
        self._text = ""

    def report(self, fraction: float, message: str = "") -> None:
        """Show the fraction as a percentage and the message as what is being done."""
        percent = int(100 * min(max(fraction, 0.0), 1.0))
        with self._lock:
            if percent != self._percent:
                self._percent = percent
                self._feedback.setProgress(percent)
            if message and message != self._text:
                self._text = message
                self._feedback.setProgressText(message)

    def say(self, message: str) -> None:
        """Write a line of the result into the log."""
        with self._lock:
            self._feedback.pushInfo(message)

    def warn(self, message: str) -> None:
        """Show the warning in the log."""
        with self._lock:
            self._feedback.pushWarning(message)

    def is_cancelled(self) -> bool:
        """Return True once the user has cancelled.

        ``qgis_process`` runs algorithms in its only thread, whose event loop then stands still; without a turn
        of it, Ctrl+C would never arrive.
        """
        if _is_headless_main_thread():
            QCoreApplication.processEvents()
        return bool(self._feedback.isCanceled())


@contextmanager
def cancelled_by_termination(feedback: QgsProcessingFeedback) -> Iterator[None]:
    """Let a request to terminate (batch systems send it) cancel a headless run, so that it cleans up after itself."""
    if not _is_headless_main_thread() or threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, lambda *_: feedback.cancel())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _is_headless_main_thread() -> bool:
    application = QCoreApplication.instance()
    return not is_desktop() and application is not None and QThread.currentThread() == application.thread()
