"""A large fleet's file before it is read."""

from collections.abc import Callable
from pathlib import Path

from core.store.file import store_errors
from core.store.fleet_file import FleetFile, Head
from core.workspace.workspace import Workspace


class Unread:
    """A fleet's file that is open but not read yet, with what can be shown while it is read."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises NoFleet if it holds no fleet, and StoreError if it can't be used."""
        self._file = FleetFile.holding_a_fleet(path)
        self.path = path
        self.size = self._file.count()
        """The number of instances."""

    @property
    def head(self) -> Head:
        """Name, clock, start and policy of the fleet."""
        assert self._file.head is not None
        return self._file.head

    @property
    def clock(self) -> int:
        """The simulated instant."""
        return self.head.clock

    def check_file(self) -> None:
        """Raises FleetLost if the file that was opened no longer holds the fleet, StoreError if it can't be read."""
        with store_errors(self.path):
            self._file.check()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, report: Callable[[int], None] | None = None) -> Workspace:
        """Read the fleet. `report` is called from time to time with the number of instances read so far. If reading
        fails, the file is closed. Raises StoreError.
        """
        return Workspace(self._file, report)
