"""The file of an open fleet is replaced, overwritten, moved or removed: nothing is written to the file that is there
now, one sentence says so, and the fleet in memory can be saved in a new file. What other programs write is reloaded.
"""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event as Flag

import pytest
from textual.pilot import Pilot

from core.base.errors import FleetLost, FleetMoved, StoreError
from core.base.instants import DAY
from core.store.fleet_file import FleetFile
from core.store.log_index import index_log, never_abort
from core.workspace import workspace as workspace_module
from core.workspace.importing import begin
from core.workspace.unread import Unread
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from tests.support.dashboards import app_of, driven, text_of
from tests.support.keeping import (
    FLEET,
    POLICY,
    asked,
    ended,
    keep,
    lapse,
    mixed_document,
    one_sentence,
    process,
    run_apart,
    told,
    when,
)
from tests.support.pseudo_terminal import Terminal
from tui.app import fleet_app
from tui.app.lapse_app import LapseApp
from tui.dialogs.day import DayDialog
from tui.dialogs.dialog import Dialog
from tui.dialogs.keep import KeepDialog
from tui.live import limits
from tui.live.session import Severity
from tui.screens.overview_screen import OverviewScreen
from tui.widgets.entry import Entry
from tui.widgets.rows import RowTable

pytestmark = pytest.mark.usefixtures("unpainted")

THEIRS: dict[str, object] = {
    "clock": "2026-07-01",
    "accounts": [{"id": "theirs", "balance": "50"}],
    "instances": [
        {"id": f"theirs-{n}", "account": "theirs", "kind": "enterprise", "monthly_price": "3", "expires": "2026-08-01"}
        for n in range(400)
    ],
}
"""Another fleet, in a larger file."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a fleet's file (live), its earlier and later copies, and the file of another fleet (theirs)."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with closing(keep(folder / "live.db", FLEET)) as kept:
        kept.act(TopUp("acme", "1.00"))
    shutil.copy(folder / "live.db", folder / "earlier.db")
    with closing(Workspace.open(folder / "live.db")) as kept:
        kept.act(TopUp("acme", "2.00"))
    with closing(Workspace.open(folder / "live.db")) as further:
        shutil.copy(folder / "live.db", folder / "later.db")
        further.act(TopUp("acme", "3.00"))
    with closing(Workspace.open(folder / "later.db")) as later:
        for _ in range(5):
            later.act(TopUp("acme", "4.00"))
    keep(folder / "theirs.db", THEIRS).close()
    with closing(sqlite3.connect(folder / "theirs.db")) as connection:
        # Keep the write-ahead log of the other fleet, so that it can be put beside ours.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE fleet SET name = 'another'")
        connection.commit()
        shutil.copy(folder / "theirs.db-wal", folder / "theirs.wal")
    return folder


def shell(folder: Path, command: str) -> None:
    """Run a command in a shell, because opening and closing a file in this process would release its locks."""
    subprocess.run(command, shell=True, check=True, cwd=folder)


def checksums(folder: Path) -> dict[str, str]:
    """The checksums of all files, computed in another process. SQLite's shared-memory file is left out."""
    command = "find . -type f ! -name '*-shm' -exec sha256sum {} +"
    listed = subprocess.run(command, shell=True, check=True, capture_output=True, text=True, cwd=folder).stdout
    return {line[66:]: line[:64] for line in listed.splitlines()}


