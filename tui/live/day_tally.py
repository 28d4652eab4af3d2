"""How many events each day had, and how bad they were: what the strip of time shows of the past."""

from typing import Final

from core.store.days import NO_EVENTS, DayCount
from core.workspace.statement import Read
from core.workspace.workspace import Workspace

_BLOCK: Final = 256
"""So many days are read from the file at once."""


class DayTally:
    """The days that had events, read from the file where somebody asks for them."""

    def __init__(self, workspace: Workspace, read: Read) -> None:
        self._workspace = workspace
        self._read = read
        self._blocks: dict[int, dict[int, DayCount]] = {}

    def forget(self) -> None:
        """Forget what was read: the fleet changed."""
        self._blocks.clear()

    def day(self, day: int) -> DayCount:
        """A day's events; none where the file can't be read now."""
        number = day // _BLOCK
        block = self._blocks.get(number)
        if block is None:
            none: dict[int, DayCount] = {}
            block = self._read(lambda: self._workspace.history.days(number * _BLOCK, (number + 1) * _BLOCK - 1), none)
            self._blocks[number] = block
        return block.get(day, NO_EVENTS)
