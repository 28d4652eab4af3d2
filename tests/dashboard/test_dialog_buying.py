"""Buying, upgrading, trials and devices: the dialogs show what the simulation then does."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from textual.pilot import Pilot

from core.ahead.offers import free_id, offer
from core.base.errors import BadInput
from core.base.instants import DAY, HOUR
from core.words.sentences import tell_months
from core.workspace.workspace import Workspace
from core.world.actions import Charge, ContinueTrial, Purchase, TopUp, Upgrade
from core.world.events import BillIssued
from core.world.model import FROZEN, RUNNING
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tui.app.lapse_app import LapseApp
from tui.commands.obstacles import Situation
from tui.commands.table import BY_NAME
from tui.dialogs import long_acts
from tui.dialogs.bulk_plans import plan_trials
from tui.dialogs.buy import PurchaseDialog, UpgradeDialog
from tui.dialogs.form import Form, FormRow
from tui.live import limits
from tui.screens.overview_screen import OverviewScreen
from tui.widgets.entry import Entry
from tui.widgets.rows import RowTable

pytestmark = pytest.mark.usefixtures("unpainted")

START: Final = {"format": "lapse-fleet/1", "clock": "2026-08-09T13:00:00+08:00"}
IDLE: Final = "2026-08-01T00:00:00+08:00"
LONG_AGO: Final = "2026-05-01T00:00:00+08:00"


def fleet(balance: str = "1000.00", currency: str = "CNY", **instances: Mapping[str, object]) -> Workspace:
    """One account and some instances."""
    return fleet_of(instances, balance, currency)


def fleet_of(
    instances: Mapping[str, Mapping[str, object]], balance: str = "1000.00", currency: str = "CNY"
) -> Workspace:
    return workspace_of({
        **START, "accounts": [{"id": "acme", "currency": currency, "balance": balance}],
        "instances": [{"id": name, "account": "acme", **keys} for name, keys in instances.items()],
    })  # fmt: skip


def idle(last_online: str = IDLE) -> dict[str, object]:
    return {"kind": "public", "last_online": last_online}


LEGACY: Final = {"kind": "legacy_public", "daily_charge": "24.00"}


class Desk:
    """A dashboard driven by a test: it types into fields, presses keys, and reads the screen."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.app: LapseApp = app_of(workspace)
        self.shown = ""
        self.after = ""
        self.dialog: object = None
        self.cursor: str | None = None
        self.focused: str | None = None
        self.marked: set[str] = set()

    def drive(
        self, keys: str = "", *, on: str | None = None, fill: Mapping[str, str] | None = None, then: str = "",
        size: tuple[int, int] = NARROW,
    ) -> str:  # fmt: skip
        """Go to an instance, press keys, fill fields, then press more keys. Returns the text shown before the last
        keys.
        """

        async def steps(pilot: Pilot[None]) -> None:
            if on is not None:
                self.app.screen.query_one(RowTable).move_to_key(on)
            await pilot.press(*keys.split())
            await pilot.pause()
            for name, text in (fill or {}).items():
                self.app.screen.query_one(f"#field-{name}", FormRow).query_one(Entry).value = text
            await pilot.pause()
            self.shown = text_of(self.app)
            await pilot.press(*then.split())
            await self.app.workers.wait_for_complete()
            await pilot.pause()
            self._look()

        driven(self.app, steps, size)
        return self.shown

    def _look(self) -> None:
        """Keep the final screen and messages."""
        screen = self.app.screen
        self.after, self.dialog = text_of(self.app), type(screen)
        self.focused = next((row.field for row in screen.query(FormRow) if row.entry.has_focus), None)
        for table in screen.query(RowTable):
            self.cursor, self.marked = table.cursor, set(table.marked)

    @property
    def told(self) -> list[str]:
        return [notification.message for notification in self.app._notifications]


# Buying


