"""Indexes that find one instance's or one account's events in a long log.

They are made when a dashboard first needs them: kept from the beginning they would make every long advance a third
slower, and a short log is read through in a millisecond. Once made, SQLite keeps them up.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from core.base.errors import StoreError
from core.store.file import sentences
from core.store.fleet_file import FleetFile
from core.store.schema import LOG_INDEXES

SHORT: Final = 5_000
"""A log of so many events is read through in about a millisecond."""

_OFTEN: Final = 20_000
"""So many instructions of SQLite's are done between two questions whether it is given up: some milliseconds."""

GivenUp = Callable[[], bool]
"""Says whether somebody else wants to write."""


def never() -> bool:
    """Nobody else wants to write."""
    return False


def is_indexed(connection: sqlite3.Connection) -> bool:
    """Whether the log has its indexes."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'events'")
    return {name for (name,) in found} >= LOG_INDEXES.keys()


def index_log(file: FleetFile, given_up: GivenUp) -> bool:
    """Make the indexes, one at a time and about a microsecond an event; others that write wait for the one that is
    being made, unless it is given up: then what was made of it goes. Gives whether all are made. Over a connection of
    its own, so that a thread may do it. Raises StoreError.
    """
    connection = file.open_another()
    connection.set_progress_handler(given_up, _OFTEN)
    try:
        with sentences(file.path):
            for statement in LOG_INDEXES.values():
                if given_up():
                    return False
                connection.execute(statement)
    except StoreError:
        if given_up():
            return False
        raise
    finally:
        connection.close()
    return True
