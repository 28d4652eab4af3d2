"""A jump of the clock ends with one message that counts all events; an action ends with its result. No message covers
the events it is about, and none is cut.
"""

from collections import Counter
from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._toast import Toast

from core.base.instants import DAY, HOUR
from core.words.tally import tell_counts, tell_span
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.actions import (
    Action,
    Charge,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetManualRenewal,
    SetNonRenewal,
    TopUp,
    Upgrade,
)
from core.world.events import StateChanged
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, auto, bill, coupon, document, enterprise, legacy, public
from tui.app.lapse_app import LapseApp
from tui.live import limits
from tui.screens.fleet_screen import FleetScreen
from tui.settings.settings import Settings, SettingsStore

pytestmark = pytest.mark.usefixtures("unpainted")

START = "2026-07-01T00:00:00+08:00"
SIZES = [(60, 15), NARROW, WIDE, (160, 50)]


def told(app: LapseApp) -> list[str]:
    """The visible messages."""
    return [notification.message for notification in app._notifications]


def counted(workspace: Workspace, after: int = 0) -> Counter[str]:
    """The events counted from the log, one at a time."""
    return Counter(
        event.fact.target if isinstance(event.fact, StateChanged) else event.type
        for event in workspace.history.events(after=after)
    )


def after_keys(workspace: Workspace, *keys: str, size: tuple[int, int] = NARROW) -> list[str]:
    """The messages after some keys."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> list[str]:
        await pilot.press(*keys)
        await pilot.pause()
        return told(app)

    return driven(app, steps, size)


# Counting


@pytest.mark.parametrize("days", [1, 10, 34, 200])
def test_a_change_counts_all_that_happened(days: int) -> None:
    workspace = sample()
    change = workspace.advance(workspace.clock + days * DAY)
    assert change.counted == counted(workspace)
    assert sum(change.counted.values()) == change.happened


def test_a_change_counts_more_events_than_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over several transactions."""
    monkeypatch.setattr("core.workspace.workspace.CHUNK", 300)
    entries = [legacy(f"leg-{number:02}") for number in range(5)]
    entries += [public(f"pub-{number:03}", last_online="2026-06-10") for number in range(400)]
    entries += [enterprise(f"ent-{number:03}", "2026-07-20") for number in range(400)]
    workspace = workspace_of(document([account(balance="9999999"), *entries], START))
    change = workspace.advance(workspace.clock + 60 * DAY)
    assert change.happened > 2_000 > len(change.events)
    assert change.counted == counted(workspace)
    assert (change.counted["frozen"], change.counted["expired"], change.counted["released"]) == (400, 400, 400)


def test_actions_and_changes_taken_together_are_counted() -> None:
    workspace = sample()
    assert workspace.act(TopUp("acme", "5")).counted == {"topped_up": 1}
    both = workspace.act_each([TopUp("acme", "5"), TopUp("nobody", "5")])
    assert both.counted == {"topped_up": 1, "refused": 1}
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> Change | None:
        app.session.advance(workspace.clock + 10 * DAY)
        app.session.advance(workspace.clock + 10 * DAY)
        return app.session.since(0)

    change = driven(app, steps)
    assert change is not None and change.counted == counted(workspace, after=3)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"released": 3, "stopped": 2, "auto_renewal_failed": 5}, "3 released, 2 stopped, 5 payments failed"),
        ({"released": 1_234, "auto_renewal_failed": 1}, "1,234 released, 1 payment failed"),
        ({"expired": 1, "renewed": 2, "bill_settled": 9, "notice_sent": 4}, "1 expired, 2 renewed"),
        ({"renewed": 2, "bill_settled": 9}, "nothing lost, 2 renewed"),
        ({"bill_settled": 9, "bill_issued": 9}, "nothing lost, 9 bills settled"),
        ({"notice_sent": 1}, "nothing lost, 1 notice sent"),
        ({"account_overdue": 1, "overdue": 3}, "1 account overdue"),
        ({}, "nothing happened"),
    ],
)
def test_counts_in_words(counts: dict[str, int], words: str) -> None:
    assert tell_counts(counts) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (DAY, "1 day"), (34 * DAY, "34 days"), (28 * HOUR, "1 day 4 hours"), (90 * 60, "1 hour 30 minutes"),
        (5, "less than a minute"),
    ],
)  # fmt: skip
def test_the_length_of_a_jump(seconds: int, words: str) -> None:
    assert tell_span(seconds) == words


