"""What the dock tells the person at the screen: one sentence in the message bar, details in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsMessageLog
from qgis.PyQt.QtWidgets import QPushButton

from ..plugin.core.base.errors import Cancelled, SkyfriError
from ..plugin.processing.translation import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface, QgsMessageBarItem

TAG = "Skyfri"
"""Title of messages and name of the tab in QGIS's log."""

_SHORT_S = 6
_LONG_S = 60


class Messages:
    """Speaks through the message bar of a QGIS window."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._held: QgsMessageBarItem | None = None

    def info(self, text: str) -> None:
        """Say what happened; it goes away by itself."""
        self._push(text, Qgis.MessageLevel.Info, _SHORT_S)

    def success(self, text: str) -> None:
        """Say that a job is done; it goes away by itself."""
        self._push(text, Qgis.MessageLevel.Success, _SHORT_S)

    def offer(self, text: str, title: str, slot: Callable[[], object]) -> None:
        """Say that a job is done, with a button for what may be wanted next; a click on it closes the message."""
        bar = self._iface.messageBar()
        item = bar.createMessage(TAG, text)
        button = QPushButton(title, item)
        button.setObjectName("skyfri_offer")
        button.clicked.connect(lambda: (bar.popWidget(item), slot()))
        item.layout().addWidget(button)
        bar.pushWidget(item, Qgis.MessageLevel.Success, _LONG_S)
        QgsMessageLog.logMessage(text, TAG, Qgis.MessageLevel.Success, notifyUser=False)

    def warning(self, text: str) -> None:
        """Say what needs attention; it stays until it is closed."""
        self._push(text, Qgis.MessageLevel.Warning, 0)

    def error(self, text: str) -> None:
        """Say what failed and what to do; it stays until it is closed."""
        self._push(text, Qgis.MessageLevel.Critical, 0)

    def hold(self, text: str) -> None:
        """Say what is being waited for, until `let_go`."""
        self.let_go()
        bar = self._iface.messageBar()
        self._held = bar.createMessage(TAG, text)
        self._held.setObjectName("skyfri_held")
        self._held.destroyed.connect(self._forget_held)  # a person may close it
        bar.pushWidget(self._held, Qgis.MessageLevel.Warning, 0)
        QgsMessageLog.logMessage(text, TAG, Qgis.MessageLevel.Warning, notifyUser=False)

    def let_go(self) -> None:
        """Take away what `hold` said."""
        held, self._held = self._held, None
        if held is not None:
            held.destroyed.disconnect(self._forget_held)
            self._iface.messageBar().popWidget(held)

    def refused(self, sentences: Sequence[str]) -> None:
        """Say why the first of several things could not be opened, and write the other reasons into the log."""
        for sentence in sentences[1:]:
            QgsMessageLog.logMessage(sentence, TAG, Qgis.MessageLevel.Warning, notifyUser=False)
        more = tr("{count} more could not be opened, see the log.").format(count=len(sentences) - 1) if len(sentences) > 1 else ""
        self.warning(f"{sentences[0]} {more}".strip())

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Turn the core's errors inside the block into messages."""
        try:
            yield
        except Cancelled as outcome:
            self.info(str(outcome))
        except SkyfriError as error:
            self.error(str(error))

    def _forget_held(self, *_: object) -> None:
        self._held = None

    def _push(self, text: str, level: Qgis.MessageLevel, seconds: int) -> None:
        self._iface.messageBar().pushMessage(TAG, text, level, seconds)
        QgsMessageLog.logMessage(text, TAG, level, notifyUser=False)
