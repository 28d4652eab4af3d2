"""A crash at any moment leaves the last committed instant, never half of one, and the fleet can go on from there.

Most tests let the process die before a given number of SQL statements, so that every run dies at the same moments. One
test kills it from outside, at a moment that differs from run to run.
"""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Final

import pytest

import core.workspace.workspace
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from tests.support.crashing import CHUNK, at_statements
from tests.support.keeping import (
    FLEET,
    PATIENCE,
    POLICY,
    asked,
    keep,
    mixed_document,
    none_missing,
    told,
    when,
)

TARGET: Final = "2026-09-15"
SIZE: Final = 2000


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet of a few thousand instances, at its first instant."""
    path = tmp_path_factory.mktemp("begun") / "fleet.db"
    keep(path, mixed_document(SIZE)).close()
    return path


@pytest.fixture(scope="module")
def uninterrupted(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same fleet after an uninterrupted run."""
    path = tmp_path_factory.mktemp("whole") / "fleet.db"
    shutil.copy(begun, path)
    kept = Workspace.open(path)
    kept.advance(when(TARGET))
    kept.close()
    return path


def assert_goes_on(path: Path, uninterrupted: Path) -> None:
    """The file opens, holds only complete instants, and reaches the same end as an uninterrupted run."""
    kept = Workspace.open(path)
    assert kept.check() == []
    assert when("2026-07-01") <= kept.clock <= when(TARGET)
    numbers = [row[0] for row in asked(path, "SELECT seq FROM events ORDER BY seq")]
    assert none_missing(numbers)
    assert len(numbers) == kept.head.events
    after = asked(path, "SELECT count(*) FROM events WHERE at > (SELECT clock FROM fleet)")
    assert after == [(0,)], "no event is after the clock"
    cut = asked(uninterrupted, "SELECT count(*) FROM events WHERE at <= ?", POLICY.calendar.format(kept.clock))
    assert cut == [(len(numbers),)], "the clock's own instant is complete"
    kept.advance(when(TARGET))
    kept.close()
    assert told(path) == told(uninterrupted)


