"""Scenes and polygons into a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.base.progress import Progress
from ..translation import tr

if TYPE_CHECKING:
    from ...core.clouds.polygons import CloudPolygons
    from ...core.editing.workspace import Workspace
    from ...core.scenes import Scene


def open_or_create(path: str) -> Workspace:
    """Open a workspace, or make it where there is no file yet."""
    from ...core.editing.workspace import Workspace

    return Workspace.open(path) if Path(path).exists() else Workspace.create(path)


def predictions_beside(path: str) -> Path:
    """Return the folder in which a workspace, there or not yet, keeps probabilities; raises `InputError` for a file that is none."""
    from ...core.editing.stores.geopackage_store import GeoPackageStore
    from ...core.editing.workspace import Workspace

    there = Path(path).exists()
    workspace = Workspace.open(path) if there else Workspace(GeoPackageStore(Path(path).absolute()))
    return workspace.predictions


def put_into_workspace(
    path: str, scenes: Sequence[Scene], polygons: CloudPolygons, *, settings: Mapping[str, Any], progress: Progress
) -> None:
    """Add scenes and the model's polygons, drawn with ``settings``; scenes that were edited keep their edits, and a warning names them."""
    workspace = open_or_create(path)
    workspace.add_scenes(scenes, progress=progress)
    kept = workspace.put_guidelines(polygons, scenes=[scene.id for scene in scenes], settings=settings, progress=progress)
    if kept:
        progress.warn(tr("The edited polygons of {scenes} were kept; only their guidelines are new.").format(scenes=", ".join(kept)))
