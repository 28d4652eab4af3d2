"""The sample fleet without any action for 45 days: every kind, every state, and every transition that needs no person.

Each ledger below is the history of one instance or account in the log: when, what, and by which rule.
"""

import json
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Final

import pytest

from core.base.instants import DAY
from core.base.money import format_amount
from core.formats.document import read_document
from core.rules.lifecycle import (
    EXPIRY,
    LOADED,
    PAST_GRACE,
    PURCHASED,
    RENEWED,
    RESTORED,
    TABLE,
    TRIAL_CONTINUED,
    UPGRADED,
    Transition,
)
from core.rules.rulebook import load_policy
from core.simulation.credit import available_credit
from core.simulation.simulation import Simulation
from core.world.events import (
    AccountCleared,
    AccountOverdue,
    AutoRenewalFailed,
    BillIssued,
    BillSettled,
    CouponEnded,
    Event,
    NoticeSent,
    Renewed,
    StateChanged,
)
from core.world.model import ENTERPRISE, EXPIRED, KINDS, LEGACY_PUBLIC, RESTORING, RUNNING, STATES, World
from data import SAMPLE_FLEET

POLICY: Final = load_policy()
CALENDAR: Final = POLICY.calendar
DAYS: Final = 45

BY_A_PERSON: Final = {PURCHASED, TRIAL_CONTINUED, UPGRADED}
"""Triggers that only an action causes. `renewed` is not among them: auto-renewal causes it, too (A5)."""

OUT_OF_REACH: Final = {
    (ENTERPRISE, RESTORING, EXPIRY, None): (
        "a payment comes at most 14 days after `expires` (A2) and adds a month or more (R2), "
        "so the new expiry is still weeks away when the 30 minutes (C4) are over"
    ),
    (ENTERPRISE, RESTORING, RENEWED, None): (
        "the schedule belongs to the new expiry at once (A5), and its first payment is days away, not 30 minutes"
    ),
    (LEGACY_PUBLIC, RESTORING, RESTORED, PAST_GRACE): (
        "a grace of 24 hours (L1) that begins during a restoration of 30 minutes (L2) can't end during it"
    ),
}
"""Rows that need no person, but that never happen without one under the default numbers, and the reason."""

Case = tuple[str, str | None, str, str | None]
"""A row of the lifecycle table by kind, state, trigger and guard."""


class Run:
    """The sample fleet and its events in the first 45 days, without any action."""

    def __init__(self) -> None:
        document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
        self.start: World = read_document(document, POLICY)
        self.world: World = read_document(document, POLICY)
        simulation = Simulation(self.world, POLICY)
        self.events: list[Event] = [
            event for events in simulation.advance(self.world.clock + DAYS * DAY) for event in events
        ]

    def of(self, instance: str) -> list[Event]:
        """The events of one instance."""
        return [event for event in self.events if event.instance == instance]

    def ledger(self, name: str) -> list[str]:
        """The history of an instance, or of an account without its daily bills, one line for each event."""
        events = self.of(name) or [event for event in self.events if event.account == name and event.instance is None]
        return [f"{CALENDAR.local(event.at):%m-%d %H:%M} {self._line(event)}" for event in events if not daily(event)]

    def _line(self, event: Event) -> str:
        fact, rule = event.fact, event.rule
        if isinstance(fact, StateChanged):
            return f"{fact.source} -> {fact.target} {rule}"
        if isinstance(fact, NoticeSent):
            return f"{fact.channel} {fact.notice}"
        if isinstance(fact, Renewed):
            until = CALENDAR.date_of(fact.expires)
            return f"renewed by {fact.by} for {self._money(event, fact.amount)} to {until} {rule}"
        if isinstance(fact, AutoRenewalFailed):
            return f"failed for {self._money(event, fact.amount)} {fact.reason} {rule}"
        if isinstance(fact, CouponEnded):
            return f"coupon {fact.coupon} lost {self._money(event, fact.amount)} {rule}"
        return f"{event.type} {rule}"

    def _money(self, event: Event, amount: int) -> str:
        assert event.account is not None
        return format_amount(amount, self.world.accounts[event.account].currency)

    def rows_followed(self) -> set[Case]:
        """The rows of the lifecycle table that caused the changes of state in the log."""
        rows = {(row.kind, row.state, row.target): row for row in TABLE if row.trigger not in BY_A_PERSON}
        moved = {(event.at, event.instance) for event in self.events if isinstance(event.fact, StateChanged)}
        state = {instance.id: instance.state for instance in self.start.instances.values()}
        followed: set[Case] = set()
        for event in self.events:
            if event.instance is None:
                continue
            kind, source = self.start.instances[event.instance].kind, state[event.instance]
            if isinstance(event.fact, StateChanged):
                assert event.fact.source == source, "the log skips a state"
                row = rows[kind, source, event.fact.target]
                assert event.rule == row.rule
                followed.add(case_of(row))
                state[event.instance] = event.fact.target
            elif isinstance(event.fact, Renewed) and (event.at, event.instance) not in moved:
                followed.add(case_of(rows[kind, source, source]))
        return followed


