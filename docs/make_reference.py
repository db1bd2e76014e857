"""Write docs/algorithms.md from what the algorithms themselves say: `make docs`.

    python docs/make_reference.py          # write it
    python docs/make_reference.py --check  # exit 1 where the file is not what would be written

It needs QGIS's Python, no library of the plugin, and no display.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "algorithms.md"

INTRODUCTION = """# Algorithms

Skyfri's algorithms stand in the Processing toolbox of QGIS, in models, and in `qgis_process run skyfri:<name>`. Names of parameters
and of outputs stay the same from version to version. This page is written by `make docs` from the algorithms' own help; do not edit it.
"""

KINDS = {
    "file": "file",
    "multilayer": "files and folders",
    "raster": "raster layer",
    "source": "vector layer",
    "layer": "layer",
    "string": "text",
    "boolean": "true or false",
    "extent": "extent",
    "crs": "CRS",
    "rasterDestination": "raster to write",
    "vectorDestination": "layer to write",
    "folderDestination": "folder to write",
    "fileDestination": "file to write",
}
"""QGIS's type of a parameter to the words of the page."""

UNBOUNDED = 1e300
"""QGIS's bounds beyond this stand for none."""


def reference(algorithms: list[Any]) -> str:
    """Return the page of algorithms, in the order given."""
    entries = "\n".join(f"- [`skyfri:{one.name()}`](#skyfri{one.name()}): {one.displayName()}" for one in algorithms)
    return "\n".join((INTRODUCTION, entries, "", *map(reference_of, algorithms)))


def reference_of(algorithm: Any) -> str:
    """Return the section of one algorithm: what it does, its parameters and its outputs."""
    parameters = algorithm.parameterDefinitions()
    written = {one.name() for one in parameters if one.isDestination()}
    told = [one for one in algorithm.outputDefinitions() if one.name() not in written]
    lines = [f"## skyfri:{algorithm.name()}", "", f"**{algorithm.displayName()}.** {algorithm.help()}", ""]
    if parameters:
        lines += ["| parameter | what it is | takes | default |", "|---|---|---|---|", *map(_row, parameters), ""]
    if told:
        lines += ["It also tells:", "", *(f"- `{one.name()}`: {one.description()}" for one in told), ""]
    return "\n".join(lines)


def _row(definition: Any) -> str:
    optional = definition.flags() & definition.Flag.FlagOptional
    default = definition.defaultValue()
    shown = "" if default in (None, "") else f"`{_default(default)}`"
    text = f"{definition.description()}. {definition.help()}".replace("|", "\\|")
    return f"| `{definition.name()}` | {text} | {_takes(definition)}{'' if optional or shown else ', required'} | {shown} |"


def _default(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _takes(definition: Any) -> str:
    kind = definition.type()
    if kind == "enum":
        return "one of " + ", ".join(f"`{option}`" for option in definition.options())
    if kind == "number":
        noun = "whole number" if definition.dataType() == definition.Type.Integer else "number"
        low, high = f"{definition.minimum():g}", f"{definition.maximum():g}"
        return f"{noun} from {low}" + (f" to {high}" if definition.maximum() < UNBOUNDED else "")
    if kind == "file" and definition.behavior() == definition.Behavior.Folder:
        return "folder"
    return KINDS[kind]


def _algorithms() -> list[Any]:
    """Return the algorithms in English, loaded as QGIS would."""
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise SystemExit(f"{ROOT} holds no package; run this where it lies.")
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)
    provider = importlib.import_module("skyfri.plugin.processing.provider")
    algorithms = [algorithm() for algorithm in provider.ALGORITHMS]
    for algorithm in algorithms:
        algorithm.initAlgorithm({})
    return algorithms


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is not current")
    check = parser.parse_args().check
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    text = reference(_algorithms())
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    is_current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if not is_current:
        sys.stderr.write(f"{PAGE.name} is not what the algorithms say; run `make docs`.\n")
    del application
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main())
