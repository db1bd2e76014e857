"""The two pictures of a report, with what is drawn over them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ...pages.charts import WARM, text
from ...pages.page import Captioned, Drawing, Group, Section, Tr
from .quicklook import Picture, SourceMap

HOLES = 12
"""Holes listed and drawn."""


def maps_section(content: Mapping[str, Any], quicklook: Picture, sources: SourceMap, tr: Tr) -> Section:
    """Return the quick look with the largest holes, and where each scene shows."""
    labels = "".join(
        f'<g paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round">'
        f"{text(x, y + 7, str(rank), anchor='middle', size=20, weight=700)}</g>"
        for rank, (x, y) in sources.labels.items()
    )
    kind = tr("The 8-bit mosaic, brightened.") if content.get("stretch") else tr("The mosaic, brightened.")
    rings = tr("Rings mark the largest holes, numbered as in the list below.")
    where = tr("Where each scene shows. Numbers are those of the list of scenes; grey: scenes with little area.")
    pictures = ((quicklook, _hole_marks(content, quicklook), f"{kind} {rings}"), (sources.picture, labels, where))
    figures = [Captioned(_overlaid(picture, marks, caption), caption) for picture, marks, caption in pictures]
    return Section("", parts=[Group(figures, layout="maps")])


def _overlaid(picture: Picture, marks: str, title: str) -> Drawing:
    return Drawing(
        f'<svg viewBox="0 0 {picture.width} {picture.height}" role="img" aria-label="{escape(title)}">'
        f'<image href="{picture.uri}" width="{picture.width}" height="{picture.height}"/>{marks}</svg>'
    )


def _hole_marks(content: Mapping[str, Any], picture: Picture) -> str:
    grid = content["grid"]
    marks = []
    named: list[tuple[float, float]] = []
    for number, hole in enumerate(content["holes"]["largest"][:HOLES], 1):
        scale = picture.scale / grid["pixel_m"]
        x, y = (hole["x"] - grid["bounds"][0]) * scale, (grid["bounds"][3] - hole["y"]) * scale
        radius = max(6.0, (hole["area_m2"] / 3.14) ** 0.5 * scale)
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="#fff" stroke-width="5"/>')
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="{WARM}" stroke-width="2.5"/>')
        if any(abs(x - other_x) < 34 and abs(y - other_y) < 16 for other_x, other_y in named):
            continue
        named.append((x, y))
        inward = x > picture.width - 40
        label = text(
            x - radius - 5 if inward else x + radius + 5, y + 6, str(number), size=16, weight=700, anchor="end" if inward else "start"
        )
        marks.append(f'<g paint-order="stroke" stroke="#fff" stroke-width="4">{label}</g>')
    return "".join(marks)
