"""The mosaic on a real Dask scheduler with two workers that have neither QGIS nor the plugin."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from qgis.core import QgsProcessingFeedback
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.processing.run import scheduler
from skyfri.plugin.processing.run.feedback import FeedbackProgress

HIDE_QGIS = """
import sys
class Hider:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"qgis", "PyQt5", "PyQt6"}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hider())
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address of a scheduler on this machine with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "sitecustomize.py").write_text(HIDE_QGIS)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    contact = folder / "scheduler.json"
    common = ["--scheduler-file", str(contact), "--host", "127.0.0.1"]
    with ExitStack() as stack, (folder / "log").open("w") as log:

        def start(module: str, *words: str) -> None:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *common, *words]
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("dask_scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        deadline = time.monotonic() + 60
        while not contact.is_file() and time.monotonic() < deadline:
            time.sleep(0.1)
        for name in ("one", "two"):
            start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, "--local-directory", str(folder / name))
        yield json.loads(contact.read_text())["address"]


def test_cluster_and_threads_give_the_same_bytes(qgis_process, cluster, stacks, tmp_path):
    files = {}
    for name, address in (("threads", ""), ("cluster", cluster)):
        outputs = {
            "OUTPUT": tmp_path / f"{name}.tif",
            "OUTPUT_RGB": tmp_path / f"{name}_rgb.tif",
            "SOURCE": tmp_path / f"{name}_source.tif",
        }
        inputs = {"INPUTS": [str(stacks / "scenes")], "CLOUDS": stacks / "clouds.gpkg", "SCHEDULER": address}
        run = qgis_process.run("skyfri:mosaic", {**inputs, **outputs})
        assert run.code == 0, run.text
        files[name] = [Path(path).read_bytes() for path in outputs.values()]
    assert files["cluster"] == files["threads"]


def test_no_scheduler_is_one_sentence(monkeypatch):
    monkeypatch.setattr(scheduler, "PATIENCE_S", 1)
    progress = FeedbackProgress(QgsProcessingFeedback())
    with pytest.raises(InputError, match="does not answer"), scheduler.executor_for("tcp://127.0.0.1:9", progress):
        pass
    with pytest.raises(InputError, match="nonsense"), scheduler.executor_for("nonsense://x", progress):
        pass
    with scheduler.executor_for("", progress) as executor:
        assert executor is None
