"""PROJ in threads that Qt made, task after task in the same one."""

import subprocess
import sys

TASKS = """
import importlib.util, sys, time
from qgis.core import QgsApplication, QgsTask
application = QgsApplication([], False)
application.initQgis()
spec = importlib.util.spec_from_file_location("qt_threads", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import pyproj

def work(task):
    module.keep_python_state()
    return pyproj.CRS("EPSG:32632").name

for _ in range(8):
    answers = []
    task = QgsTask.fromFunction("work", work, on_finished=lambda error, name=None: answers.append((error, name)))
    QgsApplication.taskManager().addTask(task)
    while not answers:
        application.processEvents()
        time.sleep(0.005)
    assert answers == [(None, "WGS 84 / UTM zone 32N")], answers
application.exitQgis()
"""


def test_projections_outlive_a_task_in_a_pooled_thread():
    from skyfri.plugin.processing.run import qt_threads

    done = subprocess.run([sys.executable, "-c", TASKS, qt_threads.__file__], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
