"""Arrays in files of their own, read back only where they are whole."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from .drafts import draft_of

log = logging.getLogger(__name__)

DAMAGED = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error)
"""What reading a damaged file of arrays raises."""


def write_arrays(path: Path, *, compressed: bool = False, **arrays: np.ndarray) -> None:
    """Write named arrays, by rename when complete; raises `OutputError`."""
    with draft_of(path) as draft, draft.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)


def read_arrays(path: Path, names: Iterable[str]) -> dict[str, np.ndarray] | None:
    """Return arrays that `write_arrays` wrote, None where the file is missing, damaged or lacks one."""
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in names}
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        log.warning("%s is damaged (%s) and is made again", path, error)
        return None
