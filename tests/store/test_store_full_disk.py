"""A full disk gives one clear sentence and exit status 2, and leaves nothing half done. With room, the work goes on.

The disk is a small mounted file system if the machine allows that; otherwise each process has a file size limit.
"""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from core.base.errors import StoreError
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from tests.support.keeping import (
    FLEET,
    Said,
    asked,
    digest,
    keep,
    mixed_document,
    names,
    one_sentence,
    run_apart,
    told,
    when,
)

TARGET: Final = "2027-03-01"
ROOM: Final = 2 * 2**20
FULL: Final = ("the disk is full", "perhaps a full disk")


class Disk:
    """A folder with little room: a file system of its own, or a limit that each process sets for itself."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder = folder
        self._room = room
        self.mounted = sys.platform == "linux" and _succeeds(
            "mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", folder
        )

    def lapse(self, *arguments: object) -> Said:
        """Run `lapse` with the current amount of room."""
        return run_apart(*arguments, before=None if self.mounted else self._limit)

    def _limit(self) -> None:
        if self._room:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._room // 2, self._room // 2))

    def fill(self, but: int) -> None:
        """Fill the disk until only `but` bytes are free."""
        self._room = 2 * but
        if self.mounted:
            (self.folder / "filler").write_bytes(bytes(shutil.disk_usage(self.folder).free - but))

    def make_room(self) -> None:
        """Free a lot of room."""
        self._room = 0
        (self.folder / "filler").unlink(missing_ok=True)
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=256m", self.folder], check=True)

    def close(self) -> None:
        """Unmount the disk."""
        if self.mounted:
            subprocess.run(["umount", "-l", self.folder], check=True)


def _succeeds(*command: object) -> bool:
    try:
        return subprocess.run([*map(str, command)], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder, ROOM)
    try:
        yield disk
    finally:
        disk.close()


def assert_full(said: Said) -> None:
    """One sentence that says the disk is full, and exit status 2."""
    assert said.status == 2
    assert any(words in one_sentence(said.err) for words in FULL)


def test_a_full_disk_during_a_long_advance(disk: Disk, tmp_path: Path) -> None:
    """What was committed before the disk was full is kept, and with more room the advance goes on to the same end."""
    path, whole = disk.folder / "fleet.db", tmp_path / "whole.db"
    keep(whole, mixed_document(2000)).close()
    shutil.copy(whole, path)
    assert_full(disk.lapse("advance", "--to", TARGET, "--db", path))
    kept = Workspace.open(path)
    assert kept.check() == []
    assert kept.clock < when(TARGET)
    kept.close()
    assert run_apart("status", "--db", path).status == 0
    disk.make_room()
    assert disk.lapse("advance", "--to", TARGET, "--db", path).status == 0
    assert run_apart("advance", "--to", TARGET, "--db", whole).status == 0
    assert told(path) == told(whole)


def test_no_room_for_a_new_fleet(disk: Disk, tmp_path: Path) -> None:
    """An import into a new file on a full disk leaves no fleet, and succeeds when there is room."""
    document = tmp_path / "fleet.json"
    document.write_text(json.dumps(FLEET))
    path = disk.folder / "fleet.db"
    disk.fill(but=24 * 1024)
    assert_full(disk.lapse("import", document, "--db", path))
    empty = disk.lapse("status", "--db", path)
    assert (empty.status, "there is no fleet here yet" in one_sentence(empty.err)) == (2, True)
    disk.make_room()
    assert disk.lapse("import", document, "--db", path).status == 0
    assert Workspace.open(path).check() == []


def test_no_room_for_a_restart(disk: Disk, tmp_path: Path) -> None:
    """--restart on a full disk: the old fleet stays as it was, and no partial copy is left."""
    document = tmp_path / "fleet.json"
    document.write_text(json.dumps(FLEET))
    path = disk.folder / "fleet.db"
    kept = keep(path, mixed_document(200))
    kept.advance(when("2026-07-05"))
    kept.close()
    before = digest(path)
    disk.fill(but=64 * 1024)
    assert_full(disk.lapse("import", document, "--restart", "--db", path))
    assert digest(path) == before
    assert [name for name in names(disk.folder) if name != "filler"] == ["fleet.db"]


@pytest.mark.parametrize("crashed", (False, True))
def test_reading_on_a_full_disk(disk: Disk, crashed: bool) -> None:
    """With no free space, `status`, `log` and `verify` still work, also if a crash left a write-ahead log.

    Nothing is written, and with room again the next action succeeds.
    """
    path, before = disk.folder / "fleet.db", disk.folder / "before.db"
    kept = keep(before, mixed_document(50))
    kept.advance(when("2026-08-01"))
    kept.act(TopUp("account-0000", "77.00"))
    events = kept.world.events
    if crashed:
        shutil.copy(f"{before}-wal", f"{path}-wal")
    shutil.copy(before, path)
    kept.close()
    if not crashed:
        shutil.copy(before, path)
    before.unlink()
    unchanged = digest(path)
    disk.fill(but=0)
    for command in (("log", "--last", "1"), ("status",), ("verify",)):
        said = disk.lapse(*command, "--db", path)
        assert (said.status, said.err) == (0, ""), said.err
        assert {"log": "CNY 77.00", "verify": f"the same {events} events"}.get(command[0], "") in said.out
        assert crashed or digest(path) == unchanged
    assert_full(disk.lapse("top-up", "account-0000", "5", "--db", path))
    disk.make_room()
    assert disk.lapse("top-up", "account-0000", "5", "--db", path).status == 0
    assert Workspace.open(path).check() == []


def test_an_action_on_a_full_file(tmp_path: Path) -> None:
    """A change that could not be written has happened neither in the file nor in memory."""
    path = tmp_path / "fleet.db"
    keep(path, mixed_document(100)).close()
    kept = Workspace.open(path)
    connection = kept._file.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    before, balance = told(path), kept.world.accounts["account-0000"].balance
    with pytest.raises(StoreError, match="the disk is full: free some space and try again"):
        kept.advance(when("2026-12-01"))
    assert told(path) == before
    assert kept.clock == when("2026-07-01")
    connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    kept.act(TopUp("account-0000", "5.00"))
    assert kept.world.accounts["account-0000"].balance == balance + 500
    kept.advance(when("2026-12-01"))
    assert kept.check() == []
    assert asked(path, "SELECT kind FROM journal") == [("import",), ("act",), ("advance",)]
