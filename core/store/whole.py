"""Checks that no page of a database is missing. SQLite itself accepts a last page that is cut off."""

import sqlite3
from pathlib import Path
from typing import Final

_HEADER: Final = 32
_FRAME_HEADER: Final = 24
"""Bytes before the first frame of a write-ahead log, and bytes before the page in each frame."""


def is_whole(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether every page is in the file, or in the write-ahead log beside it. Raises sqlite3.Error and OSError."""
    size = int(connection.execute("PRAGMA page_size").fetchone()[0])
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])

    def is_there() -> bool:
        return path.stat().st_size >= size * pages

    # Checked again at the end, because another process may have merged the log into the file.
    return is_there() or _is_logged(path, size, pages) or is_there()


def _is_logged(path: Path, size: int, pages: int) -> bool:
    """Whether the write-ahead log holds all pages that the file lacks. `size` is in bytes per page."""
    whole = path.stat().st_size // size
    return len([page for page in _logged(path, size) if whole < page <= pages]) == pages - whole


def _logged(path: Path, size: int) -> set[int]:
    """The numbers of the pages in the write-ahead log. Frames left over from an older log have another salt."""
    whole = path.resolve()
    found: set[int] = set()
    try:
        with whole.with_name(f"{whole.name}-wal").open("rb") as log:
            salt = log.read(_HEADER)[16:24]
            while len(header := log.read(_FRAME_HEADER)) == _FRAME_HEADER and header[8:16] == salt:
                found.add(int.from_bytes(header[:4], "big"))
                log.seek(size, 1)
    except FileNotFoundError:
        pass
    return found
