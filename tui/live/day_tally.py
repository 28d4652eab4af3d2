"""The number of past events per day and how bad they were, for the time strip."""

from typing import Final

from core.store.days import NO_EVENTS, DayCount
from core.workspace.statement import Read
from core.workspace.workspace import Workspace

_BLOCK: Final = 256
"""The number of days that are read from the file at a time."""


class DayTally:
    """The events per day, read from the file when they are needed."""

    def __init__(self, workspace: Workspace, read: Read) -> None:
        self._workspace = workspace
        self._read = read
        self._blocks: dict[int, dict[int, DayCount]] = {}

    def forget(self) -> None:
        """Drop everything that was read. Call it when the fleet has changed."""
        self._blocks.clear()

    def day(self, day: int) -> DayCount:
        """The events of a day; none if the file can't be read now."""
        number = day // _BLOCK
        block = self._blocks.get(number)
        if block is None:
            none: dict[int, DayCount] = {}
            block = self._read(lambda: self._workspace.history.days(number * _BLOCK, (number + 1) * _BLOCK - 1), none)
            self._blocks[number] = block
        return block.get(day, NO_EVENTS)
