"""The report a person looks at: one HTML file with everything in it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ...base.drafts import write_text
from ...pages.charts import number
from ...pages.page import Tr
from ...pages.style import STYLE
from ..comparison import Comparison
from .chips import chips_of
from .contents import worst_points
from .drawings import arrows, profile_chart, scatter, shift_map
from .relief_html import relief_section
from .tables import plain_table, section


def write_html(path: Path, contents: Mapping[str, Any], comparison: Comparison, tr: Tr = str) -> None:
    """Write the report of a comparison; raises `OutputError`."""
    write_text(path, compose_html(contents, comparison, tr))


def compose_html(contents: Mapping[str, Any], comparison: Comparison, tr: Tr = str) -> str:
    """Return the page; ``contents`` is that of `contents.contents_of`, ``tr`` translates its texts."""
    name = tr("{a} against {b}").format(a=contents["a"]["name"], b=contents["b"]["name"])
    parts = [_header(contents, tr)]
    if "radial" in contents["figures"]:
        parts += [_figures(contents, tr), _maps(comparison, tr), _table(contents, tr), _spread(contents, comparison, tr)]
        parts.append(relief_section(contents["relief"], [Path(path).name for path in _dems(contents)], tr))
        parts += [_worst(contents, comparison, tr), _measures(contents, tr)]
    else:
        parts.append(section(tr("Nothing was matched"), tr("No point passed the tests: the orthos show too little in common."), ""))
    parts.append(_run(contents, tr))
    return (
        f'<!DOCTYPE html><html lang="{tr("en")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}"
        f"<footer>{tr('Made by Skyfri. Contains modified Copernicus Sentinel data.')}</footer></main></body></html>"
    )


def _dems(contents: Mapping[str, Any]) -> list[str]:
    return [path for path in (contents["settings"]["dem_a"], contents["settings"]["dem_b"]) if path]


def _header(contents: Mapping[str, Any], tr: Tr) -> str:
    shared = contents["shared_px"]
    said = tr("How far features of ortho A lie displaced in ortho B: {cols} × {rows} shared pixels of {pixel_m:g} m, {crs}.").format(
        cols=number(shared["cols"]), rows=number(shared["rows"]), pixel_m=contents["pixel_m"], crs=contents["crs"][:40]
    )
    signs = tr("A feature at (x, y) in A lies at (x + dx, y + dy) in B; dx is positive to the east, dy to the north.")
    names = "".join(f"<p><b>{side.upper()}</b> {escape(_named(contents[side]))}</p>" for side in ("a", "b"))
    return f"<header><h1>{escape(tr('Displacement between two orthos'))}</h1>{names}<p>{escape(said)} {escape(signs)}</p></header>"


def _named(side: Mapping[str, Any]) -> str:
    more = [side["band"]]
    if side.get("relative_orbit"):
        more.append(f"R{side['relative_orbit']:03d}")
    if side.get("baseline"):
        more.append(f"N{side['baseline']}")
    said = ", ".join(filter(None, more))
    return f"{side['name']} ({said})" if said else str(side["name"])


def _figures(contents: Mapping[str, Any], tr: Tr) -> str:
    figures = contents["figures"]
    count = figures["count"]
    boxes = (
        (f"{figures['east']['median']:+.2f} m", tr("median to the east")),
        (f"{figures['north']['median']:+.2f} m", tr("median to the north")),
        (f"{figures['radial']['rmse']:.2f} m", tr("RMSE, both axes")),
        (f"{figures['radial']['ce90']:.2f} m", "CE90"),
        (f"{100 * figures['within']['0.3_px']:.0f} %", tr("within 0.3 pixels")),
        (f"{100 * figures['within']['1_px']:.0f} %", tr("within 1 pixel")),
        (f"{number(count['kept'])}", tr("points kept of {count}").format(count=number(count["tried"]))),
    )
    return f'<div class="figures">{"".join(f"<div class=figure><b>{escape(a)}</b><span>{escape(b)}</span></div>" for a, b in boxes)}</div>'


def _maps(comparison: Comparison, tr: Tr) -> str:
    found = comparison.found
    drawn = (
        (arrows(found, tr), tr("Median displacement of B against A, arrows enlarged.")),
        (shift_map(found, 0, tr("dx, to the east")), tr("dx, to the east, about its median: blue less, orange more.")),
        (shift_map(found, 1, tr("dy, to the north")), tr("dy, to the north, about its median.")),
        (shift_map(found, 2, tr("Standard deviation of a point")), tr("How sure each point is: one standard deviation per axis.")),
    )
    figures = "".join(f"<figure>{picture}<figcaption>{escape(said)}</figcaption></figure>" for picture, said in drawn if picture)
    return section(tr("Where"), tr("Grey: no point was kept there."), f'<div class="maps">{figures}</div>')


def _table(contents: Mapping[str, Any], tr: Tr) -> str:
    figures = contents["figures"]
    pixel_m = figures["pixel_m"]
    names = {
        "mean": tr("Systematic error (mean)"),
        "median": tr("Median"),
        "std": tr("Standard deviation"),
        "nmad": "NMAD",
        "rmse": "RMSE",
        "low": tr("Least"),
        "high": tr("Largest"),
    }
    rows = [
        [label, *(f"{figures[axis][name] / unit:.3f}" for axis in ("east", "north") for unit in (1, pixel_m))]
        for name, label in names.items()
    ]
    head = ("", tr("east, m"), tr("east, px"), tr("north, m"), tr("north, px"))
    radial, around = figures["radial"], figures["around_median"]
    both = [
        ["RMSE", f"{radial['rmse']:.3f}"],
        *([f"CE{level}", f"{radial[f'ce{level}']:.3f}"] for level in (50, 90, 95)),
        [tr("CE90 about the median"), f"{around['ce90']:.3f}"],
        [tr("NSSDA, 95 %"), f"{radial['nssda95']:.3f}"],
        [tr("Gross errors (beyond 3 standard deviations)"), f"{figures['gross']['count']} ({100 * figures['gross']['share']:.2f} %)"],
    ]
    interval = figures["interval_95"]
    labels = {"mean_east": tr("mean, east"), "mean_north": tr("mean, north"), "rmse": "RMSE", "ce90": "CE90"}
    said = "; ".join(f"{labels[name]} {low:.2f} … {high:.2f} m" for name, (low, high) in interval.items())
    note = tr("95 % intervals, squares of 5 km drawn anew: {intervals}.").format(intervals=said) if said else ""
    lead = tr("Of the points that passed every test. Neither ortho is the truth: these are relative accuracies.")
    return section(
        tr("Figures"),
        f"{lead} {note}",
        f'<div class="pair"><div>{plain_table(rows, head)}</div><div>{plain_table(both, (tr("both axes"), "m"))}</div></div>',
    )


def _spread(contents: Mapping[str, Any], comparison: Comparison, tr: Tr) -> str:
    radial = contents["figures"]["radial"]
    dots = scatter(comparison.found, {"CE90": radial["ce90"], "CE95": radial["ce95"]}, tr)
    lines = []
    for key, label in (("by_column", tr("column of A, pixels (west to east)")), ("by_row", tr("row of A, pixels (north to south)"))):
        profile = contents["profiles"][key]
        lines.append(profile_chart(profile["place_px"], {"dx, m": profile["east_m"], "dy, m": profile["north_m"]}, label))
    body = f'<div class="maps"><figure>{dots}</figure><figure>{"".join(lines)}</figure></div>'
    return section(
        tr("Spread and profiles"), tr("Circles hold 90 and 95 % of the points, the cross is the median; lines are medians."), body
    )


def _worst(contents: Mapping[str, Any], comparison: Comparison, tr: Tr) -> str:
    figures = []
    for index, point in zip(worst_points(comparison), contents["worst"], strict=True):
        one, other = chips_of(comparison, index)
        said = tr("Point {fid}: {dx:+.1f} m east, {dy:+.1f} m north, at {x:.0f} {y:.0f}").format(
            fid=point["fid"], dx=point["dx_m"], dy=point["dy_m"], x=point["x"], y=point["y"]
        )
        pair = f'<div style="display:grid;grid-template-columns:1fr 1fr;gap:4px">{one}{other}</div>'
        figures.append(f"<figure>{pair}<figcaption>{escape(said)}</figcaption></figure>")
    lead = tr(
        "The kept points farthest from the median, A left and B right, the same piece of the map: the cross marks the feature in each."
    )
    return section(
        tr("The worst points"),
        lead,
        f'<div class="small" style="grid-template-columns:repeat(auto-fill,minmax(300px,1fr))">{"".join(figures)}</div>',
    )


def _measures(contents: Mapping[str, Any], tr: Tr) -> str:
    rows = [[row["id"], row["name"], f"{row['value']:.4f}", row["unit"]] for row in contents["iso_19157"]]
    return section(
        tr("Measures of ISO 19157"),
        tr("The same figures under the identifiers of the standard."),
        plain_table(rows, (tr("Identifier"), tr("Measure"), tr("Value"), tr("Unit")), words=2),
    )


def _run(contents: Mapping[str, Any], tr: Tr) -> str:
    settings = contents["settings"]
    start = contents["start"]
    rows = [
        [tr("Band"), settings["band"]],
        [tr("Distance of points"), f"{settings['match']['spacing_px']} px"],
        [tr("Distance of the field's nodes"), f"{settings['match']['node_px']} px"],
        [tr("Left out"), contents["mask"] or tr("nothing but places without data")],
        [tr("Whole image, at the start"), f"{start['east_px']:+.1f}, {-start['down_px']:+.1f} px ({start['correlation']:.2f})"],
        [tr("Time"), f"{sum(contents['seconds'].values()):.0f} s"],
        *([name, Path(path).name] for name, path in contents["outputs"].items()),
    ]
    lead = tr(
        "One smooth field of displacement is fitted to all pixels; a point is kept where both sides correlate, the way there and back "
        "closes, its window has data, and its neighbours agree."
    )
    return section(tr("The run"), lead, plain_table(rows))
