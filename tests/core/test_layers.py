"""The shape of the code: which layer may import which, and how long a module and a function may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for folder in ("plugin", "ui") for path in (ROOT / folder).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]

CORE_ORDER = ("base", "raster", "scenes", "clouds", "editing", "mosaic")
"""Layers of the core, each of which may import those before it."""
BASE = {"drafts", "errors", "progress", "grid", "lazy", "memory"}
RASTER = {"cog", "features", "geopackage", "parallel", "raster", "regrid"}

MAY_BE_LONG = {"ui/actions.py::_texts": "a table of the words of each action"}
"""Module, or module::function, to the reason why it is longer than the budget."""

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield each imported module as its parts: ours from the repository's root on, others by their own name."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield tuple((node.module or "").split("."))
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1]
            module = (*start, *(node.module or "").split(".")) if node.module else start
            # `from . import geopackage` names modules where that is what they are
            modules = [(*module, alias.name) for alias in node.names if is_module((*module, alias.name))]
            yield from modules or [module]


def is_module(parts: tuple[str, ...]) -> bool:
    """Return True where there is such a module in the repository."""
    path = ROOT.joinpath(*parts)
    return path.is_dir() or path.with_suffix(".py").is_file()


def core_layer(parts: tuple[str, ...]) -> str:
    """Return the layer of a core module given by its parts from the root on."""
    name = parts[2] if len(parts) > 2 else ""
    return "base" if name in BASE else "raster" if name in RASTER else name


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_imports_point_one_way(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    outside = {name[0] for name in imported(path)}
    ours = [name for name in imported(path) if name[0] in {"plugin", "ui"}]
    if parts[:2] == ("plugin", "core"):
        assert not outside & {"qgis", "PyQt5", "PyQt6", "dask", "distributed", "osgeo"}
        assert all(name[:2] == ("plugin", "core") for name in ours), ours
        layer = core_layer(parts)
        for name in ours:
            if layer == "compare":
                assert core_layer(name) in {"base", "raster", "scenes", "compare", ""}, name
            elif layer in CORE_ORDER and core_layer(name):
                assert CORE_ORDER.index(core_layer(name)) <= CORE_ORDER.index(layer), f"{layer} imports {'.'.join(name)}"
    elif parts[:2] == ("plugin", "processing"):
        assert not [name for name in ours if name[0] == "ui" or name[:2] == ("plugin", "plugin")]
    elif parts[0] == "ui":
        assert not [name for name in ours if name[:2] == ("plugin", "plugin")]
    assert not outside & {"PyQt5", "PyQt6"}, "Qt comes through qgis.PyQt"


def test_every_core_module_has_a_place_in_the_order():
    folder = ROOT / "plugin" / "core"
    names = {item.stem for item in folder.iterdir() if item.suffix == ".py"} - {"__init__"}
    assert names == BASE | RASTER
    folders = {item.name for item in folder.iterdir() if item.is_dir() and any(item.glob("*.py"))}
    assert folders <= {*CORE_ORDER, "compare"}


def test_the_root_imports_nothing_so_that_a_bare_worker_can_import_the_core():
    body = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8")).body
    assert not [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_modules_and_functions_fit_on_a_screen_or_a_few(path):
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    assert lines <= LONGEST_MODULE or name in MAY_BE_LONG, f"{name} has {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = lines_of_code(node)
            assert length <= LONGEST_FUNCTION or f"{name}::{node.name}" in MAY_BE_LONG, f"{name}::{node.name} has {length} lines"


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    first = function.body[0]
    is_documented = ast.get_docstring(function, clean=False) is not None
    documented = (first.end_lineno or 0) - first.lineno + 1 if is_documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - documented


def test_exceptions_from_the_budget_are_still_there():
    for entry in MAY_BE_LONG:
        name, _, function = entry.partition("::")
        assert (ROOT / name).is_file()
        assert not function or f"def {function}(" in (ROOT / name).read_text(encoding="utf-8")


def test_no_dumping_grounds():
    banned = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "handler"}
    assert not [name for path, name in zip(SOURCES, NAMES, strict=True) if path.stem in banned]
