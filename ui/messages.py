"""What the dock tells the person at the screen: one sentence in the message bar, details in the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsMessageLog

from ..plugin.core.errors import Cancelled, SkyfriError

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

TAG = "Skyfri"
"""Title of messages and name of the tab in QGIS's log."""

_SHORT_S = 6


class Messages:
    """Speaks through the message bar of a QGIS window."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface

    def info(self, text: str) -> None:
        """Say what happened; it goes away by itself."""
        self._push(text, Qgis.MessageLevel.Info, _SHORT_S)

    def success(self, text: str) -> None:
        """Say that a job is done; it goes away by itself."""
        self._push(text, Qgis.MessageLevel.Success, _SHORT_S)

    def warning(self, text: str) -> None:
        """Say what needs attention; it stays until it is closed."""
        self._push(text, Qgis.MessageLevel.Warning, 0)

    def error(self, text: str) -> None:
        """Say what failed and what to do; it stays until it is closed."""
        self._push(text, Qgis.MessageLevel.Critical, 0)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Turn the core's errors inside the block into messages."""
        try:
            yield
        except Cancelled as outcome:
            self.info(str(outcome))
        except SkyfriError as error:
            self.error(str(error))

    def _push(self, text: str, level: Qgis.MessageLevel, seconds: int) -> None:
        self._iface.messageBar().pushMessage(TAG, text, level, seconds)
        QgsMessageLog.logMessage(text, TAG, level, notifyUser=False)
