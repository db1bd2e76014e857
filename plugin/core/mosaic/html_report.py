"""The report a person looks at: one HTML file with everything in it, light on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from ..drafts import write_text
from .charts import (
    WARM,
    Change,
    changes_chart,
    diverging_colour,
    histogram_chart,
    ratio_chart,
    readable_on,
    text,
    time_chart,
)
from .html_style import STYLE
from .pictures import Picture, SourceMap

LISTED = 200
"""Scenes in a table; the JSON report has all."""
PAIRS = 15
"""Pairs in the chart of residuals."""
HOLES = 12
"""Holes listed and drawn."""
FEW_CELLS = 20
"""A pair with fewer cells than this says little."""
INVISIBLE = (0.95, 1.10)
"""Step ratios that no eye tells from the land beside a seam."""


def write_html(path: Path, content: Mapping[str, Any], quicklook: Picture, sources: SourceMap) -> None:
    """Write the report of a run; raises `OutputError`."""
    write_text(path, compose_html(content, quicklook, sources))


def compose_html(content: Mapping[str, Any], quicklook: Picture, sources: SourceMap) -> str:
    """Return the page; ``content`` is that of `report.Report`."""
    name = Path(content["outputs"]["mosaic"]).name
    parts = (
        _header(content, name),
        _figures(content),
        _maps(content, quicklook, sources),
        _scenes(content, sources),
        _residuals(content),
        _seams(content),
        _gains(content),
        _holes(content),
        _histograms(content),
        _run(content),
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}: mosaic report</title><style>{STYLE}</style></head><body><main>"
        f"{''.join(parts)}<footer>Made by Skyfri. Contains modified Copernicus Sentinel data.</footer></main></body></html>"
    )


def _section(title: str, lead: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="lead">{escape(lead)}</p>{body}</section>'


def _area(area_m2: float) -> str:
    """Return an area in the unit that reads best."""
    return f"{area_m2 / 1e6:,.0f} km²" if area_m2 >= 1e7 else f"{area_m2 / 1e6:.2f} km²" if area_m2 >= 1e5 else f"{area_m2 / 1e4:.2f} ha"


def _share(percent: float) -> str:
    """Return a share that says of a little that it is some."""
    return "0 %" if not percent else "< 0.01 %" if percent < 0.01 else f"{percent:.2f} %"


def _mean(values: Sequence[float] | None) -> float | None:
    return sum(values) / len(values) if values else None


def _dates(content: Mapping[str, Any]) -> list[date]:
    return sorted({date.fromisoformat(scene["sensed"][:10]) for scene in content["scenes"] if scene["sensed"] and scene["area_m2"]})


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _header(content: Mapping[str, Any], name: str) -> str:
    days = _dates(content)
    when = "" if not days else f", {_day(days[0])}" + (f" to {_day(days[-1])}" if len(days) > 1 else "")
    grid = content["grid"]
    used = sum(scene["area_m2"] > 0 for scene in content["scenes"])
    return (
        f"<header><h1>{escape(name)}</h1><p>Cloud-free mosaic of {used} of {len(content['scenes'])} Sentinel-2 scenes{when}. "
        f"{grid['cols']:,} × {grid['rows']:,} pixels of {grid['pixel_m']:g} m, {len(content['bands'])} bands, "
        f"{escape(grid['crs'][:40])}.</p></header>"
    )


def _figures(content: Mapping[str, Any]) -> str:
    before, after = (_mean(content["residuals"][f"mad_pct_{when}"]) for when in ("before", "after"))
    seam = (content.get("seams") or {}).get("step_ratio_d1")
    figures = [("covered", _area(content["covered_m2"]), False)]
    holes = content["holes"]
    covered = max(content["covered_m2"] + holes["area_m2"], 1e-9)
    figures.append((f"without a clear date ({100 * holes['area_m2'] / covered:.2f} %)", _area(holes["area_m2"]), holes["area_m2"] > 0))
    if before is not None and after is not None:
        figures.append((f"difference of dates left (was {before:.1f} %)", f"{after:.1f} %", after > before))
    if seam and seam["mean"] is not None:
        seen = not INVISIBLE[0] <= seam["mean"] <= INVISIBLE[1]
        figures.append(("step across seams, 1 is invisible", f"{seam['mean']:.2f}", seen))
    backdrop = content.get("backdrop")
    if backdrop:
        figures.append((f"from a percentile of dates ({_share(backdrop['share_pct'])})", _area(backdrop["area_m2"]), False))
    if (content.get("suspects") or {}).get("shown"):
        figures.append(("places shown that disagree with the other dates: cloud left?", f"{content['suspects']['shown']:,}", True))
    figures.append(("from start to end", _time(sum(content["seconds"].values())), False))
    cards = (f'<div class="figure{" alert" if alert else ""}"><b>{value}</b><span>{label}</span></div>' for label, value, alert in figures)
    return f'<div class="figures">{"".join(cards)}</div>'


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _maps(content: Mapping[str, Any], quicklook: Picture, sources: SourceMap) -> str:
    labels = "".join(
        f'<g paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round">'
        f"{text(x, y + 7, str(rank), anchor='middle', size=20, weight=700)}</g>"
        for rank, (x, y) in sources.labels.items()
    )
    kind = "8-bit mosaic" if content.get("stretch") else "mosaic"
    pictures = (
        (
            quicklook,
            _hole_marks(content, quicklook),
            f"The {kind}, brightened. Rings mark the largest holes, numbered as in the list below.",
        ),
        (sources.picture, labels, "Where each scene shows. Numbers are those of the list of scenes; grey: scenes with little area."),
    )
    figures = (
        f"<figure>{_overlaid(picture, marks, caption)}<figcaption>{caption}</figcaption></figure>" for picture, marks, caption in pictures
    )
    return f'<section><div class="maps">{"".join(figures)}</div></section>'


def _overlaid(picture: Picture, marks: str, title: str) -> str:
    return (
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


def _scenes(content: Mapping[str, Any], sources: SourceMap) -> str:
    scenes = sorted(content["scenes"], key=lambda scene: (-scene["area_m2"], scene["index"]))
    behind = (content.get("backdrop") or {}).get("scenes", ())
    rows = []
    for scene in scenes[:LISTED]:
        colour = sources.colours.get(scene["index"], "#ffffff")
        orbit = f"R{scene['relative_orbit']:03d}" if scene["relative_orbit"] else ""
        rows.append(
            f'<tr><td><span class="swatch" style="background:{colour};color:{readable_on(colour)}">{scene["index"]}</span></td>'
            f'<td class="id">{escape(scene["id"])}</td>'
            f"<td>{escape((scene['sensed'] or 'unknown')[:10])}</td><td>{orbit}</td><td class=n>{scene['polygons']:,}</td>"
            f'<td class="n">{_area(scene["area_m2"]) if scene["area_m2"] else "in holes" if scene["index"] in behind else "not used"}</td>'
            f'<td class="n">{_share(scene["share_pct"])}</td></tr>'
        )
    rows += _backdrop_row(content.get("backdrop"), sources)
    head = _head("No.", "Scene", "Date", "Orbit", "Cloud polygons", "Area", "Share", words=4)
    lead = "In order of the area they show; the number is the priority and the value in SOURCE." + _and_more(len(scenes))
    return _section("Scenes", lead, f'<div class="wide"><table>{head}{"".join(rows)}</table></div>')


def _backdrop_row(backdrop: Mapping[str, Any] | None, sources: SourceMap) -> list[str]:
    """Return the row of what fills holes where not single scenes do, none where there is no such thing."""
    if backdrop is None:
        return []
    colour = sources.colours.get(backdrop["index"], "#ffffff")
    what = f"percentile {backdrop['percentile']} of the clear observations of {len(backdrop['scenes'])} scenes, band by band, in holes"
    return [
        f'<tr><td><span class="swatch" style="background:{colour};color:{readable_on(colour)}">{backdrop["index"]}</span></td>'
        f'<td class="id" colspan="4">{escape(backdrop["name"])}<small>{what}</small></td>'
        f'<td class="n">{_area(backdrop["area_m2"])}</td><td class="n">{_share(backdrop["share_pct"])}</td></tr>'
    ]


def _head(*names: str, words: int) -> str:
    """Return the head of a table whose first ``words`` columns are words, the others numbers."""
    return "<tr>" + "".join(f"<th{'' if n < words else ' class=n'}>{name}</th>" for n, name in enumerate(names)) + "</tr>"


def _and_more(count: int) -> str:
    return f" The first {LISTED} of {count:,}; the JSON report lists all." if count > LISTED else ""


def _residuals(content: Mapping[str, Any]) -> str:
    residuals = content["residuals"]
    pairs = [(pair, _mean(pair["mad_pct_before"]), _mean(pair["mad_pct_after"])) for pair in residuals["pairs"] if not pair["same_day"]]
    ranked = sorted(((p, b, a) for p, b, a in pairs if b is not None and a is not None), key=lambda row: -row[2])
    if not ranked:
        return _section(
            "Agreement of the scenes", "Nothing was measured: no two dates overlap in clear land, or no balance was asked for.", ""
        )
    changes = [
        Change(f"{_short(pair['scenes'][0])} and {_short(pair['scenes'][1])}", before, after, f"{pair['cells']:,} cells")
        for pair, before, after in ranked[:PAIRS]
    ]
    telling = next((row for row in ranked if row[0]["cells"] >= FEW_CELLS), ranked[0])
    lead = (
        "How much two dates differ where both are clear, in percent of their level, mean over the bands, on cells that the balance "
        f"never saw: rings before, dots after. Worst pair: {telling[0]['scenes'][0]} and {telling[0]['scenes'][1]}, {telling[2]:.1f} %."
    )
    if len(ranked) > PAIRS:
        lead += f" The {PAIRS} worst of {len(ranked):,} pairs are shown."
    bands = "".join(
        f"<tr><td>{escape(band)}</td><td class=n>{before:.1f} %</td><td class=n>{after:.1f} %</td></tr>"
        for band, before, after in zip(content["bands"], residuals["mad_pct_before"], residuals["mad_pct_after"], strict=True)
    )
    table = (
        f"<table style='max-width:360px;margin-top:14px'><tr><th>Band</th><th class=n>before</th><th class=n>after</th></tr>{bands}</table>"
    )
    reference = content.get("reference")
    if reference:
        before, after = (_mean(reference[f"mad_pct_{when}"]) for when in ("before", "after"))
        lead += f" The reference {Path(reference['path']).name} differs by {after:.1f} % on such cells, {before:.1f} % before."
    lead += _local_changes(content)
    return _section("Agreement of the scenes", lead, changes_chart(changes, " %", "Differences of pairs before and after") + table)


def _local_changes(content: Mapping[str, Any]) -> str:
    """Return sentences on what was changed within scenes by request."""
    view, points = content.get("view_normalisation"), content.get("dodge_points")
    said = f" {view['scenes']} of {view['of']} scenes were normalised to the view from the vertical before." if view else ""
    if points:
        wishes = ", ".join(f"{point['given_pct']:+.1f} % (asked {point['asked_pct']:+g} %)" for point in points[:PAIRS])
        noun = "dodging point" if len(points) == 1 else "dodging points"
        said += f" Asked for by {len(points)} {noun}, beyond these figures: {wishes}{' ...' if len(points) > PAIRS else ''}."
    return said


def _short(name: str) -> str:
    """Return a product name shortened to what tells it from others: platform, date, tile."""
    fields = name.split("_")
    if len(fields) >= 6 and fields[0].startswith("S2"):
        return f"{fields[0]} {fields[2][:8]} {fields[5]}"
    return name if len(name) <= 20 else f"{name[:9]}…{name[-9:]}"


def _seams(content: Mapping[str, Any]) -> str:
    names = {"step_ratio_d1": "neighbouring pixels", "step_ratio_d5": "pixels 5 apart", "step_ratio_strips": "means of 30-pixel strips"}
    body, measured = "", ""
    for key, product in (("seams", "16 bit, as measured"), ("seams_8bit", "8 bit, blended for the eye")):
        seams = content.get(key) or {}
        rows = [
            (names[name], found["mean"], {band: value for band, value in found["bands"].items() if value is not None})
            for name in names
            if (found := seams.get(name)) and found["mean"] is not None
        ]
        if rows:
            measured = measured or f"Measured on {seams['seam_px']:,} pixels of seam in {seams['tiles']} tiles. "
            body += f'<h3 class="product">{product}</h3>{ratio_chart(rows, INVISIBLE, f"Step ratios of the seams, {product}")}'
    if not body:
        return _section("Seams", "There is too little seam to measure.", "")
    lead = (
        "The step across seams over the step right beside them: 1 cannot be told from the land, the green range no eye tells. "
        f"{measured}Dots are bands, the bar is their mean."
    )
    return _section("Seams", lead, body)


def _gains(content: Mapping[str, Any]) -> str:
    bands = content["bands"]
    head = "".join(f'<th class="n">{escape(band)}</th>' for band in bands)
    local = any(scene["local_pct"] for scene in content["scenes"])
    rows = []
    for scene in content["scenes"][:LISTED]:
        cells = "".join(
            f'<td class="n" style="background:{diverging_colour(scene["change_pct"][band] / 100, 0.2)}">{scene["gain"][band]:.3f}'
            f"<small>{scene['offset'][band]:+.0f}</small></td>"
            for band in bands
        )
        if local:
            low, high = scene["local_pct"] or (0, 0)
            cells += f'<td class="n">{low:+.1f} to {high:+.1f} %</td>'
        rows.append(f'<tr><td class="id">{scene["index"]}. {escape(scene["id"])}</td>{cells}</tr>')
    lead = (
        "Gain, and below it the offset in units of 1/10 000, of each scene: value = gain × sample + offset. Blue darkens the scene's "
        "median, orange brightens it." + _and_more(len(content["scenes"]))
    )
    if local:
        lead += " The last column is how far the local factor goes that dodging and dodging points add."
        head += '<th class="n">local</th>'
    if content["groups"] > 1:
        lead += f" The scenes fall into {content['groups']} groups without clear overlap, balanced apart; they may differ in tone."
    return _section("Balance", lead, f'<div class="wide"><table><tr><th>Scene</th>{head}</tr>{"".join(rows)}</table></div>')


def _holes(content: Mapping[str, Any]) -> str:
    holes = content["holes"]
    if not holes["count"]:
        return _section("Holes", "None: every place that a scene covers was clear on some date.", "")
    rows = "".join(
        f"<tr><td>{number}</td><td class=n>{_area(hole['area_m2'])}</td><td class=n>{hole['x']:,.0f}</td><td class=n>{hole['y']:,.0f}</td>"
        f"<td class=n>{hole['lat']:.4f}</td><td class=n>{hole['lon']:.4f}</td></tr>"
        for number, hole in enumerate(holes["largest"][:HOLES], 1)
    )
    lead = f"{_area(holes['area_m2'])} in {holes['count']:,} places are covered but clear on no date; they stay empty. The largest:"
    head = _head("No.", "Area", "East", "North", "Latitude", "Longitude", words=1)
    return _section("Holes", lead, f"<table style='max-width:720px'>{head}{rows}</table>")


def _histograms(content: Mapping[str, Any]) -> str:
    found = content.get("histograms") or {}
    body = ""
    for title, bands in (("16 bit, reflectance × 10 000", found.get("16bit")), ("8 bit", (found.get("8bit") or {}).get("bands"))):
        if bands:
            charts = "".join(histogram_chart(band, h["edges"], h["counts"], f"{band}, {title}") for band, h in bands.items())
            body += f'<h3 class="product">{title}</h3><div class="small">{charts}</div>'
    bytes_ = found.get("8bit")
    lead = "How often each value occurs, over the whole mosaic. The brightest thousandth counts in the last bar."
    if bytes_:
        lead += (
            f" Of {bytes_['samples']:,} 8-bit samples of data looked at, {bytes_['at_0']:,} are 0 and {bytes_['at_255']:,} are 255, "
            "which a viewing service would take for transparent."
        )
    stretch = content.get("stretch")
    if stretch:
        ranges = ", ".join(f"{band} {low:,.0f} to {high:,.0f}" for band, (low, high) in stretch["bands"].items())
        lead += f" They show {ranges} as 1 to 254, gamma {stretch['gamma']:g}."
    return _section("Distribution of values", lead, body)


def _run(content: Mapping[str, Any]) -> str:
    def table(values: Mapping[str, Any]) -> str:
        rows = (f"<tr><td>{escape(str(key))}</td><td><code>{escape(_plain(value))}</code></td></tr>" for key, value in values.items())
        return f"<table>{''.join(rows)}</table>"

    memory = content.get("peak_memory_mb")
    seconds = content["seconds"]
    lead = f"{_time(sum(seconds.values()))} in all" + (f", at most {memory:,.0f} MB of memory." if memory else ".")
    body = time_chart(seconds, "Seconds of the steps")
    body += f'<div class="pair" style="margin-top:16px"><div><h3 style="font-size:14px">Settings</h3>{table(content["settings"])}</div>'
    body += f'<div><h3 style="font-size:14px">Files</h3>{table(content["outputs"])}'
    body += f'<h3 style="font-size:14px">Versions</h3>{table(content["versions"])}</div></div>'
    return _section("The run", lead, body)


def _plain(value: object) -> str:
    if value is None or value in ("", (), []):
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
