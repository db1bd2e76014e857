"""Solve one gain and one small offset per scene and band from the overlaps of all scenes at once.

The model is v' = gain * v + offset. A first solution has gains only: logarithms by least squares over tie cells,

    min sum_k w_k (a_i + ln m_ik - a_j - ln m_jk)^2 + ridge sum_i a_i^2,

reweighted after Huber and then Tukey so that a missed cloud, a harvest or a flooded field does not pull its scene.
A gain of zero is no solution in logarithms, and errors are relative, so dark bands count as much as bright ones.
Haze adds light rather than multiplies it, so gain and offset are then solved together,

    min sum_k w_k (g_i m_ik + o_i - g_j m_jk - o_j)^2 / (n s^2) + sum_i ((g_i - g_i0) / sigma_g)^2 + (o_i / sigma_o)^2,

with the area-weighted mean of g fixed to 1; g_i0 = 1, s is the spread of the first solution's residuals and n the number
of neighbouring cells that err alike. The priors decide where the overlaps cannot: without evidence an offset stays 0,
with exact ties both come out exact. Weakly anchored, gain and offset together would collapse towards a flat mosaic.

References
----------
Huber, P. J. (1964), doi:10.1214/aoms/1177703732; Beaton & Tukey (1974), doi:10.1080/00401706.1974.10489171;
Cresson & Saint-Geours (2015), doi:10.1109/JSTARS.2015.2449233 for mosaics as one least-squares problem.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from ...scenes.msi import MSI
from .cells import Overlap

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BalanceOptions:
    """How the balance is solved; the defaults were chosen on hold-out cells of real scenes."""

    cells_per_pair: int = 5000
    """Tie cells used of one pair, and cells that a pair counts for, at most: area counts, not its number of pixels."""
    cells_in_all: int = 1_000_000
    """Tie cells used of all pairs together at most; where there are more, each stands for several."""
    ridge: float = 1e-3
    """Pull of every log gain to 0, relative to the mean weight of a scene's ties."""
    huber: float = 1.345
    """Residuals beyond this many standard deviations lose weight in the first rounds."""
    tukey: float = 4.685
    """Residuals beyond this many standard deviations lose all weight in the last rounds."""
    rounds: tuple[int, int] = (8, 4)
    """Rounds after Huber and after Tukey."""
    darkest: float = 20.0
    """Medians below this (reflectance x 10000) in any band are left out: logarithms of noise."""
    gain_sigma: float = 0.03
    """Standard deviation of gains that is expected beforehand."""
    haze_sigma: float = 120.0
    """Standard deviation of offsets expected beforehand at 490 nm, reflectance x 10000; it falls with the wavelength."""
    unsteady: float = 0.02
    """Weight of a cell of water or snow beside one of land."""
    alike: float = 50.0
    """Neighbouring tie cells that err alike and count as one observation."""


FEWEST_STEADY = 100
"""Ties on land from which the spread of residuals is told; where there are fewer, all tell it."""


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
    ties = _ties(overlaps, len(bands), options)
    groups = _groups(ties, count)
    weight = ties.trust
    log_gains = np.zeros((count, len(bands)))
    if len(weight):
        for number in range(sum(options.rounds)):
            log_gains = _solve(ties, weight, count, options.ridge)
            weight = _reweight(ties, log_gains, options, last=number >= options.rounds[0])
        log_gains = _solve(ties, weight, count, options.ridge)
    log_gains = _anchor(log_gains, groups, importance, anchors)
    gains, offsets, weight = _refine(ties, np.exp(log_gains), weight, _Frame(groups, importance, anchors, tuple(bands), keep_mean), options)
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


@dataclass(frozen=True, eq=False)
class _Ties:
    """Tie cells of all pairs in one table."""

    pairs: tuple[tuple[int, int], ...]
    owner: np.ndarray  # (ties,) number of the pair, ascending
    begin: np.ndarray  # (pairs,) number of the pair's first tie
    first: np.ndarray  # (ties,) row of the first scene
    second: np.ndarray  # (ties,) row of the second scene
    left: np.ndarray  # (bands, ties) float32 median in the first scene
    right: np.ndarray  # (bands, ties) float32 median in the second scene
    keys: np.ndarray  # (ties,)
    trust: np.ndarray  # (ties,) weight before any residual is known
    typical: np.ndarray  # numbers of the ties from which spreads are told

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the first and the second scene of each pair."""
        first, second = np.array(self.pairs).T - 1
        return first, second

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Return the sum over the ties of each pair of (ties,) values."""
        return np.asarray(np.add.reduceat(values, self.begin))

    def steps(self) -> Iterator[np.ndarray]:
        """Yield ln right - ln left (ties,) band by band: a country's ties in all bands at once take a quarter of a gigabyte."""
        for left, right in zip(self.left, self.right, strict=True):
            yield np.log(right.astype(float) / left)


