"""The part of the report that tells why two orthos lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...pages.page import Tr
from .tables import plain_table, section


def relief_section(told: Mapping[str, Any], dems: Sequence[str], tr: Tr) -> str:
    """Return the section, empty where neither view angles nor elevation models were known; ``dems`` names the models."""
    if not told:
        return ""
    body = _line(told, tr) + _classes(told, tr)
    if told.get("fitted"):
        fitted = told["fitted"]
        body += plain_table(
            [
                [tr("Direction of the displacement per height"), f"{fitted['azimuth_deg']:.1f}°"],
                [tr("Zenith angle that it stands for"), f"{fitted['zenith_deg']:.2f}°"],
            ]
        )
    implied = told.get("implied_height_m", {})
    if implied.get("count"):
        low, high = implied["range_90"]
        body += plain_table(
            [
                [tr("Difference of height that the displacement stands for, median"), f"{implied['median']:+.1f} m"],
                [tr("Its NMAD"), f"{implied['nmad']:.1f} m"],
                [tr("Nine of ten between"), f"{low:+.1f} … {high:+.1f} m"],
            ]
        )
    return section(tr("Why: elevation under the angle of the view"), " ".join(_lead(told, dems, tr)), body)


def _lead(told: Mapping[str, Any], dems: Sequence[str], tr: Tr) -> list[str]:
    said = [tr("An elevation model that is too high moves what is seen towards the satellite, by the tangent of the zenith angle a metre.")]
    view = told.get("view")
    if view:
        low, high = view["zenith_deg"]
        said.append(tr("Zenith angles {low:.1f}° to {high:.1f}°.").format(low=low, high=high))
        if view["of_two_orbits"]:
            said.append(tr("The orthos are of two orbits: a wrong elevation in both moves them apart by the difference of the views."))
    else:
        said.append(tr("No product states from where it was seen, so the direction is fitted to the heights."))
    if dems:
        said.append(tr("Elevation models: {a} and {b}.").format(a=dems[0], b=dems[1]))
    else:
        said.append(tr("No elevation models were given: only the difference of height that the displacement stands for is told."))
    return said


def _line(told: Mapping[str, Any], tr: Tr) -> str:
    line = told.get("line")
    if not line:
        return ""
    rows = [
        [tr("Slope (1: elevation explains it)"), _with_interval(line["slope"], line["slope_95"], 3)],
        [tr("Intercept: what elevation does not explain, px"), _with_interval(line["intercept_px"], line["intercept_95"], 3)],
        ["R²", f"{line['r2']:.3f}"],
        [tr("Spread about the line (NMAD), px"), f"{line['residual_nmad_px']:.3f}"],
        [tr("Across the view, median and NMAD, px"), f"{told['across_px']['median']:+.3f}, {told['across_px']['nmad']:.3f}"],
    ]
    for number, one in told.get("detectors", {}).items():
        rows.append([tr("Intercept of detector {number}, px").format(number=number), f"{one['intercept_px']:+.3f} ({one['count']})"])
    return plain_table(rows)


def _with_interval(value: float, interval: Sequence[float] | None, digits: int) -> str:
    return f"{value:.{digits}f}" + (f" ({interval[0]:.{digits}f} … {interval[1]:.{digits}f})" if interval else "")


def _classes(told: Mapping[str, Any], tr: Tr) -> str:
    tables = []
    for key, label in (("by_zenith", tr("Zenith angle, degrees")), ("by_slope", tr("Slope of the terrain, degrees"))):
        rows = [
            [f"{row['from']:g}-{row['to']:g}", str(row["count"]), f"{row['median_px']:+.3f}", f"{row['nmad_px']:.3f}"]
            for row in told.get(key, [])
        ]
        if rows:
            tables.append(f"<div>{plain_table(rows, (label, tr('points'), tr('left, median px'), tr('NMAD px')))}</div>")
    return f'<div class="pair">{"".join(tables)}</div>' if tables else ""
