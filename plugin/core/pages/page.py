"""What pages consist of: the values that the templates' macros show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

Tr = Callable[[str], str]
"""Returns a text in the language of the reader."""


class Drawing(str):
    """Markup of our own making, with all texts in it escaped: a template shows it as it is and escapes everything else."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the markup; template engines ask for it."""
        return str(self)


@dataclass(frozen=True)
class Cell:
    """A cell of a table that is more than a text."""

    text: str
    """What it says."""
    note: str = ""
    """Said in grey below."""
    background: str = ""
    """Colour ``#rrggbb`` behind the whole cell, or behind the text alone where there is an ``ink``."""
    ink: str = ""
    """Colour ``#rrggbb`` of the text."""
    kind: str = ""
    """``id`` for a long name that may be broken anywhere, ``code`` for a value of a program; empty for all others."""
    columns: int = 1
    """How many columns it takes."""


Row = Sequence[str | Cell]
"""Cells of a table, from left to right."""


@dataclass(frozen=True)
class Table:
    """A table whose first columns are words and whose others are numbers."""

    rows: Sequence[Row]
    """From top to bottom."""
    head: Row = ()
    """Names of the columns; empty for a table without."""
    words: int = 1
    """How many columns are words, at the left edge; those to the right stand flush right."""
    width_px: int = 0
    """Most it takes, 0 for the whole width."""


@dataclass(frozen=True)
class KeyFigure:
    """One of the figures at the top of a page."""

    value: str
    """With its unit."""
    label: str
    """What it is."""
    is_alert: bool = False
    """True where somebody should look."""


def shown_path(path: str, folder: Path) -> str:
    """Return a path from ``folder`` on where it lies below it, else the name of the file alone: no names of people or machines.

    What follows a ``|`` (the layer of a GeoPackage) stays, and so does a text that is no path.
    """
    file, bar, layer = path.partition("|")
    try:
        shown = Path(file).relative_to(folder).as_posix()
    except ValueError:
        windows = "\\" in file and "/" not in file
        shown = (PureWindowsPath(file) if windows else PurePosixPath(file)).name or file
    return f"{shown}{bar}{layer}"
