"""The Account screen: it shows the same figures as the plain commands, its lists lead to instances, and its dialogs do
what they announce.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from core.ahead.forecast import FAILED, UNPAID
from core.base.instants import DAY
from core.base.money import format_amount
from core.simulation.credit import available_credit, unpaid_sum
from core.words.state_json import world_form
from core.workspace.workspace import Workspace
from core.world.actions import Charge, SetLowBalanceAlert, TopUp
from core.world.events import AutoRenewalFailed, BillIssued, CouponGranted, ToppedUp
from tests.support.dashboards import app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import Form, account, auto, bill, coupon, document, enterprise, legacy
from tui.app.lapse_app import LapseApp
from tui.dialogs.alert import AlertDialog
from tui.dialogs.charge import ChargeDialog
from tui.dialogs.coupon import CouponDialog
from tui.dialogs.dialog import Dialog
from tui.dialogs.top_up import TopUpDialog
from tui.live.forecasts import AHEAD
from tui.screens.account_screen import AccountScreen
from tui.screens.overview_screen import OverviewScreen
from tui.settings.settings import Settings, SettingsStore
from tui.text.glyphs import STAND_INS, missing
from tui.widgets.charges import Charges
from tui.widgets.money_chart import DEPTHS, FULL_IN_ASCII, HEIGHTS, LINE, MARKS, THRESHOLD, WALL, MoneyChart
from tui.widgets.rows import Row, RowTable
from tui.widgets.scale import scale_for, short_amount

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "160x50": (160, 50)}
NARROW, WIDE = SIZES["80x24"], SIZES["120x40"]


def healthy() -> Workspace:
    """Several accounts with enough money, in different currencies and orders of magnitude."""
    entries: list[Form] = [
        account("acme", balance="9250.00", low_balance_alert="1500.00", daily_spend="12.50"),
        account("北京分公司", balance="1203.00", currency="USD"),
        account("tokyo", balance="98000", currency="JPY", low_balance_alert="30000"),
        enterprise("plant-01", "2026-07-20", "900.00", renewal=auto(), account="acme"),
        enterprise("plant-02", "2026-08-02", "450.00", renewal=auto(months=3), account="acme"),
        enterprise("press-01", "2026-07-15", "300.00", renewal=auto(), account="北京分公司"),
        enterprise("line-01", "2026-07-25", "12000", renewal=auto(), account="tokyo"),
    ]
    workspace = workspace_of(document(entries, "2026-07-01"))
    workspace.advance(workspace.clock + 24 * DAY)
    workspace.act(TopUp("acme", "500"))
    return workspace


def overdue() -> Workspace:
    """One overdue account with coupons of every kind, and the legacy instances that fall overdue with it."""
    entries: list[Form] = [
        account(
            "acme", balance="12.00", low_balance_alert="200.00", daily_spend="6.50",
            unpaid=[bill("june", "2026-06-28T04:00", "310.00"), bill("usage-2026-06-29", "2026-06-30T04:00", "18.50")],
            coupons=[
                coupon("spring", "60.00", expires="2026-07-03"), coupon("rebate-q2", "400.00", starts="2026-07-14"),
                coupon("goodwill", "25.00"), coupon("later [b]", "90.00", starts="2026-09-01", expires="2026-12-31"),
            ],
        ),
        enterprise("plant-07", "2026-07-10", "300.00", renewal=auto(months=3)),
        enterprise("plant-08", "2026-07-12", "120.00", renewal=auto()),
        *(legacy(f"gateway-{number}") for number in range(1, 6)),
    ]  # fmt: skip
    return workspace_of(document(entries, "2026-07-01"))


class Seen(NamedTuple):
    """The state of the app after some keys."""

    app: LapseApp
    screen: Screen[object]
    text: str
    verdict: str
    """The sentence under the chart."""
    words: str
    """The text of the dialog, as one line."""


def words(app: LapseApp) -> str:
    """The text of the dialog, as one line."""
    return " ".join(" ".join(line.split("│")[1] for line in text_of(app).splitlines() if line.count("│") == 2).split())


def pressed(
    keys: str, workspace: Workspace, size: tuple[int, int] = NARROW, look: Callable[[LapseApp], None] | None = None
) -> Seen:
    """Press keys on the Account screen, and return what it shows."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> Seen:
        await pilot.press("3", *keys.split())
        await pilot.pause()
        if look is not None:
            look(app)
        return Seen(app, app.screen, text_of(app), verdict(app), words(app))

    return driven(app, steps, size)


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


