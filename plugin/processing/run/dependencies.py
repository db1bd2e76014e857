"""Whether the Python libraries are there, and whether they share QGIS's own GEOS, PROJ and GDAL.

A wheel of shapely, pyproj, rasterio, fiona or pyogrio carries its own copy of those. In one process with QGIS's
the two mix: coordinates become NaN and QGIS crashes at exit. So such a library is found by the files it was
installed with, before it is imported, and refused.
"""

from __future__ import annotations

import importlib
import os
import platform
import re
import shlex
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from qgis.core import Qgis, QgsApplication

from ...core.base.errors import MissingDependencyError, first_line
from ...core.clouds.network.runtime import forbid_telemetry
from ..translation import tr


@dataclass(frozen=True)
class Library:
    """A Python library that some algorithm needs."""

    module: str
    """Name to import."""
    minimum: str
    """Oldest version that works."""
    debian: str = ""
    """Debian's package, linked to the libraries QGIS uses; empty where pip's own does no harm."""
    debian_13: str = ""
    """The same where only Debian 13 and later hold a version that is new enough."""
    distribution: str = ""
    """Name on the package index where it differs from ``module``."""
    alternative: str = ""
    """Module that does as well."""
    compiled: bool = False
    """True where pip has to compile it against QGIS's own GEOS."""
    is_pure: bool = False
    """True where it is Python alone, so that pip need not compile it though Debian has it too."""

    @property
    def package(self) -> str:
        """Name on the package index."""
        return self.distribution or self.module


FIRST_COMPLETE_DEBIAN = 13
"""First Debian that holds every library in a version that is new enough."""
NUMPY = Library("numpy", "1.24", debian="python3-numpy")
SCIPY = Library("scipy", "1.10", debian="python3-scipy")
PANDAS = Library("pandas", "1.5", debian="python3-pandas")
RASTERIO = Library("rasterio", "1.3", debian="python3-rasterio")
PYPROJ = Library("pyproj", "3.4", debian="python3-pyproj")
FIONA = Library("fiona", "1.9", debian="python3-fiona", alternative="pyogrio")
SHAPELY = Library("shapely", "2.1", compiled=True, debian_13="python3-shapely")
GEOPANDAS = Library("geopandas", "0.14", debian_13="python3-geopandas")
MARKUPSAFE = Library("markupsafe", "2.0", debian="python3-markupsafe", is_pure=True)
JINJA2 = Library("jinja2", "3.0", debian="python3-jinja2", is_pure=True)
ONNXRUNTIME = Library("onnxruntime", "1.17", debian_13="python3-onnxruntime")
MODELS = Library("ukis_csmask", "1.0", distribution="ukis-csmask")

DISTRIBUTED = Library("distributed", "2023.5", debian="python3-distributed")

RASTER = (NUMPY, RASTERIO, SHAPELY)
"""What reads and writes rasters."""
VECTOR = (*RASTER, PYPROJ, FIONA, PANDAS, GEOPANDAS, SCIPY)
"""What makes polygons of rasters and rasters of polygons."""
PAGES = (MARKUPSAFE, JINJA2)
"""What writes a page for people; asked for only where such a page is."""
PREDICTION = (*VECTOR, ONNXRUNTIME)
"""What runs a cloud model."""
ALL = (*PREDICTION, *PAGES, MODELS)
"""Every library some algorithm needs."""

_NATIVE = {"GEOS": re.compile(r"(lib)?geos"), "PROJ": re.compile(r"(lib)?proj[-_.\d]"), "GDAL": re.compile(r"(lib)?gdal")}
_VERSIONS = {
    "shapely": {"GEOS": "geos_version_string"},
    "pyproj": {"PROJ": "proj_version_str"},
    "rasterio": {"GDAL": "__gdal_version__", "PROJ": "__proj_version__", "GEOS": "__geos_version__"},
    "fiona": {"GDAL": "__gdal_version__"},
    "pyogrio": {"GDAL": "__gdal_version_string__"},
}


def require(libraries: Iterable[Library]) -> None:
    """Raise `MissingDependencyError`, one sentence with the command that mends it, where a library is absent or harmful.

    One that is harmful stops everything: others import it.
    """
    wanted = list(dict.fromkeys(libraries))
    if not wanted:
        return
    _refuse_copies()
    missing = [library for library in wanted if not is_installed(library)]
    if missing:
        names = ", ".join(f"{library.package} {library.minimum}" for library in missing)
        raise MissingDependencyError(
            tr("Skyfri needs {names} or newer, which this QGIS does not have; run: {command}").format(
                names=names, command=install_command(missing)
            )
        )
    for library in wanted:
        _load(library)


