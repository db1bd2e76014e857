"""Files that appear by rename: complete, or not at all."""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError, first_line

NO_ROOM_BYTES = 65_536
"""A disk with less than this is full, whatever a library says of its failure."""


@contextmanager
def draft_of(target: Path, *, folder: Path | None = None) -> Iterator[Path]:
    """Yield where to write what appears at ``target`` when the block ends well; otherwise the draft goes.

    The draft lies beside the target, or in ``folder`` where that is on the same disk: what a killed run leaves then goes
    with the folder. Raises `OutputError` where the system refuses, or where `place_of` does.
    """
    place = place_of(target)
    draft = draft_beside(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if folder is not None and folder.stat().st_dev == place.parent.stat().st_dev:
            draft = folder / draft.name
        yield draft
        draft.replace(place)
    except OSError as error:
        raise OutputError(not_written(target, error)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def draft_beside(target: Path) -> Path:
    """Return a new hidden name beside ``target``."""
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")


def place_of(target: Path) -> Path:
    """Return the file that an output replaces: ``target``, or where it leads as a link.

    Raises `OutputError` for a folder, a device, a pipe or a socket, which a rename would replace by a file.
    """
    try:
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        mode = place.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return place  # making its folder tells what is wrong, where anything is
    except (OSError, ValueError) as error:  # a link that leads to itself; a name with a NUL
        raise OutputError(f"{target} cannot be written ({first_line(error)}); choose another file.") from error
    if not stat.S_ISREG(mode):
        kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
        kind = next((name for is_kind, name in kinds if is_kind(mode)), "a device")
        raise OutputError(f"{target} is {kind} and cannot become a file; choose another name.")
    return place


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, complete or not at all; raises `OutputError`."""
    remove_leftovers(path)
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")


def remove_leftovers(target: Path) -> None:
    """Remove what killed runs left beside ``target``: drafts, named after it and eight digits, and folders that hold nothing but drafts.

    Two runs that write one target at the same time cannot both succeed; the one that began last does.
    """
    place = place_of(target)
    for path in place.parent.glob(f".{glob.escape(place.name)}.*"):
        if not re.fullmatch(DRAFT_ENDS, path.name[len(place.name) + 2 :]) or path.is_symlink():
            continue
        with suppress(OSError):
            if path.is_file():
                path.unlink()
            elif path.is_dir():
                remove_draft_folder(path, place)


def remove_draft_folder(folder: Path, target: Path) -> None:
    """Remove a folder of drafts of ``target`` and of files that go with it (.shx, -wal); one that holds anything else stays."""
    drafts = list(folder.iterdir())
    if all(path.is_file() and not path.is_symlink() and path.name.startswith(target.stem) for path in drafts):
        for path in drafts:
            path.unlink()
        folder.rmdir()


DRAFT_ENDS = r"[0-9a-f]{8}(\.raw|\.vrt|\.cog\.tif(\.ovr\.tmp|\.aux\.xml)?)?"
"""How the names of drafts end, after the target's own name: those of `draft_of`, and those of `raster.write`."""


def not_written(path: Path, error: Exception, *, needed_bytes: int = NO_ROOM_BYTES) -> str:
    """Return the sentence for an output that the system, or a library that writes, refused; ``needed_bytes`` is what it takes at least."""
    if is_full(path, error, needed_bytes):
        return f"{path} cannot be written: the disk is full; free some space or choose another folder."
    reason = getattr(error, "strerror", None) or first_line(error)
    return f"{path} cannot be written ({reason}); choose a folder you may write to."


def is_full(path: Path, error: BaseException, needed_bytes: int = NO_ROOM_BYTES) -> bool:
    """Return True where a failure to write ``path`` comes from a full disk, which libraries put in many ways."""
    if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
        return True
    if re.search(r"no space left|disk is full|disk quota", str(error), re.IGNORECASE):
        return True
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < max(NO_ROOM_BYTES, needed_bytes)
    return False
