"""One fleet's file: its head, its present state, its log, and transactions that never lose or double anything."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from core.errors import FleetMoved
from core.events import Event
from core.model import World
from core.policy import Policy, read_policy
from core.store.file import MEMORY, connect, sentences
from core.store.rows import INSERT_EVENTS, Rows

_TABLES = (
    "fleet", "journal", "events", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles", "accounts",
    "instances",
)  # fmt: skip


class Head(NamedTuple):
    """What the file says of the fleet as a whole. `revision` goes up with every transaction."""

    name: str
    clock: int
    started: int
    events: int
    revision: int
    policy: Policy


class FleetFile:
    """An open file. It holds no fleet until one was imported: `head` is None then."""

    def __init__(self, path: Path, *, create: bool, read_only: bool = False) -> None:
        self.path = path
        self.connection = connect(path, create=create, read_only=read_only)
        with sentences(path):
            self.head = self._read_head()

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self.connection.close()

    def _read_head(self) -> Head | None:
        row = self.connection.execute("SELECT name, clock, started, events, revision, policy FROM fleet").fetchone()
        if row is None:
            return None
        name, clock, started, events, revision, text = row
        policy = read_policy(text)
        calendar = policy.calendar
        return Head(name, calendar.parse(clock), calendar.parse(started), events, revision, policy)

    def load(self) -> tuple[Head, World]:
        """The head and the world as they are now, read in one go. Raises FleetMoved when the file holds no fleet."""
        with sentences(self.path):
            self.connection.execute("BEGIN")
            try:
                self.head = self._read_head()
                if self.head is None:
                    raise FleetMoved(f"{self.path}: there is no fleet here yet: import one with lapse import FILE")
                world = Rows(self.head.policy.calendar).load(self.connection, self.head.clock, self.head.events)
            finally:
                self.connection.execute("COMMIT")
        return self.head, world

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it or nothing.

        Raises FleetMoved when another process wrote since `head` was read, and StoreError when the file can't be
        written.
        """
        with sentences(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                row = self.connection.execute("SELECT revision FROM fleet").fetchone()
                if (row[0] if row else None) != (self.head.revision if self.head else None):
                    raise FleetMoved(f"{self.path}: another program changed the fleet meanwhile")
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def set_head(self, head: Head) -> None:
        """Write the head, within `writing`; the revision goes up by one."""
        calendar = head.policy.calendar
        self.connection.execute(
            "INSERT OR REPLACE INTO fleet (id, name, clock, started, events, revision, policy) "
            "VALUES (1, ?, ?, ?, ?, ?, ?)",
            (
                head.name, calendar.format(head.clock), calendar.format(head.started), head.events, head.revision + 1,
                head.policy.source,
            ),
        )  # fmt: skip
        self.head = head._replace(revision=head.revision + 1)

    def move_head(self, clock: int, events: int) -> None:
        """Write the clock and the number of events, within `writing`; the revision goes up by one."""
        assert self.head is not None
        head = self.head._replace(clock=clock, events=events, revision=self.head.revision + 1)
        self.connection.execute(
            "UPDATE fleet SET clock = ?, events = ?, revision = ?",
            (head.policy.calendar.format(clock), events, head.revision),
        )
        self.head = head

    def save(self, rows: Rows, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts and instances as they are now, within `writing`."""
        rows.save(self.connection, world, accounts, instances)

    def append(self, rows: Rows, events: Iterable[Event], currencies: dict[str, str]) -> None:
        """Append events to the log, within `writing`."""
        self.connection.executemany(INSERT_EVENTS, rows.of_events(events, currencies))

    def clear(self) -> None:
        """Empty the file, within `writing`."""
        for table in _TABLES:
            self.connection.execute(f"DELETE FROM {table}")

    def copy_to(self, path: Path) -> None:
        """Write a whole copy of the file to a new one."""
        with sentences(path):
            self.connection.execute("VACUUM INTO ?", (str(path),))

    def events(
        self,
        rows: Rows,
        currencies: dict[str, str],
        *,
        instance: str | None = None,
        account: str | None = None,
        kind: str | None = None,
        after: int = 0,
        last: int | None = None,
    ) -> Iterator[Event]:
        """The log in order, filtered; with `last` only that many of the newest."""
        conditions, values = ["seq > ?"], [after]
        named: list[object] = list(values)
        for column, value in (("instance", instance), ("account", account), ("type", kind)):
            if value is not None:
                conditions.append(f"{column} = ?")
                named.append(value)
        query = f"SELECT seq, at, type, account, instance, rule, detail FROM events WHERE {' AND '.join(conditions)}"
        if last is not None:
            query = f"SELECT * FROM ({query} ORDER BY seq DESC LIMIT ?)"
            named.append(last)
        with sentences(self.path):
            for row in self.connection.execute(f"{query} ORDER BY seq", named):
                yield rows.read_event(row, currencies)


__all__ = ["MEMORY", "FleetFile", "Head"]
