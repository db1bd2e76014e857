"""The work folder of a mosaic: what a run leaves for the next one.

Finished blocks (`parts`), the reduced copy, the cells and the outlines of each scene and the seams lie in it, each with the hash of all
it depends on. A run that broke off goes on from there; a run after an edit makes only what the edit has changed.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..base.drafts import not_written
from ..base.errors import OutputError
from ..regions.rings import SUFFIX
from .products.outputs import MosaicOutputs

log = logging.getLogger(__name__)


def work_folder(outputs: MosaicOutputs) -> Path:
    """Return the folder that was asked for, else a hidden one beside the mosaic, from the root on: workers may run elsewhere."""
    return (outputs.work or outputs.mosaic.with_name(f".{outputs.mosaic.name}.parts")).absolute()


@contextmanager
def open_work_folder(folder: Path) -> Iterator[Path]:
    """Make the folder, try to write into it and yield it; raises `OutputError` before any work is done.

    A folder that is new goes again where a run fails before it has left more in it than the outlines of its polygons.
    """
    new = not folder.exists()
    _try_folder(folder)
    try:
        yield folder
    except BaseException:
        if new and folder.is_dir() and all(path.suffix == SUFFIX for path in folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _try_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{uuid.uuid4().hex[:8]}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(not_written(folder.parent, error)) from error


def tidy(folder: Path, wanted: Iterable[Path]) -> None:
    """Remove parts and outlines that the mosaic no longer has, and what a killed run left half-written."""
    kept = {path.name for path in wanted}
    for path in (*folder.glob("*.part"), *folder.glob(f"*{SUFFIX}"), *folder.glob(".*.????????")):
        if path.name not in kept:
            with suppress(OSError):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
