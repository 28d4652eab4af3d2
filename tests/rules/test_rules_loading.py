"""The rule of loading, I1: the clock and the dates give each state; the past is neither replayed nor billed."""

import pytest

from core.base.errors import BadInput
from tests.support.ledger import Form, History, account, auto, bill, coupon, enterprise, legacy, public


@pytest.mark.parametrize(
    ("clock", "state"),
    [
        ("2026-07-09 23:59:59", "running"),
        ("2026-07-10 00:00:00", "expired"),
        ("2026-07-10 00:00:01", "expired"),
        ("2026-07-24 23:59:59", "expired"),
        ("2026-07-25 00:00:00", "released"),
        ("2026-12-25 00:00:00", "released"),
    ],
)
@pytest.mark.parametrize("trial", [False, True])
def test_loading_an_enterprise_instance(clock: str, state: str, trial: bool) -> None:
    """I1: the state follows from `expires`. What is due exactly at the clock counts as past."""
    history = History(enterprise(trial=trial), clock=clock)
    assert history.state("ent-1") == state
    assert history.log == []


@pytest.mark.parametrize(
    ("clock", "state"),
    [("2026-07-01 11:59:59", "overdue"), ("2026-07-01 12:00:00", "stopped"), ("2026-06-30 12:00:00", "overdue")],
)
def test_loading_a_legacy_instance(clock: str, state: str) -> None:
    """I1: by the account's `overdue_since` and the grace period, to the second. On a clear account it runs."""
    history = History(account(unpaid=[bill("b1", "2026-06-30 12:00", "5")]), legacy(), clock=clock)
    assert history.state("leg-1") == state
    assert History(account(), legacy(), clock=clock).state("leg-1") == "running"


@pytest.mark.parametrize(
    ("clock", "state"),
    [("2026-07-20 11:59:59", "running"), ("2026-07-20 12:00:00", "frozen"), ("2027-07-20", "frozen")],
)
def test_loading_a_public_instance(clock: str, state: str) -> None:
    """I1: the state follows from when its last device was online. With a device online it runs."""
    history = History(public(last_online="2026-06-20 12:00"), clock=clock)
    assert history.state("pub-1") == state
    assert History(public(last_online="2026-06-20 12:00", devices_online=True), clock=clock).state("pub-1") == "running"
    continued = public(last_online="2026-06-01", trial_continued="2026-06-20 12:00")
    assert History(continued, clock=clock).state("pub-1") == state


def test_overdue_and_expired_can_both_hold() -> None:
    """I1, E3: the account is overdue, the instance is expired."""
    history = History(account(unpaid=[bill("b1", "2026-06-30", "5")]), enterprise(expires="2026-06-30"))
    assert history.state("ent-1") == "expired"
    assert history.shown("acme")["overdue_since"] == "2026-06-30T00:00:00+08:00"


def test_overdue_since() -> None:
    """I1, C1: the value in the fleet, or else the instant at which the oldest bill was issued."""
    owed = [bill("b2", "2026-06-30", "5"), bill("b1", "2026-06-28", "5")]
    assert History(account(unpaid=owed)).shown("acme")["overdue_since"] == "2026-06-28T00:00:00+08:00"
    given = History(account(unpaid=owed, overdue_since="2026-06-29T10:00"))
    assert given.shown("acme")["overdue_since"] == "2026-06-29T10:00:00+08:00"


@pytest.mark.parametrize(
    ("clock", "entries"),
    [
        ("2026-07-07 08:00", [account(balance="900"), enterprise(renewal=auto(months=3))]),  # the T-3 payment
        ("2026-07-07 09:00", [enterprise(renewal={"mode": "none"})]),  # the reminder
        ("2026-07-10 00:00", [enterprise()]),  # the expiry
        ("2026-07-25 00:00", [enterprise()]),  # the release
        ("2026-07-24 00:00", [enterprise()]),  # its announcement
        ("2026-07-02 04:00", [account(balance="9", daily_spend="5"), legacy()]),  # the bill of 1 July
        ("2026-07-02 00:00", [account(coupons=[coupon("c1", "5", expires="2026-07-02")])]),  # a coupon's end
        (
            "2026-07-02 00:00",
            [account(unpaid=[bill("b1", "2026-07-01", "5")], coupons=[coupon("c1", "5", "2026-07-02")])],
        ),
        ("2026-07-02 00:00", [account(unpaid=[bill("b1", "2026-07-01", "5")]), legacy()]),  # the stop
        ("2026-07-20 00:00", [public(last_online="2026-06-20")]),  # the freeze
    ],
)
def test_what_is_due_exactly_at_the_clock_is_past(clock: str, entries: list[Form]) -> None:
    """I1: none of it happens, not even within the next hour. If the fleet is loaded a second earlier, it does."""
    assert History(*entries, clock=clock).until("50m").log == []
    calendar = History().policy.calendar
    before = calendar.format(calendar.parse(clock) - 1)
    if "unpaid" in entries[0] and "coupons" not in entries[0]:
        assert History(*entries, clock=before).until("1s").moves() == ["07-02 00:00 leg-1 overdue -> stopped L1"]
    elif "daily_spend" not in entries[0]:
        assert History(*entries, clock=before).until("1s").log != []


