"""What a workspace keeps of the thresholds of its scenes: read and written beside the window, as all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...plugin.core.base.errors import InputError
from ...plugin.core.clouds.options import ClassifyOptions

if TYPE_CHECKING:
    from ...plugin.core.clouds.polygons import CloudPolygons
    from ...plugin.core.editing.entries import SceneEntry
    from ...plugin.core.editing.workspace import Workspace


@dataclass(frozen=True)
class Start:
    """What the sliders begin with on a scene."""

    scene_id: str
    """The scene."""
    options: ClassifyOptions
    """How its guideline was drawn, or would be where nobody chose."""
    own: ClassifyOptions
    """How it would be drawn where nobody chose: with the thresholds of the model."""
    has_probabilities: bool
    """True where its probabilities are kept."""


@dataclass(frozen=True, eq=False)
class Former:
    """What the guidelines of some scenes were before others were drawn."""

    workspace: Workspace
    """Where they were."""
    scenes: tuple[SceneEntry, ...]
    """The scenes whose probabilities are kept."""
    polygons: CloudPolygons
    """The guidelines of those that had some."""
    settings: Mapping[str, Mapping[str, Any]]
    """Id of each scene that had some to how they were drawn."""


def read_start(workspace: Workspace, scene: SceneEntry) -> Start:
    """Return what the sliders begin with on a scene."""
    from ...plugin.core.clouds.guidelines.preview import tags_of_prediction

    path = workspace.kept_files(scene.id).probability
    has_probabilities = path.is_file()
    try:
        tags = tags_of_prediction(path) if has_probabilities else {}
    except InputError:  # the outlines will tell that the file cannot be read
        tags = {}
    own = ClassifyOptions().settled(tags)
    try:
        chosen = {} if scene.status == "new" else workspace.guideline_settings(scene.id)
        options = ClassifyOptions.from_settings(chosen).settled(tags)
    except InputError:  # a hand-made history is no reason to stop
        options = own
    return Start(scene.id, options, own, has_probabilities)


def read_former(workspace: Workspace, scenes: Sequence[SceneEntry]) -> Former:
    """Return the guidelines of those of the scenes whose probabilities are kept."""
    kept = tuple(entry for entry in scenes if workspace.kept_files(entry.id).probability.is_file())
    ids = [entry.id for entry in kept if entry.status != "new"]
    settings = {scene_id: workspace.guideline_settings(scene_id) for scene_id in ids}
    return Former(workspace, kept, workspace.polygons("guideline", scenes=ids), settings)


def put_back(former: Former, known: frozenset[str]) -> None:
    """Store former guidelines of the scenes that are still known."""
    frame = former.polygons.frame
    for scene_id in [scene_id for scene_id in former.settings if scene_id in known]:
        polygons = type(former.polygons)(frame[frame["scene"] == scene_id])
        former.workspace.put_guidelines(polygons, scenes=[scene_id], settings=former.settings[scene_id])
