"""The Renewal screen: tabs and windows, the running total, and what each dialog says before it acts."""

import random
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from core.ahead.forecast import AccountForecast
from core.ahead.renewal_preview import quote, renewed_until
from core.base.instants import DAY
from core.base.money import group_amount
from core.rules.rulebook import load_policy
from core.words.sentences import tell_day, tell_distance, tell_moment
from core.workspace.workspace import Workspace
from core.world.actions import Action, SetManualRenewal, SetNonRenewal, TopUp
from core.world.events import AutoRenewalFailed, Renewed
from core.world.model import ENTERPRISE, RELEASED, Instance
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tui.app.lapse_app import LapseApp
from tui.dialogs.auto_renewal import AutoRenewalDialog
from tui.dialogs.by_hand import ByHandDialog
from tui.dialogs.renew import RenewDialog
from tui.lists.listing import SortKey, by_account, by_expiry, by_id, by_payment, by_state
from tui.lists.marks import Marks
from tui.lists.ranking import Ranking, Stretch
from tui.lists.renewal_listing import ALL, EXPIRED, WINDOWS, WITHIN, Renewables, Window
from tui.live import limits
from tui.live.forecasts import AHEAD
from tui.screens.instance_screen import InstanceScreen
from tui.screens.renewal_offer import RenewalOffer, offer_lines
from tui.screens.renewal_screen import TABS, RenewalScreen
from tui.widgets.dates import EXPIRY, far_and_day, in_column
from tui.widgets.renewal_rows import payments_of
from tui.widgets.rows import RowTable
from tui.widgets.tab_line import TabLine

pytestmark = pytest.mark.usefixtures("unpainted")

VAST = (160, 50)
CALENDAR = load_policy().calendar


# The rows


def fits(instance: Instance, workspace: Workspace, window: Window) -> bool:
    """Whether a window shows an instance, in plain Python."""
    days = workspace.calendar.day_of(instance.expires or 0) - workspace.calendar.day_of(workspace.clock)
    if window is ALL:
        return True
    if instance.state == RELEASED:
        return False
    expired = (instance.expires or 0) <= workspace.clock
    return expired if window is EXPIRED else not expired and days <= (window.days or 0)


def naive(workspace: Workspace, mode: str, window: Window, word: str = "") -> set[str]:
    """The ids that a tab and a window show, found by checking every instance."""
    return {
        item.id
        for item in workspace.world.instances.values()
        if item.kind == ENTERPRISE and item.renewal.mode == mode and word in item.id and fits(item, workspace, window)
    }


@pytest.mark.parametrize("date", ["2026-08-20", "2027-01-10", "2027-05-15", "2029-08-01"])
@pytest.mark.parametrize("screen", ["1", "2"])
def test_the_distance_and_date_of_an_expiry_fit_their_column(date: str, screen: str) -> None:
    workspace = sample()
    workspace.advance(workspace.calendar.parse(date))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(screen, "G")
        await pilot.pause()
        table = app.screen.query_one("#table", RowTable)
        cells = [row.cells[2].text for row in map(table.row_of, table.keys) if row is not None]
        assert cells and all(len(cell) <= table.width_of("Expires") == EXPIRY for cell in cells)

    driven(app, steps)


@pytest.mark.parametrize(
    ("date", "width", "told"),
    [
        ("2026-07-04", 17, "in 3 d    4 Jul"),
        ("2026-07-01", 17, "today     1 Jul"),
        ("2026-06-21", 17, "10 d ago 21 Jun"),
        ("2027-01-10", 17, "193 d 10 Jan 2027"),
        ("2027-03-01", 17, "243 d  1 Mar 2027"),
        ("2029-08-01", 17, "in 3 y 1 Aug 2029"),
        ("2029-08-21", 17, "3 y   21 Aug 2029"),
        ("2040-12-31", 17, "14 y  31 Dec 2040"),
        ("8999-12-31", 17, "31 Dec 8999"),
        ("2025-12-31", 17, "182 d ago 31 Dec"),
        ("2023-05-05", 17, "5 May 2023"),
        ("2027-03-01", 15, "1 Mar 2027"),
        ("2025-12-31", 15, "31 Dec 2025"),
        ("2027-07-13", 40, "in 377 d 13 Jul 2027"),
    ],
)
def test_a_date_in_another_year_keeps_its_day(date: str, width: int, told: str) -> None:
    workspace = sample()
    assert far_and_day(workspace.calendar.parse(date), workspace, width) == told
    assert len(told) <= width


