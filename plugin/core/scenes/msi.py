"""The thirteen bands of the instrument MSI: all that the code has to know of them, in one table.

References
----------
ESA, Sentinel-2 User Handbook (2015), for wavelengths and ground sampling; STAC extension eo 1.1.0 for the names that are
written, and 2.0.0 for those that are read as well; Roy et al. (2016), doi:10.1016/j.rse.2016.01.023 for the kernel
parameters, and Roy et al. (2017), doi:10.3390/rs9121325 for those of the red edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_BLUE, _INFRARED, _SHORTWAVE = (0.0774, 0.0372, 0.0079), (0.3093, 0.1535, 0.0330), (0.3430, 0.1154, 0.0453)
"""Kernel parameters of B02, B08 and B11, which stand for bands without published ones that are near in wavelength."""


@dataclass(frozen=True)
class MsiBand:
    """One band of the instrument."""

    common_name: str
    """What catalogues call it; three bands of the red edge share one name."""
    wavelength_nm: int
    """Central wavelength."""
    ground_sampling_m: int
    """Ground sampling distance."""
    kernels: tuple[float, float, float]
    """Isotropic, volumetric and geometric parameter of land's reflectance, for the normalisation of the view."""
    colour: str = ""
    """Colour in charts, ``#rrggbb``, that recalls the wavelength; empty where none is shown."""
    also: tuple[str, ...] = ()
    """Other names that are read."""


MSI: Mapping[str, MsiBand] = {
    "B01": MsiBand("coastal", 443, 60, _BLUE),
    "B02": MsiBand("blue", 490, 10, _BLUE, "#3d6fb6"),
    "B03": MsiBand("green", 560, 10, (0.1306, 0.0580, 0.0178), "#3a8f4d"),
    "B04": MsiBand("red", 665, 10, (0.1690, 0.0574, 0.0227), "#c23b3b"),
    "B05": MsiBand("rededge", 705, 20, (0.2085, 0.0845, 0.0256), "#b0566f", ("rededge1", "rededge071")),
    "B06": MsiBand("rededge", 740, 20, (0.2316, 0.1003, 0.0273), "#99517f", ("rededge2", "rededge075")),
    "B07": MsiBand("rededge", 783, 20, (0.2599, 0.1197, 0.0294), "#80508c", ("rededge3", "rededge078")),
    "B08": MsiBand("nir", 842, 10, _INFRARED, "#67488f"),
    "B8A": MsiBand("nir08", 865, 20, _INFRARED, "#524085"),
    "B09": MsiBand("nir09", 945, 60, _INFRARED),
    "B10": MsiBand("cirrus", 1375, 60, _SHORTWAVE),
    "B11": MsiBand("swir16", 1610, 20, _SHORTWAVE, "#8a6d3b"),
    "B12": MsiBand("swir22", 2190, 20, (0.2658, 0.0639, 0.0387), "#5f4c2c"),
}
"""Name of each band to what is known of it, in the order of ``band_id`` 0 to 12 in all metadata."""

BANDS = tuple(MSI)
"""Band names in the order of ``band_id``."""
TEN_BANDS = tuple(name for name, band in MSI.items() if band.ground_sampling_m <= 20)
"""The bands of 10 m and 20 m ground sampling distance, in the order of every prepared stack."""
RGB = ("B04", "B03", "B02")
"""Bands shown as red, green and blue."""
COLOURS: Mapping[str, str] = {name: band.colour for name, band in MSI.items() if band.colour}
"""Band to its colour in charts."""

_SAME_BAND_NM = 20
"""A stated wavelength within this of a band's own is that of the band; satellites of the series differ by less than 5."""


def named_bands() -> dict[str, str]:
    """Return each name that catalogues give to one band alone, and the band; ``rededge`` says nothing and is left out."""
    names = [(name, band) for band, known in MSI.items() for name in (known.common_name, *known.also)]
    shared = [name for name, _ in names]
    return {name: band for name, band in names if shared.count(name) == 1}


def band_of_wavelength(common_name: str, wavelength_nm: float) -> str:
    """Return the band of a common name that several share, told by its central wavelength; empty where none fits."""
    apart = {name: abs(band.wavelength_nm - wavelength_nm) for name, band in MSI.items() if band.common_name == common_name}
    nearest = min(apart, key=lambda name: apart[name], default="")
    return nearest if nearest and apart[nearest] <= _SAME_BAND_NM else ""
