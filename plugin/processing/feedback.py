"""QGIS's feedback as the core's `Progress`."""

from __future__ import annotations

import threading

from qgis.core import QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication, QThread


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
        application = QCoreApplication.instance()
        self._main_thread = application.thread() if application is not None else None

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
        if self._runs_headless_in_main_thread():
            QCoreApplication.processEvents()
        return bool(self._feedback.isCanceled())

    def _runs_headless_in_main_thread(self) -> bool:
        from qgis.utils import iface  # set by QGIS desktop, after this module was loaded

        return iface is None and self._main_thread is not None and QThread.currentThread() == self._main_thread
