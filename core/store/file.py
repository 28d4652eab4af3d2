"""Opens a fleet's file safely, and turns everything that can go wrong with it into one sentence (StoreError)."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.base.errors import BadInput, NoFleet, Refused, StoreError
from core.base.held_files import is_held
from core.store.opened import new_identity, unusable
from core.store.schema import APPLICATION_ID, LOG_INDEXES, VERSION, migrate
from core.store.whole import is_whole

MEMORY: Final = Path(":memory:")
"""The path that means a fleet in memory, which is not saved."""

BEGIN: Final = "import one with lapse import FILE, or try lapse demo"
"""The end of an error sentence: what to do if there is no fleet."""

_MAGIC: Final = b"SQLite format 3\0"
DAMAGED: Final = "is damaged: name another file with --db FILE, or restore a copy"
"""The end of an error sentence for a file with content that Lapse never writes."""
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
"""SQLite's result codes if it can't create a file or make it larger."""
_CONTENT_ERRORS: Final = (
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG,
)  # fmt: skip
"""SQLite's result codes if a file lacks what our statements expect: a table, a column, valid JSON."""
_PATIENCE: Final = 30
"""Seconds to wait while another process writes."""


def connect(path: Path, *, create: bool, read_only: bool = False, patience: int | None = None) -> sqlite3.Connection:
    """Open a fleet's file. Creates it if `create` is set, and migrates it to the current schema if needed.

    Raises NoFleet if the file is missing and `create` is not set, and StoreError if it is not a fleet's file, comes
    from a newer Lapse, or can't be opened; then the file is left untouched. A connection that writes waits up to
    `patience` seconds while another process writes; the default is 30 seconds.
    """
    with store_errors(path):
        if path == MEMORY:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            migrate(connection)
            for statement in LOG_INDEXES.values():
                connection.execute(statement)
            return connection
        if not is_held(path) and _is_new(path):
            if not create:
                raise NoFleet(f"{path}: there is no fleet here yet: {BEGIN}")
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not _is_writable(path):
            if not read_only:
                raise StoreError(f"{path}: is read-only: make it writable, or name another file with --db FILE")
            return _open_read_only(path)
        return _open_to_read(path) if read_only else _open(path, patience)


def plain_path(path: Path) -> str:
    """The absolute path as text. SQLite would read a relative path that begins with "file:" as a URI."""
    return str(path.absolute())


def plain_connection(path: Path, timeout: int = 5) -> sqlite3.Connection:
    """A connection to the file at exactly this path, never to a URI. Raises sqlite3.Error and OSError."""
    return sqlite3.connect(plain_path(path), timeout, isolation_level=None, check_same_thread=False)


