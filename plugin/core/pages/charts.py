"""Small charts as SVG text: no script, nothing fetched, sharp on paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from .page import Drawing

INK, QUIET, LINE, ACCENT, WARM, GOOD = "#1d2b33", "#6b7a83", "#d9e0e3", "#0b6e8f", "#c4571b", "#e3f1e6"


@dataclass(frozen=True)
class Change:
    """One row of a chart of changes."""

    label: str
    """What changed."""
    before: float
    """Value before."""
    after: float
    """Value after."""
    note: str = ""
    """Said in grey beside the label."""


def svg(width: float, height: float, body: str, title: str) -> Drawing:
    """Return an SVG element that scales to its place, with a title for those who cannot see it."""
    return Drawing(
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}" '
        f'preserveAspectRatio="xMidYMid meet"><title>{escape(title)}</title>{body}</svg>'
    )


def number(value: float) -> str:
    """Return a whole number with narrow spaces between thousands, which no language takes for a decimal sign."""
    return f"{value:,.0f}".replace(",", "\u202f")


def text(x: float, y: float, content: str, *, anchor: str = "start", colour: str = INK, size: float = 12, weight: int = 400) -> str:
    """Return a line of text, escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" font-weight="{weight}" fill="{colour}">'
        f"{escape(content)}</text>"
    )


def _line(x0: float, y0: float, x1: float, y1: float, *, colour: str = LINE, width: float = 1) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def _dot(x: float, y: float, radius: float, fill: str, stroke: str = "none") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def round_steps(top: float, count: int = 5) -> list[float]:
    """Return about ``count`` round values from 0 to at least ``top``."""
    if not top > 0:
        return [0.0, 1.0]
    rough = top / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= rough * 0.999)
    return [step * n for n in range(math.ceil(top / step - 1e-9) + 1)]


def changes_chart(changes: Sequence[Change], unit: str, title: str) -> Drawing:
    """Return rows with a ring where a value was and a dot where it is."""
    left, width, row, top = 330.0, 900.0, 22.0, 26.0
    ticks = round_steps(max((max(c.before, c.after) for c in changes), default=1))
    right = width - 60

    def at(value: float) -> float:
        return left + (right - left) * value / ticks[-1]

    height = top + row * len(changes) + 12
    parts = []
    for tick in ticks:
        parts.append(_line(at(tick), top - 6, at(tick), height - 8))
        parts.append(text(at(tick), top - 11, f"{tick:g}{unit}", anchor="middle", colour=QUIET, size=11))
    for number, change in enumerate(changes):
        y = top + row * (number + 0.5)
        better = change.after <= change.before
        parts.append(text(0, y + 4, change.label, size=12))
        parts.append(text(left - 14, y + 4, change.note, anchor="end", colour=QUIET, size=11))
        parts.append(_line(at(change.before), y, at(change.after), y, colour=ACCENT if better else WARM, width=2))
        parts.append(_dot(at(change.before), y, 4, "#fff", QUIET))
        parts.append(_dot(at(change.after), y, 5, ACCENT if better else WARM))
        parts.append(text(at(max(change.before, change.after)) + 10, y + 4, f"{change.after:.1f}", size=11, colour=QUIET))
    return svg(width, height, "".join(parts), title)


def ratio_chart(
    rows: Sequence[tuple[str, float, Mapping[str, float]]], good: tuple[float, float], title: str, colours: Mapping[str, str]
) -> Drawing:
    """Return ratios on a logarithmic axis about 1: (label, mean, band to ratio) per row, the range ``good`` shaded.

    ``colours`` are those of the bands; others are grey.
    """
    left, width, row, top = 250.0, 900.0, 40.0, 28.0
    values = [value for _, mean, bands in rows for value in (mean, *bands.values())]
    low, high = max(0.05, min(0.7, *values, 0.7) * 0.97), max(1.6, *values, 1.6) * 1.03

    def at(value: float) -> float:
        return left + (width - left - 60) * math.log(max(value, low) / low) / math.log(high / low)

    height = top + row * len(rows) + 8
    parts = [
        f'<rect x="{at(good[0]):.1f}" y="{top - 6:g}" width="{at(good[1]) - at(good[0]):.1f}" height="{height - top:g}" fill="{GOOD}"/>'
    ]
    for tick in (0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4):
        if low <= tick <= high:
            parts.append(_line(at(tick), top - 6, at(tick), height - 6, colour=INK if tick == 1 else LINE))
            parts.append(text(at(tick), top - 11, f"{tick:g}", anchor="middle", colour=QUIET, size=11))
    for number, (label, mean, bands) in enumerate(rows):
        y = top + row * (number + 0.45)
        parts.append(text(0, y + 4, label, size=13))
        for name, value in bands.items():
            parts.append(_dot(at(value), y, 4, colours.get(name, QUIET)))
        parts.append(_line(at(mean), y - 9, at(mean), y + 9, colour=INK, width=3))
        parts.append(text(width - 4, y + 4, f"{mean:.2f}", anchor="end", size=14, weight=600))
    return svg(width, height, "".join(parts), title)


