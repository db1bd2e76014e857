"""The open workspace and where in it the editor is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...plugin.processing.run.dependencies import VECTOR, require

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ...plugin.core.editing.entries import SceneEntry, TileEntry
    from ...plugin.core.editing.workspace import Workspace
    from ...plugin.core.scenes.scene import Scene


class Session(QObject):
    """Holds the workspace, its scenes and tiles as last read, and the scene the editor looks at.

    Methods that read or write the workspace raise the core's `SkyfriError`.
    """

    workspace_changed = pyqtSignal()
    """Another workspace was opened, or none is open any more."""
    listing_changed = pyqtSignal()
    """Scenes or tiles changed."""
    scene_changed = pyqtSignal()
    """The editor went to another scene of the same workspace."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace: Workspace | None = None
        self.scenes: tuple[SceneEntry, ...] = ()
        self.tiles: tuple[TileEntry, ...] = ()
        self.scene: SceneEntry | None = None

    @property
    def tile(self) -> TileEntry | None:
        """The tile of the scene the editor looks at."""
        return next((tile for tile in self.tiles if self.scene and tile.name == self.scene.tile), None)

    def create(self, path: str | Path) -> None:
        """Make a workspace and open it."""
        require(VECTOR)
        from ...plugin.core.editing.workspace import Workspace

        self._open(Workspace.create(path))

    def open(self, path: str | Path) -> None:
        """Open a workspace where the editor left it."""
        require(VECTOR)
        from ...plugin.core.editing.workspace import Workspace

        self._open(Workspace.open(path))

    def close(self) -> None:
        """Close the workspace; nothing is unsaved, each change was written when it was made."""
        if self.workspace is not None:
            self.workspace, self.scenes, self.tiles, self.scene = None, (), (), None
            self.workspace_changed.emit()

    def refresh(self) -> None:
        """Read scenes and tiles again, staying at the same scene."""
        if self.workspace is None:
            return
        current = self.scene.id if self.scene else ""
        self._read(current)
        self.listing_changed.emit()
        if (self.scene.id if self.scene else "") != current:
            self.scene_changed.emit()

    def add(self, scenes: Sequence[Scene]) -> tuple[str, ...]:
        """Add scenes; returns the ids that are new."""
        if self.workspace is None:
            return ()
        added = self.workspace.add_scenes(scenes)
        self.refresh()
        return added

    def remove(self, ids: Iterable[str]) -> None:
        """Remove scenes with their polygons and kept probabilities."""
        if self.workspace is not None:
            from ...plugin.core.clouds.guidelines.kept import forget_kept

            gone = list(ids)
            self.workspace.remove_scenes(gone)
            forget_kept(self.workspace.predictions, gone)
            self.refresh()

    def set_tile_status(self, status: str) -> None:
        """Set the status of the tile the editor is at."""
        if self.workspace is not None and self.tile is not None and self.tile.status != status:
            self.workspace.set_tile_status(self.tile.name, status)
            self.refresh()

    def go_to_scene(self, scene_id: str) -> None:
        """Look at a scene."""
        entry = next((entry for entry in self.scenes if entry.id == scene_id), None)
        if entry is not None and (self.scene is None or entry.id != self.scene.id):
            self.scene = entry
            self.scene_changed.emit()

    def remember(self) -> None:
        """Write into the workspace which scene the editor looks at, to go on there next time."""
        if self.workspace is not None and self.scene is not None:
            self.workspace.set_current_scene(self.scene.id)

    def go_to_tile(self, name: str) -> None:
        """Look at a tile on the date closest to the present one: first the same pass, then the nearest day."""
        here = [entry for entry in self.scenes if entry.tile == name]
        if here:
            self.go_to_scene(min(here, key=self._distance).id)

    def step_tile(self, step: int) -> None:
        """Go to the next (1) or previous (-1) tile by name, round the end."""
        names = [tile.name for tile in self.tiles]
        if names:
            here = names.index(self.scene.tile) if self.scene else -step
            self.go_to_tile(names[(here + step) % len(names)])

    def step_date(self, step: int) -> None:
        """Go to the next (1) or previous (-1) date of the tile; stays at the first and last."""
        dates = self.scenes_of_tile()
        ids = [entry.id for entry in dates]
        if self.scene and self.scene.id in ids:
            place = ids.index(self.scene.id) + step
            if 0 <= place < len(ids):
                self.go_to_scene(ids[place])

    def finish_tile(self) -> bool:
        """Mark the tile as done and go to the next one that is not; returns False where all are done."""
        self.set_tile_status("done")
        names = [tile.name for tile in self.tiles]
        here = names.index(self.scene.tile) if self.scene else 0
        following = self.tiles[here + 1 :] + self.tiles[:here]
        target = next((tile.name for tile in following if tile.status != "done"), None)
        if target is not None:
            self.go_to_tile(target)
        return target is not None

    def scenes_of_tile(self) -> list[SceneEntry]:
        """Return the scenes of the tile the editor is at, by date."""
        return [entry for entry in self.scenes if self.scene and entry.tile == self.scene.tile]

    def pass_of_scene(self) -> list[SceneEntry]:
        """Return the scenes of neighbouring tiles that were taken in the same pass as the present one."""
        here = self.tile
        if here is None or self.scene is None:
            return []
        from ...plugin.core.scenes.passes import same_pass

        beside = {tile.name for tile in self.tiles if tile.name != here.name and tile.outline.intersects(here.outline)}
        return [entry for entry in self.scenes if entry.tile in beside and same_pass(entry, self.scene)]

    def _open(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._read(workspace.current_scene())
        self.workspace_changed.emit()

    def _read(self, scene_id: str) -> None:
        self.scenes = tuple(self.workspace.scenes())
        self.tiles = tuple(self.workspace.tiles())
        first = self.scenes[0] if self.scenes else None
        self.scene = next((entry for entry in self.scenes if entry.id == scene_id), first)

    def _distance(self, entry: SceneEntry) -> tuple[bool, float, str]:
        if self.scene is None:
            return True, 0.0, entry.id
        from ...plugin.core.scenes.passes import same_pass

        return not same_pass(entry, self.scene), seconds_between(entry.sensed, self.scene.sensed), entry.id


def seconds_between(one: datetime | None, other: datetime | None) -> float:
    """Return the time between two scenes, infinite where one is unknown."""
    return abs((one - other).total_seconds()) if one and other else float("inf")