@pytest.mark.parametrize("order", [by_expiry, by_id, by_state, by_payment, by_account])
@pytest.mark.parametrize("word", ["", "plant"])
def test_the_rows_follow_the_clock(order: Callable[..., SortKey], word: str) -> None:
    workspace = sample()
    kept = [Renewables(workspace) for _ in WINDOWS]
    for place, (listing, window) in enumerate(zip(kept, WINDOWS, strict=True)):
        listing.set_order(order, reverse=place % 2 == 1)
        listing.set_filter(word)
        listing.choose(TABS[place % 2], window)
    actions: dict[int, Action] = {
        6: SetManualRenewal(("plant-01", "plant-05")),
        20: SetNonRenewal(("plant-12",)),
        26: TopUp("acme", "900"),
    }
    for number in range(60):
        action = actions.get(number)
        change = workspace.advance(workspace.clock + 17 * 3600) if action is None else workspace.act(action)
        for listing in kept:
            listing.update(change.instances)
            wanted = naive(workspace, listing.mode, listing.window, word)
            keys = list(listing.keys)
            assert set(keys) == wanted and len(keys) == len(listing.keys) == len(wanted)
            assert [listing.index_of(name) for name in keys] == list(range(len(keys)))
            assert [listing.keys[index] for index in range(len(keys))] == keys
            assert listing.total == len(naive(workspace, listing.mode, listing.window))
            for mode in TABS:
                for window in WINDOWS:
                    there = naive(workspace, mode, window, word)
                    alive = [name for name in there if workspace.world.instances[name].state != RELEASED]
                    assert listing.count(mode, window) == len(alive), "a released one can't be renewed"
            anew = Renewables(workspace)
            anew.set_order(order, reverse=listing.reverse)
            anew.set_filter(word)
            anew.choose(listing.mode, listing.window)
            assert list(anew.keys) == keys


@pytest.mark.parametrize("text", ["state:running,expired", "within:10d", "within:10d plant"])
def test_filters_by_state_or_time_follow_the_clock(text: str) -> None:
    workspace = sample()
    kept = Renewables(workspace)
    kept.prepare()
    kept.set_filter(text)
    shown: set[tuple[str, ...]] = set()
    for _ in range(40):
        kept.update(workspace.advance(workspace.clock + 17 * 3600).instances)
        anew = Renewables(workspace)
        anew.set_filter(text)
        assert list(kept.keys) == list(anew.keys)
        shown.add(tuple(kept.keys))
    assert len(shown) > 1
    kept.set_filter("within:nonsense")
    assert kept.problem and set(kept.keys) == naive(workspace, "manual", ALL)


def test_a_ranking_is_a_sorted_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.lists.ranking._BLOCK", 3)
    choose = random.Random(1)
    there: list[SortKey] = []
    ranking = Ranking()
    for number in range(600):
        if there and (choose.random() < 0.4 or number > 500):
            place = choose.choice(there)
            there.remove(place)
            ranking.remove(place)
        else:
            place = (choose.randrange(3), choose.randrange(9), "", f"id-{number}")
            there = sorted([*there, place])
            ranking.add(place)
        assert list(ranking.between(0, len(ranking))) == there
        probe = (choose.randrange(3), choose.randrange(9), "", "")
        assert ranking.below(probe) == bisect_left(there, probe)
        start, stop = sorted((choose.randrange(len(there) + 1), choose.randrange(len(there) + 1)))
        assert list(ranking.between(start, stop)) == there[start:stop]
        rows = Stretch(ranking, start, stop, Ranking(), reverse=True)
        assert list(rows) == [item[-1] for item in there[start:stop]][::-1] == rows[:]


