"""A product's files, in a folder or in a zip that is read in place, never unpacked."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...base.errors import InputError, first_line

MAX_FILES = 20_000
"""More files than any product has: someone gave a disk instead of a product."""
MAX_DEPTH = 8
"""Folders below the one given; products are at most five deep."""
MAX_METADATA_BYTES = 64_000_000
"""No metadata file comes near; a larger one is hostile or damaged."""

_DAMAGED = (
    OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, EOFError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""What reading a damaged member of a zip raises."""


@dataclass(frozen=True)
class Container:
    """Files below a folder or inside a zip."""

    path: Path
    """The folder or the zip file."""
    names: tuple[str, ...]
    """Relative paths of all files, ``/`` between parts, sorted."""
    is_zip: bool
    """True for a zip."""
    stored: Mapping[str, str] = field(default_factory=dict)
    """Name to the one that the zip itself holds, where that differs: older programs write ``\\`` between parts."""

    def gdal_path(self, name: str) -> str:
        """Return the path by which GDAL opens the file ``name``."""
        return f"/vsizip/{{{self.path.as_posix()}}}/{name}" if self.is_zip else str(self.path / name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a small file; raises `InputError` where it is damaged or too large to be metadata."""
        shown = f"{self.path}/{name}"
        try:
            if self.is_zip:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.stored.get(name, name)) as stream:
                    data = stream.read(MAX_METADATA_BYTES + 1)
            else:
                with (self.path / name).open("rb") as stream:
                    data = stream.read(MAX_METADATA_BYTES + 1)
        except (
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            KeyError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ) as error:
            raise InputError(f"{shown} cannot be read ({error}); fetch the product again.") from error
        if len(data) > MAX_METADATA_BYTES:
            raise InputError(
                f"{shown} is larger than {MAX_METADATA_BYTES // 10**6} MB and cannot be product metadata; fetch the product again."
            )
        return data


def open_container(path: Path) -> tuple[Container, str]:
    """Return the container that holds ``path`` and the place within it.

    A folder or a zip holds itself at the place ``""``; ``product.zip/X.SAFE/GRANULE/Y`` is a place in a zip.
    Raises `InputError` for what is absent, unreadable, or no zip.
    """
    if path.is_dir():
        return Container(path, _list_folder(path), is_zip=False), ""
    for outer in (path, *path.parents):
        if outer.is_file():
            place = path.relative_to(outer).as_posix()
            stored = _list_zip(outer)
            renamed = {name: kept for name, kept in stored.items() if name != kept}
            return Container(outer, tuple(sorted(stored)), is_zip=True, stored=renamed), "" if place == "." else place
    raise InputError(f"{path} does not exist; give a product's folder, zip or metadata file.")


def _list_zip(path: Path) -> dict[str, str]:
    """Return the files of a zip, ``/`` between parts, and the name under which each is stored."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.filelist) > MAX_FILES:
                raise InputError(f"{path} holds more than {MAX_FILES} files and is no product; give the zip of one product.")
            names = [entry.orig_filename for entry in archive.infolist() if not entry.is_dir() and not entry.filename.endswith("\\")]
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        remedy = (
            "the download is probably incomplete, fetch it again" if path.suffix.lower() == ".zip" else "give a product's folder or zip"
        )
        raise InputError(f"{path} is no readable zip ({first_line(error)}); {remedy}.") from error
    shown = {name.replace("\\", "/"): name for name in names if "\0" not in name}
    return {name: kept for name, kept in shown.items() if ".." not in PurePosixPath(name).parts and not name.startswith("/")}


def _list_folder(path: Path) -> tuple[str, ...]:
    """Return the regular files below a folder; links are followed, and one that leads to a folder above ends there."""
    names: list[str] = []
    try:
        os.scandir(path).close()
        for folder, place in _folders_below(path, PurePosixPath(), frozenset()):
            with os.scandir(folder) as entries:
                names.extend((place / entry.name).as_posix() for entry in entries if entry.is_file())
            if len(names) > MAX_FILES:
                raise InputError(f"{path} holds more than {MAX_FILES} files and is no product; give the folder of one product.")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    return tuple(sorted(names))


def _folders_below(folder: Path, place: PurePosixPath, above: frozenset[Path]) -> Iterator[tuple[Path, PurePosixPath]]:
    """Yield a folder and those below it with their places, as deep as products go."""
    real = folder.resolve()
    if real in above:
        return
    yield folder, place
    if len(place.parts) >= MAX_DEPTH:
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return  # one that may not be read holds nothing
    for name in names:
        yield from _folders_below(folder / name, place / name, above | {real})
