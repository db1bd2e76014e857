"""Count how deep a geometry's collections lie in one another, before a parser reads it.

A parser calls itself for each level, and the process ends where its stack does.
"""

from __future__ import annotations

import struct

from ..base.errors import UnsafeInputError

DEEPEST = 16
"""Collections inside one another; what programs write has two levels."""
MOST_PARTS = 5_000_000
"""Parts and rings of one geometry."""

_LINES = {2, 8}
"""Kinds that are one run of points."""
_RINGS = {3, 17}
"""Kinds made of rings of points."""


def check_nesting(wkb: bytes) -> None:
    """Raise `UnsafeInputError` for well-known binary whose collections lie deeper than `DEEPEST`.

    What it makes no sense of is left to GEOS. Headers are followed and points are leapt over (OGC 06-103r4, 8.2; EWKB's flags
    as PostGIS writes them).
    """
    at, parts = 0, 0
    open_parts = [1]  # how many geometries are still to come on each level
    try:
        while open_parts:
            if not open_parts[-1]:
                open_parts.pop()
                continue
            open_parts[-1] -= 1
            parts += 1
            order = "<" if wkb[at] else ">"
            (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
            at += 5 + (4 if code & 0x20000000 else 0)
            kind, flavour = (code & 0xFFFF) % 1000, (code & 0xFFFF) // 1000
            point_bytes = 8 * (2 + bool(code & 0x80000000 or flavour in {1, 3}) + bool(code & 0x40000000 or flavour in {2, 3}))
            if kind == 1:
                at += point_bytes
                continue
            (count,) = struct.unpack_from(f"{order}I", wkb, at)
            at += 4
            if kind in _LINES:
                at += count * point_bytes
            elif kind in _RINGS:
                parts += count
                for _ in range(min(count, MOST_PARTS)):
                    (points,) = struct.unpack_from(f"{order}I", wkb, at)
                    at += 4 + points * point_bytes
            else:
                open_parts.append(count)
            if len(open_parts) > DEEPEST + 1 or parts > MOST_PARTS:
                raise UnsafeInputError(
                    f"it holds a geometry of more than {DEEPEST} collections inside one another or {MOST_PARTS} parts; delete that feature"
                )
    except (struct.error, IndexError):
        return
