"""Find the bands and documents of one tile among a product's files.

SAFE folders (old and compact naming, DTERRENGDATA without a manifest), the AWS layout and folders of band files
differ only in their folders, so one rule serves all: files whose names end in a band, grouped by granule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..naming import acquisition_of, band_of_file
from .container import Container

_RASTERS = {".jp2", ".tif", ".tiff"}
_IMAGE_FOLDERS = {"IMG_DATA", "R10M", "R20M", "R60M"}


@dataclass(frozen=True)
class Granule:
    """The files of one tile inside a container."""

    base: str
    """Folder of the product, ``""`` for the container itself."""
    folder: str
    """Folder of the tile; the same as ``base`` where there is no ``GRANULE``."""
    bands: Mapping[str, str]
    """Band to file, the file of the finest nominal resolution where there are several."""

    acquisition: tuple[str, str] = ("", "")
    """Tile and time of sensing that the names of its files state, empty where they are silent."""

    @property
    def name(self) -> str:
        """Name of the tile's folder."""
        return PurePosixPath(self.folder).name


def find_granules(container: Container, place: str = "") -> list[Granule]:
    """Return the tiles whose files lie at or below ``place``, sorted."""
    files: dict[tuple[str, str], dict[tuple[str, str], dict[str, tuple[int, str]]]] = defaultdict(lambda: defaultdict(dict))
    for name in container.names:
        file = PurePosixPath(name)
        band = band_of_file(name)
        if band is None or file.suffix.lower() not in _RASTERS or not _is_below(name, place):
            continue
        bands = files[_home_of(file)][acquisition_of(name)]
        candidate = (band[1] or 1000, name)
        bands[band[0]] = min(bands.get(band[0], candidate), candidate)
    return [
        Granule(*home, {band: name for band, (_, name) in sorted(bands.items())}, stated)
        for home, acquisitions in sorted(files.items())
        for stated, bands in sorted(_united(acquisitions).items())
    ]


def _united(acquisitions: dict[tuple[str, str], dict[str, tuple[int, str]]]) -> dict[tuple[str, str], dict[str, tuple[int, str]]]:
    """Return bands by acquisition, with files whose names state none given to the only one that others state."""
    stated = [one for one in acquisitions if any(one)]
    if len(stated) != 1 or len(acquisitions) == 1:
        return acquisitions
    silent = acquisitions.get(("", ""), {})
    return {stated[0]: {**silent, **acquisitions[stated[0]]}}


def documents_of(container: Container, granule: Granule) -> list[str]:
    """Return the XML and JSON files that may speak of a granule: its own, its product's, its datastrip's."""
    own, product, strips = [], [], []
    for name in container.names:
        file = PurePosixPath(name)
        if file.suffix.lower() not in {".xml", ".json"} or file.name.endswith(".aux.xml") or file.name.upper() == "INSPIRE.XML":
            continue
        folder = _text(file.parent)
        if folder == granule.folder:
            own.append(name)
        elif folder == granule.base:
            product.append(name)
        elif _is_datastrip(file, granule.base):
            strips.append(name)
    return [*own, *product, *strips]


def files_below(container: Container, folder: str) -> list[str]:
    """Return the files at or below a folder of the container."""
    return [name for name in container.names if _is_below(name, folder)]


def tile_documents(container: Container, base: str) -> list[str]:
    """Return every tile document below a product, for granules whose own folder lacks one."""
    return [name for name in files_below(container, base) if PurePosixPath(name).name == "MTD_TL.xml"]


def _home_of(file: PurePosixPath) -> tuple[str, str]:
    """Return (product folder, granule folder) of a band file."""
    parts = list(file.parts[:-1])
    marks = [index for index, part in enumerate(parts) if part.upper() == "GRANULE"]
    if marks:
        return "/".join(parts[: marks[-1]]), "/".join(parts[: marks[-1] + 2])
    while parts and parts[-1].upper() in _IMAGE_FOLDERS:
        parts.pop()
    return "/".join(parts), "/".join(parts)


def _is_datastrip(file: PurePosixPath, base: str) -> bool:
    if not _is_below(str(file), base):
        return False
    folders = [part.upper() for part in file.relative_to(base or ".").parts[:-1]]
    return 1 <= len(folders) <= 2 and folders[0] == "DATASTRIP" and folders[-1] not in {"QI_DATA", "QI"}


def _is_below(name: str, place: str) -> bool:
    return not place or name == place or name.startswith(f"{place}/")


def _text(folder: PurePosixPath) -> str:
    return "" if str(folder) == "." else str(folder)
