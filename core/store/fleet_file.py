"""One fleet's file: its head, its current state and its log, and transactions that lose nothing and repeat nothing."""

import sqlite3
from _thread import get_ident
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import FleetLost, FleetMoved, NoFleet, StoreError
from core.base.held_files import hold
from core.base.kept_values import kept_instant, kept_text, kept_whole
from core.rules.policy import Policy, kept_policy
from core.store.belonging import check_belongs_together
from core.store.file import BEGIN, MEMORY, connect, damage_errors, is_busy, store_errors
from core.store.journal_rows import read_rows
from core.store.opened import Opened, StoredFleet, connect_to_read, digest, fleet_in, history_at, new_identity
from core.store.soundness import check_world
from core.store.state_rows import StateRows
from core.world.model import World

_MERGE_SIZE: Final = 2**25
"""Bytes in the write-ahead log above which it is merged into the file right after a commit."""
_TABLES = (
    "fleet", "journal", "events", "days", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles",
    "accounts", "instances",
)  # fmt: skip


class Head(NamedTuple):
    """What the file holds about the fleet as a whole. `clock` and `started` are instants; `events` is the number of
    events in the log.

    `revision` goes up by one with every transaction. `identity` distinguishes the fleet from every other one; if it is
    empty, the fleet gets one when the head is written. `history` is the digest of everything written so far: it
    distinguishes the fleet from a copy that was changed in another way.
    """

    name: str
    clock: int
    started: int
    events: int
    revision: int
    policy: Policy
    identity: str = ""
    history: str = ""