def case_of(row: Transition) -> Case:
    return row.kind, row.state, row.trigger, row.guard


def daily(event: Event) -> bool:
    return isinstance(event.fact, BillIssued | BillSettled)


@pytest.fixture(scope="module")
def run() -> Run:
    return Run()


def test_about_two_dozen_instances_of_every_kind_on_two_accounts(run: Run) -> None:
    world = run.start
    assert 22 <= len(world.instances) <= 26
    assert Counter(instance.kind for instance in world.instances.values()) == {
        ENTERPRISE: 15, "public": 5, LEGACY_PUBLIC: 4,
    }  # fmt: skip
    assert set(KINDS) == {instance.kind for instance in world.instances.values()}
    assert {account.id: account.currency for account in world.accounts.values()} == {"acme": "CNY", "globex": "USD"}
    assert {instance.account for instance in world.instances.values()} == set(world.accounts)


def test_it_is_a_varied_fleet(run: Run) -> None:
    """Several regions, every renewal mode and schedule, a trial, a month-end anchor (T5), a name that is not ASCII."""
    instances = run.start.instances.values()
    enterprise = [instance for instance in instances if instance.kind == ENTERPRISE]
    assert len({instance.region for instance in instances}) >= 4
    assert {(instance.renewal.mode, instance.renewal.schedule) for instance in enterprise} == {
        ("manual", None), ("none", None), ("auto", "console"), ("auto", "checkout"),
    }  # fmt: skip
    assert {instance.renewal.months for instance in enterprise if instance.renewal.schedule == "console"} == {1, 3, 12}
    assert any(instance.trial for instance in enterprise)
    assert any(instance.anchor_day == 31 for instance in enterprise)
    assert any(not instance.name.isascii() for instance in instances)


def test_every_transition_that_needs_no_person(run: Run) -> None:
    """All rows of the table except those that an action starts or that the default numbers rule out."""
    without_a_person = {case_of(row) for row in TABLE if row.trigger not in BY_A_PERSON}
    assert without_a_person >= set(OUT_OF_REACH), "OUT_OF_REACH names a row that the table no longer has"
    assert run.rows_followed() == without_a_person - set(OUT_OF_REACH)


def test_every_state(run: Run) -> None:
    """Three states when loaded (I1), and all seven within the 45 days."""
    loaded = {instance.state for instance in run.start.instances.values()}
    assert loaded == {"running", "expired", "frozen"}
    assert all(instance.state in LOADED[instance.kind] for instance in run.start.instances.values())
    entered = {event.fact.target for event in run.events if isinstance(event.fact, StateChanged)}
    assert loaded | entered == set(STATES)


def test_after_45_days_there_is_still_something_to_watch(run: Run) -> None:
    """At the end both accounts are overdue, four instances are released, two are expired, ten are running."""
    assert all(account.overdue_since is not None for account in run.world.accounts.values())
    assert Counter(instance.state for instance in run.world.instances.values()) == {
        "running": 10, "frozen": 4, "released": 4, "stopped": 3, "expired": 2, "overdue": 1,
    }  # fmt: skip


def test_some_instances_have_no_events(run: Run) -> None:
    """At least four of them have none in all 45 days."""
    silent = {name for name in run.start.instances if not run.of(name)}
    assert {"plant-05", "meter-02", "vending-03", "trial-01"} <= silent
    assert all(run.world.instances[name].state == RUNNING for name in silent - {"trial-04"})


def test_something_happens_every_day_or_two(run: Run) -> None:
    """Without the daily bills, an event on at least every second date, and no more than 14 on any."""
    per_day = Counter(CALENDAR.date_of(event.at) for event in run.events if not daily(event))
    dates = [date(2026, 7, 1), *sorted(per_day), date(2026, 8, 15)]
    assert max(later - earlier for earlier, later in pairwise(dates)).days <= 2
    assert max(per_day.values()) <= 14


def test_auto_renewal_three_days_ahead(run: Run) -> None:
    """A2, A5: the money is there on T-3, so the service never stops."""
    assert run.ledger("plant-01") == ["07-30 08:00 renewed by auto for 300.00 to 2026-09-02 A5"]


def test_checkout_renewal_nine_days_ahead(run: Run) -> None:
    """A3: on T-9, and again on T-9 of the next month."""
    assert run.ledger("plant-02") == [
        "07-03 08:00 renewed by auto for 300.00 to 2026-08-12 A5",
        "08-03 08:00 renewed by auto for 300.00 to 2026-09-12 A5",
    ]


