"""Solve one gain and one small offset per scene and band from the overlaps of all scenes at once.

The model is v' = gain * v + offset. A first solution has gains only: logarithms by least squares over tie cells,

    min sum_k w_k (a_i + ln m_ik - a_j - ln m_jk)^2 + ridge sum_i a_i^2,

reweighted after Huber and then Tukey so that a missed cloud, a harvest or a flooded field does not pull its scene.
A gain of zero is no solution in logarithms, and errors are relative, so dark bands count as much as bright ones.
Haze adds light rather than multiplies it, so gain and offset are then solved together,

    min sum_k w_k (g_i m_ik + o_i - g_j m_jk - o_j)^2 / (n s^2) + sum_i ((g_i - g_i0) / sigma_g)^2 + (o_i / sigma_o)^2,

with the area-weighted mean of g fixed to 1; s is the spread of the first solution's residuals and n the number of neighbouring
cells that err alike. It is solved twice, with g_i0 = 1 (haze) and with the gains of the first solution as far as the ties make
them certain (plain gains), and the likelier of both is taken: a few ties cannot tell one from the other, and a wrong one leaves a
step. The priors decide where the overlaps cannot: without evidence an offset stays 0, with exact ties both come out exact.
Weakly anchored, gain and offset together would collapse towards a flat mosaic.

References
----------
Huber, P. J. (1964), doi:10.1214/aoms/1177703732; Beaton & Tukey (1974), doi:10.1080/00401706.1974.10489171;
Cresson & Saint-Geours (2015), doi:10.1109/JSTARS.2015.2449233 for mosaics as one least-squares problem.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from ...scenes.msi import MSI
from .cells import Overlap
from .ties import BalanceOptions, Ties, gather_ties

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Balance:
    """Gains and offsets, v' = gain * v + offset in units of 1/10 000."""

    bands: tuple[str, ...]
    """Band names in the order of the arrays' columns."""
    scene_ids: tuple[str, ...]
    """Scene ids in the order of the arrays' rows (rank in the plan)."""
    gains: np.ndarray
    """(scenes, bands)."""
    offsets: np.ndarray
    """(scenes, bands), reflectance x 10000."""
    groups: tuple[int, ...]
    """Number of the connected group of each scene; groups that share no overlap were solved apart."""
    outliers: tuple[tuple[tuple[int, int], int], ...] = field(default=())
    """(pair, lattice key) of tie cells without weight: "look here, cloud left?"."""


def identity(scene_ids: Sequence[str], bands: Sequence[str]) -> Balance:
    """Return the balance that changes nothing."""
    shape = (len(scene_ids), len(bands))
    return Balance(tuple(bands), tuple(scene_ids), np.ones(shape), np.zeros(shape), tuple(range(len(scene_ids))))


def solve_balance(
    overlaps: Sequence[Overlap],
    scene_ids: Sequence[str],
    bands: Sequence[str],
    *,
    importance: np.ndarray | None = None,
    anchors: Mapping[int, np.ndarray] | None = None,
    keep_mean: bool = False,
    options: BalanceOptions = BalanceOptions(),
) -> Balance:
    """Return the gains and offsets that make overlaps agree.

    ``importance`` (scenes,) is the area each scene will cover: the area-weighted mean of the log gains of every
    connected group is kept at 0, so the mosaic neither brightens nor darkens, and the scenes that make most of it
    change least. ``anchors`` maps ranks (1-based) to fixed log gains (bands,) instead. ``keep_mean`` holds the mean gain
    of a group with anchors at theirs all the same: one that shows another season agrees with no scene exactly, and least
    squares would flatten them all to come nearer to it.

    Model: v' = gain * v + offset per scene and band; robust least squares over tie cells under priors (see the module).
    Units: reflectance x 10000; gains have none.
    Shapes: gains and offsets (scenes, bands), scenes in the order of ``scene_ids``.
    Source: Cresson and Saint-Geours (2015), doi:10.1109/JSTARS.2015.2449233.
    """
    count = len(scene_ids)
    ties = gather_ties(overlaps, len(bands), options)
    groups = _groups(ties, count)
    weight = ties.trust
    log_gains = np.zeros((count, len(bands)))
    if len(weight):
        for number in range(sum(options.rounds)):
            log_gains = _solve(ties, weight, count, options.ridge)
            weight = _reweight(ties, log_gains, options, last=number >= options.rounds[0])
        log_gains = _solve(ties, weight, count, options.ridge)
    log_gains = _anchor(log_gains, groups, importance, anchors)
    frame = _Frame(groups, importance, anchors, tuple(bands), keep_mean)
    if len(weight):
        plain = np.exp(_anchor(_certain(ties, weight, log_gains, options), groups, importance, anchors))
        found = [_refine(ties, expected, np.exp(log_gains), weight, (frame, options)) for expected in (np.ones_like(plain), plain)]
        gains, offsets, weight = _likelier(ties, found, plain, frame, options)
    else:
        gains, offsets = np.exp(log_gains), np.zeros_like(log_gains)
    outliers = tuple((ties.pairs[p], int(k)) for p, k in zip(ties.owner[weight == 0], ties.keys[weight == 0], strict=True))
    return Balance(tuple(bands), tuple(scene_ids), gains, offsets, tuple(int(g) for g in groups), outliers)


