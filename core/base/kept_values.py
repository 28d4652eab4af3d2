"""Readers of the single values in a fleet's file. Each raises ValueError or BadInput for a value Lapse never writes.

Other tools and accidents can change a file, so the readers check what a value means and not only its SQLite type.
"""

from typing import Final

from core.base.instants import Calendar, parse_day
from core.base.money import read_amount

MAX_KEPT_TEXT: Final = 1000
"""The most characters of a text: the same as `reading.MAX_TEXT`, which loads too slowly to be imported here."""
MAX_KEPT_WHOLE: Final = 10**15
"""The largest whole number that a file may hold: events, revisions, seconds."""


def kept_text(value: object) -> str:
    """A text of at most MAX_KEPT_TEXT characters."""
    if isinstance(value, str) and len(value) <= MAX_KEPT_TEXT:
        return value
    raise ValueError("no text")


def kept_id(value: object) -> str:
    """An id that `read_id` accepts."""
    # Most ids are printable. The check of each character takes a hundred times as long.
    if isinstance(value, str) and len(value) <= MAX_KEPT_TEXT and value.isprintable() and value.strip():
        return value
    from core.base.reading import read_id

    return read_id(value)


def kept_whole(value: object, least: int = 0, most: int = MAX_KEPT_WHOLE) -> int:
    """A whole number from `least` to `most`."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError("no such number")


def kept_flag(value: object) -> bool:
    """A flag, stored as 1 or 0."""
    return bool(kept_whole(value, 0, 1))


def kept_amount(value: object, currency: str) -> int:
    """An amount in minor units, zero or more: a file holds no negative amounts."""
    if isinstance(value, str) and (amount := read_amount(value, currency)) >= 0:
        return amount
    raise ValueError("no amount")


def kept_instant(value: object, calendar: Calendar) -> int:
    """An instant in seconds since 1970, stored as ISO 8601 text."""
    if isinstance(value, str):
        return calendar.parse(value)
    raise ValueError("no instant")


def kept_day(value: object) -> int:
    """A day in days since 1970-01-01, stored as text like 2026-06-01."""
    if isinstance(value, str):
        return parse_day(value)
    raise ValueError("no day")
