"""Failures below the dashboard: a thread that fails ends the program, and a slow thread delays no key."""

import shutil
import sqlite3
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event as Flag
from time import monotonic

import pytest
from textual.pilot import Pilot
from textual.worker import Worker, WorkerFailed

from core.base.errors import StoreError
from core.base.instants import DAY
from core.formats.files import Source, read_sources
from core.formats.merging import Merged
from core.store.fleet_file import FleetFile
from core.store.schema import LOG_INDEXES
from core.workspace import history
from core.workspace.change import Change
from core.workspace.history import History
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from core.world.events import Event
from data import SAMPLE_FLEET
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of
from tests.support.keeping import FLEET, asked, keep
from tui.app import fleet_app
from tui.app.lapse_app import LapseApp
from tui.dialogs import import_fleet, rehearsing
from tui.dialogs.import_fleet import ImportDialog
from tui.dialogs.rehearsing import Rehearsal
from tui.live import limits, session
from tui.live.session import Severity
from tui.screens.account_screen import AccountScreen
from tui.screens.log_screen import LogScreen
from tui.screens.overview_screen import OverviewScreen

PATIENCE = 30.0
"""Seconds after which a thread held by a test goes on by itself."""


@pytest.fixture
def held() -> Iterator[Flag]:
    """Releases the held threads, however the test ends."""
    flag = Flag()
    yield flag
    flag.set()


# Threads that fail


def fail(*_: object, **__: object) -> Change:
    """Simulates a bug."""
    raise ValueError("a fault")


def test_a_fault_in_a_long_run_ends_the_program_and_the_file_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "ADVANCED_IN_THREAD", 0)
    workspace = keep(tmp_path / "fleet.db", FLEET)
    app = app_of(workspace)
    inner = workspace._log.append

    def append(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
        inner(connection, events)
        fail()

    monkeypatch.setattr(workspace._log, "append", append)

    async def steps(pilot: Pilot[None]) -> None:
        app.advance_to(workspace.calendar.parse("2027-07-01"))
        await app.workers.wait_for_complete()

    with pytest.raises(WorkerFailed, match="a fault"):
        driven(app, steps)
    assert app.return_code == 1
    again = Workspace.open(workspace.path)
    assert again.check() == []
    assert again.head.events == 0


@pytest.mark.parametrize("name", ["load_sources", "merge_into"])
def test_a_fault_in_an_import_ends_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    shutil.copy(SAMPLE_FLEET, tmp_path / "mine.json")
    monkeypatch.setattr(import_fleet, name, fail)
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await told_to_read(pilot, tmp_path / "mine.json")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await app.workers.wait_for_complete()

    with pytest.raises(WorkerFailed, match="a fault"):
        driven(app, steps)
    assert app.return_code == 1


async def told_to_read(pilot: Pilot[None], path: Path) -> ImportDialog:
    """The dialog, told to read a file."""
    await pilot.press("I")
    screen = pilot.app.screen
    assert isinstance(screen, ImportDialog)
    screen.row("path").entry.value = str(path)
    await pilot.press("enter")
    return screen


# Threads that take long


def is_shown(app: LapseApp, kind: type[ImportDialog | OverviewScreen]) -> bool:
    """Whether a screen of this kind is on top."""
    return isinstance(app.screen, kind)


def test_reading_a_file_again_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: Flag) -> None:
    for name in ("mine.json", "other.json"):
        shutil.copy(SAMPLE_FLEET, tmp_path / name)
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        screen = await told_to_read(pilot, tmp_path / "mine.json")
        await app.workers.wait_for_complete()
        await pilot.pause()

        def read_later(files: Sequence[Path]) -> list[Source]:
            held.wait(PATIENCE)
            return read_sources(files)

        monkeypatch.setattr(import_fleet, "read_sources", read_later)
        screen.row("path").entry.value = str(tmp_path / "other.json")
        await pilot.press("enter", "escape")
        assert isinstance(app.screen, OverviewScreen)
        held.set()
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, OverviewScreen)

    driven(app, steps)
    assert not app.return_code


