"""A whole copy of a fleet's file: under its name there is never half of one."""

import os
import sqlite3
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Final

from core.base.errors import FleetMoved
from core.store.file import MEMORY, plain_path, sentences
from core.store.fleet_file import FleetFile

_BETWEEN: Final = 1
"""Seconds until it is interrupted again, where it had not begun."""


def copy_file(file: FleetFile, copy: Path) -> None:
    """Write a copy of a fleet's file. Until it is whole, and on the disk, it bears another name beside its own.

    Where it can't be finished, or is interrupted, nothing of it is left. Raises FleetMoved where there is something
    by its name, and StoreError where it can't be written.
    """
    with sentences(copy):
        part = _new_part(copy, 0o666 if file.path == MEMORY else file.path.stat().st_mode & 0o777)
        try:
            _copy_into(file.connection, part)
            _sync(part)
            _give_name(part, copy)
        finally:
            part.unlink(missing_ok=True)
        with suppress(OSError):
            # Not every system lets a folder be opened.
            _sync(copy.parent)


def _copy_into(connection: sqlite3.Connection, part: Path) -> None:
    """Let SQLite write the copy, in a thread: within that one long call no signal would be answered. What this thread
    is told meanwhile, such as a signal, ends it.
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
        # A signal may come as soon as the thread is there.
        Thread(target=run, name="copy").start()
        outcome.result()
    except BaseException:
        if not outcome.cancel():
            # Until it has begun there is nothing to interrupt.
            while not outcome.done():
                connection.interrupt()
                wait((outcome,), _BETWEEN)
        part.with_name(f"{part.name}-journal").unlink(missing_ok=True)
        raise


def _new_part(copy: Path, mode: int) -> Path:
    """A new, empty file beside the copy, which nobody else uses."""
    for number in count(1):
        part = copy.with_name(f"{copy.name}.part{'' if number == 1 else number}")
        with suppress(FileExistsError):
            part.touch(mode, exist_ok=False)
            return part
    raise AssertionError


def _give_name(part: Path, copy: Path) -> None:
    """Give a finished copy its name, if nothing bears it: a new name for a file replaces no other, as a move would."""
    try:
        copy.hardlink_to(part)
    except FileExistsError:
        raise FleetMoved(f"{copy}: another program has taken this name in the meantime") from None
    except OSError:
        # Not every file system has files of several names.
        if copy.exists():
            raise FleetMoved(f"{copy}: another program has taken this name in the meantime") from None
        part.rename(copy)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
