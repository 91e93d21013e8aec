"""Lookup: sequences whose items are only looked for when they are wanted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar, overload

_Item = TypeVar("_Item")


class Lookup(Sequence[_Item], Generic[_Item]):
    """A sequence of things that are not held; whoever derives from it says how many there are and where each one is."""

    @abstractmethod
    def _at(self, place: int) -> _Item:
        """The item at a place, which is from 0 to below the length."""

    @overload
    def __getitem__(self, place: int) -> _Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[_Item]: ...
    def __getitem__(self, place: int | slice) -> _Item | list[_Item]:
        if isinstance(place, slice):
            return [self._at(each) for each in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._at(place % len(self))