# The message after a jump


@pytest.mark.parametrize(
    ("keys", "span"),
    [
        (("right",), "1 day"), (("right_square_bracket",), "1 day"), (("shift+right",), "7 days"),
        (("d", "plus", "3", "4", "d", "enter"), "34 days"), (("d", "3", "6", "h", "enter"), "1 day 12 hours"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("screen", ["1", "2", "3"])
def test_a_jump_ends_with_one_line_that_counts(keys: Sequence[str], span: str, screen: str) -> None:
    workspace = sample(9)
    before = workspace.world.events
    said = after_keys(workspace, screen, *keys)
    assert said == [f"{span}: {tell_counts(counted(workspace, after=before))} (l shows them)"]


def test_on_the_log_screen_the_message_names_no_key_for_the_log() -> None:
    said = after_keys(sample(9), "l", "right")
    assert said[0].startswith("1 day: ") and "shows them" not in said[0]


def test_the_message_names_a_remapped_key() -> None:
    app = LapseApp(sample(9), name="sample", kept=SettingsStore(Settings(keys={"log": ("w",)})))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("shift+right")
        assert "(w shows them)" in told(app)[0]

    driven(app, steps)


def test_the_next_event_jump_counts_events_at_the_same_instant() -> None:
    """At 04:00 on 1 July two accounts get their bills, which is routine. On the 20th three instances expire at once."""
    one = workspace_of(document([account(), enterprise("ent-1", "2026-07-20")], START))
    one.advance(one.clock + 19 * DAY - HOUR)
    assert after_keys(one, "full_stop") == []
    three = [enterprise(f"ent-{number}", "2026-07-20") for number in range(3)]
    several = workspace_of(document([account(), *three], START))
    several.advance(several.clock + 19 * DAY - HOUR)
    assert after_keys(several, "full_stop") == ["1 hour: 3 expired (l shows them)"]


def test_a_long_run_ends_with_a_message_even_if_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADVANCED_IN_THREAD", 0)
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        app.advance_to(workspace.clock + 34 * DAY)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert told(app) == [f"34 days: {tell_counts(counted(workspace))} (l shows them)"]
        stopped = workspace.advance(workspace.clock + 9 * DAY, lambda clock, count: True)
        app._arrived(stopped)
        await pilot.pause()
        assert told(app)[-1].startswith("Stopped after ")

    driven(app, steps)


# The result of an action


def fleet() -> Workspace:
    """An account with money, an overdue one, and instances of each kind."""
    first = account("acme", balance="5000.00")
    owing = account("globex", balance="0.00", unpaid=[bill("b1", "2026-06-30T04:00:00+08:00", "12.00")])
    instances = [
        enterprise("ent-1", "2026-07-13"), enterprise("ent-2", "2026-07-20"), public("pub-1", devices_online=True),
        legacy("leg-1", account="globex"),
    ]  # fmt: skip
    return workspace_of(document([first, owing, *instances], START))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Renew(("ent-1",), 1), "ent-1 renewed until 13 Aug, CNY 300.00. 1 mo is a short period: with auto-renewal"),
        (Renew(("ent-1",), 12), "ent-1 renewed until 13 Jul 2027, CNY 3,600.00."),
        (Renew(("ent-1", "ent-2"), 2), "2 instances renewed until 13 Sep to 20 Sep, CNY 1,200.00."),
        (Renew(("ent-1",), 6, True), "ent-1 renewed until 13 Jan 2027, CNY 1,800.00, auto-renewal is on."),
        (TopUp("acme", "500"), "acme topped up by CNY 500.00, the balance is CNY 5,500.00."),
        (TopUp("globex", "50"), "globex topped up by CNY 50.00, the balance is CNY 38.00. 1 bill settled. The "),
        (GrantCoupon("acme", "c1", "50"), "acme got the coupon c1 of CNY 50.00."),
        (Charge("acme", "12"), "acme got a bill of CNY 12.00: paid, the balance is CNY 4,988.00."),
        (Charge("globex", "12"), "globex got a bill of CNY 12.00: not paid, the account is overdue, the balance is "),
        (SetLowBalanceAlert("acme", "200"), "acme now has a low balance alert at CNY 200.00."),
        (SetLowBalanceAlert("acme", None), "acme has no low balance alert any more."),
        (EnableAutoRenewal(("ent-2",), 3), "ent-2: auto-renewal is on, every 3 months. "),
        (EnableAutoRenewal(("ent-1", "ent-2"), 1), "2 instances: auto-renewal is on, every month. "),
        (SetManualRenewal(("ent-1",)), "ent-1 set to manual renewal."),
        (SetNonRenewal(("ent-1", "ent-2")), "2 instances set to non-renewal."),
        (Purchase("acme", "new-1", 1, "300"), "new-1 bought until 1 Aug, CNY 300.00."),
        (Upgrade("pub-1", 2, "300"), "pub-1 upgraded until 1 Sep, CNY 600.00."),
    ],
)  # fmt: skip
def test_an_action_message_gives_its_result_then_advice(action: Action, words: str) -> None:
    app = app_of(fleet())

    async def steps(pilot: Pilot[None]) -> None:
        assert app.session.act(action) is not None
        await pilot.pause()
        assert len(told(app)) == 1 and told(app)[0].startswith(words)

    driven(app, steps)


