"""The same tasks on a real scheduler whose workers have no QGIS; one of them is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from skyfri.plugin.core.base.errors import Cancelled, InputError
from skyfri.plugin.core.base.parallel import InlineExecutor, map_ordered
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.scenes import open_scene

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = MosaicOptions(block_px=512, balance="local", seams="optimal", fill="blended", feather_px=3)

NO_QGIS = """
import sys
class Hider:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"qgis", "PyQt5", "PyQt6"}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hider())
"""


class Cluster:
    """A scheduler and two workers with one thread each, processes of their own that know nothing of the package."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "sitecustomize.py").write_text(NO_QGIS)
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        contact = folder / "scheduler.json"
        log = stack.enter_context((folder / "log").open("w"))

        def start(module, *words):
            command = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(contact), "--host", "127.0.0.1", *words]
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        start("dask_scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        deadline = time.monotonic() + 60
        while not contact.is_file() and time.monotonic() < deadline:
            time.sleep(0.1)
        alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
        self.workers = [start("dask_worker", *alone, str(folder / name), "--name", name) for name in ("one", "two")]
        self.client = stack.enter_context(distributed.Client(json.loads(contact.read_text())["address"], set_as_default=False))
        self.client.wait_for_workers(2, timeout=60)
        archive = folder / "core.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            for path in (ROOT / "__init__.py", ROOT / "plugin" / "__init__.py", *sorted((ROOT / "plugin" / "core").rglob("*.py"))):
                packed.write(path, f"skyfri/{path.relative_to(ROOT).as_posix()}")
        self.client.upload_file(str(archive))
        self.executor = self.client.get_executor(pure=False, retries=2)


@pytest.fixture
def cluster(tmp_path_factory):
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("cluster"), stack)


class After(Silent):
    """Progress that acts once when a message begins so."""

    def __init__(self, beginning, action):
        self.beginning, self.action, self.cancelled = beginning, action, False

    def report(self, fraction, message=""):
        if self.beginning and message.startswith(self.beginning):
            self.beginning = ""
            self.action()

    def is_cancelled(self):
        return self.cancelled


def outputs_in(folder):
    names = ("rgb", "source", "density")
    return MosaicOutputs(folder / "mosaic.tif", **{name: folder / f"{name}.tif" for name in names})


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tif"))}


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Measured", "Seams at", "Rendered block", "Scaling to 8 bits"])
def test_a_worker_killed_in_the_middle_changes_no_byte(sample, tmp_path, cluster, moment):
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "here"), executor=InlineExecutor())
    kill = After(moment, lambda: cluster.workers[0].send_signal(signal.SIGKILL))
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "there"), progress=kill, executor=cluster.executor)
    assert cluster.workers[0].wait(timeout=10) == -signal.SIGKILL and cluster.workers[1].poll() is None
    assert content(tmp_path / "there") == content(tmp_path / "here") and len(content(tmp_path / "here")) == 4


@pytest.mark.slow
def test_errors_and_cancelling_come_back_from_the_workers(sample, tmp_path, cluster):
    progress = After("Rendered block", lambda: setattr(progress, "cancelled", True))
    with pytest.raises(Cancelled):
        build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "cancelled"), progress=progress, executor=cluster.executor)
    assert not content(tmp_path / "cancelled")
    copy = tmp_path / Path(sample.scenes[0].path).name
    copy.write_bytes(Path(sample.scenes[0].path).read_bytes())
    scenes = [open_scene(copy), *sample.scenes[1:]]
    os.truncate(copy, copy.stat().st_size // 3)
    with pytest.raises(InputError, match=copy.name):
        build(
            scenes, sample.clouds, MosaicOptions(block_px=512, balance="none"), outputs_in(tmp_path / "broken"), executor=cluster.executor
        )
    assert not content(tmp_path / "broken")
    # the cluster is as good as before
    assert list(map_ordered(abs, [-1, -2, -3], cluster.executor)) == [1, 2, 3]