def screen_of(app: LapseApp) -> AccountScreen:
    """The Account screen, which must be the current screen."""
    assert isinstance(app.screen, AccountScreen)
    return app.screen


def verdict(app: LapseApp) -> str:
    """The sentence under the chart of the current screen; empty if it has no chart."""
    return "".join(str(sentence.content) for sentence in app.screen.query("#verdict").results(Static))


# Its contents


@pytest.mark.parametrize("days", [0, 9, 12, 45])
def test_the_figures_equal_those_of_the_plain_commands(days: int) -> None:
    workspace = sample(days)
    form = json.loads(json.dumps(world_form(workspace.world, workspace.policy)))
    for place, there in enumerate(form["accounts"]):
        seen = pressed("j " * place, workspace, WIDE)
        row = next(line for line in seen.text.splitlines() if line[2:].startswith(f"{there['id']} "))
        figures = [float(there[key]) for key in ("balance", "available_credit", "unpaid")]
        shown = [f"{there['currency']} {figure:,.2f}" for figure in figures]
        assert shown[0] in row
        assert shown[1] in row
        assert (shown[2] if figures[2] else " - ") in row
        assert ("! overdue" in row) == (there["overdue_since"] is not None)
        assert f"Money ahead in {there['currency']}" in seen.text


@pytest.mark.parametrize("size", [(60, 15), (60, 17), (60, 19), (60, 20), NARROW])
def test_the_ledger_has_at_least_two_rows(size: tuple[int, int]) -> None:
    def look(app: LapseApp) -> None:
        screen = screen_of(app)
        assert max(screen.ledger.size.height, screen.charges.size.height) >= 3
        assert screen_of(app).chart.size.height >= 2

    for workspace in (overdue(), sample(9)):
        assert "3 Account" in pressed("", workspace, size, look).text.splitlines()[-1]


def test_a_single_account_has_a_head_instead_of_a_table() -> None:
    def look(app: LapseApp) -> None:
        assert not screen_of(app).table.display
        assert screen_of(app).focused is screen_of(app).chart

    text = pressed("", overdue(), look=look).text
    assert "CNY 12.00" in text
    assert "CNY -231.50" in text
    assert "CNY 328.50" in text
    assert "! overdue" in text


def test_the_cursor_switches_between_accounts() -> None:
    def look(app: LapseApp) -> None:
        assert screen_of(app).account() is app.session.workspace.world.accounts["tokyo"]

    text = pressed("j j", healthy(), look=look).text
    assert "Money ahead in JPY" in text
    assert "JPY 86,000" in text


def test_money_is_never_cut() -> None:
    rich = account("rich", balance="999999999999.99", low_balance_alert="123456789012.34", daily_spend="1000000.00")
    workspace = workspace_of(document([rich, account("poor")], "2026-07-01"))
    workspace.act(Charge("rich", "900000000000.00"))
    workspace.advance(workspace.clock + 5 * DAY)
    text = pressed("", workspace, WIDE).text
    for figure in ("CNY 99,995,999,999.99", "CNY 123,456,789,012.34", "-900,000,000,000.00", "99,999,999,999.99"):
        assert figure in text
    assert "…" not in "".join(line for line in text.splitlines() if "900,000" in line)


