"""One row per parameter: it declares the parameter, checks and reads its value, and fills a field of the core's options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from qgis.core import (
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProperty,
)
from qgis.PyQt.QtCore import QVariant

from ...core.base.errors import InputError
from ..inputs.values import Values
from ..translation import tr

Value = TypeVar("Value")
"""What a parameter is as plain Python."""

Options = TypeVar("Options")
"""A frozen dataclass of the core."""


class Kind(Generic[Value]):
    """What sort of thing a parameter asks for: how QGIS shows it, and how its value is read and checked."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        raise NotImplementedError

    def read(self, values: Values, name: str) -> Value:
        """Return the value of a run; raises `InputError`."""
        raise NotImplementedError

    def remedy(self, value: Any) -> str:
        """Return what to give instead of a value that was given, empty where the value is fine or nothing is known of it."""
        return ""

    def to_option(self, value: Value) -> Any:
        """Return the value as the core's options hold it."""
        return value

    def to_parameter(self, option: Any) -> Any:
        """Return a value of the core's options as the parameter takes and shows it."""
        return option


@dataclass(frozen=True)
class Param(Generic[Value]):
    """One parameter of an algorithm."""

    name: str
    """Stable name in capitals, never translated."""
    kind: Kind[Value]
    """What it asks for."""
    label: str
    """The name people read, with the unit."""
    help: str
    """What it does and what to give, in a sentence or two."""
    fills: str = ""
    """Field of the core's options, through dots where options hold options; empty where it is none of them."""
    default: Any = None
    """As the parameter shows it; None for nothing, which a number may then be."""
    advanced: bool = False
    """Whether dialogs fold it away."""

    def definition(self) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        definition = self.kind.declare(self.name, self.label, self.default)
        definition.setHelp(self.help)
        if self.advanced:
            definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        return definition

    def read(self, values: Values) -> Value:
        """Return the value of a run; raises `InputError`."""
        return self.kind.read(values, self.name)

    def refusal(self, value: Any) -> str:
        """Return a sentence that names what was given and what to give instead, empty where the value is fine."""
        if value is None or isinstance(value, QgsProperty) or (isinstance(value, QVariant) and value.isNull()):
            return ""  # nothing is given, or it is told by an expression while a model runs
        remedy = self.kind.remedy(value)
        return tr("{name} is {value}; {remedy}.").format(name=self.name, value=value, remedy=remedy) if remedy else ""


Rows = tuple[Param[Any], ...]
"""The parameters of an algorithm, or some of them, in the order of its dialog."""


@dataclass(frozen=True)
class ExtraOutput:
    """A number or a text that an algorithm tells besides the files it writes."""

    name: str
    """Stable name in capitals, never translated."""
    label: str
    """The name people read."""
    is_number: bool = False
    """Whether it is a number."""

    def definition(self) -> QgsProcessingOutputDefinition:
        """Return QGIS's output."""
        return (QgsProcessingOutputNumber if self.is_number else QgsProcessingOutputString)(self.name, self.label)


def rows_of(options: Any, *rows: Param[Any], within: str = "") -> Rows:
    """Return rows with the defaults that their fields have in ``options``, a dataclass of the core.

    ``within`` is the field of larger options that holds these.
    """
    prefix = f"{within}." if within else ""
    return tuple(
        replace(row, fills=prefix + row.fills, default=row.kind.to_parameter(field_at(options, row.fills))) if row.fills else row
        for row in rows
    )


def fill(options: Options, rows: Iterable[Param[Any]], values: Values, *, given: Mapping[str, Any] | None = None) -> Options:
    """Return ``options`` with every field that a row fills as the run's values say, and with the fields ``given``.

    All fields change at once, so that options which check one field against another see none of them half way.
    Raises `InputError` for a value that cannot be read, or that the options refuse.
    """
    read = {row.fills: row.kind.to_option(row.read(values)) for row in rows if row.fills}
    return with_fields(options, {**read, **(given or {})})


def parameters_of(options: Any, rows: Iterable[Param[Any]]) -> dict[str, Any]:
    """Return the values of parameters by name with which `fill` makes these options."""
    return {row.name: row.kind.to_parameter(field_at(options, row.fills)) for row in rows if row.fills}


def check(rows: Iterable[Param[Any]], parameters: Mapping[str, Any]) -> None:
    """Raise `InputError` for the first value that its row refuses."""
    for row in rows:
        refusal = row.refusal(parameters.get(row.name))
        if refusal:
            raise InputError(refusal)


def field_at(options: Any, path: str) -> Any:
    """Return the field of options that a dotted path names."""
    for name in path.split("."):
        options = getattr(options, name)
    return options


def with_fields(options: Options, values: Mapping[str, Any]) -> Options:
    """Return ``options`` with the fields at dotted paths replaced."""
    fields: dict[str, Any] = {path: value for path, value in values.items() if "." not in path}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        head, dot, rest = path.partition(".")
        if dot:
            inner.setdefault(head, {})[rest] = value
    for head, changes in inner.items():
        fields[head] = with_fields(fields.get(head, getattr(options, head)), changes)
    return replace(options, **fields)  # type: ignore[type-var]
