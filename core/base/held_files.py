"""The files that this process has open as databases, which it therefore opens in no other way.

POSIX gives up all locks that a process has on a file as soon as it closes any descriptor of it. SQLite would go on
as if it had them, another process would take itself for the last one and tidy up, and what was then written is lost.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final
from weakref import finalize

Held = tuple[int, int]
"""A file's device and number: the same by whatever name."""

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, with locks of its own."""
_counting: Final = Lock()
_held: Final[Counter[Held]] = Counter()


def hold(path: Path, holder: object) -> Callable[[], object]:
    """A database was opened by `holder`. What it gives is called when it is closed; else it counts as closed once there
    is no holder any more, whose connections are closed with it.
    """
    key = _key(path)
    if key is None:
        # Another program has just taken it away.
        return lambda: None
    with _counting:
        _held[key] += 1
    release = finalize(holder, _release, key)
    release.atexit = False
    return release


def _release(key: Held) -> None:
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
