"""Tests that need QGIS: in this process with pytest-qgis, or in the real `qgis_process`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("qgis")

ROOT = Path(__file__).resolve().parents[2]
SITE = next(iter(sorted((ROOT / ".venv" / "lib").glob("python3*/site-packages"))), None)


@dataclass(frozen=True)
class Run:
    """What one run of `qgis_process` left."""

    code: int
    results: dict = field(default_factory=dict)
    text: str = ""

    @property
    def error(self) -> str:
        """The sentence that says why it failed, as qgis_process shows it."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip() and "XDG_RUNTIME_DIR" not in line]
        checked = [after for line, after in pairwise(lines) if "checking parameter values" in line]
        if checked:
            return checked[0]
        marked = [line for line in lines if line.startswith("ERROR")]
        return marked[0].removeprefix("ERROR:").strip() if marked else (lines or [""])[-1]


class QgisProcess:
    """Starts the real `qgis_process` with a profile that has the plugin enabled."""

    def __init__(self, profile: Path):
        self.profile = profile

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of `make env`, with changes."""
        own = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "QGIS_PREFIX_PATH", "VIRTUAL_ENV"}}
        # An active virtual environment would lend its packages to the Python inside QGIS.
        own["PATH"] = os.pathsep.join(folder for folder in own["PATH"].split(os.pathsep) if ".venv" not in folder)
        runtime = self.profile / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        return {
            **own,
            "QGIS_CUSTOM_CONFIG_PATH": str(self.profile),
            "PYTHONPATH": str(SITE or ""),
            "PROJ_DATA": os.environ.get("PROJ_DATA", "/usr/share/proj"),
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(runtime),
            **changes,
        }

    def run(self, algorithm: str, inputs: dict, timeout: float = 240, **changes: str) -> Run:
        """Run an algorithm with its inputs as JSON on standard input."""
        done = subprocess.run(
            ["qgis_process", "--json", "run", algorithm, "-"],
            input=json.dumps({"inputs": {name: str(value) if isinstance(value, Path) else value for name, value in inputs.items()}}),
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self.environment(**changes),
            check=False,
        )
        start = done.stdout.find("{")
        try:
            results = json.loads(done.stdout[start:]).get("results", {}) if start >= 0 else {}
        except ValueError:
            results = {}
        return Run(done.returncode, results, done.stdout + done.stderr)

    def run_words(self, *words: str, timeout: float = 240, **changes: str) -> Run:
        """Run with words on the command line, where every value is a string."""
        done = subprocess.run(
            ["qgis_process", *words], capture_output=True, text=True, timeout=timeout, env=self.environment(**changes), check=False
        )
        return Run(done.returncode, {}, done.stdout + done.stderr)

    def interrupt(self, algorithm: str, inputs: dict, sign: str, timeout: float = 240) -> Run:
        """Run an algorithm and send Ctrl+C once its output says ``sign``."""
        words = [f"--{name}={value}" for name, value in inputs.items()]
        process = subprocess.Popen(
            ["qgis_process", "run", algorithm, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(PYTHONUNBUFFERED="1"),
        )
        output = b""
        end = time.monotonic() + timeout
        while sign.encode() not in output and process.poll() is None and time.monotonic() < end:
            output += process.stdout.read1(65536)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=timeout)
        return Run(process.returncode, {}, (output + rest).decode(errors="replace"))


@pytest.fixture
def own_environment() -> Path:
    """The virtual environment of `make setup`; the test skips where the system itself holds all libraries."""
    if SITE is None:
        pytest.skip("there is no .venv: the system holds all libraries")
    return SITE


@pytest.fixture(scope="session")
def qgis_process(tmp_path_factory) -> QgisProcess:
    """The real `qgis_process` with a profile of its own."""
    if shutil.which("qgis_process") is None:
        pytest.skip("qgis_process is not installed")
    profile = tmp_path_factory.mktemp("profile")
    subprocess.run([sys.executable, str(ROOT / ".ci" / "profile"), "plain", str(profile / "profiles" / "default")], check=True)
    return QgisProcess(profile)
