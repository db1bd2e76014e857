"""Progress with cancellation, the one thing a long step needs to know of its caller."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from .errors import Cancelled

log = logging.getLogger(__name__)


class Progress(Protocol):
    """What a step tells its caller; implementations must be callable from any thread."""

    def report(self, fraction: float, message: str = "") -> None:
        """Say how much is done (0 to 1) and, optionally, what is being done."""

    def say(self, message: str) -> None:
        """Keep a line of the result for whoever reads the log; it asks nothing of the user."""

    def warn(self, message: str) -> None:
        """Say something the user should read, without stopping."""

    def is_cancelled(self) -> bool:
        """Return True once the user has asked to stop."""


class Silent:
    """Progress that nobody watches; what is said and warned of goes to the log."""

    def report(self, fraction: float, message: str = "") -> None:
        """Ignore the report."""

    def say(self, message: str) -> None:
        """Log the line."""
        log.info(message)

    def warn(self, message: str) -> None:
        """Log the warning."""
        log.warning(message)

    def is_cancelled(self) -> bool:
        """Return False: nobody can cancel."""
        return False


SILENT: Progress = Silent()


@dataclass(frozen=True)
class Span:
    """The part from ``start`` to ``stop`` (fractions) of a longer progress."""

    parent: Progress
    """Progress of the whole."""
    start: float
    """Fraction of the whole at which this part begins."""
    stop: float
    """Fraction of the whole at which this part ends."""

    def report(self, fraction: float, message: str = "") -> None:
        """Report the fraction of this part as a fraction of the whole."""
        clipped = min(max(fraction, 0.0), 1.0)
        self.parent.report(self.start + (self.stop - self.start) * clipped, message)

    def say(self, message: str) -> None:
        """Pass the line on."""
        self.parent.say(message)

    def warn(self, message: str) -> None:
        """Pass the warning on."""
        self.parent.warn(message)

    def is_cancelled(self) -> bool:
        """Pass the question on."""
        return self.parent.is_cancelled()


def check(progress: Progress) -> None:
    """Raise `Cancelled` once the user has asked to stop."""
    if progress.is_cancelled():
        raise Cancelled


def split(progress: Progress, *weights: float) -> tuple[Span, ...]:
    """Return consecutive parts of ``progress``, as long as their weights say; one of weight 0 takes nothing of it.

    Weights have any unit; at least one is above 0.
    """
    total, ends = sum(weights), [0.0]
    for weight in weights:
        ends.append(ends[-1] + weight)
    return tuple(Span(progress, start / total, stop / total) for start, stop in pairwise(ends))


def step(progress: Progress, index: int, count: int) -> Span:
    """Return the ``index``-th (0-based) of ``count`` equal parts of ``progress``."""
    return Span(progress, index / max(count, 1), (index + 1) / max(count, 1))
