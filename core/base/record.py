"""Plain mutable data with slots, compared field by field.

Python's own dataclasses load all of `inspect`, which takes longer than `lapse status` may take to start.
"""

from typing import ClassVar, Self


class Record:
    """A base: a subclass names its fields in `__slots__`, and in `derived` those that follow from the others."""

    __slots__: tuple[str, ...] = ()
    derived: ClassVar[tuple[str, ...]] = ()

    def copy(self) -> Self:
        """A record with the same values, those of `derived` fields being None. Lists and dicts are shared."""
        other = object.__new__(type(self))
        for field in self.__slots__:
            setattr(other, field, None if field in self.derived else getattr(self, field))
        return other

    def _kept(self) -> list[object]:
        return [getattr(self, field) for field in self.__slots__ if field not in self.derived]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and self._kept() == other._kept()

    def __repr__(self) -> str:
        fields = ", ".join(f"{field}={getattr(self, field)!r}" for field in self.__slots__ if field not in self.derived)
        return f"{type(self).__name__}({fields})"
