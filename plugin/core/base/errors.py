"""Every error that a user can meet, as one tree.

A message names the thing, its value and the remedy, in one sentence that can be shown as it is.
"""

from __future__ import annotations


class SkyfriError(Exception):
    """Root of all errors raised on purpose; anything else is a defect."""


class InputError(SkyfriError):
    """A file, layer or parameter that was given cannot be used."""


class UnsafeInputError(InputError):
    """A file that would harm the process if it were read further."""


class OutputError(SkyfriError):
    """A result cannot be written; nothing half-written is left behind."""


class LockedError(OutputError):
    """A file or database is merely held by another program; the same works once that is done."""


class ModelError(SkyfriError):
    """A cloud model is missing, damaged, or does not fit the scene."""


class MissingDependencyError(SkyfriError):
    """A Python library is absent or harmful; the message holds the command that mends it."""


class Cancelled(SkyfriError):  # noqa: N818 (an outcome the user asked for, not a fault)
    """The user cancelled; partial output has been removed."""

    def __init__(self, message: str = "Cancelled; no output was written.") -> None:
        super().__init__(message)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, else its kind."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
