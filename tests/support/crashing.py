"""A process that works on a fleet's file until it is killed, as with `kill -9`.

It kills itself before an SQL statement of a given number, or another process kills it after reading its progress:

    python -m tests.support.crashing advance FILE TO STATEMENT    (0: it never kills itself)
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
    """End this process as `kill -9` does: at once, without any cleanup."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def at_statements(numbers: Collection[int], happen: Callable[[int], None]) -> Iterator[None]:
    """Call `happen` before the SQL statements with these numbers, counted over all connections opened inside."""
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
    """Advance in small chunks, and print the number of events after each."""

    def tell(_: int, events: int) -> bool:
        print(events, flush=True)
        return False

    with patch.object(core.workspace.workspace, "CHUNK", CHUNK):
        Workspace.open(path).advance(when(to), tell)


def main() -> None:
    """Run the command that the arguments name."""
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
