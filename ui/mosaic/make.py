"""What the dock's buttons run: the parameters of the algorithms, from the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsRasterLayer, QgsVectorLayer

from ...plugin.core.base.errors import InputError
from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry

MOSAIC = "skyfri:mosaic"


def mosaic_order(scenes: Sequence[SceneEntry]) -> list[SceneEntry]:
    """Return the scenes that have polygons, the least cloudy first."""
    drawn = [entry for entry in scenes if entry.status != "new"]
    return sorted(drawn, key=lambda entry: (entry.cloud_percent or 0.0, entry.id))


def mosaic_parameters(scenes: Sequence[SceneEntry], workspace_path: Path, output: Path | None = None) -> dict[str, Any]:
    """Return the parameters of `skyfri:mosaic`; with ``output`` the other products lie beside it.

    Raises `InputError` where no scene has polygons yet.
    """
    ordered = mosaic_order(scenes)
    if not ordered:
        raise InputError(tr("No listed scene has cloud polygons yet; run Guidelines first."))
    parameters: dict[str, Any] = {
        "INPUTS": [entry.path for entry in ordered],
        "CLOUDS": f"{workspace_path}|layername=cloud",
    }
    if output is not None:
        beside = {
            "OUTPUT": ".tif",
            "OUTPUT_RGB": "_rgb.tif",
            "SOURCE": "_source.tif",
            "OUTPUT_SEAMLINES": "_seams.gpkg",
            "REPORT_JSON": "_report.json",
        }
        parameters |= {name: str(output.with_name(output.stem + suffix)) for name, suffix in beside.items()}
    return parameters


def mosaic_layers(results: dict[str, Any]) -> list[QgsRasterLayer | QgsVectorLayer]:
    """Return the layers of a mosaic worth looking at, styled, the picture for viewing last."""
    from ...plugin.processing.styles import apply_style

    made = [
        (QgsVectorLayer(results.get("OUTPUT_SEAMLINES", ""), tr("Seams"), "ogr"), "seamlines"),
        (QgsRasterLayer(results.get("OUTPUT_RGB", ""), tr("Mosaic for viewing")), "rgb"),
    ]
    layers = [layer for layer, style in made if layer.isValid()]
    for layer, style in made:
        apply_style(layer, style)
    return layers