def test_what_the_purchase_shows_is_what_it_does() -> None:
    """T6, the vendor's example: bought on 2026-08-09 13:00 for 3 months, it ends on 2026-11-10 00:00."""
    desk = Desk(fleet())
    shown = desk.drive("B", fill={"months": "3", "monthly_price": "300", "id": "line-1"}, then="enter")
    for text in ("CNY 900.00", "10 Aug 00:00 to 10 Nov 00:00, 92 days (T6)", "enough: CNY 100.00 of CNY 1,000.00"):
        assert text in shown
    bought = desk.workspace.world.instances["line-1"]
    assert desk.workspace.calendar.format(bought.expires or 0) == "2026-11-10T00:00:00+08:00"
    assert desk.workspace.world.accounts["acme"].balance == 10_000
    assert bought.name == "line-1"
    assert desk.told == ["line-1 bought until 10 Nov, CNY 900.00: renew it by then."]


def test_a_short_period_without_auto_renewal_shows_the_advice() -> None:
    """A9, and the effect of the checkbox (R5)."""
    desk = Desk(fleet())
    shown = desk.drive("B", fill={"monthly_price": "300"}, then="tab tab tab tab tab space enter")
    assert "1 mo is a short period" in shown
    bought = desk.workspace.world.instances["ent-1"]
    assert bought.renewal.mode == "auto"
    assert desk.told == ["ent-1 bought until 10 Sep, CNY 300.00: auto-renewal tries to pay from 1 Sep."]


def test_a_purchase_without_enough_money_says_how_much_is_missing_and_is_not_done() -> None:
    desk = Desk(fleet("500.00"))
    shown = desk.drive("B", fill={"months": "2", "monthly_price": "300"}, then="enter enter")
    assert "CNY 600.00" in shown
    assert "10 Aug 00:00 to 10 Oct 00:00" in shown
    assert "Short by CNY 100.00" in shown
    assert desk.dialog is PurchaseDialog
    assert desk.workspace.world.events == 0


def test_an_overdue_account_can_buy_nothing_but_sees_the_price() -> None:
    workspace = fleet("5.00")
    workspace.act(Charge("acme", "100.00"))
    desk = Desk(workspace)
    shown = desk.drive("B", fill={"monthly_price": "300"}, then="enter")
    assert "acme is overdue" in shown
    assert "CNY 300.00" in shown
    assert not workspace.world.instances


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        ({"id": "taken"}, "There is already an instance taken: give another id."),
        ({"id": ""}, "must not be empty"),
        ({"months": "13"}, "13 months are not sold"),
        ({"months": "many"}, "Write a number of months: 1 to 9, 12, 24 or 36."),
        ({"monthly_price": "much"}, '"much" is not an amount'),
        ({"monthly_price": "1.234"}, "has more decimals than CNY has (2)"),
        ({"monthly_price": "0"}, "0 is not a valid amount"),
        ({"monthly_price": ""}, "Write the monthly price"),
    ],
)
def test_an_error_is_shown_under_its_field(fill: dict[str, str], sentence: str) -> None:
    desk = Desk(fleet(taken={"kind": "enterprise", "expires": "2026-09-01", "monthly_price": "300.00"}))
    desk.drive("B", fill=fill, then="enter")
    lines = desk.after.splitlines()
    name = next(iter(fill))
    label = {"id": "Id", "months": "Months", "monthly_price": "Monthly price"}[name]
    place = next(index for index, line in enumerate(lines) if f"│  {label} " in line)
    assert sentence in " ".join(" ".join(lines[place + 1 : place + 3]).replace("│", " ").split())
    assert desk.dialog is PurchaseDialog
    assert desk.focused == name, "the cursor goes to what is wrong"
    assert desk.workspace.world.events == 0


def test_no_error_is_shown_before_a_person_types_or_confirms() -> None:
    desk = Desk(fleet())
    shown = desk.drive("B")
    assert "Write what it costs" not in shown
    assert "Simulated: nothing is bought" in shown


def test_the_account_can_be_chosen_if_there_are_several() -> None:
    desk = Desk(sample())
    shown = desk.drive("B", fill={"account": "globex", "monthly_price": "1", "id": "new"}, then="enter")
    assert "USD 1.00" in shown
    assert desk.workspace.world.instances["new"].account == "globex"
    other = Desk(sample())
    other.drive("B", fill={"account": "nobody"}, then="enter")
    assert "There is no account nobody: the accounts are acme," in other.after


