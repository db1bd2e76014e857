"""Start the real QGIS desktop on a screen of its own and let it run a script: for tests and screenshots."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = next(iter(sorted((ROOT / ".venv" / "lib").glob("python3*/site-packages"))), None)


def missing_tools() -> list[str]:
    """Return the programs that are needed and absent."""
    return [name for name in ("qgis", "Xvfb", "xvfb-run") if shutil.which(name) is None]


def run_qgis(
    script: Path, folder: Path, *, variables: Mapping[str, str], size_px: tuple[int, int] = (1400, 900), limit_s: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run ``script`` inside QGIS with a profile in ``folder`` that has only this plugin, until QGIS ends.

    The script finds ``variables`` in its environment. Everything QGIS says is in ``stdout``.
    """
    profile, runtime = folder / "profile", folder / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "temporary").mkdir(exist_ok=True)
    subprocess.run([sys.executable, str(ROOT / ".ci" / "profile"), "plain", str(profile / "profiles" / "default")], check=True)
    quiet = profile / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    quiet.write_text(quiet.read_text() + "\n[qgis]\ncheckVersion=false\nshowTips=false\n")
    own = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "QGIS_PREFIX_PATH", "VIRTUAL_ENV", "DISPLAY"}}
    own["PATH"] = os.pathsep.join(part for part in own["PATH"].split(os.pathsep) if ".venv" not in part)
    environment = {
        **own,
        "QGIS_CUSTOM_CONFIG_PATH": str(profile),
        "PYTHONPATH": str(SITE or ""),
        "PROJ_DATA": os.environ.get("PROJ_DATA", "/usr/share/proj"),
        "QT_QPA_PLATFORM": "xcb",
        "XDG_RUNTIME_DIR": str(runtime),
        "TMPDIR": str(folder / "temporary"),  # layers in the system's own would count as temporary, and QGIS would ask about them
        **variables,
    }
    screen = f"-screen 0 {size_px[0]}x{size_px[1]}x24 -dpi 96 -nolisten tcp"
    command = ["xvfb-run", "-a", "-s", screen, "qgis", "--nologo", "--noversioncheck", "--lang", variables.get("LANG_CODE", "en"), "--code"]
    process = subprocess.Popen(
        [*command, str(script)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the screen and QGIS are children of the wrapper
        said, _ = process.communicate()
        said += f"\nQGIS did not end within {limit_s} s."
    return subprocess.CompletedProcess(command, process.returncode, said)