def test_rescued_on_the_sixth_day(run: Run) -> None:
    """A2, A6, R3: T-3, T-1 and T fail and it expires at a midnight. A coupon starts on 14 July, and T+6 restores it.

    The new expiry counts from the old one (R2): three months from 10 July, not from the payment.
    """
    assert run.ledger("plant-07") == [
        "07-07 08:00 failed for 900.00 insufficient_funds A6",
        "07-07 08:00 email auto_renewal_failed",
        "07-09 08:00 failed for 900.00 insufficient_funds A6",
        "07-09 08:00 email auto_renewal_failed",
        "07-10 00:00 running -> expired E1",
        "07-10 00:00 email expired",
        "07-10 08:00 failed for 900.00 insufficient_funds A6",
        "07-10 08:00 email auto_renewal_failed",
        "07-16 08:00 renewed by auto for 900.00 to 2026-10-10 A5",
        "07-16 08:00 expired -> restoring R3",
        "07-16 08:30 restoring -> running R3",
    ]
    (renewed,) = [event.fact for event in run.of("plant-07") if isinstance(event.fact, Renewed)]
    assert (renewed.from_coupons, renewed.from_balance) == (344_50, 555_50)


def test_every_payment_fails(run: Run) -> None:
    """A2, E2: there is never enough money for a year at once, up to T+14; it is released on T+15."""
    failures = [
        line
        for day in ("07-12", "07-14", "07-15", "07-21", "07-29")
        for line in (f"{day} 08:00 failed for 5760.00 insufficient_funds A6", f"{day} 08:00 email auto_renewal_failed")
    ]
    assert run.ledger("meter-01") == [
        *failures[:4],
        "07-15 00:00 running -> expired E1",
        "07-15 00:00 email expired",
        *failures[4:8],
        "07-29 00:00 email release_tomorrow",
        *failures[8:],
        "07-30 00:00 expired -> released E2",
        "07-30 00:00 email released",
    ]


def test_nobody_renews(run: Run) -> None:
    """N2, E1, E2: three reminders, the expiry, a notice the day before the release, the release."""
    assert run.ledger("plant-12") == [
        "07-06 09:00 email renewal_reminder",
        "07-10 09:00 email renewal_reminder",
        "07-12 09:00 email renewal_reminder",
        "07-13 00:00 running -> expired E1",
        "07-13 00:00 email expired",
        "07-27 00:00 email release_tomorrow",
        "07-28 00:00 expired -> released E2",
        "07-28 00:00 email released",
    ]


def test_an_instance_set_to_non_renewal(run: Run) -> None:
    """N2: only one reminder."""
    assert run.ledger("vending-04") == [
        "07-22 09:00 email renewal_reminder",
        "07-25 00:00 running -> expired E1",
        "07-25 00:00 email expired",
        "08-08 00:00 email release_tomorrow",
        "08-09 00:00 expired -> released E2",
        "08-09 00:00 email released",
    ]


def test_a_trial_goes_the_same_way(run: Run) -> None:
    """E4."""
    pilot = run.world.instances["pilot-01"]
    assert pilot.trial
    assert [line for line in run.ledger("pilot-01") if "->" in line] == [
        "07-19 00:00 running -> expired E1",
        "08-03 00:00 expired -> released E2",
    ]


def test_enabled_too_late_and_anchored_to_the_31st(run: Run) -> None:
    """A4, T5: auto-renewal was ticked the day after it expired, so T+6 is the first attempt; 30 June, 31 July, 31
    August.
    """
    assert run.start.instances["coldchain-01"].state == EXPIRED
    assert run.ledger("coldchain-01") == [
        "07-06 08:00 renewed by auto for 260.00 to 2026-07-31 A5",
        "07-06 08:00 expired -> restoring R3",
        "07-06 08:30 restoring -> running R3",
        "07-28 08:00 renewed by auto for 260.00 to 2026-08-31 A5",
    ]


def test_an_overdue_account_blocks_auto_renewal(run: Run) -> None:
    """C2, E3: payments fail while the account is overdue, but the service continues. They succeed once a coupon has
    cleared it.

    One payment succeeds on T-1; the other, ticked at checkout, on T-7 (A3).
    """
    assert run.ledger("vending-01") == [
        "07-18 08:00 failed for 38.00 account_overdue A6",
        "07-18 08:00 email auto_renewal_failed",
        "07-20 08:00 renewed by auto for 38.00 to 2026-08-21 A5",
    ]
    assert run.ledger("vending-02") == [
        "07-18 08:00 failed for 24.00 account_overdue A6",
        "07-18 08:00 email auto_renewal_failed",
        "07-19 08:00 failed for 24.00 account_overdue A6",
        "07-19 08:00 email auto_renewal_failed",
        "07-20 08:00 renewed by auto for 24.00 to 2026-08-27 A5",
    ]


