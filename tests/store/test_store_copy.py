"""`import --restart` keeps the old fleet as a dated copy. A file with a dated name is always a complete copy.

While a copy is being written, it has a temporary name. If it is interrupted, it is removed and the fleet stays as it
was.
"""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from core.base.errors import FleetMoved, StoreError
from core.store import copying
from core.store.fleet_file import FleetFile
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from tests.support.crashing import at_statements
from tests.support.keeping import (
    FLEET,
    PATIENCE,
    POLICY,
    digest,
    keep,
    lapse,
    names,
    one_sentence,
    run_apart,
    told,
    when,
)
from tests.support.pseudo_terminal import ROOT
from tui import cli
from tui.process.signals import ENDING, Stopped, unwind

CALLS: Final = ("fsync", "link", "unlink")
"""The system calls that make a copy. Something may happen before and after each of them."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a fleet that has some days of history and a document to restart from."""
    monkeypatch.chdir(tmp_path)
    # The command must not end the output of the test run.
    monkeypatch.setattr(cli, "drop_output", lambda: None)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    kept = keep(tmp_path / "fleet.db", FLEET)
    kept.advance(when("2026-07-20"))
    kept.close()
    return tmp_path


def restart() -> int:
    """Run `import --restart` with the signal handlers that a process of its own would have."""
    before = {number: signal.signal(number, lambda came, _: unwind(came)) for number in ENDING}
    try:
        return lapse("import", "fleet.json", "--restart", "--db", "fleet.db")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def others_in(folder: Path) -> list[str]:
    """The names of all files in the folder except the fleet's and its document's."""
    return [name for name in names(folder) if name not in ("fleet.db", "fleet.db-wal", "fleet.db-shm", "fleet.json")]


def at_system_call(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None], at: int) -> None:
    """Call `happen` before or after one system call: `at` counts the moments before and after all calls, from 1."""
    seen = 0

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def watching(*values: object, **named: object) -> object:
            nonlocal seen
            seen += 1
            if seen == at:
                happen()
            given = call(*values, **named)
            seen += 1
            if seen == at:
                happen()
            return given

        return watching

    for name in CALLS:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))


