"""How many events each day had, and how bad the worst of them was: what the strip of time shows."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.severity import PLAIN, badness, is_echo
from core.workspace import Workspace

REACH: Final = 5_000
"""How many of the newest events are looked at when a fleet is opened, or after a long run."""


class Day(NamedTuple):
    """One day's events."""

    events: int
    worst: int


NO_EVENTS: Final = Day(0, PLAIN)


def day_of(counts: Sequence[int]) -> Day:
    """A day's events from their number by badness."""
    return Day(sum(counts), max((bad for bad, count in enumerate(counts) if count), default=PLAIN))


class DayTally:
    """The days that had events, kept up by difference."""

    def __init__(self, workspace: Workspace) -> None:
        self._days: dict[int, Day] = {}
        self._seen = 0
        self.catch_up(workspace)

    def catch_up(self, workspace: Workspace) -> None:
        """Take over the events since the last time; from the beginning where the log is shorter than it was."""
        if workspace.world.events < self._seen:
            self._days.clear()
            self._seen = 0
        calendar = workspace.calendar
        for event in workspace.events(after=self._seen, last=REACH):
            if not is_echo(event):
                day = calendar.day_of(event.at)
                number, worst = self._days.get(day, NO_EVENTS)
                self._days[day] = Day(number + 1, max(worst, badness(event)))
        self._seen = workspace.world.events

    def day(self, day: int) -> Day:
        """A day's events."""
        return self._days.get(day, NO_EVENTS)
