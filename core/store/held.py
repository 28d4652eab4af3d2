"""The files that this process has open as databases, which it therefore opens in no other way.

POSIX gives up all locks that a process has on a file as soon as it closes any descriptor of it. SQLite would go on
as if it had them, another process would take itself for the last one and tidy up, and what was then written is lost.
"""

from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Final

Held = tuple[int, int]
"""A file's device and number: the same by whatever name."""

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, with locks of its own."""
_counting: Final = Lock()
_held: Final[Counter[Held]] = Counter()


def hold(path: Path) -> Held | None:
    """A database was opened; to be released when it is closed. None where another program has just taken it away."""
    key = _key(path)
    if key is not None:
        with _counting:
            _held[key] += 1
    return key


def release(key: Held) -> None:
    """It was closed."""
    with _counting:
        _held[key] -= 1


def is_held(path: Path) -> bool:
    """Whether a file is a database that is open here, or belongs to one."""
    name = path.name
    bases = [path, *(path.with_name(name.removesuffix(end)) for end in _BESIDE if name.endswith(end) and name != end)]
    keys = [_key(base) for base in bases]
    with _counting:
        return any(key is not None and _held[key] > 0 for key in keys)


def _key(path: Path) -> Held | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