def _is_new(path: Path) -> bool:
    """Whether `path` is missing or an empty file. Raises StoreError if it is anything but a fleet's file."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise StoreError(f"{path}: is a folder: name a file with --db FILE")
        if not stat.S_ISREG(mode):
            raise StoreError(f"{path}: is a device, not a file: name a file with --db FILE")
        # Reading a pseudo-file, as in /proc, could block forever. Opened non-blocking, it gives None instead.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            header: bytes | None = file.read(100)
    except FileNotFoundError:
        return True
    if header == b"":
        return True
    if header is None or not header.startswith(_MAGIC) or len(header) < 100:
        raise StoreError(f"{path}: is not a database: name a fleet's file, or a new one, with --db FILE")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(f"{path}: is a database, but not a fleet's: name another file with --db FILE")
    _refuse_newer(path, int.from_bytes(header[60:64], "big"))
    return False


def _is_writable(path: Path) -> bool:
    """Whether the file and its folder, where SQLite keeps its write-ahead log, may be written.

    A read-only file mode counts even for the superuser, whom the system would not stop.
    """
    modes = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    return bool(path.stat().st_mode & modes) and os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK)


def _refuse_newer(path: Path, version: int) -> None:
    if version > VERSION:
        raise StoreError(
            f"{path}: comes from a newer Lapse (schema {version}, this one reads {VERSION}): update Lapse to open it"
        )


def _open(path: Path, patience: int | None = None) -> sqlite3.Connection:
    connection = plain_connection(path, _PATIENCE if patience is None else patience)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        _refuse_newer(path, version)
        _refuse_truncated(path, connection)
        if version < VERSION:
            migrate(connection, new_identity(path, "migrated"))
        _enable_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        # Room for one chunk of a long advance: its pages are written once, and merged into the file after the commit.
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_truncated(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a file whose end is missing, before anything is written. SQLite notices only missing whole pages."""
    # A held file was checked when it was first opened, and must not be opened except by SQLite.
    if not is_held(path) and not is_whole(path, connection):
        raise StoreError(f"{path}: {DAMAGED}")


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file to read it, in the first of three ways for which there is enough room on the disk."""
    try:
        return _open(path)
    except sqlite3.OperationalError as error:
        if _code(error) not in _NO_ROOM:
            raise
    try:
        return _open_exclusive(path)
    except sqlite3.OperationalError as error:
        if _code(error) not in _NO_ROOM:
            raise
    return _open_read_only(path)


def _open_exclusive(path: Path) -> sqlite3.Connection:
    """Open a file exclusively, to read it when there is no room for SQLite's shared-memory index (`-shm`) beside it.

    Such a connection keeps the index in memory, and still reads what is not merged into the file yet. If another
    process has the file open, the index exists already, and no room is needed.
    """
    connection = plain_connection(path, _PATIENCE)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA temp_store = MEMORY")
        _refuse_newer(path, connection.execute("PRAGMA user_version").fetchone()[0])
        _refuse_truncated(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _enable_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at the same time. If another process uses the file now, leave it for next time."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise


def _open_read_only(path: Path) -> sqlite3.Connection:
    resolved = path.resolve()
    # A log that a crash left behind must be read, too. Without one, `immutable` creates no files beside the database.
    logs = (resolved.with_name(resolved.name + ending) for ending in ("-wal", "-journal"))
    immutable = "" if any(log.exists() and log.stat().st_size for log in logs) else "&immutable=1"
    connection = sqlite3.connect(
        f"{resolved.as_uri()}?mode=ro{immutable}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _refuse_newer(path, connection.execute("PRAGMA user_version").fetchone()[0])
        _refuse_truncated(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the operating system into a StoreError: one sentence that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_sentence(error)}") from error
    except UnicodeDecodeError as error:
        # SQLite's message about a damaged schema quotes it, and the quotation may not be UTF-8.
        raise StoreError(f"{path}: {DAMAGED}") from error
    except UnicodeEncodeError:
        raise StoreError(f"{path}: holds a character that is not text: give another name") from None
    except OSError as error:
        raise unusable(path, error) from None
    except MemoryError:
        raise StoreError(
            f"{path}: out of memory: close other programs, and try again; what was committed before is kept"
        ) from None


@contextmanager
def damage_errors(path: Path) -> Iterator[None]:
    """Turn errors from invalid content into a StoreError that says the file is damaged.

    These are errors that our readers raise for values that SQLite itself accepts.
    """
    try:
        yield
    except (
        BadInput, Refused, LookupError, ValueError, TypeError, AssertionError, OverflowError, RecursionError
    ) as error:  # fmt: skip
        raise StoreError(f"{path}: {DAMAGED}") from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether the only problem is that another program is using the file now."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _sentence(error: sqlite3.Error) -> str:
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full: free some space and try again; what was committed before is kept"
    if code == sqlite3.SQLITE_READONLY:
        return "is read-only: make it writable, or name another file with --db FILE"
    if code == sqlite3.SQLITE_IOERR:
        return "could not be written (input/output error, perhaps a full disk): what was committed before is kept"
    if is_busy(error):
        return "is in use by another program: try again when it is done"
    if code == sqlite3.SQLITE_CANTOPEN:
        return "can't be opened: check that its folder exists and is writable"
    # Python's module raises these two if it is used wrongly: the file is not to blame.
    ours = isinstance(error, sqlite3.InterfaceError | sqlite3.ProgrammingError)
    if code in _CONTENT_ERRORS and not ours:
        return DAMAGED
    return f"can't be used ({error}): name another file with --db FILE, or restore a copy"
