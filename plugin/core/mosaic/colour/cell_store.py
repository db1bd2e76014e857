"""Cells of scenes, kept in the work folder from one run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...base.arrays import read_arrays, write_arrays
from ...base.fingerprint import file_stem, fingerprint
from ...base.lazy import LazySequence
from ...base.progress import SILENT, Progress
from ..plan.plan import MosaicPlan, PlacedScene
from ..plan.scene_pool import scenes_kept_open, stamp_of
from .cells import SceneCells, is_held_out, measure_scene, measure_scenes

VERSION = 6
"""Changes whenever the same scene would give other cells."""


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
        lacking = tuple(placed for placed in self.reduced.scenes if not self._has(plan.scenes[placed.rank - 1], plan))
        fresh = measure_scenes(replace(plan, scenes=lacking), executor, progress=progress)
        with scenes_kept_open(), closing(fresh):
            for placed, cells in zip(lacking, fresh, strict=True):
                self._save(plan.scenes[placed.rank - 1], plan, cells)
        return LazySequence(lambda number: self._load(number, plan), len(plan.scenes))

    def _path(self, placed: PlacedScene) -> Path:
        return self.folder / f"{file_stem(placed.scene.id)}.cells.npz"

    def _has(self, placed: PlacedScene, plan: MosaicPlan) -> bool:
        """Return whether the cells of a scene are there and still hold."""
        stored = read_arrays(self._path(placed), ("marks",))
        if stored is None:
            return False
        (shown, drawn), ours = (str(mark) for mark in stored["marks"]), _marks(placed, plan)
        return shown == ours[0] and (drawn == ours[1] or self.in_spite_of_edits)

    def _load(self, number: int, plan: MosaicPlan) -> SceneCells:
        placed = plan.scenes[number]
        stored = read_arrays(self._path(placed), ("keys", "medians", "whole"))
        if stored is None:
            cells = measure_scene(self.reduced.scenes[number], lattice=plan.lattice, bands=plan.bands)
            self._save(placed, plan, cells)
            return cells
        return SceneCells(placed.rank, stored["keys"], stored["medians"], is_held_out(stored["keys"]), whole=stored["whole"])

    def _save(self, placed: PlacedScene, plan: MosaicPlan, cells: SceneCells) -> None:
        whole = np.ones(len(cells.keys), bool) if cells.whole is None else cells.whole
        write_arrays(self._path(placed), keys=cells.keys, medians=cells.medians, whole=whole, marks=np.array(_marks(placed, plan)))


def _marks(placed: PlacedScene, plan: MosaicPlan) -> tuple[str, str]:
    """Return the hash of what the scene shows on this grid, and that of its polygons."""
    lattice = plan.lattice
    shown = fingerprint(VERSION, placed.scene.id, stamp_of(placed.scene), lattice, plan.bands, placed.window)
    return shown, placed.covered.digest
