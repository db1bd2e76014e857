"""Wiring and its exact undoing; what the plugin does lives in ``processing`` and ``ui``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .guide import open_guide
from .processing.algorithms.base import ICON
from .processing.provider import SkyfriProvider
from .processing.translation import install_translator, tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..ui.dock import SkyfriDock

_STOP_MS = 3000


class SkyfriPlugin:
    """What QGIS loads: the provider anywhere, a dock and its action where there is a desktop."""

    def __init__(self, iface: QgisInterface | None = None) -> None:
        self._iface = iface
        self._translator = install_translator(QgsSettings().value("locale/userLocale", "en", type=str))
        self._provider: SkyfriProvider | None = None
        self._action: QAction | None = None
        self._guide: QAction | None = None
        self._dock: SkyfriDock | None = None

    def initProcessing(self) -> None:
        """Add the provider; all that ``qgis_process`` calls."""
        provider = SkyfriProvider()
        if QgsApplication.processingRegistry().addProvider(provider):  # else QGIS has deleted it
            self._provider = provider

    def initGui(self) -> None:
        """Add the provider and the action that shows the dock."""
        self.initProcessing()
        if self._iface is None:
            return
        self._action = QAction(QIcon(str(ICON)), tr("Skyfri: cloud-free mosaic"), self._iface.mainWindow())
        self._action.setObjectName("SkyfriShowDock")
        self._action.setCheckable(True)
        self._action.triggered.connect(self._make_dock)
        self._iface.addPluginToRasterMenu("Skyfri", self._action)
        self._iface.addRasterToolBarIcon(self._action)
        self._guide = QAction(QIcon(str(ICON)), tr("Skyfri: guide for editors"), self._iface.mainWindow())
        self._guide.setObjectName("SkyfriGuide")
        self._guide.triggered.connect(open_guide)
        self._iface.pluginHelpMenu().addAction(self._guide)

    def unload(self) -> None:
        """Undo all of the above."""
        if self._iface is not None and self._dock is not None:
            self._dock.teardown()
            self._iface.removeDockWidget(self._dock)
            self._dock.deleteLater()
            self._dock = None
        if self._iface is not None and self._action is not None:
            self._iface.removePluginRasterMenu("Skyfri", self._action)
            self._iface.removeRasterToolBarIcon(self._action)
            self._action.deleteLater()
            self._action = None
        if self._iface is not None and self._guide is not None:
            self._iface.pluginHelpMenu().removeAction(self._guide)
            self._guide.deleteLater()
            self._guide = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
        _end_idle_threads()

    def _make_dock(self) -> None:
        """Make the dock on first use, so that QGIS starts without it; from then on the action shows and hides it."""
        from ..ui.dock import SkyfriDock

        if self._iface is None or self._action is None:
            return
        self._action.triggered.disconnect(self._make_dock)
        self._dock = SkyfriDock(self._iface)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._dock.setToggleVisibilityAction(self._action)
        self._dock.setUserVisible(True)


def _end_idle_threads() -> None:
    """End the threads in which tasks have run; nothing is done while a task still runs.

    Such a thread waits 30 s for more work. QGIS unloads plugins when it closes, then deletes its store of passwords and
    only then ends these threads; one that has used the store crashes QGIS (seen in 3.40).
    """
    tasks = QgsApplication.taskManager()
    if not tasks.countActiveTasks():
        tasks.threadPool().waitForDone(_STOP_MS)