def send_sigint() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def send_sigterm() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def send_sighup() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def fail_without_room() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", range(1, 9))
@pytest.mark.parametrize(
    ("happen", "status"), ((send_sigint, 130), (send_sigterm, 143), (send_sighup, 129), (fail_without_room, 2))
)
def test_a_signal_or_a_full_disk_at_any_moment_of_copying(
    happen: Callable[[], None], status: int, at: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal or a full disk at any moment of copying: the fleet stays as it was, every file that is left is a
    complete copy, and the signal handlers are restored.
    """
    before, whole = digest(folder / "fleet.db"), told(folder / "fleet.db")
    with monkeypatch.context() as patched:
        at_system_call(patched, happen, at)
        try:
            ended = restart()
        except SystemExit as error:
            ended = int(str(error.code))
    # If a hard link fails, the copy is renamed instead, and if the folder can't be synced, that is ignored.
    goes_on = happen is fail_without_room and at in (3, 4, 7, 8)
    assert ended == (0 if goes_on else status)
    assert (digest(folder / "fleet.db") == before) is not goes_on
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    for name in others_in(folder):
        assert told(folder / name) == whole, name


def test_a_dated_copy_is_whole_before_every_statement(folder: Path) -> None:
    """What a process killed before any SQL statement would leave: a file with a dated name is a complete copy."""
    whole, seen = told(folder / "fleet.db"), set[str]()

    def look(_: int) -> None:
        for name in others_in(folder):
            seen.add(name.partition(".db")[2])
            if name.endswith(".db"):
                assert told(folder / name) == whole

    with at_statements(range(1, 1000), look):
        assert restart() == 0
    assert {"", ".part"} <= seen
    assert len(others_in(folder)) == 1
    assert told(folder / others_in(folder)[0]) == whole


def test_a_partial_copy_of_a_killed_process_is_left_alone(folder: Path) -> None:
    """A partial copy that a killed process left does not stop the next copy, and is not changed by it."""
    assert restart() == 0
    (copy,) = others_in(folder)
    (folder / copy).rename(folder / f"{copy}.part")
    (folder / f"{copy}.part").write_bytes(b"half")
    assert restart() == 0
    assert others_in(folder) == [copy, f"{copy}.part"]
    assert (folder / f"{copy}.part").read_bytes() == b"half"
    assert Workspace.open(folder / copy).check() == []


def test_a_copy_never_replaces_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that restart at the same time leave two copies, because a copy never replaces a file."""
    other = folder / "mine.db"
    other.write_bytes(b"mine")
    with pytest.raises(FleetMoved, match="another program has taken this name"):
        begin(folder / "fleet.db", FLEET, when("2026-07-01"), POLICY, "again", copy_to=other)
    monkeypatch.setattr(os, "link", lambda *_: fail_without_links())
    with pytest.raises(FleetMoved, match="another program has taken this name"):
        begin(folder / "fleet.db", FLEET, when("2026-07-01"), POLICY, "again", copy_to=other)
    assert (others_in(folder), other.read_bytes()) == (["mine.db"], b"mine")


def fail_without_links() -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_copy_on_a_file_system_without_hard_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without hard links a copy is renamed to its final name."""
    whole = told(folder / "fleet.db")
    monkeypatch.setattr(os, "link", lambda *_: fail_without_links())
    assert restart() == 0
    (copy,) = others_in(folder)
    assert told(folder / copy) == whole


def test_the_copy_stays_once_the_new_fleet_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the new fleet is written, only the copy holds the old one: it stays, whatever goes wrong afterwards."""
    whole = told(folder / "fleet.db")

    def failing(file: FleetFile) -> None:
        raise StoreError("no more")

    monkeypatch.setattr(FleetFile, "merge", failing)
    assert restart() == 2
    (copy,) = others_in(folder)
    assert told(folder / copy) == whole


@pytest.mark.parametrize("error", (Stopped(signal.SIGINT), StoreError("no")))
def test_the_copy_is_removed_if_the_new_fleet_is_not_begun(
    error: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the new fleet is not begun, the old one is still in its file, and the copy is removed."""
    before, clear = told(folder / "fleet.db"), FleetFile.clear

    def failing(file: FleetFile) -> None:
        clear(file)
        raise error

    monkeypatch.setattr(FleetFile, "clear", failing)
    assert restart() == (130 if isinstance(error, Stopped) else 2)
    one_sentence(capsys.readouterr().err)
    assert told(folder / "fleet.db") == before
    assert others_in(folder) == []


def test_a_private_fleet_has_a_private_copy(folder: Path) -> None:
    """A copy has the file mode of the fleet, so that nobody else may read it."""
    (folder / "fleet.db").chmod(0o600)
    assert run_apart("import", "fleet.json", "--restart", "--db", "fleet.db").status == 0
    (copy,) = others_in(folder)
    assert (folder / copy).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("number", "status"), ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)))
def test_a_signal_while_sqlite_writes_the_copy(number: int, status: int, folder: Path) -> None:
    """It is handled at once, although SQLite copies in one long call. Here that call never ends by itself."""
    program = f"""
import os, sys
from pathlib import Path
from threading import Thread
from core.store import copying
from tui.cli import main

class Endless:
    def __init__(self, connection):
        self.connection = connection
        self.interrupt = connection.interrupt
    def execute(self, statement, values):
        Path(values[0] + "-journal").write_bytes(b"half")
        os.kill(os.getpid(), {int(number)})
        self.connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        )

copy_into = copying._copy_into
copying._copy_into = lambda connection, part: copy_into(Endless(connection), part)
sys.exit(main())
"""
    before = digest(folder / "fleet.db")
    done = subprocess.run(
        [sys.executable, "-c", program, "import", "fleet.json", "--restart", "--db", "fleet.db"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert others_in(folder) == []
    assert digest(folder / "fleet.db") == before


@pytest.mark.parametrize("begun", [True, False])
def test_a_signal_just_as_the_copy_begins(begun: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the copying thread runs already, nothing is left, and nothing waits forever."""

    class Interrupted(Thread):
        def start(self) -> None:
            if begun:
                super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(copying, "Thread", Interrupted)
    with closing(FleetFile.holding_a_fleet(folder / "fleet.db")) as file, pytest.raises(KeyboardInterrupt):
        copying.copy_file(file, folder / "copy.db")
    assert not list(folder.glob("copy.db*"))
