"""The player moves the clock by the pacer's steps, without any screen (T2: only while a person lets it run)."""

from collections.abc import Callable
from typing import Final

import pytest

from core.workspace.change import Change
from tests.support.dashboards import sample, workspace_of
from tests.support.ledger import account, document, enterprise
from tui.live.clock_step import ClockStep
from tui.live.player import Player
from tui.live.session import FleetChanged, Session, Severity

BAD: Final = document((account(), enterprise("ent-1", expires="2026-07-03 10:30")), "2026-07-01")


class FakeTimer:
    """A timer that fires when the test says so."""

    def __init__(self, interval: float, callback: Callable[[], None]) -> None:
        self.interval = interval
        self.callback = callback
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class FakeApp:
    """The host of the session and of the player."""

    def __init__(self) -> None:
        self.timers: list[FakeTimer] = []
        self.told: list[str] = []
        self.changes: list[Change | None] = []
        self.steps = 0

    def announce(self, message: FleetChanged) -> None:
        self.changes.append(message.change)

    def foreseen(self) -> None:
        pass

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        self.told.append(sentence)

    def in_thread(self, work: Callable[[], None]) -> None:
        work()

    def call_later(self, callback: Callable[[ClockStep], None], step: ClockStep, /) -> None:
        callback(step)

    def set_interval(self, interval: float, callback: Callable[[], None], /) -> FakeTimer:
        self.timers.append(FakeTimer(interval, callback))
        return self.timers[-1]

    def set_timer(self, delay: float, callback: Callable[[], None], /) -> None:
        callback()

    def playing_changed(self) -> None:
        pass

    def stepped(self) -> None:
        self.steps += 1

    def running(self) -> list[FakeTimer]:
        return [timer for timer in self.timers if not timer.stopped]


@pytest.fixture
def app() -> FakeApp:
    return FakeApp()


def test_it_plays_three_hours_at_a_time_and_pauses(app: FakeApp) -> None:
    """One day per second in eight steps; no step after the pause."""
    session = Session(sample(), "sample", app)
    player = Player(session, app)
    player.toggle()
    (timer,) = app.running()
    assert timer.interval == 1 / 8
    for _ in range(8):
        timer.callback()
    told = session.workspace.calendar.format(session.workspace.clock)
    assert (told, app.steps) == ("2026-07-02T00:00:00+08:00", 8)
    player.toggle()
    timer.callback()
    assert (app.running(), app.steps) == ([], 8)


def test_a_new_speed_starts_a_new_timer(app: FakeApp) -> None:
    player = Player(Session(sample(), "sample", app), app)
    player.toggle()
    assert player.change_speed(1)
    assert [timer.interval for timer in app.running()] == [1 / 7]
    assert player.change_speed(1)
    assert not player.change_speed(1), "a month a second is the fastest"
    assert len(app.running()) == 1


def test_it_stops_by_itself_at_a_bad_event(app: FakeApp) -> None:
    """E1: ent-1 expires on 3 July at 10:30, within a step."""
    session = Session(workspace_of(BAD), "sample", app)
    player = Player(session, app)
    player.toggle(until_bad=True)
    while app.running():
        app.running()[0].callback()
    assert session.workspace.calendar.format(session.workspace.clock) == "2026-07-03T10:30:00+08:00"
    assert session.pacer.reason == "ent-1: expires, service stops (E1)"
    player.pause()
    assert session.pacer.reason is None


def test_it_stops_at_the_last_date_that_lapse_supports(app: FakeApp) -> None:
    session = Session(workspace_of(document((account(daily_spend="0"),), "8999-12-31 22:30")), "empty", app)
    player = Player(session, app)
    player.toggle()
    for _ in range(6):
        for timer in app.running():
            timer.callback()
    assert not app.running()
    assert len(app.told) == 1
