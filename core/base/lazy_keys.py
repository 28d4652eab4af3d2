"""Keys, as of a table's rows, of which there are too many to hold: each is found when it is asked for."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload


class LazyKeys(Sequence[str]):
    """Keys with the indexes and slices of any sequence. A subclass says how many there are, and each."""

    @abstractmethod
    def key_at(self, place: int) -> str:
        """The key at a place that there is, counted from 0."""

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self.key_at(one) for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self.key_at(place % len(self))
