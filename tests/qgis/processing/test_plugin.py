"""Loading and unloading leaves nothing behind, with and without a desktop; each in an interpreter of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

LOAD = f"""
import importlib.util, sys
from unittest.mock import MagicMock
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QMainWindow
application = QgsApplication([], True)
application.initQgis()
spec = importlib.util.spec_from_file_location("skyfri", {str(ROOT / "__init__.py")!r}, submodule_search_locations=[{str(ROOT)!r}])
package = importlib.util.module_from_spec(spec)
sys.modules["skyfri"] = package
spec.loader.exec_module(package)

def provider():
    return QgsApplication.processingRegistry().providerById("skyfri")
"""

HEADLESS = """
plugin = package.classFactory(None)
plugin.initGui()
print("loaded", len(provider().algorithms()) > 5)
plugin.unload()
print("unloaded", provider() is None)
plugin.unload()
"""

DESKTOP = """
window = QMainWindow()
iface = MagicMock()
iface.mainWindow.return_value = window
plugin = package.classFactory(iface)
plugin.initGui()
(menu, action), (icon,) = iface.addPluginToRasterMenu.call_args.args, iface.addRasterToolBarIcon.call_args.args
print("added", provider() is not None and action is icon and action.isCheckable() and action.objectName() == "SkyfriShowDock")
print("no dock yet", not iface.addDockWidget.called and "skyfri.ui.dock" not in sys.modules)
plugin.unload()
print("menu undone", iface.removePluginRasterMenu.call_args.args == (menu, action))
print("icon undone", iface.removeRasterToolBarIcon.call_args.args == (icon,))
menu = iface.pluginHelpMenu.return_value
print("guide undone", menu.addAction.call_args.args == menu.removeAction.call_args.args != ())
from skyfri.plugin.guide import guide_path
names = [guide_path(locale).name for locale in ("nb_NO", "de")]
print("guides there", names == ["redigering.md", "editing.md"] and guide_path("en_US").is_file())
print("unloaded", provider() is None)
"""

TWICE = """
first, second = package.classFactory(None), package.classFactory(None)
first.initProcessing()
second.initProcessing()
second.unload()
print("the first stays", provider() is not None)
first.unload()
print("unloaded", provider() is None)
"""

THREADS = """
import threading, time
from qgis.core import QgsTask
from qgis.PyQt.QtCore import QThread, Qt
tasks = QgsApplication.taskManager()
ended, running, may_end = [], threading.Event(), threading.Event()

def work(task):
    QThread.currentThread().finished.connect(lambda: ended.append(task), Qt.ConnectionType.DirectConnection)
    running.set()
    may_end.wait(60)

plugin = package.classFactory(None)
plugin.initGui()
task = QgsTask.fromFunction("work", work)
tasks.addTask(task)
running.wait(60)
begun = time.monotonic()
plugin.unload()
print("not waited for work", time.monotonic() - begun < 2 and not ended)
may_end.set()
end = time.monotonic() + 60
while tasks.countActiveTasks() and time.monotonic() < end:
    application.processEvents()
print("the thread waits", not ended)
plugin.unload()
print("the thread has ended", len(ended) == 1)
"""


def said(script: str) -> dict[str, str]:
    """Run a script after `LOAD` and return what it printed, each line's last word by the words before."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", LOAD + script], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return dict(line.rsplit(" ", 1) for line in done.stdout.strip().splitlines())


def test_headless_the_plugin_brings_its_provider_and_takes_it_away():
    assert said(HEADLESS) == {"loaded": "True", "unloaded": "True"}


def test_in_the_desktop_it_adds_its_actions_and_undoes_them():
    words = said(DESKTOP)
    named = ["added", "no dock yet", "menu undone", "icon undone", "guide undone", "guides there", "unloaded"]
    assert words == dict.fromkeys(named, "True")


def test_a_second_copy_of_the_plugin_takes_nothing_from_the_first():
    assert said(TWICE) == {"the first stays": "True", "unloaded": "True"}


def test_threads_in_which_tasks_have_run_end_with_the_plugin():
    assert said(THREADS) == dict.fromkeys(["not waited for work", "the thread waits", "the thread has ended"], "True")
