"""Read the XML documents of ESA's products: product, datastrip and tile metadata."""

from __future__ import annotations

import re
from dataclasses import replace

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from ..msi import BANDS
from ..naming import without_suffix
from ..scene import Facts
from .angle_grids import parse_angles
from .facts import by_band, facts_of_name, parse_time
from .xmltree import Element, numbers_of, text_of

_DOCUMENT = re.compile(r"Level-(?P<level>[0-9][ABC]p?)_(?P<kind>User_Product|Tile_ID|DataStrip_ID|Datastrip_ID|Granule_ID)")


def kind_of(root: Element) -> tuple[str, str]:
    """Return (kind, level) of a document, such as ``("Tile_ID", "L1C")``; empty for a document of another sort."""
    match = _DOCUMENT.fullmatch(root.tag)
    return (match["kind"].replace("Datastrip", "DataStrip"), f"L{match['level'][:2]}") if match else ("", "")


def facts_of_xml(root: Element) -> Facts:
    """Return what a product, datastrip or tile document states."""
    kind, level = kind_of(root)
    if kind == "Tile_ID":
        return _tile_facts(root, level)
    facts = _acquisition_facts(root, level)
    return facts if kind == "User_Product" else replace(facts, id="", footprint=None, offsets=facts.offsets or None)


def _acquisition_facts(root: Element, level: str) -> Facts:
    datatake = next((e.get("datatakeIdentifier", "") for e in root.iter() if e.get("datatakeIdentifier")), "")
    spacecraft = re.search(r"2([A-Z])$", text_of(root, "SPACECRAFT_NAME"))
    orbit = text_of(root, "SENSING_ORBIT_NUMBER")
    uri = without_suffix(text_of(root, "PRODUCT_URI") or text_of(root, "PRODUCT_URI_2A"))
    named = facts_of_name(uri)
    return Facts(
        id=uri,
        sensed=parse_time(text_of(root, "PRODUCT_START_TIME")) or parse_time(text_of(root, "DATATAKE_SENSING_START")),
        tile=named.tile,
        platform=f"S2{spacecraft[1]}" if spacecraft else named.platform,
        relative_orbit=int(orbit) if orbit.isdigit() else named.relative_orbit,
        datatake=datatake,
        level=level,
        baseline=text_of(root, "PROCESSING_BASELINE"),
        offsets=_offsets(root, level),
        scales=_scales(root, level),
        footprint=_footprint(root),
        footprint_crs="EPSG:4326",
    )


def _tile_facts(root: Element, level: str) -> Facts:
    tile_id = text_of(root, "TILE_ID") or text_of(root, "TILE_ID_2A")
    named = facts_of_name(tile_id)
    sun, view = parse_angles(root)
    return Facts(
        sensed=parse_time(text_of(root, "SENSING_TIME")),
        tile=named.tile,
        platform=named.platform,
        baseline=named.baseline,
        level=level,
        sun=sun,
        view=view,
    )


def _offsets(root: Element, level: str) -> dict[str, float]:
    """Return the offset of each band; the products before baseline 04.00 list none, and none is to be applied."""
    tag = "BOA_ADD_OFFSET" if level == "L2A" else "RADIO_ADD_OFFSET"
    listed = ((e.get("band_id") or e.get("bandId") or "", value) for e, value in numbers_of(root, tag))
    return by_band({int(index): value for index, value in listed if index.isdigit()})


def _scales(root: Element, level: str) -> dict[str, float] | None:
    tags = ("BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE", "QUANTIFICATION_VALUE")
    for tag in tags if level == "L2A" else tags[::-1]:
        for _, value in numbers_of(root, tag):
            if value > 0:
                return dict.fromkeys(BANDS, 1 / value)
    return None


def _footprint(root: Element) -> BaseGeometry | None:
    """Return the product's footprint, longitude before latitude; the document lists latitude first."""
    rings = []
    for element in root.iter("EXT_POS_LIST"):
        try:
            numbers = [float(word) for word in (element.text or "").split()]
        except ValueError:
            continue
        ring = [(lon, lat) for lat, lon in zip(numbers[::2], numbers[1::2], strict=False)]
        if len(ring) >= 4:
            rings.append(Polygon(ring))
    return shapely.MultiPolygon(rings) if rings else None
