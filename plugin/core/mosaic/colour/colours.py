"""From clear cells to what every sample of a scene is multiplied by: view, balance, dodging, the editor's points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...base.lazy import LazySequence
from ...base.progress import SILENT, Progress, Span
from ..options import MosaicOptions
from ..plan.lattice import CellLattice
from ..plan.plan import MosaicPlan
from .balance import Balance, identity, solve_balance
from .balance_file import read_balance
from .cell_store import CellStore
from .cells import Overlap, SceneCells, cell_places, pair_cells
from .dodge import solve_dodging
from .dodge_points import DodgePoint, asked_fields, describe_points, read_points, tell_shortfalls
from .fields import LIMIT, NODE_M, DodgeField, NodeLattice
from .land import mark_land
from .pairing import choose_pairs
from .reference import Reference, describe_agreement, measure_reference, solve_to_reference
from .view import describe_view, normalise_cells, view_fields

NAMED = 5
"""Scenes that a warning names."""
KEPT_SCENES = 24
"""Scenes whose cells stay in memory: a scene and those that it is compared with."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What the colours follow from."""

    cells: Sequence[SceneCells]
    """Clear cells of every scene by rank, as seen from the vertical where that was asked for; empty without balance."""
    reference: Reference | None
    """The reference raster on the same cells; None without one."""
    views: Mapping[int, DodgeField]
    """Rank to the factor that normalises the view; empty where nobody asked."""
    points: tuple[DodgePoint, ...]
    """The editor's dodging points."""


@dataclass(frozen=True, eq=False)
class Colours:
    """How the samples of each scene are changed: (gain v + offset) times the local factor."""

    balance: Balance
    """Gains and offsets."""
    fields: Mapping[int, DodgeField]
    """Rank to the local factor of everything that varies within a scene."""
    dodged: Mapping[int, DodgeField] = field(default_factory=dict)
    """The part of ``fields`` that dodging and the editor's points ask for, the normalised view left out."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the report says of it: reference, view_normalisation, dodge_points; None or empty where not asked for."""


@dataclass(frozen=True, eq=False)
class ColourEvidence:
    """What the colours were told from: some of its cells are in memory, so it goes before the mosaic is rendered."""

    cells: Sequence[SceneCells] = ()
    """Clear cells of every scene; empty without balance."""
    overlaps: Sequence[Overlap] = ()
    """The cells that were compared."""


def measure_colours(
    plan: MosaicPlan, options: MosaicOptions, store: CellStore, executor: Executor, *, progress: Progress = SILENT
) -> Measured:
    """Return what the colours follow from; raises `InputError` for dodging points or a reference that are none."""
    lattice = plan.lattice
    nodes = NodeLattice.around(plan, lattice, NODE_M)
    points = read_points(options.dodge_points, plan, nodes, progress) if options.dodge_points else ()
    views = view_fields(plan, lattice, progress) if options.normalise_view else {}
    if options.balance == "none":
        return Measured((), None, views, points)
    measured = mark_land(store.measure(plan, executor, progress=progress), plan.bands)
    seen = normalise_cells(measured, views, lattice)
    cells = LazySequence(seen.__getitem__, len(seen), kept=KEPT_SCENES)
    ending = Span(progress, 1, 1)
    reference = measure_reference(options.reference, plan, cells, executor, progress=ending) if options.reference else None
    return Measured(cells, reference, views, points)


def solve_colours(
    plan: MosaicPlan, measured: Measured, options: MosaicOptions, progress: Progress = SILENT
) -> tuple[Colours, ColourEvidence]:
    """Return gains and offsets of the whole mosaic at once with the local factors asked for, and what they were told from."""
    ids = [placed.scene.id for placed in plan.scenes]
    overlaps: Sequence[Overlap] = ()
    dodged: Mapping[int, DodgeField] = {}
    balance, reference = identity(ids, plan.bands), measured.reference
    if options.balance != "none":
        overlaps = pair_cells(measured.cells, choose_pairs(plan, measured.cells))
        importance = first_areas(measured.cells, len(ids), plan.lattice)
        if options.balance_file:
            balance = read_balance(options.balance_file, ids, plan.bands)
        elif reference is not None:
            balance = solve_to_reference(overlaps, ids, plan.bands, reference, importance=importance)
        else:
            balance = solve_balance(overlaps, ids, plan.bands, importance=importance)
        _tell_groups(balance, progress)
        if options.balance == "local":
            dodged = solve_dodging(plan, overlaps, balance, plan.lattice, importance=importance)
    lifted = _lift(plan, dodged, measured.points)
    wishes = describe_points(measured.points, plan, dodged, lifted)
    tell_shortfalls(wishes, progress)
    facts = {
        "reference": None if reference is None else describe_agreement(reference, balance),
        "view_normalisation": describe_view(plan, measured.views) if options.normalise_view else None,
        "dodge_points": wishes,
    }
    colours = Colours(balance, _joined(lifted, measured.views), lifted, facts)
    return colours, ColourEvidence(measured.cells, overlaps)


def _lift(plan: MosaicPlan, dodged: Mapping[int, DodgeField], points: Sequence[DodgePoint]) -> Mapping[int, DodgeField]:
    """Return the dodging with what the editor asks added, within the bounds."""
    if not points:
        return dodged
    asked = asked_fields(points, plan, NodeLattice.around(plan, plan.lattice, NODE_M))
    bounded = {
        rank: DodgeField(np.clip(sum_.log_factor, -LIMIT, LIMIT), sum_.grid)
        for rank, sum_ in ((rank, dodged[rank].plus(wish) if rank in dodged else wish) for rank, wish in asked.items())
    }
    return {**dodged, **bounded}


def _joined(fields: Mapping[int, DodgeField], others: Mapping[int, DodgeField]) -> Mapping[int, DodgeField]:
    both = {rank: fields[rank].plus(others[rank]) for rank in fields.keys() & others.keys()}
    return {**fields, **others, **both}


def first_areas(cells: Sequence[SceneCells], count: int, lattice: CellLattice) -> np.ndarray:
    """Return (scenes,) the number of cells each scene would show as the first clear one: its weight in the mean.

    ``cells`` are by rank.
    """
    area = np.zeros(count)
    extent = lattice.cells
    seen = np.zeros(extent.shape, bool)
    for scene in (one.only_whole() for one in cells):
        row, col = cell_places(scene.keys)
        place = row - extent.row, col - extent.col
        area[scene.rank - 1] = np.count_nonzero(~seen[place])
        seen[place] = True
    return area


def _tell_groups(balance: Balance, progress: Progress) -> None:
    """Warn where scenes share no clear ground with the others, and name the smaller groups: their steps in tone stay as they are."""
    groups = sorted({number: balance.groups.count(number) for number in set(balance.groups)}.items(), key=lambda item: -item[1])
    if len(groups) == 1:
        return
    apart = {number for number, _ in groups[1:]}
    names = [name for name, number in zip(balance.scene_ids, balance.groups, strict=True) if number in apart]
    shown = ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")
    progress.warn(
        f"The scenes fall into {len(groups)} groups without clear overlap, the largest of {groups[0][1]}; each was balanced by itself and "
        f"they may differ in tone. Not in the largest: {shown}."
    )
