"""Read what the names of Sentinel-2 products and bands state."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from .msi import named_bands

_NAMED = named_bands()
_FILE_BAND = re.compile(r"(?:^|[_.-])(B(?:0?[1-9]|1[0-2]|8A))(?:_(10|20|60)m)?$", re.IGNORECASE)
_TEXT_BAND = re.compile(r"(?<![A-Za-z0-9])(?:B|band[ _-]?)0?([1-9]|1[0-2]|8A)(?![A-Za-z0-9])", re.IGNORECASE)
_COMPACT = re.compile(
    r"^(?P<platform>S2[A-Z])_MSI(?P<level>L[12][ABC])_(?P<sensed>\d{8}T\d{6})_N(?P<baseline>\d{4})_R(?P<orbit>\d{3})_T(?P<tile>\d{2}[A-Z]{3})"
)
_CATALOGUE = re.compile(
    r"^(?P<platform>S2[A-Z])_T?(?P<tile>\d{2}[A-Z]{3})_(?P<day>\d{8})(?:T(?P<time>\d{6}))?(?:_\d+)?_(?P<level>L[12][ABC])"
)
_TILE = re.compile(r"_T(\d{2}[A-Z]{3})(?=[_.]|$)")
_LEVEL = re.compile(r"(?:MSI_?|_)(L[12][ABC])(?=[_.]|$)")
_BASELINE = re.compile(r"_N(\d{2})\.?(\d{2})(?=[_.]|$)")
_ORBIT = re.compile(r"_R(\d{3})(?=[_.]|$)")
_SUFFIX = re.compile(r"(\.SAFE|\.zip|\.tar|\.nc)+$", re.IGNORECASE)

LONGEST_STEM = 120
"""Characters of an id that a file name keeps; with what is added it stays below the 255 bytes that file systems take."""
RESERVED_NAMES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""Devices of Windows, whatever follows their first dot."""


@dataclass(frozen=True)
class ProductName:
    """What the name of a product or granule states; empty where it is silent."""

    platform: str = ""
    """``S2A``, ``S2B``, ..."""
    level: str = ""
    """``L1C`` or ``L2A`` (``L1A`` and ``L1B`` occur and are refused by the reader)."""
    sensed: datetime | None = None
    """Datatake start, UTC; None in the long names. Names in catalogues of cloud-optimised copies may state the day alone."""
    baseline: str = ""
    """Processing baseline such as ``05.10``."""
    relative_orbit: int | None = None
    """1 to 143."""
    tile: str = ""
    """MGRS tile such as ``33TWM``."""


def parse_product_name(name: str) -> ProductName:
    """Return what a name says: in the compact form of 2016, that of catalogues, or the long one before both.

    ``S2B_MSIL2A_20230810T100559_N0509_R022_T33TWM_20230810T132804``, ``S2B_33TWM_20230810_0_L2A`` or
    ``S2B_T33TWM_20230810T100609_L2A``, ``S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_T32VNM_N02.02``.
    """
    match = _COMPACT.match(name)
    if match:
        return ProductName(
            platform=match["platform"],
            level=match["level"],
            sensed=parse_moment(match["sensed"]),
            baseline=f"{match['baseline'][:2]}.{match['baseline'][2:]}",
            relative_orbit=int(match["orbit"]),
            tile=match["tile"],
        )
    match = _CATALOGUE.match(name)
    if match:
        moment = f"{match['day']}T{match['time'] or '000000'}"
        return ProductName(match["platform"], match["level"], parse_moment(moment), tile=match["tile"])
    tile, level, baseline, orbit = (pattern.search(name) for pattern in (_TILE, _LEVEL, _BASELINE, _ORBIT))
    return ProductName(
        platform=name[:3] if is_product_name(name) else "",
        level=level[1] if level else "",
        baseline=f"{baseline[1]}.{baseline[2]}" if baseline else "",
        relative_orbit=int(orbit[1]) if orbit else None,
        tile=tile[1] if tile else "",
    )


