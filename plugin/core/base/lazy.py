"""Work values out when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Item = TypeVar("Item")


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


class LazySequence(Sequence[Item]):
    """A sequence whose items are made each time they are asked for, for those that do not fit into memory together."""

    def __init__(self, make: Callable[[int], Item], count: int, *, kept: int = 0) -> None:
        """Take what makes an item from its place, how many there are, and how many of those asked for last stay in memory."""
        self._make = lru_cache(kept)(make) if kept else make
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return [self._make(one) for one in range(*place.indices(self._count))]
        return self._make(range(self._count)[place])

    def __iter__(self) -> Iterator[Item]:
        return (self._make(place) for place in range(self._count))


def changed_when_read(change: Callable[[Value], Item], items: Sequence[Value]) -> Sequence[Item]:
    """Return ``items``, each changed whenever it is asked for."""
    return LazySequence(lambda place: change(items[place]), len(items))