def test_the_totals_of_the_marks_match_their_instances() -> None:
    workspace = sample()
    choose = random.Random(2)
    names = [item.id for item in workspace.world.instances.values()]
    marks = Marks(workspace)
    for _ in range(200):
        marks.toggle(choose.choice(names))
        chosen = list(marks)
        assert [item.id for item in chosen] == list(marks.keys) == [item.id for item in marks[:]]
        assert {name: total.number for name, total in marks.totals.items()} == Counter(item.account for item in chosen)
        for name, total in marks.totals.items():
            assert total.monthly == sum(item.monthly_price for item in chosen if item.account == name)


# The screen


def renewal_screen(app: LapseApp) -> RenewalScreen:
    """The Renewal screen, which must be shown."""
    assert isinstance(app.screen, RenewalScreen)
    return app.screen


def seen(workspace: Workspace, keys: str, size: tuple[int, int] = NARROW) -> tuple[LapseApp, str]:
    """Open the Renewal screen and press keys; returns the app and the text of the screen."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("2", *keys.split())
        await pilot.pause()
        return text_of(app)

    return app, driven(app, steps, size)


@pytest.mark.parametrize(
    ("keys", "mode"), [("", "manual"), ("tab", "auto"), ("tab tab", "none"), ("tab tab tab", "manual"),
                       ("shift+tab", "none")],
)  # fmt: skip
def test_tab_goes_to_the_next_tab(keys: str, mode: str) -> None:
    workspace = sample(12)
    app, text = seen(workspace, keys)
    shown = naive(workspace, mode, ALL)
    for name in shown:
        assert f" {name}" in text
    assert f"{ {'manual': 'Manual', 'auto': 'Auto', 'none': 'Non-renewal'}[mode] } {len(shown)}" in text
    assert app.return_code in (None, 0)


@pytest.mark.parametrize("times", range(6))
def test_f_goes_through_the_windows(times: int) -> None:
    """Each window shows what expires within its days; only "all" shows released instances, dimmed."""
    workspace = sample(45)
    window = (*WITHIN, EXPIRED, ALL, *WITHIN)[times - 1] if times else ALL
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", *["f"] * times)
        screen = renewal_screen(app)
        assert set(screen.table.keys) == naive(workspace, "manual", window)
        released = [item for item in screen.table.keys if workspace.world.instances[item].state == RELEASED]
        assert bool(released) == (window is ALL)
        assert all(row.dim for name in released if (row := screen.table.row_of(name)))
        assert list(screen.table.keys)[len(screen.table.keys) - len(released) :] == released

    driven(app, steps)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_tabs_and_windows_can_be_clicked(size: tuple[int, int]) -> None:
    workspace = sample(12)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        screen = renewal_screen(app)
        line = screen.query_one(TabLine)
        for name in ("auto", "15 d", "expired", "none", "all", "manual"):
            y, x = next((line_, column) for line_, column, choice in line._laid_out() if choice.name == name)
            await pilot.click("#tabs", offset=(x + 1, y))
            await pilot.pause()
            assert name in (screen.listing.mode, screen.listing.window.name)
            assert set(screen.table.keys) == naive(workspace, screen.listing.mode, screen.listing.window)

    driven(app, steps, size)


def test_filter_tab_and_window_combine_and_escape_undoes_them_one_by_one() -> None:
    workspace = sample(12)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "tab", "f", "f", "f", "slash", *"plant", "enter")
        screen = renewal_screen(app)
        shown = naive(workspace, "auto", WITHIN[2], "plant")
        assert set(screen.table.keys) == shown
        assert f"{len(shown)} of {len(naive(workspace, 'auto', WITHIN[2]))}" in text_of(app)
        await pilot.press("a", "escape")
        assert not screen.marks and screen.listing.filter_text == "plant"
        await pilot.press("escape")
        assert not screen.listing.filter_text and screen.listing.window is WITHIN[2]
        await pilot.press("escape")
        assert screen.listing.window is ALL

    driven(app, steps)


def test_an_empty_tab_says_what_would_show_more() -> None:
    _, text = seen(sample(), "tab tab f")
    assert "No instance that is set to non-renewal expires within 7 days: f shows others." in text


def test_hidden_instances_lose_their_marks() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "a")
        screen = renewal_screen(app)
        assert len(screen.marks) == len(screen.table.keys) == 5
        await pilot.press("f")
        assert set(screen.marks.keys) == {"plant-12"}
        await pilot.press("tab")
        assert not screen.marks

    driven(app, steps)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("space space", ["2 marked   CNY 480.00 a month   acme has CNY 822.00", "1 mo CNY 480.00 + enough"]),
        (
            "a",
            ["acme    4 marked  CNY 1,220.00 a month", "x short CNY 398.00", "globex  1 marked", "x short USD 34.60"],
        ),
    ],
)
def test_the_running_total(keys: str, says: list[str]) -> None:
    _, text = seen(sample(9), keys, WIDE)
    lines = " ".join(text.splitlines()[-4:])
    for words in says:
        assert words in lines


def test_without_room_beside_the_list_the_prices_are_below_it() -> None:
    for size in (NARROW, WIDE):
        _, text = seen(sample(9), "", size)
        below = " ".join(text.splitlines()[-4:])
        for words in ("plant-12   CNY 300.00 a month", "1 mo CNY 300.00 + enough", "3 mo CNY 900.00 x short CNY 78.00"):
            assert (words in below) is (size == NARROW), size


# Beside the list


def offers_of(workspace: Workspace, size: tuple[int, int]) -> dict[str, str]:
    """The text beside the list, for each instance in the list."""
    app = app_of(workspace)

    async def look(pilot: Pilot[None]) -> dict[str, str]:
        found = {}
        await pilot.press("2")
        await pilot.pause()
        offer = app.screen.query_one(RenewalOffer)
        room = offer.content_size.width - 1
        for instance in workspace.world.instances.values():
            if instance.kind == ENTERPRISE:
                lines = offer_lines(instance, app.session, room)
                assert max(line.cell_length for line in lines) <= room
                found[instance.id] = "\n".join(line.plain for line in lines)
        return found

    return driven(app, look, size)


@pytest.mark.parametrize("size", [(110, 30), WIDE, VAST, (240, 60)])
@pytest.mark.parametrize("days", [0, 12, 45])
def test_lifeline_prices_and_payments_are_beside_the_list(size: tuple[int, int], days: int) -> None:
    """For each instance it agrees with the rules and the forecast: prices R1, R2, M2; payments A5, A6; ends E1, E2."""
    workspace = sample(days)
    clock, calendar, policy = workspace.clock, workspace.calendar, workspace.policy
    forecasts: dict[str, AccountForecast] = {}
    for account in workspace.world.accounts.values():
        mine = [item for item in workspace.world.instances.values() if item.account == account.id]
        forecasts[account.id] = forecast = AccountForecast(account, mine, clock, policy)
        for _ in forecast.run(clock + AHEAD):
            pass
    for name, told in offers_of(workspace, size).items():
        instance = workspace.world.instances[name]
        assert name in told and "Lifeline" in told
        if instance.state == RELEASED:
            assert "released: can't be renewed any more (I2)" in " ".join(told.split()) and "Prices" not in told
            continue
        account = workspace.world.accounts[instance.account]
        for months in (1, 3, 12):
            found = quote(instance.monthly_price, months, account, clock)
            until = renewed_until(instance, months, clock, policy)
            assert f"{months} mo" in told and group_amount(found.price, account.currency) in told
            assert until is None or f"to {tell_day(until, clock, calendar)}" in told
        outlook = forecasts[account.id].outlook(instance, clock)
        assert ("Payments" in told) is (instance.renewal.mode == "auto")
        for attempt in outlook.attempts:
            assert tell_moment(attempt.at, clock, calendar) in told
            assert (group_amount(attempt.short, account.currency).partition(" ")[2] in told) or not attempt.short
        for at, state in outlook.states[1:]:
            assert tell_moment(at, clock, calendar) in told and state


def test_the_offer_is_always_for_the_row_under_the_cursor() -> None:
    async def look(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        for keys in ("", "down", "G", "r enter", "right_curly_bracket", "tab", "slash p l enter", "f f", "escape", "g"):
            await pilot.press(*keys.split())
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, RenewalScreen)
            offer = [line.partition("│")[2] for line in text_of(app).splitlines()]
            told = "\n".join(line.rstrip() for line in offer)
            current = screen.current()
            assert (f" {current.id}\n" if current is not None else " No instance is selected.\n") in told, keys
            if current is not None and current.expires is not None and current.state == "running":
                distance = tell_distance(current.expires, app.session.workspace.clock, CALENDAR)
                assert f"expires {distance}" in told, keys

    app = app_of(sample(9))
    driven(app, look, WIDE)


def test_the_running_total_of_many_accounts_is_a_sentence() -> None:
    fleet = {
        "format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00",
        "accounts": [{"id": f"acc-{number}", "balance": "100.00" if number else "1.00"} for number in range(4)],
        "instances": [{"id": f"ent-{number}", "account": f"acc-{number}", "kind": "enterprise", "expires": "2026-08-01",
                       "monthly_price": "5.00"} for number in range(4)],
    }  # fmt: skip
    _, text = seen(workspace_of(fleet), "a")
    assert "4 marked on 4 accounts   an order is for one account (R4)" in text
    assert "+ enough on 3   x not enough on acc-0" in text


@pytest.mark.parametrize("days", [0, 9, 21])
def test_a_row_of_the_auto_tab_says_what_will_happen(days: int) -> None:
    """The next payment, whether it succeeds, the missing amount, and the day of the first success."""
    workspace = sample(days)
    app, text = seen(workspace, "tab", (240, 50))
    told = {}
    for name in naive(workspace, "auto", ALL):
        instance = workspace.world.instances[name]
        found = payments_of(instance, app.session)
        assert found.known
        told[name] = (found.days, found.attempts, instance.account)
    begun = workspace.clock
    workspace.advance(begun + 60 * DAY)
    for name, (payments, attempts, account) in told.items():
        line = next(line for line in (all_of.partition("│")[0] for all_of in text.splitlines()) if f" {name} " in line)
        for attempt, event in zip(
            attempts,
            [event for event in workspace.history.events(instance=name)
             if isinstance(event.fact, Renewed | AutoRenewalFailed) and event.at > begun],
            strict=False,
        ):  # fmt: skip
            reason = event.fact.reason if isinstance(event.fact, AutoRenewalFailed) else None
            assert (attempt.at, attempt.reason) == (event.at, reason)
        if payments and payments[0] < begun + 60 * DAY:
            first = attempts[0]
            currency = workspace.currency_of(account)
            short = group_amount(first.short, currency).partition(" ")[2]
            words = {None: "+ succeeds", "account_overdue": "x overdue"}.get(first.reason, f"x short {short}")
            assert words in line
            paid = [attempt for attempt in attempts if attempt.reason is None]
            day = in_column(tell_day(paid[0].at, begun, workspace.calendar)) if paid else ""
            assert (f"+ {day} " if paid else "x never") in line


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50)])
def test_the_outcome_has_its_own_column_and_is_never_blank(size: tuple[int, int]) -> None:
    """The column is two cells from the payment and has the inspector's words, also for payments beyond the forecast."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> list[str]:
        await pilot.press("2", "tab")
        await pilot.pause()
        return text_of(app).splitlines()

    lines = driven(app, steps, size)
    head = next(line for line in lines if "Next payment" in line)
    at = head.index("Outcome")
    assert head[at - 2 : at] == "  "
    rows = [
        line[:at] + "@" + line[at:].partition("│")[0] for line in lines if re.search("[0-9]mo (console|checkout)", line)
    ]
    assert len(rows) == 9
    for row in rows:
        when, _, words = row.partition("@")
        assert when.endswith("  ") and re.match("[+] succeeds|x (short [0-9,.]+|overdue)|not forecast yet", words), row
    assert not any("x account overdue" in line for line in lines)


