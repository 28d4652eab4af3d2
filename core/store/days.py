"""What each day was like: how many events it had and how bad they were, kept in the same transaction as the log."""

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.base.instants import DAY, Calendar, format_day, parse_day
from core.base.kept_values import kept_day, kept_whole
from core.world.events import Event, NoticeSent, StateChanged
from core.world.severity import PLAIN, TROUBLING, badness, is_echo

_ADD: Final = """
    INSERT INTO days (day, events, trouble, service_lost, data_lost) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (day) DO UPDATE SET events = events + excluded.events, trouble = trouble + excluded.trouble,
    service_lost = service_lost + excluded.service_lost, data_lost = data_lost + excluded.data_lost
"""
_READ: Final = "SELECT day, events, trouble, service_lost, data_lost FROM days WHERE day BETWEEN ? AND ?"
_SINCE_VERSION: Final = 4
"""The schema since which a frozen instance counts as lost service."""
FIRST_DAY: Final = parse_day("1900-01-01")
LAST_DAY: Final = parse_day("9999-12-31")
_TO_WEIGH: Final = frozenset((StateChanged, NoticeSent, *TROUBLING))
"""The facts that may be bad, or echoes: the others are plain, and most of a log."""


class DayCount(NamedTuple):
    """A day's events, notices that only repeat another left out, and how many of them were how bad."""

    events: int
    trouble: int
    service_lost: int
    data_lost: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "DayCount":
        """From the number of events by badness, the plain ones first; none at all."""
        return cls(sum(counts), *counts[1:]) if counts else NO_EVENTS

    @property
    def losses(self) -> int:
        """How many instances lost their service or their data."""
        return self.service_lost + self.data_lost

    @property
    def worst(self) -> int:
        """How bad the worst of them was (`core.world.severity`)."""
        return max((bad for bad in range(1, len(self)) if self[bad]), default=PLAIN)


NO_EVENTS: Final = DayCount(0, 0, 0, 0)


class DayCounts:
    """Counts events by local day until they are written."""

    def __init__(self, calendar: Calendar) -> None:
        self._offset = calendar.offset
        self._pending: dict[int, list[int]] = {}

    def add(self, events: Sequence[Event]) -> None:
        """Count the events of one instant."""
        if not events:
            return
        day = (events[0].at + self._offset) // DAY
        counts = self._pending.get(day)
        if counts is None:
            counts = self._pending[day] = [0, 0, 0, 0]
        counts[0] += len(events)
        for event in events:
            if event[5].__class__ in _TO_WEIGH:
                if is_echo(event):
                    counts[0] -= 1
                elif bad := badness(event):
                    counts[bad] += 1

    def write(self, connection: sqlite3.Connection) -> None:
        """Add what was counted to the file, within a transaction."""
        connection.executemany(_ADD, [(format_day(day), *counts) for day, counts in self.pending().items()])
        self._pending.clear()

    def pending(self) -> dict[int, DayCount]:
        """The days that were counted and not written yet."""
        return {day: DayCount(*counts) for day, counts in self._pending.items() if counts[0]}


def has_days(connection: sqlite3.Connection) -> bool:
    """Whether the file counts its days as they are counted now: one of an older schema that may only be read does
    not.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version >= _SINCE_VERSION


def read_days(connection: sqlite3.Connection, first: int = FIRST_DAY, last: int = LAST_DAY) -> dict[int, DayCount]:
    """The days from `first` to `last` (local days) that had events."""
    rows = connection.execute(_READ, (format_day(first), format_day(last)))
    return {kept_day(day): DayCount(*map(kept_whole, counts)) for day, *counts in rows}
