"""The open workspace and where in it the editor is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...plugin.core.base.errors import LockedError, SkyfriError
from ...plugin.core.editing.entries import user_name
from ...plugin.processing.run.dependencies import VECTOR, require
from ...plugin.processing.translation import tr
from .store_thread import LOCK_WAIT_S, StoreThread

if TYPE_CHECKING:
    from datetime import datetime

    from ...plugin.core.editing.entries import Listing, SceneEntry, TileEntry
    from ...plugin.core.editing.workspace import Workspace
    from ...plugin.core.scenes.scene import Scene

_FLUSH_S = 10.0


class Session(QObject):
    """Holds the workspace, its scenes and tiles as last read, and the scene the editor looks at.

    What reads or writes the workspace returns at once and is done beside the window, in the order in which it was asked.
    """

    workspace_changed = pyqtSignal()
    """Another workspace was opened, or none is open any more."""
    listing_changed = pyqtSignal()
    """Scenes or tiles changed."""
    tile_changed = pyqtSignal(str)
    """The status of the tile of this name changed, and nothing else."""
    scene_changed = pyqtSignal()
    """The editor went to another scene of the same workspace."""
    failed = pyqtSignal(str)
    """Something could not be read or written, a sentence."""
    waiting = pyqtSignal(str)
    """Another program holds the workspace, a sentence; it is waited for."""
    waited = pyqtSignal()
    """It is waited for no more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace: Workspace | None = None
        self.crs = ""
        self.scenes: tuple[SceneEntry, ...] = ()
        self.tiles: tuple[TileEntry, ...] = ()
        self.scene: SceneEntry | None = None
        self._stored: dict[str, TileEntry] = {}  # tiles as the workspace has them, where a status may be on its way to it
        self._on_the_way: dict[str, int] = {}  # name of a tile to how many statuses are
        self._request = 0
        self._thread = StoreThread(self)
        self._thread.waiting.connect(self._say_waiting)
        self._thread.waited.connect(self.waited)

    @property
    def tile(self) -> TileEntry | None:
        """The tile of the scene the editor looks at."""
        return next((tile for tile in self.tiles if self.scene and tile.name == self.scene.tile), None)

    @property
    def is_idle(self) -> bool:
        """True where all that was asked is read or written."""
        return self._thread.is_idle

    def create(self, address: str, *, may_take: Callable[[], bool] | None = None, then: Callable[[], object] | None = None) -> None:
        """Make a workspace and open it, as `open` does."""
        self._fetch(lambda workspace: workspace.create(address, lock_wait_s=LOCK_WAIT_S), may_take, then)

    def open(self, address: str, *, may_take: Callable[[], bool] | None = None, then: Callable[[], object] | None = None) -> None:
        """Open a workspace where the editor left it; the one that is open stays until the other has been read.

        ``may_take`` is asked before it takes its place, ``then`` called afterwards. The latest wish counts.
        """
        self._fetch(lambda workspace: workspace.open(address, lock_wait_s=LOCK_WAIT_S), may_take, then)

    def close(self) -> None:
        """Close the workspace; what is yet to be written still will be."""
        self._request += 1
        if self.workspace is not None:
            self.workspace, self.crs, self.scenes, self.tiles, self.scene = None, "", (), (), None
            self._stored, self._on_the_way = {}, {}
            self.workspace_changed.emit()

    def flush(self) -> bool:
        """Wait a while until all is written, the window being painted meanwhile; returns False where it is not."""
        return self._thread.flush(_FLUSH_S)

    def release(self) -> None:
        """Write what is yet to be written, and end; what was to be opened is not."""
        self._request += 1
        self._thread.end()

    def ask(
        self,
        work: Callable[[Workspace], Any],
        then: Callable[[Any], object],
        failed: Callable[[SkyfriError], object] | None = None,
    ) -> None:
        """Read or write something beside the window; ``then`` gets the answer, unless the workspace was closed meanwhile."""
        workspace = self.workspace
        if workspace is not None:
            self._thread.ask(
                lambda: work(workspace), lambda answer: then(answer) if self.workspace is workspace else None, failed or self._fail
            )

    def refresh(self, then: Callable[[], object] | None = None) -> None:
        """Read scenes and tiles again, staying at the same scene."""
        self.ask(lambda workspace: workspace.listing(), lambda listing: self._refreshed(listing, then))

    def add(self, scenes: Sequence[Scene], then: Callable[[Sequence[str]], object]) -> None:
        """Add scenes; ``then`` gets the ids that are new."""
        self.ask(lambda workspace: workspace.add_scenes(scenes), lambda added: self.refresh(lambda: then(added)))

    def remove(self, ids: Iterable[str], then: Callable[[], object] | None = None) -> None:
        """Remove scenes with their polygons and kept probabilities."""
        gone = list(ids)

        def remove(workspace: Workspace) -> None:
            from ...plugin.core.clouds.guidelines.kept import forget_kept

            workspace.remove_scenes(gone)
            forget_kept(workspace.predictions, gone)

        self.ask(remove, lambda _: self.refresh(then))

    def set_tile_status(self, status: str) -> None:
        """Set the status of the tile the editor is at: shown at once, and put back where it cannot be written."""
        workspace, tile = self.workspace, self.tile
        if workspace is None or tile is None or tile.status == status:
            return
        name, who = tile.name, user_name()
        self._on_the_way[name] = self._on_the_way.get(name, 0) + 1
        self._show_tile(replace(tile, status=status, editor=who))

        def written(_: object) -> None:
            if self.workspace is workspace:
                if name in self._stored:  # else it went with its last scene meanwhile
                    self._stored[name] = replace(self._stored[name], status=status, editor=who)
                self._arrive(name)

        def failed(error: SkyfriError) -> None:
            if self.workspace is workspace:
                self._arrive(name)
            self.failed.emit(tr("The status of {tile} was not kept. {reason}").format(tile=name, reason=error))

        self._thread.ask(lambda: workspace.set_tile_status(name, status), written, failed)

    def remember(self) -> None:
        """Write into the workspace which scene the editor looks at, to go on there next time; a lock is not waited for."""
        workspace, scene = self.workspace, self.scene
        if workspace is not None and scene is not None:
            forgiving = lambda error: None if isinstance(error, LockedError) else self._fail(error)  # noqa: E731
            self._thread.ask(lambda: workspace.set_current_scene(scene.id), lambda _: None, forgiving, is_patient=False)

    def go_to_scene(self, scene_id: str) -> None:
        """Look at a scene."""
        entry = next((entry for entry in self.scenes if entry.id == scene_id), None)
        if entry is not None and (self.scene is None or entry.id != self.scene.id):
            self.scene = entry
            self.scene_changed.emit()

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

    def _fetch(
        self,
        work: Callable[[type[Workspace]], Workspace],
        may_take: Callable[[], bool] | None,
        then: Callable[[], object] | None,
    ) -> None:
        self._request += 1
        request = self._request

        def find() -> Workspace:
            require(VECTOR)
            from ...plugin.core.editing.workspace import Workspace

            return work(Workspace)

        def take(workspace: Workspace, listing: Listing) -> None:
            if request != self._request or (may_take is not None and not may_take()):
                return
            self._on_the_way = {}
            self.workspace = workspace
            self._take(listing, listing.scene)
            self.workspace_changed.emit()
            if then is not None:
                then()

        def read(workspace: Workspace) -> None:
            if request == self._request:
                self._thread.ask(workspace.listing, lambda listing: take(workspace, listing), self._fail)

        self._thread.ask(find, read, self._fail)

    def _refreshed(self, listing: Listing, then: Callable[[], object] | None) -> None:
        current = self.scene.id if self.scene else ""
        self._take(listing, current)
        self.listing_changed.emit()
        if (self.scene.id if self.scene else "") != current:
            self.scene_changed.emit()
        if then is not None:
            then()

    def _take(self, listing: Listing, scene_id: str) -> None:
        shown = {tile.name: tile for tile in self.tiles if tile.name in self._on_the_way}
        self._stored = {tile.name: tile for tile in listing.tiles}
        self.crs, self.scenes = listing.crs, listing.scenes
        self.tiles = tuple(
            replace(tile, status=shown[tile.name].status, editor=shown[tile.name].editor) if tile.name in shown else tile
            for tile in listing.tiles
        )
        first = self.scenes[0] if self.scenes else None
        self.scene = next((entry for entry in self.scenes if entry.id == scene_id), first)

    def _show_tile(self, shown: TileEntry) -> None:
        self.tiles = tuple(shown if tile.name == shown.name else tile for tile in self.tiles)
        self.tile_changed.emit(shown.name)

    def _arrive(self, name: str) -> None:
        """Take note that a status was written or not; where none is on the way any more, what is stored is shown."""
        self._on_the_way[name] -= 1
        if self._on_the_way[name]:
            return
        del self._on_the_way[name]
        stored = self._stored.get(name)
        shown = next((tile for tile in self.tiles if tile.name == name), None)
        if stored is not None and shown is not None and (stored.status, stored.editor) != (shown.status, shown.editor):
            self._show_tile(stored)

    def _say_waiting(self, reason: str) -> None:
        self.waiting.emit(tr("{reason} Skyfri goes on trying, and you can go on working.").format(reason=reason))

    def _fail(self, error: SkyfriError) -> None:
        self.failed.emit(str(error))

    def _distance(self, entry: SceneEntry) -> tuple[bool, float, str]:
        if self.scene is None:
            return True, 0.0, entry.id
        from ...plugin.core.scenes.passes import same_pass

        return not same_pass(entry, self.scene), seconds_between(entry.sensed, self.scene.sensed), entry.id


def seconds_between(one: datetime | None, other: datetime | None) -> float:
    """Return the time between two scenes, infinite where one is unknown."""
    return abs((one - other).total_seconds()) if one and other else float("inf")
