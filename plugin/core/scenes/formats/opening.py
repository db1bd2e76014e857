"""Open a product of any layout as a `Scene`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from ...base.errors import InputError, first_line
from ...raster.grid import Grid, boxes_meet
from ...raster.read import grid_of, masked_path, open_raster
from ..msi import BANDS
from ..naming import is_product_name, other_sensor, parse_moment, without_suffix
from ..scene import BandFile, Facts, Scene
from .angle_rasters import read_angle_rasters
from .container import Container, open_container
from .facts import facts_of_name, footprint_on, merge_facts, stated_offsets
from .layout import Granule, documents_of, files_below, find_granules, tile_documents
from .metadata import facts_of_xml, kind_of
from .netcdf import open_netcdf
from .stac import band_assets, facts_of_item, facts_of_tile_info, is_item, parse_json
from .stack import SUFFIXES, open_stack
from .xmltree import parse_xml

log = logging.getLogger(__name__)

Document = TypeVar("Document")


def open_scene(path: str | Path) -> Scene:
    """Return the scene of a product: a folder, zip, metadata file or band-stack GeoTIFF.

    Raises `InputError` that names what is missing.
    """
    given = Path(_plain(str(path)))
    if given.suffix.lower() in SUFFIXES:
        if given.is_file():
            return open_stack(given)
        if (archive := next((outer for outer in given.parents if outer.is_file() and outer.suffix.lower() == ".zip"), None)) is not None:
            return open_stack(Path(f"/vsizip/{{{archive.as_posix()}}}/{given.relative_to(archive).as_posix()}"))
    if given.suffix.lower() == ".nc" and given.is_file():
        return open_netcdf(given)
    container, place = open_container(_product_of(given))
    if given.is_dir() and not container.names:
        raise InputError(f"{given} is empty; give the folder of a Sentinel-2 product.")
    place = place or _place_of(given, container)
    granule = _single_granule(given, container, place)
    return _scene_of(given, container, granule, alone=_is_alone(container, granule))


def _plain(path: str) -> str:
    """Return the path that GDAL's own ways of writing one lead to: ``/vsizip/`` and the subdatasets of its driver for Sentinel-2."""
    subdataset = re.fullmatch(r"SENTINEL2_L[12][ABC](?:_TILE)?:(.+?)(?::[0-9A-Za-z]+m?)?(?::EPSG_\d+)?", path)
    text = subdataset[1] if subdataset else path
    inside = (
        re.fullmatch(r"/vsizip/(?:\{(?P<archive>[^}]+)\}|(?P<rest>.+?))(?P<place>/.*)?", text) if text.startswith("/vsizip/{") else None
    )
    if inside:
        return f"{inside['archive']}{inside['place'] or ''}"
    return text.removeprefix("/vsizip/") if text.startswith("/vsizip/") and not text.startswith("/vsizip/vsi") else text


def _product_of(path: Path) -> Path:
    """Return the product's folder for a granule's folder or a metadata file inside it."""
    if not path.exists() or (path.suffix.lower() not in {".xml", ".json", ".safe"} and not path.is_dir()):
        return path
    folder = path if path.is_dir() else path.parent
    for outer in (folder, *list(folder.parents)[:4]):
        if outer.name.upper() == "GRANULE":
            return outer.parent
    return folder


def _place_of(path: Path, container: Container) -> str:
    """Return where in its product a given folder or file lies."""
    folder = path if path.is_dir() or not path.exists() else path.parent
    if container.is_zip or not folder.is_relative_to(container.path):
        return ""
    place = folder.relative_to(container.path).as_posix()
    return "" if place == "." else place


def _single_granule(path: Path, container: Container, place: str) -> Granule:
    granules = find_granules(container, place)
    foreign = next(filter(None, (other_sensor(name) for one in granules for name in one.bands.values())), "") or other_sensor(path.name)
    if foreign:
        raise InputError(f"{path} is of {foreign}, not of Sentinel-2, whose bands have other numbers; give a Sentinel-2 product.")
    if len(granules) == 1:
        return granules[0]
    if len({granule.folder for granule in granules}) == 1 and len(granules) > 1:
        mixed = ", ".join(" ".join(filter(None, granule.acquisition)) or "files that state none" for granule in granules[:6])
        raise InputError(f"{path} mixes the bands of {len(granules)} acquisitions ({mixed}); put those of each into a folder of its own.")
    if granules:
        products = {granule.base for granule in granules}
        names = ", ".join(granule.name if len(products) == 1 else granule.folder for granule in granules[:12])
        raise InputError(f"{path} holds {len(granules)} tiles ({names}); open the folder of one of them.")
    if any(PurePosixPath(name).suffix.lower() in {".xml", ".safe"} for name in container.names):
        raise InputError(f"{path} holds no band files (*_B02.jp2 or the like); fetch the complete product.")
    raise InputError(f"{path} is no Sentinel-2 product: it holds no band files (B02.jp2, B02.tif or the like).")


def _is_alone(container: Container, granule: Granule) -> bool:
    """Return True where the granule's product holds no other tile, so that its name identifies the tile."""
    return sum(other.base == granule.base for other in find_granules(container)) == 1


