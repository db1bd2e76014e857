"""The report a person looks at: one HTML file with everything in it, light on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ...base.drafts import write_text
from ...pages.charts import ACCENT, Change, changes_chart, diverging_colour, histogram_chart, number, ratio_chart, readable_on, time_chart
from ...pages.page import Cell, Group, KeyFigure, Row, Section, Table, Tr, shown_path
from ...pages.templating import render_page
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
    sections = (
        maps_section(content, quicklook, sources, tr),
        _scenes(content, sources, tr),
        _residuals(content, tr),
        _seams(content, tr),
        _gains(content, tr),
        _holes(content, tr),
        _histograms(content, tr),
        _run(content, tr),
    )
    title = tr("{name}: mosaic report").format(name=name)
    return render_page("report.html", title, tr, heading=name, said=[_said(content, tr)], figures=_figures(content, tr), sections=sections)


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


def _said(content: Mapping[str, Any], tr: Tr) -> str:
    """Return the line below the name."""
    days = _dates(content)
    grid = content["grid"]
    used = sum(scene["area_m2"] > 0 for scene in content["scenes"])
    when = "" if not days else f", {days[0]}" if len(days) == 1 else ", " + tr("{first} to {last}").format(first=days[0], last=days[-1])
    what = tr("Cloud-free mosaic of {used} of {count} Sentinel-2 scenes").format(used=used, count=len(content["scenes"]))
    size = tr("{cols} × {rows} pixels of {pixel_m:g} m, {bands} bands").format(
        cols=number(grid["cols"]), rows=number(grid["rows"]), pixel_m=grid["pixel_m"], bands=len(content["bands"])
    )
    return f"{what}{when}. {size}, {grid['crs'][:40]}."


def _figures(content: Mapping[str, Any], tr: Tr) -> list[KeyFigure]:
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
    return [KeyFigure(value, label, alert) for label, value, alert in figures]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _scenes(content: Mapping[str, Any], sources: SourceMap, tr: Tr) -> Section:
    scenes = sorted(content["scenes"], key=lambda scene: (-scene["area_m2"], scene["index"]))
    behind = (content.get("backdrop") or {}).get("scenes", ())
    rows: list[Row] = []
    for scene in scenes[:LISTED]:
        shown = _area(scene["area_m2"]) if scene["area_m2"] else tr("in holes") if scene["index"] in behind else tr("not used")
        orbit = f"R{scene['relative_orbit']:03d}" if scene["relative_orbit"] else ""
        when = (scene["sensed"] or tr("unknown"))[:10]
        name = Cell(scene["id"], kind="id")
        rows.append([_swatch(scene["index"], sources), name, when, orbit, number(scene["polygons"]), shown, _share(scene["share_pct"])])
    rows += _backdrop_row(content.get("backdrop"), sources, tr)
    head = (tr("No."), tr("Scene"), tr("Date"), tr("Orbit"), tr("Cloud polygons"), tr("Area"), tr("Share"))
    lead = tr("In order of the area they show; the number is the priority and the value in SOURCE.") + _and_more(len(scenes), tr)
    return Section(tr("Scenes"), lead, [Table(rows, head, words=4)])


def _swatch(rank: int, sources: SourceMap) -> Cell:
    """Return the number of a scene on its colour in the map."""
    colour = sources.colours.get(rank, "#ffffff")
    return Cell(str(rank), background=colour, ink=readable_on(colour))


def _backdrop_row(backdrop: Mapping[str, Any] | None, sources: SourceMap, tr: Tr) -> list[Row]:
    """Return the row of what fills holes where not single scenes do, none where there is no such thing."""
    if backdrop is None:
        return []
    what = tr("percentile {percent} of the clear observations of {count} scenes, band by band, in holes").format(
        percent=backdrop["percentile"], count=len(backdrop["scenes"])
    )
    name = Cell(backdrop["name"], what, kind="id", columns=4)
    return [[_swatch(backdrop["index"], sources), name, _area(backdrop["area_m2"]), _share(backdrop["share_pct"])]]


def _and_more(count: int, tr: Tr) -> str:
    if count <= LISTED:
        return ""
    return " " + tr("The first {listed} of {count}; the JSON report lists all.").format(listed=LISTED, count=number(count))


def _residuals(content: Mapping[str, Any], tr: Tr) -> Section:
    residuals, title = content["residuals"], tr("Agreement of the scenes")
    pairs = [(pair, _mean(pair["mad_pct_before"]), _mean(pair["mad_pct_after"])) for pair in residuals["pairs"] if not pair["same_day"]]
    ranked = sorted(((p, b, a) for p, b, a in pairs if b is not None and a is not None), key=lambda row: -row[2])
    if not ranked:
        return Section(title, tr("Nothing was measured: no two dates overlap in clear land, or no balance was asked for."))
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
    return Section(title, " ".join(said), [chart, _residuals_by_band(content, tr)])


def _residuals_by_band(content: Mapping[str, Any], tr: Tr) -> Table:
    residuals = content["residuals"]
    rows = [
        [band, f"{before:.1f} %", f"{after:.1f} %"]
        for band, before, after in zip(content["bands"], residuals["mad_pct_before"], residuals["mad_pct_after"], strict=True)
    ]
    return Table(rows, (tr("Band"), tr("before"), tr("after")), width_px=360)


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


def _seams(content: Mapping[str, Any], tr: Tr) -> Section:
    names = {
        "step_ratio_d1": tr("neighbouring pixels"),
        "step_ratio_d5": tr("pixels 5 apart"),
        "step_ratio_strips": tr("means of 30-pixel strips"),
    }
    parts: list[Group] = []
    measured = ""
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
            parts.append(Group([chart], product))
    if not parts:
        return Section(tr("Seams"), tr("There is too little seam to measure."))
    meaning = tr("The step across seams over the step right beside them: 1 cannot be told from the land, the green range no eye tells.")
    return Section(tr("Seams"), f"{meaning} {measured} {tr('Dots are bands, the bar is their mean.')}", parts)


def _gains(content: Mapping[str, Any], tr: Tr) -> Section:
    bands = content["bands"]
    head = [tr("Scene"), *bands]
    local = any(scene["local_pct"] for scene in content["scenes"])
    rows = []
    for scene in content["scenes"][:LISTED]:
        row = [Cell(f"{scene['index']}. {scene['id']}", kind="id")]
        for band in bands:
            colour = diverging_colour(scene["change_pct"][band] / 100, 0.2)
            row.append(Cell(f"{scene['gain'][band]:.3f}", f"{scene['offset'][band]:+.0f}", colour))
        if local:
            low, high = scene["local_pct"] or (0, 0)
            row.append(Cell(tr("{low:+.1f} to {high:+.1f} %").format(low=low, high=high)))
        rows.append(row)
    said = tr(
        "Gain, and below it the offset in units of 1/10 000, of each scene: value = gain × sample + offset. Blue darkens the scene's "
        "median, orange brightens it."
    ) + _and_more(len(content["scenes"]), tr)
    if local:
        said += " " + tr("The last column is how far the local factor goes that dodging and dodging points add.")
        head.append(tr("local"))
    if content["groups"] > 1:
        groups = tr("The scenes fall into {count} groups without clear overlap, balanced apart; they may differ in tone.")
        said += " " + groups.format(count=content["groups"])
    return Section(tr("Balance"), said, [Table(rows, head)])


def _holes(content: Mapping[str, Any], tr: Tr) -> Section:
    holes = content["holes"]
    if not holes["count"]:
        return Section(tr("Holes"), tr("None: every place that a scene covers was clear on some date."))
    rows = [
        [str(place), _area(hole["area_m2"]), number(hole["x"]), number(hole["y"]), f"{hole['lat']:.4f}", f"{hole['lon']:.4f}"]
        for place, hole in enumerate(holes["largest"][:HOLES], 1)
    ]
    said = tr("{area} in {count} places are covered but clear on no date; they stay empty. The largest:")
    head = (tr("No."), tr("Area"), tr("East"), tr("North"), tr("Latitude"), tr("Longitude"))
    lead = said.format(area=_area(holes["area_m2"]), count=number(holes["count"]))
    return Section(tr("Holes"), lead, [Table(rows, head, width_px=720)])


def _histograms(content: Mapping[str, Any], tr: Tr) -> Section:
    found = content.get("histograms") or {}
    parts: list[Group] = []
    titles = tr("16 bit, reflectance × 10 000"), tr("8 bit")
    for title, bands in zip(titles, (found.get("16bit"), (found.get("8bit") or {}).get("bands")), strict=True):
        if bands:
            charts = [
                histogram_chart(band, h["edges"], h["counts"], f"{band}, {title}", COLOURS.get(band, ACCENT)) for band, h in bands.items()
            ]
            parts.append(Group(charts, title, "small"))
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
    return Section(tr("Distribution of values"), " ".join(said), parts)


def _run(content: Mapping[str, Any], tr: Tr) -> Section:
    folder = Path(content["outputs"].get("report_html") or content["outputs"]["mosaic"]).parent

    def table(values: Mapping[str, Any]) -> Table:
        return Table([[key, Cell(_plain(value, folder, tr), kind="code")] for key, value in values.items()], words=2)

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
    chart = time_chart({steps.get(name, name): value for name, value in seconds.items()}, tr("Seconds of the steps"))
    settings = Group([table(content["settings"])], tr("Settings"))
    files = Group([table(content["outputs"])], tr("Files"))
    versions = Group([table(content["versions"])], tr("Versions"))
    return Section(tr("The run"), " ".join(said), [chart, Group([settings, Group([files, versions])], layout="pair")])


def _plain(value: object, folder: Path, tr: Tr) -> str:
    """Return a setting as it reads; a path is shown from ``folder`` on."""
    if value is None or value in ("", (), []):
        return tr("not set")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else shown_path(str(value), folder)