OVERWRITTEN = (
    "cp theirs.db live.db",
    "cp earlier.db live.db",
    "cp later.db live.db",
    "cp theirs.db live.db && cp theirs.wal live.db-wal",
    "cp theirs.wal live.db-wal && cp theirs.db live.db",
    "cat theirs.db > live.db",
    ": > live.db",
    "echo nonsense > live.db",
    "head -c 40000 /dev/urandom > live.db",
    "truncate -s 4096 live.db",
    "cp -p theirs.db live.db",
)
REPLACED = (
    "cp theirs.db new.db && mv new.db live.db",
    "cp earlier.db new.db && mv new.db live.db",
    "rm live.db && cp earlier.db live.db",
    "rm live.db* && cp theirs.db live.db && cp theirs.wal live.db-wal",
    "ln -sf theirs.db live.db",
)
GONE = ("rm live.db", "rm live.db*", "mv live.db gone.db", "mv live.db gone.db && mv live.db-wal gone.db-wal")
SAID = {
    **dict.fromkeys(OVERWRITTEN, "was overwritten while it was open: nothing was written to it"),
    **dict.fromkeys(REPLACED, "another file replaced it while it was open: nothing was written to it"),
    **dict.fromkeys(GONE, "was moved or removed while it was open: nothing more was written"),
}


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("pending", [False, True], ids=["merged", "pending"])
def test_nothing_is_written_to_a_foreign_file(folder: Path, what: str, *, pending: bool) -> None:
    """Neither an action nor closing writes to the file that is there now, and it is as complete as it was before."""
    path = folder / "live.db"
    kept = Workspace.open(path)
    with closing(sqlite3.connect(path)) as reader:
        if pending:
            # While somebody reads, what is committed can't be merged into the file.
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
        kept.act(TopUp("acme", "5.00"))
        kept.merge_file()
        assert kept.pending == pending
        assert not kept.is_behind()
        shell(folder, what)
    before = checksums(folder)
    if pending:
        # The write-ahead log is ours and is emptied, unless others wrote to it.
        before.pop("./live.db-wal", None)
    for _ in range(2):
        with pytest.raises(FleetLost, match=SAID[what]):
            kept.act(TopUp("acme", "6.00"))
        with pytest.raises(FleetLost, match=SAID[what]):
            kept.advance(kept.clock + DAY)
        with pytest.raises(FleetLost, match=SAID[what]):
            kept.check_file()
    kept.close()
    after = checksums(folder)
    if pending:
        after.pop("./live.db-wal", None)
    assert after == before
    if what.endswith(" live.db") and "theirs" in what and "wal" not in what:
        found = ended(process("verify", "--db", path))
        assert (found.status, found.err) == (0, "")
        assert asked(path, "PRAGMA integrity_check") == [("ok",)]
        assert asked(path, "SELECT id FROM accounts") == [("theirs",)]


def test_the_folder_is_removed(folder: Path) -> None:
    for what in ("mv folder moved", "rm -r moved"):
        path = (folder if what.startswith("mv") else folder.with_name("moved")) / "live.db"
        kept = Workspace.open(path)
        shell(folder.parent, what)
        with pytest.raises(FleetLost, match="was moved or removed while it was open"):
            kept.act(TopUp("acme", "5.00"))
        kept.close()
    assert list(folder.parent.iterdir()) == []


def test_a_link_that_was_redirected(folder: Path) -> None:
    path = folder / "link.db"
    path.symlink_to("live.db")
    kept = Workspace.open(path)
    kept.act(TopUp("acme", "5.00"))
    shell(folder, "ln -sfn theirs.db link.db")
    before = checksums(folder)
    with pytest.raises(FleetLost, match="another file replaced it"):
        kept.act(TopUp("acme", "6.00"))
    kept.close()
    assert checksums(folder) == before
    assert Workspace.open(folder / "live.db").check() == []


