"""Sections and tables of the report of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def section(title: str, lead: str, body: str) -> str:
    """Return a section with a title and what it says in words; ``body`` is HTML already."""
    return f'<section><h2>{escape(title)}</h2><p class="lead">{escape(lead)}</p>{body}</section>'


def plain_table(rows: Iterable[Iterable[object]], head: Iterable[str] = (), *, words: int = 1) -> str:
    """Return a table whose first columns are words, the others numbers."""

    def cell(kind: str, place: int, content: object) -> str:
        return f"<{kind}{'' if place < words else ' class=n'}>{escape(str(content))}</{kind}>"

    top = "".join(cell("th", place, word) for place, word in enumerate(head))
    lines = ("".join(cell("td", place, one) for place, one in enumerate(row)) for row in rows)
    return f"<table>{f'<tr>{top}</tr>' if top else ''}{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
