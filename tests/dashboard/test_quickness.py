"""What keeps the dashboard fast: threads give way to keys, and only changes are drawn."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from textual.content import Content
from textual.events import Key
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from core.base.errors import BadInput, LapseError, StoreError
from core.base.instants import DAY
from core.workspace.change import Change, Progress, Watch
from core.workspace.unread import Unread
from core.workspace.workspace import Workspace
from core.world.actions import SetManualRenewal, TopUp
from tests.support.dashboards import WIDE, app_of, driven, sample, text_of
from tests.support.keeping import keep, mixed_document
from tui.app.lapse_app import LapseApp
from tui.commands.table import ACCOUNT, MODES, OVERVIEW, RENEWAL
from tui.dialogs import import_fleet
from tui.dialogs.top_up import HORIZONS
from tui.live import limits
from tui.live.clock_step import ClockStep
from tui.live.right_of_way import RightOfWay
from tui.screens.opening_screen import Opening
from tui.screens.overview_screen import OverviewScreen
from tui.widgets.drawing import runs
from tui.widgets.inspector import Inspector
from tui.widgets.rows import RowTable

SIZE = 80


class Waiting(Unread):
    """A fleet that is read only when the test allows it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.goes_on = Flag()

    def read(self, told: Callable[[int], None] | None = None) -> Workspace:
        assert self.goes_on.wait(30)
        return super().read(told)


# Opening a large fleet


def test_the_opening_is_shown_while_a_fleet_is_read(tmp_path: Path) -> None:
    keep(tmp_path / "fleet.db", mixed_document(SIZE)).close()
    unread = Waiting(tmp_path / "fleet.db")
    app = LapseApp(unread, name="fleet", path=unread.path)

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, Opening)
        shown = text_of(app)
        assert "Reading 80 instances" in shown and "Wed 2026-07-01 00:00" in shown and "q quit" in shown
        app.screen.show(SIZE // 2)
        await pilot.pause()
        assert text_of(app).count("━") == 20
        assert "fleet: the clock is at Wed 2026-07-01 00:00; kept in" in app.parting()
        unread.goes_on.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen) and app.screen.listing.total == SIZE

    driven(app, steps, WIDE)


def test_an_unreadable_fleet_ends_the_dashboard_with_a_sentence(tmp_path: Path) -> None:
    kept = keep(tmp_path / "fleet.db", mixed_document(SIZE))
    kept.close()
    unread = Waiting(tmp_path / "fleet.db")
    unread._file.connection.execute("UPDATE instances SET expires = 'soon' WHERE expires IS NOT NULL")
    app = LapseApp(unread, name="fleet", path=unread.path)

    async def steps(pilot: Pilot[None]) -> None:
        unread.goes_on.set()
        while app.failure is None:
            await pilot.pause()

    driven(app, steps, WIDE)
    assert isinstance(app.failure, StoreError)
    assert str(app.failure).endswith("is damaged: name another file with --db FILE, or restore a copy")


def test_the_progress_of_reading_is_reported(tmp_path: Path) -> None:
    keep(tmp_path / "fleet.db", mixed_document(SIZE)).close()
    told: list[int] = []
    Unread(tmp_path / "fleet.db").read(told.append)
    assert told == [SIZE]


# Playing a large fleet


def test_a_large_fleet_played_in_a_thread_ends_in_the_same_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", SIZE)
    kept, alike = (keep(tmp_path / name, mixed_document(SIZE)) for name in ("fleet.db", "alike.db"))
    app = LapseApp(kept, name="fleet")
    over: list[int] = []
    began = kept.clock

    async def steps(pilot: Pilot[None]) -> None:
        for day in range(1, 30):
            to = began + day * DAY
            app.session.start_step(to, partial(over.append, to))
            assert app.session._step is not None
            while to not in over:
                await pilot.pause()
            assert app.session.revision == day

    driven(app, steps, WIDE)
    alike.advance(began + 29 * DAY)
    assert kept.world == alike.world and list(kept.history.events()) == list(alike.history.events())


