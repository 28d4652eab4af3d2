"""Copies a fleet's file. The copy gets its final name only when it is complete."""

import os
import sqlite3
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Final

from core.base.errors import FleetMoved
from core.store.file import MEMORY, plain_path, store_errors
from core.store.fleet_file import FleetFile

_INTERRUPT_EVERY: Final = 1
"""Seconds between two attempts to interrupt a copy: an attempt before SQLite has begun has no effect."""


def copy_file(file: FleetFile, copy: Path) -> None:
    """Write a copy of a fleet's file. Until it is complete and on the disk, it has a temporary name in the same folder.

    If it fails or is interrupted, nothing of it is left. Raises FleetMoved if the name is already taken, and StoreError
    if the copy can't be written.
    """
    with store_errors(copy):
        part = _new_part(copy, 0o666 if file.path == MEMORY else file.path.stat().st_mode & 0o777)
        try:
            _copy_into(file.connection, part)
            _sync(part)
            _give_name(part, copy)
        finally:
            part.unlink(missing_ok=True)
        with suppress(OSError):
            # Some systems can't open a folder.
            _sync(copy.parent)


def _copy_into(connection: sqlite3.Connection, part: Path) -> None:
    """Let SQLite write the copy in another thread, because no signal is handled during that one long call.

    Any exception raised in the waiting thread, for example by a signal, interrupts the copy.
    """
    outcome: Future[None] = Future()

    def run() -> None:
        if outcome.set_running_or_notify_cancel():
            try:
                connection.execute("VACUUM INTO ?", (plain_path(part),))
            except (sqlite3.Error, MemoryError) as error:
                outcome.set_exception(error)
            else:
                outcome.set_result(None)

    try:
        # Inside `try`, because a signal may arrive as soon as the thread exists.
        Thread(target=run, name="copy").start()
        outcome.result()
    except BaseException:
        if not outcome.cancel():
            # Repeated, because an interrupt has no effect until SQLite has begun.
            while not outcome.done():
                connection.interrupt()
                wait((outcome,), _INTERRUPT_EVERY)
        part.with_name(f"{part.name}-journal").unlink(missing_ok=True)
        raise


def _new_part(copy: Path, mode: int) -> Path:
    """Create an empty file with an unused temporary name in the copy's folder."""
    for number in count(1):
        part = copy.with_name(f"{copy.name}.part{'' if number == 1 else number}")
        with suppress(FileExistsError):
            part.touch(mode, exist_ok=False)
            return part
    raise AssertionError


def _give_name(part: Path, copy: Path) -> None:
    """Give a finished copy its final name by a hard link, because a link never replaces a file, unlike a rename."""
    try:
        copy.hardlink_to(part)
    except FileExistsError:
        raise FleetMoved(f"{copy}: another program has taken this name in the meantime") from None
    except OSError:
        # Some file systems have no hard links.
        if copy.exists():
            raise FleetMoved(f"{copy}: another program has taken this name in the meantime") from None
        part.rename(copy)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