def test_public_instances_freeze(run: Run) -> None:
    """P2: 30 days after the last device or the continued trial. One is frozen from the start, one never is idle."""
    assert run.ledger("trial-03") == ["07-08 16:20 running -> frozen P2", "07-08 16:20 email frozen"]
    assert run.ledger("trial-05") == ["07-18 09:00 running -> frozen P2", "07-18 09:00 email frozen"]
    assert run.ledger("trial-02") == ["07-23 10:15 running -> frozen P2", "07-23 10:15 email frozen"]
    assert run.ledger("trial-04") == []
    assert run.start.instances["trial-04"].state == "frozen"
    assert run.world.instances["trial-01"].state == RUNNING


@pytest.mark.parametrize("legacy", ["legacy-02", "legacy-03", "legacy-04"])
def test_legacy_overdue_stopped_and_restored(run: Run, legacy: str) -> None:
    """L1, L2: cleared within the 24 hours; stopped after them; overdue again while restoring; fully restored."""
    assert run.ledger(legacy) == [
        "07-05 04:00 running -> overdue L1",
        "07-05 18:00 overdue -> running L2",
        "07-10 04:00 running -> overdue L1",
        "07-11 04:00 overdue -> stopped L1",
        "07-11 04:00 email stopped",
        "07-14 03:45 stopped -> restoring L2",
        "07-14 04:15 restoring -> overdue L2",
        "07-15 04:00 overdue -> stopped L1",
        "07-15 04:00 email stopped",
        "07-20 06:00 stopped -> restoring L2",
        "07-20 06:30 restoring -> running L2",
        "08-10 04:00 running -> overdue L1",
        "08-11 04:00 overdue -> stopped L1",
        "08-11 04:00 email stopped",
    ]


def test_the_accounts_become_overdue_at_a_bill_and_clear_at_a_coupon(run: Run) -> None:
    """C1, C3, M2: overdue at a daily bill at 04:00, clear when a coupon starts; one SMS when the balance falls."""
    assert run.ledger("acme") == [
        "07-03 00:00 coupon spring-voucher lost 41.50 M2",
        "07-06 08:00 sms low_balance",
        "08-14 04:00 account_overdue C1",
        "08-14 04:00 email account_overdue",
    ]
    assert run.ledger("globex") == [
        "07-03 04:00 sms low_balance",
        "07-05 04:00 account_overdue C1",
        "07-05 04:00 email account_overdue",
        "07-05 18:00 account_cleared C1",
        "07-05 18:00 email account_cleared",
        "07-10 04:00 account_overdue C1",
        "07-10 04:00 email account_overdue",
        "07-14 03:45 account_cleared C1",
        "07-14 03:45 email account_cleared",
        "07-14 04:00 account_overdue C1",
        "07-14 04:00 email account_overdue",
        "07-20 06:00 account_cleared C1",
        "07-20 06:00 email account_cleared",
        "08-10 04:00 account_overdue C1",
        "08-10 04:00 email account_overdue",
    ]
    coupons = [coupon.starts for account in run.start.accounts.values() for coupon in account.coupons]
    clears = [event.at for event in run.events if isinstance(event.fact, AccountCleared)]
    overdues = [event.at for event in run.events if isinstance(event.fact, AccountOverdue)]
    assert set(clears) <= set(coupons)
    assert all((instant - CALENDAR.midnight(CALENDAR.day_of(instant))) == POLICY.bill_delay for instant in overdues)


def test_a_bill_a_day(run: Run) -> None:
    """B1, B2: 44 cycles are closed and billed on each account, none above the full daily amount."""
    for account, whole_day in (("acme", 18_50), ("globex", 6_00)):
        bills = [
            event.fact.amount for event in run.events if event.account == account and isinstance(event.fact, BillIssued)
        ]
        assert len(bills) == 44
        assert max(bills) == whole_day


def test_every_notice(run: Run) -> None:
    """N1, N2: the sample fleet sends every notice."""
    assert {event.fact.notice for event in run.events if isinstance(event.fact, NoticeSent)} == {
        "low_balance", "auto_renewal_failed", "renewal_reminder", "account_overdue", "account_cleared", "stopped",
        "expired", "release_tomorrow", "released", "frozen",
    }  # fmt: skip


def test_money_at_the_end(run: Run) -> None:
    """C5."""
    shown = {
        account.id: format_amount(available_credit(account, run.world.clock), account.currency)
        for account in run.world.accounts.values()
    }
    assert shown == {"acme": "-4.00", "globex": "-12.85"}