def test_coupons_and_bills_are_shown() -> None:
    text = pressed("", overdue(), WIDE).text
    for words in ("Unpaid", "CNY 328.50", "june", "310.00", "spring", "until 3 Jul", "goodwill", "no end date",
                  "rebate-q2", "from 14 Jul", "later [b]", "Coupons  ", "CNY 85.00 usable"):  # fmt: skip
        assert words in text


# The money ahead


def test_the_chart_has_a_legend_if_there_is_room() -> None:
    assert "▄ balance  ▀ owed" in pressed("", overdue(), WIDE).text
    assert "▄ balance" not in pressed("", overdue(), NARROW).text


def test_the_sentence_names_the_first_failure_and_the_missing_amount() -> None:
    seen = pressed("", sample(9), WIDE)
    assert seen.verdict.startswith("Covers everything until 10 Jul 08:00; then the payment of CNY 900.00 for plant-07")
    assert "short by CNY 96.50." in seen.text


def test_the_sentence_of_an_account_with_enough_money() -> None:
    seen = pressed("j", healthy(), WIDE)
    assert seen.verdict == ("Covers everything until 25 Oct 00:00: 3 charges of USD 900.00 in all, and USD 3.00 left.")


def test_the_sentence_of_an_overdue_account_says_what_clears_it() -> None:
    seen = pressed("", overdue(), WIDE)
    assert seen.verdict.startswith("! Overdue since 28 Jun 04:00: CNY 231.50 more settles its bills.")
    assert seen.verdict.endswith("Without a top-up, the payment of CNY 900.00 for plant-07 fails on 7 Jul 08:00.")


def test_the_chart_marks_failures_where_the_forecast_has_them() -> None:
    text = pressed("", sample(9), WIDE).text
    zero = next(line for line in text.splitlines() if line.lstrip().startswith("0 "))
    marks = {MARKS[FAILED][0], MARKS[UNPAID][0], "$", "·"}
    assert marks <= set(zero[:80])
    assert zero.lstrip()[2:3] == MARKS[FAILED][0]
    assert THRESHOLD * 20 in text
    assert any(height * 3 in text for height in HEIGHTS[1:])
    assert DEPTHS[1] * 3 in text


def test_every_chart_sign_is_one_cell_wide_and_has_an_ascii_stand_in() -> None:
    signs = [*HEIGHTS, *DEPTHS, LINE, THRESHOLD, WALL, *(mark for mark, _ in MARKS.values())]
    assert {cell_len(sign) for sign in signs} == {1}
    assert missing(signs) == set()


@pytest.mark.parametrize("theme", ["lapse-dark", "lapse-light", "ansi-dark", "ansi-light"])
def test_a_bar_has_one_colour_from_top_to_bottom(theme: str) -> None:
    async def look(pilot: Pilot[None]) -> tuple[set[str], set[str]]:
        pilot.app.theme = theme
        await pilot.press("3")
        await pilot.pause()
        chart = pilot.app.screen.query_one(MoneyChart)
        full, parts = set[str](), set[str]()
        for line in range(chart.size.height):
            for segment in chart.render_line(line):
                signs, ink = set(segment.text), str(segment.style)
                full |= {ink} if HEIGHTS[-1] in signs else set()
                parts |= {ink} if signs & {*HEIGHTS[1:-1], DEPTHS[1]} else set()
        return full, parts

    full, parts = driven(app_of(sample()), look, WIDE)
    assert full and full <= parts


def test_a_bar_in_ascii_has_one_sign() -> None:
    app = LapseApp(sample(), name="sample", kept=SettingsStore(Settings(glyphs="ascii")))

    async def look(pilot: Pilot[None]) -> str:
        await pilot.press("3")
        await pilot.pause()
        return text_of(app)

    text = driven(app, look, WIDE)
    assert STAND_INS[FULL_IN_ASCII] * 4 in text
    assert STAND_INS[HEIGHTS[-1]] * 2 not in text