def test_keys_are_answered_while_a_step_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", SIZE)
    kept = keep(tmp_path / "fleet.db", mixed_document(SIZE))
    app = LapseApp(kept, name="fleet")
    goes_on = Flag()
    inner = kept.advance

    def advance(to: int, progress: Progress, *, playing: bool, watch: Watch | None) -> Change:
        assert goes_on.wait(30)
        return inner(to, progress, playing=playing, watch=watch)

    monkeypatch.setattr(kept, "advance", advance)

    async def steps(pilot: Pilot[None]) -> None:
        before, over = kept.clock, Flag()
        app.session.start_step(before + DAY, over.set)
        # While a step is running, no other step starts.
        app.session.start_step(before + 2 * DAY, over.set)
        await pilot.press("j", "j")
        screen = app.screen
        assert isinstance(screen, OverviewScreen) and screen.table.cursor == screen.listing.keys[2]
        assert not over.is_set() and kept.clock == before
        goes_on.set()
        # An action builds on the step, so the step is finished and taken over first.
        assert app.session.act(TopUp("account-0000", "5")) is not None
        assert over.is_set() and kept.clock == before + DAY
        kinds = [kind for (kind,) in kept._file.connection.execute("SELECT kind FROM journal ORDER BY id")]
        assert kinds == ["import", "advance", "act"]

    driven(app, steps, WIDE)


def test_a_step_that_meets_another_programs_changes_reports_them_and_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", SIZE)
    monkeypatch.setattr("tui.app.fleet_app.WATCH", 1_000.0)
    kept = keep(tmp_path / "fleet.db", mixed_document(SIZE))
    other = Workspace.open(tmp_path / "fleet.db")
    app = LapseApp(kept, name="fleet")

    async def steps(pilot: Pilot[None]) -> None:
        other.act(TopUp("account-0000", "5"))
        over = Flag()
        app.session.pacer.play()
        app.session.start_step(kept.clock + DAY, over.set)
        while not over.is_set():
            await pilot.pause()
        assert app.session.pacer.playing
        assert kept.world == other.world

    driven(app, steps, WIDE)
    assert [note.message for note in app._notifications] == ["Another program changed the fleet. It was reloaded."]


