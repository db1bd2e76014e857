"""A product's files, in a folder or in a zip that is read in place, never unpacked."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...base.errors import InputError

MAX_FILES = 20_000
"""More files than any product has: someone gave a disk instead of a product."""
MAX_DEPTH = 8
"""Folders below the one given; products are at most five deep."""
MAX_METADATA_BYTES = 64_000_000
"""No metadata file comes near; a larger one is hostile or damaged."""


@dataclass(frozen=True)
class Container:
    """Files below a folder or inside a zip."""

    path: Path
    """The folder or the zip file."""
    names: tuple[str, ...]
    """Relative paths of all files, ``/`` between parts, sorted."""
    is_zip: bool
    """True for a zip."""

    def gdal_path(self, name: str) -> str:
        """Return the path by which GDAL opens the file ``name``."""
        return f"/vsizip/{{{self.path.as_posix()}}}/{name}" if self.is_zip else str(self.path / name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a small file; raises `InputError` where it is damaged or too large to be metadata."""
        shown = f"{self.path}/{name}"
        try:
            if self.is_zip:
                with zipfile.ZipFile(self.path) as archive, archive.open(name) as stream:
                    data = stream.read(MAX_METADATA_BYTES + 1)
            else:
                with (self.path / name).open("rb") as stream:
                    data = stream.read(MAX_METADATA_BYTES + 1)
        except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
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
            return Container(outer, _list_zip(outer), is_zip=True), "" if place == "." else place
    raise InputError(f"{path} does not exist; give a product's folder, zip or metadata file.")


def _list_zip(path: Path) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InputError(f"{path} is no readable zip ({error}); the download is probably incomplete, fetch it again.") from error
    return tuple(sorted(name.replace("\\", "/") for name in names if ".." not in PurePosixPath(name).parts))


def _list_folder(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    try:
        os.scandir(path).close()
        for folder, folders, files in os.walk(path):
            place = Path(folder).relative_to(path)
            if len(place.parts) >= MAX_DEPTH:
                folders.clear()
            folders.sort()
            names.extend((place / file).as_posix() for file in files)
            if len(names) > MAX_FILES:
                raise InputError(f"{path} holds more than {MAX_FILES} files and is no product; give the folder of one product.")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    return tuple(sorted(names))
