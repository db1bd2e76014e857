"""Find the products below a folder by their names and files, without opening them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..base.errors import InputError
from ..raster.read import open_raster
from .formats.container import open_container
from .formats.layout import find_granules
from .formats.stack import SUFFIXES, band_names
from .naming import band_of_file, is_product_name

_PRODUCT_FOLDER = re.compile(r"(\.SAFE|_DTERRENGDATA)$", re.IGNORECASE)
_PRODUCT_FILE = re.compile(r"(manifest\.safe|MTD_MSI.*\.xml|S2._.*_MTD_SAF.*\.xml)$", re.IGNORECASE)


def find_scenes(folder: str | Path) -> list[Path]:
    """Return the path of every product below a folder, sorted; the path of a product gives itself.

    Products are not searched for further products. One that holds several tiles (the naming before December
    2016) is given as its granules, each of which `open_scene` takes. Raises `InputError` where nothing is there.
    """
    start = Path(folder)
    if not start.exists():
        raise InputError(f"{start} does not exist; give a folder of products or a product.")
    if start.is_file():
        return list(_in_file(start)) or [start]
    return sorted(_below(start))


def _below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield the products of a folder; one that cannot be read holds none, and a link to a folder above ends there."""
    try:
        real = folder.resolve()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        files = [entry.name for entry in entries if entry.is_file()]
        folders = [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return
    if real in above:
        return
    if _is_product(folder, files, folders):
        yield from _granules(folder)
        return
    for name in files:
        yield from _in_file(folder / name)
    for name in folders:
        yield from _below(folder / name, above | {real})


def _is_product(folder: Path, files: list[str], folders: list[str]) -> bool:
    if _PRODUCT_FOLDER.search(folder.name) or any(_PRODUCT_FILE.search(name) for name in files):
        return True
    if {name.upper() for name in folders} & {"GRANULE", "IMG_DATA"}:
        return True
    bands = {band[0] for name in files if Path(name).suffix.lower() in {".jp2", *SUFFIXES} and (band := band_of_file(name))}
    return len(bands) > 1


def _granules(product: Path) -> Iterator[Path]:
    """Yield the product, or its granules where it has several."""
    try:
        container, _ = open_container(product)
    except InputError:
        yield product
        return
    granules = find_granules(container)
    if len(granules) > 1:
        yield from (product / granule.folder for granule in granules)
    else:
        yield product


def _in_file(path: Path) -> Iterator[Path]:
    """Yield what products a file is or holds; a broken file named like a product counts, so that opening tells."""
    suffix = path.suffix.lower()
    if suffix == ".zip":
        try:
            container, _ = open_container(path)
            granules = find_granules(container)
        except InputError:
            granules = []
        if len(granules) > 1:
            yield from (path / granule.folder for granule in granules)
        elif granules or is_product_name(path.name):
            yield path
    elif (suffix == ".nc" and is_product_name(path.name)) or (suffix in SUFFIXES and _is_stack(path)):
        yield path


def _is_stack(path: Path) -> bool:
    try:
        with open_raster(path) as dataset:
            return any(band_names(dataset.descriptions)) and not {"uint8", "int8"} & set(dataset.dtypes)
    except InputError:
        return False
