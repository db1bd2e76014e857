"""Memory that has been freed and is kept all the same."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back_freed() -> None:
    """Give freed memory back to the system, where the C library is GNU's; others do so themselves.

    It keeps what threads have freed in pieces, for their next arrays. Those have other sizes, so that a process that works for
    hours would grow by half as much again. It takes some milliseconds, and as many again until threads have what they need.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another library, or another system
        return None
    return trim