def test_the_keys_step_through_the_coming_charges() -> None:
    def look(app: LapseApp) -> None:
        screen = screen_of(app)
        assert verdict(app).startswith("10 Jul 08:00  The payment of CNY 900.00 for plant-07 fails: short by CNY 96.50")
        screen.action_move(1)
        assert "fails" in verdict(app)
        assert not verdict(app).startswith("10 Jul 08")
        screen.action_back()
        assert verdict(app).startswith("Covers everything")

    pressed("tab j", sample(9), WIDE, look)


@pytest.mark.parametrize(("most", "owed"), [(0, 0), (1, 0), (150_000, 0), (0, 700), (99_999, 99_999), (10**17, 1)])
@pytest.mark.parametrize("rows", [1, 2, 5, 8, 20])
@pytest.mark.parametrize("currency", ["CNY", "JPY"])
def test_a_scale_covers_its_amounts(most: int, owed: int, rows: int, currency: str) -> None:
    scale = scale_for(most, owed, rows, currency)
    assert scale.above + scale.below <= max(rows, 2)
    assert scale.above * scale.step >= most * scale.every
    assert scale.below * scale.step >= owed * scale.every
    assert sum(scale.eighths(most, row) for row in range(1, scale.above + 2)) <= 8 * scale.above
    assert (scale.eighths(most, 1) > 0) == (most > 0)
    assert (owed > 0) == any(scale.halves(owed, row) for row in range(1, scale.below + 1))


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [(150_000, "CNY", "1,500"), (0, "CNY", "0"), (-25_000, "CNY", "-250"), (1500, "JPY", "1,500"),
     (250_000_000, "CNY", "2.5M"), (10**14, "CNY", "1tn"), (-(10**12), "USD", "-10bn")],
)  # fmt: skip
def test_round_amounts_are_shortened(amount: int, currency: str, told: str) -> None:
    assert short_amount(amount, currency) == told


# The ledger and the inbox


def test_the_ledger_shows_signed_amounts_and_the_balance_after() -> None:
    rows: list[list[str]] = []

    def look(app: LapseApp) -> None:
        ledger = screen_of(app).ledger
        found = [ledger.row_of(key) for key in ledger.keys]
        rows.extend([cell.text for cell in row.cells] for row in found if row is not None)

    text = pressed("", healthy(), WIDE, look).text
    assert rows[0][1:] == ["topped up", "", "+500.00", "8,562.50", "", ""]
    assert ["17 Jul 08:00", "auto-renewed 1 mo, to 20 Aug", "plant-01", "-900.00", "8,150.00", "A5", ""] in rows
    assert "25 Jul 00:00  topped up" in text
    assert [row[4] for row in rows if row[1].startswith("issued")] == [""] * 23


def test_enter_on_a_line_goes_to_its_instance() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"frozen", "enter", "3")
        screen_of(app).ledger.focus()
        await pilot.press("enter")
        assert isinstance(app.screen, OverviewScreen)
        assert app.screen.table.cursor == "plant-07"

    driven(app, steps)


def test_enter_on_a_line_about_the_account_says_that_it_has_no_instance() -> None:
    seen = pressed("shift+tab j enter", sample(9))
    assert told(seen.app) == ["This line is about the account, not an instance."]
    assert isinstance(seen.screen, AccountScreen)


def test_the_inbox_counts_new_notices_until_it_is_opened() -> None:
    app = app_of(sample(7))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("right", "right", "3")
        assert "i inbox 6, 3 new" in text_of(app)
        await pilot.press("i")
        assert "Inbox 6 · i ledger" in text_of(app)
        assert "auto-renewal failed" in text_of(app)
        assert "plant-07" in text_of(app)
        await pilot.press("i")
        assert "i inbox 6─" in text_of(app)
        await pilot.press("i", "escape")
        assert screen_of(app).ledger.display

    driven(app, steps)


