"""The rows of the journal as the file has them, unread."""

import sqlite3
from collections.abc import Iterable

JournalRow = tuple[int, str, str, str | None, str, str | None, int | None, int | None]
"""An entry as the file has it."""


def read_rows(connection: sqlite3.Connection, first: int = 0) -> list[JournalRow]:
    """The rows from an id on, oldest first."""
    query = (
        "SELECT id, kind, at, target, reached, request, first_event, last_event FROM journal WHERE id >= ? ORDER BY id"
    )
    return connection.execute(query, (first,)).fetchall()


def write_rows(connection: sqlite3.Connection, rows: Iterable[JournalRow]) -> None:
    """Write the rows that `read_rows` read, within a transaction."""
    connection.executemany(
        "INSERT INTO journal (id, kind, at, target, reached, request, first_event, last_event) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