@dataclass(frozen=True, eq=False)
class _Frame:
    """What holds a solution in place."""

    groups: np.ndarray  # (scenes,)
    importance: np.ndarray | None  # (scenes,)
    anchors: Mapping[int, np.ndarray] | None
    bands: tuple[str, ...]
    keep_mean: bool

    def haze(self, sigma: float) -> np.ndarray:
        """Return the expected spread of offsets per band: path radiance falls about with the square of the wavelength."""
        blue, infrared = MSI["B02"], MSI["B08"]
        lengths = [MSI.get(band, infrared).wavelength_nm for band in self.bands]
        return np.array([sigma * max((blue.wavelength_nm / length) ** 2, 0.15) for length in lengths])

    def shares(self) -> np.ndarray:
        """Return the share (scenes,) each scene has in the mean of its group."""
        share = np.ones(len(self.groups)) if self.importance is None else np.maximum(self.importance, 0) + 1e-9
        return np.asarray(share / np.bincount(self.groups, share)[self.groups])

    def anchored(self) -> np.ndarray:
        """Return the numbers of the groups that hold an anchor."""
        return np.unique([self.groups[rank - 1] for rank in self.anchors]) if self.anchors else np.empty(0, int)


def _groups(ties: Ties, count: int) -> np.ndarray:
    """Return (scenes,) the number of the group that each scene hangs together with by ties."""
    links = sparse.coo_matrix((np.ones(len(ties.first)), (ties.first, ties.second)), shape=(count, count))
    return connected_components(links, directed=False)[1]


def _solve(ties: Ties, weight: np.ndarray, count: int, ridge: float) -> np.ndarray:
    """Return log gains of the weighted least squares a_first - a_second = step.

    Model: (L + ridge mean(diag L) I) a = right, L the weighted Laplacian of the graph of scenes; one factor serves all bands.
    Units: natural logarithms.
    Shapes: ``weight`` (ties,); the result (scenes, bands).
    Source: Cresson and Saint-Geours (2015), doi:10.1109/JSTARS.2015.2449233.
    """
    a, b = ties.rows
    strength = ties.summed(weight)
    degree = np.bincount(a, strength, count) + np.bincount(b, strength, count)
    laplacian = sparse.coo_matrix(
        (np.concatenate((-strength, -strength)), (np.concatenate((a, b)), np.concatenate((b, a)))), (count, count)
    ).tocsc()
    pull = ridge * max(degree.mean(), 1e-12)
    normal = laplacian + sparse.diags(degree + pull, format="csc")
    apart = [ties.summed(weight * step) for step in ties.steps()]
    right = np.stack([np.bincount(a, s, count) - np.bincount(b, s, count) for s in apart], axis=1)
    return np.asarray(_factor(normal).solve(right)).reshape(count, -1)


