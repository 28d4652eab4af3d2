"""Checks that a path still leads to the file that was opened, and that the file still holds the same fleet.

Anybody may replace, overwrite, move or remove the file at any time, and no lock prevents it. Whether it is still there
and whether somebody wrote to it is found by `stat`. Its content is read only by SQLite (see `held_files`).
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
"""The files that SQLite keeps beside a database while it is open."""
_ATTEMPTS: Final = 50
"""How often to try to read a file that another process may be writing to."""

_NO_FILE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""The system's errors for a path that leads to no file."""

FileId = tuple[int, int]
"""A file's device and inode."""


class FileStatus(NamedTuple):
    """What `stat` says of a file: its identity, size in bytes, and times in nanoseconds. Every write changes it."""

    file_id: FileId
    size: int
    modified: int
    changed: int


class StoredFleet(NamedTuple):
    """The fleet in a file: its identity, its revision, the digest of everything written up to that revision
    (`history`), and the database's number of pages and schema number.
    """

    identity: str
    revision: int
    history: str
    pages: int
    schema: int


def unusable(path: Path, error: OSError) -> StoreError:
    """The error for a file that the system can't open, read or write."""
    return StoreError(f"{path}: can't be used ({error.strerror}): name another file with --db FILE")


def file_status(path: Path) -> FileStatus | None:
    """The status of the file at a path; None if there is no file. Raises StoreError if the system can't tell."""
    try:
        found = path.stat()
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise unusable(path, error) from None
    return FileStatus((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def new_identity(path: Path, *about: object) -> str:
    """An identity for a fleet that begins in the file at a path, or whose schema is migrated to one with identities.

    It is derived from the file's status and from something `about` the fleet. Two files always differ in their status,
    and two fleets that begin in the same file, one after the other, differ in their revision.
    """
    return digest(file_status(path), *about)


def digest(*values: object) -> str:
    """A digest of these values: other values give another digest."""
    # Imported here, because commands that only read do not need it and start sooner without it.
    from hashlib import sha256

    return sha256(repr(values).encode()).hexdigest()[:32]


def connect_to_read(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    """A connection that can't write. With `alone`, it ignores the files beside the database and takes no lock."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def fleet_in(connection: sqlite3.Connection) -> StoredFleet | None:
    """The fleet that a connection sees; None if there is none. Raises sqlite3.Error."""
    row = connection.execute("SELECT identity, revision FROM fleet").fetchone()
    if row is None:
        return None
    identity, revision = row
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (schema,) = connection.execute("PRAGMA schema_version").fetchone()
    return StoredFleet(identity, revision, history_at(connection, revision), pages, schema)


def history_at(connection: sqlite3.Connection, revision: int) -> str:
    """The digest of everything written up to a revision; empty if none is stored. Raises sqlite3.Error."""
    row = connection.execute("SELECT digest FROM history WHERE revision = ?", (revision,)).fetchone()
    return "" if row is None else str(row[0])


class Opened:
    """An open file, and the fleet last known to be in it. Every method may raise StoreError like `file_status`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        status = file_status(path)
        if status is None:
            raise self._moved_or_removed()
        self._file_id = status.file_id
        self._checked_status: FileStatus | None = None
        """The file's status when its content was last checked; None before the first check."""
        self._checked_fleet: StoredFleet | None = None
        """The fleet that the file held at that check."""
        self._own_wal: FileStatus | None = None
        """The status of the write-ahead log when it was last known to be ours."""
        self._is_overwritten = False
        self._resolved = path.resolve()
        self._wal_path = self._resolved.with_name(f"{self._resolved.name}-wal")
        self._beside = self._find_beside()

    # Where the file is

    def find(self) -> FileStatus:
        """The file's status. Raises FleetLost if the path leads to no file or to another one."""
        status = file_status(self._path)
        if status is None:
            raise self._moved_or_removed()
        if status.file_id != self._file_id:
            raise FleetLost(f"{self._path}: another file replaced it while it was open: nothing was written to it")
        return status

    def _moved_or_removed(self) -> FleetLost:
        return FleetLost(f"{self._path}: was moved or removed while it was open: nothing more was written")

    # What the file holds

    @property
    def touched(self) -> bool:
        """Whether anybody wrote to the file since its content was last checked. Raises FleetLost like `find`."""
        return self.find() != self._checked_status

    def check(self, connection: sqlite3.Connection, see: Callable[[], StoredFleet | None]) -> None:
        """Check the file's content if the file was touched.

        `see` returns the fleet as SQLite sees it over the connection, including what is committed but not merged yet.
        Except at the first check, nobody else may write meanwhile. Raises FleetLost like `find`, and if the file holds
        something that SQLite can't have written.
        """
        status = self.find()
        if status == self._checked_status:
            return
        try:
            # In this order, because at the first check others may write meanwhile: what is merged was committed before.
            found = self._read_alone()
            seen = see()
            is_consistent = self._is_consistent(found, seen, connection)
        except sqlite3.Error:
            if self._checked_status is None:
                return
            raise self.overwritten() from None
        if not is_consistent:
            raise self.overwritten()
        self._checked_status, self._checked_fleet = status, found

    def _read_alone(self) -> StoredFleet | None:
        """The fleet in the file, without its log. Raises sqlite3.Error if it can't be read after many attempts."""
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

    def _is_consistent(
        self, found: StoredFleet | None, seen: StoredFleet | None, connection: sqlite3.Connection
    ) -> bool:
        """Whether the fleet found in the file can be the merged part of the fleet that SQLite sees."""
        before = self._checked_fleet
        if found is None:
            return before is None
        if seen is None or found.revision > seen.revision or (before is not None and found.revision < before.revision):
            return False
        if found == seen:
            return True
        if before is not None and not self.pending and not self.alone:
            # Everything is merged, so the rest that SQLite sees comes from its cache of a file that was here before.
            return False
        if found.revision < seen.revision:
            # This also holds if a new fleet was begun in the file and is not merged yet.
            return history_at(connection, found.revision) == found.history
        # At the same revision the content must be the same, except for an index that may not be merged yet.
        return found == before and found.history == seen.history

    def overwritten(self) -> FleetLost:
        """The error that says that the file was overwritten. The file counts as overwritten from now on."""
        self._is_overwritten = True
        return FleetLost(f"{self._path}: was overwritten while it was open: nothing was written to it")

    # What lies beside the file

    @property
    def alone(self) -> bool:
        """Whether the files that SQLite keeps beside the database were removed or replaced."""
        return self._beside != self._find_beside()

    def look_beside(self) -> None:
        """Remember the files beside the database. Call it after the database was opened again."""
        self._beside = self._find_beside()

    def _find_beside(self) -> list[FileId | None]:
        statuses = [file_status(self._resolved.with_name(self._resolved.name + end)) for end in _BESIDE]
        return [status and status.file_id for status in statuses]

    @property
    def pending(self) -> int:
        """How many bytes of the write-ahead log may not be merged yet; 0 if the system can't tell."""
        status = self._wal_status()
        return 0 if status is None else status.size

    def leave(self) -> None:
        """Remember the write-ahead log as ours. Call it after a commit, and after the file was checked."""
        self._own_wal = self._wal_status()

    def _wal_status(self) -> FileStatus | None:
        # A commit that succeeded must not fail because the path can't be looked at now.
        with suppress(StoreError):
            return file_status(self._wal_path)
        return None

    def clear(self) -> None:
        """If the file was replaced or overwritten, empty our write-ahead log, so that the two are not mixed.

        Does nothing if anybody has written to the log since `leave`.
        """
        status = file_status(self._resolved)
        foreign = status is not None and (status.file_id != self._file_id or self._is_overwritten)
        ours, current = self._own_wal, self._wal_status()
        if foreign and ours is not None and current is not None and ours[:3] == current[:3] and ours.size:
            os.truncate(self._wal_path, 0)
