"""Files that appear by rename: complete, or not at all."""

from __future__ import annotations

import glob
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError


@contextmanager
def draft_of(target: Path, *, folder: Path | None = None) -> Iterator[Path]:
    """Yield where to write what appears at ``target`` when the block ends well; otherwise the draft goes.

    The draft lies beside the target, or in ``folder`` where that is on the same disk: what a killed run leaves then goes
    with the folder. Raises `OutputError` where the system refuses.
    """
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if folder is not None and folder.stat().st_dev == target.parent.stat().st_dev:
            draft = folder / draft.name
        yield draft
        draft.replace(target)
    except OSError as error:
        raise OutputError(not_written(target, error)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, complete or not at all; raises `OutputError`."""
    remove_leftovers(path)
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")


def remove_leftovers(target: Path) -> None:
    """Remove what killed runs left beside ``target``: hidden files and folders named after it and eight digits.

    Two runs that write one target at the same time cannot both succeed; the one that began last does.
    """
    for path in target.parent.glob(f".{glob.escape(target.name)}.*"):
        if re.match(r"[0-9a-f]{8}(\.|$)", path.name[len(target.name) + 2 :]):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> str:
    """Return the sentence for an output that the system refused."""
    if error.errno == 28:
        return f"{path} cannot be written: the disk is full; free some space or choose another folder."
    return f"{path} cannot be written ({error.strerror or error}); choose a folder you may write to."
