"""The editors' guide, which comes with the plugin in English and Norwegian."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

DOCS_FOLDER = Path(__file__).resolve().parents[1] / "docs"
_NORWEGIAN = {"nb", "no", "nn"}


def guide_path(locale: str) -> Path:
    """Return the page of the guide for a locale such as ``nb_NO``; English for every other language."""
    language = locale.replace("-", "_").split("_")[0].lower()
    return DOCS_FOLDER / ("redigering.md" if language in _NORWEGIAN else "editing.md")


def open_guide() -> None:
    """Show the guide in the language of QGIS, in whatever program the desktop shows such pages with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(guide_path(QgsSettings().value("locale/userLocale", "en", type=str)))))