# The dialogs


async def selected(pilot: Pilot[None], app: LapseApp, *names: str) -> None:
    """Mark instances on the Overview, which lists all kinds."""
    screen = app.screen
    assert isinstance(screen, InstanceScreen)
    screen.marks.mark(names)
    await pilot.pause()


def shown_in(app: LapseApp, name: str) -> str:
    """The line of the dialog's list that names an instance, together with the parts of the screen beside the dialog."""
    table, lines = app.screen.query_one("#each", RowTable), text_of(app).splitlines()
    rows = [line[table.region.x : table.region.right] for line in lines[table.region.y : table.region.bottom]]
    return next(line for line in rows if f" {name} " in line)


def answer_of(app: LapseApp) -> str:
    """The dialog's text below its lists."""
    return str(app.screen.query_one(".answer", Static).render())


@pytest.mark.parametrize(("down", "months"), [(0, 1), (2, 3), (9, 12)])
def test_renewing_one_does_what_the_dialog_said(down: int, months: int) -> None:
    workspace = sample(11)
    workspace.act(TopUp("acme", "100000"))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        screen = renewal_screen(app)
        screen.table.move_to_key("plant-12")
        await pilot.press("r", *["j"] * down)
        assert isinstance(app.screen, RenewDialog)
        line = next(line for line in text_of(app).splitlines() if "▸" in line)
        balance, price = workspace.world.accounts["acme"].balance, 300_00 * months
        assert group_amount(price, "CNY") in line and "+ enough" in line
        assert f"which leaves {group_amount(balance - price, 'CNY')}" in answer_of(app)
        assert ("is a short period" in answer_of(app)) == (months <= 3)
        await pilot.press("enter")
        instance = workspace.world.instances["plant-12"]
        assert f"{tell_day(instance.expires or 0, workspace.clock, workspace.calendar)}, in " in line
        assert workspace.world.accounts["acme"].balance == balance - price

    driven(app, steps)


