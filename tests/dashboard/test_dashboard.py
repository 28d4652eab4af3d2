"""The dashboard: what each key does, the reason given when it is impossible, and that no key ends the program with an
error.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from threading import Event as Flag
from typing import NamedTuple

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from core.base.errors import FleetMoved, StoreError
from core.base.instants import DAY, HOUR
from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from core.world.events import Event
from core.world.model import STATES
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, document, enterprise
from tui.app.lapse_app import LapseApp
from tui.dialogs.auto_renewal import AutoRenewalDialog
from tui.dialogs.go_to import GoTo
from tui.dialogs.help import Help
from tui.dialogs.long_run import LongRun
from tui.dialogs.palette import Palette
from tui.dialogs.renew import RenewDialog
from tui.dialogs.top_up import TopUpDialog
from tui.live import limits
from tui.screens.account_screen import AccountScreen
from tui.screens.overview_screen import OverviewScreen
from tui.screens.renewal_screen import RenewalScreen
from tui.settings.themes import ROUND
from tui.text.glyphs import CLOCK, CURSOR, HEIGHTS, QUIET_DAY
from tui.text.states import MARKS
from tui.widgets.entry import Entry
from tui.widgets.inspector import Inspector
from tui.widgets.lifeline import FAILS, GLYPHS, PAID
from tui.widgets.rows import Row, RowTable
from tui.widgets.scrolled import Scrolled

START = {"format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00"}
NAMES = (
    "[bold]not markup[/bold] [/] [red",
    "冷链运输一号车间温度监控实例", "🏭👩‍🔧 plant ❤️", "مصنع الرياض ١", "tab\tnew\nline\x1b[31m",
    "x" * 200, "e\u0301\u0301\u0301 combining", "\u202eright to left",
)  # fmt: skip


class Seen(NamedTuple):
    """What the screen showed after some keys."""

    screen: Screen[object]
    text: str
    cursor: int
    """The index of the cursor row of the screen's table."""


def pressed(keys: str, workspace: Workspace | None = None, size: tuple[int, int] = NARROW) -> tuple[LapseApp, Seen]:
    """Press keys; returns the app and what it showed."""
    app = app_of(workspace or sample())

    async def steps(pilot: Pilot[None]) -> Seen:
        await pilot.press(*keys.split())
        await pilot.pause()
        table = next(iter(app.screen.query(RowTable)), None)
        row = list(table.keys).index(table.cursor) if table and table.cursor else -1
        return Seen(app.screen, text_of(app), row)

    return app, driven(app, steps, size)


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


def cursor_of(app: LapseApp) -> str | None:
    """The key of the row under the cursor."""
    return app.screen.query_one(RowTable).cursor


# Time


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ("right", DAY), ("right_square_bracket", DAY), ("shift+right", 7 * DAY), ("right_curly_bracket", 7 * DAY),
        ("d plus 3 0 d enter", 30 * DAY), ("d 2 0 2 6 - 0 7 - 0 9 enter", 8 * DAY), ("d 3 6 h enter", 36 * HOUR),
        ("full_stop", 28 * HOUR),
    ],
)  # fmt: skip
def test_keys_move_the_clock(keys: str, seconds: int) -> None:
    workspace = sample()
    start = workspace.clock
    pressed(keys, workspace)
    assert workspace.clock == start + seconds


@pytest.mark.parametrize("key", ["comma", "left", "shift+left", "left_square_bracket", "left_curly_bracket", "z", "Z"])
def test_keys_for_going_back_in_time_do_nothing_yet(key: str) -> None:
    workspace = sample(3)
    before = workspace.clock, workspace.head.revision
    app, _ = pressed(key, workspace)
    assert (workspace.clock, workspace.head.revision) == before
    assert told(app) == []


def test_playing_moves_the_clock_until_it_is_paused() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("plus", "plus", "p")
        assert "▶ 1 month/s" in text_of(app)
        await pilot.pause(0.7)
        await pilot.press("p")
        there = workspace.clock
        assert there > workspace.head.started + 3 * DAY
        assert not app.player.runs
        await pilot.pause(0.3)
        assert workspace.clock == there

    driven(app, steps)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_a_new_speed_and_its_limits_are_shown_while_paused(size: tuple[int, int]) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> list[str]:
        found = []
        for key in ("plus", "plus", "plus", *["minus"] * 5):
            await pilot.press(key)
            found += told(app)
        await pilot.press("p", "plus")
        assert told(app) == [], "the clock bar shows it"
        return found

    assert driven(app, steps, size) == [
        "Plays at 1 week/s.", "Plays at 1 month/s.", "1 month/s is the fastest.", "Plays at 1 week/s.",
        "Plays at 1 day/s.", "Plays at 6 hours/s.", "Plays at 1 hour/s.", "1 hour/s is the slowest.",
    ]  # fmt: skip