def problems(libraries: Sequence[Library] = ALL) -> list[str]:
    """Return a sentence for each thing that is wrong with the libraries, with the command that mends it; empty when all is well."""
    try:
        _refuse_copies()
    except MissingDependencyError as error:
        return [str(error)]
    found: list[str] = []
    for library in libraries:
        try:
            require([library])
        except MissingDependencyError as error:
            found.append(str(error))
    for name, files in loaded_natives().items():
        if len(files) > 1:
            found.append(
                tr("{name} is loaded {count} times ({files}); find what brings the second one and remove it.").format(
                    name=name, count=len(files), files=", ".join(files)
                )
            )
    return found


def _refuse_copies() -> None:
    harmful = {library: copies for library in ALL if (copies := carried_copies(library))}
    if harmful:
        raise MissingDependencyError(_sentence_on_copies(harmful))


def is_installed(library: Library) -> bool:
    """Return True where the library, or what does as well, is installed in a version that works. Imports nothing."""
    if library.alternative and util.find_spec(library.alternative) is not None:
        return True
    if util.find_spec(library.module) is None:
        return False
    version = installed_version(library)
    return not version or _numbers(version) >= _numbers(library.minimum)


def installed_version(library: Library) -> str:
    """Return the version that is installed, empty where nothing states it (``0+unknown`` in Debian's shapely). Imports nothing."""
    from importlib import metadata  # 10 ms, which QGIS's start need not pay

    try:
        version = metadata.version(library.package)
    except metadata.PackageNotFoundError:
        return ""
    return "" if version.startswith("0+") else version


def carried_copies(library: Library) -> dict[str, Path]:
    """Return the GEOS, PROJ and GDAL that a library's wheel brought along, name to file. Imports nothing."""
    copies: dict[str, Path] = {}
    for module in filter(None, (library.module, library.alternative)):
        if module not in _VERSIONS:
            continue
        for file in _bundled_files(module):
            for name, pattern in _NATIVE.items():
                if pattern.match(file.name.lower()):
                    copies.setdefault(name, file)
    return copies


def _bundled_files(module: str) -> list[Path]:
    """Return shared libraries beside a package, where the tools that make wheels put them (Linux and Windows, macOS)."""
    spec = util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return []
    package = Path(next(iter(spec.submodule_search_locations)))
    folders = [package / ".dylibs", *(item for item in package.parent.glob("*.libs") if item.stem.lower() == module)]
    return [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]


def qgis_natives() -> dict[str, str]:
    """Return the versions of GEOS, PROJ and GDAL that QGIS itself runs on (not those it was compiled with)."""
    from osgeo import gdal, osr  # QGIS's own bindings

    return {
        "GEOS": Qgis.geosVersion().split("-")[0],
        "PROJ": f"{osr.GetPROJVersionMajor()}.{osr.GetPROJVersionMinor()}.{osr.GetPROJVersionMicro()}",
        "GDAL": gdal.VersionInfo("RELEASE_NAME"),
    }


def linked_natives(library: Library) -> dict[str, str]:
    """Return the versions of GEOS, PROJ and GDAL that an imported library says it runs on."""
    for module in (library.module, library.alternative):
        if module in _VERSIONS and module in sys.modules:
            states = {name: getattr(sys.modules[module], attribute, None) for name, attribute in _VERSIONS[module].items()}
            return {name: str(version).split("-")[0] for name, version in states.items() if version}
    return {}


def loaded_natives() -> dict[str, list[str]]:
    """Return the files of GEOS, PROJ and GDAL that are in this process, where the system tells (Linux)."""
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        return {}
    paths = {line.split(maxsplit=5)[5].strip() for line in maps.read_text(encoding="utf-8", errors="replace").splitlines() if ".so" in line}
    found: dict[str, list[str]] = {}
    for name, stem in (("GEOS", r"libgeos[-.]"), ("PROJ", r"libproj[-.]"), ("GDAL", r"libgdal[-.]")):
        found[name] = sorted(path for path in paths if re.match(stem, os.path.basename(path)))  # noqa: PTH119 (no need of a Path each)
    return found


def install_command(libraries: Sequence[Library]) -> str:
    """Return the command that installs libraries so that they share QGIS's GEOS, PROJ and GDAL."""
    if sys.platform.startswith("linux") and shutil.which("apt-get"):
        from_index = [library for library in libraries if not _debian_package(library)]
        packages = [_debian_package(library) for library in libraries if _debian_package(library)]
        packages += ["python3-pip"] if from_index and util.find_spec("pip") is None else []
        packages += ["libgeos-dev", "g++", "python3-dev"] if any(library.compiled for library in from_index) else []
        commands = [f"sudo apt install {' '.join(packages)}"] if packages else []
        return " && ".join([*commands, *_pip_commands(from_index)])
    if sys.platform == "win32":
        names = [f"python3-{library.package}" for library in libraries if library not in (ONNXRUNTIME, MODELS)]
        commands = [f"osgeo4w-setup -k -q -P {','.join(names)}"] if names else []
        return " && ".join([*commands, *_pip_commands([library for library in libraries if library in (ONNXRUNTIME, MODELS)])])
    return " && ".join(_pip_commands(libraries))