def test_renewing_several_does_what_the_dialog_said_of_each() -> None:
    """One order for two running instances and an expired one; coupons pay first."""
    workspace = sample(23)
    workspace.act(TopUp("acme", "5000"))
    names = ("meter-02", "coldchain-02", "plant-12")
    assert workspace.world.instances["plant-12"].state == "expired"
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, *names)
        await pilot.press("r", "j")
        lines = {name: shown_in(app, name) for name in names}
        answer = answer_of(app)
        before = workspace.world.accounts["acme"].balance
        await pilot.press("enter")
        await pilot.pause()
        for name in names:
            instance = workspace.world.instances[name]
            assert tell_day(instance.expires or 0, workspace.clock, workspace.calendar) in lines[name]
            assert group_amount(instance.monthly_price * 2, "CNY") in lines[name]
        events = [event.fact for event in workspace.history.events() if isinstance(event.fact, Renewed)][-3:]
        coupons, balance = sum(fact.from_coupons for fact in events), sum(fact.from_balance for fact in events)
        assert coupons and "2 mo for 3 instances: CNY 2,080.00" in answer
        assert f"From the balance: {group_amount(balance, 'CNY')}" in answer
        assert workspace.world.accounts["acme"].balance == before - balance
        assert "Service of 1 expired is back on 24 Jul 00:30" in answer

    driven(app, steps)


