"""The indexes that find one instance's or one account's events in a long log.

They are created when a dashboard first needs them. If they existed from the beginning, every long advance would be a
third slower, and a short log can be scanned in a millisecond anyway. Once created, SQLite keeps them up to date.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from core.base.errors import StoreError
from core.store.file import store_errors
from core.store.fleet_file import FleetFile
from core.store.schema import LOG_INDEXES

SHORT: Final = 5_000
"""The most events that a log may have to be scanned in about a millisecond, without an index."""

_CHECK_EVERY: Final = 20_000
"""How many SQLite instructions run, for some milliseconds, between two calls of `should_abort`."""

ShouldAbort = Callable[[], bool]
"""Says whether to stop indexing because somebody else wants to write."""


def never_abort() -> bool:
    """Never stop indexing."""
    return False


def is_indexed(connection: sqlite3.Connection) -> bool:
    """Whether the log has its indexes."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'events'")
    return {name for (name,) in found} >= LOG_INDEXES.keys()


def index_log(file: FleetFile, should_abort: ShouldAbort) -> bool:
    """Create the indexes one after the other; each takes about a microsecond per event. Raises StoreError.

    While an index is being created, other writers wait. If `should_abort` returns true, the unfinished index is rolled
    back. Returns whether all indexes exist. It uses a connection of its own, so it may run in a thread.
    """
    connection = file.open_another()
    connection.set_progress_handler(should_abort, _CHECK_EVERY)
    try:
        with store_errors(file.path):
            for statement in LOG_INDEXES.values():
                if should_abort():
                    return False
                connection.execute(statement)
    except StoreError:
        if should_abort():
            return False
        raise
    finally:
        connection.close()
    return True
