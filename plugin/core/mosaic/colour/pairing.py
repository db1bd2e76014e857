"""Choose which scenes are compared with which: the best few of each, and all that keeps the mosaic in one piece.

A country on twenty dates has hundreds of thousands of pairs that meet, and most of them say the same again. A pair is
worth the more the more clear ground it shares and the closer its dates are, and the less the better pairs with the same
ground there are already: the second date over the same tile tells less than the first one over a neighbour. Each scene
names its best partners; a maximum spanning forest of the worths adds what is needed so that scenes which could be
connected are. Small mosaics keep every pair. The choice does not depend on the order of the scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import minimum_spanning_tree

from ..plan.plan import GRANULE_M, MosaicPlan, PlacedScene
from .cells import SceneCells, cell_places


@dataclass(frozen=True)
class PairingOptions:
    """How many pairs are compared."""

    pairs_in_all: int = 10_000
    """Pairs that scenes may name together; all are kept where there are not more."""
    fewest: int = 6
    """Partners that each scene may name at least, however many scenes there are."""
    enough_cells: float = 500.0
    """Common clear cells at which a pair is worth half as much as with any number of them."""
    days: float = 15.0
    """Days apart at which a pair is worth half as much as on one day."""
    square: int = 10
    """Cells along the side of the squares in which common clear ground is estimated."""


def choose_pairs(plan: MosaicPlan, cells: Sequence[SceneCells], options: PairingOptions = PairingOptions()) -> tuple[tuple[int, int], ...]:
    """Return pairs of ranks (1-based, smaller first) to be compared, of those that share clear ground, neighbours one after the other.

    Model: worth = common / (common + enough) / (1 + days apart / days), less where better pairs share the ground; the best
        few of each scene, and a maximum spanning forest of the worths.
    Units: common ground in clear cells; days.
    Shapes: pairs of ints; ``cells`` as measured, one item per scene.
    Source: our own choice; the forest by SciPy's ``minimum_spanning_tree``.
    """
    ground = {scene.rank: _clear_ground(scene, options.square) for scene in cells if len(scene.keys)}
    known = sorted(ground, key=lambda rank: plan.scenes[rank - 1].scene.id)
    if len(known) < 2:
        return ()
    placed = [plan.scenes[rank - 1] for rank in known]
    first, second, common = _common_cells([ground[rank] for rank in known])
    if len(first) > options.pairs_in_all:
        worth = common / (common + options.enough_cells) / (1 + _days_apart(placed, first, second) / options.days)
        quota = max(options.fewest, 2 * options.pairs_in_all // len(placed))
        chosen = _best(placed, first, second, worth, quota) | _spanning(first, second, worth, len(placed))
        first, second = first[chosen], second[chosen]
    ranks = np.sort(np.array(known)[np.stack((first, second))], axis=0)
    places = {one.rank: _place_of(one, plan) for one in placed}
    return tuple(sorted(((int(a), int(b)) for a, b in ranks.T), key=lambda pair: (places[pair[0]], places[pair[1]], pair)))


def _place_of(placed: PlacedScene, plan: MosaicPlan) -> tuple[int, int]:
    """Return row and column of the square of the size of a granule in which a scene's middle lies."""
    (row, col), size_px = placed.window.stop, GRANULE_M / plan.grid.pixel_m
    return int((placed.window.row + row) / 2 // size_px), int((placed.window.col + col) / 2 // size_px)


def _clear_ground(scene: SceneCells, square: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the squares in which a scene has clear cells, and how many by the side of the square."""
    row, col = cell_places(scene.keys)
    code, count = np.unique((row // square) * (1 << 32) + col // square, return_counts=True)
    return code, count / square


def _common_cells(ground: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs (first < second) that have clear cells in a common square, and how many they are expected to share."""
    codes, counts = zip(*ground, strict=True)
    rows = np.repeat(np.arange(len(ground)), [len(code) for code in codes])
    _, column = np.unique(np.concatenate(codes), return_inverse=True)
    table = sparse.csr_matrix((np.concatenate(counts), (rows, column.ravel())))
    product = sparse.triu(table @ table.T, k=1, format="coo")
    order = np.lexsort((product.col, product.row))
    return product.row[order].astype(int), product.col[order].astype(int), product.data[order]


def _days_apart(placed: Sequence[PlacedScene], first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return days between the scenes of each pair, 0 where a date is unknown."""
    day = np.array([p.day.toordinal() if p.day else -1 for p in placed])
    return np.where((day[first] < 0) | (day[second] < 0), 0, np.abs(day[first] - day[second]))


def _best(placed: Sequence[PlacedScene], first: np.ndarray, second: np.ndarray, worth: np.ndarray, quota: int) -> np.ndarray:
    """Return True for pairs that one of their scenes counts among its ``quota`` best."""
    names = sorted({_ground_of(p) for p in placed})
    ground = np.array([names.index(_ground_of(p)) for p in placed])
    pair = np.tile(np.arange(len(first)), 2)
    own, other = np.concatenate((first, second)), np.concatenate((second, first))
    value = np.tile(worth, 2)
    order = np.lexsort((other, -value, ground[other], own))
    place = _place_in_group(own[order], ground[other][order])
    value = value[order] / (1 + place)
    again = np.lexsort((other[order], -value, own[order]))
    kept = _place_in_group(own[order][again]) < quota
    chosen = np.zeros(len(first), bool)
    chosen[pair[order][again][kept]] = True
    return chosen


def _ground_of(placed: PlacedScene) -> str:
    """Return a name for the ground a scene covers: its tile, or where it lies."""
    return placed.scene.tile or repr(placed.window)


def _place_in_group(*keys: np.ndarray) -> np.ndarray:
    """Return 0, 1, 2, ... within each run of equal keys."""
    new = np.zeros(len(keys[0]), bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    begin = np.flatnonzero(new)
    return np.arange(len(new)) - np.repeat(begin, np.diff(np.append(begin, len(new))))


def _spanning(first: np.ndarray, second: np.ndarray, worth: np.ndarray, count: int) -> np.ndarray:
    """Return True for the pairs of a maximum spanning forest."""
    cost = sparse.coo_matrix((2 - worth, (first, second)), (count, count)).tocsr()
    tree = minimum_spanning_tree(cost).tocoo()
    return np.isin(first * count + second, tree.row.astype(int) * count + tree.col)
