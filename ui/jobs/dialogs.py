"""Algorithms' own dialogs, filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Dialogs:
    """Keeps the dialogs that are open, so that Python does not take them away."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def show(self, algorithm_id: str, parameters: Mapping[str, Any], on_finished: Callable[..., object]) -> None:
        """Open the dialog of an algorithm; ``on_finished`` is called after each run of it."""
        from processing import createAlgorithmDialog

        dialog = createAlgorithmDialog(algorithm_id, dict(parameters))
        dialog.algorithmFinished.connect(on_finished)
        self._open.append(dialog)
        dialog.destroyed.connect(lambda: self._open.remove(dialog))
        dialog.show()

    def close(self) -> None:
        """Close those that are open."""
        for dialog in list(self._open):
            dialog.close()