def test_an_import_cannot_be_cancelled_while_writing_and_nothing_else_changes_the_fleet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: Flag
) -> None:
    shutil.copy(SAMPLE_FLEET, tmp_path / "mine.json")
    app = app_of(sample())
    begun: list[bool] = []
    start = app.run_worker

    def run_worker(work: Callable[[], None], *, thread: bool) -> Worker[None]:
        begun.append(app.session.busy)
        return start(work, thread=thread)

    def merge(document: Mapping[str, object], clock: int) -> Merged:
        held.wait(PATIENCE)
        imported.append(app.session.busy)
        return inner(document, clock)

    imported: list[bool] = []
    inner = app.session.workspace.merge
    monkeypatch.setattr(app.session.workspace, "merge", merge)

    async def steps(pilot: Pilot[None]) -> None:
        await told_to_read(pilot, tmp_path / "mine.json")
        await app.workers.wait_for_complete()
        await pilot.pause()
        monkeypatch.setattr(app, "run_worker", run_worker)
        await pilot.press("enter", "escape")
        assert is_shown(app, ImportDialog)
        held.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert is_shown(app, OverviewScreen)
        assert not app.session.busy

    driven(app, steps)
    assert begun == [True]
    assert imported == [True]


def test_drawing_reads_no_file_while_a_thread_holds_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(sample(45))
    workspace = app.session.workspace
    asked_for: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        for keys in (("1",), ("3",), ("l",)):
            await pilot.press(*keys)
            before = text_of(app)
            app.session.busy = True
            watch(monkeypatch, workspace, asked_for)
            await pilot.resize_terminal(*WIDE)
            await pilot.resize_terminal(*NARROW)
            await pilot.pause()
            app.screen.refresh()
            await pilot.pause()
            assert text_of(app) == before
            monkeypatch.undo()
            app.session.busy = False

    driven(app, steps)
    assert asked_for == []


def watch(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, asked_for: list[str]) -> None:
    """Record each read of the file."""

    def reader(file: FleetFile) -> sqlite3.Connection:
        asked_for.append(text_of_call())
        return file.connection

    monkeypatch.setattr(FleetFile, "reader", property(reader))


def text_of_call() -> str:
    """The call stack of the read, as text."""
    return " < ".join(frame.name for frame in traceback.extract_stack()[-8:-2])


@pytest.mark.parametrize(("hold", "why"), [
    (lambda held: held.hold(session.CLOCK_RUNS), "The clock is running: wait for it, or stop it."),
    (
        lambda held: held.hold(session.ACTS),
        "An action on many instances is running: wait until it is done, or stop it.",
    ),
    (lambda held: held.begin_import(), "A fleet is being imported: wait until that is done."),
])  # fmt: skip
def test_a_refused_change_names_what_the_thread_is_doing(hold: Callable[[session.Session], None], why: str) -> None:
    """Tried with an action, a step, a threaded jump, and saving: each message names what the thread is doing."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        hold(app.session)
        clock = app.session.workspace.clock
        asking: list[Callable[[], object]] = [
            lambda: app.session.act(TopUp("plant-07", "5")), lambda: app.action_step(1),
            lambda: app.advance_to(clock + 10_000 * DAY), lambda: app.session.keep_in(Path("never.db")),
        ]  # fmt: skip
        for ask in asking:
            app.clear_notifications()
            ask()
            await pilot.pause()
            assert told(app) == [why]
        assert app.session.workspace.clock == clock

    driven(app, steps)
    assert not Path("never.db").exists()


# A file that another program holds


@pytest.mark.parametrize("large", [limits.STEPPED_IN_THREAD, 0])
def test_a_locked_file_pauses_the_clock_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, large: int
) -> None:
    """A change waits about a second, then gives the message: a step in a thread as well as one in the app's own."""
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", large)
    workspace = keep(tmp_path / "fleet.db", FLEET)
    app = app_of(workspace)
    sentence = f"{workspace.path}: is in use by another program: try again when it is done"
    world = workspace.world

    async def steps(pilot: Pilot[None]) -> None:
        before = workspace.clock
        with FleetFile.holding_a_fleet(workspace.path).writing():
            began = monotonic()
            app.session.act(TopUp("acme", "5"))
            assert 0.5 < monotonic() - began < 5
            await pilot.pause()
            assert told(app) == [sentence]
            app.clear_notifications()
            await pilot.press("p")
            while not told(app) and monotonic() - began < 15:
                await pilot.pause(0.05)
            assert told(app) == [sentence]
            assert not app.session.pacer.state[0]
            assert (workspace.clock, workspace.head.events) == (before, 0)
            assert workspace.world is world, "nothing was done, so nothing has to be read anew"
        assert app.session.act(TopUp("acme", "5")) is not None
        await pilot.press("p")
        while workspace.clock == before and monotonic() - began < PATIENCE:
            await pilot.pause(0.05)
        assert workspace.clock > before
        await pilot.press("p")

    driven(app, steps)
    assert Workspace.open(workspace.path).check() == []