def _scene_of(path: Path, container: Container, granule: Granule, *, alone: bool) -> Scene:
    item, stated, notes = _read_documents(container, granule)
    bands = dict(granule.bands) | (band_assets(item, files_below(container, granule.base)) if item else {})
    facts = merge_facts([*stated, facts_of_name(_name_of(container, granule, Facts()))])
    name = _name_of(container, granule, facts) if alone else granule.name
    if facts.level not in {"L1C", "L2A", ""}:
        raise InputError(f"{path} is of level {facts.level}, not in map geometry; give the L1C or L2A product.")
    facts = merge_facts([facts, _facts_of_files(granule)])
    files = {band: _band_file(container, bands[band], band, facts) for band in BANDS if band in bands}
    files, grid = _opened(files)
    sun, view = (facts.sun, facts.view) if facts.sun else read_angle_rasters(container, granule.folder, grid)
    known = replace(facts, id=name, sun=sun, view=view)
    scene = Scene.from_facts(known, str(path), files, grid, footprint_on(grid, facts))
    return replace(scene, notes=(*notes, *_assumptions(name, facts)))


def _assumptions(name: str, facts: Facts) -> list[str]:
    """Return what was assumed of a scene: samples since processing baseline 04.00 carry an offset that only metadata tell."""
    since = datetime(2022, 1, 25, tzinfo=UTC)
    if facts.offsets is not None or facts.baseline or facts.sensed is None or facts.sensed < since:
        return []
    return [
        f"Nothing beside the bands of {name} states their radiometric offset, which products since January 2022 have; none was "
        "applied. Give the whole product, or bands with a STAC item."
    ]


def _read_documents(container: Container, granule: Granule) -> tuple[Mapping[str, Any] | None, list[Facts], list[str]]:
    """Return the STAC item, if any, what all documents state, the most trustworthy first, and which are damaged.

    The product knows best, but for the time: its own is that of the whole datatake, the tile's comes first. Raises `InputError`
    for a damaged document where no other states what it may.
    """
    damaged: list[InputError] = []
    item: Mapping[str, Any] | None = None
    ranked: dict[str, list[Facts]] = {"item": [], "User_Product": [], "Tile_ID": [], "DataStrip_ID": [], "info": [], "datatake": []}
    names = documents_of(container, granule)
    if not any(_names_tile_document(name) for name in names):
        names += tile_documents(container, granule.base)
    for name in names:
        shown = f"{container.path}/{name}"
        if name.lower().endswith(".json"):
            document = _kept(partial(parse_json, container.read(name), shown), damaged) or {}
            if is_item(document) and item is None:
                item = document
                ranked["item"].append(facts_of_item(document))
            elif PurePosixPath(name).name in {"tileInfo.json", "productInfo.json"}:
                ranked["info"].append(facts_of_tile_info(document))
            continue
        root = _kept(partial(parse_xml, container.read(name), shown), damaged)
        if root is None:
            continue
        kind, _ = kind_of(root)
        if kind == "Tile_ID":
            ranked[kind].append(facts_of_xml(root))
        elif kind in ranked:
            facts = facts_of_xml(root)
            ranked[kind].append(replace(facts, sensed=None))
            ranked["datatake"].append(Facts(sensed=facts.sensed))
    known = [facts for group in ranked.values() for facts in group]
    if damaged and not any(facts.level and facts.offsets is not None for facts in known):
        raise damaged[0]
    return item, known, [f"{first_line(error)} It was left out; what it alone states, such as angles, is unknown." for error in damaged]


def _kept(parse: Callable[[], Document], damaged: list[InputError]) -> Document | None:
    """Return a parsed document, None for a damaged one, which is noted."""
    try:
        return parse()
    except InputError as error:
        damaged.append(error)
        return None


def _names_tile_document(name: str) -> bool:
    """Return True for a file that is named as tile metadata are."""
    file = PurePosixPath(name).name
    return file in {"MTD_TL.xml", "granule_metadata.xml", "metadata.xml"} or "_MTD_L" in file


def _name_of(container: Container, granule: Granule, facts: Facts) -> str:
    """Return the product's name: that of its folder or zip where it looks like one, else what the metadata say."""
    folder = without_suffix(PurePosixPath(granule.base).name or container.path.name)
    candidates = (folder, without_suffix(container.path.name), facts.id)
    return next((name for name in candidates if is_product_name(name)), folder)


def _band_file(container: Container, name: str, band: str, facts: Facts) -> BandFile:
    return BandFile(
        container.gdal_path(name),
        offset=stated_offsets(facts).get(band, 0.0),
        scale=(facts.scales or {}).get(band, 1e-4),
    )


def _facts_of_files(granule: Granule) -> Facts:
    """Return what the names of band files state of tile and time."""
    tile, time = granule.acquisition
    return Facts(tile=tile, sensed=parse_moment(time))


def _opened(files: Mapping[str, BandFile]) -> tuple[dict[str, BandFile], Grid]:
    """Return the files, as they are to be read, and the grid of the finest band.

    Every file is opened, so that a missing or broken one is known now. Raises `InputError` for bands of another CRS or place.
    """
    grids: dict[str, Grid] = {}
    shown: dict[str, BandFile] = {}
    for band, file in files.items():
        with open_raster(file.path) as dataset:
            grids[band] = grid_of(dataset)
            shown[band] = replace(file, path=masked_path(file.path, dataset))
    finest = min(grids.values(), key=lambda grid: grid.pixel_m)
    for band, grid in grids.items():
        if not boxes_meet(grid.bounds_in(finest.crs), finest.bounds):
            raise InputError(f"{files[band].path} lies apart from the other bands ({grid.crs}); it is of another tile, leave it out.")
    return shown, finest
