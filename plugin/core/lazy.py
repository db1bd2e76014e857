"""Values worked out when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 (used as `property` is)
    """Turn a method into an attribute that is computed when first asked for and then kept in the object's ``__dict__``.

    Before Python 3.12 `functools.cached_property` holds one lock for all objects of a class while it computes: threads
    that each read a scene of their own would wait for one another. Without one, threads that ask at the same time
    for a value of the same object may each compute it.
    """

    def __init__(self, compute: Callable[..., Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type[object]) -> lazy[Value]: ...
    @overload
    def __get__(self, owner: object, kind: type[object]) -> Value: ...
    def __get__(self, owner: object | None, kind: type[object]) -> lazy[Value] | Value:
        if owner is None:
            return self
        value = owner.__dict__[self._name] = self._compute(owner)
        return value
