"""A file that is not a fleet's, comes from a newer Lapse or is read-only is refused in one sentence and not changed."""

import ctypes
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

from core.base.errors import StoreError
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from tests.support.keeping import (
    FLEET,
    POLICY,
    asked,
    digest,
    keep,
    lapse,
    mixed_document,
    names,
    one_sentence,
    run_apart,
    told,
    when,
)

WRITING: Final = (
    ("top-up", "acme", "5.00"),
    ("advance", "1d"),
    ("import", "fleet.json"),
    ("import", "fleet.json", "--restart"),
)
"""Commands that write to the fleet's file."""
READING: Final = (("status",), ("log",), ("verify",))
"""Commands that only read it."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a fleet's document."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    return tmp_path


@pytest.fixture
def kept_file(here: Path) -> Path:
    """A fleet's file with some days of history."""
    kept = keep(here / "kept.db", FLEET)
    kept.advance(when("2026-07-11"))
    kept.close()
    return here / "kept.db"


def random_bytes(path: Path) -> None:
    path.write_bytes(Random(7).randbytes(5000))


def a_text(path: Path) -> None:
    path.write_text("Dear diary,\n" * 50)


def a_short_file(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def a_foreign_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE fleet (diary TEXT)")
    connection.execute("INSERT INTO fleet VALUES ('mine')")
    connection.commit()
    connection.close()


def a_foreign_database_in_wal_mode(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE fleet (diary TEXT)")
    connection.close()


def from_a_newer_lapse(path: Path) -> None:
    keep(path, FLEET).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def a_damaged_schema(path: Path) -> None:
    keep(path, FLEET).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = Random(7).randbytes(3996)
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    keep(path, mixed_document(300)).close()
    os.truncate(path, 20_000)


@pytest.mark.parametrize(
    ("make", "sentence"),
    (
        (random_bytes, "is not a database"),
        (a_text, "is not a database"),
        (a_short_file, "is not a database"),
        (a_foreign_database, "is a database, but not a fleet's"),
        (a_foreign_database_in_wal_mode, "is a database, but not a fleet's"),
        (from_a_newer_lapse, "comes from a newer Lapse (schema 99, this one reads 5): update Lapse to open it"),
        (a_damaged_schema, "is damaged"),
        (cut_off, "is damaged"),
    ),
)
def test_refused_and_left_untouched(
    make: Callable[[Path], None], sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file from a newer version and a file that is not a fleet's database are refused and left untouched."""
    path = here / "mine.db"
    make(path)
    before, beside = digest(path), names(here)
    for command in (*WRITING, *READING):
        assert lapse(*command, "--db", path) == 2, command
        said = capsys.readouterr()
        assert said.out == ""
        assert one_sentence(said.err).startswith(f"{path}: {sentence}"), said.err
    assert digest(path) == before
    assert names(here) == beside


@pytest.mark.parametrize("cut", (1, 2000, 4095, 4096, 4097, 9000))
def test_a_truncated_file(cut: int, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file whose end is missing, even if only part of the last page, is damaged for every command, and nothing is
    written to it.
    """
    path = here / "mine.db"
    keep(path, mixed_document(30)).close()
    os.truncate(path, path.stat().st_size - cut)
    before, beside = digest(path), names(here)
    for command in (*WRITING, *READING):
        assert lapse(*command, "--db", path) == 2, command
        assert one_sentence(capsys.readouterr().err).startswith(f"{path}: is damaged")
    path.chmod(0o444)
    for command in READING:
        assert lapse(*command, "--db", path) == 2, command
        assert one_sentence(capsys.readouterr().err).startswith(f"{path}: is damaged")
    assert (digest(path), names(here)) == (before, beside)


def test_pages_that_are_only_in_the_write_ahead_log(here: Path) -> None:
    """After a crash, pages that the file lacks may be in the write-ahead log. Pages that were cut off are not."""
    keep(here / "kept.db", mixed_document(300)).close()
    merged = (here / "kept.db").stat().st_size
    kept = Workspace.open(here / "kept.db")
    kept.advance(when("2026-07-20"))
    in_the_log = asked(here / "kept.db", "PRAGMA page_count")[0][0]
    assert isinstance(in_the_log, int) and (here / "kept.db").stat().st_size == merged < 4096 * in_the_log
    for ending in ("", "-wal"):
        for name in ("grown", "half", "cut"):
            shutil.copy(here / f"kept.db{ending}", here / f"{name}.db{ending}")
    os.truncate(here / "half.db", merged + 100)
    os.truncate(here / "cut.db", 8192)
    for name in ("grown", "half"):
        again = Workspace.open(here / f"{name}.db")
        assert again.world == kept.world and again.check() == []
        again.close()
    with pytest.raises(StoreError, match="is damaged"):
        Workspace.open(here / "cut.db")
    kept.close()


def test_a_foreign_database_in_use(here: Path) -> None:
    """A foreign database that its owner is writing to is left untouched, and so are the files beside it."""
    path = here / "mine.db"
    a_foreign_database_in_wal_mode(path)
    owner = sqlite3.connect(path)
    owner.execute("INSERT INTO fleet VALUES ('half a sentence')")
    beside = {name: digest(here / name) for name in names(here)}
    assert "mine.db-wal" in beside
    with pytest.raises(StoreError, match="not a fleet's"):
        Workspace.open_if_any(path)
    assert {name: digest(here / name) for name in names(here)} == beside
    owner.commit()
    assert asked(path, "SELECT * FROM fleet") == [("half a sentence",)]
    owner.close()


def test_a_path_that_is_no_regular_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, a device and a path below a missing folder are refused, and nothing is created."""
    for path, sentence in (
        (here, "is a folder"),
        (Path("/dev/null"), "is a device"),
        (here / "missing" / "fleet.db", "there is no fleet here yet"),
        (here / "fleet.json" / "fleet.db", "can't be used (Not a directory)"),
        (here / ("x" * 300), "can't be used (File name too long)"),
    ):
        for command in (*READING, *WRITING[:2]):
            assert lapse(*command, "--db", path) == 2
            assert one_sentence(capsys.readouterr().err).startswith(f"{path}: {sentence}")
    for path in (here, Path("/dev/null"), here / "fleet.json" / "fleet.db", here / ("x" * 300)):
        assert lapse("import", "fleet.json", "--db", path) == 2
        one_sentence(capsys.readouterr().err)
    assert names(here) == ["fleet.json"]


def test_an_empty_file_is_new(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file is a file without a fleet: reading says so, and importing begins one."""
    path = here / "fleet.db"
    path.touch()
    assert lapse("status", "--db", path) == 2
    assert "there is no fleet here yet" in one_sentence(capsys.readouterr().err)
    assert path.stat().st_size == 0
    assert lapse("import", "fleet.json", "--db", path) == 0
    assert Workspace.open(path).check() == []


def test_an_import_creates_the_folder(here: Path) -> None:
    """The platform's user data folder need not exist yet."""
    assert run_apart("import", "fleet.json", "--db", here / "data" / "lapse" / "fleet.db").status == 0
    assert names(here / "data" / "lapse") == ["fleet.db"]


def test_bad_input_creates_no_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, bad input: one plain sentence, and nothing is written."""
    (here / "bad.json").write_text('{"clock": "2026-07-01", "accounts": [{"id": "acme", "balance": "-5"}]}')
    assert lapse("import", "bad.json", "--db", here / "new" / "fleet.db") == 2
    assert one_sentence(capsys.readouterr().err).startswith("bad.json: accounts[0].balance")
    assert names(here) == ["bad.json", "fleet.json"]


# Read-only


def test_a_read_only_file(kept_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Writing to a read-only file gives one clear sentence, even for the superuser; reading still works."""
    kept_file.chmod(0o444)
    before, beside = digest(kept_file), names(kept_file.parent)
    for command in WRITING:
        assert lapse(*command, "--db", kept_file) == 2
        sentence = one_sentence(capsys.readouterr().err)
        assert sentence == f"{kept_file}: is read-only: make it writable, or name another file with --db FILE"
    for reading in READING:
        assert lapse(*reading, "--db", kept_file) == 0
        assert capsys.readouterr().err == ""
    assert digest(kept_file) == before
    assert names(kept_file.parent) == beside


def test_a_read_only_file_after_a_crash(kept_file: Path) -> None:
    """What was committed before a crash and is not merged into the file yet is read, even if the file is read-only."""
    kept = Workspace.open(kept_file)
    kept.act(TopUp("acme", "77.00"))
    crashed = kept_file.with_name("crashed.db")
    for ending in ("", "-wal", "-shm"):
        shutil.copy(f"{kept_file}{ending}", f"{crashed}{ending}")
    crashed.chmod(0o444)
    balance = kept.world.accounts["acme"].balance
    assert Workspace.open(crashed, read_only=True).world.accounts["acme"].balance == balance


def without_superuser_rights() -> None:
    """Take away the superuser's right to ignore file modes."""
    if sys.platform == "linux" and os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_a_read_only_folder(kept_file: Path) -> None:
    """In a folder that can't be written to, reading works, and writing says why it fails."""
    folder = kept_file.parent / "folder"
    folder.mkdir()
    path = Path(shutil.copy(kept_file, folder))
    before = digest(path)
    folder.chmod(0o555)
    try:
        status = run_apart("status", "--json", "--db", path, before=without_superuser_rights)
        assert (status.status, status.err) == (0, "")
        assert json.loads(status.out)["clock"] == "2026-07-11T00:00:00+08:00"
        for command in (("top-up", "acme", "5"), ("advance", "1d"), ("import", "fleet.json")):
            said = run_apart(*command, "--db", path, before=without_superuser_rights)
            assert said.status == 2
            assert one_sentence(said.err).startswith(f"{path}: is read-only")
        for new in (("--db", path, "--restart"), ("--db", folder / "new.db")):
            said = run_apart("import", "fleet.json", *new, before=without_superuser_rights)
            assert said.status == 2
            one_sentence(said.err)
        assert (digest(path), names(folder)) == (before, ["kept.db"])
    finally:
        folder.chmod(0o755)


def test_an_unreadable_file(kept_file: Path) -> None:
    """A file that can't be read gives one sentence."""
    kept_file.chmod(0)
    said = run_apart("status", "--db", kept_file, before=without_superuser_rights)
    assert said.status == 2
    assert one_sentence(said.err).startswith(f"{kept_file}: can't be used (Permission denied)")


# Opening changes nothing


def test_reopening_changes_nothing(kept_file: Path) -> None:
    """Reopening a file changes nothing."""
    before, content = digest(kept_file), told(kept_file)
    for read_only in (False, True):
        kept = Workspace.open(kept_file, read_only=read_only)
        assert kept.check() == []
        kept.close()
    assert digest(kept_file) == before
    assert told(kept_file) == content


def test_a_file_left_in_another_journal_mode(kept_file: Path) -> None:
    """Opening a file that another tool left in another mode switches it back to a write-ahead log."""
    other = sqlite3.connect(kept_file)
    other.execute("PRAGMA journal_mode = DELETE")
    other.close()
    Workspace.open(kept_file).close()
    assert asked(kept_file, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize("seed", range(60))
def test_random_damage(seed: int, kept_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged file is refused in one sentence, or what is left of it is read; there is never a traceback."""
    random = Random(seed)
    content = bytearray(kept_file.read_bytes())
    for _ in range(random.choice((1, 3, 30, 300))):
        content[random.randrange(100, len(content))] = random.randrange(256)
    kept_file.write_bytes(content)
    for command in (*READING, ("advance", "40d"), ("top-up", "acme", "5.00"), ("verify",)):
        status = lapse(*command, "--db", kept_file)
        said = capsys.readouterr()
        assert status in (0, 1, 2)
        assert (status == 0) == (said.err == "")
        assert all(line.startswith("lapse: ") for line in said.err.splitlines())


def test_a_fleet_is_never_overwritten_without_a_copy(kept_file: Path) -> None:
    """`begin` refuses to replace a fleet if no copy was asked for."""
    before = digest(kept_file)
    with pytest.raises(StoreError, match="created a fleet here in the meantime"):
        begin(kept_file, FLEET, when("2026-07-01"), POLICY, "again")
    assert digest(kept_file) == before
