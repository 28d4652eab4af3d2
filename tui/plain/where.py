"""Where the kept fleet is: `--db FILE`, else LAPSE_DB, else the platform's user data folder."""

import os
from collections.abc import Callable
from pathlib import Path

from core.errors import FleetMoved
from core.workspace import Change, Workspace


def database(given: Path | None) -> Path:
    """The fleet's file that a command is to use."""
    if given is not None:
        return given
    if named := os.environ.get("LAPSE_DB"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("lapse", appauthor=False) / "fleet.db"


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
