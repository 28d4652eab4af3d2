"""The files that this process has open as SQLite databases, so that it never opens them in any other way.

POSIX releases all locks of a process on a file as soon as the process closes any descriptor of that file. SQLite would
continue as if it still had its locks. Another process would then believe that nobody else uses the database and
clean up its files, and later writes would be lost.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final
from weakref import finalize

FileId = tuple[int, int]
"""A file's device and inode, which are the same under every name of the file."""

_COMPANION_SUFFIXES: Final = ("-wal", "-shm", "-journal")
"""The suffixes of the files that SQLite keeps beside a database and locks as well."""
_lock: Final = Lock()
_open_counts: Final[Counter[FileId]] = Counter()


def hold(path: Path, holder: object) -> Callable[[], object]:
    """Record that `holder` opened a database, and return a function to call when the database is closed.

    Without that call, the database counts as closed once `holder` is garbage-collected: its connections end with it.
    """
    key = _file_id(path)
    if key is None:
        # Another program has just removed the file.
        return lambda: None
    with _lock:
        _open_counts[key] += 1
    release = finalize(holder, _release, key)
    release.atexit = False
    return release


def _release(key: FileId) -> None:
    with _lock:
        _open_counts[key] -= 1


def is_held(path: Path) -> bool:
    """Whether a file is a database that this process has open, or one of SQLite's files beside such a database."""
    name = path.name
    suffixes = [suffix for suffix in _COMPANION_SUFFIXES if name.endswith(suffix) and name != suffix]
    databases = [path, *(path.with_name(name.removesuffix(suffix)) for suffix in suffixes)]
    keys = [_file_id(database) for database in databases]
    with _lock:
        return any(key is not None and _open_counts[key] > 0 for key in keys)


def _file_id(path: Path) -> FileId | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
