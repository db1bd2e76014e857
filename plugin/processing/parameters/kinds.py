"""Kinds of parameters whose values are numbers, choices and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..inputs.values import Values
from ..translation import tr
from .table import Kind

WORDS_OF_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
"""How a yes or no may be written in a shell."""

SHOWN_DECIMALS = 3
"""Decimals of numbers in dialogs; QGIS shows six unless it is told."""


@dataclass(frozen=True)
class Number(Kind[float | None]):
    """A number within bounds; it may be left empty where the parameter has no default."""

    low: float
    """Least value."""
    high: float | None = None
    """Largest value, None for no bound."""
    unit: float = 1.0
    """What one of the parameter is in the core's units: 1000 for kilometres where the options hold metres."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return _number(name, label, default, low=self.low, high=self.high, kind=QgsProcessingParameterNumber.Type.Double)

    def read(self, values: Values, name: str) -> float | None:
        """Return the number in the core's units, None where none is given."""
        value = values.optional_number(name)
        return None if value is None else value * self.unit

    def remedy(self, value: Any) -> str:
        """Return the bounds where the value lies outside, or is no number."""
        return _bounds_broken(value, self.low, self.high)

    def to_parameter(self, option: Any) -> Any:
        """Return the number in the parameter's unit."""
        return option if option is None or self.unit == 1 else option / self.unit


@dataclass(frozen=True)
class Whole(Kind[int]):
    """A whole number within bounds."""

    low: int
    """Least value."""
    high: int
    """Largest value."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return _number(name, label, default, low=self.low, high=self.high, kind=QgsProcessingParameterNumber.Type.Integer)

    def read(self, values: Values, name: str) -> int:
        """Return the number."""
        return values.integer(name)

    def remedy(self, value: Any) -> str:
        """Return the bounds where the value lies outside, or is no number."""
        return _bounds_broken(value, self.low, self.high)


@dataclass(frozen=True)
class Flag(Kind[bool]):
    """A yes or no."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterBoolean(name, label, defaultValue=default)

    def read(self, values: Values, name: str) -> bool:
        """Return the yes or no; a word of a shell means what it says."""
        written = values.given(name)
        return WORDS_OF_FLAGS[_word(written)] if isinstance(written, str) and _word(written) in WORDS_OF_FLAGS else values.flag(name)

    def remedy(self, value: Any) -> str:
        """Return the words that are known where the value is another one: QGIS would take it for a yes."""
        return "" if not isinstance(value, str) or _word(value) in WORDS_OF_FLAGS else tr("give true or false")


@dataclass(frozen=True)
class Choice(Kind[str]):
    """One of several static texts, which are the values themselves in every language."""

    options: Sequence[str]
    """The texts."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterEnum(name, label, options=list(self.options), defaultValue=default, usesStaticStrings=True)

    def read(self, values: Values, name: str) -> str:
        """Return the chosen text."""
        return values.choice(name)

    def remedy(self, value: Any) -> str:
        """Return the choices where the value is none of them."""
        if isinstance(value, str) and value in self.options:
            return ""
        return tr("choose one of {choices}").format(choices=", ".join(self.options))


@dataclass(frozen=True)
class Text(Kind[str]):
    """A text that may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterString(name, label, defaultValue=default or "", optional=True)

    def read(self, values: Values, name: str) -> str:
        """Return the text without blanks around it."""
        return values.text(name)


@dataclass(frozen=True)
class Words(Kind[tuple[str, ...]]):
    """Words separated by blanks, commas or semicolons."""

    if_empty: tuple[str, ...] = ()
    """What no word at all stands for."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterString(name, label, defaultValue=default or "", optional=True)

    def read(self, values: Values, name: str) -> tuple[str, ...]:
        """Return the words in order."""
        return values.texts(name) or self.if_empty

    def to_parameter(self, option: Any) -> Any:
        """Return the words as one text."""
        return " ".join(option)


@dataclass(frozen=True)
class Extent(Kind[str]):
    """A rectangle that may be empty; its CRS is known when it is read, so algorithms read it themselves."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterExtent(name, label, optional=True)


@dataclass(frozen=True)
class Crs(Kind[str]):
    """A coordinate reference system that may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterCrs(name, label, defaultValue=default or None, optional=True)

    def read(self, values: Values, name: str) -> str:
        """Return an authority code or WKT, empty where none is given."""
        return values.crs(name)


def _number(name: str, label: str, default: Any, *, low: float, high: float | None, kind: Any) -> QgsProcessingParameterDefinition:
    parameter = QgsProcessingParameterNumber(name, label, kind, defaultValue=default, optional=default is None, minValue=low)
    if high is not None:
        parameter.setMaximum(high)
    parameter.setMetadata({"widget_wrapper": {"decimals": SHOWN_DECIMALS}})
    return parameter


def _bounds_broken(value: Any, low: float, high: float | None) -> str:
    """Return the bounds as a remedy where a value is outside or no number, empty where it is fine."""
    if isinstance(value, str) and not value.strip():
        return ""
    try:
        is_fine = low <= float(value) <= (float("inf") if high is None else high)
    except (TypeError, ValueError):
        is_fine = False
    if is_fine:
        return ""
    least, most = f"{low:.15g}", "" if high is None else f"{high:.15g}"
    if high is None:
        return tr("give a number of at least {low}").format(low=least)
    return tr("give a number from {low} to {high}").format(low=least, high=most)


def _word(text: str) -> str:
    return text.strip().lower()
