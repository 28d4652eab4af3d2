"""Opening a fleet's file safely: what goes wrong with a file becomes one sentence (StoreError)."""

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
"""Stands for a file that is not saved."""

BEGIN: Final = "import one with lapse import FILE, or try lapse demo"
"""What to do where there is no fleet."""

_MAGIC: Final = b"SQLite format 3\0"
DAMAGED: Final = "is damaged: name another file with --db FILE, or restore a copy"
"""What is wrong with a file that doesn't hold what Lapse writes."""
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
"""What SQLite says where it can't make a file, or let it grow."""
_OF_CONTENT: Final = (
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG,
)  # fmt: skip
"""What SQLite says where a file doesn't hold what our statements ask for: a table, a column, JSON that can be read."""
_PATIENCE: Final = 30
"""Seconds to wait while another process writes."""


def connect(path: Path, *, create: bool, read_only: bool = False, patience: int | None = None) -> sqlite3.Connection:
    """Open a fleet's file, made or brought to the present schema where needed.

    Leaves the file untouched and raises NoFleet when it is missing and not to be created; StoreError when it is no
    fleet's file, comes from a newer Lapse, or can't be opened. What is opened to be written waits `patience` seconds
    while another process writes, or as long as is usual.
    """
    with sentences(path):
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
    """A path that SQLite takes for nothing else: what begins with "file:" would be an address, so it is given whole."""
    return str(path.absolute())


def plain_connection(path: Path, timeout: int = 5) -> sqlite3.Connection:
    """A connection to the file that a path names. Raises sqlite3.Error and OSError."""
    return sqlite3.connect(plain_path(path), timeout, isolation_level=None, check_same_thread=False)


def _is_new(path: Path) -> bool:
    """Whether there is nothing at `path` yet. Raises StoreError when what is there is not ours to open."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise StoreError(f"{path}: is a folder: name a file with --db FILE")
        if not stat.S_ISREG(mode):
            raise StoreError(f"{path}: is a device, not a file: name a file with --db FILE")
        # What the system only calls a file, as in /proc, must not be waited for: then it gives None.
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
    """Whether the file may be written, and its folder, where SQLite keeps what isn't merged yet. What its mode says
    holds for the superuser as well.
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
        _refuse_cut(path, connection)
        if version < VERSION:
            migrate(connection, new_identity(path, "migrated"))
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        # A chunk of a long advance fits: its pages are written once, and merged into the file once it is committed.
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_cut(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a file whose end is missing, before anything is written. SQLite notices whole pages only."""
    # One that is held was looked at when it was opened first, and may be opened in no other way.
    if not is_held(path) and not is_whole(path, connection):
        raise StoreError(f"{path}: {DAMAGED}")


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is only to be read, in whatever way needs as much room on the disk as there is."""
    try:
        return _open(path)
    except sqlite3.OperationalError as error:
        if _code(error) not in _NO_ROOM:
            raise
    try:
        return _open_alone(path)
    except sqlite3.OperationalError as error:
        if _code(error) not in _NO_ROOM:
            raise
    return _open_read_only(path)


def _open_alone(path: Path) -> sqlite3.Connection:
    """Open a file for this process alone, to read it where there is no room for the index SQLite keeps beside it.

    Such a connection keeps the index in memory, and still reads what isn't merged into the file. Where another process
    has the file open its index is there already, and no room is needed.
    """
    connection = plain_connection(path, _PATIENCE)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA temp_store = MEMORY")
        _refuse_newer(path, connection.execute("PRAGMA user_version").fetchone()[0])
        _refuse_cut(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side. A file that another process holds now is switched another time."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise


def _open_read_only(path: Path) -> sqlite3.Connection:
    whole = path.resolve()
    # What a crash left beside the file belongs to it; without that, the file alone is read and nothing made beside it.
    beside = (whole.with_name(whole.name + ending) for ending in ("-wal", "-journal"))
    immutable = "" if any(rest.exists() and rest.stat().st_size for rest in beside) else "&immutable=1"
    connection = sqlite3.connect(
        f"{whole.as_uri()}?mode=ro{immutable}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _refuse_newer(path, connection.execute("PRAGMA user_version").fetchone()[0])
        _refuse_cut(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into a StoreError with one sentence that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_sentence(error)}") from error
    except UnicodeDecodeError as error:
        # What SQLite says of a damaged schema quotes it.
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
def sensible(path: Path) -> Iterator[None]:
    """Turn what reading a file raises in which SQLite finds nothing wrong, but we do, into a StoreError."""
    try:
        yield
    except (
        BadInput, Refused, LookupError, ValueError, TypeError, AssertionError, OverflowError, RecursionError
    ) as error:  # fmt: skip
        raise StoreError(f"{path}: {DAMAGED}") from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether it is only that other programs use the file now."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    """The primary result code of SQLite."""
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
    ours = isinstance(error, sqlite3.InterfaceError | sqlite3.ProgrammingError)
    if code in _OF_CONTENT and not ours:
        return DAMAGED
    return f"can't be used ({error}): name another file with --db FILE, or restore a copy"
