"""Bring the translations in line with the source: add texts that are new, drop those that are gone.

    python i18n/collect.py            # rewrite skyfri_*.ts; lists what still lacks a translation
    python i18n/collect.py --compile  # only compile them to .qm, with Qt's lrelease

Texts are the literals given to ``tr``; all are in one context (see plugin/processing/translation.py).
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

FOLDER = Path(__file__).resolve().parent
SOURCES = ("plugin", "ui")
CONTEXT = "Skyfri"


def texts_of(path: Path) -> Iterator[str]:
    """Yield the literals that a module gives to ``tr``, line by line; anything else in their place is an error."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        (argument,) = call.args
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            raise SystemExit(f"{path}:{call.lineno}: tr() takes one literal, so that its text can be found and translated.")
        yield argument.value


def collect() -> list[str]:
    """Return every text of the plugin once, in the order of the alphabet: a text that moves to another module changes nothing."""
    root = FOLDER.parent
    return sorted({text for source in SOURCES for path in (root / source).rglob("*.py") for text in texts_of(path)})


def read(path: Path) -> dict[str, str]:
    """Return the translations of a .ts file."""
    if not path.exists():
        return {}
    messages = ElementTree.parse(path).iter("message")  # noqa: S314 (a file of this repository)
    return {message.findtext("source", ""): message.findtext("translation", "") for message in messages}


def write(path: Path, language: str, texts: list[str], translations: dict[str, str]) -> None:
    """Write a .ts file; texts without a translation are marked as unfinished."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>", f'<TS version="2.1" language="{language}" sourcelanguage="en">']
    lines += ["<context>", f"    <name>{CONTEXT}</name>"]
    for text in texts:
        translated = translations.get(text, "")
        mark = "" if translated else ' type="unfinished"'
        lines += [
            "    <message>",
            f"        <source>{escape(text)}</source>",
            f"        <translation{mark}>{escape(translated)}</translation>",
            "    </message>",
        ]
    path.write_text("\n".join([*lines, "</context>", "</TS>", ""]), encoding="utf-8")


def compile_ts(path: Path) -> None:
    """Compile a .ts file to the .qm beside it."""
    tool = shutil.which("lrelease") or shutil.which("lrelease-qt5") or shutil.which("lrelease6")
    if tool is None:
        raise SystemExit("lrelease is missing: install qttools5-dev-tools (Debian) or Qt's linguist tools.")
    subprocess.run([tool, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)  # noqa: S603 (Qt's own tool)


def main() -> int:
    """Update or compile every language; the exit status says whether all texts are translated."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--compile", action="store_true", help="compile to .qm")
    paths = sorted(FOLDER.glob("skyfri_*.ts"))
    if parser.parse_args().compile:
        for path in paths:
            compile_ts(path)
        return 0
    texts = collect()
    missing = 0
    for path in paths:
        known = read(path)
        write(path, path.stem.removeprefix("skyfri_"), texts, known)
        lacking = [text for text in texts if not known.get(text)]
        missing += len(lacking)
        for text in lacking:
            sys.stdout.write(f"{path.name} lacks: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
