"""Single values as a fleet's file keeps them. What Lapse never writes raises ValueError or BadInput.

A file can be changed by other tools, and by accident: what is read is told by its meaning, not by SQLite's type.
"""

from typing import Final

from core.base.instants import Calendar, parse_day
from core.base.money import read_amount

LONGEST: Final = 1000
"""Characters a text may have: as `reading.MAX_TEXT`, which takes longer to load than status may take to start."""
MOST: Final = 10**15
"""The largest whole number a file is expected to hold: events, revisions, seconds."""


def kept_text(value: object) -> str:
    """A text of at most LONGEST characters."""
    if isinstance(value, str) and len(value) <= LONGEST:
        return value
    raise ValueError("no text")


def kept_id(value: object) -> str:
    """An id, as `read_id` takes it."""
    # Most are plain; looking at every character takes a hundred times as long.
    if isinstance(value, str) and len(value) <= LONGEST and value.isprintable() and value.strip():
        return value
    from core.base.reading import read_id

    return read_id(value)


def kept_whole(value: object, least: int = 0, most: int = MOST) -> int:
    """A whole number from `least` to `most`."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError("no such number")


def kept_flag(value: object) -> bool:
    """Yes or no, as 1 or 0."""
    return bool(kept_whole(value, 0, 1))


def kept_amount(value: object, currency: str) -> int:
    """An amount in minor units, zero or more: nothing in a file is negative."""
    if isinstance(value, str) and (amount := read_amount(value, currency)) >= 0:
        return amount
    raise ValueError("no amount")


def kept_instant(value: object, calendar: Calendar) -> int:
    """An instant."""
    if isinstance(value, str):
        return calendar.parse(value)
    raise ValueError("no instant")


def kept_day(value: object) -> int:
    """A calendar day."""
    if isinstance(value, str):
        return parse_day(value)
    raise ValueError("no day")
