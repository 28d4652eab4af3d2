"""Opening the kept fleet to change it, beside other processes that may do the same."""

from collections.abc import Callable
from pathlib import Path

from core.base.errors import FleetMoved
from core.workspace.workspace import Change, Workspace
from tui.plain.where import database


def open_fleet(given: Path | None, *, read_only: bool = False) -> Workspace:
    """The kept fleet, opened. Raises StoreError."""
    return Workspace.open(database(given), read_only=read_only)


def retried(change: Callable[[], Change]) -> Change:
    """Make a change, again where another process came between: the workspace has then loaded what it left."""
    while True:
        try:
            return change()
        except FleetMoved:
            continue
