"""Fleets stored in files: functions that create them, run `lapse` on them, and read them from outside."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from core.formats.document_writing import write_document
from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from tests.benchmarks.fleets import mixed_fleet
from tui.cli import main

POLICY: Final = load_policy()
CALENDAR: Final = POLICY.calendar
LAPSE: Final = (sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())")
"""The command `lapse` as a process of its own."""
PATIENCE: Final = 60
"""Seconds after which a process that doesn't end fails the test."""

FLEET: Final[dict[str, object]] = {
    "format": "lapse-fleet/1",
    "clock": "2026-07-01T00:00:00+08:00",
    "accounts": [{"id": "acme", "balance": "1000.00"}],
    "instances": [
        {"id": "ent-1", "account": "acme", "kind": "enterprise", "region": "cn-shanghai", "monthly_price": "300.00",
         "expires": "2026-07-10T00:00:00+08:00", "renewal": {"mode": "auto"}},
        {"id": "pub-1", "account": "acme", "kind": "public", "last_online": "2026-06-20T12:00:00+08:00"},
        {"id": "leg-1", "account": "acme", "kind": "legacy_public", "daily_charge": "12.00"},
    ],
}  # fmt: skip
"""A small fleet: one instance of each kind on one account."""


class Said(NamedTuple):
    """The exit status of a command, and its output."""

    status: int
    out: str
    err: str


def when(text: str) -> int:
    """Read an instant in the policy's offset."""
    return CALENDAR.parse(text)


def mixed_document(size: int) -> dict[str, object]:
    """A generated fleet of `size` instances as a fleet document, with its clock on 1 July 2026."""
    return write_document(mixed_fleet(size, POLICY), POLICY)


def keep(path: Path, document: Mapping[str, object], at: str | None = None) -> Workspace:
    """Create a fleet in the file `path`, with its clock at an instant or at the document's own."""
    kept, _ = begin(path, document, when(at or str(document["clock"])), POLICY, path.stem)
    return kept


def process(*arguments: object) -> subprocess.Popen[str]:
    """Start `lapse` as a separate process."""
    return subprocess.Popen(
        [*LAPSE, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Said:
    """Wait until a process ends, and return its exit status and output."""
    out, err = process.communicate(timeout=PATIENCE)
    return Said(process.returncode, out, err)


def run_apart(
    *arguments: object, before: Callable[[], None] | None = None, environment: Mapping[str, str] | None = None
) -> Said:
    """Run `lapse` as a separate process. `before` is called in it first."""
    done = subprocess.run(
        [*LAPSE, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
        preexec_fn=before,
        timeout=PATIENCE,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def lapse(*arguments: object) -> int:
    """Run `lapse` in this process and return its exit status."""
    return main([str(argument) for argument in arguments])


def one_sentence(err: str) -> str:
    """The message on standard error, which must be one plain sentence on one line."""
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("lapse: ")
    assert "Traceback" not in err
    return lines[0].removeprefix("lapse: ")


def digest(path: Path) -> str:
    """A digest of the file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> list[str]:
    """The names of the files in a folder, sorted."""
    return sorted(item.name for item in folder.iterdir())


def asked(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """The rows that a query returns, read with plain sqlite3 as any other tool would."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def told(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the file says of the fleet: every table except the journal, whose entries a crash may split."""
    tables = ("accounts", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles", "instances", "events")
    return {"fleet": asked(path, "SELECT name, clock, started, events FROM fleet")} | {
        table: sorted(asked(path, f"SELECT * FROM {table}"), key=repr) for table in tables
    }


def types(path: Path) -> list[object]:
    """The types of the events in the log, in order."""
    return [row[0] for row in asked(path, "SELECT type FROM events ORDER BY seq")]


def none_missing(numbers: Iterable[object]) -> bool:
    """Whether the numbers are 1, 2, 3 ... without a gap."""
    listed = list(numbers)
    return listed == list(range(1, len(listed) + 1))
