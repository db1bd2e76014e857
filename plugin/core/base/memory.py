"""Give memory back to the system that was freed and that the C library still holds."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back_freed() -> None:
    """Give freed memory back to the system where the C library is GNU's; other libraries do so themselves.

    GNU's library keeps freed memory in pieces for the next arrays. The next arrays have other sizes, so a process that works for
    hours would grow by half as much again. A call takes some milliseconds, and threads take as many until they have new memory.
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