def _certain(ties: Ties, weight: np.ndarray, log_gains: np.ndarray, options: BalanceOptions) -> np.ndarray:
    """Return log gains (scenes, bands) as far as the ties make them certain: where few are left, nearer to none at all.

    Model: the same least squares with each pair counting for its independent observations over the variance of residuals, under a
        prior of standard deviation ``plain_sigma`` around 0.
    Units: natural logarithms.
    Shapes: ``weight`` (ties,).
    Source: Gaussian priors in least squares, Tarantola (2005), doi:10.1137/1.9780898717921, chapter 3.
    """
    count = len(log_gains)
    a, b = ties.rows
    share = _independent(ties.summed(weight), options) / np.maximum(ties.summed(weight), 1e-12)
    out = np.empty_like(log_gains)
    for band, step in enumerate(ties.steps()):
        residual = log_gains[ties.first, band] - log_gains[ties.second, band] - step
        precision = share / (_typical(residual[ties.typical]) ** 2 + options.least_noise**2)
        strength, apart = precision * ties.summed(weight), precision * ties.summed(weight * step)
        links = sparse.coo_matrix(
            (np.concatenate((-strength, -strength)), (np.concatenate((a, b)), np.concatenate((b, a)))), (count, count)
        ).tocsc()
        degree = np.bincount(a, strength, count) + np.bincount(b, strength, count)
        normal = links + sparse.diags(degree + options.plain_sigma**-2.0, format="csc")
        out[:, band] = _factor(normal).solve(np.bincount(a, apart, count) - np.bincount(b, apart, count))
    return out


def _independent(cells: np.ndarray, options: BalanceOptions) -> np.ndarray:
    """Return how many independent observations the weighted number of cells (pairs,) of each pair counts for.

    Neighbouring cells err alike, ``alike`` of them as one; but a handful of cells that agree is an observation, too.
    """
    return np.asarray(np.maximum(cells / options.alike, np.minimum(cells / options.handful, 1)))


