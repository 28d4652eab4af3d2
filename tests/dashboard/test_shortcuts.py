"""Shortcuts: a click on a day of the time strip shows that day; `t` tops up from a dialog that lacks money, and returns
to it; `i` goes to the inbox of the Account screen from anywhere.
"""

from collections.abc import Sequence
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from core.workspace.workspace import Workspace
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import Form, account, auto, bill, document, enterprise, legacy, public
from tui.app.lapse_app import LapseApp
from tui.dialogs.auto_renewal import AutoRenewalDialog
from tui.dialogs.buy import PurchaseDialog, UpgradeDialog
from tui.dialogs.day import DayDialog
from tui.dialogs.form import FormRow
from tui.dialogs.renew import RenewDialog
from tui.dialogs.top_up import TopUpDialog
from tui.screens.account_screen import AccountScreen
from tui.screens.fleet_screen import FleetScreen
from tui.screens.log_screen import LogScreen
from tui.screens.overview_screen import OverviewScreen
from tui.screens.renewal_screen import RenewalScreen
from tui.settings.settings import Settings, SettingsStore
from tui.widgets.rows import RowTable
from tui.widgets.time_strip import LEGEND, stretch

pytestmark = pytest.mark.usefixtures("unpainted")

START = "2026-07-01T00:00:00+08:00"
SIZES = [(60, 15), NARROW, WIDE, (160, 50)]


S = TypeVar("S")


def at(app: LapseApp, kind: type[S]) -> S:
    """The current screen, which must be of a type."""
    screen: object = app.screen
    assert isinstance(screen, kind), screen
    return screen


def amount(app: LapseApp) -> str:
    """The amount in the top-up dialog, which must be shown."""
    return at(app, TopUpDialog).query_one(FormRow).entry.value


def fleet(balance: str = "100.00", *more: Form, unpaid: Sequence[Form] = ()) -> Workspace:
    """One account with little money, and an instance that costs more than that."""
    return workspace_of(
        document([account(balance=balance, unpaid=list(unpaid)), enterprise("ent-1", "2026-07-20"), *more], START)
    )


# The time strip


async def click(pilot: Pilot[None], app: LapseApp, date: str) -> None:
    """Click on a day of the time strip."""
    workspace = app.session.workspace
    days = stretch(workspace.head.started, workspace.clock, workspace.calendar, app.size.width)
    day = workspace.calendar.day_of(workspace.calendar.parse(date))
    await pilot.click("#clock-bar", offset=(len(LEGEND) + day - days.begin, 1))
    await pilot.pause()