def parse_moment(text: str) -> datetime | None:
    """Return the UTC time that ``20230810T104629``, ``20230810``, ``2023222T104629`` or ``2023222`` states, None for no such time."""
    day, _, hour = text.partition("T")
    form = {8: "%Y%m%d", 7: "%Y%j"}.get(len(day))
    try:
        return None if form is None else datetime.strptime(f"{day}{hour or '000000'}", f"{form}%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def is_product_name(name: str) -> bool:
    """Return True for a name that begins as those of Sentinel-2 products do."""
    return re.match(r"S2[A-Z]_", name) is not None


def file_stem(scene_id: str) -> str:
    """Return what files of a scene are called, on any system: the id where it serves as a name, else what is left of it and its digest.

    The one place where a name from outside becomes part of a path: it stays in its folder, and different ids get different names.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", scene_id)[:LONGEST_STEM]
    if plain == scene_id and plain[:1] not in {"", ".", "-"} and plain.split(".")[0].upper() not in RESERVED_NAMES:
        return plain
    digest = hashlib.sha256(scene_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{plain.lstrip('.-')}-{digest}" if plain.strip("._-") else f"scene-{digest}"


_ACQUISITION = re.compile(r"(?:^|[_.-])T?(?P<tile>\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])[_.](?P<time>\d{7,8}(?:T\d{6})?)(?=[_.])")
_OTHER_SENSORS = (
    (re.compile(r"(?:^|[/_.])L[CEOT]0[1-9]_|(?:^|[/ ])(?:SR|ST|TOA)_B\d", re.IGNORECASE), "Landsat"),
    (re.compile(r"(?:^|/)HLS\.L30\.", re.IGNORECASE), "the Landsat part of HLS"),
    (re.compile(r"(?:^|/)(?:MOD|MYD|VNP|VJ1)\d{2}[A-Z]{1,2}\d?\.", re.IGNORECASE), "MODIS or VIIRS"),
    (re.compile(r"(?:^|/)S(?:1[A-D]|3[A-D]|5P)_", re.IGNORECASE), "another Sentinel"),
)
"""What names of other sensors' files hold; their bands are numbered otherwise."""


def acquisition_of(path: str) -> tuple[str, str]:
    """Return the tile and the time of sensing, as written, that a band file's name states; empty where it is silent.

    ``T32VNM_20230810T104629_B02_10m.jp2``, ``S2B_33TWM_20230810_0_L2A_B02.tif``, ``HLS.S30.T32VNM.2023222T104629.v2.0.B02.tif``.
    """
    match = _ACQUISITION.search(PurePosixPath(path).name)
    return (match["tile"], match["time"]) if match else ("", "")


def other_sensor(name: str) -> str:
    """Return the sensor that a name of a file, folder or band tells where it is not Sentinel-2's, else empty."""
    return next((sensor for pattern, sensor in _OTHER_SENSORS if pattern.search(name)), "")


def without_suffix(name: str) -> str:
    """Return a product's name without ``.SAFE``, ``.zip`` and the like."""
    return _SUFFIX.sub("", name)


def band_of_file(path: str) -> tuple[str, int] | None:
    """Return (band, nominal metres, 0 where unnamed) of a band file, None for any other file.

    Quality masks (``MSK_DETFOO_B04.jp2``) and previews are no bands though their names hold one.
    """
    file = PurePosixPath(path)
    folders = {part.upper() for part in file.parts[:-1]}
    if file.name.upper().startswith("MSK_") or folders & {"QI_DATA", "QI", "AUX_DATA", "AUXILIARY", "PREVIEW", "HTML"}:
        return None
    match = _FILE_BAND.search(file.stem)
    if match:
        return normal_band(match[1]), int(match[2] or _nominal_of(file))
    common = _NAMED.get(file.stem.lower())
    return (common, _nominal_of(file)) if common else None


def _nominal_of(file: PurePosixPath) -> int:
    match = re.fullmatch(r"R(10|20|60)m", file.parent.name, re.IGNORECASE)
    return int(match[1]) if match else 0


def normal_band(text: str) -> str:
    """Return ``B02`` or the like for ``B2``, ``b02``, ``Blue (band 2)``, ``blue``; empty where none or several fit."""
    found = {_spell(match) for match in _TEXT_BAND.findall(text)}
    if len(found) == 1:
        return found.pop()
    return "" if found else _NAMED.get(text.strip().lower().replace("_", "").replace(" ", ""), "")


def _spell(number: str) -> str:
    return "B8A" if number.upper() == "8A" else f"B{int(number):02d}"
