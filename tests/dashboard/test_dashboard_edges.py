"""Edge cases: small windows, keys of other screens, far dates, and which message is shown for how long."""

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from core.words.sentences import whole_years
from tests.support.dashboards import app_of, driven, sample, text_of
from tui.app.lapse_app import LapseApp
from tui.commands.keymap import DEFAULT, tell_elsewhere
from tui.commands.table import ACCOUNT, LOG, OVERVIEW, RENEWAL
from tui.screens.instance_screen import InstanceScreen
from tui.screens.overview_screen import LIFELINE
from tui.widgets.rows import RowTable


def told(app: LapseApp) -> list[str]:
    """The messages shown now."""
    return [notification.message for notification in app._notifications]


@pytest.mark.parametrize("keys", [("2", "r"), ("1", "r"), ("1", "d")])
def test_the_focus_comes_back_to_the_table_when_the_window_was_too_small_under_a_dialog(keys: tuple[str, ...]) -> None:
    app = app_of(sample())

    async def shrink(pilot: Pilot[None]) -> str | None:
        await pilot.press(*keys)
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.press("escape")
        before = app.screen.query_one("#table", RowTable).cursor
        await pilot.press("j")
        assert isinstance(app.screen, InstanceScreen)
        assert app.screen.table.cursor != before
        return None if app.focused is None else app.focused.id

    assert driven(app, shrink) == "table"


def test_a_dialogs_field_regains_the_focus_when_it_is_visible_again() -> None:
    app = app_of(sample())

    async def shrink(pilot: Pilot[None]) -> str:
        await pilot.press("d", "+")
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        await pilot.press("9")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.press("3", "d")
        return text_of(app)

    assert "+3d" in driven(app, shrink)


def test_the_filter_line_is_hidden_on_a_screen_that_is_too_small() -> None:
    app = app_of(sample())

    async def shrink(pilot: Pilot[None]) -> tuple[str, str]:
        await pilot.press("slash", "p")
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        await pilot.press("x")
        small = text_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.press("l")
        assert isinstance(app.screen, InstanceScreen)
        return small, app.screen.listing.filter_text

    small, text = driven(app, shrink)
    assert small.split() == ["Lapse", "needs", "60", "x", "15:", "make", "the", "window", "larger.", "ctrl+q", "quits"]
    assert text == "pl"


def test_a_key_of_another_screen_says_where_it_works() -> None:
    assert tell_elsewhere(DEFAULT, "f", OVERVIEW) == "f: days to expiry is on Renewal (2)."
    assert tell_elsewhere(DEFAULT, "i", RENEWAL) is None
    assert tell_elsewhere(DEFAULT, "r", ACCOUNT) == "r: renew is on Overview (1) and Renewal (2)."
    assert tell_elsewhere(DEFAULT, "f", RENEWAL) is None
    assert tell_elsewhere(DEFAULT, "l", LOG) is None
    assert tell_elsewhere(DEFAULT, "w", OVERVIEW) is None


def test_one_message_is_shown_until_the_screen_the_fleet_or_a_dialog_changes() -> None:
    app = app_of(sample())

    async def press(pilot: Pilot[None]) -> list[list[str]]:
        seen: list[list[str]] = []
        for keys in ("3", "r", "f", "2", "3", "r", "d", "escape", "r", "right"):
            await pilot.press(keys)
            await pilot.pause()
            seen.append(told(app))
        return seen

    r, f = "r: renew is on Overview (1) and Renewal (2).", "f: days to expiry is on Renewal (2)."
    assert driven(app, press) == [[], [r], [f], [], [], [r], [], [], [r], ["1 day: nothing happened"]]


def test_a_date_centuries_ahead_needs_a_second_enter() -> None:
    app = app_of(sample())

    async def go(pilot: Pilot[None]) -> None:
        clock = app.session.workspace.clock
        await pilot.press("d", *"+99999d", "enter")
        assert "is 273 years ahead: enter again to go there." in " ".join(text_of(app).split())
        await pilot.press("backspace", "backspace", "backspace", "backspace", "d", "enter")
        assert app.session.workspace.clock == clock + 99 * DAY

    driven(app, go)


def test_whole_years_are_counted_by_the_calendar() -> None:
    calendar = sample().calendar
    start = calendar.parse("2026-07-10T08:00")
    assert whole_years(start, calendar.parse("2036-07-10T07:59"), calendar) == 9
    assert whole_years(start, calendar.parse("2036-07-10T08:00"), calendar) == 10
    assert whole_years(start, calendar.parse("2020-01-01"), calendar) == 0


@pytest.mark.parametrize("columns", [80, 100, 109, 110, 120, 160, 170, 200])
def test_a_wider_window_shows_no_fewer_days(columns: int) -> None:
    app = app_of(sample())

    async def days(pilot: Pilot[None]) -> int:
        return app.screen.query_one("#table", RowTable).width_of(LIFELINE)

    assert driven(app, days, (columns, 24)) >= (25 if columns == 120 else 31)


@pytest.mark.parametrize("after", [9, 200])
def test_the_inbox_has_room_for_every_column_at_80(after: int) -> None:
    app = app_of(sample(after))

    async def header(pilot: Pilot[None]) -> str:
        await pilot.press("3", "i")
        await pilot.pause()
        return next(line for line in text_of(app).splitlines() if "Notice" in line)

    assert driven(app, header).split() == ["When", "By", "Notice", "About", "Rule"]


def test_the_date_never_moves_in_the_clock_bar() -> None:
    app = app_of(sample(9))

    async def places(pilot: Pilot[None]) -> set[int]:
        found = set()
        for key in ("1", "3", "j", "right", "p", "p", "minus"):
            await pilot.press(key)
            await pilot.pause()
            found.add(text_of(app).index(" 2026-07"))
        return found

    assert len(driven(app, places)) == 1
