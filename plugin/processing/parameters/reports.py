"""The parameters of reports to write."""

from __future__ import annotations

from ..translation import tr
from .files import ReportTarget
from .table import Param


def json_row() -> Param[str]:
    """Return REPORT_JSON."""
    return Param(
        "REPORT_JSON",
        ReportTarget("JSON (*.json)"),
        tr("Report for programs"),
        tr("A JSON file with all that was found and measured; its names stay the same from version to version."),
    )


def html_row() -> Param[str]:
    """Return REPORT_HTML."""
    return Param(
        "REPORT_HTML",
        ReportTarget("HTML (*.html)"),
        tr("Report for people"),
        tr("One HTML page with tables, maps and charts that opens in any browser and needs no other file."),
    )