def _factor(normal: sparse.spmatrix) -> SuperLU:
    """Return the factors of a symmetric positive definite matrix, which needs no pivoting."""
    return splu(normal.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


def _typical(residual: np.ndarray) -> float:
    """Return the robust standard deviation of (ties,) residuals."""
    return float(1.4826 * np.median(np.abs(residual)))


def _reweight(ties: Ties, log_gains: np.ndarray, options: BalanceOptions, *, last: bool) -> np.ndarray:
    """Return one weight per tie cell: whatever disturbs a cell disturbs all its bands.

    Model: the root mean square over the bands of residual / robust spread goes through Huber's weight, in the end through Tukey's.
    Units: residuals in natural logarithms; ``huber`` and ``tukey`` in standard deviations.
    Shapes: ``log_gains`` (scenes, bands); the result (ties,).
    Source: Huber (1964), doi:10.1214/aoms/1177703732; Beaton and Tukey (1974), doi:10.1080/00401706.1974.10489171.
    """
    square = np.zeros(len(ties.first))
    for gains, step in zip(log_gains.T, ties.steps(), strict=True):
        residual = gains[ties.first] - gains[ties.second] - step
        square += (residual / (_typical(residual[ties.typical]) + 1e-9)) ** 2
    size = np.sqrt(square / len(ties.left))
    return ties.trust * (_tukey(size, options) if last else np.minimum(1.0, options.huber / np.maximum(size, 1e-12)))


def _tukey(size: np.ndarray, options: BalanceOptions) -> np.ndarray:
    """Return Tukey's weights, 0 to 1, of (ties,) residuals in standard deviations."""
    return np.clip(1 - (size / options.tukey) ** 2, 0, None) ** 2


def _likelier(
    ties: Ties, found: Sequence[_Solution], plain: np.ndarray, frame: _Frame, options: BalanceOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gains, offsets and weights, for each group of the solution that explains its ties with less: haze, or plain gains.

    Model: squared residuals, each pair counting for its independent observations and no cell for more than Tukey's limit, plus the
        squares of what the priors would not have expected; the smaller sum is the likelier solution.
    Units: standard deviations.
    Shapes: ``found`` the solution that expects gains of 1 and the one that expects ``plain`` (scenes, bands).
    Source: the maximum a posteriori of two models, MacKay (2003), Information Theory, Inference, and Learning Algorithms, chapter 28.
    """
    groups, bands = frame.groups, range(plain.shape[1])
    cells = ties.summed(ties.trust)
    share = _independent(cells, options) / np.maximum(cells, 1e-12)
    spread = [_typical(_apart(ties, found[1].gains[:, band], found[1].offsets[:, band], band)[ties.typical]) + 1e-3 for band in bands]
    costs = []
    for solution, expected in zip(found, (np.ones_like(plain), plain), strict=True):
        surprise = ((solution.gains - expected) / options.gain_sigma) ** 2 + (solution.offsets / frame.haze(options.haze_sigma)) ** 2
        cost = np.bincount(groups, (surprise + (np.log(expected) / options.plain_sigma) ** 2).sum(axis=1))
        for band in bands:
            size = (_apart(ties, solution.gains[:, band], solution.offsets[:, band], band) / spread[band]) ** 2
            misfit = share * ties.summed(ties.trust * np.minimum(size, options.tukey**2))
            cost += np.bincount(groups[ties.rows[0]], misfit, len(cost))
        costs.append(cost)
    is_plain = (costs[1] < costs[0])[groups]
    haze, gain = found
    chosen = np.where(is_plain[:, None], gain.gains, haze.gains), np.where(is_plain[:, None], gain.offsets, haze.offsets)
    return *chosen, np.where(is_plain[ties.first], gain.weight, haze.weight)


@dataclass(frozen=True, eq=False)
class _Solution:
    """Gains and offsets (scenes, bands) and the weights (ties,) they were found with."""

    gains: np.ndarray
    offsets: np.ndarray
    weight: np.ndarray


def _refine(ties: Ties, plain: np.ndarray, gains: np.ndarray, weight: np.ndarray, model: tuple[_Frame, BalanceOptions]) -> _Solution:
    """Return gains, offsets and weights of the joint solution, with ``plain`` gains (scenes, bands) expected beforehand.

    Model: gains and offsets together under the priors of the module's second formula, reweighted after Tukey each round.
    Units: reflectance x 10000.
    Shapes: gains and offsets (scenes, bands), weights (ties,).
    Source: Beaton and Tukey (1974), doi:10.1080/00401706.1974.10489171, for the weights.
    """
    (frame, options), offsets = model, np.zeros_like(gains)
    bands = range(gains.shape[1])
    spread = [_typical(_apart(ties, gains[:, band], offsets[:, band], band)[ties.typical]) + 1e-3 for band in bands]
    for _ in range(options.rounds[1]):
        cells = ties.summed(weight)
        share = _independent(cells, options) / np.maximum(cells, 1e-12)
        moments = (_moments(ties, band, weight) * share / spread[band] ** 2 for band in bands)
        solved = [_solve_band(ties, moment, plain[:, band], (band, frame), options) for band, moment in enumerate(moments)]
        gains, offsets = (np.stack(column, axis=1) for column in zip(*solved, strict=True))
        square = np.zeros(len(weight))
        for band in bands:
            square += (_apart(ties, gains[:, band], offsets[:, band], band) / spread[band]) ** 2
        weight = ties.trust * _tukey(np.sqrt(square / len(bands)), options)
    return _Solution(gains, offsets, weight)


def _apart(ties: Ties, gains: np.ndarray, offsets: np.ndarray, band: int) -> np.ndarray:
    """Return by how much (ties,) the balanced first scene exceeds the second in a band; gains and offsets are (scenes,)."""
    a, b = ties.first, ties.second
    return np.asarray(gains[a] * ties.left[band] + offsets[a] - gains[b] * ties.right[band] - offsets[b])


def _moments(ties: Ties, band: int, weight: np.ndarray) -> np.ndarray:
    """Return weighted sums (6, pairs) of 1, x, y, xx, xy and yy over the ties of each pair."""
    x, y = ties.left[band].astype(float), ties.right[band].astype(float)
    wx, wy = weight * x, weight * y
    return np.stack([ties.summed(values) for values in (weight, wx, wy, wx * x, wx * y, wy * y)])


def _solve_band(
    ties: Ties, moments: np.ndarray, plain: np.ndarray, place: tuple[int, _Frame], options: BalanceOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Return gains and offsets (scenes,) of one band under the priors, the mean gain of each group held at 1 or the anchors fixed.

    ``moments`` (6, pairs) are those of `_moments`, ``plain`` (scenes,) the gains without offsets, which are expected where the
    ties cannot tell a gain from haze; ``place`` is the band's number and the frame.
    """
    band, frame = place
    n = len(frame.groups)
    one, x, y, xx, xy, yy = moments
    i, j = ties.rows
    rows = np.concatenate((i, i, n + i, n + i, j, j, n + j, n + j, i, i, n + i, n + i, j, n + j, j, n + j))
    cols = np.concatenate((i, n + i, i, n + i, j, n + j, j, n + j, j, n + j, j, n + j, i, i, n + i, n + i))
    values = np.concatenate((
        xx, x, x, one, yy, y, y, one, -xy, -x, -y, -one, -xy, -x, -y, -one,
    ))  # fmt: skip
    prior = np.concatenate((np.full(n, options.gain_sigma**-2.0), np.full(n, frame.haze(options.haze_sigma)[band] ** -2)))
    target = np.concatenate((plain, np.zeros(n)))
    if frame.anchors:
        # What is expected of the others follows the anchors of their group: those set the level.
        for group in {frame.groups[rank - 1] for rank in frame.anchors}:
            fixed = [log_gains[band] for rank, log_gains in frame.anchors.items() if frame.groups[rank - 1] == group]
            target[:n][frame.groups == group] = np.exp(np.mean(fixed))
        for rank, log_gains in frame.anchors.items():
            prior[[rank - 1, n + rank - 1]] = 1e12
            target[rank - 1] = np.exp(log_gains[band])
    normal = sparse.coo_matrix((values, (rows, cols)), (2 * n, 2 * n)).tocsc() + sparse.diags(prior, format="csc")
    share = frame.shares()
    free = ~np.isin(frame.groups, frame.anchored())
    # One multiplier per group holds its mean; groups share no tie, so one more right side serves them all.
    factor = _factor(normal)
    mean = np.concatenate((np.where(free | frame.keep_mean, share, 0), np.zeros(n)))
    bare, pull = factor.solve(np.stack((prior * target, mean), axis=1)).T
    excess, response = (np.bincount(frame.groups, share * column[:n]) for column in (bare, pull))
    level = np.ones(len(response))  # without anchors the mean gain is 1, whatever was expected of single scenes
    level[frame.anchored()] = np.bincount(frame.groups, share * target[:n])[frame.anchored()]
    multiplier = np.where(response > 0, (excess - level) / np.where(response > 0, response, 1), 0)
    solution = bare - np.tile(multiplier[frame.groups], 2) * pull
    gains, offsets = solution[:n], solution[n : 2 * n]
    shift = np.bincount(frame.groups, share * offsets)[frame.groups]
    return gains, np.where(free, offsets - shift, offsets)


def _anchor(
    log_gains: np.ndarray, groups: np.ndarray, importance: np.ndarray | None, anchors: Mapping[int, np.ndarray] | None
) -> np.ndarray:
    """Return log gains (scenes, bands) with each group moved to its anchors, or to a weighted mean of 0 where it has none."""
    shifted = log_gains.copy()
    share = np.ones(len(groups)) if importance is None else np.maximum(importance, 0) + 1e-9
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        fixed = [m for m in members if anchors and m + 1 in anchors]
        if fixed and anchors:
            shift = np.mean([anchors[m + 1] - log_gains[m] for m in fixed], axis=0)
        else:
            shift = -np.average(log_gains[members], axis=0, weights=share[members])
        shifted[members] += shift
    return shifted