def test_ticks_of_playing_end_on_whole_units() -> None:
    workspace = sample()
    workspace.advance(workspace.clock + 100)
    app = app_of(workspace)
    app.session.pacer.playing = True
    app.player.step()
    assert workspace.clock == workspace.head.started + 3 * HOUR


def test_an_invalid_date_is_explained_in_the_dialog() -> None:
    workspace = sample()
    _, seen = pressed("d s o o n enter", workspace)
    assert isinstance(seen.screen, GoTo)
    assert '"soon" is not a date: write one like 2026-09-01' in seen.text
    assert workspace.clock == workspace.head.started


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-02-30", '"2026-02-30": there is no such date or time of day.'),
        ("2026-07-02 25:00", '"2026-07-02 25:00": there is no such date or time of day.'),
        ("2026-12-8", '"2026-12-8" needs two digits: 2026-12-08.'),
        ("2026-12-8 8:00", '"2026-12-8 8:00" needs two digits: 2026-12-08 08:00.'),
    ],
)
def test_a_date_that_does_not_exist_or_lacks_a_digit_is_explained(written: str, said: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        app.screen.query_one(Entry).value = written
        await pilot.press("enter")
        words = " ".join(text_of(app).replace("│", " ").split())
        assert said in words

    driven(app, steps)


def test_an_earlier_date_is_explained_in_the_dialog() -> None:
    _, seen = pressed("d 2 0 2 6 - 0 6 - 0 1 enter")
    assert isinstance(seen.screen, GoTo)
    assert "before the clock, which is at Wed 2026-07-01 00:00" in seen.text


def test_a_far_date_runs_in_a_thread_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADVANCED_IN_THREAD", 0)
    monkeypatch.setattr("core.workspace.workspace.CHUNK", 20)
    workspace = sample()
    app = app_of(workspace)
    end = workspace.calendar.parse("2027-07-01")
    begun, go_on = Flag(), Flag()
    inner = workspace._log.append

    def append(connection: Connection, events: Sequence[Event]) -> None:
        begun.set()
        assert go_on.wait(30)
        inner(connection, events)

    monkeypatch.setattr(workspace._log, "append", append)

    async def steps(pilot: Pilot[None]) -> None:
        app.advance_to(end)
        await pilot.pause()
        assert begun.wait(30)
        assert isinstance(app.screen, LongRun)
        await pilot.press("escape")
        go_on.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert not app.session.busy
        assert workspace.head.started < workspace.clock < end
        await pilot.press("right")

    try:
        driven(app, steps)
    finally:
        go_on.set()
    assert workspace.check() == []


def test_nothing_else_changes_the_fleet_during_a_long_run() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.session.busy = True
        assert app.session.act(TopUp("acme", "5")) is None
        assert workspace.head.events == 0

    driven(app, steps)
    assert "running" in told(app)[0]


# Moving and finding


def test_the_cursor_stays_with_its_instance_when_the_order_changes() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("j", "j", "j")
        before = cursor_of(app)
        await pilot.press("shift+right", "shift+right", "s", "S")
        assert cursor_of(app) == before

    driven(app, steps)


@pytest.mark.parametrize(
    ("keys", "row"),
    [("j j k", 1), ("G", 23), ("G g", 0), ("ctrl+d", 6), ("pagedown pagedown", 23), ("pagedown pageup", 0), ("up", 0)],
)
def test_keys_move_the_cursor(keys: str, row: int) -> None:
    _, seen = pressed(keys)
    assert seen.cursor == row


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("plant", 5),
        ("state:frozen", 1),
        ("state:exp,frozen", 2),
        ("kind:legacy", 4),
        ("account:globex plant", 0),
        ("STATE:", 24),
    ],
)
def test_the_filter(typed: str, count: int) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash")
        app.screen.query_one("#filter-bar Entry", Entry).value = typed
        await pilot.pause()
        assert len(app.screen.query_one(RowTable).keys) == count
        assert f"{count} of 24" in text_of(app)
        await pilot.press("enter")
        assert app.screen.focused is app.screen.query_one(RowTable)
        await pilot.press("escape")
        assert len(app.screen.query_one(RowTable).keys) == 24

    driven(app, steps, WIDE)


