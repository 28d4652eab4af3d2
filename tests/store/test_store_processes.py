"""Several processes on one file never lose or duplicate an action; a window sees that another one changed the fleet."""

import gc
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

import core.store.file
import core.workspace.verifying
import core.workspace.workspace
from core.base.errors import BadInput, FleetMoved, StoreError
from core.base.held_files import is_held
from core.base.instants import DAY, Calendar
from core.formats.files import read_sources
from core.store.fleet_file import FleetFile
from core.store.journal import Entry, read_entries
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import Purchase, TopUp
from tests.support.keeping import (
    FLEET,
    PATIENCE,
    asked,
    ended,
    keep,
    lapse,
    mixed_document,
    names,
    none_missing,
    process,
    told,
    types,
    when,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small fleet's file."""
    path = tmp_path / "fleet.db"
    keep(path, FLEET).close()
    return path


def test_concurrent_actions_happen_exactly_once(path: Path) -> None:
    """Of twelve actions by twelve processes at once, each is in the file exactly once."""
    commands: list[tuple[str, ...]] = [("top-up", "acme", f"{amount}.00") for amount in range(1, 7)]
    commands += [("purchase", "acme", f"new-{n}", "--months", "1", "--monthly-price", "10") for n in range(6)]
    running = [process(*command, "--db", path) for command in commands]
    assert [ended(one) for one in running if one.wait(PATIENCE)] == []
    kept = Workspace.open(path)
    assert kept.check() == []
    topped = sorted(str(row[0]) for row in asked(path, "SELECT detail->>'amount' FROM events WHERE type = 'topped_up'"))
    assert topped == [f"{amount}.00" for amount in range(1, 7)]
    bought = asked(path, "SELECT id FROM instances WHERE id LIKE 'new-%' ORDER BY id")
    assert bought == [(f"new-{n}",) for n in range(6)]
    assert asked(path, "SELECT balance FROM accounts") == [("961.00",)]
    assert asked(path, "SELECT count(*), sum(kind = 'act') FROM journal") == [(13, 12)]
    assert none_missing(row[0] for row in asked(path, "SELECT seq FROM events ORDER BY seq"))


def test_actions_during_an_advance_of_another_process(tmp_path: Path) -> None:
    """One process advances in chunks while others act: the advance is completed, and nothing is lost or duplicated."""
    path = tmp_path / "fleet.db"
    keep(path, mixed_document(1500)).close()
    chunked = (
        "import sys, tui.cli; from core.workspace import workspace; workspace.CHUNK = 100; sys.exit(tui.cli.main())"
    )
    advancing = subprocess.Popen(
        [sys.executable, "-c", chunked, "advance", "--to", "2026-09-01", "--db", path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    acting = [process("top-up", "account-0000", f"{amount}.00", "--db", path) for amount in range(1, 5)]
    assert [ended(one).err for one in (advancing, *acting)] == [""] * 5
    kept = Workspace.open(path)
    assert kept.check() == []
    assert kept.clock == when("2026-09-01")
    topped = [str(row[0]) for row in asked(path, "SELECT detail->>'amount' FROM events WHERE type = 'topped_up'")]
    assert sorted(topped) == ["1.00", "2.00", "3.00", "4.00"]


def test_an_action_between_two_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another process acts between two chunks of an advance: the advance still ends at its own target."""
    path = tmp_path / "fleet.db"
    keep(path, mixed_document(300)).close()
    monkeypatch.setattr(core.workspace.workspace, "CHUNK", 50)
    writing, acted = FleetFile.writing, list[int]()

    @contextmanager
    def followed_by_another(self: FleetFile) -> Iterator[sqlite3.Connection]:
        with writing(self) as connection:
            yield connection
        if not acted:
            acted.append(self.head.clock if self.head else 0)
            Workspace.open(path).act(TopUp("account-0000", "5.00"))

    monkeypatch.setattr(FleetFile, "writing", followed_by_another)
    assert lapse("advance", "30d", "--db", path) == 0
    assert capsys.readouterr().err == ""
    kept = Workspace.open(path)
    assert kept.check() == []
    assert kept.clock == when("2026-07-31"), "30 days from the clock at the start, not from the interruption"
    assert when("2026-07-01") < acted[0] < kept.clock
    assert asked(path, "SELECT kind FROM journal") == [("import",), ("advance",), ("act",), ("advance",)]


def test_concurrent_durations_add_up(path: Path) -> None:
    """Five processes at once advance by one day each: the clock moves by five days."""
    running = [process("advance", "1d", "--db", path) for _ in range(5)]
    assert [ended(one).err for one in running] == [""] * 5
    kept = Workspace.open(path)
    assert kept.clock == when("2026-07-06")
    assert kept.check() == []


def test_concurrent_steps_to_the_next_event_add_up(path: Path) -> None:
    """Three processes at once advance to the next event: the clock moves by three events."""
    one_by_one = path.with_name("alone.db")
    alone = keep(one_by_one, FLEET)
    for _ in range(3):
        alone.advance_to_next_event()
    running = [process("advance", "--next", "--db", path) for _ in range(3)]
    assert [ended(one).err for one in running] == [""] * 3
    assert Workspace.open(path).clock == alone.clock
    assert types(path) == types(one_by_one)


def test_concurrent_advances_to_the_same_instant(path: Path) -> None:
    """Several processes at once advance to the same instant: it is reached once, and all of them succeed."""
    running = [process("advance", "--to", "2026-08-01", "--db", path) for _ in range(4)]
    assert [ended(one).err for one in running] == [""] * 4
    kept = Workspace.open(path)
    assert kept.clock == when("2026-08-01")
    alone = keep(path.with_name("alone.db"), FLEET)
    alone.advance(when("2026-08-01"))
    assert types(path) == types(alone.path)


def test_concurrent_imports_begin_one_fleet(tmp_path: Path) -> None:
    """Several imports at once into a new file: one begins the fleet, and the others are merged into it."""
    document, path = tmp_path / "fleet.json", tmp_path / "fleet.db"
    document.write_text(json.dumps(FLEET))
    said = [ended(one) for one in [process("import", document, "--db", path) for _ in range(5)]]
    assert [(one.status, one.err) for one in said] == [(0, "")] * 5
    first_lines = sorted(one.out.splitlines()[0] for one in said)
    assert first_lines == ["Instances: 0 added, 0 changed, 3 unchanged."] * 4 + [
        "Instances: 3 added, 0 changed, 0 unchanged."
    ]
    kept = Workspace.open(path)
    assert kept.check() == []
    assert asked(path, "SELECT count(*) FROM journal") == [(5,)]
    assert names(tmp_path) == ["fleet.db", "fleet.db-shm", "fleet.db-wal", "fleet.json"]


def test_concurrent_restarts_keep_every_fleet(path: Path) -> None:
    """Several `import --restart` at once: every replaced fleet is kept as a copy of its own."""
    document = path.with_name("fleet.json")
    document.write_text(json.dumps(FLEET))
    kept = Workspace.open(path)
    kept.advance(when("2026-07-15"))
    kept.close()
    history = told(path)
    said = [ended(one) for one in [process("import", document, "--restart", "--db", path) for _ in range(4)]]
    assert [(one.status, one.err) for one in said] == [(0, "")] * 4
    copies = [path.with_name(name) for name in names(path.parent) if name.startswith("fleet.2")]
    assert len(copies) == 4
    assert sum(told(copy) == history for copy in copies) == 1
    assert all(Workspace.open(copy).check() == [] for copy in (path, *copies))


def test_a_window_reloads_once(path: Path) -> None:
    """Two windows on one file: the second write sees that the first changed the fleet, reloads, and says so."""
    window, other = Workspace.open(path), Workspace.open(path)
    other.act(TopUp("acme", "5.00"))
    other.advance(other.clock + DAY)
    with pytest.raises(FleetMoved, match="another program changed the fleet in the meantime"):
        window.act(TopUp("acme", "7.00"))
    assert window.clock == other.clock
    assert window.world == other.world, "it has reloaded the other's state and done nothing else"
    change = window.act(TopUp("acme", "7.00"))
    assert [event.type for event in change.events] == ["topped_up"]
    with pytest.raises(FleetMoved):
        other.advance(other.clock + DAY)
    other.advance(other.clock + DAY)
    assert other.check() == window.check() == []
    assert [row[0] for row in asked(path, "SELECT kind FROM journal")] == ["import", "act", "advance", "act", "advance"]


def test_a_check_does_not_count_as_a_reload(path: Path) -> None:
    """A window that only checked the file still has to reload before it writes."""
    window, other = Workspace.open(path), Workspace.open(path)
    other.act(Purchase("acme", "new-1", 1, "10.00"))
    assert window.check() == []
    with pytest.raises(FleetMoved):
        window.act(TopUp("acme", "5.00"))
    window.act(TopUp("acme", "5.00"))
    assert "new-1" in window.world.instances
    assert window.check() == []


def test_playing_begins_a_new_step_after_another_process_acted(path: Path) -> None:
    """Consecutive ticks of playing are one step; after another process acted, a new step begins."""
    window, other = Workspace.open(path), Workspace.open(path)
    for _ in range(3):
        window.advance(window.clock + DAY, playing=True)
    with pytest.raises(FleetMoved):
        other.act(TopUp("acme", "5.00"))
    other.act(TopUp("acme", "5.00"))
    with pytest.raises(FleetMoved):
        window.advance(window.clock + DAY, playing=True)
    for _ in range(2):
        window.advance(window.clock + DAY, playing=True)
    assert asked(path, "SELECT kind, at, reached FROM journal WHERE id > 1") == [
        ("advance", "2026-07-01T00:00:00+08:00", "2026-07-04T00:00:00+08:00"),
        ("act", "2026-07-04T00:00:00+08:00", "2026-07-04T00:00:00+08:00"),
        ("advance", "2026-07-04T00:00:00+08:00", "2026-07-06T00:00:00+08:00"),
    ]
    assert window.check() == []


def test_a_file_that_stays_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program never releases the file, a write gives one sentence, and reading still works."""
    monkeypatch.setattr(core.store.file, "_PATIENCE", 0.05)
    holder, window = Workspace.open(path), Workspace.open(path)
    with holder._file.writing():
        with pytest.raises(StoreError, match="is in use by another program: try again when it is done"):
            window.act(TopUp("acme", "5.00"))
        assert Workspace.open(path).check() == []
    window.act(TopUp("acme", "5.00"))
    assert window.check() == []


def test_a_check_while_another_process_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check sees the file at one moment, whatever another process writes during it."""
    window, other = Workspace.open(path), Workspace.open(path)
    window.advance(when("2026-07-12"))

    def act_between(connection: sqlite3.Connection, calendar: Calendar) -> list[Entry]:
        entries = read_entries(connection, calendar)
        other._load()
        other.act(TopUp("acme", "5.00"))
        return entries

    monkeypatch.setattr(core.workspace.verifying, "read_entries", act_between)
    assert window.check() == []


def import_the_open_file(kept: Workspace) -> Workspace:
    """Name the open fleet's own file as the fleet to import."""
    for ending in ("", "-wal", "-shm"):
        with pytest.raises(BadInput, match="is the file of the open fleet"):
            read_sources([kept.path.with_name(kept.path.name + ending)])
    return kept


def index_the_log(kept: Workspace) -> Workspace:
    """Index the log, which uses a connection of its own."""
    assert kept.history.index_log(lambda: False)
    return kept


def restart_the_fleet(kept: Workspace) -> Workspace:
    """Begin a new fleet from an import while the old one is open."""
    again, _ = begin(kept.path, FLEET, kept.clock, kept.policy, "again", copy_to=kept.path.with_name("before.db"))
    kept.close()
    return again


@pytest.mark.parametrize("meanwhile", [import_the_open_file, index_the_log, restart_the_fleet])
def test_no_write_is_lost_after_the_file_was_opened_again(
    path: Path, meanwhile: Callable[[Workspace], Workspace]
) -> None:
    """Closing any descriptor of an open database releases its locks. Another process that then reads would believe it
    is the last one, and remove the write-ahead log.
    """
    kept = Workspace.open(path)
    kept.advance(kept.clock + DAY)
    kept = meanwhile(kept)
    assert ended(process("status", "--db", path)).status == 0
    kept.act(TopUp("acme", "123.00"))
    assert asked(path, "SELECT count(*) FROM events WHERE type = 'topped_up'") == [(1,)]
    assert path.with_name(path.name + "-wal").exists()
    kept.close()
    assert Workspace.open(path).check() == []


def test_a_closed_or_collected_file_is_not_held(tmp_path: Path) -> None:
    """The system may give the inode of a removed file to a new one, which must not count as held."""
    path = tmp_path / "fleet.db"
    kept = keep(path, FLEET)
    assert is_held(path)
    kept.close()
    kept.close()
    assert not is_held(path)
    file = FleetFile.holding_a_fleet(path)
    assert is_held(path)
    del file
    gc.collect()
    assert not is_held(path)


def test_a_reader_sees_only_committed_events(path: Path) -> None:
    """A reader taken before another thread began to write sees only what is committed."""
    kept = Workspace.open(path)
    reader = kept._file.reader
    count = "SELECT count(*) FROM events"
    before = reader.execute(count).fetchone()
    seen: list[object] = []

    def progress(clock: int, events: int) -> bool:
        seen.append(reader.execute(count).fetchone())
        return False

    with ThreadPoolExecutor(1) as thread:
        thread.submit(kept.advance, kept.clock + 3 * DAY, progress).result()
    assert seen
    assert set(seen) == {before}
    assert reader.execute(count).fetchone() > before
