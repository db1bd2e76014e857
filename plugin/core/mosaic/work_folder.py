"""The work folder of a mosaic: what a run leaves for the next one.

Finished blocks (`parts`), the reduced copy, the cells and the outlines of each scene and the seams lie in it, each with the hash of all
it depends on. A run that broke off goes on from there; a run after an edit makes only what the edit has changed. The folder is
the product's own and says so by a marker; in it only files of names that a run gives are ever removed, everything else stays.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..base.drafts import not_written
from ..base.errors import OutputError
from .products.outputs import MosaicOutputs

OWN_FOLDER = "skyfri-work"
"""Name of the folder in the one that the user names."""
MARKER = "MADE-BY-SKYFRI.txt"
"""File that tells a folder of ours."""
_WORDS = "Skyfri keeps here what the next run of a mosaic can use. The folder may be deleted; nothing else should be put into it.\n"

_KEPT_NAMES = re.compile(
    r"\d{5}_\d{5}(\.rgb)?\.part|[0-9a-f]{16}\.([0-9a-f]{16}|none)\.outline|[0-9a-f]{16}\.[0-9a-f]{16}\.means\.tif(\.sha256)?"
    r"|[0-9a-f]{16}\.cells\.npz|labels\.npz|source\.tif"
)
"""What a run calls the files that it leaves."""
_DRAFT = re.compile(r"\.(?P<target>.+)\.[0-9a-f]{8}")
_SPOOL = re.compile(r"\.outlines\.[0-9a-f]{8}")


def work_folder(outputs: MosaicOutputs) -> Path:
    """Return our folder in the one that was asked for, else a hidden one beside the mosaic, from the root on: workers may run elsewhere."""
    hidden = outputs.mosaic.with_name(f".{outputs.mosaic.name}.parts")
    return (outputs.work / OWN_FOLDER if outputs.work else hidden).absolute()


@contextmanager
def open_work_folder(folder: Path) -> Iterator[Path]:
    """Make the folder, try to write into it and yield it; raises `OutputError` before any work is done.

    One that the user named may hold nothing but ours when it is first used. A folder that is new goes again where a run fails
    before it has left more in it than the outlines of its polygons.
    """
    named = folder.name == OWN_FOLDER
    new = not folder.exists()
    _refuse_foreign(folder.parent if named else folder, folder / MARKER)
    made = [place for place in (folder, folder.parent) if not place.exists()]
    _try_folder(folder)
    try:
        yield folder
    except BaseException:
        if new and all(path.name == MARKER or path.suffix == ".outline" for path in folder.iterdir()):
            clear(folder)
            for place in made:
                with suppress(OSError):
                    place.rmdir()
        raise


def _refuse_foreign(place: Path, marker: Path) -> None:
    """Raise `OutputError` for a folder that holds something and has no marker of ours."""
    try:
        foreign = next((path.name for path in place.iterdir()), "") if place.exists() and not marker.is_file() else ""
    except OSError as error:
        raise OutputError(not_written(place, error)) from error
    if foreign:
        raise OutputError(
            f"The work folder {place} holds files that are not Skyfri's ({foreign}); choose an empty folder, or one of an earlier run."
        )


def _try_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{uuid.uuid4().hex[:8]}"
        probe.write_bytes(b"")
        probe.unlink()
        marker = folder / MARKER
        if not marker.exists():
            marker.write_text(_WORDS, encoding="utf-8")
    except OSError as error:
        raise OutputError(not_written(folder.parent, error)) from error


def tidy(folder: Path, wanted: Iterable[Path], products: Iterable[str] = ()) -> None:
    """Remove parts and outlines that the mosaic no longer has, and what a killed run left half-written.

    ``products`` are the names of the files whose drafts may lie here.
    """
    kept = {path.name for path in wanted}
    for path in list(folder.iterdir()):
        if path.suffix in {".part", ".outline"} and _KEPT_NAMES.fullmatch(path.name) and path.name not in kept:
            _remove_file(path)
    remove_drafts(folder, products)


def remove_drafts(folder: Path, products: Iterable[str] = ()) -> None:
    """Remove what a killed run left half-written in a folder of ours, by the names that runs give."""
    targets = set(products)
    for path in list(folder.iterdir()):
        draft = _DRAFT.fullmatch(path.name)
        if draft and (draft["target"] in targets | {"probe"} or _KEPT_NAMES.fullmatch(draft["target"])):
            _remove_file(path)
        elif _SPOOL.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            for points in list(path.iterdir()):
                if re.fullmatch(r"[0-9a-f]{16}", points.name):
                    _remove_file(points)
            with suppress(OSError):
                path.rmdir()


def clear(folder: Path, products: Iterable[str] = ()) -> None:
    """Remove all that runs have left in a folder of ours, and the folder where nothing else is in it."""
    remove_drafts(folder, products)
    for path in list(folder.iterdir()):
        if path.name == MARKER or _KEPT_NAMES.fullmatch(path.name):
            _remove_file(path)
    with suppress(OSError):
        folder.rmdir()


def _remove_file(path: Path) -> None:
    """Remove a file; a folder or a link of that name is not ours."""
    if path.is_file() and not path.is_symlink():
        with suppress(OSError):
            path.unlink()