def test_counts_are_filters_by_key_and_by_click() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("shift+tab", "j", "j")
        await pilot.pause()
        assert app.screen.query_one("#filter-bar Entry", Entry).value == "state:frozen"
        await pilot.press("escape", "escape")
        await pilot.click("#counts", offset=(10, 0))
        await pilot.pause()
        assert app.screen.query_one("#filter-bar Entry", Entry).value == "state:running"

    driven(app, steps)


def test_an_empty_result_says_how_to_clear_the_filter() -> None:
    _, seen = pressed("slash n o p e")
    assert "Nothing matches the filter: esc clears it." in seen.text
    assert "0 of 24" in seen.text


def test_the_palette_finds_and_runs_a_command() -> None:
    workspace = sample()
    _, seen = pressed("colon w e e k enter", workspace)
    assert isinstance(seen.screen, OverviewScreen)
    assert workspace.clock == workspace.head.started + 7 * DAY


@pytest.mark.parametrize("size", [(60, 15), NARROW, WIDE])
def test_the_palette_scrolls_with_its_cursor(size: tuple[int, int]) -> None:
    app, last = app_of(sample()), "suspend"

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("colon", *["pagedown"] * 9)
        assert app.screen.query_one(RowTable).cursor == last
        await pilot.pause()
        assert f"▸ {last}" in text_of(app)

    driven(app, steps, size)


def test_the_palette_says_that_nothing_matches_and_stays_open() -> None:
    _, seen = pressed("colon x y z enter")
    assert isinstance(seen.screen, Palette)
    assert "No command matches." in seen.text


def test_keys_in_quick_succession_do_not_break_the_palette() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(70, 16)
        await pilot.press("colon", "pagedown", "pageup", "t", "h", "e", "m", "e")
        screen = app.screen
        assert isinstance(screen, Palette)
        screen.action_confirm()
        screen.action_confirm()
        screen.action_leave()
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        await pilot.press("colon")
        await pilot.click(offset=(1, 1))

    driven(app, steps)
    assert app.return_code in (None, 0)


def test_the_help_shows_the_keys_of_the_screen_and_why_something_is_not_possible() -> None:
    _, seen = pressed("j question_mark", size=(120, 80))
    assert isinstance(seen.screen, Help)
    assert re.search("r +renew +Shows prices and new dates. Not now: trial-04", seen.text)


@pytest.mark.parametrize("size", [(60, 15), NARROW, WIDE])
def test_the_help_has_columns_for_key_label_and_text(size: tuple[int, int]) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        text = app.screen.query_one(Scrolled)
        lines = [line.plain.rstrip() for line in text._lines]
        column = next(line.index("copy id") for line in lines if "copy id" in line)
        assert all(line[column - 2 : column] == "  " for line in lines if line.startswith(" "))
        assert any(re.fullmatch("q, ctrl[+]q,( ctrl[+]c)?  +quit  +Quit.*", line) for line in lines)
        assert max(map(len, lines)) <= text.size.width - 2, "a cell beside the scrollbar stays free"

    driven(app, steps, size)


@pytest.mark.parametrize(("columns", "least"), [(110, 28), (120, 28), (140, 46), (160, 52), (240, 79)])
def test_the_inspector_takes_the_width_that_the_table_does_not_need(columns: int, least: int) -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        table, inspector = app.screen.query_one("#table", RowTable), app.screen.query_one(Inspector)
        assert table.outer_size.width + inspector.outer_size.width == columns
        assert inspector.outer_size.width == least
        assert all(table.shows(title) for title in ("Expires", "Lifeline"))
        assert table.shows("Auto-renewal") is (columns >= 120)

    driven(app, steps, (columns, 40))


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("screen", ["1", "2", "3", "l"])
def test_the_help_ends_with_the_signs_and_colours_all_in_sight(size: tuple[int, int], screen: str) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(screen, "question_mark")
        assert "G symbols and colours" in text_of(app)
        await pilot.press("G")
        await pilot.pause()
        lines = text_of(app).splitlines()
        assert any("Symbols and colours" in line for line in lines[:-5])
        for state in STATES:
            assert any(GLYPHS[state] * 6 in line and f"{MARKS[state]} {state}" in line for line in lines), state
        for sign in (f"{PAID}  ", f"{FAILS}  ", "!  ", CLOCK, HEIGHTS[3], QUIET_DAY, CURSOR):
            assert any(sign in line for line in lines), sign

    driven(app, steps, size)


def test_the_help_fits_its_width_before_its_resize_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scrolled, "on_resize", lambda _: None)
    _, seen = pressed("question_mark", size=WIDE)
    assert "Let the clock run, or pause it." in seen.text


# Acting