OFFENDING = {"legacy-01": "x not Enterprise", "pilot-01": "x released", "vending-03": "x on globex"}


def test_a_refused_order_names_every_offender_before_it_is_done() -> None:
    workspace = sample(45)
    workspace.act(TopUp("acme", "50000"))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, "meter-02", "legacy-01", "pilot-01", "vending-03", "plant-05")
        await pilot.press("r")
        assert isinstance(app.screen, RenewDialog)
        for name, reason in OFFENDING.items():
            assert reason in shown_in(app, name)
        assert "3 of 5 can't be renewed, so none is (R4). o leaves them out." in answer_of(app)
        before = workspace.world.events
        await pilot.press("enter")
        assert workspace.world.events == before
        for sentence in ("vending-03 is on globex", "legacy-01 has no period", "pilot-01 was released"):
            assert sentence in answer_of(app)
            await pilot.press(*(["tab", "j"] if sentence.startswith("vending") else ["j"]))
        await pilot.press("o")
        assert "Renew 2 instances" in str(app.screen.query_one(".box").border_title)
        await pilot.press("enter")
        await pilot.pause()

    driven(app, steps)
    renewed = [
        event.instance for event in workspace.history.events() if isinstance(event.fact, Renewed) and not event.rule
    ]
    assert renewed[-2:] == ["meter-02", "plant-05"]


