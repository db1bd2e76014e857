"""Guidelines from the dock: the parameters of the algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessing

from ...plugin.core.base.errors import InputError
from ...plugin.processing.parameters.thresholds import classify_values
from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ...plugin.core.clouds.options import ClassifyOptions
    from ...plugin.core.editing.entries import SceneEntry


GUIDELINES = "skyfri:guidelines"


def guideline_parameters(scenes: Sequence[SceneEntry], workspace_path: Path, options: ClassifyOptions | None = None) -> dict[str, Any]:
    """Return the parameters of `skyfri:guidelines` for scenes; with ``options`` for kept probabilities, classified so.

    Raises `InputError` where there is no scene.
    """
    if not scenes:
        raise InputError(tr("No scene is selected; select one or more in the table."))
    thresholds = {} if options is None else {**classify_values(options), "REUSE": True}
    inputs = [entry.path for entry in scenes]
    return {"INPUTS": inputs, "WORKSPACE": str(workspace_path), "OUTPUT": QgsProcessing.TEMPORARY_OUTPUT, **thresholds}