def test_the_suggestions_come_from_a_similar_instance() -> None:
    like = {"kind": "enterprise", "expires": "2026-09-01", "monthly_price": "77.00", "region": "cn-north"}
    desk = Desk(fleet(one=like))
    desk.drive("B enter")
    bought = desk.workspace.world.instances["ent-2"]
    assert (bought.monthly_price, bought.region) == (7_700, "cn-north")


def test_the_suggested_id_is_free() -> None:
    workspace = fleet_of({"ent-2": idle()})
    assert free_id(workspace.world) == "ent-3"
    assert "ent-3" in Desk(workspace).drive("B")


@pytest.mark.parametrize("mode", ["1", "2", "3"])
def test_buying_works_without_any_instance(mode: str) -> None:
    desk = Desk(fleet())
    desk.drive(f"{mode} B", fill={"monthly_price": "10"}, then="enter")
    assert "ent-1" in desk.workspace.world.instances


def test_without_an_account_it_says_what_to_do() -> None:
    desk = Desk(workspace_of(START))
    desk.drive("B")
    assert desk.told == ["This fleet has no account that could pay: import a fleet that has one."]


def test_the_new_instance_is_under_the_cursor() -> None:
    desk = Desk(sample())
    desk.drive("B", fill={"monthly_price": "1", "id": "brand-new"}, then="enter")
    assert desk.cursor == "brand-new"


def test_leaving_leaves_everything_as_it_was() -> None:
    workspace = fleet(old=LEGACY)
    before = workspace.head
    Desk(workspace).drive("B", fill={"monthly_price": "300"}, then="escape")
    Desk(workspace).drive("u", fill={"monthly_price": "300"}, then="escape")
    assert workspace.head == before


def test_prices_without_decimals() -> None:
    """M1: a currency's own number of decimals."""
    desk = Desk(fleet("100000", "JPY"))
    assert "JPY 36,000" in desk.drive("B", fill={"months": "12", "monthly_price": "3000"})


# The form