def test_if_too_many_are_marked_the_order_is_checked_on_confirmation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CHECKED_WHILE_CHOOSING", 1)
    workspace = sample(45)
    workspace.act(TopUp("acme", "50000"))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, "meter-02", "pilot-01", "vending-03")
        await pilot.press("r")
        assert "x released" in shown_in(app, "pilot-01"), "a row in sight is checked alone"
        assert "can't be renewed" not in answer_of(app)
        before = workspace.world.events
        await pilot.press("enter")
        assert isinstance(app.screen, RenewDialog) and workspace.world.events == before
        assert "2 of 3 can't be renewed" in answer_of(app)

    driven(app, steps)


def test_an_overdue_account_refuses_every_renewal() -> None:
    workspace = sample(12)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, "vending-03", "vending-04")
        await pilot.press("r")
        assert "2 of 2 can't be renewed" in answer_of(app)
        assert "x overdue" in shown_in(app, "vending-04")
        before = workspace.world.events
        await pilot.press("space", "enter")
        assert workspace.world.events == before
        assert isinstance(app.screen, RenewDialog)

    driven(app, steps)


WARNINGS = {
    "2026-07-11": None,
    "2026-07-12": "! plant-12 expires tomorrow, too soon to count on auto-renewal: renew it now (A4).",
    "2026-07-13": "! plant-12 has expired: its service stays stopped until the next payment, on 2026-07-19 (A4).",
    "2026-07-27": "! plant-12 has no attempts left on its schedule: renew it manually (A4).",
}


@pytest.mark.parametrize("day", WARNINGS)
def test_the_dialog_warns_if_auto_renewal_is_enabled_too_late(day: str) -> None:
    """The warning of A4 has the words of the simulation's own advice."""
    workspace = sample()
    workspace.advance(workspace.calendar.parse(day))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        renewal_screen(app).table.move_to_key("plant-12")
        await pilot.press("e")
        assert isinstance(app.screen, AutoRenewalDialog)
        answer = " ".join(answer_of(app).split())
        assert (WARNINGS[day] or "") in answer and ("(A4)" in answer) == (WARNINGS[day] is not None)
        assert "(A9)" in answer
        await pilot.press("enter")

    driven(app, steps)
    advice = [event.advice for event in workspace.history.events(instance="plant-12") if event.advice][-1]
    assert (WARNINGS[day] or "").removeprefix("! ").removesuffix(" (A4).") == (
        advice[0].rstrip(".") if WARNINGS[day] else ""
    )


def test_the_dialog_also_warns_about_an_expiry_today() -> None:
    fleet = {
        "format": "lapse-fleet/1", "clock": "2026-07-10T09:00:00+08:00", "accounts": [{"id": "acme", "balance": "90"}],
        "instances": [{"id": "ent-1", "account": "acme", "kind": "enterprise", "expires": "2026-07-10T13:00:00+08:00",
                       "monthly_price": "5.00"}],
    }  # fmt: skip
    app = app_of(workspace_of(fleet))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        assert "ent-1 expires today: its service stops before the next payment, on 2026-07-16" in " ".join(
            answer_of(app).split()
        )

    driven(app, steps)


@pytest.mark.parametrize("small", [400, 0])
def test_enabling_on_several_accounts_shows_each_payment_with_its_outcome(
    monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """Forecast in one step for small accounts, and in slices for large ones."""
    monkeypatch.setattr(limits, "FORECAST_AT_ONCE", small)
    workspace = sample(9)
    names = ("plant-12", "vending-03", "plant-07")
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, *names)
        await pilot.press("e")
        for _ in range(40):
            await pilot.pause(0.01)
            if "+ until" in text_of(app):
                break
        assert "+ until 10 Aug" in shown_in(app, "plant-07") and "CNY 300.00" in shown_in(app, "plant-07")
        assert "x overdue" in shown_in(app, "vending-03") and "USD 38.00" in shown_in(app, "vending-03")
        await pilot.press("enter")
        await pilot.pause()

    driven(app, steps, WIDE)
    assert {workspace.world.instances[name].renewal[:3] for name in names} == {("auto", "console", 1)}
    workspace.advance(workspace.clock + DAY)
    assert workspace.calendar.format(workspace.world.instances["plant-07"].expires or 0)[:10] == "2026-08-10"


def test_an_account_too_large_to_rehearse_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REHEARSED", 3)
    _, text = seen(sample(), "e")
    assert "10 Jul 08:00" in text
    assert "too large for a preview: see the Auto tab afterwards" in text


