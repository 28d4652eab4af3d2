"""The keys of a table's rows where there are too many to hold: each is found when it is asked for."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload


class RowKeys(Sequence[str]):
    """Keys by row, with the indexes and slices of any sequence. A subclass says how many there are, and each."""

    @abstractmethod
    def key_at(self, row: int) -> str:
        """The key of a row that there is, counted from 0."""

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self.key_at(row) for row in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.key_at(index % len(self))