def test_an_error_in_a_step_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", SIZE)
    kept = keep(tmp_path / "fleet.db", mixed_document(SIZE))
    app = LapseApp(kept, name="fleet")

    def fail(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(kept, "advance", fail)

    async def steps(pilot: Pilot[None]) -> None:
        over = Flag()
        app.session.pacer.play()
        app.session.start_step(kept.clock + DAY, over.set)
        while not over.is_set():
            await pilot.pause()
        assert not app.session.pacer.playing

    driven(app, steps, WIDE)
    assert [note.message for note in app._notifications] == ["the disk is full"]


def test_the_log_is_read_beside_a_thread_that_writes(tmp_path: Path) -> None:
    kept = keep(tmp_path / "fleet.db", mixed_document(SIZE))
    kept.advance(kept.clock + DAY)
    before = len(list(kept.history.events()))
    written, goes_on = Flag(), Flag()

    def wait(clock: int, count: int) -> bool:
        written.set()
        assert goes_on.wait(30)
        return False

    thread = Thread(target=lambda: kept.advance(kept.clock + 10 * DAY, wait))
    thread.start()
    assert written.wait(30)
    assert len(list(kept.history.events())) == before
    goes_on.set()
    thread.join(30)
    assert len(list(kept.history.events())) > before


# Giving way


def test_a_thread_gives_way_while_a_key_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    right_of_way = RightOfWay()
    monkeypatch.setattr("tui.live.right_of_way.monotonic", lambda: 100 + sum(slept))
    monkeypatch.setattr("tui.live.right_of_way.sleep", slept.append)
    monkeypatch.setattr(right_of_way._released, "wait", slept.append)
    right_of_way.give()
    assert slept == []
    right_of_way.claim()
    right_of_way.give()
    assert slept == [pytest.approx(0.02)]
    right_of_way.give()
    assert len(slept) == 1
    right_of_way.rest()
    assert not right_of_way.claimed(0.15)


def test_a_thread_continues_at_once_if_the_answer_to_a_key_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.live.right_of_way.ANSWER", 3600)
    right_of_way = RightOfWay()
    right_of_way.claim()
    thread = Thread(target=right_of_way.give, daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive(), "the key goes first"
    right_of_way.release()
    thread.join(30)
    assert not thread.is_alive()
    right_of_way.claim()
    assert not right_of_way._released.is_set(), "the next key goes first again"


@pytest.mark.parametrize("key", ["right", "full_stop", "p", "r"])
def test_a_key_never_waits_for_a_step_that_waits_for_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", SIZE)
    app = LapseApp(keep(tmp_path / "fleet.db", mixed_document(SIZE)), name="fleet")
    released: list[bool] = []
    outcome = ClockStep.outcome

    def watched(self: ClockStep) -> Change | LapseError | None:
        released.append(app.session.right_of_way._released.is_set())
        return outcome(self)

    monkeypatch.setattr(ClockStep, "outcome", watched)

    async def steps(pilot: Pilot[None]) -> None:
        app.session.right_of_way.claim()
        app.session.start_step(app.session.workspace.clock + DAY, lambda: None)
        await pilot.press(key)
        app.session.finish_step()

    driven(app, steps, WIDE)
    assert released and all(released)


def test_a_step_of_the_clock_lets_a_key_go_first() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        begun = app.session.workspace.clock
        app.session.pacer.play()
        app.session.right_of_way.claim()
        app.player.step_in_turn()
        assert app.session.workspace.clock == begun
        await pilot.pause(0.2)
        assert app.session.workspace.clock > begun

    driven(app, steps, WIDE)


def test_a_recording_does_not_wait_for_keys() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("j")
        assert not app.session.right_of_way.claimed(60)

    driven(app, steps, WIDE)


def test_the_switch_interval_is_short_only_while_threads_run() -> None:
    usual, right_of_way = sys.getswitchinterval(), RightOfWay()
    with right_of_way.beside():
        with right_of_way.beside():
            assert sys.getswitchinterval() < usual / 5
        assert sys.getswitchinterval() < usual / 5
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_the_switch_interval_is_restored_across_two_fleets() -> None:
    usual, left = sys.getswitchinterval(), RightOfWay()
    with ExitStack() as old, ExitStack() as new:
        old.enter_context(left.beside())
        new.enter_context(RightOfWay().beside())
        old.close()
        assert sys.getswitchinterval() < usual / 5, "the next one's thread works on"
        new.close()
    assert sys.getswitchinterval() == pytest.approx(usual)


# Changes while a screen is hidden


def test_changes_since_a_screen_was_shown_are_merged_into_one() -> None:
    app = app_of(sample())
    session = app.session
    assert session.since(0) is None
    session.act(SetManualRenewal(("plant-01",)))
    first = session.revision
    session.act(SetManualRenewal(("plant-02",)))
    session.advance(session.workspace.clock + DAY)
    both, last = session.since(0), session.since(first)
    assert both is not None and {"plant-01", "plant-02"} <= both.instances
    assert last is not None and "plant-01" not in last.instances and last.clock == session.workspace.clock
    session._changed(None)
    assert session.since(first) is None


def test_a_screen_catches_up_with_what_changed_while_another_was_shown() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "1")
        await app._prepare(MODES)
        assert {OVERVIEW, RENEWAL, ACCOUNT} <= set(app._screen_stacks)
        await pilot.press("right", "right", "2")
        assert "2026-07-03" in text_of(app)
        await pilot.press("3")
        assert "2026-07-03" in text_of(app) and "Ledger" in text_of(app)

    driven(app, steps, WIDE)


# Drawing only changes


def test_line_numbers_as_runs() -> None:
    assert runs([]) == []
    assert runs([0, 1, 2, 5, 7, 8]) == [(0, 3), (5, 1), (7, 2)]


def test_a_cursor_move_draws_two_rows_and_the_inspector(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(sample())
    drawn: list[tuple[str, Region | None]] = []
    for kind in (RowTable, Inspector):

        def refresh(self, *regions: Region, inner=kind.refresh, **how: bool):
            drawn.extend((type(self).__name__, region) for region in regions or (None,))
            return inner(self, *regions, **how)

        monkeypatch.setattr(kind, "refresh", refresh)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("s")
        assert isinstance(app.screen, OverviewScreen)
        # The next row's text has the same length, so nothing needs a new layout.
        app.screen.table.move_to_key("legacy-02")
        await pilot.pause()
        drawn.clear()
        await pilot.press("j")
        await pilot.pause()
        rows = sorted(region.y for name, region in drawn if name == "RowTable" and region)
        assert len(rows) == 2 and rows[1] == rows[0] + 1
        assert all(region is not None for _, region in drawn)
        assert {name for name, _ in drawn} == {"RowTable", "Inspector"}

    driven(app, steps, WIDE)


def test_unchanged_lines_are_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        inspector = app.screen.query_one(Inspector)
        asked: list[Region] = []
        inner = inspector.refresh
        lines = [Content("one"), Content("two"), Content("three")]
        inspector.write(lambda _: lines)
        await pilot.pause()

        def refresh(*regions: Region, **how: bool) -> Inspector:
            asked.extend(regions)
            return inner(*regions, **how)

        monkeypatch.setattr(inspector, "refresh", refresh)
        inspector.write(lambda _: [Content("one"), Content.styled("two", "bold"), Content("three")])
        assert [(region.y, region.height) for region in asked] == [(1, 1)]

    driven(app, steps, WIDE)


def test_a_row_is_redrawn_when_it_changes() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        table = screen.table
        before: dict[int, Strip] = dict(table._drawn)
        app.session.advance(app.session.workspace.clock + 5 * DAY)
        await pilot.pause()
        assert "2026-07-06" in text_of(app)
        assert [y for y in before if y and table._drawn[y] != before[y]]
        for y, strip in table._drawn.items():
            assert strip == table.render_line(y)

    driven(app, steps, WIDE)


def test_letters_typed_quickly_are_searched_together_in_a_large_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 1)
    app = app_of(sample())
    looked: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        set_filter = screen.set_filter

        def noted(text: str) -> None:
            looked.append(text)
            set_filter(text)

        monkeypatch.setattr(screen, "set_filter", noted)
        for key in ("slash", *"plant"):
            await app._answered(Key(key, key if len(key) == 1 else "/"))
        assert looked == []
        await app._answered(Key("enter", "\r"))
        assert looked == ["plant"] and len(screen.listing.keys) == 5

    driven(app, steps, WIDE)


@pytest.mark.parametrize("colours", [True, False])
def test_a_filtered_line_is_not_filtered_again(colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line caches the result of each filter object: if a filter were recreated every time, it would process all lines
    again.
    """
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        assert app.no_color is not colours
        filters = app.get_line_filters()
        assert filters and [id(one) for one in filters] == [id(one) for one in app.get_line_filters()]

    driven(app, steps)


def test_a_top_up_copies_the_account_only_while_nothing_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The amounts are calculated in a thread, which waits until a change of the fleet is done."""
    monkeypatch.setattr(limits, "FORECAST_AT_ONCE", 0)
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> tuple[str, str]:
        with app.session.unchanged():
            await pilot.press("t")
            await pilot.pause(0.3)
            during = text_of(app)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return during, text_of(app)

    during, after = driven(app, steps)
    assert during.count("calculating...") == len(HORIZONS)
    assert "calculating..." not in after


def test_reading_a_file_gives_way_to_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file is read, Python switches to the app's thread every half millisecond."""
    file = tmp_path / "mine.csv"
    file.write_text("id,account,kind,expires,monthly_price\nent-1,acme,enterprise,2026-09-10,300\n")
    intervals: list[float] = []

    def reading(*arguments: object) -> object:
        intervals.append(sys.getswitchinterval())
        raise BadInput("is read another time")

    monkeypatch.setattr(import_fleet, "read_sources", reading)
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("I")
        screen = app.screen
        assert isinstance(screen, import_fleet.ImportDialog)
        screen.row("path").entry.value = str(file)
        await pilot.press("enter")
        await app.workers.wait_for_complete()

    driven(app, steps)
    assert intervals == [pytest.approx(0.0005)]
