"""One fleet's file: its head, its present state, its log, and transactions that never lose or double anything."""

import sqlite3
from _thread import get_ident
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from core.errors import FleetMoved, NoFleet
from core.model import World
from core.policy import Policy, kept_policy
from core.store.file import BEGIN, MEMORY, connect, plain_connection, sensible, sentences
from core.store.held import hold, release
from core.store.soundness import check_world
from core.store.state_rows import StateRows
from core.store.values import kept_instant, kept_text, kept_whole

_TABLES = (
    "fleet", "journal", "events", "days", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles", "accounts",
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
        self._held = None if path == MEMORY else hold(path)
        self._aside: sqlite3.Connection | None = None
        self._writer: int | None = None
        """The thread that writes."""
        self._next: Head | None = None
        """The head as the transaction that is under way leaves it."""
        try:
            with self.reading():
                self.head = self._read_head()
        except BaseException:
            self.close()
            raise

    @classmethod
    def holding_a_fleet(cls, path: Path, *, read_only: bool = False) -> "FleetFile":
        """Open a file that holds a fleet. Raises NoFleet where it holds none, StoreError when it can't be used."""
        file = cls(path, create=False, read_only=read_only)
        if file.head is None:
            file.close()
            raise NoFleet(f"{path}: there is no fleet here yet: {BEGIN}")
        return file

    def count(self) -> int:
        """How many instances the fleet has, without reading them."""
        with sentences(self.path):
            return int(self.connection.execute("SELECT count(*) FROM instances").fetchone()[0])

    def close(self) -> None:
        """Close the file; what was committed stays."""
        if self._aside is not None:
            self._aside.close()
        self.connection.close()
        if self._held is not None:
            release(self._held)
            self._held = None

    def _read_head(self) -> Head | None:
        row = self.connection.execute("SELECT name, clock, started, events, revision, policy FROM fleet").fetchone()
        if row is None:
            return None
        name, clock, started, events, revision, text = row
        if not isinstance(text, str):
            raise ValueError("no policy")
        policy = kept_policy(text)
        calendar = policy.calendar
        head = Head(
            kept_text(name), calendar.check_clock(kept_instant(clock, calendar)), kept_instant(started, calendar),
            kept_whole(events), kept_whole(revision), policy,
        )  # fmt: skip
        (last,) = self.connection.execute("SELECT max(seq) FROM events").fetchone()
        if head.started > head.clock or head.events != (last or 0):
            raise ValueError("a clock behind its start, or more or fewer events than there are")
        return head

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction that reads: all of it sees the file at one moment.

        Raises StoreError where what is kept makes no sense.
        """
        with sentences(self.path), sensible(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def load(self, told: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """The head and the world as they are now, read in one go. Raises FleetMoved when the file holds no fleet.

        `told` hears now and then how many instances were read.
        """
        with self.reading():
            self.head, world = self.read(told)
        return self.head, world

    def read(self, told: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """The head and the world as they are kept, within `reading`; what the file is held to stand at stays."""
        head = self._read_head()
        if head is None:
            raise FleetMoved(f"{self.path}: there is no fleet here any more: {BEGIN}")
        world = StateRows(head.policy.calendar).load(self.connection, head.clock, head.events, told)
        check_world(world, head.policy)
        return head, world

    def wait_at_most(self, seconds: int) -> None:
        """Wait no longer than so while another process writes; then StoreError is raised."""
        with sentences(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")

    def is_current(self) -> bool:
        """Whether nobody has written since `head` was read. Raises StoreError where that can't be told."""
        with sentences(self.path):
            row = self.connection.execute("SELECT revision FROM fleet").fetchone()
        return (row[0] if row else None) == (self.head.revision if self.head else None)

    def outdate(self) -> None:
        """Hold what was read for out of date: nothing is written before it is loaded again."""
        if self.head is not None:
            self.head = self.head._replace(revision=-1)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it or nothing.

        `head` moves on when it is committed: until then other threads see neither the new head nor what it counts.
        Raises FleetMoved when another process wrote since `head` was read, and StoreError when the file can't be
        written.
        """
        with sentences(self.path):
            self._writer = get_ident()
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                row = self.connection.execute("SELECT revision FROM fleet").fetchone()
                if (row[0] if row else None) != (self.head.revision if self.head else None):
                    raise FleetMoved(f"{self.path}: another program changed the fleet meanwhile")
                yield self.connection
                self.connection.execute("COMMIT")
                self.head = self._next or self.head
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            finally:
                self._writer = self._next = None

    @property
    def reader(self) -> sqlite3.Connection:
        """What the log is read over. While another thread writes it is a connection of its own, which sees what was
        committed last.
        """
        if self._writer in (None, get_ident()) or self.path == MEMORY:
            return self.connection
        if self._aside is None:
            self._aside = plain_connection(self.path)
            self._aside.execute("PRAGMA query_only = ON")
        return self._aside

    def set_head(self, head: Head) -> None:
        """Write the head, once within `writing`; the revision goes up by one."""
        calendar = head.policy.calendar
        self.connection.execute(
            "INSERT OR REPLACE INTO fleet (id, name, clock, started, events, revision, policy) "
            "VALUES (1, ?, ?, ?, ?, ?, ?)",
            (
                head.name, calendar.format(head.clock), calendar.format(head.started), head.events, head.revision + 1,
                head.policy.source,
            ),
        )  # fmt: skip
        self._next = head._replace(revision=head.revision + 1)

    def move_head(self, clock: int, events: int) -> None:
        """Write the clock and the number of events, once within `writing`; the revision goes up by one."""
        assert self.head is not None
        head = self.head._replace(clock=clock, events=events, revision=self.head.revision + 1)
        self.connection.execute(
            "UPDATE fleet SET clock = ?, events = ?, revision = ?",
            (head.policy.calendar.format(clock), events, head.revision),
        )
        self._next = head

    def save(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts and instances as they are now, within `writing`."""
        self._rows().save(self.connection, world, accounts, instances)

    def save_progress(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts, and what time alone can change of these instances, within `writing`."""
        self._rows().save_progress(self.connection, world, accounts, instances)

    def _rows(self) -> StateRows:
        head = self._next or self.head
        assert head is not None
        return StateRows(head.policy.calendar)

    def clear(self) -> None:
        """Empty the file, within `writing`."""
        for table in _TABLES:
            self.connection.execute(f"DELETE FROM {table}")
