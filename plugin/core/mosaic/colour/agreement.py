"""How well the dates agree in their overlaps, before and after their colours are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plan.plan import MosaicPlan
from .balance import Balance
from .cells import Overlap, SceneCells, cell_centres
from .colours import ColourEvidence, Colours
from .fields import DodgeField


@dataclass(frozen=True, eq=False)
class Agreement:
    """What the compared cells say, so that they need not be kept while the mosaic is rendered."""

    residuals: Mapping[str, Any]
    """What `measure_residuals` found."""
    levels: np.ndarray
    """What `measure_levels` found."""


def measure_agreement(evidence: ColourEvidence, colours: Colours, plan: MosaicPlan) -> Agreement:
    """Return what the cells of a balance say."""
    residuals = measure_residuals(evidence.overlaps, colours.balance, colours.dodged, plan)
    return Agreement(residuals, measure_levels(evidence.cells, plan))


def measure_residuals(overlaps: Sequence[Overlap], balance: Balance, dodged: Mapping[int, DodgeField], plan: MosaicPlan) -> dict[str, Any]:
    """Return mean absolute differences of the held-out cells before and after balancing and dodging, in all and by pair.

    ``mad_pct`` is 100 * mean |a - b| / mean level per band. Pairs of one date are listed but not counted, since they
    agree anyway; neither are those too small to hold cells out, as long as others do (``held_out``).
    """
    lattice = plan.lattice
    some_held = any(overlap.held_out.any() for overlap in overlaps)
    pairs: list[dict[str, Any]] = []
    pooled: list[np.ndarray] = []
    for overlap in overlaps:
        chosen = overlap.held_out if overlap.held_out.any() else np.ones(len(overlap.keys), bool)
        a, b = overlap.first[chosen].astype(float), overlap.second[chosen].astype(float)
        i, j = (rank - 1 for rank in overlap.pair)
        place = cell_centres(overlap.keys[chosen], lattice)
        after_a = (a * balance.gains[i] + balance.offsets[i]) * _factor_at(dodged.get(i + 1), *place)
        after_b = (b * balance.gains[j] + balance.offsets[j]) * _factor_at(dodged.get(j + 1), *place)
        apart = np.stack((_sums_apart(a, b), _sums_apart(after_a, after_b)))
        same_day = plan.scenes[i].day is not None and plan.scenes[i].day == plan.scenes[j].day
        pairs.append(
            {
                "scenes": [plan.scenes[i].scene.id, plan.scenes[j].scene.id],
                "cells": int(chosen.sum()),
                "held_out": bool(overlap.held_out.any()),
                "same_day": same_day,
                "mad_pct_before": _mad_pct(apart[0]),
                "mad_pct_after": _mad_pct(apart[1]),
            }
        )
        if not same_day and (overlap.held_out.any() or not some_held):
            pooled.append(apart)
    if not pooled:
        return {"mad_pct_before": None, "mad_pct_after": None, "pairs": pairs}
    before, after = np.sum(pooled, axis=0)
    pairs.sort(key=lambda pair: -(np.mean(pair["mad_pct_after"]) if pair["mad_pct_after"] else 0))
    return {"mad_pct_before": _mad_pct(before), "mad_pct_after": _mad_pct(after), "pairs": pairs}


def _factor_at(field_: DodgeField | None, x: np.ndarray, y: np.ndarray) -> np.ndarray | float:
    """Return the local factor (places, bands or 1), 1 without a field."""
    return 1.0 if field_ is None else np.asarray(np.exp(field_.at(x, y)).T)


def measure_levels(cells: Sequence[SceneCells], plan: MosaicPlan) -> np.ndarray:
    """Return (scenes, bands) medians of each scene's clear cells before balancing, NaN where it has none."""
    levels = np.full((len(plan.scenes), len(plan.bands)), np.nan)
    for scene in cells:
        whole = scene.only_whole()
        shown = whole if len(whole.keys) else scene
        if len(shown.keys):
            levels[scene.rank - 1] = np.median(shown.medians, axis=0)
    return levels


def _sums_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (2, bands) sums over cells of the difference and of the level of two scenes."""
    return np.stack((np.abs(a - b).sum(axis=0), (a + b).sum(axis=0) / 2))


def _mad_pct(sums: np.ndarray) -> list[float]:
    """Return per band the mean absolute difference in percent of the mean level, from sums (2, bands) of both."""
    apart, level = sums
    return [round(float(value), 3) for value in 100 * apart / np.maximum(level, 1e-9)]