def test_changing_the_period_keeps_the_effective_date_and_uses_the_console_schedule() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "tab")
        renewal_screen(app).table.move_to_key("plant-02")
        await pilot.press("e")
        assert "Already on" in text_of(app)
        tried = [line for line in text_of(app).splitlines() if "9 Jul 08:00" in line]
        assert tried and " 2 Jul 08:00" not in text_of(app)
        await pilot.press("j", "j", "enter")

    driven(app, steps)
    assert workspace.world.instances["plant-02"].renewal[:3] == ("auto", "console", 3)


@pytest.mark.parametrize(
    ("key", "mode", "reminders"), [("m", "manual", "5 Jul, 9 Jul, 11 Jul"), ("x", "none", "9 Jul")]
)
def test_setting_manual_or_non_renewal_asks_first_and_says_what_follows(key: str, mode: str, reminders: str) -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await selected(pilot, app, "plant-02", "vending-01")
        await pilot.press(key)
        assert isinstance(app.screen, ByHandDialog)
        assert f"{reminders} " in shown_in(app, "plant-02")
        assert "12 Jul" in shown_in(app, "plant-02") and "27 Jul" in shown_in(app, "plant-02")
        answer = " ".join(answer_of(app).split())
        assert "the first, plant-02, expires 12 Jul 00:00 and is released 27 Jul 00:00" in answer
        await pilot.press("escape")
        assert workspace.world.events == 0
        await pilot.press(key, "enter")
        await pilot.pause()

    driven(app, steps)
    assert {workspace.world.instances[name].renewal.mode for name in ("plant-02", "vending-01")} == {mode}


@pytest.mark.parametrize("key", ["r", "e", "m", "x"])
@pytest.mark.parametrize("size", [(1, 1), (60, 15), (200, 60)])
def test_every_dialog_fits_every_size(key: str, size: tuple[int, int]) -> None:
    app = app_of(sample(45))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "tab", "a", key)
        await pilot.resize_terminal(*size)
        await pilot.press("tab", "j", "G", "shift+tab", "j", "space", "pagedown", "g")
        for line in app.screen._compositor.render_strips():
            assert line.cell_length == size[0]
        await pilot.press("escape")

    driven(app, steps)
    assert app.return_code in (None, 0)


def test_ids_with_markup_wide_characters_or_great_length_do_not_break_a_dialog() -> None:
    ids = ["[bold]x[/bold]", "冷链运输一号车间温度监控实例" * 3, "🏭👩‍🔧 plant ❤️", "x" * 200]
    fleet = {
        "format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00", "accounts": [{"id": "[/]acme"}],
        "instances": [{"id": name, "account": "[/]acme", "kind": "enterprise", "expires": "2026-07-02",
                       "monthly_price": "5.00"} for name in ids],
    }  # fmt: skip
    app = app_of(workspace_of(fleet))

    async def steps(pilot: Pilot[None]) -> None:
        for key in ("2", "a", "r", "escape", "e", "escape", "x", "escape", "m", "enter"):
            await pilot.press(key)
            for line in app.screen._compositor.render_strips():
                assert line.cell_length == 80

    driven(app, steps)
    assert app.return_code in (None, 0)


# Pictures

SHOTS = {
    "manual": (9, "2 space space"),
    "auto": (9, "2 tab"),
    "non-renewal": (9, "2 tab tab"),
    "expired": (45, "2 f f f f"),
    "all-with-released": (45, "2 a"),
    "renew-one": (12, "2 r"),
    "renew-several": (12, "2 slash a c m e enter a r j"),
    "refused": (45, "slash a c m e enter a r"),
    "enable-late": (11, "2 a e"),
    "change-one": (9, "2 tab e j"),
    "to-manual": (9, "2 tab a m"),
    "to-non-renewal": (9, "2 x"),
}


@pytest.mark.parametrize("size", [NARROW, WIDE, VAST], ids=["80x24", "120x40", "160x50"])
@pytest.mark.parametrize("shot", SHOTS)
def test_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    days, keys = SHOTS[shot]

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press(*keys.split())
        await pilot.pause()

    assert snap_compare(app_of(sample(days)), terminal_size=size, run_before=before)
