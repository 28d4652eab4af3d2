"""A process that works on a fleet's file until it dies, as by `kill -9`.

By its own hand at a given SQL statement, or by another's, told how far it got:

    python -m tests.support.crashing advance FILE TO STATEMENT    (0: never by its own hand)
    python -m tests.support.crashing begin FILE DOCUMENT STATEMENT
    python -m tests.support.crashing restart FILE DOCUMENT STATEMENT
"""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import core.workspace.workspace
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from tests.support.keeping import POLICY, keep, when

CHUNK = 200


def die(_: int) -> None:
    """End as `kill -9` ends a process: at once, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def at_statements(numbers: Collection[int], happen: Callable[[int], None]) -> Iterator[None]:
    """Let something happen before the SQL statements of these numbers, counted over all connections opened within."""
    connect, seen = sqlite3.connect, 0

    def trace(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen in numbers:
            happen(seen)

    def traced(
        path: str | Path,
        timeout: float = 5,
        isolation_level: None = None,
        check_same_thread: bool = True,
        uri: bool = False,
    ) -> sqlite3.Connection:
        connection = connect(
            path, timeout, isolation_level=isolation_level, check_same_thread=check_same_thread, uri=uri
        )
        connection.set_trace_callback(trace)
        return connection

    with patch("core.store.file.sqlite3.connect", traced):
        yield


def advance(path: Path, to: str) -> None:
    """Advance in small chunks, telling how many events have happened."""

    def tell(_: int, events: int) -> bool:
        print(events, flush=True)
        return False

    with patch.object(core.workspace.workspace, "CHUNK", CHUNK):
        Workspace.open(path).advance(when(to), tell)


def main() -> None:
    """Do what the arguments say."""
    what, path, about, statement = sys.argv[1:]
    with at_statements({int(statement)}, die):
        if what == "advance":
            advance(Path(path), about)
        else:
            document = json.loads(Path(about).read_text())
            if what == "begin":
                keep(Path(path), document)
            else:
                copy = Path(path).with_suffix(".copy.db")
                begin(Path(path), document, when(document["clock"]), POLICY, "again", copy_to=copy)


if __name__ == "__main__":
    main()