def told(app: LapseApp) -> list[str]:
    """The last message."""
    return [notification.message for notification in app._notifications]


# A file that can't be read


READS = ("events", "recent", "numbered", "search", "days", "event_numbers", "count_events", "balance_at",
         "balance_moves", "events_before_import")  # fmt: skip


def break_reads(monkeypatch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
    """Make every read of the file fail from now on."""

    def broken(*_: object, **__: object) -> None:
        raise StoreError("fleet.db: is damaged")

    for name in names:
        monkeypatch.setattr(History, name, broken)


@pytest.mark.parametrize("names", [READS, *((name,) for name in READS)], ids=lambda names: "-".join(names)[:20])
def test_a_read_error_is_reported_once_and_ends_nothing(monkeypatch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
    app = app_of(sample(12))
    told: list[str] = []

    def tell(sentence: str, severity: Severity = "information") -> None:
        told.append(sentence)

    async def steps(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(app.session, "tell", tell)
        break_reads(monkeypatch, names)
        await pilot.press("j", "3", "j", "i", "G", "l", "j", "L", "1", "enter", "right")
        await pilot.pause()

    driven(app, steps)
    assert not app.return_code
    assert [sentence for sentence in told if "damaged" in sentence] == ["fleet.db: is damaged"]


def test_the_account_screen_keeps_its_rows_or_reports_a_read_error(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        assert isinstance(app.screen, AccountScreen)
        ledger = app.screen.ledger
        before = list(ledger.keys)
        break_reads(monkeypatch, READS)
        app.screen._read(None)
        assert list(ledger.keys) == before
        app.screen.table.move(1)
        await pilot.pause()
        assert "It can't be read now." in text_of(app)

    driven(app, steps)


def test_one_instances_log_stays_its_own_after_a_read_error(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(sample(45))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("L")
        assert isinstance(app.screen, LogScreen)
        screen = app.screen
        before = list(screen.table.keys)
        assert 0 < len(before) < app.session.workspace.head.events
        break_reads(monkeypatch, ("search",))
        screen.take_over(None)
        assert list(screen.table.keys) == []
        assert screen._all is not None and screen._all.failed
        monkeypatch.undo()
        screen.take_over(None)
        assert list(screen.table.keys) == before

    driven(app, steps)


# The index of a long log


def test_a_write_cancels_the_indexing_and_leaves_no_index(tmp_path: Path) -> None:
    workspace = keep(tmp_path / "fleet.db", FLEET)
    workspace.advance(workspace.clock + 60 * DAY)
    asked_for: list[bool] = []

    def given_up() -> bool:
        asked_for.append(True)
        return len(asked_for) > 1

    assert not workspace.history.index_log(given_up)
    names = {name for (name,) in asked(workspace.path, "SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert not names >= LOG_INDEXES.keys()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.session.indexing.clear()
        await pilot.press("right")
        assert app.session.indexing.is_set()

    driven(app, steps)
    assert workspace.history.index_log()


def test_a_long_log_is_indexed_when_nothing_changes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(history, "SHORT", 5)
    monkeypatch.setattr(fleet_app, "UNCHANGED", 1000.0)
    workspace = keep(tmp_path / "fleet.db", FLEET)
    workspace.advance(workspace.clock + 20 * DAY)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        quick = workspace.history.log_is_quick
        app.session.pacer.play()
        app._begin_index()
        app.session.pacer.pause()
        assert len(app.workers) == 0
        await pilot.press("3")
        assert "so far" in text_of(app)
        app._begin_index()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (quick, workspace.history.log_is_quick) == (False, True)
        assert "so far" not in text_of(app)

    driven(app, steps)


# Rehearsals in slices


def test_never_more_than_one_slice_is_scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FORECAST_AT_ONCE", 0)
    app = app_of(sample())
    session = app.session
    instances = list(session.workspace.world.instances.values())
    waiting: list[Callable[[], None]] = []
    told: list[int] = []

    def tell() -> None:
        told.append(len(waiting))
        for instance in instances:
            rehearsal.attempts(instance)

    rehearsal = Rehearsal(session, [instance.id for instance in instances], 1, waiting.append, tell)
    monkeypatch.setattr(rehearsing, "SLICE", 10)
    rehearsal.attempts(instances[0])
    slices = 0
    while waiting:
        assert len(waiting) == 1
        slices += 1
        waiting.pop()()
    assert len(told) == len({instance.account for instance in instances}) > 1
    assert slices > 10
