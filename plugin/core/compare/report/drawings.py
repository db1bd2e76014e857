"""The drawings of a comparison as SVG: arrows, maps, scatter and profiles."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from ...pages.charts import ACCENT, INK, LINE, QUIET, WARM, diverging_colour, round_steps, svg, text
from ...pages.page import Tr
from ...pages.png import png_of
from ..displacement import Displacements, shift_grid

MAP_PX = 520.0
"""Longer side of a map."""
ARROWS = 24
"""Arrows along the longer side of the map of arrows."""
DOTS = 2500
"""Points of the scatter."""
PAPER = (244, 244, 244)
"""Colour of places without a kept point."""
_VIRIDIS = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], float)


def arrows(found: Displacements, tr: Tr) -> str:
    """Return a map of median displacements in squares, with an arrow for scale."""
    _, samples = shift_grid(found)
    rows, cols = samples.shape[1:]
    step = max(1, -(-max(rows, cols) // ARROWS))
    scale = MAP_PX / max(rows, cols)
    places, vectors = [], []
    for row in range(0, rows, step):
        for col in range(0, cols, step):
            part = samples[:2, row : row + step, col : col + step].reshape(2, -1)
            part = part[:, np.isfinite(part[0])]
            if part.shape[1] >= max(1, step * step // 10):
                places.append(((col + step / 2) * scale, (row + step / 2) * scale))
                vectors.append(np.median(part, axis=1))
    if not vectors:
        return ""
    typical = float(np.percentile([np.hypot(*vector) for vector in vectors], 90)) or 1.0
    legend = round_steps(typical, 2)[1]
    length = 1.1 * step * scale / typical
    width, height = cols * scale, rows * scale
    parts = [f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff" stroke="{LINE}"/>']
    parts += [_arrow(x, y, east * length, -north * length) for (x, y), (east, north) in zip(places, vectors, strict=True)]
    parts.append(_arrow(8 + legend * length / 2, height + 18, legend * length, 0, INK))
    parts.append(text(16 + legend * length, height + 22, f"{legend:g} m", colour=QUIET))
    return svg(width, height + 30, "".join(parts), tr("Displacement of B against A"))


def _arrow(x: float, y: float, right: float, down: float, colour: str = ACCENT) -> str:
    """Return an arrow whose middle is at a place, a dot where it has no length."""
    size = float(np.hypot(right, down))
    x, y = x - right / 2, y - down / 2
    if size < 0.5:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.2" fill="{colour}"/>'
    u, v = right / size, down / size
    head = min(6.0, 0.4 * size)
    tip = x + right, y + down
    left = tip[0] - head * (u - 0.5 * v), tip[1] - head * (v + 0.5 * u)
    other = tip[0] - head * (u + 0.5 * v), tip[1] - head * (v - 0.5 * u)
    line = f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{tip[0]:.1f}" y2="{tip[1]:.1f}" stroke="{colour}" stroke-width="1.3"/>'
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in (tip, left, other))
    return f'{line}<polygon points="{corners}" fill="{colour}"/>'


def shift_map(found: Displacements, band: int, title: str) -> str:
    """Return dx (0) or dy (1) about its median, blue below and orange above, or sigma (2) from dark to bright, with a key."""
    _, samples = shift_grid(found)
    values = samples[band][:: max(1, samples.shape[1] // 400), :: max(1, samples.shape[2] // 400)]
    known = np.isfinite(values)
    if not known.any():
        return ""
    if band == 2:
        low, high = 0.0, float(np.percentile(values[known], 98)) or 1e-3
    else:
        middle = float(np.median(values[known]))
        reach = float(np.percentile(np.abs(values[known] - middle), 98)) or 1e-3
        low, high = middle - reach, middle + reach
    share = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    colours = np.empty((*values.shape, 3), np.uint8)
    colours[:] = PAPER
    colours[known] = _ramp(share[known], diverging=band < 2)
    scale = MAP_PX / max(values.shape)
    height, width = (side * scale for side in values.shape)
    image = _image(colours.transpose(2, 0, 1), width, height)
    return svg(width, height + 34, image + _key(width, height, (low, high), diverging=band < 2), title)


def _ramp(share: np.ndarray, *, diverging: bool) -> np.ndarray:
    if diverging:
        table = np.array([[int(diverging_colour(v, 1.0)[n : n + 2], 16) for n in (1, 3, 5)] for v in np.linspace(-1, 1, 101)])
    else:
        table = np.stack([np.interp(np.linspace(0, 4, 101), range(5), _VIRIDIS[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(table[np.rint(share * 100).astype(int)], np.uint8)


def _image(colours: np.ndarray, width: float, height: float) -> str:
    data = base64.b64encode(png_of(colours)).decode("ascii")
    return f'<image href="data:image/png;base64,{data}" width="{width:.1f}" height="{height:.1f}" style="image-rendering:pixelated"/>'


def _key(width: float, top: float, limits: tuple[float, float], *, diverging: bool) -> str:
    colours = _ramp(np.linspace(0, 1, 40), diverging=diverging)
    step = width / len(colours)
    parts = [
        f'<rect x="{n * step:.1f}" y="{top + 6:.1f}" width="{step + 0.5:.1f}" height="9" fill="#{r:02x}{g:02x}{b:02x}"/>'
        for n, (r, g, b) in enumerate(colours)
    ]
    for place, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        value = limits[0] + place * (limits[1] - limits[0])
        parts.append(text(place * width, top + 30, f"{value:.2f} m", anchor=anchor, colour=QUIET, size=11))
    return "".join(parts)


def scatter(found: Displacements, circles: Mapping[str, float], tr: Tr) -> str:
    """Return dx against dy with circles of error about 0 and a cross at the median; ``circles`` is label to radius in metres."""
    east, north = found.east_m[found.kept], found.north_m[found.kept]
    if not len(east):
        return ""
    reach = max(1.15 * max(circles.values(), default=0.0), float(np.percentile(np.hypot(east, north), 99)), 1e-3)
    ticks = round_steps(reach, 3)
    reach, side = ticks[-1], 440.0
    chosen = np.linspace(0, len(east) - 1, min(DOTS, len(east))).astype(int)

    def at(value: float) -> float:
        return side / 2 + value / reach * (side / 2 - 26)

    parts = [
        f'<line x1="0" y1="{at(0)}" x2="{side}" y2="{at(0)}" stroke="{LINE}"/>',
        f'<line x1="{at(0)}" y1="0" x2="{at(0)}" y2="{side}" stroke="{LINE}"/>',
    ]
    for tick in ticks[1:]:
        parts.append(text(at(tick), at(0) + 14, f"{tick:g}", anchor="middle", colour=QUIET, size=11))
        parts.append(text(at(0) - 5, at(-tick) + 4, f"{tick:g}", anchor="end", colour=QUIET, size=11))
    dots = zip(east[chosen], north[chosen], strict=True)
    parts += [
        f'<circle cx="{at(x):.1f}" cy="{at(-y):.1f}" r="1.4" fill="{ACCENT}" fill-opacity=".35"/>'
        for x, y in dots
        if max(abs(x), abs(y)) <= reach
    ]
    for number, (label, radius) in enumerate(circles.items()):
        drawn = radius / reach * (side / 2 - 26)
        parts.append(f'<circle cx="{at(0)}" cy="{at(0)}" r="{drawn:.1f}" fill="none" stroke="{WARM}" stroke-width="1.5"/>')
        angle = np.deg2rad(200 + 22 * number)
        parts.append(
            text(
                at(0) + drawn * float(np.cos(angle)),
                at(0) - drawn * float(np.sin(angle)),
                label,
                anchor="end",
                colour=WARM,
                size=11,
                weight=600,
            )
        )
    x, y = at(float(np.median(east))), at(-float(np.median(north)))
    parts.append(f'<path d="M{x - 8:.1f},{y:.1f}h16M{x:.1f},{y - 8:.1f}v16" stroke="{INK}" stroke-width="2"/>')
    parts.append(text(side - 2, at(0) - 6, tr("east, m"), anchor="end", colour=QUIET, size=11))
    parts.append(text(at(0) + 6, 11, tr("north, m"), colour=QUIET, size=11))
    return svg(side, side, "".join(parts), tr("Displacements of the kept points"))


def profile_chart(places: Sequence[float], lines: Mapping[str, Sequence[float]], label: str) -> str:
    """Return lines of metres over pixels, one for dx and one for dy."""
    if len(places) < 2:
        return ""
    width, height, left, base = 520.0, 210.0, 46.0, 172.0
    values = [value for line in lines.values() for value in line]
    low, high = min(*values, 0.0), max(*values, 0.0)
    margin = 0.06 * (high - low) or 0.1
    low, high = low - margin, high + margin

    def at(place: float, value: float) -> tuple[float, float]:
        x = left + (width - left - 60) * (place - places[0]) / max(places[-1] - places[0], 1e-9)
        return x, base - (base - 12) * (value - low) / (high - low)

    parts = []
    step = round_steps(high - low, 4)[1]
    for tick in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step:
        y = at(places[0], float(tick))[1]
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{width - 60}" y2="{y:.1f}" stroke="{INK if abs(tick) < step / 2 else LINE}"/>')
        parts.append(text(left - 6, y + 4, f"{tick + 0.0:g}", anchor="end", colour=QUIET, size=11))
    for (name, line), colour in zip(lines.items(), (ACCENT, WARM), strict=False):
        path = "L".join("{:.1f},{:.1f}".format(*at(*one)) for one in zip(places, line, strict=True))
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(width - 54, at(places[-1], line[-1])[1] + 4, name, colour=colour, size=12, weight=600))
    for place, anchor in ((places[0], "start"), (places[-1], "end")):
        parts.append(text(at(place, low)[0], base + 18, f"{place:.0f}", anchor=anchor, colour=QUIET, size=11))
    parts.append(text((left + width - 60) / 2, base + 32, label, anchor="middle", colour=QUIET, size=11))
    return svg(width, height, "".join(parts), label)