def run_until_killed(*arguments: object) -> None:
    """Run a process that kills itself before the SQL statement of the given number."""
    dead = subprocess.run(
        [sys.executable, "-m", "tests.support.crashing", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL, dead.stderr


@pytest.mark.parametrize("statement", Random(20260701).sample(range(30, 4000), 5))
def test_killed_during_a_long_advance(statement: int, begun: Path, uninterrupted: Path, tmp_path: Path) -> None:
    """A `kill -9` at any moment of a long advance loses nothing and leaves nothing half done."""
    path = tmp_path / "fleet.db"
    shutil.copy(begun, path)
    run_until_killed("advance", path, TARGET, statement)
    assert_goes_on(path, uninterrupted)


@pytest.mark.parametrize("chunks", (1, 2, 4))
def test_killed_by_a_signal_from_another_process(chunks: int, begun: Path, uninterrupted: Path, tmp_path: Path) -> None:
    """A `kill -9` from another process, some time after this many chunks were committed."""
    path = tmp_path / "fleet.db"
    shutil.copy(begun, path)
    advancing = subprocess.Popen(
        [sys.executable, "-m", "tests.support.crashing", "advance", path, TARGET, "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert advancing.stdout is not None
    while int(advancing.stdout.readline()) < (chunks + 1) * 2 * CHUNK:
        pass
    advancing.kill()
    advancing.communicate(timeout=PATIENCE)
    kept = Workspace.open(path)
    assert kept.head.events >= chunks * CHUNK, "what was committed is there"
    kept.close()
    assert_goes_on(path, uninterrupted)


def test_the_disk_at_many_moments_of_an_advance(
    begun: Path, uninterrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash at any moment leaves the last committed instant: the files on the disk are opened as at many moments."""
    path = tmp_path / "fleet.db"
    shutil.copy(begun, path)
    monkeypatch.setattr(core.workspace.workspace, "CHUNK", 2 * CHUNK)
    moments: list[Path] = []

    def keep_moment(number: int) -> None:
        moment = tmp_path / f"{number:06d}" / path.name
        moment.parent.mkdir()
        for file in (path, Path(f"{path}-wal")):
            if file.exists():
                shutil.copy(file, moment.with_name(file.name))
        moments.append(moment)

    with at_statements(range(1, 12_000, 350), keep_moment):
        kept = Workspace.open(path)
        kept.advance(when(TARGET))
        kept.close()
    assert len(moments) > 10
    clocks = []
    for moment in moments:
        clocks += asked(moment, "SELECT clock FROM fleet")
        assert_goes_on(moment, uninterrupted)
    assert clocks == sorted(clocks, key=repr)
    assert len(set(clocks)) > 3, "the moments lie in several chunks"


def test_the_disk_at_every_moment_of_the_first_import(tmp_path: Path) -> None:
    """A crash during the first import leaves no fleet or the whole fleet, and the import can be repeated."""
    path = tmp_path / "new" / "fleet.db"
    moments: list[Path] = []

    def keep_moment(number: int) -> None:
        moments.append(tmp_path / f"{number:04d}" / path.name)
        shutil.copytree(path.parent, moments[-1].parent, ignore=shutil.ignore_patterns("*-shm"))

    with at_statements(range(1, 1000), keep_moment):
        keep(path, FLEET).close()
    whole = told(path)
    assert len(moments) > 30
    found = []
    for moment in moments:
        kept = Workspace.open_if_any(moment)
        found.append(kept is not None)
        kept = kept or keep(moment, FLEET)
        assert kept.check() == []
        kept.close()
        assert told(moment) == whole
        assert asked(moment, "PRAGMA journal_mode") == [("wal",)]
    assert found == sorted(found), "no fleet up to one statement, and the whole fleet from there on"
    assert not found[0]


@pytest.mark.parametrize("statement", (2, 9, 20, 60))
def test_killed_during_the_first_import(statement: int, tmp_path: Path) -> None:
    """After a `kill -9` during the first import, the same command succeeds."""
    document = tmp_path / "fleet.json"
    document.write_text(json.dumps(FLEET))
    path = tmp_path / "fleet.db"
    run_until_killed("begin", path, document, statement)
    if Workspace.open_if_any(path) is None:
        keep(path, FLEET).close()
    kept = Workspace.open(path)
    assert kept.check() == []
    assert list(kept.world.instances) == ["ent-1", "pub-1", "leg-1"]


@pytest.mark.parametrize("statement", (4, 6, 12, 25))
def test_killed_during_a_restart(statement: int, tmp_path: Path) -> None:
    """After a `kill -9` during `import --restart`, the old fleet is complete and unchanged."""
    path = tmp_path / "fleet.db"
    kept = keep(path, FLEET)
    kept.advance(when("2026-08-01"))
    kept.close()
    before = told(path)
    document = tmp_path / "fleet.json"
    document.write_text(json.dumps(FLEET))
    run_until_killed("restart", path, document, statement)
    kept = Workspace.open(path)
    assert kept.check() == []
    assert told(path) == before


def test_a_restart_keeps_the_old_fleet_as_a_copy(tmp_path: Path) -> None:
    """--restart begins a new fleet from the import and keeps the old one as a copy."""
    path, copy = tmp_path / "fleet.db", tmp_path / "old.db"
    kept = keep(path, FLEET)
    kept.advance(when("2026-08-01"))
    kept.close()
    before = told(path)
    again, merged = begin(path, FLEET, when("2026-07-05"), POLICY, "again", copy_to=copy)
    assert (merged.added, again.clock, again.head.events) == (3, when("2026-07-05"), 0)
    assert again.check() == []
    again.close()
    assert told(copy) == before
    assert Workspace.open(copy).check() == []
