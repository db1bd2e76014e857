"""The mosaic from the dock: asked for, made beside the window, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

from ...plugin.core.base.errors import InputError
from ...plugin.processing.inputs.layers import VECTOR_SUFFIXES
from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry
    from ...plugin.core.editing.workspace import Workspace
    from ..jobs.dialogs import Dialogs
    from ..jobs.runner import Runner
    from ..map.layers import MapLayers
    from ..messages import Messages
    from ..workspace.edits import Edits
    from ..workspace.session import Session

MOSAIC = "skyfri:mosaic"


def mosaic_order(scenes: Sequence[SceneEntry]) -> list[SceneEntry]:
    """Return the scenes that have polygons, the least cloudy first."""
    drawn = [entry for entry in scenes if entry.status != "new"]
    return sorted(drawn, key=lambda entry: (entry.cloud_percent or 0.0, entry.id))


def mosaic_parameters(scenes: Sequence[SceneEntry], workspace: Workspace, output: Path | None = None) -> dict[str, Any]:
    """Return the parameters of `skyfri:mosaic`; with ``output`` the other products lie beside it.

    Raises `InputError` where no scene has polygons yet.
    """
    ordered = mosaic_order(scenes)
    if not ordered:
        raise InputError(tr("No listed scene has cloud polygons yet; run Guidelines first."))
    parameters: dict[str, Any] = {
        "INPUTS": [entry.path for entry in ordered],
        "CLOUDS": workspace.layer_uri("cloud"),
    }
    if output is not None:
        beside = {
            "OUTPUT": ".tif",
            "OUTPUT_RGB": "_rgb.tif",
            "SOURCE": "_source.tif",
            "OUTPUT_SEAMLINES": f"_seams.{VECTOR_SUFFIXES[0]}",
            "REPORT_JSON": "_report.json",
        }
        parameters |= {name: str(output.with_name(output.stem + suffix)) for name, suffix in beside.items()}
    return parameters


def mosaic_layers(results: Mapping[str, Any]) -> list[QgsRasterLayer | QgsVectorLayer]:
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


class Mosaic:
    """Makes a mosaic of scenes of the workspace."""

    def __init__(
        self, window: QWidget, session: Session, runner: Runner, *, layers: MapLayers, edits: Edits, dialogs: Dialogs, messages: Messages
    ) -> None:
        self._window = window
        self._session = session
        self._runner = runner
        self._layers = layers
        self._edits = edits
        self._dialogs = dialogs
        self._messages = messages

    def make(self, scenes: Sequence[SceneEntry]) -> None:
        """Ask for a file and make a mosaic of the scenes that have polygons."""
        workspace = self._session.workspace
        if workspace is None or not self._runner.is_free() or not self._edits.are_saved():
            return
        with self._messages.reporting():
            mosaic_parameters(scenes, workspace)  # says what is missing before a file is asked for
            start = workspace.beside("_mosaic.tif")
            path, _ = QFileDialog.getSaveFileName(self._window, tr("Mosaic"), str(start), "GeoTIFF (*.tif)")
            if not path:
                return
            left_out = sum(entry.status == "new" for entry in scenes)
            if left_out:
                self._messages.info(tr("Scenes without polygons are left out: {count}.").format(count=left_out))
            output = Path(path) if path.lower().endswith((".tif", ".tiff")) else Path(path + ".tif")
            self._runner.run(MOSAIC, mosaic_parameters(scenes, workspace, output), self._made)

    def open_dialog(self, scenes: Sequence[SceneEntry]) -> None:
        """Open the algorithm's own dialog, filled in."""
        workspace = self._session.workspace
        if workspace is not None:
            with self._messages.reporting():
                self._dialogs.show(MOSAIC, mosaic_parameters(scenes, workspace), lambda *_: None)

    def _made(self, results: Mapping[str, Any]) -> None:
        if self._session.workspace is not None:  # else another project was opened meanwhile
            self._layers.add_mosaic(mosaic_layers(results), Path(results["OUTPUT"]).stem)
        self._messages.success(tr("The mosaic is ready: {path}").format(path=results["OUTPUT"]))