def _ties(overlaps: Sequence[Overlap], bands: int, options: BalanceOptions) -> _Ties:
    most = min(options.cells_per_pair, max(20, options.cells_in_all // max(len(overlaps), 1)))
    pairs: list[tuple[int, int]] = []
    columns = []
    for overlap in overlaps:
        good = ~overlap.held_out & (np.minimum(overlap.first, overlap.second) >= options.darkest).all(axis=1)
        chosen = _evenly(np.flatnonzero(good & overlap.steady), most)
        if len(chosen) < most:
            chosen = np.sort(np.concatenate((chosen, _evenly(np.flatnonzero(good & ~overlap.steady), most - len(chosen)))))
        if not len(chosen):
            continue
        owner = np.full(len(chosen), len(pairs))
        first, second = (np.full(len(chosen), rank - 1) for rank in overlap.pair)
        left, right = overlap.first[chosen].T, overlap.second[chosen].T
        steady = overlap.steady[chosen]
        # Ties stand for the cells they were chosen from, so that priors weigh as much in a country as in two tiles.
        stand_for = max(1.0, min(good.sum() / overlap.share, options.cells_per_pair) / len(chosen))
        trust = stand_for * np.where(steady, 1.0, options.unsteady)
        columns.append((owner, first, second, left, right, overlap.keys[chosen], trust, steady))
        pairs.append(overlap.pair)
    if not pairs:
        nothing, no_bands = np.empty(0, int), np.empty((bands, 0))
        return _Ties((), nothing, nothing, nothing, nothing, no_bands, no_bands, nothing, np.empty(0), nothing)
    owner, first, second, left, right, keys, trust, land = (np.concatenate(column, axis=-1) for column in zip(*columns, strict=True))
    begin = np.searchsorted(owner, np.arange(len(pairs)))
    typical = np.flatnonzero(land)
    typical = typical if len(typical) >= FEWEST_STEADY else np.arange(len(owner))
    typical = typical[:: max(1, len(typical) // 100_000)]
    return _Ties(tuple(pairs), owner, begin, first, second, left, right, keys, trust, typical)


def _evenly(places: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` evenly spaced ones."""
    return places[np.linspace(0, len(places) - 1, most).astype(int)] if len(places) > most else places


def _groups(ties: _Ties, count: int) -> np.ndarray:
    """Return (scenes,) the number of the group that each scene hangs together with by ties."""
    links = sparse.coo_matrix((np.ones(len(ties.first)), (ties.first, ties.second)), shape=(count, count))
    return connected_components(links, directed=False)[1]


def _solve(ties: _Ties, weight: np.ndarray, count: int, ridge: float) -> np.ndarray:
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


def _factor(normal: sparse.spmatrix) -> SuperLU:
    """Return the factors of a symmetric positive definite matrix, which needs no pivoting."""
    return splu(normal.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


def _typical(residual: np.ndarray) -> float:
    """Return the robust standard deviation of (ties,) residuals."""
    return float(1.4826 * np.median(np.abs(residual)))


def _reweight(ties: _Ties, log_gains: np.ndarray, options: BalanceOptions, *, last: bool) -> np.ndarray:
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


def _refine(
    ties: _Ties, gains: np.ndarray, weight: np.ndarray, frame: _Frame, options: BalanceOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gains, offsets and weights of the joint solution.

    Model: gains and offsets together under the priors of the module's second formula, reweighted after Tukey each round.
    Units: reflectance x 10000.
    Shapes: gains and offsets (scenes, bands), weights (ties,).
    Source: Beaton and Tukey (1974), doi:10.1080/00401706.1974.10489171, for the weights.
    """
    offsets = np.zeros_like(gains)
    if not len(weight):
        return gains, offsets, weight
    bands = range(gains.shape[1])
    spread = [_typical(_apart(ties, gains[:, band], offsets[:, band], band)[ties.typical]) + 1e-3 for band in bands]
    for _ in range(options.rounds[1]):
        moments = (_moments(ties, band, weight) / (options.alike * spread[band] ** 2) for band in bands)
        solved = [_solve_band(ties, moment, band, frame, options) for band, moment in enumerate(moments)]
        gains, offsets = (np.stack(column, axis=1) for column in zip(*solved, strict=True))
        square = np.zeros(len(weight))
        for band in bands:
            square += (_apart(ties, gains[:, band], offsets[:, band], band) / spread[band]) ** 2
        weight = ties.trust * _tukey(np.sqrt(square / len(bands)), options)
    return gains, offsets, weight


def _apart(ties: _Ties, gains: np.ndarray, offsets: np.ndarray, band: int) -> np.ndarray:
    """Return by how much (ties,) the balanced first scene exceeds the second in a band; gains and offsets are (scenes,)."""
    a, b = ties.first, ties.second
    return np.asarray(gains[a] * ties.left[band] + offsets[a] - gains[b] * ties.right[band] - offsets[b])


def _moments(ties: _Ties, band: int, weight: np.ndarray) -> np.ndarray:
    """Return weighted sums (6, pairs) of 1, x, y, xx, xy and yy over the ties of each pair."""
    x, y = ties.left[band].astype(float), ties.right[band].astype(float)
    wx, wy = weight * x, weight * y
    return np.stack([ties.summed(values) for values in (weight, wx, wy, wx * x, wx * y, wy * y)])


def _solve_band(ties: _Ties, moments: np.ndarray, band: int, frame: _Frame, options: BalanceOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return gains and offsets (scenes,) of one band under the priors, the mean gain of each group held at 1 or the anchors fixed.

    ``moments`` (6, pairs) are those of `_moments`.
    """
    n = len(frame.groups)
    one, x, y, xx, xy, yy = moments
    i, j = ties.rows
    rows = np.concatenate((i, i, n + i, n + i, j, j, n + j, n + j, i, i, n + i, n + i, j, n + j, j, n + j))
    cols = np.concatenate((i, n + i, i, n + i, j, n + j, j, n + j, j, n + j, j, n + j, i, i, n + i, n + i))
    values = np.concatenate((
        xx, x, x, one, yy, y, y, one, -xy, -x, -y, -one, -xy, -x, -y, -one,
    ))  # fmt: skip
    prior = np.concatenate((np.full(n, options.gain_sigma**-2.0), np.full(n, frame.haze(options.haze_sigma)[band] ** -2)))
    target = np.concatenate((np.ones(n), np.zeros(n)))
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
    level = np.bincount(frame.groups, share * target[:n])
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