class FleetFile:
    """An open file. `head` is None until a fleet is imported into it."""

    def __init__(self, path: Path, *, create: bool, read_only: bool = False) -> None:
        """Open the file. Raises NoFleet and StoreError like `connect`, and StoreError if its content is damaged."""
        self.path = path
        self.patience: int | None = None
        """Seconds to wait while another process writes; None for the default."""
        self.connection = connect(path, create=create, read_only=read_only)
        self._can_write = not read_only
        self._release = None if path == MEMORY else hold(path, self)
        self._read_connection: sqlite3.Connection | None = None
        self._opened: Opened | None = None
        """None if the file is only read, or if the fleet is in memory."""
        self._closed = False
        self._writer: int | None = None
        """The id of the thread that is writing; None if none is."""
        self._next_head: Head | None = None
        """The head after the current transaction; None if it has not written one."""
        self._row_writer: tuple[Policy, StateRows] | None = None
        self._last_row = 0
        """The id of the journal's last row before the current transaction."""
        self._loaded = False
        self._is_stale = False
        self._retired: list[sqlite3.Connection] = []
        """Connections that were replaced but not closed, because another thread may still read with them."""
        try:
            with self.reading():
                self.head = self._read_head()
            if path != MEMORY and not read_only:
                self._opened = Opened(path)
                self._open_read_connection()
                with store_errors(path):
                    self._opened.check(self.connection, self._stored_fleet)
        except BaseException:
            self.close()
            raise

    @classmethod
    def holding_a_fleet(cls, path: Path, *, read_only: bool = False) -> "FleetFile":
        """Open a file that holds a fleet. Raises NoFleet if it holds none, and StoreError if it can't be used."""
        file = cls(path, create=False, read_only=read_only)
        if file.head is None:
            file.close()
            raise NoFleet(f"{path}: there is no fleet here yet: {BEGIN}")
        return file

    def count(self) -> int:
        """The number of instances, without reading them. Raises StoreError."""
        with store_errors(self.path):
            return int(self.connection.execute("SELECT count(*) FROM instances").fetchone()[0])

    def close(self) -> None:
        """Close the file; what was committed stays. A file that replaced it is not changed."""
        if self._closed:
            return
        lost = self._is_lost()
        self._closed = True
        # If the last connection can write, closing it merges the write-ahead log into the file and deletes the log. If
        # the file is no longer ours, that must not happen, so the connection that only reads is closed last.
        connections = [self._read_connection, self.connection] if not lost else [self.connection, self._read_connection]
        self._close_retired()
        for connection in connections:
            if connection is not None:
                connection.close()
        if lost and self._opened is not None:
            with suppress(StoreError, OSError):
                self._opened.clear()
        if self._release is not None:
            self._release()

    def _is_lost(self) -> bool:
        try:
            self.check()
        except (StoreError, sqlite3.Error, OSError):
            return True
        return False

    # Whether the file is still there

    def check(self) -> None:
        """Raises FleetLost if the path no longer leads to the file that was opened, or if the file was overwritten.
        While another process writes to the file, only the path is checked.
        """
        opened = self._opened
        if opened is None or not opened.touched:
            return
        try:
            # While another process merges its write-ahead log, the content of the file is inconsistent.
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_busy(error):
                return
            raise opened.overwritten() from None
        try:
            opened.check(self.connection, self._stored_fleet)
        finally:
            self.connection.execute("ROLLBACK")

    def find(self) -> None:
        """Raises FleetLost if the path no longer leads to the file that was opened."""
        if self._opened is not None:
            self._opened.find()

    def is_behind(self) -> bool:
        """Whether another process changed the fleet since `head` was read. It takes some microseconds and never waits
        for another process. Raises FleetLost like `check`, and if the file holds another fleet; StoreError.
        """
        if self._opened is None:
            return False
        with store_errors(self.path):
            if self._opened.alone:
                self._reopen()
            with self._waiting(0):
                self.check()
                is_new = self._is_new(self._stored_fleet())
                self._opened.leave()
                return is_new

    @property
    def version(self) -> int:
        """A number that changes when another connection commits something. Raises StoreError."""
        with store_errors(self.path):
            return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _is_new(self, seen: StoredFleet | None) -> bool:
        """Whether the fleet that SQLite sees differs from `head`. Raises FleetLost if it is another fleet, or did not
        develop from `head`.
        """
        head = self.head
        if head is None or seen is None:
            return (head is None) != (seen is None)
        if seen.identity != head.identity:
            raise FleetLost(
                f"{self.path}: another fleet was created in it while it was open: nothing was written to it"
            )
        if self._opened is not None and history_at(self.connection, head.revision) != head.history:
            raise self._opened.overwritten()
        return seen.revision != head.revision or self._is_stale

    def _stored_fleet(self) -> StoredFleet | None:
        return fleet_in(self.connection)

    def _open_read_connection(self) -> None:
        """Open a second connection that only reads."""
        with store_errors(self.path):
            self._read_connection = connect_to_read(self.path)
            self._read_connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _reopen(self) -> None:
        """Open the file again after SQLite's files beside it were removed. Without this, other processes and this one
        would not see each other's changes. Raises FleetLost if the write-ahead log can't be merged first.
        """
        opened = self._opened
        assert opened is not None
        self.check()
        (busy, *_) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise FleetLost(f"{self.path}: a part of it was removed while it was open: nothing more was written")
        if self._read_connection is not None:
            self._read_connection.close()
        self._close_retired()
        self.connection.close()
        self.connection = connect(self.path, create=False, patience=self.patience)
        self._open_read_connection()
        opened.find()
        opened.look_beside()

    def _reconnect(self) -> None:
        """Replace the connections, because SQLite's cache may come from a file that was at this path before. The old
        ones are closed later, so that the last connection closed is not one that writes.
        """
        (patience,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        connection = connect(self.path, create=False)
        connection.execute(f"PRAGMA busy_timeout = {patience}")
        self._close_retired()
        self._retired = [one for one in (self._read_connection, self.connection) if one is not None]
        self.connection = connection
        self._open_read_connection()

    def _close_retired(self) -> None:
        for connection in self._retired:
            connection.close()
        self._retired = []

    # The write-ahead log beside the file

    @property
    def pending(self) -> bool:
        """Whether some commits may not be merged into the file yet."""
        return self._opened is not None and self._opened.pending > 0

    def merge(self) -> None:
        """Merge the write-ahead log into the file and empty it. Otherwise a file that replaces this one would be mixed
        with it.

        A thread may call this, because it uses its own connection. It never waits: if others read or write, nothing is
        merged, and the next call tries again. Errors are ignored.
        """
        if self._opened is None:
            return
        with suppress(StoreError, sqlite3.Error):
            connection = self.open_another()
            try:
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()

    @contextmanager
    def _waiting(self, seconds: int) -> Iterator[None]:
        """Within this context, wait at most `seconds` for other processes."""
        (before,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")
        try:
            yield
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {before}")

    # Reading

    def _read_head(self) -> Head | None:
        cursor = self.connection.execute("SELECT * FROM fleet")
        row = cursor.fetchone()
        if row is None:
            return None
        if cursor.fetchone() is not None:
            raise ValueError("two fleets")
        kept = dict(zip((name for name, *_ in cursor.description), row, strict=True))
        if not isinstance(kept["policy"], str):
            raise ValueError("no policy")
        policy = kept_policy(kept["policy"])
        calendar = policy.calendar
        head = Head(
            kept_text(kept["name"]), calendar.check_clock(kept_instant(kept["clock"], calendar)),
            kept_instant(kept["started"], calendar), kept_whole(kept["events"]), kept_whole(kept["revision"]), policy,
            # A read-only file with an older schema has no identity.
            kept_text(kept.get("identity", "")),
            history_at(self.connection, kept["revision"]) if self._can_write else "",
        )  # fmt: skip
        (last,) = self.connection.execute("SELECT max(seq) FROM events").fetchone()
        if head.started > head.clock or head.events != (last or 0):
            raise ValueError("a clock behind its start, or more or fewer events than there are")
        return head

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction that reads: everything read in it is from the same moment.

        Raises StoreError if the file can't be read or its content is damaged.
        """
        with store_errors(self.path), damage_errors(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def load(self, report: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """Read the current head and world in one transaction, and update `head`.

        `report` is called from time to time with the number of instances read so far. Raises FleetMoved if the file
        holds no fleet any more, FleetLost if its fleet did not develop from `head`, and StoreError.
        """
        if self._loaded and self._opened is not None:
            with store_errors(self.path):
                self._reconnect()
        with self.reading():
            head, world = self.read(report)
            if self._opened is not None:
                self._is_new(self._stored_fleet())
        self.head, self._loaded, self._is_stale = head, True, False
        return head, world

    def read(self, report: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """Read the head and the world within `reading`. Does not update `self.head`. Raises FleetMoved like `load`."""
        head = self._read_head()
        if head is None:
            raise FleetMoved(f"{self.path}: there is no fleet here any more: {BEGIN}")
        check_belongs_together(self.connection, self.path)
        world = StateRows(head.policy.calendar).load(self.connection, head.clock, head.events, report)
        check_world(world, head.policy)
        return head, world

    def wait_at_most(self, seconds: int) -> None:
        """Wait at most `seconds` while another process writes; after that, StoreError is raised."""
        self.patience = seconds
        with store_errors(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")

    def is_current(self) -> bool:
        """Whether nobody has written since `head` was read. Raises StoreError if the file can't be read."""
        with store_errors(self.path):
            row = self.connection.execute("SELECT revision FROM fleet").fetchone()
        return (row[0] if row else None) == (self.head.revision if self.head else None)

    def goes_on(self) -> bool:
        """Whether the file's content developed from `head`. This includes a new fleet that was begun in this file,
        because a copy of the old fleet was made for it. Raises StoreError if the file can't be read.
        """
        head = self.head
        with store_errors(self.path):
            return head is not None and head.history == history_at(self.connection, head.revision) != ""

    def mark_stale(self) -> None:
        """Mark the loaded fleet as stale: reload before writing."""
        self._is_stale = True

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes everything or nothing.

        `head` is updated after the commit; until then, other threads see neither the new head nor the new rows.
        Raises FleetLost like `is_behind`, FleetMoved if another process wrote since `head` was read, and StoreError
        if the file can't be written.
        """
        with store_errors(self.path):
            self._writer = get_ident()
            try:
                if self._opened is not None:
                    self._opened.find()
                self.connection.execute("BEGIN IMMEDIATE")
                seen = self._stored_fleet()
                if self._opened is not None:
                    self._opened.check(self.connection, lambda: seen)
                if self._is_new(seen):
                    raise FleetMoved(f"{self.path}: another program changed the fleet in the meantime")
                (self._last_row,) = self.connection.execute("SELECT ifnull(max(id), 0) FROM journal").fetchone()
                yield self.connection
                self._write_history()
                if self._opened is not None:
                    # The transaction may have taken long: check again before the commit.
                    self._opened.check(self.connection, lambda: seen)
                self.connection.execute("COMMIT")
                self.head = self._next_head or self.head
                self._after_commit()
            except BaseException as error:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    # If the file was overwritten meanwhile, FleetLost explains the error.
                    self.check()
                raise
            finally:
                self._writer = self._next_head = None

    def _after_commit(self) -> None:
        if self._opened is not None:
            self._opened.leave()
            if self._opened.pending > _MERGE_SIZE:
                self.merge()

    @property
    def reader(self) -> sqlite3.Connection:
        """The connection for reading the log. It sees only what is committed, whatever another thread is writing. The
        thread that writes gets the writing connection and sees its own changes.
        """
        if self._read_connection is None or self._writer == get_ident():
            return self.connection
        return self._read_connection

    def open_another(self) -> sqlite3.Connection:
        """Open another connection to the file that can write. Raises FleetLost like `check`, and StoreError."""
        self.check()
        return connect(self.path, create=False)

    def set_head(self, head: Head) -> None:
        """Write the head; the revision goes up by one. Call it once, within `writing`."""
        calendar = head.policy.calendar
        identity = head.identity or new_identity(self.path, head.name, head.revision)
        self.connection.execute(
            "INSERT OR REPLACE INTO fleet (id, name, clock, started, events, revision, policy, identity) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
            (
                head.name, calendar.format(head.clock), calendar.format(head.started), head.events, head.revision + 1,
                head.policy.source, identity,
            ),
        )  # fmt: skip
        self._next_head = head._replace(revision=head.revision + 1, identity=identity)

    def move_head(self, clock: int, events: int) -> None:
        """Write the clock and the number of events; the revision goes up by one. Call it once, within `writing`."""
        assert self.head is not None
        head = self.head._replace(clock=clock, events=events, revision=self.head.revision + 1)
        self.connection.execute(
            "UPDATE fleet SET clock = ?, events = ?, revision = ?",
            (head.policy.calendar.format(clock), events, head.revision),
        )
        self._next_head = head

    def _write_history(self) -> None:
        """Write the new history digest, made from the previous digest and the rows that this transaction adds."""
        head = self._next_head
        if head is None:
            return
        # A new fleet in this file continues the history of the old one. So the file can be recognised while it still
        # holds the old fleet and the new one is not merged yet.
        before = head.history if self.head is None else self.head.history
        history = digest(before, head.clock, head.events, read_rows(self.connection, self._last_row))
        self.connection.execute("INSERT INTO history (revision, digest) VALUES (?, ?)", (head.revision, history))
        self._next_head = head._replace(history=history)

    def save(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write the current state of these accounts and instances, within `writing`."""
        self._rows().save(self.connection, world, accounts, instances)

    def save_progress(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts, and of these instances the columns that time alone can change, within `writing`."""
        self._rows().save_progress(self.connection, world, accounts, instances)

    def _rows(self) -> StateRows:
        """The writer of the rows. It is kept between transactions, because it caches the texts of repeated values."""
        head = self._next_head or self.head
        assert head is not None
        if self._row_writer is None or self._row_writer[0] is not head.policy:
            self._row_writer = head.policy, StateRows(head.policy.calendar)
        return self._row_writer[1]

    def clear(self) -> None:
        """Empty the file, within `writing`."""
        self._last_row = 0
        for table in _TABLES:
            self.connection.execute(f"DELETE FROM {table}")
