"""Writing of reports, items and parameters as text that appears by rename."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

from .errors import OutputError
from .raster import not_written, remove_leftovers


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, complete or not at all; raises `OutputError`."""
    remove_leftovers(path)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise OutputError(not_written(path, error)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