def test_the_lists_follow_the_clock_and_the_cursor_stays_on_its_line() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        ledger = screen_of(app).ledger
        ledger.focus()
        top = ledger.cursor
        await pilot.press("right")
        assert ledger.cursor != top
        await pilot.press("j", "j")
        held, length = ledger.cursor, len(ledger.keys)
        await pilot.press("right", "right")
        assert ledger.cursor == held
        assert len(ledger.keys) > length

    driven(app, steps)


def test_the_whole_ledger_can_be_reached_and_only_visible_rows_are_read() -> None:
    workspace = workspace_of(document([account("acme", daily_spend="1.00")], "2026-07-01"))
    for number in range(1500):
        workspace.act(TopUp("acme", str(number + 1)))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        screen = screen_of(app)
        screen.ledger.focus()
        asked: list[str] = []
        inner = screen.ledger.row_of

        def row_of(key: str) -> Row | None:
            asked.append(key)
            return inner(key)

        screen.ledger.row_of = row_of
        await pilot.press("G")
        assert "+1.00" in text_of(app)
        await pilot.press("g")
        assert "+1,500.00" in text_of(app)
        assert len(set(asked)) < 60

    driven(app, steps)


def test_tab_goes_through_the_panes() -> None:
    app = app_of(healthy())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        seen = []
        for _ in range(4):
            seen.append(app.focused.id if app.focused is not None else None)
            await pilot.press("tab")
        assert seen == ["accounts", "chart", "owed", "ledger"]
        assert app.focused is screen_of(app).table

    driven(app, steps)


# The dialogs


def field(app: LapseApp, name: str) -> Input:
    """A field of the dialog."""
    return app.screen.query_one(f"#field-{name} Input", Input)


@pytest.mark.parametrize("situation", [overdue, lambda: sample(9), lambda: sample(45)])
def test_each_suggested_amount_is_the_least_that_avoids_a_failure(situation: Callable[[], Workspace]) -> None:
    suggested: dict[str, int] = {}

    def look(app: LapseApp) -> None:
        assert isinstance(app.screen, TopUpDialog)
        for key, suggestion in app.screen.suggestions.items():
            assert suggestion.amount is not None
            suggested[key] = suggestion.amount

    pressed("t", situation(), look=look)
    for key, amount in suggested.items():
        for more in (0, -1):
            if amount + more <= 0:
                continue
            workspace = situation()
            clock, there = workspace.clock, workspace.world.accounts["acme"]
            workspace.act(TopUp("acme", format_amount(amount + more, there.currency)))
            if key == "bills":
                assert bool(there.unpaid) == (more < 0)
                continue
            change = workspace.advance(clock + int(key) * DAY)
            mine = [event for event in change.events if event.account == "acme"]
            failed = [event for event in mine if isinstance(event.fact, AutoRenewalFailed)]
            overdue_then = any(event.type == "account_overdue" for event in mine) or there.overdue_since is not None
            assert bool(failed or overdue_then) == (more < 0), (key, amount + more)


def test_choosing_an_amount_fills_the_field_and_says_its_effect() -> None:
    app = app_of(overdue())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3", "t")
        assert field(app, "amount").value == "231.50"
        assert "acme is clear again" in text_of(app)
        await pilot.press("j")
        chosen = field(app, "amount").value
        assert float(chosen) > 231.5
        await pilot.press("down")
        assert float(field(app, "amount").value) > float(chosen)
        assert "everything until 29 Sep" in text_of(app)
        await pilot.press("k", "up")
        assert field(app, "amount").value == "231.50"
        await pilot.press("5", "0", "full_stop", "5")
        assert field(app, "amount").value == "50.5"
        assert "acme stays overdue" in text_of(app)
        await pilot.press("enter")
        screen_of(app)

    driven(app, steps)
    workspace = app.session.workspace
    assert [event.fact for event in workspace.history.events(kinds=("topped_up",))] == [ToppedUp(5050)]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("t backspace enter", "Write an amount like 500.00."),
        ("t 0 enter", "It must be more than zero."),
        ("t 1 . 2 3 4 enter", "has more decimals than CNY has (2)"),
        ("dollar_sign enter", "Write an amount like 500.00."),
        ("dollar_sign minus 5 enter", "It must be more than zero."),
        ("C 5 tab s p r i n g enter", "already has a coupon spring"),
        ("C 5 tab tab plus 9 d tab plus 2 d enter", "would end before it starts"),
        ("C 5 tab tab s o o n enter", "is not a date or time"),
        ("C 5 tab tab tab 2 0 2 6 - 0 1 - 0 1 enter", "has ended already"),
        ("A 0 enter", "It must be more than zero."),
    ],
)
def test_the_dialog_says_what_is_wrong(keys: str, said: str) -> None:
    keys = keys.replace(" . ", " full_stop ").replace(" - ", " minus ")
    workspace = overdue()
    seen = pressed(keys, workspace)
    assert isinstance(seen.screen, Dialog)
    assert said in seen.words
    assert workspace.world.events == 0


