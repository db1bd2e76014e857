"""Whether a person waits at a window."""

from __future__ import annotations


def is_desktop() -> bool:
    """Return True in QGIS desktop, False in `qgis_process` and in scripts."""
    from qgis.utils import iface  # set by QGIS desktop, after this module was loaded

    return iface is not None
