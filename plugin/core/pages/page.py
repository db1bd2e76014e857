"""Pages that people read."""

from __future__ import annotations

from collections.abc import Callable

Tr = Callable[[str], str]
"""Returns a text in the language of the reader."""