def test_the_charge_dialog_says_how_the_bill_is_settled() -> None:
    workspace = sample(1)

    def look(app: LapseApp) -> None:
        text = words(app)
        assert "at once: CNY 60.00 by coupons, CNY 40.00 from the balance" in text
        assert "balance CNY 1,471.50" in text

    seen = pressed("dollar_sign 1 0 0 tab r e p a i r", workspace, look=look)
    again = pressed("dollar_sign 1 0 0 tab r e p a i r enter", workspace)
    assert isinstance(seen.screen, ChargeDialog)
    issued = next(event.fact for event in workspace.history.events(kinds=("bill_issued",)))
    assert isinstance(issued, BillIssued)
    assert (issued.amount, issued.note) == (10000, "repair")
    assert workspace.world.accounts["acme"].balance == 147150
    assert isinstance(again.screen, AccountScreen)


def test_a_charge_that_cannot_be_settled_names_the_instances_that_fall_overdue() -> None:
    entries = [account(balance="10.00"), *(legacy(f"gateway-{number}") for number in range(1, 16))]
    workspace = workspace_of(document(entries, "2026-07-01"))

    def look(app: LapseApp) -> None:
        text = words(app)
        assert "can't be settled: short by CNY 89.99 (C1)" in text
        assert "! overdue from now on" in text
        assert "stopped in 1 d (L1): gateway-1, gateway-10, gateway-11 and 12 more" in text
        assert "available CNY -89.99" in text

    pressed("dollar_sign 9 9 full_stop 9 9", workspace, look=look)
    pressed("dollar_sign 9 9 full_stop 9 9 enter", workspace)
    there = workspace.world.accounts["acme"]
    assert (available_credit(there, workspace.clock), unpaid_sum(there)) == (-8999, 9999)
    assert {instance.state for instance in workspace.world.instances.values()} == {"overdue"}


@pytest.mark.parametrize(
    ("owed", "keys", "said"),
    [
        (["5.00", "100.00"], "3", "stays unpaid, like 1 other bill (C1)"),
        (["50.00", "100.00"], "3", "stays unpaid, like 2 other bills (C1)"),
        (["5.00"], "9", "can't be settled: short by CNY 4.00 (C1)"),
    ],
)
def test_a_charge_is_added_to_the_bills_that_stay_unpaid(owed: list[str], keys: str, said: str) -> None:
    """C1: earlier bills are settled first, as far as the balance covers them."""
    bills = [bill(f"bill-{number}", "2026-06-28T04:00", amount) for number, amount in enumerate(owed)]
    workspace = workspace_of(document([account(balance="10.00", unpaid=bills)], "2026-07-01"))
    pressed(f"dollar_sign {keys}", workspace, look=lambda app: says(app, said))


def says(app: LapseApp, said: str) -> None:
    """Check that the dialog says something."""
    assert said in words(app)


def test_an_unfinished_forecast_promises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.account_screen.AHEAD", AHEAD + 30 * DAY)
    assert pressed("", healthy()).verdict == "Calculating how far the money goes..."


