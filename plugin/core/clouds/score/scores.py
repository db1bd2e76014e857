"""Measure how well one class raster agrees with another: by pixels, boundaries and objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...regions.components import components_of, row_blocks, runs_of
from ..classes.class_raster import CLEAR, CLOUD, NODATA, SHADOW

CODES = (CLEAR, CLOUD, SHADOW)
NAMES_OF_ALL = ("clear", "cloud", "shadow")

OVERLAPS = 0.1
"""Two objects belong together where they share more than this part of the smaller one."""


@dataclass(frozen=True)
class ClassScores:
    """Agreement in one class; None where it cannot be said."""

    iou: float | None
    """Intersection over union of the pixels."""
    f1: float | None
    """Harmonic mean of precision and recall."""
    precision: float | None
    """Share of what was drawn that is right."""
    recall: float | None
    """Share of what is there that was drawn."""
    balanced_accuracy: float | None
    """Mean of the recalls of this class and of everything else."""


@dataclass(frozen=True)
class Boundaries:
    """Boundary pixels of one class that have a counterpart near enough; sums, so that scenes can be added."""

    drawn: int
    """Boundary pixels drawn."""
    drawn_right: int
    """Of these, with a true one within the tolerance."""
    true: int
    """True boundary pixels."""
    true_found: int
    """Of these, with a drawn one within the tolerance."""

    def __add__(self, other: Boundaries) -> Boundaries:
        """Return the sums of two scenes."""
        return Boundaries(
            self.drawn + other.drawn, self.drawn_right + other.drawn_right, self.true + other.true, self.true_found + other.true_found
        )

    @property
    def f1(self) -> float | None:
        """Boundary F1."""
        if not self.drawn and not self.true:
            return None
        precision, recall = self.drawn_right / max(self.drawn, 1), self.true_found / max(self.true, 1)
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True)
class Objects:
    """Objects of one class, counted."""

    drawn: int
    """Objects drawn."""
    true: int
    """True objects."""
    missed: int
    """True objects with none drawn on them."""
    false: int
    """Drawn objects with no true one below."""
    split: int
    """True objects drawn as several (over-segmentation)."""
    joined: int
    """Drawn objects that hold several true ones (under-segmentation)."""

    def __add__(self, other: Objects) -> Objects:
        """Return the sums of two scenes."""
        return Objects(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


NO_BOUNDARIES = Boundaries(0, 0, 0, 0)
NO_OBJECTS = Objects(0, 0, 0, 0, 0, 0)


def confusion_of(drawn: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return (3, 3) pixel counts, rows true and columns drawn, of clear, cloud, shadow; nodata in either does not count."""
    use = (drawn != NODATA) & (true != NODATA)
    return np.bincount(true[use].astype(np.int64) * 3 + drawn[use], minlength=9).reshape(3, 3)


def class_scores(confusion: np.ndarray, code: int) -> ClassScores:
    """Return the agreement in one class that a confusion matrix states."""
    hit = int(confusion[code, code])
    drawn, true = int(confusion[:, code].sum()), int(confusion[code].sum())
    rest = int(confusion.sum()) - drawn - true + hit
    recall, specificity = _ratio(hit, true), _ratio(rest, int(confusion.sum()) - true)
    balanced = None if recall is None or specificity is None else (recall + specificity) / 2
    return ClassScores(_ratio(hit, drawn + true - hit), _ratio(2 * hit, drawn + true), _ratio(hit, drawn), recall, balanced)


def balanced_accuracy(confusion: np.ndarray) -> float | None:
    """Return the mean recall of the classes that are there."""
    recalls = [recall for code in CODES if (recall := class_scores(confusion, code).recall) is not None]
    return float(np.mean(recalls)) if recalls else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def boundaries_of(drawn: np.ndarray, true: np.ndarray, code: int, tolerance_px: float) -> Boundaries:
    """Return how many boundary pixels of one class have a counterpart within ``tolerance_px``.

    A pixel is on the boundary where a 4-neighbour is of another class; the raster's edge and nodata make none.
    """
    radius = math.ceil(tolerance_px)
    rows, cols = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    disk = rows**2 + cols**2 <= tolerance_px**2
    out = NO_BOUNDARIES
    for block in row_blocks(len(drawn)):
        first = max(0, block.start - radius - 1)
        outer = slice(first, block.stop + radius + 1)
        inner = slice(block.start - first, block.stop - first)
        valid = (drawn[outer] != NODATA) & (true[outer] != NODATA)
        edges = [_boundary(values[outer] == code, valid) for values in (drawn, true)]
        near = [ndimage.binary_dilation(edge, disk)[inner] for edge in edges]
        mine, theirs = (edge[inner] for edge in edges)
        out += Boundaries(int(mine.sum()), int((mine & near[1]).sum()), int(theirs.sum()), int((theirs & near[0]).sum()))
    return out


def _boundary(mask: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return (rows, cols) True on pixels of ``mask`` that touch its outside by a side; edges of data are no boundary."""
    inside = ndimage.binary_erosion(valid, border_value=1)
    return np.asarray(mask & inside & ~ndimage.binary_erosion(mask | ~valid, border_value=1))


def objects_of(drawn: np.ndarray, true: np.ndarray, code: int) -> Objects:
    """Return how the 4-connected objects of one class in two rasters go together."""
    use = (drawn != NODATA) & (true != NODATA)
    one, other = (components_of(((values == code) & use).view(np.uint8)) for values in (drawn, true))
    common = runs_of(((drawn == code) & (true == code)).view(np.uint8))
    if not one.count or not other.count or not len(common.start):
        return Objects(one.count, other.count, other.count, one.count, 0, 0)
    pairs = np.stack([one.at(common.start), other.at(common.start)], axis=1)
    pairs, place = np.unique(pairs, axis=0, return_inverse=True)
    shared = np.bincount(place.reshape(-1), weights=common.lengths)
    smaller = np.minimum(one.areas_px[pairs[:, 0]], other.areas_px[pairs[:, 1]])
    pairs = pairs[shared > OVERLAPS * smaller]
    of_drawn = np.bincount(pairs[:, 0], minlength=one.count)
    of_true = np.bincount(pairs[:, 1], minlength=other.count)
    return Objects(
        one.count, other.count, int((of_true == 0).sum()), int((of_drawn == 0).sum()), int((of_true > 1).sum()), int((of_drawn > 1).sum())
    )


def bootstrap(confusions: Sequence[np.ndarray], code: int, draws: int, seed: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a class's IoU when the given parts are drawn again with repetition."""
    if len(confusions) < 2 or not draws:
        return None
    parts = np.stack(confusions)
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        total = parts[random.integers(0, len(parts), len(parts))].sum(axis=0)
        iou = class_scores(total, code).iou
        if iou is not None:
            values.append(iou)
    return (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))) if values else None
