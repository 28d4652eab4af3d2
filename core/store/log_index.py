"""Indexes that find one instance's or one account's events in a long log.

They are made when a dashboard first needs them: kept from the beginning they would make every long advance a third
slower, and a short log is read through in a millisecond. Once made, SQLite keeps them up.
"""

import sqlite3
from pathlib import Path
from typing import Final

from core.store.file import connect, sentences
from core.store.schema import LOG_INDEXES

SHORT: Final = 5_000
"""A log of so many events is read through in about a millisecond."""


def is_indexed(connection: sqlite3.Connection) -> bool:
    """Whether the log has its indexes."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'events'")
    return {name for (name,) in found} >= LOG_INDEXES.keys()


def index_log(path: Path) -> None:
    """Make the indexes, one at a time and about a microsecond an event; others that write wait for the one that is
    being made. Over a connection of its own, so that a thread may do it. Raises StoreError.
    """
    connection = connect(path, create=False)
    try:
        with sentences(path):
            for statement in LOG_INDEXES.values():
                connection.execute(statement)
    finally:
        connection.close()