def test_a_coupon_gets_a_suggested_id_and_settles_the_bills_it_covers() -> None:
    workspace = overdue()

    def look(app: LapseApp) -> None:
        text = words(app)
        assert "settles 2 of 2 unpaid bills" in text
        assert "gateway-1, gateway-2, gateway-3 and 2 more" in text
        assert field(app, "id").value == "coupon-1"

    pressed("C 3 0 0 tab tab tab plus 3 0 d", workspace, look=look)
    pressed("C 3 0 0 tab tab tab plus 3 0 d enter", workspace)
    assert [event.fact for event in workspace.history.events(kinds=("coupon_granted",))] == [
        CouponGranted("coupon-1", 30000)
    ]
    there = workspace.world.accounts["acme"]
    assert there.overdue_since is None
    assert there.coupons[-1].expires == workspace.clock + 30 * DAY


def test_the_alert_can_be_set_and_removed() -> None:
    workspace = sample(0)
    seen = pressed("A 2 5 0", workspace)
    assert isinstance(seen.screen, AlertDialog)
    assert "falls below CNY 250.00" in seen.words
    pressed("A 2 5 0 enter", workspace)
    assert workspace.world.accounts["acme"].low_balance_alert == 25000
    text = pressed("A backspace", workspace).text
    assert "no SMS is sent any more" in text
    pressed("A backspace enter", workspace)
    assert workspace.world.accounts["acme"].low_balance_alert is None


@pytest.mark.parametrize(
    ("key", "dialog"),
    [("t", TopUpDialog), ("C", CouponDialog), ("dollar_sign", ChargeDialog), ("A", AlertDialog)],
)
@pytest.mark.parametrize("screen", ["1", "2", "3"])
def test_the_account_dialogs_open_on_every_screen(key: str, dialog: type[Dialog[object]], screen: str) -> None:
    app = app_of(healthy())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(screen, key)
        assert isinstance(app.screen, dialog)
        for size in ((60, 15), (20, 5), (1, 1), (160, 50)):
            await pilot.resize_terminal(*size)
        await pilot.press("escape")
        assert not isinstance(app.screen, Dialog)

    driven(app, steps)
    assert app.session.workspace.world.events == healthy().world.events


def test_without_an_account_the_dialogs_say_so() -> None:
    for keys in ("C", "dollar_sign", "A", "t", "i j k enter tab C"):
        seen = pressed(keys, workspace_of(document([], "2026-07-01") | {"accounts": []}))
        assert told(seen.app) == ["No account is selected."], keys


def test_the_dialog_says_a_refusal_before_anything_is_done() -> None:
    workspace = overdue()
    workspace.act(SetLowBalanceAlert("acme", "5"))
    seen = pressed("C 5 tab g o o d w i l l enter", workspace)
    assert isinstance(seen.screen, CouponDialog)
    assert "give another id" in seen.words
    assert workspace.world.events == 1


# Pictures


