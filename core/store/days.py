"""Counts each day's events by badness. The counts are written in the same transaction as the log."""

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
"""The first schema version that counts a frozen instance as lost service."""
FIRST_DAY: Final = parse_day("1900-01-01")
LAST_DAY: Final = parse_day("9999-12-31")
_NEEDS_CHECK: Final = frozenset((StateChanged, NoticeSent, *TROUBLING))
"""The facts that can be bad or echoes. All other facts, most of a log, are plain and need no check."""


class DayCount(NamedTuple):
    """How many events a day had, without notices that only repeat another event, and how many had each badness."""

    events: int
    trouble: int
    service_lost: int
    data_lost: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "DayCount":
        """From the number of events by badness, plain ones first; NO_EVENTS if `counts` is empty."""
        return cls(sum(counts), *counts[1:]) if counts else NO_EVENTS

    @property
    def losses(self) -> int:
        """How often an instance lost its service or its data."""
        return self.service_lost + self.data_lost

    @property
    def worst(self) -> int:
        """The badness of the day's worst event (`core.world.severity`)."""
        return max((bad for bad in range(1, len(self)) if self[bad]), default=PLAIN)


NO_EVENTS: Final = DayCount(0, 0, 0, 0)


class DayCounts:
    """Counts events by local day in memory until `write` adds the counts to the file."""

    def __init__(self, calendar: Calendar) -> None:
        self._offset = calendar.offset
        self._pending: dict[int, list[int]] = {}

    def add(self, events: Sequence[Event]) -> None:
        """Count events that all happened at one instant."""
        if not events:
            return
        day = (events[0].at + self._offset) // DAY
        counts = self._pending.get(day)
        if counts is None:
            counts = self._pending[day] = [0, 0, 0, 0]
        counts[0] += len(events)
        for event in events:
            if event[5].__class__ in _NEEDS_CHECK:
                if is_echo(event):
                    counts[0] -= 1
                elif bad := badness(event):
                    counts[bad] += 1

    def write(self, connection: sqlite3.Connection) -> None:
        """Add the counts to the file and forget them. Must run within a transaction."""
        connection.executemany(_ADD, [(format_day(day), *counts) for day, counts in self.pending().items()])
        self._pending.clear()

    def pending(self) -> dict[int, DayCount]:
        """The counts by day that are not written yet."""
        return {day: DayCount(*counts) for day, counts in self._pending.items() if counts[0]}


def has_days(connection: sqlite3.Connection) -> bool:
    """Whether the file has day counts by the current rules. A read-only file of an older schema does not."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version >= _SINCE_VERSION


def read_days(connection: sqlite3.Connection, first: int = FIRST_DAY, last: int = LAST_DAY) -> dict[int, DayCount]:
    """The counts of the local days from `first` to `last`, both included; days without events are left out."""
    rows = connection.execute(_READ, (format_day(first), format_day(last)))
    return {kept_day(day): DayCount(*map(kept_whole, counts)) for day, *counts in rows}
