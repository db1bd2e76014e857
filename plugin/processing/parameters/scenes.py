"""The parameters that name scenes."""

from __future__ import annotations

from ..translation import tr
from .files import ManyScenes, OneScene
from .table import Param


def scene_row() -> Param[str]:
    """Return INPUT, one scene."""
    return Param(
        "INPUT",
        OneScene(),
        tr("Scene (SAFE folder or zip, MTD*.xml, folder of bands, band stack)"),
        tr(
            "A SAFE folder or its zip, the MTD_MSIL1C.xml or MTD_MSIL2A.xml in it, a DTERRENGDATA folder, a folder of band files, a netCDF "
            "file, or a GeoTIFF whose bands are named B02, B03 and so on. A raster layer's name will do as well."
        ),
    )


def scenes_row(label: str, note: str) -> Param[list[str]]:
    """Return INPUTS, many scenes in order; ``note`` says what the order means."""
    paths = tr("Paths may also be separated by semicolons; a folder stands for every product below it.")
    return Param("INPUTS", ManyScenes(), label, f"{note} {paths}")