SITUATIONS: dict[str, Callable[[], Workspace]] = {"healthy": healthy, "overdue": overdue}
SHOTS = {
    "inbox": (overdue, "i", NARROW),
    "chosen": (lambda: sample(12), "tab j j", WIDE),
    "top-up": (overdue, "t j", NARROW),
    "top-up-wide": (lambda: sample(9), "t", WIDE),
    "coupon": (overdue, "C 3 0 0 tab tab plus 7 d tab plus 3 0 d", NARROW),
    "coupon-wrong": (overdue, "C 5 tab g o o d w i l l enter", NARROW),
    "charge": (healthy, "dollar_sign 1 0 0 0 0", NARROW),
    "alert": (healthy, "A", NARROW),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_looks(snap_compare: Callable[..., bool], situation: str, size: str) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await pilot.pause()

    assert snap_compare(app_of(SITUATIONS[situation]()), terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("shot", SHOTS)
def test_dialogs_and_lists_look(snap_compare: Callable[..., bool], shot: str) -> None:
    situation, keys, size = SHOTS[shot]

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("3", *keys.split())
        await pilot.pause()

    assert snap_compare(app_of(situation()), terminal_size=size, run_before=before)


# An account without transactions


def listed(app: LapseApp) -> RowTable:
    """The only visible list below the chart."""
    screen = screen_of(app)
    lists: list[RowTable] = [screen.ledger, screen.charges, screen.inbox]
    (shown,) = (one for one in lists if one.display)
    return shown


def test_an_empty_ledger_is_replaced_by_the_coming_charges() -> None:
    """The forecast's charges, each with its outcome; the sentence names the first one that fails."""
    workspace = sample()
    app = app_of(workspace)

    async def look(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await pilot.pause()
        charges, ahead = listed(app), screen_of(app)._ahead
        assert isinstance(charges, Charges)
        assert ahead is not None
        assert [int(key) for key in charges.keys] == [moment.at for moment in ahead.noteworthy(workspace.clock)]
        text = text_of(app)
        assert f"Coming {len(charges.keys)} · ledger 0 · i inbox 0" in text
        assert "No money has moved yet." not in text
        rows = [line for line in text.splitlines() if "Jul 08:00  auto-renewal" in line]
        assert "plant-02" in rows[0] and "+ paid" in rows[0]
        assert "7 Jul 08:00" in rows[2] and "x short 41.00" in rows[2]
        # The charges of the other account, and back.
        await pilot.press("down")
        assert "! short 12.35" not in text and "! short 12.35" in text_of(app)
        await pilot.press("up", "i")
        assert app.focused is listed(app) and listed(app).id == "inbox"
        await pilot.press("i")
        assert app.focused is listed(app) and listed(app).id == "charges"
        await pilot.press("j", "enter")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        assert app.screen.table.cursor == "coldchain-01"

    driven(app, look)


def test_the_ledger_returns_with_the_focus_when_money_moves() -> None:
    app = app_of(sample())

    async def look(pilot: Pilot[None]) -> None:
        await pilot.press("3", "shift+tab")
        await pilot.pause()
        assert app.focused is listed(app) and listed(app).id == "charges"
        await pilot.press("right_curly_bracket")
        await pilot.pause()
        assert app.focused is listed(app) and listed(app).id == "ledger"
        # The result of the jump is on the list's border.
        app.clear_notifications()
        await pilot.pause()
        assert "Ledger " in text_of(app) and "Coming" not in text_of(app)

    driven(app, look)


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("balance", ["0", "12345678901234.56"])
def test_the_coming_charges_never_cut_money(size: tuple[int, int], balance: str) -> None:
    fleet = {
        "format": "lapse-fleet/1", "clock": "2026-12-20T00:00:00+08:00", "accounts": [{"id": "a", "balance": balance}],
        "instances": [{"id": "ent", "account": "a", "kind": "enterprise", "expires": "2027-01-10",
                       "monthly_price": "1234567890.12", "renewal": {"mode": "auto", "months": 12}}],
    }  # fmt: skip
    app = app_of(workspace_of(fleet))

    async def look(pilot: Pilot[None]) -> str:
        await pilot.press("3")
        await pilot.pause()
        return text_of(app)

    text = driven(app, look, size)
    assert "14,814,814,681.44" in text
    assert "7 Jan 2027 08:00" in text
    assert ("x short 14,814,814,681.44" if balance == "0" else "+ paid") in text


def test_an_account_that_has_nothing_to_pay_says_so() -> None:
    fleet = {"format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00", "accounts": [{"id": "a", "balance": "5"}],
             "instances": [{"id": "ent", "account": "a", "kind": "enterprise", "expires": "2027-08-01",
                            "monthly_price": "5"}]}  # fmt: skip
    app = app_of(workspace_of(fleet))

    async def look(pilot: Pilot[None]) -> str:
        await pilot.press("3")
        await pilot.pause()
        return text_of(app)

    assert "Nothing is due in the coming months." in driven(app, look)
