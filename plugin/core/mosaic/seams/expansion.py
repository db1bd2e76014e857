"""Choose one label per cell by alpha-expansion: every step is a minimum cut, solved by a maximum flow.

The energy of a labelling l of cells p is

    E(l) = sum_p D_p(l_p) + sum_pq s_pq (length + min(cap, d_p(l_p, l_q) + d_q(l_p, l_q)))   over neighbours of different labels,

where d_p(a, b) is the mean absolute difference of the features of labels a and b at p. s_pq does not depend on the
labels and d is a metric, so each expansion step is solved exactly. A step asks for one label which cells change to
it. Cells for which the answer is clear whatever their neighbours do are settled before the cut; what is left is
small. Of several minimum cuts the one that changes fewest cells is taken, so that the result is unique.

References
----------
Boykov, Veksler & Zabih (2001), doi:10.1109/34.969114; Kolmogorov & Zabih (2004), doi:10.1109/TPAMI.2004.1262177;
Kwatra et al. (2003), doi:10.1145/882262.882264 (the seam cost); Desmet et al. (1992), doi:10.1038/356539a0 (settling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

STEPS_PER_UNIT = 256
"""Costs are rounded to this share of a unit: maximum flows are solved in whole numbers."""
ROUNDS = 4
"""Rounds over all labels at most; one without a change ends the search."""
SETTLING_ROUNDS = 60
"""Passes at most that settle cells before a cut."""


@dataclass(frozen=True, eq=False)
class Energy:
    """What labels cost over a window of cells."""

    unary: np.ndarray
    """(labels, rows, cols) float32, cost of a label at a cell; infinite where it must not be."""
    features: np.ndarray
    """(labels, cells, features) float32, known at every cell, row by row."""
    across: np.ndarray
    """(rows, cols - 1) float32, weight of the side between a cell and the next one in its row."""
    down: np.ndarray
    """(rows - 1, cols) float32, weight of the side between a cell and the one below."""
    length: float
    """Cost of a side whatever the features."""
    cap: float
    """Largest difference that counts."""


def expand(labels: np.ndarray, energy: Energy, free: np.ndarray) -> np.ndarray:
    """Return (rows, cols) labels of lower or equal energy; only ``free`` cells change.

    Labels are indices into ``energy.unary``, -1 none: sides towards such a cell cost nothing. A free cell must hold
    a label that is allowed there.

    Model: alpha-expansion of the energy at the head of the module, label after label, until none lowers it.
    Units: costs without units, rounded to 1 / `STEPS_PER_UNIT`.
    Shapes: ``labels`` and ``free`` (rows, cols).
    Source: Boykov, Veksler and Zabih (2001), doi:10.1109/34.969114.
    """
    flat = labels.ravel().copy()
    sides = _Sides.of(energy, free)
    quiet = 0
    count = len(energy.unary)
    for turn in range(ROUNDS * count):
        changed = _expand_one(flat, turn % count, energy, free.ravel(), sides)
        quiet = 0 if changed else quiet + 1
        if quiet >= count:
            break
    return np.asarray(flat.reshape(labels.shape))


@dataclass(frozen=True, eq=False)
class _Sides:
    """Sides between cells at least one of which is free: flat cell numbers and weights."""

    p: np.ndarray
    q: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, energy: Energy, free: np.ndarray) -> _Sides:
        """Return the sides of which at least one cell is free; ``free`` is (rows, cols) bool."""
        number = np.arange(free.size).reshape(free.shape)
        p = np.concatenate((number[:, :-1].ravel(), number[:-1].ravel()))
        q = np.concatenate((number[:, 1:].ravel(), number[1:].ravel()))
        weight = np.concatenate((energy.across.ravel(), energy.down.ravel()))
        near = free.ravel()[p] | free.ravel()[q]
        return cls(p[near], q[near], weight[near])

    def of_places(self, chosen: np.ndarray) -> _Sides:
        return _Sides(self.p[chosen], self.q[chosen], self.weight[chosen])


def _side_costs(energy: Energy, sides: _Sides, at_p: np.ndarray, at_q: np.ndarray) -> np.ndarray:
    """Return costs for labels at either end; 0 where they are the same or one is -1.

    Model: s_pq (length + min(cap, d_p(a, b) + d_q(a, b))), d the mean absolute difference of features.
    Units: costs and features have none.
    Shapes: (sides,) float64.
    Source: Kwatra et al. (2003), doi:10.1145/882262.882264.
    """
    cost = np.zeros(len(sides.p))
    differ = np.flatnonzero((at_p != at_q) & (at_p >= 0) & (at_q >= 0))
    if not len(differ):
        return cost
    a, b = at_p[differ], at_q[differ]
    step = np.zeros(len(differ))
    for ends in (sides.p[differ], sides.q[differ]):
        step += np.abs(energy.features[a, ends] - energy.features[b, ends]).mean(axis=1)
    cost[differ] = sides.weight[differ] * (energy.length + np.minimum(step, energy.cap))
    return cost


def _expand_one(flat: np.ndarray, label: int, energy: Energy, free: np.ndarray, sides: _Sides) -> bool:
    """Let one label take the cells where that lowers the energy most; changes ``flat`` and says whether it did."""
    unary = energy.unary.reshape(len(energy.unary), -1)
    open_ = free & np.isfinite(unary[label]) & (flat != label)
    cells = np.flatnonzero(open_)
    if not len(cells):
        return False
    number = np.full(flat.size, -1)
    number[cells] = np.arange(len(cells))
    touching = sides.of_places(open_[sides.p] | open_[sides.q])
    p, q = number[touching.p], number[touching.q]
    at_p, at_q = flat[touching.p], flat[touching.q]
    both = (p >= 0) & (q >= 0)
    stay = _side_costs(energy, touching, at_p, at_q)
    only_q = _side_costs(energy, touching, at_p, np.where(q >= 0, label, at_q))
    only_p = _side_costs(energy, touching, np.where(p >= 0, label, at_p), at_q)
    # theta is what changing a cell costs by itself, pair what it costs when q changes and p does not.
    theta = (unary[label, cells] - unary[flat[cells], cells]).astype(float)
    alone_p, alone_q = (p >= 0) & ~both, (q >= 0) & ~both
    theta += _summed(p[alone_p], (only_p - stay)[alone_p], len(cells)) + _summed(q[alone_q], (only_q - stay)[alone_q], len(cells))
    theta += _summed(p[both], (only_p - stay)[both], len(cells)) - _summed(q[both], only_p[both], len(cells))
    pair = np.maximum((only_p + only_q - stay)[both], 0)
    takes = minimum_cut(theta, p[both], q[both], pair)
    flat[cells[takes]] = label
    return bool(takes.any())


def _summed(index: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Return (count,) sums of weights by index."""
    return np.bincount(index, weights=weights, minlength=count)


