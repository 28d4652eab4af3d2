"""Opens the kept fleet, and retries changes that conflict with those of another process."""

from collections.abc import Callable
from pathlib import Path

from core.base.errors import FleetMoved
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from tui.plain.where import database


def open_fleet(given: Path | None, *, read_only: bool = False) -> Workspace:
    """Open the kept fleet: `given`, or else the default file. Raises BadInput, NoFleet and other StoreErrors."""
    return Workspace.open(database(given), read_only=read_only)


def retry_on_conflict(change: Callable[[], Change]) -> Change:
    """Make a change, and make it again if another process changed the fleet first.

    After such a conflict the workspace has already loaded what the other process wrote.
    """
    while True:
        try:
            return change()
        except FleetMoved:
            continue