@pytest.mark.parametrize(
    ("size", "screen", "date"),
    [
        ((60, 15), "1", "2026-07-01"), (NARROW, "2", "2026-07-06"), (WIDE, "3", "2026-07-10"),
        ((160, 50), "l", "2026-07-06"), (NARROW, "1", "2026-07-10"),
    ],
)  # fmt: skip
def test_a_click_on_a_past_day_shows_its_log(size: tuple[int, int], screen: str, date: str) -> None:
    """The first day, one in between, and today."""
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        clock = app.session.workspace.clock
        await pilot.press(screen)
        await click(pilot, app, date)
        log = at(app, LogScreen)
        assert f"on:{date}" in text_of(app)
        shown = [log._event(key) for key in log.table.keys]
        day = app.session.workspace.calendar.day_of
        wanted = [
            e
            for e in app.session.workspace.history.events()
            if day(e.at) == day(app.session.workspace.calendar.parse(date))
        ]
        assert shown == wanted[::-1]
        assert app.session.workspace.clock == clock, "the clock stays"

    driven(app, steps, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_click_on_a_coming_day_shows_its_events(size: tuple[int, int]) -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        clock = app.session.workspace.clock
        await click(pilot, app, "2026-07-19")
        at(app, DayDialog)
        text = text_of(app)
        assert "Sun 2026-07-19, in 9 d: if nobody acts" in text and "pilot-01" in text
        await pilot.press("enter")
        await pilot.pause()
        assert at(app, OverviewScreen).table.cursor == "pilot-01"
        assert app.session.workspace.clock == clock

    driven(app, steps, size)


def test_the_events_shown_for_a_coming_day_happen() -> None:
    app, later = app_of(sample(9)), sample(9)
    later.advance(later.calendar.parse("2026-07-20"))
    day = later.calendar.day_of(later.calendar.parse("2026-07-19"))
    kinds = ("state_changed", "renewed", "auto_renewal_failed")
    came = sorted(
        (e.at, str(e.instance)) for e in later.history.events(kinds=kinds) if later.calendar.day_of(e.at) == day
    )

    async def steps(pilot: Pilot[None]) -> None:
        await click(pilot, app, "2026-07-19")
        shown = at(app, DayDialog)._ahead.values()
        assert sorted((item.at, str(item.instance)) for item in shown if item.instance) == came
        unpaid = [item.told for item in shown if item.instance is None]
        assert unpaid == ["bill of USD 1.50 can't be paid"]

    driven(app, steps, WIDE)


def test_a_quiet_day_and_a_day_beyond_the_forecast_say_so() -> None:
    app = app_of(fleet())

    async def steps(pilot: Pilot[None]) -> None:
        for date, words in [("2026-07-10", "Nothing is lost"), ("2026-10-10", "Not in the forecasts")]:
            await click(pilot, app, date)
            assert words in text_of(app)
            await pilot.press("enter")
            at(app, OverviewScreen)

    driven(app, steps, WIDE)


def test_a_click_outside_the_days_does_nothing() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        for x, y in [(2, 1), (79, 1), (30, 0)]:
            await pilot.click("#clock-bar", offset=(x, y))
            await pilot.pause()
            at(app, OverviewScreen)

    driven(app, steps)


@pytest.mark.parametrize(("x", "kind"), [(-2, AccountScreen), (-15, RenewalScreen), (-27, OverviewScreen)])
def test_a_click_can_close_the_log(x: int, kind: type[FleetScreen]) -> None:
    """A click on the key bar. If the screen closed itself in its own handler, it would wait for ever."""
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.click("#key-bar", offset=(WIDE[0] + x - 1, 0))
        await pilot.pause()
        at(app, kind)

    driven(app, steps, WIDE)


def test_a_double_click_on_an_event_closes_the_log() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.click("#table", offset=(20, 1), times=2)
        await pilot.pause()
        at(app, OverviewScreen)

    driven(app, steps, WIDE)


# Topping up from a dialog


def box(app: LapseApp) -> tuple[str, str]:
    """The text of the screen as one line, and the dialog's line of keys."""
    return " ".join(text_of(app).split()), str(app.screen.query_one(".box").border_subtitle)


def test_a_renewal_that_lacks_money_succeeds_after_a_top_up() -> None:
    workspace = fleet()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("r")
        text, keys = box(app)
        assert "Top up CNY 200.00 first (t)" in text and keys.startswith("t top up · ")
        await pilot.press("t")
        assert amount(app) == "200.00"
        await pilot.press("enter")
        await pilot.pause()
        at(app, RenewDialog)
        text, keys = box(app)
        assert "acme has CNY 300.00" in text and "which leaves CNY 0.00" in text and "top up" not in keys
        await pilot.press("enter")
        await pilot.pause()
        assert workspace.calendar.format(workspace.world.instances["ent-1"].expires or 0).startswith("2026-08-20")

    driven(app, steps)


def test_a_cancelled_top_up_changes_nothing() -> None:
    workspace = fleet()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("r", "t", "escape")
        await pilot.pause()
        at(app, RenewDialog)
        assert "Top up CNY 200.00 first" in box(app)[0]
        assert workspace.world.events == 0

    driven(app, steps)


def test_a_top_up_of_an_overdue_account_includes_its_bills() -> None:
    """C1: the top-up settles the bill of CNY 50.00 first; with CNY 300.00 for the renewal, CNY 340.00 is missing."""
    workspace = fleet("10.00", unpaid=[bill("b1", "2026-06-30T04:00:00+08:00", "50.00")])
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("r", "t")
        assert amount(app) == "340.00"
        await pilot.press("enter")
        await pilot.pause()
        assert not at(app, RenewDialog).offences
        await pilot.press("enter")
        await pilot.pause()
        assert workspace.world.accounts["acme"].balance == 0

    driven(app, steps)


def test_several_instances_are_renewed_after_a_top_up() -> None:
    workspace = fleet("100.00", enterprise("ent-2", "2026-07-21"))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("a", "r", "t")
        assert amount(app) == "500.00"
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.session.workspace.world.accounts["acme"].balance == 0

    driven(app, steps)


def test_auto_renewal_is_rehearsed_again_after_a_top_up() -> None:
    workspace = fleet("100.00")
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        text, keys = box(app)
        assert "short" in text and keys.startswith("t top up · ")
        await pilot.press("t", *"900", "enter")
        await pilot.pause()
        at(app, AutoRenewalDialog)
        text, keys = box(app)
        assert "+ until 20 Aug" in text and "short" not in text and "top up" not in keys

    driven(app, steps)


@pytest.mark.parametrize("key", ["t", "ctrl+t"])
def test_an_upgrade_that_lacks_money_can_be_topped_up(key: str) -> None:
    app = app_of(workspace_of(document([account(balance="1.00"), public("pub-1", devices_online=True)], START)))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("u", "tab", *"300", key)
        assert amount(app) == "299.00"
        await pilot.press("enter")
        await pilot.pause()
        at(app, UpgradeDialog)
        assert "enough: CNY 0.00 of CNY 300.00 is left" in box(app)[0]
        assert str(app.screen.query_one(".head", Static).content).endswith("has CNY 300.00, coupons included.")

    driven(app, steps)


def test_a_purchase_dialog_types_t_in_its_fields_and_tops_up_with_ctrl_t() -> None:
    app = app_of(fleet())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("B", "t")
        assert at(app, PurchaseDialog).values["id"] == "t"
        assert box(app)[1].startswith("ctrl+t top up · ")
        await pilot.press("ctrl+t")
        assert amount(app) == "200.00"
        await pilot.press("enter")
        await pilot.pause()
        text, keys = box(app)
        assert "acme pays, and has CNY 300.00" in text and "top up" not in keys

    driven(app, steps)


def test_the_top_up_key_follows_the_settings() -> None:
    app = LapseApp(fleet(), name="sample", kept=SettingsStore(Settings(keys={"top-up": ("w",)})))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("r")
        text, keys = box(app)
        assert "first (w)" in text and keys.startswith("w top up · ")
        await pilot.press("w")
        at(app, TopUpDialog)

    driven(app, steps)


# The inbox


@pytest.mark.parametrize("keys", [("1",), ("2",), ("3",), ("l",), ("L",), ("3", "l"), ("2", "L"), ("3", "tab", "tab")])
def test_i_goes_to_the_inbox_from_anywhere(keys: Sequence[str]) -> None:
    app = app_of(sample(20))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        shown = app.screen.account() if isinstance(app.screen, FleetScreen) else None
        await pilot.press("i")
        await pilot.pause()
        screen = at(app, AccountScreen)
        assert screen.inbox.display
        assert shown is None or screen.account() is shown
        await pilot.press("i")
        assert screen.ledger.display and not screen.inbox.display

    driven(app, steps)


def test_i_shows_the_inbox_of_the_account_under_the_cursor() -> None:
    first, second = account("acme", balance="50"), account("globex", balance="5")
    entries = [enterprise("ent-1", "2026-07-02", account="acme"), enterprise("ent-2", "2026-07-05", account="globex")]
    app = app_of(workspace_of(document([first, second, *entries, legacy("leg", account="globex")], START), 5))

    async def steps(pilot: Pilot[None]) -> None:
        for screen in ("1", "2"):
            await pilot.press(screen)
            for instance in ("ent-1", "ent-2"):
                app.screen.query_one("#table", RowTable).move_to_key(instance)
                await pilot.press("i")
                await pilot.pause()
                shown = at(app, AccountScreen).account()
                assert shown is not None
                assert shown.id == app.session.workspace.world.instances[instance].account
                await pilot.press(screen)

    driven(app, steps)


def test_auto_renewal_that_can_be_paid_offers_no_top_up() -> None:
    app = app_of(fleet("5000.00", enterprise("ent-2", "2026-07-22", renewal=auto())))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        assert "top up" not in box(app)[1]

    driven(app, steps)
