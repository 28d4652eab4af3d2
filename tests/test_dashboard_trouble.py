"""What goes wrong beneath the dashboard: a thread that fails ends it, and one that lasts holds no key up."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event as Flag

import pytest
from textual.pilot import Pilot
from textual.worker import Worker, WorkerFailed

from core.events import Event
from core.fleets.files import Source, read_sources
from core.fleets.merging import Merged
from core.workspace import Change, Workspace
from data import SAMPLE_FLEET
from tests.dashboards import app_of, driven, sample
from tests.keeping import FLEET, keep
from tui import timed
from tui.app import LapseApp
from tui.dialogs import import_fleet
from tui.dialogs.import_fleet import ImportDialog
from tui.screens.overview import OverviewScreen

PATIENCE = 30.0
"""Seconds until a thread that a test holds goes on without it."""


@pytest.fixture
def held() -> Iterator[Flag]:
    """Lets go of what a test holds, however it ends."""
    flag = Flag()
    yield flag
    flag.set()


# Threads that fail


def fail(*_: object, **__: object) -> Change:
    """A fault in the program."""
    raise ValueError("a fault")


def test_a_fault_in_a_long_run_ends_the_program_and_the_file_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timed, "LONG", 0)
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
        await asked(pilot, tmp_path / "mine.json")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await app.workers.wait_for_complete()

    with pytest.raises(WorkerFailed, match="a fault"):
        driven(app, steps)
    assert app.return_code == 1


async def asked(pilot: Pilot[None], path: Path) -> ImportDialog:
    """The dialog that was asked to read a file."""
    await pilot.press("I")
    screen = pilot.app.screen
    assert isinstance(screen, ImportDialog)
    screen.row("path").entry.value = str(path)
    await pilot.press("enter")
    return screen


# Threads that last


def is_shown(app: LapseApp, kind: type[ImportDialog | OverviewScreen]) -> bool:
    """Whether a screen of this kind is on top."""
    return isinstance(app.screen, kind)


def test_a_file_that_is_read_again_can_be_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: Flag) -> None:
    for name in ("mine.json", "other.json"):
        shutil.copy(SAMPLE_FLEET, tmp_path / name)
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        screen = await asked(pilot, tmp_path / "mine.json")
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


def test_an_import_that_writes_cant_be_left_and_nothing_else_changes_the_fleet(
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
        await asked(pilot, tmp_path / "mine.json")
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
