"""The rows of the journal table, as they are in the file and not yet checked."""

import sqlite3
from collections.abc import Iterable

JournalRow = tuple[int, str, str, str | None, str, str | None, int | None, int | None]
"""A row of the journal table: id, kind, at, target, reached, request, first_event, last_event."""


def read_rows(connection: sqlite3.Connection, first: int = 0) -> list[JournalRow]:
    """The rows whose id is at least `first`, oldest first."""
    query = (
        "SELECT id, kind, at, target, reached, request, first_event, last_event FROM journal WHERE id >= ? ORDER BY id"
    )
    return connection.execute(query, (first,)).fetchall()


def write_rows(connection: sqlite3.Connection, rows: Iterable[JournalRow]) -> None:
    """Write rows that `read_rows` returned. Must run within a transaction."""
    connection.executemany(
        "INSERT INTO journal (id, kind, at, target, reached, request, first_event, last_event) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
