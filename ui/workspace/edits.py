"""What others must know of edits that are not in the workspace yet."""

from __future__ import annotations

from typing import Protocol


class Edits(Protocol):
    """Edits in the making; whoever changes the workspace beside them asks first."""

    def are_saved(self) -> bool:
        """Return True where there is nothing to save; else the person is told to."""

    def end(self) -> bool:
        """Stop editing, asking what to do with unsaved edits; returns False where the person goes on."""
