"""Texts written whole or not at all."""

from __future__ import annotations

import uuid
from pathlib import Path

from ..core.errors import OutputError
from .translation import tr


def write_text(path: str, text: str) -> None:
    """Write a text beside ``path`` and rename it; raises `OutputError`."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            tr("{path} cannot be written ({reason}); choose a folder you may write to.").format(path=path, reason=error.strerror)
        ) from error