def test_tab_and_arrows_move_between_fields() -> None:
    app = app_of(fleet())

    async def steps(pilot: Pilot[None]) -> list[str]:
        await pilot.press("B")
        seen = []
        for key in ("tab", "down", "up", "shift+tab", "shift+tab", "tab"):
            await pilot.press(key)
            focused = app.screen.focused
            row = focused.parent.parent if isinstance(focused, Entry) and focused.parent else None
            seen.append(row.field if isinstance(row, FormRow) else "tick")
            current = [item.field for item in app.screen.query(FormRow) if item.has_class("-current")]
            assert current == [item for item in seen[-1:] if item != "tick"], "its label says where the cursor is"
        return seen

    assert driven(app, steps) == ["name", "region", "name", "id", "tick", "id"]


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 15), (61, 16), (200, 60)])
@pytest.mark.parametrize("keys", ["B", "I"])
def test_forms_survive_any_size(size: tuple[int, int], keys: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(keys, "tab", "x")
        await pilot.resize_terminal(*size)
        await pilot.press("tab", "tab", "5", "enter", "up", "space", "escape")
        await pilot.resize_terminal(*NARROW)
        await app.workers.wait_for_complete()
        assert app.is_running

    driven(app, steps)


def test_the_advice_names_its_rule_within_the_sentence() -> None:
    """The rule is inside the sentence, as in every other sentence that names one."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("B")
        await pilot.pause()
        assert "no instance expires unnoticed (A9)." in " ".join(text_of(app).replace("│", " ").split())

    driven(app, steps)


def test_the_focused_field_is_visible_in_a_form_taller_than_the_screen() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("B", "shift+tab")
        await pilot.pause()
        assert "[ ] with monthly auto-renewal (R5)" in text_of(app)
        assert "Advice" not in text_of(app)
        await pilot.press("pagedown")
        await pilot.pause()
        assert "Advice" in text_of(app)

    driven(app, steps, (60, 15))


def test_text_of_users_is_never_markup_in_forms() -> None:
    names = ("[b]acme", "冷链 一号", "🏭 plant")
    workspace = workspace_of({**START, "accounts": [{"id": name, "balance": "50.00"} for name in names]})
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("B")
        screen = app.screen
        assert isinstance(screen, Form)
        for name in names:
            screen.row("account").entry.value = name
            screen.row("id").entry.value = f"[/] {name}"
            screen.row("monthly_price").entry.value = "60"
            await pilot.pause()
            assert "Short by CNY 10.00" in text_of(app)
            for line in app.screen._compositor.render_strips():
                assert line.cell_length == NARROW[0]

    driven(app, steps)


# Quotes from the rules


@pytest.mark.parametrize("months", [1, 9, 12, 36])
def test_a_quote_is_what_happens(months: int) -> None:
    workspace = fleet("100000.00", old=LEGACY, pub=idle())
    for action in (Purchase("acme", "new", months, "300"), Upgrade("old", months, "20"), Upgrade("pub", months, "7")):
        quoted = offer(action, workspace.world, workspace.policy)
        name = action.id if isinstance(action, Purchase) else action.instance
        assert quoted.refused is None and quoted.period is not None
        before = workspace.world.accounts["acme"].balance
        workspace.act(action)
        account, instance = workspace.world.accounts["acme"], workspace.world.instances[name]
        assert instance.expires == quoted.period.expires
        assert before - account.balance == quoted.period.price
        assert account.balance == quoted.left


def test_a_quote_that_is_refused_still_has_its_price() -> None:
    """Also for a stopped legacy instance, which an overdue account can't upgrade."""
    workspace = fleet("1.00", old=LEGACY)
    workspace.act(Charge("acme", "50.00"))
    workspace.advance(workspace.clock + 2 * DAY)
    assert workspace.world.instances["old"].state == "stopped"
    quoted = offer(Upgrade("old", 2, "10"), workspace.world, workspace.policy)
    assert quoted.refused is not None and quoted.refused.code == "account_overdue"
    assert quoted.period is not None and quoted.period.price == 2_000
    assert workspace.check() == []


def test_a_quote_changes_nothing() -> None:
    workspace = fleet(old=LEGACY)
    before = workspace.world.accounts["acme"].copy(), workspace.world.instances["old"].copy()
    offer(Upgrade("old", 1, "10"), workspace.world, workspace.policy)
    assert (workspace.world.accounts["acme"], workspace.world.instances["old"]) == before
    assert "new" not in workspace.world.instances


def test_months_in_words() -> None:
    assert tell_months((1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36)) == "1 to 9, 12, 24 or 36"
    assert tell_months((1, 2)) == "1 or 2"
    assert tell_months((6,)) == "6"


# Upgrading


def test_upgrading_a_frozen_trial() -> None:
    desk = Desk(fleet(trial=idle(LONG_AGO)))
    assert desk.workspace.world.instances["trial"].state == FROZEN
    shown = desk.drive("u", fill={"monthly_price": "100", "months": "2"}, then="enter")
    assert "runs again at once, as Enterprise Edition (P4)" in shown
    assert "10 Aug 00:00 to 10 Oct 00:00" in shown
    upgraded = desk.workspace.world.instances["trial"]
    assert (upgraded.kind, upgraded.state) == ("enterprise", RUNNING)
    assert desk.workspace.calendar.format(upgraded.expires or 0) == "2026-10-10T00:00:00+08:00"


@pytest.mark.parametrize("hours", [0, 5, 20, 40])
def test_the_last_bill_that_an_upgrade_shows_is_the_bill_that_comes(hours: int) -> None:
    """L3: the service in the current cycle is still billed."""
    workspace = fleet("1000.00", old=LEGACY)
    workspace.advance(workspace.clock + hours * HOUR)
    desk = Desk(workspace)
    shown = desk.drive("u", fill={"monthly_price": "100"}, then="enter")
    since = workspace.world.events
    workspace.advance(workspace.clock + 3 * DAY)
    bills = [event for event in workspace.history.events(after=since) if isinstance(event.fact, BillIssued)]
    last = [f"CNY {event.fact.amount / 100:.2f}" for event in bills if isinstance(event.fact, BillIssued)][-1:]
    assert [line for line in shown.splitlines() if "Last bill" in line] == [
        line for line in shown.splitlines() if any(f"{amount} for today's use" in line for amount in last)
    ]
    assert ("Last bill" in shown) is (hours != 0)


def test_an_enterprise_instance_cannot_be_upgraded_but_renewed() -> None:
    desk = Desk(sample())
    desk.drive("u", on="plant-01")
    assert desk.told == ["plant-01 is already an Enterprise Edition instance: renew it instead."]


def test_an_upgrade_takes_one_instance() -> None:
    desk = Desk(fleet(one=idle(), two=idle()))
    desk.drive("a u")
    assert desk.told == ["2 are marked: an upgrade is for one instance, each has its own price."]


def test_the_upgrade_dialog_opens_without_enough_money() -> None:
    workspace = fleet("1.00", old=LEGACY)
    workspace.act(Charge("acme", "50.00"))
    desk = Desk(workspace)
    shown = desk.drive("u", fill={"monthly_price": "10"}, then="enter")
    assert "acme is overdue" in shown
    assert desk.dialog is UpgradeDialog


# Trials and devices


def test_a_continued_trial_says_when_it_would_be_frozen_again() -> None:
    """P2, P3: the simulation freezes it at that time."""
    workspace = fleet(trial=idle(LONG_AGO))
    desk = Desk(workspace)
    desk.drive("c")
    assert desk.told == ["trial runs again; frozen on 8 Sep 13:00 if no device comes online (P2)."]
    frozen = workspace.calendar.parse("2026-09-08T13:00:00+08:00")
    workspace.advance(frozen - 1)
    assert workspace.world.instances["trial"].state == RUNNING
    workspace.advance(frozen)
    assert workspace.world.instances["trial"].state == FROZEN


def test_of_many_trials_the_possible_ones_continue_and_the_rest_are_reported() -> None:
    workspace = fleet(
        asleep=idle(LONG_AGO), dozing=idle(LONG_AGO), awake=idle(), busy=idle(), old=LEGACY,
    )  # fmt: skip
    desk = Desk(workspace)
    desk.drive("a c")
    assert {name for name, item in workspace.world.instances.items() if item.state == FROZEN} == set()
    done, not_done = desk.told[0].split("\n")
    assert done == "2 run again; each is frozen on 8 Sep 13:00 if no device of it comes online (P2)."
    assert not_done.startswith("3 can't: ")
    assert "is not frozen: its trial continues by itself (and 1 more)." in not_done
    assert "old is not a new public instance" in not_done
    assert not list(workspace.history.events(kinds=["refused"])), "what isn't possible isn't tried"
    assert desk.marked == {"awake", "busy", "old"}
    assert workspace.check() == []


def test_if_nothing_is_possible_the_reason_is_given() -> None:
    desk = Desk(fleet(awake=idle()))
    desk.drive("c")
    assert desk.told == ["awake is not frozen: its trial continues by itself."]


def test_devices_come_online_and_go_offline_together() -> None:
    workspace = fleet(one={"kind": "public", "devices_online": True}, two=idle(), three=idle(LONG_AGO))
    desk = Desk(workspace)
    desk.drive("a o")
    assert {name for name, item in workspace.world.instances.items() if item.devices_online} == {"one", "two"}
    done, not_done = desk.told[0].split("\n")
    assert done == "two: devices online. It isn't frozen while one is online (P2)."
    assert not_done.startswith("1 can't: three is frozen, so no device can come online")
    again = Desk(workspace)
    again.drive("a o")
    assert not any(item.devices_online for item in workspace.world.instances.values())
    assert again.told[0] == (
        "2 have no device online any more; each is frozen on 8 Sep 13:00 unless one comes online (P2)."
    )
    workspace.advance(workspace.calendar.parse("2026-09-08T13:00:00+08:00"))
    assert {item.state for item in workspace.world.instances.values()} == {FROZEN}
    assert workspace.check() == []


def test_a_single_frozen_trial_says_what_would_help() -> None:
    desk = Desk(fleet(three=idle(LONG_AGO)))
    desk.drive("o")
    assert desk.told == ["three is frozen, so no device can come online: continue its trial first."]


def test_a_large_selection_runs_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ACTED_IN_THREAD", 3)
    workspace = fleet_of({**{f"t{number}": idle(LONG_AGO) for number in range(8)}, "awake": idle()})
    desk = Desk(workspace)
    desk.drive("a", then="c")
    assert desk.dialog is OverviewScreen
    assert not desk.app.session.busy
    done, not_done = desk.told[0].split("\n")
    assert done.startswith("8 run again;")
    assert not_done.startswith("1 can't: awake")
    assert workspace.check() == []


def test_a_large_selection_can_be_cancelled_and_says_how_many_were_done() -> None:
    workspace = fleet_of({f"t{number}": idle(LONG_AGO) for number in range(8)})
    app = app_of(workspace)
    plan = plan_trials(workspace, tuple(workspace.world.instances.values()))
    running = long_acts.LongActs(app.session, lambda: plan, 8)
    done: list[int] = []

    def progress(clock: int, count: int) -> bool:
        done.append(count)
        return len(done) == 3

    change = app.session.act_long(lambda: plan.actions, progress)
    assert not isinstance(change, Exception) and not change.complete
    assert running.acted == 0
    assert sum(item.state == RUNNING for item in workspace.world.instances.values()) == 3
    assert workspace.check() == []


def test_several_actions_are_all_done_or_none() -> None:
    workspace = fleet(one=idle(LONG_AGO))
    with pytest.raises(BadInput):
        workspace.act_each([ContinueTrial("one"), TopUp("acme", "1.234")])
    assert workspace.world.instances["one"].state == FROZEN
    assert workspace.head.events == 0
    change = workspace.act_each([ContinueTrial("one"), TopUp("acme", "5")])
    assert (change.complete, change.refused, change.happened) == (True, None, 3)
    assert workspace.check() == []


def test_impossible_purchase_commands_give_the_reason() -> None:
    workspace = sample()

    def why_not(name: str, *ids: str) -> str | None:
        chosen = tuple(workspace.world.instances[item] for item in ids)
        return BY_NAME[name].why_not(Situation(workspace, chosen, workspace.world.accounts["acme"]))

    assert why_not("buy") is None
    assert why_not("upgrade") == "No instance is selected."
    assert why_not("upgrade", "trial-04") is None
    assert why_not("continue-trial", "trial-01", "trial-04") is None
    assert why_not("devices", "plant-01", "trial-04") is None


# How it looks


SHOTS: Final[dict[str, tuple[int, str | None, str, dict[str, str]]]] = {
    "buy": (12, None, "B", {}),
    "buy-short": (12, None, "B", {"months": "36"}),
    "buy-wrong": (12, None, "B", {"id": "plant-01", "months": "13"}),
    "upgrade": (5, "legacy-01", "u", {"monthly_price": "120.00", "months": "2"}),
    "upgrade-frozen": (1, "trial-04", "u", {"monthly_price": "3.00"}),
    "upgrade-overdue": (12, "legacy-02", "u", {}),
}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", SHOTS)
def test_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    days, on, keys, fill = SHOTS[shot]
    app = app_of(sample(days))

    async def before(pilot: Pilot[None]) -> None:
        if on is not None:
            app.screen.query_one(RowTable).move_to_key(on)
        await pilot.press(*keys.split())
        for name, text in fill.items():
            app.screen.query_one(f"#field-{name}", FormRow).query_one(Entry).value = text
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize(("months", "told"), [("1", "1 Jul 00:00 to 1 Aug 00:00, 31 days (T6)"), ("2", "62 days (T6)")])
def test_a_period_says_how_many_days_it_has(months: str, told: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("B")
        form = app.screen
        assert isinstance(form, PurchaseDialog)
        form.row("months").entry.value = months
        await pilot.pause()
        return " ".join(text_of(app).split())

    assert told in driven(app, steps, WIDE)
