"""`make package`, `make install`, `make uninstall`, `make env`: what a user's QGIS gets."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def call(*words: str, **environment: str) -> str:
    """Run a command and return what it prints."""
    own = {key: value for key, value in os.environ.items() if key != "QGIS_CUSTOM_CONFIG_PATH"}  # set by pytest-qgis
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, env={**own, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package() -> Path:
    """The zip of the tracked files."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("the package is made of the files git tracks")
    if shutil.which("lrelease") is None and any((ROOT / "i18n").glob("*.ts")):
        pytest.skip("lrelease is not installed")
    return ROOT / call(sys.executable, ".ci/package").strip()


def test_package_holds_what_the_plugin_repository_wants(package):
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert {"skyfri/metadata.txt", "skyfri/__init__.py", "skyfri/LICENSE", "skyfri/plugin/plugin.py"} <= set(names)
    assert all(name.startswith("skyfri/") for name in names)
    assert not [name for name in names if re.search(r"/tests/|/\.|\.pyc$|\.so$|\.onnx$|Makefile|pyproject", name)]
    sources = sorted(path.stem for path in (ROOT / "i18n").glob("*.ts"))
    assert [Path(name).stem for name in names if name.endswith(".qm")] == sources
    assert package.stat().st_size < 25_000_000


def test_package_runs_in_a_clean_profile(package, qgis_process, tmp_path):
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(plugins)
    settings = tmp_path / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[PythonPlugins]\nskyfri=true\n")
    run = type(qgis_process)(tmp_path).run("skyfri:environment", {})
    assert run.code == 0, run.text
    assert run.results["PROBLEM_COUNT"] == 0


def test_install_links_and_lends_and_uninstall_leaves_the_profile_as_it_was(qgis_process, own_environment, tmp_path):
    """QGIS finds everything without PYTHONPATH; settings of others stay."""
    profile = tmp_path / "QGIS" / "QGIS3" / "profiles" / "default"
    settings = profile / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[Raster]\nuseCacheDir=false\n\n[PythonPlugins]\nother=true\n")
    (profile / "python" / "plugins" / "other").mkdir(parents=True)
    for _ in range(2):
        call(sys.executable, ".ci/profile", "link", XDG_DATA_HOME=str(tmp_path))
    assert settings.read_text().splitlines().count("skyfri=true") == 1
    process = type(qgis_process)(profile.parents[1])
    run = process.run("skyfri:environment", {}, PYTHONPATH="")
    assert run.code == 0 and run.results["PROBLEM_COUNT"] == 0, run.text
    call(sys.executable, ".ci/profile", "unlink", XDG_DATA_HOME=str(tmp_path))
    assert not [path for path in (profile / "python").rglob("*") if path.is_symlink()]
    assert "other=true" in settings.read_text() and "skyfri" not in settings.read_text()
    assert (profile / "python" / "plugins" / "other").is_dir()


def test_install_leaves_alone_what_it_did_not_make(tmp_path):
    other = tmp_path / "python" / "plugins" / "skyfri"
    other.mkdir(parents=True)
    done = subprocess.run([sys.executable, str(ROOT / ".ci/profile"), "plain", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "remove it" in done.stderr
    assert not other.is_symlink()


def test_env_prints_lines_a_shell_can_read(own_environment):
    lines = call("make", "-s", "--no-print-directory", "env").splitlines()
    assert lines and all(line.startswith("export ") for line in lines)
    shell = 'eval "$(make -s --no-print-directory env)"; cd /; exec qgis_process run skyfri:environment'
    clean = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV", "QGIS_CUSTOM_CONFIG_PATH"}}
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=False, env=clean)
    assert done.returncode == 0 and "PROBLEM_COUNT:\t0" in done.stdout, done.stdout + done.stderr
