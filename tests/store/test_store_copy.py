"""`import --restart` keeps the old fleet as a dated copy: under its name there is never half of one.

A copy that is being written has a name of its own; interrupted, by whatever, it goes, and the fleet stays as it was.
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
"""The system's part in making a copy: each is a moment before and after which something may come between."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a fleet some days into its history, and a document to begin anew from; the current one."""
    monkeypatch.chdir(tmp_path)
    # The tests' own output goes on.
    monkeypatch.setattr(cli, "drop_output", lambda: None)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    kept = keep(tmp_path / "fleet.db", FLEET)
    kept.advance(when("2026-07-20"))
    kept.close()
    return tmp_path


def restart() -> int:
    """Begin the fleet anew, the signals answered as in a process of its own."""
    before = {number: signal.signal(number, lambda came, _: unwind(came)) for number in ENDING}
    try:
        return lapse("import", "fleet.json", "--restart", "--db", "fleet.db")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def beside(folder: Path) -> list[str]:
    """What lies in the folder but for the fleet and its document."""
    return [name for name in names(folder) if name not in ("fleet.db", "fleet.db-wal", "fleet.db-shm", "fleet.json")]


def coming_between(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None], at: int) -> None:
    """Let something happen before or after one of the system's calls, counted together."""
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


def interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def hung_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def without_room() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", range(1, 9))
@pytest.mark.parametrize(
    ("happen", "status"), ((interrupted, 130), (terminated, 143), (hung_up, 129), (without_room, 2))
)
def test_whatever_comes_between(
    happen: Callable[[], None], status: int, at: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal, or no room, at any moment of copying: the fleet stays as it was, nothing half bears the copy's name,
    nothing unfinished is left, and what ends by signals elsewhere does again.
    """
    before, whole = digest(folder / "fleet.db"), told(folder / "fleet.db")
    with monkeypatch.context() as patched:
        coming_between(patched, happen, at)
        try:
            ended = restart()
        except SystemExit as error:
            ended = int(str(error.code))
    # Where a file can't have two names it is moved, and where a folder can't be synced it is as the system left it.
    goes_on = happen is without_room and at in (3, 4, 7, 8)
    assert ended == (0 if goes_on else status)
    assert (digest(folder / "fleet.db") == before) is not goes_on
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    for name in beside(folder):
        assert told(folder / name) == whole, name


def test_at_every_moment(folder: Path) -> None:
    """Before every statement, as whoever is killed there leaves it: what bears a dated name is a whole copy."""
    whole, seen = told(folder / "fleet.db"), set[str]()

    def look(_: int) -> None:
        for name in beside(folder):
            seen.add(name.partition(".db")[2])
            if name.endswith(".db"):
                assert told(folder / name) == whole

    with at_statements(range(1, 1000), look):
        assert restart() == 0
    assert {"", ".part"} <= seen
    assert len(beside(folder)) == 1
    assert told(folder / beside(folder)[0]) == whole


def test_a_copy_of_a_killed_process(folder: Path) -> None:
    """What a killed process left of a copy is in nobody's way, and taken for none."""
    assert restart() == 0
    (copy,) = beside(folder)
    (folder / copy).rename(folder / f"{copy}.part")
    (folder / f"{copy}.part").write_bytes(b"half")
    assert restart() == 0
    assert beside(folder) == [copy, f"{copy}.part"]
    assert (folder / f"{copy}.part").read_bytes() == b"half"
    assert Workspace.open(folder / copy).check() == []


def test_a_name_that_was_taken_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy replaces no other: two processes that begin anew at once leave two."""
    other = folder / "mine.db"
    other.write_bytes(b"mine")
    with pytest.raises(FleetMoved, match="another program has taken this name"):
        begin(folder / "fleet.db", FLEET, when("2026-07-01"), POLICY, "again", copy_to=other)
    monkeypatch.setattr(os, "link", lambda *_: without_links())
    with pytest.raises(FleetMoved, match="another program has taken this name"):
        begin(folder / "fleet.db", FLEET, when("2026-07-01"), POLICY, "again", copy_to=other)
    assert (beside(folder), other.read_bytes()) == (["mine.db"], b"mine")


def without_links() -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def test_where_files_have_one_name_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without links a copy is moved to its name."""
    whole = told(folder / "fleet.db")
    monkeypatch.setattr(os, "link", lambda *_: without_links())
    assert restart() == 0
    (copy,) = beside(folder)
    assert told(folder / copy) == whole


def test_the_copy_stays_where_the_new_fleet_is_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the new fleet is written its copy is all that is left of the old one: it stays, whatever goes wrong then."""
    whole = told(folder / "fleet.db")

    def failing(file: FleetFile) -> None:
        raise StoreError("no more")

    monkeypatch.setattr(FleetFile, "merge", failing)
    assert restart() == 2
    (copy,) = beside(folder)
    assert told(folder / copy) == whole


@pytest.mark.parametrize("error", (Stopped(signal.SIGINT), StoreError("no")))
def test_no_copy_of_a_fleet_that_stays(
    error: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the new fleet isn't begun, its copy is of no use: it goes."""
    before, clear = told(folder / "fleet.db"), FleetFile.clear

    def failing(file: FleetFile) -> None:
        clear(file)
        raise error

    monkeypatch.setattr(FleetFile, "clear", failing)
    assert restart() == (130 if isinstance(error, Stopped) else 2)
    one_sentence(capsys.readouterr().err)
    assert told(folder / "fleet.db") == before
    assert beside(folder) == []


def test_a_private_fleet_has_a_private_copy(folder: Path) -> None:
    """A copy is for those who may read the fleet."""
    (folder / "fleet.db").chmod(0o600)
    assert run_apart("import", "fleet.json", "--restart", "--db", "fleet.db").status == 0
    (copy,) = beside(folder)
    assert (folder / copy).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("number", "status"), ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)))
def test_a_signal_while_sqlite_writes_the_copy(number: int, status: int, folder: Path) -> None:
    """It is answered at once, although SQLite copies in one long call: here one that never ends by itself."""
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
    assert beside(folder) == []
    assert digest(folder / "fleet.db") == before


@pytest.mark.parametrize("begun", [True, False])
def test_a_signal_just_as_the_copy_begins(begun: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not its thread runs by then: nothing is left, and nothing is waited for in vain."""

    class Interrupted(Thread):
        def start(self) -> None:
            if begun:
                super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(copying, "Thread", Interrupted)
    with closing(FleetFile.holding_a_fleet(folder / "fleet.db")) as file, pytest.raises(KeyboardInterrupt):
        copying.copy_file(file, folder / "copy.db")
    assert not list(folder.glob("copy.db*"))
