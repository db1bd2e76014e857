"""Threads that Qt made keep their Python state between tasks.

Python drops its state of a thread it did not make whenever the last call into Python returns, and pyproj's PROJ context
with it; the next task in the same pooled thread finds a pointer to the freed context and QGIS crashes (pyproj 3.7.0 to
3.7.2, Debian 13's among them; issue 1509 of pyproj4/pyproj).
"""

from __future__ import annotations

import ctypes
import threading

_kept = threading.local()


def keep_python_state() -> None:
    """Let Python keep its state of the present thread until the process ends; a thread of Python's own has it already."""
    if not getattr(_kept, "is_kept", False):
        ctypes.pythonapi.PyGILState_Ensure()  # never released: that is what keeps the state
        _kept.is_kept = True
