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
from scipy.sparse.linalg import LinearOperator, cg

from ..plan.lattice import CellLattice
from ..plan.plan import MosaicPlan
from .balance import Balance
from .cells import Overlap, cell_keys, cell_places
from .fields import LIMIT, NODE_M, DodgeField, NodeLattice

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

    Model: a screened Poisson problem for the logarithm of the factor, one field for all bands and a small one for each.
    Units: natural logarithms, bounded by ``limit``; nodes ``node_m`` metres apart.
    Shapes: per rank a field of (bands, node rows, node cols) float32.
    Source: Perez et al. (2003), doi:10.1145/882262.882269; Kazhdan and Hoppe (2008), doi:10.1145/1360612.1360620.
    """
    nodes = NodeLattice.around(plan, lattice, options.node_m)
    measured = [_measure(overlap, balance, nodes) for overlap in overlaps]
    measured = [m for m in measured if len(m.node)]
    if not measured:
        return {}
    share = 0.5 + importance / max(float(importance.max()), 1e-9)
    ties = _Ties.of(measured, nodes, options)
    stiffness = _stiffness(nodes, options.smooth)
    common = _solve(ties, stiffness, ties.step.mean(axis=0), nodes.spread(share * options.fade))
    log_factor = np.empty((len(plan.bands), nodes.count), np.float32)
    for total, step in zip(log_factor, ties.step, strict=True):
        rest = step - (common[ties.second] - common[ties.first])
        total[:] = np.clip(common + _solve(ties, stiffness, rest, nodes.spread(share * options.fade_band)), -options.limit, options.limit)
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


@dataclass(frozen=True, eq=False)
class _Ties:
    """What all pairs say."""

    first: np.ndarray  # (ties,) number of the node in the first scene
    second: np.ndarray  # (ties,) number of the node in the second scene
    step: np.ndarray  # (bands, ties) by which the log of the first exceeds that of the second
    weight: np.ndarray  # (ties,)

    @classmethod
    def of(cls, measured: Sequence[_Measured], nodes: NodeLattice, options: DodgeOptions) -> _Ties:
        """Return the ties of measured pairs."""
        first, second = (np.concatenate([nodes.number(m.pair[side], m.node) for m in measured]) for side in (0, 1))
        cells = np.concatenate([m.cells for m in measured])
        return cls(first, second, np.concatenate([m.step.T for m in measured], axis=1), cells / (cells + options.full_weight_cells))


def _solve(ties: _Ties, stiffness: sparse.csr_matrix, step: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Return the field that takes away ``step``: c_first - c_second = -step, with ``pull`` to nothing.

    Model: (S + W + pull) c = right, S the stiffness of the grid, W the ties with Huber's weights; conjugate gradients.
    Units: natural logarithms.
    Shapes: ``step`` (ties,), ``pull`` (nodes,); the result (nodes,).
    Source: Kazhdan and Hoppe (2008), doi:10.1145/1360612.1360620; Huber (1964), doi:10.1214/aoms/1177703732.
    """
    count, a, b = len(pull), ties.first, ties.second
    scale = 1.4826 * np.median(np.abs(step)) + 1e-6
    weight = ties.weight / np.maximum(1, np.abs(step) / (2.5 * scale))  # Huber: a field that was harvested is no haze
    diagonal = np.bincount(a, weight, count) + np.bincount(b, weight, count) + pull
    rows, cols = np.concatenate((a, b)), np.concatenate((b, a))
    pairs = sparse.coo_matrix((np.tile(-weight, 2), (rows, cols)), (count, count)).tocsr()
    # The stiffness is many times as large and the same for every band: it is not copied to be added.
    matrix = LinearOperator((count, count), matvec=lambda field: stiffness @ field + pairs @ field + diagonal * field, dtype=float)
    right = np.bincount(b, weight * step, count) - np.bincount(a, weight * step, count)
    solution, _ = cg(matrix, right, **_TOLERANCE, maxiter=2000, M=sparse.diags(1 / (diagonal + stiffness.diagonal())))
    return np.asarray(solution)


def _stiffness(nodes: NodeLattice, smooth: float) -> sparse.csr_matrix:
    """Return the matrix (nodes, nodes) of ``smooth`` sum |grad c|^2, put together of one block per scene."""
    blocks = {window.shape: _block(window.shape, smooth) for window in nodes.windows.values()}
    parts = [(blocks[window.shape], nodes.start[rank]) for rank, window in nodes.windows.items()]
    index = np.concatenate([block.indices + np.int32(start) for block, start in parts], dtype=np.int32)
    entries = np.concatenate([np.diff(block.indptr) for block, _ in parts])
    values = np.concatenate([block.data for block, _ in parts])
    return sparse.csr_matrix((values, index, np.append(0, np.cumsum(entries)).astype(np.int32)), (nodes.count, nodes.count))


def _block(shape: tuple[int, int], smooth: float) -> sparse.csr_matrix:
    """Return the stiffness of one scene with (rows, cols) nodes."""
    number = np.arange(shape[0] * shape[1]).reshape(shape)
    i, j = (np.concatenate((one.ravel(), other.ravel())) for one, other in ((number[:, :-1], number[:-1]), (number[:, 1:], number[1:])))
    links = sparse.coo_matrix((np.full(len(i), smooth), (i, j)), (number.size, number.size)).tocsr()
    links = links + links.T
    return (sparse.diags(np.asarray(links.sum(axis=1)).ravel()) - links).tocsr()
