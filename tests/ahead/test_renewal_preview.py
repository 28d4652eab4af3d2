"""What a dialog says beforehand is what happens: for orders, for auto-renewal, and for instances nobody renews."""

import pytest

from core.ahead.renewal_preview import (
    expired_by,
    expiring_within,
    forecast_if_enabled,
    in_time_from,
    lapse,
    prospect,
    quote,
    renewed_until,
)
from core.base.instants import DAY
from core.simulation.orders import RenewalAction
from core.workspace.workspace import Workspace
from core.world.actions import EnableAutoRenewal, Renew, SetManualRenewal, SetNonRenewal, TopUp
from core.world.events import AutoRenewalChanged, AutoRenewalFailed, NoticeSent, Refused, Renewed
from core.world.model import AUTO, ENTERPRISE, RELEASED, Instance
from tests.support.dashboards import sample


def enterprise(workspace: Workspace) -> list[Instance]:
    """The Enterprise instances that are not yet released."""
    instances = workspace.world.instances.values()
    return [item for item in instances if item.kind == ENTERPRISE and item.state != RELEASED]


@pytest.mark.parametrize("days", [0, 5, 12, 23])
@pytest.mark.parametrize(("months", "added"), [(1, None), (3, None), (12, None), (12, "20000")])
def test_an_order_gives_what_its_quote_says(days: int, months: int, added: str | None) -> None:
    """R1, R2, M2: price, coupons, balance and new expiry, for every instance that the account can pay for."""
    bought = 0
    for name in [instance.id for instance in enterprise(sample(days))]:
        workspace = sample(days)
        instance = workspace.world.instances[name]
        if added is not None:
            workspace.act(TopUp(instance.account, added))
        account = workspace.world.accounts[instance.account]
        told = quote(instance.monthly_price, months, account, workspace.clock)
        until = renewed_until(instance, months, workspace.clock, workspace.policy)
        change = workspace.act(Renew((name,), months))
        done = [event.fact for event in change.events if isinstance(event.fact, Renewed)]
        if not done:
            assert told.missing or account.overdue_since is not None
            continue
        bought += 1
        assert (told.missing, told.price, told.from_balance) == (0, done[0].amount, done[0].from_balance)
        assert sum(part for _, part in told.coupons) == done[0].from_coupons
        assert until == done[0].expires == instance.expires
        assert told.left == account.balance
    # No account can pay for a year unless money was added.
    assert bool(bought) is (months < 12 or added is not None)


def actions_on(ids: tuple[str, ...]) -> list[RenewalAction]:
    """The four bulk actions; those with a period also with an invalid one."""
    return [Renew(ids, 2), Renew(ids, 10), EnableAutoRenewal(ids, 1), EnableAutoRenewal(ids, 4),
            SetManualRenewal(ids), SetNonRenewal(ids)]  # fmt: skip


@pytest.mark.parametrize("days", [0, 12, 45])
@pytest.mark.parametrize("which", range(6))
def test_the_offences_are_the_offenders_of_the_refusal(days: int, which: int) -> None:
    """R4: each with its code, in the order of the list. Asking for the offences writes no event."""
    workspace = sample(days)
    action = actions_on((*workspace.world.instances, "nobody"))[which]
    before = workspace.world.events
    offences = workspace.offences(action)
    assert workspace.world.events == before
    refused = workspace.act(action).refused
    assert isinstance(refused, Refused) and refused.offenders is not None
    assert [(item.instance, item.code) for item in offences] == list(refused.offenders)
    assert refused.message.startswith(offences[0].message)


@pytest.mark.parametrize("days", [0, 8, 12, 28])
@pytest.mark.parametrize("months", [1, 12])
def test_auto_renewal_does_what_its_prospect_says(days: int, months: int) -> None:
    """A2, A4, A8: the payment attempts until one succeeds, with their outcome, price and new expiry."""
    tried = 0
    for name in [instance.id for instance in enterprise(sample(days))]:
        workspace = sample(days)
        instance = workspace.world.instances[name]
        account = workspace.world.accounts[instance.account]
        newly = instance.renewal.mode != AUTO
        told = prospect(instance, months, workspace.clock, workspace.policy, workspace.timetable)
        members = [item for item in workspace.world.instances.values() if item.account == account.id]
        ahead = forecast_if_enabled(account, members, {name}, months, workspace.clock, workspace.policy)
        until, begun = workspace.clock + 40 * DAY, workspace.clock
        for _ in ahead.run(until):
            pass
        attempts = ahead.outlook(instance, begun).attempts
        change = workspace.act(EnableAutoRenewal((name,), months))
        advice = next(event.advice for event in change.events if isinstance(event.fact, AutoRenewalChanged))
        assert told.warnings == (advice[:-1] if newly else ())
        workspace.advance(until)
        happened = [
            (event.at, event.fact.amount, getattr(event.fact, "reason", None))
            for event in workspace.history.events(instance=name)
            if isinstance(event.fact, Renewed | AutoRenewalFailed) and event.at > begun
        ]
        assert [(item.at, item.amount, item.reason) for item in attempts] == happened
        of_this_expiry = [item for item in happened if item[0] in told.payments]
        assert [item[0] for item in of_this_expiry] == list(told.payments[: len(of_this_expiry)])
        for event in workspace.history.events(instance=name):
            if isinstance(event.fact, Renewed) and event.at in told.payments:
                assert (event.fact.amount, event.fact.expires) == (told.price, told.until)
                tried += 1
    assert tried or months == 12


@pytest.mark.parametrize("mode", ["manual", "none"])
def test_what_happens_to_an_instance_that_nobody_renews(mode: str) -> None:
    """N2, E1, E2: the reminders, the expiry and the release."""
    workspace = sample()
    ids = tuple(instance.id for instance in enterprise(workspace))
    workspace.act(SetManualRenewal(ids) if mode == "manual" else SetNonRenewal(ids))
    told = {
        name: lapse(workspace.world.instances[name], mode, workspace.clock, workspace.policy, workspace.timetable)
        for name in ids
    }
    workspace.advance(workspace.clock + 300 * DAY)
    for name, there in told.items():
        events = list(workspace.history.events(instance=name))
        notices = [event for event in events if isinstance(event.fact, NoticeSent)]
        reminders = [event.at for event in notices if event.fact == NoticeSent("email", "renewal_reminder")]
        released = [event.at for event in notices if event.fact == NoticeSent("email", "released")]
        assert list(there.reminders) == reminders
        assert [there.release] == released
        assert workspace.world.instances[name].expires == there.expires


def test_days_are_counted_as_calendar_days() -> None:
    """An instance that expires late on the seventh day from today is within 7 days; one that expires at the clock has
    expired.
    """
    calendar = sample().calendar
    clock = calendar.parse("2026-07-01T12:00")
    first, last = expiring_within(7, clock, calendar)
    assert first == expired_by(clock) == clock + 1
    assert calendar.format(last)[:10] == "2026-07-09"
    assert calendar.format(in_time_from(clock, calendar))[:10] == "2026-07-03"
