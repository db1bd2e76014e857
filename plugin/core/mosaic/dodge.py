"""Dodging: smooth bounded local factors that remove what one gain per scene cannot.

Haze thickens and the view angle changes across a scene. On a coarse grid of nodes each scene gets a field c of
logarithms, all scenes solved together so that what is left of their differences in the overlaps vanishes,

    min sum_pairs,nodes w (r_ij + c_i - c_j)^2 + smooth sum |grad c_i|^2 + fade sum c_i^2,

where r_ij is the median log ratio of the balanced scenes around a node (a screened Poisson problem), on land. Away from
overlaps the field fades to nothing. One field is common to all bands; what a single band still lacks is added with a strong
pull to zero, so that ratios of bands, and with them indices, hold. No factor leaves the bounds.

References
----------
Perez et al. (2003), doi:10.1145/882262.882269 (Poisson editing); Kazhdan & Hoppe (2008), doi:10.1145/1360612.1360620.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from .balance import Balance
from .nodes import LIMIT, NODE_M, DodgeField, NodeLattice
from .overlaps import CellLattice, Overlap, cell_keys, cell_places
from .plan import MosaicPlan

_TOLERANCE = {"rtol" if "rtol" in inspect.signature(cg).parameters else "tol": 1e-6, "atol": 0.0}
"""How exact the solution is; SciPy 1.12 renamed the relative tolerance."""


@dataclass(frozen=True)
class DodgeOptions:
    """How local fields are solved; the defaults were chosen on real scenes."""

    node_m: float = NODE_M
    """Distance of nodes that is aimed at; whole cells of the lattice."""
    smooth: float = 0.5
    """Weight of the gradient against one well-measured node."""
    fade: float = 0.05
    """Pull to zero of the field common to all bands."""
    fade_band: float = 1.0
    """Pull to zero of what single bands need besides."""
    limit: float = LIMIT
    """Bound of the log factor."""
    full_weight_cells: float = 10.0
    """Tie cells around a node that count as a good measurement."""


def solve_dodging(
    plan: MosaicPlan,
    overlaps: Sequence[Overlap],
    balance: Balance,
    lattice: CellLattice,
    *,
    importance: np.ndarray,
    options: DodgeOptions = DodgeOptions(),
) -> dict[int, DodgeField]:
    """Return the local fields by rank; scenes that overlap no other have none.

    ``importance`` (scenes,) is the area each scene will cover: those that make most of the mosaic move least.
    """
    nodes = NodeLattice.around(plan, lattice, options.node_m)
    measured = [_measure(overlap, balance, nodes) for overlap in overlaps]
    measured = [m for m in measured if len(m.node)]
    if not measured:
        return {}
    share = 0.5 + importance / max(float(importance.max()), 1e-9)
    common = _solve(measured, nodes, [m.step.mean(axis=1) for m in measured], share * options.fade, options)
    total = []
    for band in range(len(plan.bands)):
        rest = [m.step[:, band] - (common[nodes.number(m.pair[1], m.node)] - common[nodes.number(m.pair[0], m.node)]) for m in measured]
        total.append(common + _solve(measured, nodes, rest, share * options.fade_band, options))
    log_factor = np.clip(np.stack(total), -options.limit, options.limit).astype(np.float32)
    touched = sorted({rank for m in measured for rank in m.pair})
    return {rank: nodes.field(rank, log_factor) for rank in touched}


@dataclass(frozen=True, eq=False)
class _Measured:
    """What one pair says at the nodes it covers."""

    pair: tuple[int, int]
    node: np.ndarray  # (n, 2) row and column of the common lattice
    step: np.ndarray  # (n, bands) by which the log of the first exceeds that of the second
    cells: np.ndarray  # (n,) tie cells behind it


def _measure(overlap: Overlap, balance: Balance, nodes: NodeLattice) -> _Measured:
    i, j = (rank - 1 for rank in overlap.pair)
    use = ~overlap.held_out & overlap.steady
    first = overlap.first[use] * balance.gains[i] + balance.offsets[i]
    second = overlap.second[use] * balance.gains[j] + balance.offsets[j]
    good = (np.minimum(first, second) > 1).all(axis=1)
    ratio = np.log(first[good] / second[good])
    row, col = cell_places(overlap.keys[use][good])
    node = np.stack(((row - nodes.origin[0]) // nodes.cells, (col - nodes.origin[1]) // nodes.cells), axis=1)
    inside = np.ones(len(node), bool)
    for rank in overlap.pair:
        window = nodes.windows[rank]
        inside &= (node >= (window.row, window.col)).all(axis=1) & (node < window.stop).all(axis=1)
    node, ratio = node[inside], ratio[inside]
    if not len(node):
        return _Measured(overlap.pair, np.empty((0, 2), int), np.empty((0, balance.gains.shape[1])), np.empty(0))
    places, owner, count = np.unique(cell_keys(*node.T), return_inverse=True, return_counts=True)
    step = _medians(ratio, owner.ravel(), count)
    return _Measured(overlap.pair, np.stack(cell_places(places), axis=1), step, count.astype(float))


def _medians(values: np.ndarray, owner: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return the medians (groups, bands) of values (n, bands) by the group of each, all groups at once."""
    begin = np.cumsum(count) - count
    low, high = begin + (count - 1) // 2, begin + count // 2
    ordered = (band[np.lexsort((band, owner))] for band in values.T)
    return np.stack([(band[low] + band[high]) / 2 for band in ordered], axis=1)


def _solve(
    measured: Sequence[_Measured], nodes: NodeLattice, steps: Sequence[np.ndarray], fade: np.ndarray, options: DodgeOptions
) -> np.ndarray:
    """Return the field (nodes,) that takes away ``steps``: c_first - c_second = -step."""
    count = nodes.count
    a = np.concatenate([nodes.number(m.pair[0], m.node) for m in measured])
    b = np.concatenate([nodes.number(m.pair[1], m.node) for m in measured])
    cells = np.concatenate([m.cells for m in measured])
    weight = cells / (cells + options.full_weight_cells)
    step = np.concatenate(list(steps))
    scale = 1.4826 * np.median(np.abs(step)) + 1e-6
    weight = weight / np.maximum(1, np.abs(step) / (2.5 * scale))  # Huber: a field that was harvested is no haze
    links = [(a, b, weight), *_neighbours(nodes, options.smooth)]
    i, j, w = (np.concatenate(column) for column in zip(*links, strict=True))
    pull = np.concatenate([np.full(window.rows * window.cols, fade[rank - 1]) for rank, window in nodes.windows.items()])
    diagonal = np.bincount(i, w, count) + np.bincount(j, w, count) + pull
    matrix = sparse.coo_matrix((np.concatenate((-w, -w)), (np.concatenate((i, j)), np.concatenate((j, i)))), (count, count)).tocsr()
    matrix = matrix + sparse.diags(diagonal)
    right = np.bincount(b, weight * step, count) - np.bincount(a, weight * step, count)
    solution, _ = cg(matrix, right, **_TOLERANCE, maxiter=2000, M=sparse.diags(1 / diagonal))
    return np.asarray(solution)


def _neighbours(nodes: NodeLattice, smooth: float) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    links = []
    for rank, window in nodes.windows.items():
        number = nodes.start[rank] + np.arange(window.rows * window.cols).reshape(window.shape)
        for left, right in ((number[:, :-1], number[:, 1:]), (number[:-1], number[1:])):
            links.append((left.ravel(), right.ravel(), np.full(left.size, smooth)))
    return links