def test_a_renewal_by_keys_ends_with_its_message() -> None:
    said = after_keys(fleet(), "2", "r", "enter")
    assert said[0].startswith("ent-1 renewed until 13 Aug, CNY 300.00. 1 mo is a short period")


# Where the message is


SPOKEN = (
    "Short.",
    "1 day: 1 released, 2 stopped (l shows them)",
    "ent-1: auto-renewal is on, every 3 months. " + "Its next payment comes after its service has stopped. " * 2,
)


@pytest.mark.parametrize("size", [(60, 15), (79, 24), NARROW, (100, 30), WIDE, (160, 50)])
@pytest.mark.parametrize("keys", [(), ("2",), ("3",), ("l",), ("enter",)])
def test_no_message_covers_the_bottom_pane_or_is_cut(size: tuple[int, int], keys: Sequence[str]) -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, FleetScreen)
        for text in SPOKEN:
            app.session.tell(text)
            await pilot.pause(0.1)
            toast, foot = screen.query_one(Toast), screen.toasts_stand_on()
            assert isinstance(foot, Widget)
            assert not toast.region.intersection(foot.content_region).area
            assert not toast.region.intersection(screen.query_one("#clock-bar").region).area
            shown = " ".join(text_of(app).split())
            for word in text.split():
                assert word in shown, text

    driven(app, steps, size)


def test_the_message_follows_the_size_of_the_window() -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        app.session.tell("A message.")
        for size in [(80, 24), (120, 50), (60, 15), (160, 32)]:
            await pilot.resize_terminal(*size)
            await pilot.pause(0.2)
            assert isinstance(app.screen, FleetScreen)
            foot = app.screen.toasts_stand_on()
            assert foot is not None
            assert app.screen.query_one(Toast).region.bottom == foot.region.y + 1

    driven(app, steps)


def test_the_message_gives_the_full_price_of_an_order_paid_by_coupons() -> None:
    """The message gives the full price, however it is paid (M2)."""
    first = account(balance="100.00", coupons=[coupon("c1", "250.00")])
    workspace = workspace_of(document([first, enterprise("ent-1", "2026-07-13", renewal=auto())], START))
    assert after_keys(workspace, "r", "enter") == ["ent-1 renewed until 13 Aug, CNY 300.00."]