def _debian_package(library: Library) -> str:
    """Return the package of this Debian that holds a library, empty where none does."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").is_file() else {}
    # Testing and unstable state no number.
    later = release.get("ID") == "debian" and int(release.get("VERSION_ID", "99").split(".")[0] or 99) >= FIRST_COMPLETE_DEBIAN
    return library.debian or (library.debian_13 if later else "")


def _pip_commands(libraries: Sequence[Library]) -> list[str]:
    """Return pip's commands; without dependencies, which would bring a second NumPy, GDAL, GEOS or PROJ."""
    if not libraries:
        return []
    compiled = [library for library in libraries if library.compiled or (library.debian and not library.is_pure)]
    target = shlex.quote(str(Path(QgsApplication.qgisSettingsDirPath()) / "python"))
    words = [_python(), "-m pip install --upgrade --no-deps --target", target]
    if compiled:
        words.append(f"--no-binary {','.join(library.package for library in compiled)}")
    return [" ".join([*words, *(f"'{library.package}>={library.minimum}'" for library in libraries)])]


def _python() -> str:
    """Return the interpreter of QGIS: inside QGIS ``sys.executable`` is QGIS itself, or the first python3 of the path."""
    if sys.platform == "win32":
        return "python"
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return shlex.quote(str(own)) if own.exists() else "python3"


def _sentence_on_copies(harmful: dict[Library, dict[str, Path]]) -> str:
    brought = "; ".join(
        tr("{package} from {folder} brings its own {names}").format(
            package=library.package, folder=next(iter(copies.values())).parent.parent, names=", ".join(copies)
        )
        for library, copies in harmful.items()
    )
    own = ", ".join(f"{name} {version}" for name, version in qgis_natives().items())
    remove = " && ".join(_remove_command(library) for library in harmful)
    return tr("{brought} beside those of QGIS ({own}), which mix to wrong coordinates and a crash; run: {command}").format(
        brought=brought, own=own, command=f"{remove} && {install_command(list(harmful))}"
    )


def _remove_command(library: Library) -> str:
    """Return the command that deletes what a wheel installed; pip itself cannot uninstall from a ``--target`` folder."""
    module = next(name for name in (library.module, library.alternative) if name and _bundled_files(name))
    spec = util.find_spec(module)
    site = Path(next(iter(spec.submodule_search_locations or ()))).parent if spec else Path()
    items = [path for pattern in (module, f"{module}.libs", f"{module}-*.dist-info") for path in sorted(site.glob(pattern))]
    verb = "rmdir /s /q" if sys.platform == "win32" else "rm -r"
    return f"{verb} {' '.join(shlex.quote(str(path)) for path in items)}"


def _load(library: Library) -> None:
    """Import a library; raise `MissingDependencyError` where it cannot be, or brings another GEOS, PROJ or GDAL than QGIS's."""
    module = library.module if util.find_spec(library.module) else library.alternative
    before = loaded_natives()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # geopandas 0.14 looks at shapely.geos
            forbid_telemetry()
            importlib.import_module(module)
    except (ImportError, AttributeError, ValueError, OSError) as error:  # what a library built for another NumPy or Python raises
        reason = first_line(error)
        cause = Library("numpy", "1.24,<2") if "numpy" in reason.lower() and _numbers(installed_version(NUMPY)) >= (2,) else library
        raise MissingDependencyError(
            tr("{package} is installed but cannot be loaded ({reason}); run: {command}").format(
                package=library.package, reason=reason, command=install_command([cause])
            )
        ) from error
    for name, version, own in _differences(library, before):
        raise MissingDependencyError(
            tr("{package} runs on {name} {version} but QGIS on {name} {own}; run: {command}").format(
                package=library.package, name=name, version=version, own=own, command=install_command([library])
            )
        )


def _differences(library: Library, before: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield name, what the library runs on and what QGIS does, where it is not the same; ``before`` holds what was loaded without it.

    The files in the process tell it for certain. Where the system does not show them, versions must do: those of
    GEOS and GDAL, for that of PROJ which a library states may be the one it was compiled with.
    """
    after = loaded_natives()
    for name, files in after.items():
        added = [file for file in files if file not in before[name]]
        if added and before[name]:
            yield name, added[0], before[name][0]
    if not after:
        own = qgis_natives()
        for name, version in linked_natives(library).items():
            if name != "PROJ" and _numbers(version)[:2] != _numbers(own[name])[:2]:
                yield name, version, own[name]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