def minimum_cut(theta: np.ndarray, p: np.ndarray, q: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """Return x in {False, True} that minimises sum theta x + sum pair (1 - x_p) x_q, with fewest True.

    Model: cells whose own cost outweighs all their sides are settled first; one maximum flow decides the rest.
    Units: costs without units; ``theta`` may have any sign, ``pair`` >= 0 belongs to the cells ``p`` and ``q``.
    Shapes: ``theta`` (cells,), ``p``, ``q`` and ``pair`` (sides,); the result (cells,) bool.
    Source: Kolmogorov and Zabih (2004), doi:10.1109/TPAMI.2004.1262177; Desmet et al. (1992), doi:10.1038/356539a0, for settling.
    """
    theta = np.rint(np.clip(theta, -1e9, 1e9) * STEPS_PER_UNIT).astype(np.int64)
    pair = np.rint(np.minimum(pair, 1e6) * STEPS_PER_UNIT).astype(np.int64)
    state, theta, p, q, pair = _settle(theta, p, q, pair)
    rest = np.flatnonzero(state < 0)
    if len(rest):
        number = np.full(len(theta), -1)
        number[rest] = np.arange(len(rest))
        state[rest] = _cut(theta[rest], number[p], number[q], pair)
    return np.asarray(state > 0)


def _settle(
    theta: np.ndarray, p: np.ndarray, q: np.ndarray, pair: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return states (0, 1, or -1 for open) of cells whose own cost outweighs their sides, and what is left of the problem."""
    count = len(theta)
    theta = theta.copy()
    state = np.full(count, -1, np.int8)
    for _ in range(SETTLING_ROUNDS):
        as_p = np.bincount(p, weights=pair, minlength=count)
        as_q = np.bincount(q, weights=pair, minlength=count)
        open_ = state < 0
        no, yes = open_ & (theta >= as_p), open_ & (-theta > as_q)
        settled = int(no.sum() + yes.sum())
        state[no], state[yes] = 0, 1
        gone_p, gone_q = state[p] >= 0, state[q] >= 0
        # x_p = 0 leaves pair x_q; x_q = 1 leaves pair (1 - x_p), which is -pair x_p and a constant.
        left_q, left_p = (state[p] == 0) & ~gone_q, (state[q] == 1) & ~gone_p
        theta += np.bincount(q[left_q], weights=pair[left_q], minlength=count).astype(np.int64)
        theta -= np.bincount(p[left_p], weights=pair[left_p], minlength=count).astype(np.int64)
        keep = ~(gone_p | gone_q) & (pair > 0)
        p, q, pair = p[keep], q[keep], pair[keep]
        if settled * 200 <= count - int((state >= 0).sum()) or not (state < 0).any():
            break
    return state, theta, p, q, pair


def _cut(theta: np.ndarray, p: np.ndarray, q: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """Return x of the minimum cut with fewest ones, by one maximum flow."""
    count = len(theta)
    # A cell's own cost beyond the sum of its sides changes nothing and would overflow.
    limit = np.bincount(p, weights=pair, minlength=count) + np.bincount(q, weights=pair, minlength=count)
    theta = np.clip(theta, -limit - 1, limit + 1).astype(np.int64)
    source, sink = count, count + 1
    positive, negative = np.flatnonzero(theta > 0), np.flatnonzero(theta < 0)
    tail = np.concatenate((p, np.full(len(positive), source), negative))
    head = np.concatenate((q, positive, np.full(len(negative), sink)))
    capacity = np.concatenate((pair, theta[positive], -theta[negative])).astype(np.int32)
    graph = sparse.csr_matrix((capacity, (tail, head)), shape=(count + 2, count + 2), dtype=np.int32)
    flow = maximum_flow(graph, source, sink).flow
    residual = (graph - flow).tocsr()
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    reaching = breadth_first_order(residual.T.tocsr(), sink, directed=True, return_predecessors=False)
    takes = np.zeros(count + 2, bool)
    takes[reaching] = True
    return takes[:count]
