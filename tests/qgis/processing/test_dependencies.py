"""A library that is missing, or that brings its own GEOS, PROJ or GDAL: one sentence with the command that mends it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from skyfri.plugin.core.base.errors import MissingDependencyError
from skyfri.plugin.processing.provider import ALGORITHMS
from skyfri.plugin.processing.run import dependencies

WHEEL = {  # what the tools that make wheels leave beside a package
    "shapely": "shapely.libs/libgeos-0dd8a1ae.so.3.13.1",
    "pyproj": "pyproj.libs/libproj-5ef3b8a2.so.25.9.6.2",
    "rasterio": "rasterio.libs/libgdal-4b09c2f5.so.36.3.10.2",
}


def make_wheel(site: Path, module: str, native: str) -> None:
    """Lay out a package as its wheel would be installed."""
    (site / module).mkdir(parents=True)
    (site / module / "__init__.py").write_text("raise ModuleNotFoundError('a library that is harmful must not be imported')")
    (site / native).parent.mkdir(exist_ok=True)
    (site / native).write_bytes(b"")
    information = site / f"{module}-9.9.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 9.9\n")


def test_missing_library_in_the_real_process(qgis_process, own_environment, scenes, tmp_path):
    """Debian 12's QGIS without our environment lacks onnxruntime; everything stays listed and says the command."""
    system = subprocess.run(["/usr/bin/python3", "-c", "import onnxruntime"], capture_output=True, check=False, env={"PATH": "/usr/bin"})
    if system.returncode == 0:
        pytest.skip("the system's own Python has onnxruntime")
    listed = qgis_process.run_words("list", PYTHONPATH="")
    assert listed.code == 0
    assert all(f"skyfri:{algorithm.ID}\t" in listed.text for algorithm in ALGORITHMS)
    run = qgis_process.run("skyfri:predict", {"INPUT": scenes[0], "OUTPUT": tmp_path / "p.tif"}, PYTHONPATH="")
    assert run.code == 1 and "Traceback" not in run.text
    assert "onnxruntime" in run.error and "pip install" in run.error and "--no-deps" in run.error
    run = qgis_process.run("skyfri:environment", {}, PYTHONPATH="")
    assert run.code == 0, run.text
    assert run.results["PROBLEM_COUNT"] >= 1 and "onnxruntime" in run.results["PROBLEMS"]


@pytest.mark.parametrize("module", WHEEL)
def test_second_copy_in_the_real_process(qgis_process, scenes, tmp_path, module):
    site = tmp_path / "site"
    make_wheel(site, module, WHEEL[module])
    path = f"{site}{os.pathsep}{qgis_process.environment()['PYTHONPATH']}"
    run = qgis_process.run("skyfri:prepare", {"INPUT": scenes[0], "OUTPUT": tmp_path / "s.tif"}, PYTHONPATH=path)
    assert run.code == 1 and "Traceback" not in run.text and "must not be imported" not in run.text
    assert f"{module} from {site} brings its own" in run.error and f"rm -r {site / module}" in run.error
    if module == "shapely":
        run = qgis_process.run("skyfri:environment", {}, PYTHONPATH=path)
        assert run.code == 0, run.text
        assert run.results["PROBLEM_COUNT"] == 1 and module in run.results["PROBLEMS"]


def test_loaded_libraries_are_the_ones_of_qgis():
    dependencies.require(dependencies.ALL)
    assert dependencies.problems() == []
    own = dependencies.qgis_natives()
    assert dependencies.linked_natives(dependencies.SHAPELY)["GEOS"] == own["GEOS"]
    assert dependencies.linked_natives(dependencies.RASTERIO)["GDAL"] == own["GDAL"]


def test_another_build_without_files_of_its_own_is_told_by_what_it_loads(monkeypatch):
    """As a conda package would: no folder of copies beside it, but another file in the process."""
    own, other = "/usr/lib/libgeos.so.3.11.1", "/opt/conda/lib/libgeos.so.3.14.0"
    states = iter([{"GEOS": [own], "PROJ": [], "GDAL": []}, {"GEOS": [other, own], "PROJ": [], "GDAL": []}])
    monkeypatch.setattr(dependencies, "loaded_natives", lambda: next(states))
    with pytest.raises(MissingDependencyError, match=f"shapely runs on GEOS {other} but QGIS on GEOS {own}"):
        dependencies.require([dependencies.SHAPELY])


def test_where_the_system_shows_no_files_versions_tell(monkeypatch):
    """As on Windows and macOS; the PROJ a library states may be the one it was compiled with, so it does not count."""
    monkeypatch.setattr(dependencies, "loaded_natives", dict)
    own = dependencies.qgis_natives()
    monkeypatch.setattr(dependencies, "qgis_natives", lambda: {**own, "PROJ": "9.99.0"})
    dependencies.require(dependencies.ALL)
    monkeypatch.setattr(dependencies, "qgis_natives", lambda: {**own, "GEOS": "3.99.0"})
    with pytest.raises(MissingDependencyError, match=r"shapely runs on GEOS 3\.\d+\S* but QGIS on GEOS 3\.99\.0"):
        dependencies.require([dependencies.SHAPELY])


def test_too_old_and_broken_libraries(monkeypatch, tmp_path):
    monkeypatch.setattr(dependencies, "installed_version", lambda library: "1.8.5" if library is dependencies.SHAPELY else "99")
    with pytest.raises(MissingDependencyError, match=r"shapely 2\.1 or newer"):
        dependencies.require([dependencies.SHAPELY])
    monkeypatch.undo()
    information = tmp_path / "shapely-0+unknown.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: shapely\nVersion: 0+unknown\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert dependencies.is_installed(dependencies.SHAPELY), "Debian's own shapely does not know its version"
    (tmp_path / "brokenlib.py").write_text("raise ImportError('libfoo.so.1: cannot open shared object file')")
    with pytest.raises(MissingDependencyError, match=r"brokenlib is installed but cannot be loaded \(libfoo"):
        dependencies.require([dependencies.Library("brokenlib", "1")])


def test_command_for_every_system(monkeypatch):
    every = dependencies.ALL
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(dependencies.shutil, "which", lambda name: "/usr/bin/apt-get")
    command = dependencies.install_command(every)
    assert "sudo apt install" in command and "python3-rasterio" in command and "--no-binary shapely" in command
    assert "numpy>=" not in command
    monkeypatch.setattr(sys, "platform", "win32")
    command = dependencies.install_command(every)
    assert "osgeo4w-setup" in command and "python3-shapely" in command and "python -m pip" in command
    monkeypatch.setattr(sys, "platform", "darwin")
    command = dependencies.install_command(every)
    assert "--no-deps --target" in command and "rasterio" in command.split("--no-binary ")[1].split()[0]


@pytest.mark.parametrize(("version", "compiled"), [("12", True), ("13", False), ("", False)])
def test_debian_13_compiles_nothing(monkeypatch, version, compiled):
    release = {"ID": "debian", **({"VERSION_ID": version} if version else {})}
    monkeypatch.setattr(dependencies.platform, "freedesktop_os_release", lambda: release)
    monkeypatch.setattr(dependencies.shutil, "which", lambda name: f"/usr/bin/{name}")
    command = dependencies.install_command([dependencies.SHAPELY, dependencies.ONNXRUNTIME])
    assert ("--no-binary shapely" in command) == compiled
    assert ("python3-shapely python3-onnxruntime" in command) != compiled
