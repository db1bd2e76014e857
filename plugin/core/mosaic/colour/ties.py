"""Tie cells of all pairs in one table, and how they are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .cells import Overlap


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
    handful: float = 5.0
    """Tie cells that count as one observation where there are no more."""
    plain_sigma: float = 0.15
    """Standard deviation of plain gains, without offsets, that is expected beforehand."""
    least_noise: float = 0.01
    """Relative noise of a tie that is taken for granted however well they agree."""


FEWEST_STEADY = 100
"""Ties on land from which the spread of residuals is told; where there are fewer, all tell it."""


@dataclass(frozen=True, eq=False)
class Ties:
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


def gather_ties(overlaps: Sequence[Overlap], bands: int, options: BalanceOptions) -> Ties:
    """Return the tie cells of all overlaps: an even choice of each, on land first, held-out and darkest ones left out."""
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
        return Ties((), nothing, nothing, nothing, nothing, no_bands, no_bands, nothing, np.empty(0), nothing)
    owner, first, second, left, right, keys, trust, land = (np.concatenate(column, axis=-1) for column in zip(*columns, strict=True))
    begin = np.searchsorted(owner, np.arange(len(pairs)))
    typical = np.flatnonzero(land)
    typical = typical if len(typical) >= FEWEST_STEADY else np.arange(len(owner))
    typical = typical[:: max(1, len(typical) // 100_000)]
    return Ties(tuple(pairs), owner, begin, first, second, left, right, keys, trust, typical)


def _evenly(places: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` evenly spaced ones."""
    return places[np.linspace(0, len(places) - 1, most).astype(int)] if len(places) > most else places
