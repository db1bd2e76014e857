"""What may be opened as a raster or layer: files, by the drivers that scenes can be, and nothing that leads elsewhere.

GDAL tells a driver by content, not by name: a file called B02.jp2 may be a virtual raster that reads any other file, or the network.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from ..base.errors import InputError, UnsafeInputError

RASTER_DRIVERS = ("GTiff", "JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID", "JPEG2000", "netCDF", "HFA", "ENVI", "PNG", "JPEG", "VRT")
"""Drivers by which rasters are opened; a virtual raster is one of ours, or one that the user named."""
HEIGHT_DRIVERS = (*RASTER_DRIVERS, "SRTMHGT", "DTED", "AAIGrid", "EHdr", "USGSDEM")
"""Drivers that elevation models may be read by as well."""
DEEPEST_VIRTUAL = 4
"""Virtual rasters inside one another."""
MOST_SOURCES = 20_000
"""Files behind one virtual raster."""
LARGEST_VIRTUAL_BYTES = 64_000_000
"""No virtual raster of a country comes near."""
_NETWORK = re.compile(
    r"^(?:/vsi(?!zip/|tar/|gzip/|mem/|subfile/|sparse/)|[a-z][a-z0-9+.-]{2,}://|WM[ST]S?:|WCS:|PG:|MYSQL:|WFS:)", re.IGNORECASE
)
_SOURCE = re.compile(rb"<(?:SourceFilename|SourceDataset|SrcDataSource|OverviewFile|SourceVRT)([^>]*)>([^<]*)<")
_VIRTUAL = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?<(?:VRTDataset|OGRVRTDataSource|GDAL_WMS|WMS_Tile|GDAL_WMTS)", re.IGNORECASE)


def check_file(path: str) -> None:
    """Raise `InputError` for a network address, a device, a pipe or a socket: opening one would wait, or send something."""
    if path.startswith("<"):
        return
    if _NETWORK.match(path):
        raise InputError(f"{path[:200]} lies on the network; download it, or mount it as a folder.")
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return  # absent, inside an archive, or a subdataset: opening it tells
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(f"{path} is a device, a pipe or a socket; give a file.")


def is_virtual(path: str) -> bool:
    """Return True for a file whose content is a virtual raster or layer, whatever it is called."""
    try:
        with Path(path).open("rb") as file:
            return _VIRTUAL.match(file.read(1024)) is not None
    except (OSError, ValueError):
        return False


def check_virtual(path: str, depth: int = 0) -> None:
    """Raise `UnsafeInputError` for a virtual raster or layer that leads to the network, to what is no file, or too deep.

    Only one that the user named, with a name that says so (.vrt), may be opened at all.
    """
    check_file(path)
    if not is_virtual(path):
        return
    if not path.lower().endswith(".vrt"):
        raise UnsafeInputError(f"{path} is a virtual raster by another name; give the file itself, or call it .vrt where you trust it.")
    if depth >= DEEPEST_VIRTUAL:
        raise UnsafeInputError(f"{path} lies behind more than {DEEPEST_VIRTUAL} virtual rasters; give a file nearer to the samples.")
    for source in sources_of(path):
        if _NETWORK.match(source):
            raise UnsafeInputError(f"{path} reads {source[:200]} from the network; download it first.")
        check_virtual(source, depth + 1)


def sources_of(path: str) -> list[str]:
    """Return the files that a virtual raster or layer names, absolute; raises `UnsafeInputError` for too many."""
    if Path(path).stat().st_size > LARGEST_VIRTUAL_BYTES:
        raise UnsafeInputError(f"{path} is larger than {LARGEST_VIRTUAL_BYTES // 10**6} MB; it is no virtual raster of scenes.")
    found = []
    for attributes, name in _SOURCE.findall(Path(path).read_bytes()):
        text = name.decode("utf-8", "replace").replace("&amp;", "&").strip()
        if text:
            relative = re.search(rb"""relativeTo[A-Za-z]+=["']1["']""", attributes)
            found.append(str(Path(path).absolute().parent / text) if relative else text)
    if len(found) > MOST_SOURCES:
        raise UnsafeInputError(f"{path} names more than {MOST_SOURCES} files; give them in parts.")
    return list(dict.fromkeys(found))
