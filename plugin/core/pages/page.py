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


@dataclass(frozen=True)
class Captioned:
    """A drawing with a sentence below it."""

    drawing: Drawing
    """The drawing."""
    caption: str
    """What it shows."""


@dataclass(frozen=True)
class Group:
    """Parts that stand together."""

    parts: Sequence[Part]
    """From top to bottom, or from left to right."""
    heading: str = ""
    """Above them; empty for none."""
    layout: str = ""
    """``maps`` or ``pair`` for two beside each other, ``small`` for as many as fit; empty: below each other."""


Part = Table | Drawing | Captioned | Group
"""What a section holds."""


@dataclass(frozen=True)
class Section:
    """A piece of a page."""

    title: str
    """Its heading; empty for none."""
    lead: str = ""
    """What a reader has to know first."""
    parts: Sequence[Part] = ()
    """What it shows."""


def shown_path(path: str, folder: Path) -> str:
    """Return a path from ``folder`` on where it lies below it, else the name of the file alone: no names of people or machines.

    What follows a ``|`` (the layer of a GeoPackage) stays, and so does a text that is no absolute path.
    """
    file, bar, layer = path.partition("|")
    known = next((kind(file) for kind in (PurePosixPath, PureWindowsPath) if kind(file).is_absolute()), None)
    if known is None:
        return path
    try:
        shown = Path(file).relative_to(folder).as_posix()
    except ValueError:
        shown = known.name or file
    return f"{shown}{bar}{layer}"
