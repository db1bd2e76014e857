"""The work folder of a mosaic: what a run leaves for the next one.

Finished blocks (`parts`), the reduced copy, the cells and the outlines of each scene and the seams lie in it, each with the hash of all
it depends on. A run that broke off goes on from there; a run after an edit makes only what the edit has changed.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..drafts import draft_of, not_written
from ..errors import OutputError
from ..lazy import LazySequence
from ..progress import SILENT, Progress
from .options import MosaicOutputs
from .outlines import SUFFIX
from .overlaps import SceneCells, is_held_out, make_lattice, measure_scene, measure_scenes
from .plan import MosaicPlan, PlacedScene
from .readers import scenes_kept_open, stamp_of

log = logging.getLogger(__name__)

DAMAGED = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error)
"""What reading a damaged file of arrays raises."""
VERSION = 4
"""Changes whenever the same scene would give other cells."""


def work_folder(outputs: MosaicOutputs) -> Path:
    """Return the folder that was asked for, else a hidden one beside the mosaic, from the root on: workers may run elsewhere."""
    return (outputs.work or outputs.mosaic.with_name(f".{outputs.mosaic.name}.parts")).absolute()


@contextmanager
def open_work_folder(folder: Path) -> Iterator[Path]:
    """Make the folder, try to write into it and yield it; raises `OutputError` before any work is done.

    A folder that is new goes again where a run fails before it has left more in it than the outlines of its polygons.
    """
    new = not folder.exists()
    _try_folder(folder)
    try:
        yield folder
    except BaseException:
        if new and folder.is_dir() and all(path.suffix == SUFFIX for path in folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _try_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{uuid.uuid4().hex[:8]}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(not_written(folder.parent, error)) from error


def tidy(folder: Path, wanted: Iterable[Path]) -> None:
    """Remove parts and outlines that the mosaic no longer has, and what a killed run left half-written."""
    kept = {path.name for path in wanted}
    for path in (*folder.glob("*.part"), *folder.glob(f"*{SUFFIX}"), *folder.glob(".*.????????")):
        if path.name not in kept:
            with suppress(OSError):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()


@dataclass(frozen=True)
class CellStore:
    """Cells of scenes that were measured before."""

    folder: Path
    """Where they lie."""
    reduced: MosaicPlan
    """The plan as its scenes are read: from reduced copies where there are any."""
    in_spite_of_edits: bool = False
    """True to take a scene's cells also where its polygons have changed since: gains stay as they were, and with them
    every block that the edit does not touch."""

    def measure(self, plan: MosaicPlan, executor: Executor, *, progress: Progress = SILENT) -> Sequence[SceneCells]:
        """Return the clear cells of every scene by rank, measuring only the scenes whose cells are not there.

        They lie in the folder and are read each time they are asked for.
        """
        lacking = tuple(placed for placed in self.reduced.scenes if not self._has(plan.scenes[placed.index - 1], plan))
        fresh = measure_scenes(replace(plan, scenes=lacking), executor, progress=progress)
        with scenes_kept_open(), closing(fresh):
            for placed, cells in zip(lacking, fresh, strict=True):
                self._save(plan.scenes[placed.index - 1], plan, cells)
        return LazySequence(lambda number: self._load(number, plan), len(plan.scenes))

    def _path(self, placed: PlacedScene) -> Path:
        return self.folder / f"{hashlib.sha256(placed.scene.id.encode()).hexdigest()[:16]}.cells.npz"

    def _has(self, placed: PlacedScene, plan: MosaicPlan) -> bool:
        """Return whether the cells of a scene are there and still hold."""
        stored = read_arrays(self._path(placed), ("marks",))
        if stored is None:
            return False
        (shown, drawn), ours = (str(mark) for mark in stored["marks"]), _marks(placed, plan)
        return shown == ours[0] and (drawn == ours[1] or self.in_spite_of_edits)

    def _load(self, number: int, plan: MosaicPlan) -> SceneCells:
        placed = plan.scenes[number]
        stored = read_arrays(self._path(placed), ("keys", "medians"))
        if stored is None:
            cells = measure_scene(self.reduced.scenes[number], lattice=make_lattice(plan.grid), bands=plan.bands)
            self._save(placed, plan, cells)
            return cells
        return SceneCells(placed.index, stored["keys"], stored["medians"], is_held_out(stored["keys"]))

    def _save(self, placed: PlacedScene, plan: MosaicPlan, cells: SceneCells) -> None:
        write_arrays(self._path(placed), keys=cells.keys, medians=cells.medians, marks=np.array(_marks(placed, plan)))


def write_arrays(path: Path, *, compressed: bool = False, **arrays: np.ndarray) -> None:
    """Write named arrays, by rename when complete; raises `OutputError`."""
    with draft_of(path) as draft, draft.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)


def read_arrays(path: Path, names: Iterable[str]) -> dict[str, np.ndarray] | None:
    """Return arrays that `write_arrays` wrote, None where the file is missing, damaged or lacks one."""
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in names}
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        log.warning("%s is damaged (%s) and is made again", path, error)
        return None


def _marks(placed: PlacedScene, plan: MosaicPlan) -> tuple[str, str]:
    """Return the hash of what the scene shows on this grid, and that of its polygons."""
    lattice = make_lattice(plan.grid)
    shown = repr((VERSION, placed.scene.id, stamp_of(placed.scene), lattice, plan.bands, placed.window))
    return hashlib.sha256(shown.encode()).hexdigest(), placed.covered.digest