def make_stat_fail(number: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `stat` fail with this error number for every file in the folder."""
    stat = Path.stat

    def failing(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent == folder:
            raise OSError(number, os.strerror(number))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", failing)


@pytest.mark.parametrize("number", [errno.EACCES, errno.ESTALE, errno.EIO, errno.ELOOP])
def test_a_path_that_stat_fails_on_gives_a_sentence(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every method gives a sentence, and closing works. A loop of links leads to no file, so the file is lost."""
    kept = Workspace.open(folder / "live.db")
    kept.act(TopUp("acme", "5.00"))
    with monkeypatch.context() as patched:
        make_stat_fail(number, folder, patched)
        said = "was moved or removed" if number == errno.ELOOP else os.strerror(number)
        asking: list[Callable[[], object]] = [
            kept.is_behind, kept.check_file, kept.history.index_log, lambda: kept.act(TopUp("acme", "6.00")),
        ]  # fmt: skip
        for ask in asking:
            with pytest.raises(StoreError, match=said) as raised:
                ask()
            assert isinstance(raised.value, FleetLost) is (number == errno.ELOOP)
        assert not kept.pending
        kept.merge_file()
        kept.close()
    assert Workspace.open(folder / "live.db").check() == []


def test_a_commit_counts_even_if_stat_fails_right_after_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Workspace.open(folder / "live.db")
    with monkeypatch.context() as patched:
        leave = FleetFile._after_commit

        def failing(file: FleetFile) -> None:
            make_stat_fail(errno.EIO, folder, patched)
            leave(file)

        patched.setattr(FleetFile, "_after_commit", failing)
        assert kept.act(TopUp("acme", "5.00")).happened
    kept.close()
    assert Workspace.open(folder / "live.db").head.events == 4


def test_the_dashboard_goes_on_if_its_path_becomes_a_loop_of_links(folder: Path) -> None:
    app = app_of(Workspace.open(folder / "live.db"))

    async def steps(pilot: Pilot[None]) -> None:
        shell(folder.parent, "mv folder moved && ln -s folder folder")
        await until(pilot, lambda: bool(app.session.lost))
        await pilot.press("right", "t", "5", "enter")
        await pilot.pause()
        assert app.session.workspace.check() == []

    driven(app, steps)
    app.close_fleet()
    shell(folder.parent, "rm folder && mv moved folder")
    assert Workspace.open(folder / "live.db").check() == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_the_dashboard_goes_on_once_stat_works_again(
    folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then no action is done, and the dashboard says why."""
    app = app_of(Workspace.open(folder / "live.db"))

    async def steps(pilot: Pilot[None]) -> None:
        with monkeypatch.context() as patched:
            make_stat_fail(number, folder, patched)
            app._look()
            await pilot.press("right")
            await pilot.pause()
            assert os.strerror(number) in sentences(app)[0]
        await pilot.press("right")
        assert clock_of(app) == when("2026-07-02")

    driven(app, steps)
    assert not app.return_code
    app.close_fleet()


@pytest.mark.parametrize(
    "what", ["true", "touch live.db", "chmod 600 live.db", "ln live.db other.db", "cp live.db c.db"]
)
def test_harmless_changes_do_not_lose_the_file(folder: Path, what: str) -> None:
    kept = Workspace.open(folder / "live.db")
    shell(folder, what)
    kept.act(TopUp("acme", "5.00"))
    kept.close()
    assert Workspace.open(folder / "live.db").check() == []


def test_a_plain_copy_at_any_moment_is_complete(folder: Path) -> None:
    """After merging, a copy of the database file alone has everything."""
    kept = Workspace.open(folder / "live.db")
    for _ in range(3):
        kept.advance(kept.clock + DAY)
        kept.merge_file()
        shell(folder, "cp live.db copy.db")
        with closing(Workspace.open(folder / "copy.db")) as copy:
            assert copy.world == kept.world
            assert copy.check() == []
    # Overwriting the file with the same state does no harm.
    shell(folder, "cp copy.db live.db")
    kept.act(TopUp("acme", "5.00"))
    kept.close()
    assert Workspace.open(folder / "live.db").check() == []


@pytest.mark.parametrize("what", ["rm live.db-wal", "rm live.db-shm", "rm live.db-wal live.db-shm"])
def test_only_the_files_beside_the_database_are_removed(folder: Path, what: str) -> None:
    """The database is complete without them: work goes on, and this process and others see each other's writes."""
    path = folder / "live.db"
    kept = Workspace.open(path)
    kept.act(TopUp("acme", "5.00"))
    shell(folder, what)
    assert not kept.is_behind()
    assert ended(process("top-up", "acme", "6.00", "--db", path)).status == 0
    assert kept.is_behind()
    kept.reload()
    kept.act(TopUp("acme", "7.00"))
    assert ended(process("verify", "--db", path)).status == 0
    kept.close()
    assert asked(path, "SELECT balance FROM accounts") == [("1024.00",)]


FORKS = {
    "equal": (1, 1),
    "later": (1, 3),
    "earlier": (3, 2),
    "later, ours before": (0, 1),
    "earlier, ours before": (2, 0),
}
"""How often the open file and how often its copy was written to after the copy was made."""


def fork(folder: Path, times: int) -> None:
    """Copy the open file as it is now, and let another program write to the copy this many times."""
    shell(folder, "cp live.db fork.db")
    for _ in range(times):
        assert run_apart("top-up", "acme", "777", "--db", folder / "fork.db").status == 0


@pytest.mark.parametrize("seen", ["look_times", "read", "unread"])
@pytest.mark.parametrize(("ours", "theirs"), FORKS.values(), ids=FORKS)
def test_a_diverged_copy_overwrites_the_file(folder: Path, ours: int, theirs: int, seen: str) -> None:
    """Whatever SQLite has cached of the old file, nothing is written to the copy, and pages of the two are never mixed.

    Only a copy that continues our own history may be reloaded, as a whole.
    """
    path = folder / "live.db"
    kept = Workspace.open(path)
    fork(folder, theirs)
    for _ in range(ours):
        kept.act(TopUp("acme", "50"))
        kept.merge_file()
    if seen == "look_times":
        assert not kept.is_behind()
    elif seen == "read":
        list(kept.history.events())
    shell(folder, "cp fork.db live.db")
    before = checksums(folder)
    if ours == 0:
        with pytest.raises((FleetLost, FleetMoved)):
            kept.act(TopUp("acme", "6.00"))
    else:
        with pytest.raises(FleetLost, match="was overwritten while it was open: nothing was written to it"):
            kept.is_behind()
        for _ in range(2):
            with pytest.raises(FleetLost, match="was overwritten while it was open: nothing was written to it"):
                kept.act(TopUp("acme", "6.00"))
    kept.close()
    # The write-ahead log was empty: it may have been removed.
    before.pop("./live.db-wal")
    after = checksums(folder)
    after.pop("./live.db-wal", None)
    assert after == before
    found = ended(process("verify", "--db", path))
    assert (found.status, found.err) == (0, "")


def test_a_diverged_copy_overwrites_the_file_and_another_program_writes_to_it(folder: Path) -> None:
    """Another program opens the copy and writes to it: the file still does not count as ours."""
    path = folder / "live.db"
    kept = Workspace.open(path)
    fork(folder, 1)
    kept.act(TopUp("acme", "50"))
    kept.merge_file()
    shell(folder, "cp fork.db live.db")
    assert run_apart("top-up", "acme", "778", "--db", path).status == 0
    with pytest.raises(FleetLost, match="was overwritten"):
        kept.act(TopUp("acme", "6.00"))
    kept.close()
    assert asked(path, "SELECT count(*) FROM events WHERE detail LIKE '%\"50.00\"%'") == [(0,)]
    assert Workspace.open(path).check() == []


def test_writes_of_other_programs_are_taken_over(folder: Path) -> None:
    """Merged or not, once or often, with the log's indexes or without, it is reloaded, and nothing is lost."""
    path = folder / "live.db"
    kept = Workspace.open(path)
    for others in (1, 3):
        for _ in range(others):
            assert run_apart("top-up", "acme", "777", "--db", path).status == 0
        assert kept.is_behind()
        kept.reload()
        kept.act(TopUp("acme", "50"))
        with pytest.raises(FleetMoved), closing(Workspace.open(path)) as other:
            other.advance(other.clock + DAY)
            kept.act(TopUp("acme", "51"))
        assert index_log(kept._file, never_abort)
        kept.merge_file()
        kept.advance(kept.clock + DAY, playing=True)
        kept.advance(kept.clock + DAY, playing=True)
        assert not kept.is_behind()
    kept.close()
    opened = Workspace.open(path)
    assert opened.check() == []
    (written,) = asked(path, "SELECT count(*), count(DISTINCT digest), max(revision) FROM history")
    assert written == (opened.head.revision,) * 3


def test_the_file_is_overwritten_during_a_long_advance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is checked again before a commit, so the transaction that has begun is rolled back."""
    kept = Workspace.open(folder / "live.db")

    def overwrite(clock: int, _: int) -> bool:
        if not (folder / "done").exists():
            shell(folder, "touch done && cp theirs.db live.db")
        return False

    with pytest.raises(FleetLost, match="was overwritten"):
        kept.advance(when("2026-09-01"), overwrite)
    kept.close()
    assert told(folder / "live.db") == told(folder / "theirs.db")


def test_the_file_is_replaced_between_two_chunks_of_an_advance(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "long.db"
    keep(path, mixed_document(300)).close()
    monkeypatch.setattr("core.workspace.workspace.CHUNK", 50)
    writing, chunks = FleetFile.move_head, list[int]()

    def counted(self: FleetFile, clock: int, events: int) -> None:
        chunks.append(clock)
        if len(chunks) == 3:
            shell(folder, "cp theirs.db new.db && mv new.db long.db")
        writing(self, clock, events)

    monkeypatch.setattr(FleetFile, "move_head", counted)
    assert lapse("advance", "60d", "--db", path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert one_sentence(said.err) == f"{path}: another file replaced it while it was open: nothing was written to it"
    assert told(path) == told(folder / "theirs.db")


# The identity of a fleet


def identity(path: Path) -> object:
    """The identity of the fleet in a file."""
    return asked(path, "SELECT identity FROM fleet")[0][0]


def test_every_new_fleet_has_its_own_identity(tmp_path: Path) -> None:
    """Two imports of one document, a restart, and a new fleet at the path of a removed one all differ.

    A copy has the identity of the fleet that was copied.
    """
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    keep(first, FLEET).close()
    keep(second, FLEET).close()
    known = {identity(first), identity(second)}
    assert len(known) == 2
    before = identity(first)
    begin(first, FLEET, when("2026-07-01"), POLICY, "first", copy_to=tmp_path / "copy.db")[0].close()
    assert identity(tmp_path / "copy.db") == before
    assert identity(first) not in known
    second.unlink()
    keep(second, FLEET).close()
    assert len({*known, identity(first), identity(second)}) == 4


def test_the_identity_never_changes(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db"
    kept = keep(path, FLEET)
    before = identity(path)
    kept.act(TopUp("acme", "5.00"))
    kept.advance(kept.clock + DAY)
    kept.merge({**FLEET, "clock": "2026-07-03"}, when("2026-07-03"))
    kept.close()
    assert identity(path) == before != ""


def test_concurrent_migrations_give_one_identity(tmp_path: Path) -> None:
    """A file without an identity gets one only once. Another file with the same content gets another identity."""
    path, other = tmp_path / "old.db", tmp_path / "other.db"
    keep(path, FLEET).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE fleet DROP COLUMN identity")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'identity_of_the_fleet'")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    shutil.copy(path, other)
    running = [process("top-up", "acme", f"{n}.00", "--db", path) for n in range(1, 7)]
    assert [ended(one).err for one in running] == [""] * 6
    assert asked(path, "SELECT balance FROM accounts") == [("1021.00",)]
    assert Workspace.open(path).check() == []
    assert run_apart("top-up", "acme", "1", "--db", other).status == 0
    assert len({"", identity(path), identity(other)}) == 3


def test_another_program_begins_another_fleet_in_the_file(folder: Path) -> None:
    """After `import --restart` by another program the pages are not mixed, but it is another fleet."""
    path = folder / "live.db"
    (folder / "fleet.json").write_text(json.dumps(FLEET))
    kept = Workspace.open(path)
    assert ended(process("import", folder / "fleet.json", "--restart", "--db", path)).status == 0
    with pytest.raises(FleetLost, match="another fleet was created in it while it was open"):
        kept.act(TopUp("acme", "5.00"))
    kept.close()
    assert asked(path, "SELECT count(*) FROM journal") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE instances SET account = 'nobody' WHERE id = 'leg-1'", 'instance "leg-1" is on the account "nobody"'),
        ("UPDATE accounts SET id = 'other'", 'is on the account "acme", which is missing'),
        ("UPDATE instances SET currency = 'USD'", "has a different currency from its account"),
        (
            "UPDATE fleet SET clock = '2027-07-01T00:00:00+08:00'",
            "its journal does not end at the instant of its clock",
        ),
    ],
)
def test_a_file_with_parts_of_two_fleets_is_refused(
    folder: Path, statement: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "live.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    for command in (["status"], ["status", "--json"], ["log"], ["verify"], ["advance", "1d"]):
        assert lapse(*command, "--db", path) == 2
        said = capsys.readouterr()
        assert said.out == ""
        sentence = one_sentence(said.err)
        assert "is damaged, parts of two fleets are mixed in it" in sentence and why in sentence


# The dashboard


def sentences(app: LapseApp) -> list[str]:
    """The messages that are shown now."""
    return [notification.message for notification in app._notifications]


def clock_of(app: LapseApp) -> int:
    """The clock of the fleet in the dashboard."""
    return app.session.workspace.clock


async def until(pilot: Pilot[None], come: Callable[[], bool]) -> None:
    """Wait until `come` is true, for about 30 seconds."""
    for _ in range(600):
        if come():
            return
        await pilot.pause(0.05)
    raise AssertionError("the condition did not become true")


def test_the_dashboard_says_that_the_file_is_lost_and_saves_the_fleet_in_a_new_one(folder: Path) -> None:
    """An idle dashboard says so at its next check. The fleet goes on in memory, with its whole history, until it is
    saved in a new file.
    """
    path = folder / "live.db"
    workspace = Workspace.open(path)
    app = app_of(workspace)
    events = list(workspace.history.events())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("j")
        shell(folder, "cp theirs.db live.db")
        before = checksums(folder)
        await until(pilot, lambda: bool(sentences(app)))
        assert "live.db: was overwritten while it was open" in sentences(app)[0]
        assert "K keeps it in a new file" in sentences(app)[0]
        assert list(workspace.history.events()) == events
        await pilot.press("right", "l")
        await pilot.pause()
        assert "topped up" in text_of(app)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert app.is_running, "the first q only warns that the fleet is not saved"
        assert "not saved (" in app.parting()
        assert "kept in" not in app.parting()
        await pilot.press("K")
        assert isinstance(app.screen, KeepDialog)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, KeepDialog))
        await until(pilot, lambda: sentences(app) == [f"The fleet is kept in {folder / 'live-2.db'}."])
        await pilot.press("right")
        assert f"kept in {folder / 'live-2.db'}" in app.parting()
        assert app.session.workspace.check() == []
        now = checksums(folder)
        assert {name: now[name] for name in before} == before

    driven(app, steps)
    app.close_fleet()
    with closing(Workspace.open(folder / "live-2.db")) as kept:
        assert kept.check() == []
        assert list(kept.history.events())[: len(events)] == events
        assert kept.clock == when("2026-07-03")
    assert identity(folder / "live-2.db") not in {identity(path), identity(folder / "earlier.db")}


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_the_file_is_lost_while_it_plays_and_while_a_dialog_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    if large:
        monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 0)
    app = app_of(Workspace.open(folder / "live.db"))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        shell(folder, "rm live.db")
        await until(pilot, lambda: bool(app.session.lost) and not app.session.busy)
        assert not app.session.pacer.playing
        await pilot.press("t")
        await pilot.press("5", "enter")
        await pilot.pause()
        assert app.session.workspace.check() == []
        await pilot.press("K", "ctrl+u", *"nofolder", "slash", "x", "enter")
        assert isinstance(app.screen, KeepDialog)

    driven(app, steps)
    assert not (folder / "live.db").exists()


def test_the_parting_line_does_not_name_a_lost_file(folder: Path) -> None:
    """Also if the file was lost after the last check, or if the fleet was not read yet."""
    app = app_of(Workspace.open(folder / "live.db"))
    unread = LapseApp(Unread(folder / "live.db"), name="")
    assert f"kept in {folder / 'live.db'} (" in app.parting()
    assert f"kept in {folder / 'live.db'} (" in unread.parting()
    shell(folder, "rm live.db")
    for one in (app, unread):
        assert "not saved (" in one.parting()
        assert "was moved or removed while it was open" in one.parting()
        one.close_fleet()


@pytest.mark.parametrize(("ours", "theirs"), FORKS.values(), ids=FORKS)
def test_a_diverged_copy_overwrites_the_file_of_a_dashboard(folder: Path, ours: int, theirs: int) -> None:
    path = folder / "live.db"
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        fork(folder, theirs)
        for _ in range(ours):
            await pilot.press("t", "5", "0", "enter")
            await until(pilot, lambda: not app.session.workspace.pending)
        shell(folder, "cp fork.db live.db")
        await until(pilot, lambda: bool(app.session.lost))
        assert "live.db: was overwritten while it was open" in app.session.lost
        await pilot.press("t", "5", "0", "enter")
        assert app.session.workspace.check() == []
        assert "not saved" in app.parting()

    driven(app, steps)
    app.close_fleet()
    opened = Workspace.open(path)
    assert opened.check() == []
    assert opened.world == Workspace.open(folder / "fork.db").world


def test_a_fleet_is_never_saved_over_an_existing_file(folder: Path) -> None:
    kept = Workspace.open(folder / "live.db")
    kept.remember()
    shell(folder, "rm live.db")
    kept.go_on_unkept()
    before = checksums(folder)
    for name in ("theirs.db", ".", "no/folder.db"):
        with pytest.raises(StoreError):
            kept.keep_in(folder / name)
    assert checksums(folder) == before
    kept.keep_in(folder / "live.db")
    kept.act(TopUp("acme", "5.00"))
    kept.close()
    assert Workspace.open(folder / "live.db").check() == []


def write(path: Path, *statements: str) -> None:
    """Run SQL statements on a fleet's file in another process."""
    program = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2:]:
    connection.execute(statement)
connection.commit()
connection.close()
"""
    subprocess.run([sys.executable, "-c", program, str(path), *statements], check=True)


def toasts(app: LapseApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects the messages from now on."""
    said: list[str] = []
    tell = app.session.tell

    def telling(sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        said.append(sentence)
        tell(sentence, severity, besides=besides)

    monkeypatch.setattr(app.session, "tell", telling)
    return said


async def check_file_now(pilot: Pilot[None], app: LapseApp, times: int = 4) -> None:
    """Let the dashboard check its file this many times, and wait for its threads."""
    for _ in range(times):
        app._look()
        await app.workers.wait_for_complete()
        await pilot.pause()


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        ("UPDATE instances SET state = 'expired' WHERE id = 'leg-1'",
         "UPDATE instances SET state = 'running' WHERE id = 'leg-1'"),
        ("UPDATE accounts SET balance = 'x'", "UPDATE accounts SET balance = '1006.00'"),
    ],
)  # fmt: skip
def test_damage_by_another_program_is_reported_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str, repair: str, *, large: bool
) -> None:
    """The file is not read again until somebody writes to it. An action gets the same answer. Once the file is
    repaired, it is reloaded.
    """
    monkeypatch.setattr(fleet_app, "WATCH", 1000.0)
    if large:
        monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 0)
    path = folder / "live.db"
    app = app_of(Workspace.open(path))
    reads: list[str] = []
    reload = Workspace.reload

    def reading(kept: Workspace, told: Callable[[int], None] | None = None) -> None:
        reads.append("")
        reload(kept, told)

    monkeypatch.setattr(Workspace, "reload", reading)

    async def steps(pilot: Pilot[None]) -> None:
        said = toasts(app, monkeypatch)
        revision, world = app.session.revision, app.session.workspace.world
        write(path, damage, "UPDATE fleet SET revision = revision + 1")
        await check_file_now(pilot, app)
        damaged = f"{path}: is damaged: name another file with --db FILE, or restore a copy"
        assert (said, len(reads)) == ([damaged], 1)
        assert app.session.revision == revision
        app.session.pacer.play()
        await check_file_now(pilot, app)
        assert app.session.pacer.playing
        assert app.session.act(TopUp("acme", "5.00")) is None
        await check_file_now(pilot, app)
        assert said == [damaged] * 2
        assert app.session.workspace.world is world
        write(path, repair)
        await check_file_now(pilot, app)
        assert said[2:] == ["Another program changed the fleet. It was reloaded."]
        assert app.session.act(TopUp("acme", "5.00")) is not None

    driven(app, steps)
    app.close_fleet()


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_a_failed_rebuild_is_reported_once_and_repeated_by_the_next_action(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    monkeypatch.setattr(fleet_app, "WATCH", 1000.0)
    if large:
        monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 0)
    app = app_of(Workspace.open(folder / "live.db"))
    instances = list(app.session.workspace.world.instances)

    def failing(*_: object) -> None:
        raise StoreError("The memory ran out")

    async def steps(pilot: Pilot[None]) -> None:
        said = toasts(app, monkeypatch)
        shell(folder, "rm live.db")
        with monkeypatch.context() as patched:
            patched.setattr(workspace_module, "rebuilt", failing)
            await check_file_now(pilot, app)
            assert [sentence.count("The memory ran out") for sentence in said] == [0, 1] if large else [1]
            await pilot.press("q")
            assert app.is_running
            assert "The memory ran out" in said[-1]
            assert list(app.session.workspace.world.instances) == instances
        app.session.act(TopUp("acme", "5.00"))
        await check_file_now(pilot, app)
        assert "K keeps it in a new file" in said[-1]
        assert app.session.workspace.check() == []
        assert app.session.act(TopUp("acme", "5.00")) is not None

    driven(app, steps)
    app.close_fleet()