def test_renewing() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("pilot-01")
        await pilot.press("r", "j")
        assert isinstance(app.screen, RenewDialog)
        await pilot.press("enter")

    driven(app, steps)
    assert workspace.calendar.format(workspace.world.instances["pilot-01"].expires or 0)[:10] == "2026-09-19"


def test_renewing_for_the_shortest_period_without_enough_money_suggests_no_shorter_one() -> None:
    workspace = workspace_of(document((account(), enterprise()), "2026-07-01"))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("r")
        assert "Top up CNY 300.00 first (t)." in text_of(app)
        await pilot.press("enter")
        assert "Short by CNY 300.00: top up acme (t)." in text_of(app)
        await pilot.press("j")
        assert "Top up CNY 600.00 first (t), or choose a shorter period." in text_of(app)
        await pilot.press("enter")
        assert "Short by CNY 600.00: top up acme (t), or choose a shorter period." in text_of(app)

    driven(app, steps, WIDE)
    assert workspace.head.events == 0


def test_renewing_without_enough_money_says_how_much_is_missing_and_charges_nothing() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("pilot-01")
        await pilot.press("r", "G", "enter")
        assert isinstance(app.screen, RenewDialog)
        assert "Short by CNY" in text_of(app)

    driven(app, steps)
    assert workspace.head.events == 0


def test_an_impossible_command_gives_the_reason_and_opens_nothing() -> None:
    app, seen = pressed("j r")
    assert isinstance(seen.screen, OverviewScreen)
    assert told(app) == ["trial-04 has no period to renew: only Enterprise Edition instances expire."]


def test_topping_up_suggests_the_amount_that_settles_the_bills() -> None:
    workspace = sample(12)
    assert workspace.world.accounts["globex"].unpaid
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("legacy-02")
        await pilot.press("t")
        assert isinstance(app.screen, TopUpDialog)
        assert "globex is clear again" in text_of(app)
        await pilot.press("enter")

    driven(app, steps)
    assert not workspace.world.accounts["globex"].unpaid
    assert workspace.world.instances["legacy-02"].state == "restoring"


def test_an_invalid_amount_is_explained_in_the_dialog() -> None:
    _, seen = pressed("t m u c h enter")
    assert isinstance(seen.screen, TopUpDialog)
    assert '"much" is not an amount' in seen.text


def test_continuing_a_trial_and_the_devices_of_a_public_instance() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("trial-04")
        await pilot.press("c", "o")

    driven(app, steps)
    instance = workspace.world.instances["trial-04"]
    assert (instance.state, instance.devices_online) == ("running", True)


def test_marks_are_cleared_when_their_order_is_done() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("plant-12")
        await pilot.press("space")
        app.screen.query_one(RowTable).move_to_key("pilot-01")
        await pilot.press("space", "e")
        assert isinstance(app.screen, AutoRenewalDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert not app.screen.query_one(RowTable).marked

    driven(app, steps)
    assert {workspace.world.instances[name].renewal.mode for name in ("plant-12", "pilot-01")} == {"auto"}


def test_a_refusal_is_shown_with_its_sentence() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.session.act(TopUp("nobody", "5"))

    driven(app, steps)
    assert told(app)[0].startswith("There is no account nobody")


def test_changes_of_another_program_are_reloaded_and_the_action_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app.fleet_app.WATCH", 1_000.0)
    path, policy = tmp_path / "fleet.db", load_policy()
    begun, _ = begin(path, {**START, "accounts": [{"id": "acme"}]}, policy.calendar.parse("2026-07-01"), policy, "two")
    other = Workspace.open(path)
    app = app_of(begun)

    async def steps(pilot: Pilot[None]) -> None:
        other.act(TopUp("acme", "77.00"))
        await pilot.press("right")
        await pilot.pause()
        assert "CNY 77.00" in text_of(app)

    driven(app, steps)
    assert begun.clock == begun.head.started
    assert told(app) == ["Another program changed the fleet. It was reloaded; nothing was done."]


@pytest.mark.parametrize("error", [StoreError("the disk is full"), FleetMoved("moved")])
def test_errors_of_the_file_become_notifications(monkeypatch: pytest.MonkeyPatch, error: StoreError) -> None:
    workspace = sample()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(workspace, "advance", fail)
    app, _ = pressed("p right", workspace)
    assert len(told(app)) == 1
    assert not app.session.pacer.playing
    assert app.return_code in (None, 0)


# Screens


def test_modes_and_back() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        for key, screen in (("2", RenewalScreen), ("3", AccountScreen), ("1", OverviewScreen)):
            await pilot.press(key)
            assert isinstance(app.screen, screen)
        await pilot.press("enter")
        assert app.screen.has_class("-opened")
        await pilot.press("escape")
        assert not app.screen.has_class("-opened")

    driven(app, steps)


def test_a_hidden_screen_is_up_to_date_when_shown() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "3", "shift+right", "shift+right", "2")
        await pilot.pause()
        assert "x expired" in text_of(app)

    driven(app, steps, WIDE)


