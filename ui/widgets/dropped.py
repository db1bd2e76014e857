"""Files dropped on a widget."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtGui import QDropEvent


def paths_of(event: QDropEvent) -> Sequence[str]:
    """Return the files and folders that are dragged."""
    data = event.mimeData()
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
