"""One fleet's file: its head, its present state, its log, and transactions that never lose or double anything."""

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

_MUCH: Final = 2**25
"""Bytes beside the file that are merged into it at once."""
_TABLES = (
    "fleet", "journal", "events", "days", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles",
    "accounts", "instances",
)  # fmt: skip


class Head(NamedTuple):
    """What the file says of the fleet as a whole. `revision` goes up with every transaction; `identity` tells the fleet
    from every other one. Without any, it gets one where it is written. `history` tells it from a copy that went another
    way.
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
    """An open file. It holds no fleet until one was imported: `head` is None then."""

    def __init__(self, path: Path, *, create: bool, read_only: bool = False) -> None:
        self.path = path
        self.patience: int | None = None
        """Seconds to wait while another process writes; None for as long as is usual."""
        self.connection = connect(path, create=create, read_only=read_only)
        self._writes = not read_only
        self._release = None if path == MEMORY else hold(path, self)
        self._aside: sqlite3.Connection | None = None
        self._opened: Opened | None = None
        """None for what is only read, or not saved."""
        self._closed = False
        self._writer: int | None = None
        """The thread that writes."""
        self._next: Head | None = None
        """The head as the transaction that is under way leaves it."""
        self._written_by: tuple[Policy, StateRows] | None = None
        self._last_row = 0
        """The last row of the journal as the transaction that is under way found it."""
        self._loaded = False
        self._outdated = False
        self._retired: list[sqlite3.Connection] = []
        """Connections that were replaced: a thread may just read over them."""
        try:
            with self.reading():
                self.head = self._read_head()
            if path != MEMORY and not read_only:
                self._opened = Opened(path)
                self._stand_aside()
                with store_errors(path):
                    self._opened.check(self.connection, self._see)
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
        with store_errors(self.path):
            return int(self.connection.execute("SELECT count(*) FROM instances").fetchone()[0])

    def close(self) -> None:
        """Close the file; what was committed stays. What was put in its place stays as it is."""
        if self._closed:
            return
        lost = self._is_lost()
        self._closed = True
        # The last that can write merges what lies beside the file, and takes it away. Where the file is no longer ours,
        # it isn't the last: the one that stands aside still reads.
        connections = [self._aside, self.connection] if not lost else [self.connection, self._aside]
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

    # Whether it is still there

    def check(self) -> None:
        """Raises FleetLost where the path no longer leads to the file that was opened, or that was overwritten; while
        others write to it, only the former is found.
        """
        opened = self._opened
        if opened is None or not opened.touched:
            return
        try:
            # While others write and merge, what is merged of it makes no sense yet.
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_busy(error):
                return
            raise opened.overwritten() from None
        try:
            opened.check(self.connection, self._see)
        finally:
            self.connection.execute("ROLLBACK")

    def find(self) -> None:
        """Raises FleetLost where the path no longer leads to the file that was opened."""
        if self._opened is not None:
            self._opened.find()

    def is_behind(self) -> bool:
        """Whether another process changed the fleet since `head` was read. It takes some microseconds, and waits for
        nobody. Raises FleetLost as `check`, and where the file holds another fleet; StoreError.
        """
        if self._opened is None:
            return False
        with store_errors(self.path):
            if self._opened.alone:
                self._open_again()
            with self._waiting(0):
                self.check()
                is_new = self._is_new(self._see())
                self._opened.leave()
                return is_new

    @property
    def version(self) -> int:
        """A number that changes when another connection commits something. Raises StoreError."""
        with store_errors(self.path):
            return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _is_new(self, seen: StoredFleet | None) -> bool:
        """Whether what SQLite sees is another state than `head`. Raises FleetLost where it is another fleet, or does
        not come after `head`.
        """
        head = self.head
        if head is None or seen is None:
            return (head is None) != (seen is None)
        if seen.identity != head.identity:
            raise FleetLost(f"{self.path}: another fleet was begun in it while it was open: nothing was written to it")
        if self._opened is not None and history_at(self.connection, head.revision) != head.history:
            raise self._opened.overwritten()
        return seen.revision != head.revision or self._outdated

    def _see(self) -> StoredFleet | None:
        return fleet_in(self.connection)

    def _stand_aside(self) -> None:
        """Open a second connection, which only reads."""
        with store_errors(self.path):
            self._aside = connect_to_read(self.path)
            self._aside.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _open_again(self) -> None:
        """What SQLite keeps beside the file was taken away: others would not see what we do, nor we what they do."""
        opened = self._opened
        assert opened is not None
        self.check()
        (busy, *_) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise FleetLost(f"{self.path}: a part of it was removed while it was open: nothing more was written")
        if self._aside is not None:
            self._aside.close()
        self._close_retired()
        self.connection.close()
        self.connection = connect(self.path, create=False, patience=self.patience)
        self._stand_aside()
        opened.find()
        opened.look_beside()

    def _renew(self) -> None:
        """Read over new connections from now on: what SQLite remembers of the file may be of one that was there before.
        The old ones are closed later, so that none is the last one that writes.
        """
        (patience,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        connection = connect(self.path, create=False)
        connection.execute(f"PRAGMA busy_timeout = {patience}")
        self._close_retired()
        self._retired = [one for one in (self._aside, self.connection) if one is not None]
        self.connection = connection
        self._stand_aside()

    def _close_retired(self) -> None:
        for connection in self._retired:
            connection.close()
        self._retired = []

    # What lies beside it

    @property
    def pending(self) -> bool:
        """Whether something that was committed may not be merged into the file yet."""
        return self._opened is not None and self._opened.pending > 0

    def merge(self) -> None:
        """Merge what was committed into the file, so that nothing of it is left beside: whatever is put in the file's
        place would be mixed with that. It is over a connection of its own, so that a thread may do it, and waits for
        nobody: where others read or write, it is done another time.
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
        """Wait no longer than so for other processes."""
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
            # A file of an older schema that may only be read has none.
            kept_text(kept.get("identity", "")), history_at(self.connection, kept["revision"]) if self._writes else "",
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
        with store_errors(self.path), damage_errors(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def load(self, told: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """The head and the world as they are now, read in one go. Raises FleetMoved when the file holds no fleet.

        `told` hears now and then how many instances were read. Raises FleetLost where that does not come after `head`.
        """
        if self._loaded and self._opened is not None:
            with store_errors(self.path):
                self._renew()
        with self.reading():
            head, world = self.read(told)
            if self._opened is not None:
                self._is_new(self._see())
        self.head, self._loaded, self._outdated = head, True, False
        return head, world

    def read(self, told: Callable[[int], None] | None = None) -> tuple[Head, World]:
        """The head and the world as they are kept, within `reading`; what the file is held to stand at stays."""
        head = self._read_head()
        if head is None:
            raise FleetMoved(f"{self.path}: there is no fleet here any more: {BEGIN}")
        check_belongs_together(self.connection, self.path)
        world = StateRows(head.policy.calendar).load(self.connection, head.clock, head.events, told)
        check_world(world, head.policy)
        return head, world

    def wait_at_most(self, seconds: int) -> None:
        """Wait no longer than so while another process writes; then StoreError is raised."""
        self.patience = seconds
        with store_errors(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")

    def is_current(self) -> bool:
        """Whether nobody has written since `head` was read. Raises StoreError where that can't be told."""
        with store_errors(self.path):
            row = self.connection.execute("SELECT revision FROM fleet").fetchone()
        return (row[0] if row else None) == (self.head.revision if self.head else None)

    def goes_on(self) -> bool:
        """Whether what the file holds came after `head`, a fleet begun in its place included: whoever began that has a
        copy of its own. Raises StoreError where that can't be told.
        """
        head = self.head
        with store_errors(self.path):
            return head is not None and head.history == history_at(self.connection, head.revision) != ""

    def outdate(self) -> None:
        """Hold what was read for out of date: nothing is written before it is loaded again."""
        self._outdated = True

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it or nothing.

        `head` moves on when it is committed: until then other threads see neither the new head nor what it counts.
        Raises FleetLost as `is_behind`, FleetMoved when another process wrote since `head` was read, and StoreError
        when the file can't be written.
        """
        with store_errors(self.path):
            self._writer = get_ident()
            try:
                if self._opened is not None:
                    self._opened.find()
                self.connection.execute("BEGIN IMMEDIATE")
                seen = self._see()
                if self._opened is not None:
                    self._opened.check(self.connection, lambda: seen)
                if self._is_new(seen):
                    raise FleetMoved(f"{self.path}: another program changed the fleet in the meantime")
                (self._last_row,) = self.connection.execute("SELECT ifnull(max(id), 0) FROM journal").fetchone()
                yield self.connection
                self._write_history()
                if self._opened is not None:
                    # It may have taken long.
                    self._opened.check(self.connection, lambda: seen)
                self.connection.execute("COMMIT")
                self.head = self._next or self.head
                self._leave()
            except BaseException as error:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    # What is read of a file that was overwritten meanwhile makes no sense.
                    self.check()
                raise
            finally:
                self._writer = self._next = None

    def _leave(self) -> None:
        if self._opened is not None:
            self._opened.leave()
            if self._opened.pending > _MUCH:
                self.merge()

    @property
    def reader(self) -> sqlite3.Connection:
        """What the log is read over: a connection of its own, which sees what was committed last, whenever a thread
        begins to write. Only the thread that writes sees what it has written.
        """
        if self._aside is None or self._writer == get_ident():
            return self.connection
        return self._aside

    def open_another(self) -> sqlite3.Connection:
        """Another connection to the file, to write over. Raises FleetLost, StoreError."""
        self.check()
        return connect(self.path, create=False)

    def set_head(self, head: Head) -> None:
        """Write the head, once within `writing`; the revision goes up by one."""
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
        self._next = head._replace(revision=head.revision + 1, identity=identity)

    def move_head(self, clock: int, events: int) -> None:
        """Write the clock and the number of events, once within `writing`; the revision goes up by one."""
        assert self.head is not None
        head = self.head._replace(clock=clock, events=events, revision=self.head.revision + 1)
        self.connection.execute(
            "UPDATE fleet SET clock = ?, events = ?, revision = ?",
            (head.policy.calendar.format(clock), events, head.revision),
        )
        self._next = head

    def _write_history(self) -> None:
        """Write the digest of all that was written until now: of the one before, and of what this transaction adds."""
        head = self._next
        if head is None:
            return
        # A fleet that is begun anew goes on from the one before, so that what isn't merged yet can be told by it.
        before = head.history if self.head is None else self.head.history
        history = digest(before, head.clock, head.events, read_rows(self.connection, self._last_row))
        self.connection.execute("INSERT INTO history (revision, digest) VALUES (?, ?)", (head.revision, history))
        self._next = head._replace(history=history)

    def save(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts and instances as they are now, within `writing`."""
        self._rows().save(self.connection, world, accounts, instances)

    def save_progress(self, world: World, accounts: Iterable[str], instances: Iterable[str]) -> None:
        """Write these accounts, and what time alone can change of these instances, within `writing`."""
        self._rows().save_progress(self.connection, world, accounts, instances)

    def _rows(self) -> StateRows:
        """What writes the rows: it remembers how what comes up again is written."""
        head = self._next or self.head
        assert head is not None
        if self._written_by is None or self._written_by[0] is not head.policy:
            self._written_by = head.policy, StateRows(head.policy.calendar)
        return self._written_by[1]

    def clear(self) -> None:
        """Empty the file, within `writing`."""
        self._last_row = 0
        for table in _TABLES:
            self.connection.execute(f"DELETE FROM {table}")