@pytest.mark.parametrize("name", ROUND)
def test_every_theme_can_be_shown(name: str) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        app.theme = name
        await pilot.press("j", "r")
        assert "meter-01" in text_of(app)

    driven(app, steps)


def test_the_theme_key_cycles_through_the_themes() -> None:
    app, _ = pressed("T")
    assert app.theme == "lapse-light"


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_user_text_is_never_markup_and_breaks_no_row(size: tuple[int, int]) -> None:
    ids = [f"id {text}" for text in NAMES if text.isprintable()] + ["plain"]
    instances = [
        {"id": item, "account": "[b]acme", "name": NAMES[index % len(NAMES)], "kind": "enterprise", "region": "[/]",
         "expires": "2026-08-01", "monthly_price": "5.00"}
        for index, item in enumerate(ids)
    ]  # fmt: skip
    app = app_of(workspace_of({**START, "accounts": [{"id": "[b]acme"}], "instances": instances}))

    async def steps(pilot: Pilot[None]) -> None:
        for key in ("j", "j", "enter", "escape", "r", "escape", "t", "escape", "2", "j", "3", "1", "shift+right", "j"):
            await pilot.press(key)
            for line in app.screen._compositor.render_strips():
                assert line.cell_length == size[0]
        assert "id [bold]" in text_of(app)

    driven(app, steps, size)


def test_a_fleet_without_instances_shows_what_to_do() -> None:
    app = app_of(workspace_of({**START, "accounts": [{"id": "acme"}]}))

    async def steps(pilot: Pilot[None]) -> None:
        assert "This fleet has no instances" in text_of(app)
        await pilot.press("j", "k", "enter", "space", "a", "s", "r", "e", "c", "o", "y", "question_mark", "escape", "2")
        assert "No Enterprise instance" in text_of(app)
        await pilot.press("3", "j", "t", "escape", "full_stop")

    driven(app, steps)
    assert app.return_code in (None, 0)


def test_a_fleet_without_accounts_shows_what_to_do() -> None:
    app = app_of(workspace_of(START))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("j", "t", "r", "2", "j", "3", "j", "t", "1", "right", "question_mark", "escape")
        assert "Lapse sim" in text_of(app)

    driven(app, steps)
    assert app.return_code in (None, 0)


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (20, 5)])
def test_too_small_a_terminal_says_so(size: tuple[int, int]) -> None:
    _, seen = pressed("j", size=size)
    assert "60 x 15" in seen.text
    assert "plant" not in seen.text


def test_colour_is_never_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app, seen = pressed("j", sample(45), WIDE)
    assert app.no_color
    for words in ("! overdue", "x expired", "# stopped", "- released", "▸"):
        assert words in seen.text


def test_a_hundred_thousand_rows_are_drawn_a_screen_at_a_time() -> None:
    asked: list[str] = []
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        table = app.screen.query_one(RowTable)
        inner = table.row_of

        def row_of(key: str) -> Row | None:
            asked.append(key)
            return inner("plant-01")

        table.row_of = row_of
        table.show([str(number) for number in range(100_000)])
        table.end(1)
        await pilot.pause()

    driven(app, steps)
    assert "99999" in asked
    assert len(set(asked)) < 100


# How it looks


SHOTS = {
    "start": (0, "", "lapse-dark"),
    "after-45-days": (45, "", "lapse-dark"),
    "filter": (12, "slash s t a t e colon e x", "lapse-dark"),
    "inspector": (45, "j j enter", "lapse-dark"),
    "renew": (12, "j j r", "lapse-dark"),
    "top-up": (12, "j t", "lapse-dark"),
    "help": (12, "question_mark", "lapse-dark"),
    "palette": (12, "colon", "lapse-dark"),
    "go-to": (12, "d plus 3 0 d", "lapse-dark"),
    "renewal": (12, "2", "lapse-dark"),
    "account": (12, "3 j", "lapse-dark"),
    "light": (45, "", "lapse-light"),
}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", SHOTS)
def test_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    days, keys, theme = SHOTS[shot]
    app = app_of(sample(days))

    async def before(pilot: Pilot[None]) -> None:
        app.theme = theme
        await pilot.press(*keys.split())
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