def test_a_coupon_that_started_at_the_clock_is_usable() -> None:
    """I1, M2: its start is past, so it is usable. A coupon that ends at the clock is not."""
    history = History(account(coupons=[coupon("c1", "5", "2026-07-01"), coupon("c2", "9", expires="2026-07-01")]))
    assert history.shown("acme")["available_credit"] == "5.00"


def test_the_past_is_not_replayed() -> None:
    """I1: missed payments, reminders and bills of several months do not happen. What lies ahead does."""
    history = History(
        account(balance="99", daily_spend="1"), enterprise(expires="2026-06-28", renewal=auto(months=36)),
        public(last_online="2025-01-01"), clock="2026-07-01 03:00",
    )  # fmt: skip
    assert history.until("2026-07-02 03:59:59").log == []
    assert history.until("2026-07-04 08:00").events(but="bill_settled") == [
        "07-02 04:00 acme bill 0.88 B1",
        "07-03 04:00 acme bill 1.00 B1",
        "07-04 04:00 acme bill 1.00 B1",
        "07-04 08:00 ent-1 failed insufficient_funds 10800.00 A6",
        "07-04 08:00 ent-1 email auto_renewal_failed N1",
    ]


def test_the_states_follow_the_policys_numbers() -> None:
    """I1: retention, trial retention, grace period and idle limit are those of the policy."""
    policy = """
        rules.E2.retention = "1d"
        rules.E4.trial_retention = "2d"
        rules.L1.overdue_grace = "48h"
        rules.P2.idle_limit = "1d"
    """
    history = History(
        account(unpaid=[bill("b1", "2026-06-30 00:00", "5")]), legacy(), public(last_online="2026-06-30"),
        enterprise("ordinary", "2026-06-30"), enterprise("trial", "2026-06-30", trial=True), policy=policy,
    )  # fmt: skip
    states = {name: history.state(name) for name in ("leg-1", "pub-1", "ordinary", "trial")}
    assert states == {"leg-1": "overdue", "pub-1": "frozen", "ordinary": "released", "trial": "expired"}


@pytest.mark.parametrize(
    "entry",
    [
        account(overdue_since="2026-06-30"),
        account(unpaid=[bill("b1", "2026-07-01 00:00:01", "5")]),
        account(unpaid=[bill("b1", "2026-06-30", "5")], overdue_since="2026-07-01 00:00:01"),
        account(unpaid=[bill("b1", "2026-06-30", "-5")]),
        account(balance="-0.01"),
        account(balance="0.001"),
        account(balance="NaN"),
        account(currency="YEN"),
        account(coupons=[coupon("c1", "1"), coupon("c1", "1")]),
        public(last_online="2026-07-01 00:00:01"),
        public(last_online="2026-06-01", trial_continued="2026-07-01 00:00:01"),
        public(),
        enterprise(renewal=auto(enabled_on="2026-07-02")),
        enterprise(renewal=auto(months=4)),
        enterprise(renewal=auto("checkout", months=2)),
        enterprise(renewal={"mode": "monthly"}),
        enterprise(account="nobody"),
        {"id": "x", "kind": "legacy_public"},
        {"id": "x", "kind": "enterprise", "expires": "2026-07-10"},
        {"id": "x", "kind": "enterprise", "monthly_price": "1"},
        {"id": "x", "kind": "standard"},
    ],
)
def test_bad_input(entry: Form) -> None:
    """I1, A4, T5: a fleet whose dates are impossible at its clock is refused."""
    entries = [entry] if "kind" not in entry else [account(), entry]
    with pytest.raises(BadInput):
        History(*entries)


def test_ids_are_unique() -> None:
    """I1: no id appears twice among accounts or among instances. Two accounts may have coupons with the same id."""
    for twice in ([account("a"), account("a")], [enterprise("x"), legacy("x")]):
        with pytest.raises(BadInput, match="twice"):
            History(*twice)
    History(account("a", coupons=[coupon("c1", "1")]), account("b", coupons=[coupon("c1", "1")]))
