"""The report a person looks at: one HTML file with everything in it, light on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from ...base.drafts import write_text
from ...pages.charts import ACCENT, Change, changes_chart, diverging_colour, histogram_chart, number, ratio_chart, readable_on, time_chart
from ...pages.page import Tr
from ...pages.style import STYLE
from ...scenes.msi import COLOURS
from .maps import HOLES, maps_section
from .quicklook import Picture, SourceMap

LISTED = 200
"""Scenes in a table; the JSON report has all."""
PAIRS = 15
"""Pairs in the chart of residuals."""
FEW_CELLS = 20
"""A pair with fewer cells than this says little."""
INVISIBLE = (0.95, 1.10)
"""Step ratios that no eye tells from the land beside a seam."""


def write_html(path: Path, content: Mapping[str, Any], quicklook: Picture, sources: SourceMap, tr: Tr = str) -> None:
    """Write the report of a run; raises `OutputError`."""
    write_text(path, compose_html(content, quicklook, sources, tr))


def compose_html(content: Mapping[str, Any], quicklook: Picture, sources: SourceMap, tr: Tr = str) -> str:
    """Return the page; ``content`` is that of `report.Report`, ``tr`` translates its texts."""
    name = Path(content["outputs"]["mosaic"]).name
    parts = (
        _header(content, name, tr),
        _figures(content, tr),
        maps_section(content, quicklook, sources, tr),
        _scenes(content, sources, tr),
        _residuals(content, tr),
        _seams(content, tr),
        _gains(content, tr),
        _holes(content, tr),
        _histograms(content, tr),
        _run(content, tr),
    )
    return (
        f'<!DOCTYPE html><html lang="{tr("en")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(tr('{name}: mosaic report').format(name=name))}</title><style>{STYLE}</style></head><body><main>"
        f"{''.join(parts)}<footer>{tr('Made by Skyfri. Contains modified Copernicus Sentinel data.')}</footer></main></body></html>"
    )


def _section(title: str, lead: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="lead">{escape(lead)}</p>{body}</section>'


def _area(area_m2: float) -> str:
    """Return an area in the unit that reads best."""
    return f"{number(area_m2 / 1e6)} km²" if area_m2 >= 1e7 else f"{area_m2 / 1e6:.2f} km²" if area_m2 >= 1e5 else f"{area_m2 / 1e4:.2f} ha"


def _share(percent: float) -> str:
    """Return a share that says of a little that it is some."""
    return "0 %" if not percent else "< 0.01 %" if percent < 0.01 else f"{percent:.2f} %"


def _mean(values: Sequence[float] | None) -> float | None:
    return sum(values) / len(values) if values else None


def _dates(content: Mapping[str, Any]) -> list[date]:
    return sorted({date.fromisoformat(scene["sensed"][:10]) for scene in content["scenes"] if scene["sensed"] and scene["area_m2"]})


def _header(content: Mapping[str, Any], name: str, tr: Tr) -> str:
    days = _dates(content)
    grid = content["grid"]
    used = sum(scene["area_m2"] > 0 for scene in content["scenes"])
    when = "" if not days else f", {days[0]}" if len(days) == 1 else ", " + tr("{first} to {last}").format(first=days[0], last=days[-1])
    what = tr("Cloud-free mosaic of {used} of {count} Sentinel-2 scenes").format(used=used, count=len(content["scenes"]))
    size = tr("{cols} × {rows} pixels of {pixel_m:g} m, {bands} bands").format(
        cols=number(grid["cols"]), rows=number(grid["rows"]), pixel_m=grid["pixel_m"], bands=len(content["bands"])
    )
    return f"<header><h1>{escape(name)}</h1><p>{what}{when}. {size}, {escape(grid['crs'][:40])}.</p></header>"


def _figures(content: Mapping[str, Any], tr: Tr) -> str:
    before, after = (_mean(content["residuals"][f"mad_pct_{when}"]) for when in ("before", "after"))
    seam = (content.get("seams") or {}).get("step_ratio_d1")
    figures = [(tr("covered"), _area(content["covered_m2"]), False)]
    holes = content["holes"]
    hidden = 100 * holes["area_m2"] / max(content["covered_m2"] + holes["area_m2"], 1e-9)
    figures.append((tr("without a clear date ({share:.2f} %)").format(share=hidden), _area(holes["area_m2"]), holes["area_m2"] > 0))
    if before is not None and after is not None:
        figures.append((tr("difference of dates left (was {before:.1f} %)").format(before=before), f"{after:.1f} %", after > before))
    if seam and seam["mean"] is not None:
        seen = not INVISIBLE[0] <= seam["mean"] <= INVISIBLE[1]
        figures.append((tr("step across seams, 1 is invisible"), f"{seam['mean']:.2f}", seen))
    backdrop = content.get("backdrop")
    if backdrop:
        said = tr("from a percentile of dates ({share})").format(share=_share(backdrop["share_pct"]))
        figures.append((said, _area(backdrop["area_m2"]), False))
    if (content.get("suspects") or {}).get("shown"):
        said = tr("places shown that disagree with the other dates: cloud left?")
        figures.append((said, number(content["suspects"]["shown"]), True))
    figures.append((tr("from start to end"), _time(sum(content["seconds"].values())), False))
    cards = (f'<div class="figure{" alert" if alert else ""}"><b>{value}</b><span>{label}</span></div>' for label, value, alert in figures)
    return f'<div class="figures">{"".join(cards)}</div>'


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _scenes(content: Mapping[str, Any], sources: SourceMap, tr: Tr) -> str:
    scenes = sorted(content["scenes"], key=lambda scene: (-scene["area_m2"], scene["index"]))
    behind = (content.get("backdrop") or {}).get("scenes", ())
    rows = []
    for scene in scenes[:LISTED]:
        colour = sources.colours.get(scene["index"], "#ffffff")
        shown = _area(scene["area_m2"]) if scene["area_m2"] else tr("in holes") if scene["index"] in behind else tr("not used")
        orbit = f"R{scene['relative_orbit']:03d}" if scene["relative_orbit"] else ""
        rows.append(
            f'<tr><td><span class="swatch" style="background:{colour};color:{readable_on(colour)}">{scene["index"]}</span></td>'
            f'<td class="id">{escape(scene["id"])}</td>'
            f"<td>{escape((scene['sensed'] or tr('unknown'))[:10])}</td><td>{orbit}</td><td class=n>{number(scene['polygons'])}</td>"
            f'<td class="n">{shown}</td>'
            f'<td class="n">{_share(scene["share_pct"])}</td></tr>'
        )
    rows += _backdrop_row(content.get("backdrop"), sources, tr)
    head = _head(tr("No."), tr("Scene"), tr("Date"), tr("Orbit"), tr("Cloud polygons"), tr("Area"), tr("Share"), words=4)
    lead = tr("In order of the area they show; the number is the priority and the value in SOURCE.") + _and_more(len(scenes), tr)
    return _section(tr("Scenes"), lead, f'<div class="wide"><table>{head}{"".join(rows)}</table></div>')


def _backdrop_row(backdrop: Mapping[str, Any] | None, sources: SourceMap, tr: Tr) -> list[str]:
    """Return the row of what fills holes where not single scenes do, none where there is no such thing."""
    if backdrop is None:
        return []
    colour = sources.colours.get(backdrop["index"], "#ffffff")
    what = tr("percentile {percent} of the clear observations of {count} scenes, band by band, in holes").format(
        percent=backdrop["percentile"], count=len(backdrop["scenes"])
    )
    return [
        f'<tr><td><span class="swatch" style="background:{colour};color:{readable_on(colour)}">{backdrop["index"]}</span></td>'
        f'<td class="id" colspan="4">{escape(backdrop["name"])}<small>{what}</small></td>'
        f'<td class="n">{_area(backdrop["area_m2"])}</td><td class="n">{_share(backdrop["share_pct"])}</td></tr>'
    ]


def _head(*names: str, words: int) -> str:
    """Return the head of a table whose first ``words`` columns are words, the others numbers."""
    return "<tr>" + "".join(f"<th{'' if n < words else ' class=n'}>{name}</th>" for n, name in enumerate(names)) + "</tr>"


def _and_more(count: int, tr: Tr) -> str:
    if count <= LISTED:
        return ""
    return " " + tr("The first {listed} of {count}; the JSON report lists all.").format(listed=LISTED, count=number(count))


def _residuals(content: Mapping[str, Any], tr: Tr) -> str:
    residuals, title = content["residuals"], tr("Agreement of the scenes")
    pairs = [(pair, _mean(pair["mad_pct_before"]), _mean(pair["mad_pct_after"])) for pair in residuals["pairs"] if not pair["same_day"]]
    ranked = sorted(((p, b, a) for p, b, a in pairs if b is not None and a is not None), key=lambda row: -row[2])
    if not ranked:
        return _section(title, tr("Nothing was measured: no two dates overlap in clear land, or no balance was asked for."), "")
    changes = [
        Change(
            tr("{first} and {second}").format(first=_short(pair["scenes"][0]), second=_short(pair["scenes"][1])),
            before,
            after,
            tr("{count} cells").format(count=number(pair["cells"])),
        )
        for pair, before, after in ranked[:PAIRS]
    ]
    telling = next((row for row in ranked if row[0]["cells"] >= FEW_CELLS), ranked[0])
    said = [
        tr(
            "How much two dates differ where both are clear, in percent of their level, mean over the bands, on cells that the balance "
            "never saw: rings before, dots after."
        ),
        tr("Worst pair: {first} and {second}, {difference:.1f} %.").format(
            first=telling[0]["scenes"][0], second=telling[0]["scenes"][1], difference=telling[2]
        ),
    ]
    if len(ranked) > PAIRS:
        said.append(tr("The {shown} worst of {count} pairs are shown.").format(shown=PAIRS, count=number(len(ranked))))
    reference = content.get("reference")
    if reference:
        before, after = (_mean(reference[f"mad_pct_{when}"]) for when in ("before", "after"))
        text_ = tr("The reference {name} differs by {after:.1f} % on such cells, {before:.1f} % before.")
        said.append(text_.format(name=Path(reference["path"]).name, after=after, before=before))
    said += _local_changes(content, tr)
    chart = changes_chart(changes, " %", tr("Differences of pairs before and after"))
    return _section(title, " ".join(said), chart + _residuals_by_band(content, tr))


def _residuals_by_band(content: Mapping[str, Any], tr: Tr) -> str:
    residuals = content["residuals"]
    rows = "".join(
        f"<tr><td>{escape(band)}</td><td class=n>{before:.1f} %</td><td class=n>{after:.1f} %</td></tr>"
        for band, before, after in zip(content["bands"], residuals["mad_pct_before"], residuals["mad_pct_after"], strict=True)
    )
    return f"<table style='max-width:360px;margin-top:14px'>{_head(tr('Band'), tr('before'), tr('after'), words=1)}{rows}</table>"


def _local_changes(content: Mapping[str, Any], tr: Tr) -> list[str]:
    """Return sentences on what was changed within scenes by request."""
    view, points = content.get("view_normalisation"), content.get("dodge_points")
    said = []
    if view:
        said.append(
            tr("{count} of {all} scenes were normalised to the view from the vertical before.").format(count=view["scenes"], all=view["of"])
        )
    if points:
        asked = tr("{given:+.1f} % (asked {asked:+g} %)")
        wishes = ", ".join(asked.format(given=point["given_pct"], asked=point["asked_pct"]) for point in points[:PAIRS])
        more = " ..." if len(points) > PAIRS else ""
        beyond = tr("Asked for by dodging points ({count}), beyond these figures: {wishes}.")
        said.append(beyond.format(count=len(points), wishes=wishes + more))
    return said


def _short(name: str) -> str:
    """Return a product name shortened to what tells it from others: platform, date, tile."""
    fields = name.split("_")
    if len(fields) >= 6 and fields[0].startswith("S2"):
        return f"{fields[0]} {fields[2][:8]} {fields[5]}"
    return name if len(name) <= 20 else f"{name[:9]}…{name[-9:]}"


def _seams(content: Mapping[str, Any], tr: Tr) -> str:
    names = {
        "step_ratio_d1": tr("neighbouring pixels"),
        "step_ratio_d5": tr("pixels 5 apart"),
        "step_ratio_strips": tr("means of 30-pixel strips"),
    }
    body, measured = "", ""
    for key, product in (("seams", tr("16 bit, as measured")), ("seams_8bit", tr("8 bit, blended for the eye"))):
        seams = content.get(key) or {}
        rows = [
            (names[name], found["mean"], {band: value for band, value in found["bands"].items() if value is not None})
            for name in names
            if (found := seams.get(name)) and found["mean"] is not None
        ]
        if rows:
            measured = measured or tr("Measured on {pixels} pixels of seam in {tiles} raster tiles.").format(
                pixels=number(seams["seam_px"]), tiles=seams["tiles"]
            )
            chart = ratio_chart(rows, INVISIBLE, tr("Step ratios of the seams, {product}").format(product=product), COLOURS)
            body += f'<h3 class="product">{product}</h3>{chart}'
    if not body:
        return _section(tr("Seams"), tr("There is too little seam to measure."), "")
    meaning = tr("The step across seams over the step right beside them: 1 cannot be told from the land, the green range no eye tells.")
    return _section(tr("Seams"), f"{meaning} {measured} {tr('Dots are bands, the bar is their mean.')}", body)


def _gains(content: Mapping[str, Any], tr: Tr) -> str:
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
            cells += f'<td class="n">{tr("{low:+.1f} to {high:+.1f} %").format(low=low, high=high)}</td>'
        rows.append(f'<tr><td class="id">{scene["index"]}. {escape(scene["id"])}</td>{cells}</tr>')
    said = tr(
        "Gain, and below it the offset in units of 1/10 000, of each scene: value = gain × sample + offset. Blue darkens the scene's "
        "median, orange brightens it."
    ) + _and_more(len(content["scenes"]), tr)
    if local:
        said += " " + tr("The last column is how far the local factor goes that dodging and dodging points add.")
        head += f'<th class="n">{tr("local")}</th>'
    if content["groups"] > 1:
        groups = tr("The scenes fall into {count} groups without clear overlap, balanced apart; they may differ in tone.")
        said += " " + groups.format(count=content["groups"])
    table = f"<table><tr><th>{tr('Scene')}</th>{head}</tr>{''.join(rows)}</table>"
    return _section(tr("Balance"), said, f'<div class="wide">{table}</div>')


def _holes(content: Mapping[str, Any], tr: Tr) -> str:
    holes = content["holes"]
    if not holes["count"]:
        return _section(tr("Holes"), tr("None: every place that a scene covers was clear on some date."), "")
    rows = "".join(
        f"<tr><td>{place}</td><td class=n>{_area(hole['area_m2'])}</td><td class=n>{number(hole['x'])}</td>"
        f"<td class=n>{number(hole['y'])}</td><td class=n>{hole['lat']:.4f}</td><td class=n>{hole['lon']:.4f}</td></tr>"
        for place, hole in enumerate(holes["largest"][:HOLES], 1)
    )
    said = tr("{area} in {count} places are covered but clear on no date; they stay empty. The largest:")
    head = _head(tr("No."), tr("Area"), tr("East"), tr("North"), tr("Latitude"), tr("Longitude"), words=1)
    lead = said.format(area=_area(holes["area_m2"]), count=number(holes["count"]))
    return _section(tr("Holes"), lead, f"<table style='max-width:720px'>{head}{rows}</table>")


def _histograms(content: Mapping[str, Any], tr: Tr) -> str:
    found = content.get("histograms") or {}
    body = ""
    titles = tr("16 bit, reflectance × 10 000"), tr("8 bit")
    for title, bands in zip(titles, (found.get("16bit"), (found.get("8bit") or {}).get("bands")), strict=True):
        if bands:
            charts = "".join(
                histogram_chart(band, h["edges"], h["counts"], f"{band}, {title}", COLOURS.get(band, ACCENT)) for band, h in bands.items()
            )
            body += f'<h3 class="product">{title}</h3><div class="small">{charts}</div>'
    said = [tr("How often each value occurs, over the whole mosaic. The brightest thousandth counts in the last bar.")]
    bytes_ = found.get("8bit")
    if bytes_:
        looked_at = tr(
            "Of {samples} 8-bit samples of data looked at, {at_0} are 0 and {at_255} are 255, which a viewing service would take for "
            "transparent."
        )
        said.append(looked_at.format(**{name: number(bytes_[name]) for name in ("samples", "at_0", "at_255")}))
    stretch = content.get("stretch")
    if stretch:
        span = tr("{band} {low} to {high}")
        ranges = ", ".join(span.format(band=band, low=number(low), high=number(high)) for band, (low, high) in stretch["bands"].items())
        said.append(tr("The 8-bit mosaic shows {ranges} as 1 to 254, gamma {gamma:g}.").format(ranges=ranges, gamma=stretch["gamma"]))
    return _section(tr("Distribution of values"), " ".join(said), body)


def _run(content: Mapping[str, Any], tr: Tr) -> str:
    def table(values: Mapping[str, Any]) -> str:
        rows = (f"<tr><td>{escape(str(key))}</td><td><code>{escape(_plain(value, tr))}</code></td></tr>" for key, value in values.items())
        return f"<table>{''.join(rows)}</table>"

    memory = content.get("peak_memory_mb")
    seconds = content["seconds"]
    said = [tr("{time} in all.").format(time=_time(sum(seconds.values())))]
    if memory:
        said.append(tr("At most {memory} MB of memory.").format(memory=number(memory)))
    steps = {
        "plan": tr("planning"),
        "reduce": tr("reduced copies"),
        "measure": tr("measuring"),
        "solve": tr("balance"),
        "seams": tr("seams"),
        "render": tr("rendering"),
        "write": tr("writing"),
        "report": tr("report"),
    }
    body: str = time_chart({steps.get(name, name): value for name, value in seconds.items()}, tr("Seconds of the steps"))
    body += f'<div class="pair" style="margin-top:16px"><div><h3 style="font-size:14px">{tr("Settings")}</h3>{table(content["settings"])}'
    body += f'</div><div><h3 style="font-size:14px">{tr("Files")}</h3>{table(content["outputs"])}'
    body += f'<h3 style="font-size:14px">{tr("Versions")}</h3>{table(content["versions"])}</div></div>'
    return _section(tr("The run"), " ".join(said), body)


def _plain(value: object, tr: Tr) -> str:
    if value is None or value in ("", (), []):
        return tr("not set")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