def histogram_chart(name: str, edges: Sequence[float], counts: Sequence[int], title: str, colour: str = ACCENT) -> Drawing:
    """Return the distribution of one band as a filled outline; ``edges`` has one value more than ``counts``."""
    width, height, base = 280.0, 120.0, 98.0
    low, high = float(edges[0]), float(edges[-1])
    tallest = max(max(counts, default=0), 1)

    def at(value: float) -> float:
        return 8 + (width - 16) * (value - low) / (high - low)

    outline = [f"M{at(low):.1f},{base:g}"]
    for start, stop, count in zip(edges[:-1], edges[1:], counts, strict=True):
        y = base - (base - 20) * count / tallest
        outline.append(f"L{at(start):.1f},{y:.1f}L{at(stop):.1f},{y:.1f}")
    outline.append(f"L{at(high):.1f},{base:g}Z")
    parts = [f'<path d="{"".join(outline)}" fill="{colour}" fill-opacity=".32" stroke="{colour}" stroke-width="1"/>']
    parts.append(_line(8, base, width - 8, base, colour=QUIET))
    parts.append(text(8, 13, name, size=13, weight=600, colour=colour))
    for value, anchor in ((low, "start"), ((low + high) / 2, "middle"), (high, "end")):
        parts.append(text(at(value), base + 15, f"{value:.0f}", anchor=anchor, colour=QUIET, size=11))
    return svg(width, height, "".join(parts), title)


def time_chart(seconds: Mapping[str, float], title: str) -> Drawing:
    """Return what each step took as one bar, and under it what the colours stand for."""
    total = max(sum(seconds.values()), 1e-9)
    width, x, parts, keys = 900.0, 0.0, [], []
    shades = ("#0b6e8f", "#3a8ea8", "#74b0c2", "#a9cfd9", "#c4571b", "#dd8a5a", "#ecba9a")
    for number, (name, value) in enumerate(seconds.items()):
        wide, shade = width * value / total, shades[number % len(shades)]
        parts.append(f'<rect x="{x:.1f}" y="4" width="{max(wide - 2, 0.5):.1f}" height="26" rx="3" fill="{shade}"/>')
        keys.append(f'<span><i style="background:{shade}"></i>{escape(name)} {value:.1f} s</span>')
        x += wide
    return Drawing(svg(width, 34, "".join(parts), title) + f'<div class="keys">{"".join(keys)}</div>')


def colour_key(entries: Sequence[tuple[str, str]]) -> Drawing:
    """Return what colours stand for: (CSS colour, text) each."""
    keys = (f'<span><i style="background:{colour}"></i>{escape(said)}</span>' for colour, said in entries)
    return Drawing(f'<div class="keys">{"".join(keys)}</div>')


def image(uri: str, width_px: int, title: str) -> Drawing:
    """Return a picture whose pixels stay sharp when it is enlarged."""
    return Drawing(f'<img alt="{escape(title)}" width="{width_px}" style="max-width:100%;image-rendering:pixelated" src="{uri}">')


def diverging_colour(deviation: float, full: float) -> str:
    """Return white at 0, blue towards -``full``, orange towards +``full``: told apart by the colour-blind too."""
    share = float(np.clip(abs(deviation) / full, 0, 1))
    target = (196, 87, 27) if deviation > 0 else (11, 110, 143)
    return "#" + "".join(f"{round(255 + (channel - 255) * 0.6 * share):02x}" for channel in target)


def readable_on(colour: str) -> str:
    """Return the ink that reads better on a colour ``#rrggbb``: dark or white (contrast after WCAG 2.2)."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INK if luminance > 0.25 else "#ffffff"
