"""How many events each day had, and how bad the worst of them was: what the strip of time shows."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.severity import PLAIN
from core.statement import Read
from core.store.days import DayCount
from core.workspace import Workspace

_BLOCK: Final = 256
"""So many days are read from the file at once."""


class Day(NamedTuple):
    """One day's events."""

    events: int
    worst: int


NO_EVENTS: Final = Day(0, PLAIN)


def day_of(counts: Sequence[int]) -> Day:
    """A day's events from their number by badness."""
    return Day(sum(counts), max((bad for bad, count in enumerate(counts) if count), default=PLAIN))


class DayTally:
    """The days that had events, read from the file where somebody asks for them."""

    def __init__(self, workspace: Workspace, read: Read) -> None:
        self._workspace = workspace
        self._read = read
        self._blocks: dict[int, dict[int, Day]] = {}

    def catch_up(self, workspace: Workspace) -> None:
        """Forget what was read: the fleet changed."""
        self._workspace = workspace
        self._blocks.clear()

    def day(self, day: int) -> Day:
        """A day's events; none where the file can't be read now."""
        number = day // _BLOCK
        block = self._blocks.get(number)
        if block is None:
            none: dict[int, DayCount] = {}
            found = self._read(lambda: self._workspace.days(number * _BLOCK, (number + 1) * _BLOCK - 1), none)
            block = self._blocks[number] = {day: Day(count.events, count.worst) for day, count in found.items()}
        return block.get(day, NO_EVENTS)
