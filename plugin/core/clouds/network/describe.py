"""Describe a model in words, and try whether it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...base.errors import SkyfriError
from ..options import DEFAULT_THRESHOLDS
from .card import CLASS_NAMES, ModelCard
from .model import open_model
from .runtime import CPU

RUNS = 3
"""Patches of random input that a test runs; the first one is not timed."""

UNIT_TOLERANCE = 1e-3
"""How far the sum of a pixel's probabilities may be from 1 without a remark."""


@dataclass(frozen=True)
class Description:
    """A card in words and the outcome of its test."""

    lines: tuple[str, ...]
    """What to print."""
    problems: tuple[str, ...]
    """What is wrong, each with its remedy; empty for a model that runs."""

    @property
    def text(self) -> str:
        """All lines, then all problems."""
        return "\n".join([*self.lines, *(f"PROBLEM: {problem}" for problem in self.problems)])


def describe_model(card: ModelCard, *, providers: Sequence[str] = (CPU,), threads: int | None = None) -> Description:
    """Return a card in words after running its network on random input; problems are part of the answer, not raised."""
    try:
        tested, problems = _test(card, providers, threads)
    except SkyfriError as error:
        tested, problems = [], [str(error)]
    return Description((*_card_lines(card), *tested), tuple(problems))


def _card_lines(card: ModelCard) -> list[str]:
    """Return a card in words."""
    feeding = {
        "none": "reflectance as it is",
        "standardize": "reflectance less the card's mean, over its standard deviation",
        "zscore": "each band less the patch's mean, over its standard deviation",
    }[card.normalisation]
    instead = "; ".join(f"{' or '.join(others)} may stand in for {band}" for band, others in card.substitutes.items())
    return [
        f"{card.title} ({card.id})",
        f"file: {card.onnx_path}",
        f"sha256: {card.sha256 or 'not stated'}",
        f"bands: {' '.join(card.bands)}" + (f" ({instead})" if instead else ""),
        f"levels: {' '.join(card.levels)}",
        f"fed with: {feeding}" + (f", times {card.scale:g}" if card.scale != 1 else ""),
        "without data: " + ("mirrored from the nearest data" if card.nodata_fill is None else f"fed with {card.nodata_fill:g}"),
        f"ground sampling: {card.ground_sampling_m:g} m",
        f"patch: {card.patch_px} px, step {card.step_px} px, margin {card.margin_px} px",
        f"classes: {', '.join(card.classes)}" + ("" if card.has_shadow else " (no shadow)"),
        f"training weights: {', '.join(f'{weight:g}' for weight in card.training_weights) or 'none stated'}",
        f"thresholds (seed/rim): {card.thresholds or f'none stated, {DEFAULT_THRESHOLDS} is taken'}",
        f"licence: {card.licence or 'not stated'}",
        f"source: {card.source or 'not stated'}",
    ]


def _test(card: ModelCard, providers: Sequence[str], threads: int | None) -> tuple[list[str], list[str]]:
    """Return lines and problems of a run on random reflectance."""
    model = open_model(card, providers=providers, threads=threads)
    generator = np.random.default_rng(0)
    valid = np.ones((card.patch_px, card.patch_px), bool)
    valid[:, : card.patch_px // 8] = False
    seconds = []
    for _ in range(RUNS):
        patch = generator.uniform(0.01, 0.6, (len(card.bands), *valid.shape)).astype(np.float32)
        start = time.perf_counter()
        probabilities = model.probabilities(patch, valid)
        seconds.append(time.perf_counter() - start)
    problems = []
    if not np.isfinite(probabilities).all():
        problems.append("It returns numbers that are not finite; check scale and normalisation in the card.")
    elif probabilities.min() < -UNIT_TOLERANCE or probabilities.max() > 1 + UNIT_TOLERANCE:
        problems.append("Its outputs are no probabilities; set activation to softmax or sigmoid in the card.")
    elif set(card.classes) <= set(CLASS_NAMES) and "clear" in card.classes and np.abs(probabilities.sum(0) - 1).max() > UNIT_TOLERANCE:
        problems.append("The probabilities of a pixel do not sum to 1; set activation to softmax in the card.")
    shares = ", ".join(f"{name} {mean:.2f}" for name, mean in zip(card.classes, probabilities.mean(axis=(1, 2)), strict=True))
    return [
        f"runs on: {', '.join(model.providers)}",
        f"one patch: {min(seconds[1:]) * 1000:.0f} ms, {model.lanes} at a time",
        f"mean answer to noise: {shares}",
    ], problems
