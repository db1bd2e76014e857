"""Keep predictions beside a workspace, so that an editor tries other thresholds without the network."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...base.errors import InputError
from ...raster.grid import Grid
from ...raster.read import grid_of, open_raster
from ...scenes.naming import file_stem
from ...scenes.scene import Scene
from ..network.card import ModelCard, tags_of_network
from .share import Predicted, network_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFiles:
    """Where the prediction of a scene lies, or is to lie."""

    probability: Path
    """Its probabilities."""
    reflectance: Path
    """The reflectance that helps to judge its shadows; absent where the network was not given it."""


def predictions_folder(folder: Path, name: str) -> Path:
    """Return the folder of the predictions of a workspace, which is called ``name`` and has its own files in ``folder``."""
    return folder / f"{name}_predictions"


def kept_files(folder: Path, scene_id: str) -> KeptFiles:
    """Return where the prediction of a scene lies in a folder."""
    stem = file_stem(scene_id)
    return KeptFiles(folder / f"{stem}_probability.tif", folder / f"{stem}_reflectance.tif")


def find_kept(files: KeptFiles, scene: Scene, *, card: ModelCard | None = None, pixel_m: float | None = None) -> Predicted | None:
    """Return the kept prediction of a scene, None where there is none that serves.

    It must cover the scene's ground, and be by the network of ``card``, its training weights included, and of ``pixel_m``
    where these are given. A file that cannot be read does not serve, as if it were not there.
    """
    if not files.probability.is_file():
        return None
    try:
        with open_raster(files.probability) as dataset:
            tags, grid = dataset.tags(), grid_of(dataset)
    except InputError as error:
        log.warning("%s", error)
        return None
    other_network = card is not None and any(tags.get(name, "") != value for name, value in tags_of_network(card).items())
    if tags.get("SCENE_ID") != scene.id or other_network or not _covers(grid, scene.grid, pixel_m):
        return None
    return Predicted(scene, files.probability, files.reflectance if files.reflectance.is_file() else None, network_of(tags), grid)


def _covers(grid: Grid, scene_grid: Grid, pixel_m: float | None) -> bool:
    """Return True for a prediction on the scene's own lattice, coarsened or enlarged."""
    if pixel_m and not math.isclose(pixel_m, grid.pixel_m):
        return False
    expected = scene_grid.at(grid.pixel_m)
    return expected.crs == grid.crs and expected.shape == grid.shape and expected.transform.almost_equals(grid.transform, 1e-3)


def forget_kept(folder: Path, ids: Iterable[str]) -> None:
    """Remove the predictions of scenes, as far as they are there and may be removed."""
    for scene_id in ids:
        files = kept_files(folder, scene_id)
        for path in (files.probability, files.reflectance):
            with suppress(OSError):
                path.unlink(missing_ok=True)
    with suppress(OSError):  # not empty yet, or not there
        folder.rmdir()
