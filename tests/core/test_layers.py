"""The floor plan: arrows run one way at every level, rooms are small, and each says in one sentence what it is."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for folder in ("plugin", "ui") for path in (ROOT / folder).rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in SOURCES]
ROOMS = sorted({path.parent for path in SOURCES})

ORDER = {
    "": "plugin ui",
    "plugin": "core processing plugin",
    "plugin/core": "base raster vector regions pages scenes clouds editing mosaic compare",
    "plugin/core/scenes": "scene naming formats search",
    "plugin/core/clouds": "polygons options network prediction classes score guidelines",
    "plugin/core/mosaic": "options plan colour seams render products run report build",
    "plugin/core/compare": "options matching sides masks coarse stream displacement accuracy viewing relief comparison measure report "
    "orthos",
    "plugin/processing": "translation run inputs parameters algorithms provider",
    "plugin/processing/parameters": "table kinds files scenes reports models thresholds mosaics comparisons scene_widgets designer pickers",
    "ui": "messages actions widgets jobs workspace map clouds editing mosaic dock",
}
"""Folder to its rooms and modules in the order of the walk; each may import those before it. Those not named may stand anywhere."""

MAY_BE_LONG: dict[str, str] = {}
"""Module, or module::function, to the reason why it is longer than the budget."""

SHARED_NAMES = {"__init__", "options", "commands"}
"""Names that several modules may have: each room's own options, and its table of commands, are called so."""

OF_A_STORE = re.compile(
    r"\bSELECT\b.*\bFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bDELETE\s+FROM\b|\bUPDATE\s+\w+\s+SET\b|\bupdate\s+\w+\s+set\b|\bPRAGMA\b|\.gpkg|layername|sqlite"
)
"""SQL, and how the tables of a GeoPackage are named."""

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
MOST_MODULES = 15
MOST_PARAMETERS = 7


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


def arrows(folder: Path) -> dict[str, dict[str, str]]:
    """Return what each room and module of a folder imports of its neighbours there, with an example of who does."""
    found: dict[str, dict[str, str]] = {}
    depth = len(folder.relative_to(ROOT).parts)
    for path in (one for one in SOURCES if one.is_relative_to(folder)):
        parts = path.relative_to(ROOT).with_suffix("").parts
        wires = parts == ("plugin", "plugin")  # the plugin class stands above the ui although its file lies beside the core
        if parts[depth] == "__init__" or not (depth or (parts[0] in {"plugin", "ui"} and not wires)):
            continue
        for name in imported(path):
            if name[:depth] == parts[:depth] and len(name) > depth and name[depth] != parts[depth] and is_module(name):
                found.setdefault(parts[depth], {})[name[depth]] = path.relative_to(ROOT).as_posix()
    return found


@pytest.mark.parametrize("folder", [ROOT, *ROOMS], ids=["root", *(room.relative_to(ROOT).as_posix() for room in ROOMS)])
def test_arrows_run_one_way_at_every_level(folder):
    found = arrows(folder)
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        circle = error.args[1]
        pytest.fail("; ".join(f"{b} imports {a} ({found[b].get(a)})" for a, b in pairwise(circle)))
    relative = folder.relative_to(ROOT).as_posix() if folder != ROOT else ""
    order = ORDER.get(relative, "").split()
    assert all((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in order), f"{relative} lacks a room of ORDER"
    for room, wanted in found.items():
        later = [name for name in wanted if room in order and name in order and order.index(name) > order.index(room)]
        assert not later, f"{room} imports {later[0]} ({wanted[later[0]]})"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_the_core_knows_no_qgis_and_nobody_the_plugin_class(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    outside = {name[0] for name in imported(path)}
    if parts[:2] == ("plugin", "core"):
        assert not outside & {"qgis", "PyQt5", "PyQt6", "dask", "distributed", "osgeo", "torch"}
    assert not outside & {"PyQt5", "PyQt6"}, "Qt comes through qgis.PyQt"
    assert parts == ("plugin", "plugin") or ("plugin", "plugin") not in set(imported(path))


@pytest.mark.parametrize("room", ROOMS, ids=[room.relative_to(ROOT).as_posix() for room in ROOMS])
def test_a_room_is_small_and_says_in_one_sentence_what_it_is(room):
    modules = [path for path in room.glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= MOST_MODULES, f"{room.relative_to(ROOT)} has {len(modules)} modules"
    sentence = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert sentence, f"{room.relative_to(ROOT)} does not say what it is"
    assert "\n\n" not in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("top", ["plugin/core", "plugin/processing", "ui"])
def test_no_two_modules_share_a_name(top):
    seen: dict[str, str] = {}
    for name in NAMES:
        stem = Path(name).stem
        if name.startswith(f"{top}/") and stem not in SHARED_NAMES:
            assert stem not in seen, f"{name} and {seen[stem]} share a name"
            seen[stem] = name


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


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_functions_take_few_parameters(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            taken = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([name for name in taken if name not in {"self", "cls"}])
            assert count <= MOST_PARAMETERS, f"{path.relative_to(ROOT)}::{node.name} takes {count}"


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


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if ROOT / "ui" in path.parents], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_ui_knows_a_workspace_by_its_verbs_alone(path):
    """No SQL, no file of the workspace: another store can stand behind it. The filter of a file dialog is for people."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name[0] for name in imported(path)} & {"sqlite3"}
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]
    assert not [text for text in texts if OF_A_STORE.search(text.replace("(*.gpkg)", ""))]
    reached = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "path"]
    assert not [node for node in reached if ast.unparse(node.value).endswith(("workspace", "store"))], "a workspace has no path"


def test_the_words_of_a_store_are_found():
    for text in ("SELECT fid FROM cloud", "update tile set status = ?", "work.gpkg", "{path}|layername=cloud", "DELETE FROM x"):
        assert OF_A_STORE.search(text), text
    for text in ("Select one or more scenes from the table.", "Delete the selected scenes from the workspace.", "Update the plugin."):
        assert not OF_A_STORE.search(text), text


def test_no_dumping_grounds():
    banned = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "handler"}
    assert not [name for path, name in zip(SOURCES, NAMES, strict=True) if path.stem in banned]