def test_quitting_during_a_rebuild_gives_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the fleet is not saved, the first `q` says so instead of quitting."""
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 0)
    app = app_of(Workspace.open(folder / "live.db"))
    held = Flag()
    go_on = Workspace.go_on_unkept

    def later(kept: Workspace) -> None:
        held.wait(60)
        go_on(kept)

    monkeypatch.setattr(Workspace, "go_on_unkept", later)

    async def steps(pilot: Pilot[None]) -> None:
        try:
            said = toasts(app, monkeypatch)
            shell(folder, "rm live.db")
            app._look()
            assert app.session.busy
            await pilot.press("q")
            assert app.is_running
            rebuilds = "The fleet's history is being rebuilt from memory: wait until that is done."
            assert said[-1].endswith(f"nothing more was written. {rebuilds}")
            assert app.session.act(TopUp("acme", "5.00")) is None
            assert not app.session.keep_in(folder / "mine.db")
            assert said[-2:] == [rebuilds] * 2
        finally:
            held.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("q")
        assert app.is_running
        assert "K keeps it in a new file" in said[-1]

    driven(app, steps)
    app.close_fleet()


# A fleet that goes on in another file keeps its waiting time and loses nothing


def patience_of(kept: Workspace) -> list[tuple[int]]:
    """How many milliseconds a write waits for other processes."""
    return kept._file.connection.execute("PRAGMA busy_timeout").fetchall()


def test_the_waiting_time_is_kept_by_every_later_file(folder: Path) -> None:
    """After reopening, because the files beside the database were removed; after a rebuild; in the new file."""
    kept = Workspace.open(folder / "live.db")
    kept.wait_at_most(1)
    kept.remember()
    shell(folder, "rm live.db-wal live.db-shm")
    assert not kept.is_behind()
    assert patience_of(kept) == [(1000,)]
    shell(folder, "rm live.db*")
    kept.go_on_unkept()
    kept.keep_in(folder / "again.db")
    assert patience_of(kept) == [(1000,)]
    shell(folder, "rm again.db-wal again.db-shm")
    assert not kept.is_behind()
    assert patience_of(kept) == [(1000,)]
    kept.close()


def state_of(kept: Workspace) -> tuple[object, ...]:
    """Everything that a person sees of a fleet."""
    return kept.path, kept.clock, list(kept.world.accounts), list(kept.world.instances), list(kept.history.events())


@pytest.mark.parametrize(
    "what", ["rebuilding", "reading", "a part of the journal", "no journal", "nothing but imported"]
)
def test_a_failed_rebuild_loses_nothing_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """It raises an error, everything stays as it was, and it can be tried again."""
    if what == "nothing but imported":
        keep(folder / "bare.db", FLEET).close()
    kept = Workspace.open(folder / ("bare.db" if what == "nothing but imported" else "live.db"))
    kept.remember()
    before, journal = state_of(kept), kept._journal
    shell(folder, f"rm {kept.path.name}")

    def failing(*_: object) -> None:
        raise StoreError("out of memory")

    with monkeypatch.context() as patched:
        if what == "rebuilding":
            patched.setattr(workspace_module, "rebuilt", failing)
        elif what == "reading":
            patched.setattr(FleetFile, "load", failing)
        elif journal is not None:
            kept._journal = journal[:-1] if what == "a part of the journal" else []
        with pytest.raises(StoreError, match=r"out of memory|memory doesn't hold all of it"):
            kept.go_on_unkept()
    assert state_of(kept) == before
    with pytest.raises(FleetLost):
        kept.act(TopUp("acme", "5.00"))
    kept._journal = journal
    kept.go_on_unkept()
    assert state_of(kept)[1:] == before[1:]
    kept.act(TopUp("acme", "5.00"))
    assert kept.check() == []


def test_quitting_in_a_terminal_after_the_file_was_replaced(folder: Path) -> None:
    """The first `q` says that the file was replaced; the second quits without saving."""
    program = "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))"
    terminal = Terminal("--no-settings", "--db", str(folder / "live.db"), program=program)
    try:
        terminal.wait_for("ent-1")
        terminal.press("\x1b[C")
        terminal.wait_for("2026-07-02")
        shell(folder, "mv theirs.db live.db")
        before = checksums(folder)
        terminal.press("q")
        terminal.wait_for("another file replaced")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert b"kept in" not in terminal.raw
        assert b"another file replaced it while it was open" in terminal.raw
        assert checksums(folder) == before
    finally:
        terminal.close()


# What other programs write


def test_an_idle_dashboard_reloads_after_another_process_wrote(folder: Path) -> None:
    """At its next check, and it says so. The cursor and the marks stay with their instances."""
    path = folder / "live.db"
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        await pilot.press("space", "G")
        marked, cursor = list(screen.marks.keys), screen.table.cursor
        assert run_apart("purchase", "acme", "aaa", "--months", "1", "--monthly-price", "1", "--db", path).status == 0
        assert run_apart("advance", "1d", "--db", path).status == 0
        await until(pilot, lambda: clock_of(app) == when("2026-07-02"))
        await until(pilot, lambda: sentences(app) == ["Another program changed the fleet. It was reloaded."])
        assert (list(screen.marks.keys), screen.table.cursor) == (marked, cursor)
        assert "aaa" in text_of(app)
        await pilot.press("right")
        assert app.session.workspace.clock == when("2026-07-03")

    driven(app, steps)
    assert app.session.workspace.check() == []


def advance_elsewhere(path: Path, to: str) -> None:
    """Move the clock like another program, over another connection."""
    with closing(Workspace.open(path)) as other:
        other.advance(when(to))


@pytest.mark.parametrize("opens", ["r", "e", "m", "x", "u", "t", "C", "dollar_sign", "A", "B", "d", "colon", "I", "O"])
def test_an_open_dialog_shows_what_another_process_wrote(opens: str, folder: Path) -> None:
    """At the next check the dialog shows the current fleet. The text that was typed stays."""
    path = folder / "live.db"
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, OverviewScreen)
        app.screen.table.move_to_key("pub-1" if opens == "u" else "ent-1")
        await pilot.press(opens)
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, Dialog)
        said = [entry.value for entry in dialog.query(Entry)]
        advance_elsewhere(path, "2026-07-02")
        await until(pilot, lambda: app.session.workspace.clock == when("2026-07-02"))
        await pilot.pause()
        assert app.screen is dialog
        assert [entry.value for entry in dialog.query(Entry)] == said
        if opens == "t":
            assert "until 30 Sep" in text_of(app)
        if opens == "d":
            assert "The clock is at Thu 2026-07-02 00:00." in text_of(app)
        await pilot.press("escape", "right")
        await until(pilot, lambda: app.session.workspace.clock == when("2026-07-03"))

    driven(app, steps)


def test_the_list_of_a_future_day_shows_what_another_process_wrote(folder: Path) -> None:
    """The cursor stays with its event. When the day is over, the dialog closes."""
    path = folder / "live.db"
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        calendar = app.session.workspace.calendar
        await app.action_show_day(calendar.day_of(when("2026-07-10")))
        await pilot.press("down")
        dialog = app.screen
        assert isinstance(dialog, DayDialog)
        (table,) = dialog.query(RowTable)
        cursor = table.cursor
        advance_elsewhere(path, "2026-07-03")
        await until(pilot, lambda: "in 7 d" in text_of(app))
        assert table.cursor == cursor
        advance_elsewhere(path, "2026-07-11")
        await until(pilot, lambda: app.screen is not dialog)

    driven(app, steps)


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_playing_goes_on_after_another_process_wrote(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    if large:
        monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 0)
    path = folder / "live.db"
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        for amount in range(3):
            assert run_apart("top-up", "acme", f"{amount + 1}.50", "--db", path).status == 0
            await until(pilot, partial(lambda after: app.session.workspace.clock >= after, clock_of(app) + DAY))
            assert app.session.pacer.playing
        await pilot.press("p")

    driven(app, steps)
    app.session.finish_step()
    assert app.session.workspace.check() == []
    assert asked(path, "SELECT count(*) FROM events WHERE type = 'topped_up'") == [(6,)]
