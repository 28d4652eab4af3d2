"""Plain mutable data with slots, compared field by field.

Python's dataclasses import all of `inspect`, which alone takes longer than the start of `lapse status` may take.
"""

from typing import ClassVar, Self


class Record:
    """A base class. A subclass lists its fields in `__slots__`, and in `derived` those computed from the others."""

    __slots__: tuple[str, ...] = ()
    derived: ClassVar[tuple[str, ...]] = ()

    def copy(self) -> Self:
        """A shallow copy whose `derived` fields are None. Lists and dicts are shared."""
        other = object.__new__(type(self))
        for field in self.__slots__:
            setattr(other, field, None if field in self.derived else getattr(self, field))
        return other

    def _values(self) -> list[object]:
        return [getattr(self, field) for field in self.__slots__ if field not in self.derived]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and self._values() == other._values()

    def __repr__(self) -> str:
        fields = ", ".join(f"{field}={getattr(self, field)!r}" for field in self.__slots__ if field not in self.derived)
        return f"{type(self).__name__}({fields})"
