"""A sequence of keys, such as those of a table's rows, that computes each key on request instead of storing all."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload


class LazyKeys(Sequence[str]):
    """A sequence of keys with the usual indexes and slices. A subclass defines `__len__` and `key_at`."""

    @abstractmethod
    def key_at(self, index: int) -> str:
        """The key at an index from 0 to the length less one."""

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self.key_at(each) for each in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.key_at(index % len(self))
