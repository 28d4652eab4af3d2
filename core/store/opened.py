"""Whether a path still leads to the file that was opened there, and whether that still holds what was left in it.

Anybody may replace, overwrite, move or remove the file at any time, and no lock prevents it. Where it is, and whether
it was touched, is told by what the system says of its path; what it holds is read by SQLite alone (`held_files`).
"""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import FleetLost, StoreError

_BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps beside a database while it is open."""
_ATTEMPTS: Final = 50
"""How often a file is read that another process may just be writing to."""

_NOWHERE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""What the system says of a path that leads to no file."""

Which = tuple[int, int]
"""A file's device and number."""


class Look(NamedTuple):
    """What the system says of a file. It changes with every write to it."""

    which: Which
    size: int
    modified: int
    changed: int


class Kept(NamedTuple):
    """The fleet in a file: its identity, the number of its transactions and the digest of all that they wrote, and the
    database's pages and schema number.
    """

    identity: str
    revision: int
    history: str
    pages: int
    schema: int


def unusable(path: Path, error: OSError) -> StoreError:
    """What a person is told of a file with which the system can't do what it was asked to."""
    return StoreError(f"{path}: can't be used ({error.strerror}): name another file with --db FILE")


def look_at(path: Path) -> Look | None:
    """What the system says of the file at a path; None where the path leads to none. Raises StoreError where the system
    can't tell.
    """
    try:
        found = path.stat()
    except OSError as error:
        if error.errno in _NOWHERE:
            return None
        raise unusable(path, error) from None
    return Look((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def new_identity(path: Path, *about: object) -> str:
    """An identity for a fleet that begins in the file at a path, or is brought to a schema that has one.

    It is derived from which file this is, when it was written to last, and something `about` the fleet: two files are
    never the same one, and fleets that begin in one file one after the other differ in their revision.
    """
    return digest(look_at(path), *about)


def digest(*values: object) -> str:
    """What tells these values from all others."""
    # Imported here: what only reads needs none, and starts sooner.
    from hashlib import sha256

    return sha256(repr(values).encode()).hexdigest()[:32]


def connect_to_read(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    """A connection that can't write. `alone`, it reads the file without what lies beside it, and without a lock."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def fleet_in(connection: sqlite3.Connection) -> Kept | None:
    """The fleet that a connection sees; None where there is none. Raises sqlite3.Error."""
    row = connection.execute("SELECT identity, revision FROM fleet").fetchone()
    if row is None:
        return None
    identity, revision = row
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (schema,) = connection.execute("PRAGMA schema_version").fetchone()
    return Kept(identity, revision, history_at(connection, revision), pages, schema)


def history_at(connection: sqlite3.Connection, revision: int) -> str:
    """The digest of all that was written up to a revision; empty where none is kept. Raises sqlite3.Error."""
    row = connection.execute("SELECT digest FROM history WHERE revision = ?", (revision,)).fetchone()
    return "" if row is None else str(row[0])


class Opened:
    """A file that is open, and what was last known to be in it. Whatever looks at it raises as `look_at`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        look = look_at(path)
        if look is None:
            raise self._gone()
        self._which = look.which
        self._left: Look | None = None
        """How it looked when it was last known what is in it; None before that was looked into once."""
        self._kept: Kept | None = None
        """What was in it then."""
        self._wal: Look | None = None
        """What lay beside the file when it was known to be ours."""
        self._is_overwritten = False
        self._whole = path.resolve()
        self._wal_path = self._whole.with_name(f"{self._whole.name}-wal")
        self._beside = self._find_beside()

    # Where it is

    def find(self) -> Look:
        """What the system says of the file. Raises FleetLost where its path leads to none, or to another."""
        look = look_at(self._path)
        if look is None:
            raise self._gone()
        if look.which != self._which:
            raise FleetLost(f"{self._path}: another file replaced it while it was open: nothing was written to it")
        return look

    def _gone(self) -> FleetLost:
        return FleetLost(f"{self._path}: was moved or removed while it was open: nothing more was written")

    # What is in it

    @property
    def touched(self) -> bool:
        """Whether anybody wrote to it since it was known what is in it. Raises FleetLost as `find`."""
        return self.find() != self._left

    def check(self, connection: sqlite3.Connection, see: Callable[[], Kept | None]) -> None:
        """Look into the file, where it was touched. `see` gives the fleet as SQLite sees it over the connection, with
        what is committed and not merged. Except for the first time, nobody else may write meanwhile. Raises FleetLost
        as `find`, and where the file holds what SQLite can't have written.
        """
        look = self.find()
        if look == self._left:
            return
        try:
            # In this order: others may write meanwhile, and what is merged was committed before.
            found = self._look_into()
            seen = see()
            fits = self._fits(found, seen, connection)
        except sqlite3.Error:
            if self._left is None:
                return
            raise self.overwritten() from None
        if not fits:
            raise self.overwritten()
        self._left, self._kept = look, found

    def _look_into(self) -> Kept | None:
        """What the file holds by itself. Raises sqlite3.Error where it makes no sense, however often it is read."""
        connection = connect_to_read(self._path, alone=True)
        try:
            for attempt in range(_ATTEMPTS):
                try:
                    return fleet_in(connection)
                except sqlite3.Error:
                    if attempt == _ATTEMPTS - 1:
                        raise
                    connection.close()
                    connection = connect_to_read(self._path, alone=True)
        finally:
            connection.close()
        raise AssertionError

    def _fits(self, found: Kept | None, seen: Kept | None, connection: sqlite3.Connection) -> bool:
        """Whether what the file holds can be what is merged of what SQLite sees."""
        before = self._kept
        if found is None:
            return before is None
        if seen is None or found.revision > seen.revision or (before is not None and found.revision < before.revision):
            return False
        if found == seen:
            return True
        if before is not None and not self.pending and not self.alone:
            # All is merged: what SQLite sees besides is left in its memory from before.
            return False
        if found.revision < seen.revision:
            # Also where another fleet was begun, and that isn't merged yet.
            return history_at(connection, found.revision) == found.history
        # As far on: then it is the same, page by page, but for an index that may not be merged yet.
        return found == before and found.history == seen.history

    def overwritten(self) -> FleetLost:
        """That something else is in it now."""
        self._is_overwritten = True
        return FleetLost(f"{self._path}: was overwritten while it was open: nothing was written to it")

    # What lies beside it

    @property
    def alone(self) -> bool:
        """Whether what SQLite keeps beside the file was taken away, or others put in its place."""
        return self._beside != self._find_beside()

    def look_beside(self) -> None:
        """Remember what lies beside the file: it was opened again."""
        self._beside = self._find_beside()

    def _find_beside(self) -> list[Which | None]:
        looks = [look_at(self._whole.with_name(self._whole.name + end)) for end in _BESIDE]
        return [look and look.which for look in looks]

    @property
    def pending(self) -> int:
        """How many bytes lie beside the file that may not be merged yet; none where that can't be told."""
        look = self._look_at_wal()
        return 0 if look is None else look.size

    def leave(self) -> None:
        """Remember what lies beside the file and is not merged: now it is ours."""
        self._wal = self._look_at_wal()

    def _look_at_wal(self) -> Look | None:
        # What was committed just now stays so, whatever the system says of the path.
        with suppress(StoreError):
            return look_at(self._wal_path)
        return None

    def clear(self) -> None:
        """Take away what is left of ours beside another file, if nobody wrote there since: they would be mixed."""
        there = look_at(self._whole)
        foreign = there is not None and (there.which != self._which or self._is_overwritten)
        ours, beside = self._wal, self._look_at_wal()
        if foreign and ours is not None and beside is not None and ours[:3] == beside[:3] and ours.size:
            os.truncate(self._wal_path, 0)
