"""The rules of time, T1 to T6: whole seconds, one fixed offset, the order of what is due, months without drift."""

import pytest

from core.base.errors import BadInput
from core.world.actions import (
    ContinueTrial,
    DevicesOnline,
    GrantCoupon,
    Purchase,
    Renew,
    SetManualRenewal,
    TopUp,
)
from tests.support.ledger import History, account, auto, bill, coupon, enterprise, legacy, public, snapshot

RICH = account(balance="9000")

ALL_AT_EIGHT = """
rules.B1.bill_delay = "8h"
rules.N2.reminder_time = "08:00"
"""
"""A policy with which bills and reminders are due together with payments, so that one instant has every step of T3."""


# T1


def test_an_instant_is_a_whole_second() -> None:
    """T1: it runs in the second before `expires`, and no longer in the second of `expires`."""
    history = History(enterprise(expires="2026-07-09 23:59:59"))
    assert history.state("ent-1", "2026-07-09 23:59:58") == "running"
    assert history.state("ent-1", "2026-07-09 23:59:59") == "expired"


def test_midnights_are_the_offsets_own() -> None:
    """T1: T is counted at +08:00, whatever offset the date has: 2026-07-09T16:00:00Z is midnight of the 10th."""
    history = History(enterprise(expires="2026-07-09T16:00:00Z")).until("2026-07-11")
    assert history.events("ent-1") == [
        "07-03 09:00 ent-1 email renewal_reminder N2",
        "07-07 09:00 ent-1 email renewal_reminder N2",
        "07-09 09:00 ent-1 email renewal_reminder N2",
        "07-10 00:00 ent-1 running -> expired E1",
        "07-10 00:00 ent-1 email expired N2",
    ]


def test_another_offset_moves_every_midnight() -> None:
    """T1: with the offset 0, the same instant lies on the 9th, so every day of the schedule is one day earlier."""
    history = History(enterprise(expires="2026-07-09T16:00:00Z"), policy='rules.T1.utc_offset = "+00:00"')
    assert history.until("2026-07-11").events("ent-1")[0] == "07-02 09:00 ent-1 email renewal_reminder N2"
    assert history.expires("ent-1") == "2026-07-09 16:00:00"


def test_no_daylight_saving() -> None:
    """T1: the local time of an expiry is the same after March and October."""
    history = History(RICH, enterprise(expires="2026-03-20 02:30"), clock="2026-03-01")
    history.at("2026-03-02", Renew(("ent-1",), 1))
    assert history.expires("ent-1") == "2026-04-20 02:30:00"
    history.at("2026-03-02", Renew(("ent-1",), 7))
    assert history.expires("ent-1") == "2026-11-20 02:30:00"


# T2


def test_what_is_due_happens_before_the_person_acts() -> None:
    """T2: if it is renewed in the second of its expiry, it expires first. Renewed a second earlier, it never does."""
    history = History(RICH, enterprise()).at("2026-07-10 00:00:00", Renew(("ent-1",), 1))
    assert history.moves() == ["07-10 00:00 ent-1 running -> expired E1", "07-10 00:00 ent-1 expired -> restoring R3"]
    history = History(RICH, enterprise()).at("2026-07-09 23:59:59", Renew(("ent-1",), 1)).until("2026-07-11")
    assert history.moves() == []


def test_an_action_never_moves_the_clock() -> None:
    """T2: after three actions at one instant, the clock has not moved."""
    history = History(RICH, enterprise())
    history.at("2026-07-02 12:00", TopUp("acme", "1"), Renew(("ent-1",), 1), TopUp("acme", "1"))
    assert {form["at"] for form in history.forms()} == {"2026-07-02T12:00:00+08:00"}
    assert history.world.clock == history.policy.calendar.parse("2026-07-02 12:00")


def test_nothing_is_run_again_after_an_action() -> None:
    """T2: at 09:00 on T-3 an instance without reminders becomes manual. That morning's reminder is already past."""
    history = History(RICH, enterprise(renewal=auto(months=36)))
    history.at("2026-07-07 09:00", SetManualRenewal(("ent-1",))).until("2026-07-09 09:00")
    reminders = [line for line in history.notices() if "reminder" in line]
    assert reminders == ["07-09 09:00 ent-1 email renewal_reminder N2"]


@pytest.mark.parametrize("step", ["1s", "29m", "4h", "1d", "9d"])
def test_the_step_does_not_matter(step: str) -> None:
    """T2: in one step or in many, across a bill, a stop, an expiry and their notices."""
    fleet = (
        account(balance="13", daily_spend="1"),
        legacy(),
        enterprise(expires="2026-07-02 04:00:01"),
        public(devices_online=True),
    )
    whole = History(*fleet, clock="2026-07-02 03:59:30").until("2026-07-02 04:00:30" if step == "1s" else "2026-07-20")
    parts = History(*fleet, clock="2026-07-02 03:59:30")
    while parts.world.clock < whole.world.clock:
        left = whole.world.clock - parts.world.clock
        parts.until(step if parts.policy.calendar.parse_when(step, 0) <= left else f"{left}s")
    assert whole.log
    assert parts.log == whole.log
    assert snapshot(parts.world) == snapshot(whole.world)


def test_the_clock_may_stay_where_it_is() -> None:
    """T2: moving the clock to its present instant does nothing, and repeats nothing."""
    history = History(enterprise()).until("2026-07-10")
    once = len(history.log)
    assert len(history.until("2026-07-10").log) == once


# T3


def test_the_order_of_one_instant() -> None:
    """T3: coupons, bills, settlement, payments, restorations, expiries and stops, releases, freezes, notices."""
    history = History(
        account(
            "b", balance="500",
            coupons=[coupon("c2", "1", "2026-07-03 07:45", "2026-07-03 08:00"), coupon("c1", "2", "2026-07-03 08:00")],
        ),
        account("a", daily_spend="5"),
        enterprise("8-pays-late", "2026-07-06 12:00", "100", account="b", renewal=auto()),
        enterprise("9-pays", "2026-07-06 08:00", "100", account="b", renewal=auto()),
        enterprise("restored", "2026-07-02 12:00", "100", account="b"),
        enterprise("y", "2026-07-03 08:00", account="b"),
        enterprise("x", "2026-07-03 08:00", account="b"),
        enterprise("gone", "2026-06-18 08:00", account="b"),
        enterprise("reminded", "2026-07-06", account="b"),
        public("idle", last_online="2026-06-03 08:00", account="b"),
        legacy("late", account="a"),
        clock="2026-07-02",
        policy=ALL_AT_EIGHT,
    )  # fmt: skip
    history.at("2026-07-03 07:30", Renew(("restored",), 1))
    before = len(history.log)
    history.until("2026-07-03 08:00")
    assert history.events()[before:] == [
        "07-03 08:00 b coupon c2 lost 1.00 M2",
        "07-03 08:00 a bill 17.00 B1",
        "07-03 08:00 a account overdue C1",
        "07-03 08:00 late running -> overdue L1",
        "07-03 08:00 9-pays renewed by auto 1 mo 100.00 = 2.00 + 98.00 to 2026-08-06 08:00:00 A5",
        "07-03 08:00 8-pays-late renewed by auto 1 mo 100.00 = 0.00 + 100.00 to 2026-08-06 12:00:00 A5",
        "07-03 08:00 restored restoring -> running R3",
        "07-03 08:00 x running -> expired E1",
        "07-03 08:00 y running -> expired E1",
        "07-03 08:00 gone expired -> released E2",
        "07-03 08:00 idle running -> frozen P2",
        "07-03 08:00 a email account_overdue N2",
        "07-03 08:00 x email expired N2",
        "07-03 08:00 y email expired N2",
        "07-03 08:00 gone email released N2",
        "07-03 08:00 idle email frozen N2",
        "07-03 08:00 reminded email renewal_reminder N2",
    ]


def test_a_coupon_that_starts_pays_the_bill_of_its_instant() -> None:
    """T3: coupons start (step 1) before bills are issued and settled (steps 2 and 3), so it never is overdue."""
    history = History(account(coupons=[coupon("c1", "20", "2026-07-02 04:00")]), legacy()).until("2026-07-02 04:00")
    assert history.events() == ["07-02 04:00 acme bill 12.00 B1", "07-02 04:00 acme settled 12.00 = 12.00 + 0.00 C1"]


def test_a_coupon_that_ends_pays_nothing_at_its_instant() -> None:
    """T3, M2: it ends in step 1, before the bill of the same second is settled in step 3."""
    history = History(account(coupons=[coupon("c1", "20", expires="2026-07-02 04:00")]), legacy()).until(
        "2026-07-02 04:00"
    )
    assert history.events(but="notice_sent")[:3] == [
        "07-02 04:00 acme coupon c1 lost 20.00 M2",
        "07-02 04:00 acme bill 12.00 B1",
        "07-02 04:00 acme account overdue C1",
    ]


def test_a_payment_comes_before_the_expiry_of_its_instant() -> None:
    """T3: an instance that expires at 08:00 is renewed on T at 08:00 and never expires."""
    history = History(
        account(balance="300"), enterprise(expires="2026-07-10 08:00", renewal=auto()), clock="2026-07-09 08:00"
    )
    history.until("2026-07-11")
    assert history.events() == [
        "07-10 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 08:00:00 A5"
    ]


def test_a_bill_is_settled_before_the_payment_of_its_instant() -> None:
    """T3: money that is enough for only one of the two pays the bill."""
    history = History(
        account(balance="300"), legacy(), enterprise(expires="2026-07-05", renewal=auto()), policy=ALL_AT_EIGHT
    )
    history.until("2026-07-02 08:00")
    assert history.events(but="notice_sent") == [
        "07-02 08:00 acme bill 12.00 B1",
        "07-02 08:00 acme settled 12.00 = 0.00 + 12.00 C1",
        "07-02 08:00 ent-1 failed insufficient_funds 300.00 A6",
    ]


def test_cleared_in_the_second_in_which_the_grace_ends() -> None:
    """T3, L1: settlement (step 3) comes before the stop (step 6) of the same instant."""
    owed = account(unpaid=[bill("b1", "2026-06-30 12:00", "5")], coupons=[coupon("c1", "5", "2026-07-01 12:00")])
    history = History(owed, legacy(daily_charge="0")).until("2026-07-02")
    assert history.moves() == ["07-01 12:00 leg-1 overdue -> running L2"]


def test_ordered_by_account_then_instance_by_code_point() -> None:
    """T3: "B" before "a", and "Z" before "é". The account's id counts first."""
    accounts = [account("a"), account("B")]
    instances = [
        enterprise(name, "2026-07-02 12:00", account=owner)
        for name, owner in (("é", "B"), ("Z", "a"), ("z", "B"), ("A", "a"), ("10", "B"), ("9", "B"))
    ]
    history = History(*accounts, *instances, clock="2026-07-02").until("2026-07-02 12:00")
    assert [line.split()[2] for line in history.moves()] == ["10", "9", "z", "é", "A", "Z"]


def test_payments_by_expiry_over_all_accounts() -> None:
    """T3: payments are ordered by `expires`, then by the instance's id. The account's id does not count."""
    history = History(
        account("a", balance="900"),
        account("b", balance="900"),
        enterprise("3", "2026-07-05 10:00", account="a", renewal=auto()),
        enterprise("2", "2026-07-05 09:00", account="b", renewal=auto()),
        enterprise("1", "2026-07-05 10:00", account="b", renewal=auto()),
    ).until("2026-07-02 08:00")
    assert [line.split()[2] for line in history.events()] == ["2", "1", "3"]


def test_notices_come_last_in_the_order_of_their_causes() -> None:
    """T3: also after an action: a top-up that restores two instances sends the account's notice once, at the end."""
    owed = account(unpaid=[bill("b1", "2026-06-29", "5")], low_balance_alert="3")
    history = History(owed, legacy("leg-2"), legacy("leg-1")).at("2026-07-01 10:00", TopUp("acme", "7"))
    assert history.events() == [
        "07-01 10:00 acme topped up 7.00",
        "07-01 10:00 acme settled 5.00 = 0.00 + 5.00 C1",
        "07-01 10:00 acme account cleared C1",
        "07-01 10:00 leg-1 stopped -> restoring L2",
        "07-01 10:00 leg-2 stopped -> restoring L2",
        "07-01 10:00 acme sms low_balance N1",
        "07-01 10:00 acme email account_cleared N2",
    ]


def test_another_round_if_something_else_becomes_due() -> None:
    """T3: without grace period, restore delay and retention, one instant sees all the states of each instance."""
    history = History(
        account(),
        legacy(),
        enterprise(expires="2026-07-02 04:00"),
        policy='rules.L1.overdue_grace = "0h"\nrules.E2.retention = "0d"\nrules.C4.restore_delay = "0m"',
    ).until("2026-07-02 04:00")
    assert history.moves() == [
        "07-02 04:00 leg-1 running -> overdue L1",
        "07-02 04:00 ent-1 running -> expired E1",
        "07-02 04:00 leg-1 overdue -> stopped L1",
        "07-02 04:00 ent-1 expired -> released E2",
    ]
    history.at("2026-07-02 05:00", TopUp("acme", "12"))
    assert history.moves()[4:] == [
        "07-02 05:00 leg-1 stopped -> restoring L2",
        "07-02 05:00 leg-1 restoring -> running L2",
    ]


# T4


def test_a_renewal_leaves_nothing_due_at_the_old_date() -> None:
    """T4: no reminder, expiry or release comes on the dates of the old expiry."""
    history = History(RICH, enterprise()).at("2026-07-02", Renew(("ent-1",), 12)).until("2026-08-01")
    assert history.events()[1:] == []


def test_a_device_that_comes_online_cancels_the_freeze() -> None:
    """T4: the freeze that was due on 20 July does not happen."""
    history = History(public(last_online="2026-06-20")).at("2026-07-19 23:59:59", DevicesOnline("pub-1"))
    assert history.state("pub-1", "2026-12-01") == "running"


def test_a_cleared_account_cancels_the_stop() -> None:
    """T4: if the account is overdue again later, the 24 hours count from then."""
    history = History(account(), legacy()).at("2026-07-03 03:59:59", TopUp("acme", "12"))
    assert history.moves() == ["07-02 04:00 leg-1 running -> overdue L1", "07-03 03:59:59 leg-1 overdue -> running L2"]
    assert history.state("leg-1", "2026-07-04 03:59:59") == "overdue"
    assert history.state("leg-1", "2026-07-04 04:00") == "stopped"


def test_continuing_a_trial_moves_the_next_freeze() -> None:
    """T4, P3: continued on 1 July, it freezes 30 days later, whatever was due before."""
    history = History(public(last_online="2026-05-01")).at("2026-07-01 10:00", ContinueTrial("pub-1"))
    assert history.until("2026-09-01").moves()[1:] == ["07-31 10:00 pub-1 running -> frozen P2"]


# T5


def months_on(expires: str, *periods: int, clock: str = "2026-01-01", anchor_day: int | None = None) -> list[str]:
    """The expiries after one renewal after another."""
    history = History(account(balance="90000"), enterprise(expires=expires, anchor_day=anchor_day), clock=clock)
    dates = []
    for months in periods:
        history.at("0m", Renew(("ent-1",), months))
        dates.append(history.expires("ent-1"))
    return dates


def test_months_keep_the_anchor_day() -> None:
    """T5: anchor 31: 31 January, 28 February, 31 March, 30 April. A clamped date is never the base of the next one."""
    assert months_on("2026-01-31", 1, 1, 1, 1) == [
        "2026-02-28 00:00:00", "2026-03-31 00:00:00", "2026-04-30 00:00:00", "2026-05-31 00:00:00",
    ]  # fmt: skip


def test_months_in_a_leap_year() -> None:
    """T5: anchors 29, 30 and 31 all clamp to 29 February 2028, and to the 28th in 2029."""
    for day in (29, 30, 31):
        dates = months_on(f"2028-01-{day}", 1, 12, 1, clock="2028-01-01")
        assert dates == ["2028-02-29 00:00:00", "2029-02-28 00:00:00", f"2029-03-{day} 00:00:00"]


def test_the_time_of_day_stays() -> None:
    """T5: 09:30:01 stays 09:30:01."""
    assert months_on("2026-01-31 09:30:01", 1, 2) == ["2026-02-28 09:30:01", "2026-04-30 09:30:01"]


def test_without_an_anchor_the_day_of_expiry_is_the_anchor() -> None:
    """T5: imported on 28 February without an anchor, it stays on the 28th. With anchor 31, next is 31 March."""
    assert months_on("2026-02-28", 1) == ["2026-03-28 00:00:00"]
    assert months_on("2026-02-28", 1, anchor_day=31) == ["2026-03-31 00:00:00"]
    assert months_on("2026-02-28", 1, anchor_day=30) == ["2026-03-30 00:00:00"]


@pytest.mark.parametrize(
    ("expires", "anchor", "fits"),
    [
        ("2026-02-28", 28, True),
        ("2026-02-28", 29, True),
        ("2026-02-28", 31, True),
        ("2026-02-28", 27, False),
        ("2026-02-27", 31, False),
        ("2028-02-28", 29, False),
        ("2028-02-29", 31, True),
        ("2026-04-30", 31, True),
        ("2026-07-30", 31, False),
        ("2026-07-31", 31, True),
        ("2026-07-31", 30, False),
        ("2026-07-10", 10, True),
        ("2026-07-09T16:00:00Z", 10, True),
        ("2026-07-09T16:00:00Z", 9, False),
        ("2026-07-10", 0, False),
    ],
)
def test_an_anchor_must_fit_the_expiry(expires: str, anchor: int, fits: bool) -> None:
    """T5: it is the day of the expiry, or clamps to it as the month's last day. Anything else is bad input."""
    fleet = enterprise(expires=expires, anchor_day=anchor)
    if fits:
        assert History(fleet, clock="2026-01-01").instance("ent-1").anchor_day == anchor
    else:
        with pytest.raises(BadInput, match="anchor_day"):
            History(fleet, clock="2026-01-01")


def test_auto_renewal_keeps_the_anchor_too() -> None:
    """T5, A5: month after month from 31 January, without drift."""
    history = History(account(balance="90000"), enterprise(expires="2026-01-31", renewal=auto()), clock="2026-01-01")
    dates = [line.split(" to ")[1] for line in history.until("2026-05-01").events()]
    assert dates == ["2026-02-28 A5", "2026-03-31 A5", "2026-04-30 A5", "2026-05-31 A5"]


# T6


def buy(when: str, months: int = 1, *, policy: str = "") -> History:
    """A fleet in which ent-9 has been bought."""
    history = History(RICH, clock="2019-01-01", policy=policy)
    return history.at(when, Purchase("acme", "ent-9", months, "100"))


def test_a_purchased_period_in_the_vendors_example() -> None:
    """T6: bought 2019-08-09 13:00 for 1 month, it ends 2019-09-10 00:00; renewed once, 2019-10-10 00:00."""
    history = buy("2019-08-09 13:00")
    assert history.events() == [
        "08-09 13:00 ent-9 purchased 1 mo 100.00 = 0.00 + 100.00 to 2019-09-10",
        "08-09 13:00 ent-9 new -> running T6",
    ]
    assert history.at("1h", Renew(("ent-9",), 1)).expires("ent-9") == "2019-10-10 00:00:00"


@pytest.mark.parametrize(
    ("bought", "ends"),
    [
        ("2026-01-30 23:59:59", "2026-02-28"),
        ("2026-01-31 00:00:00", "2026-02-28"),
        ("2026-01-31 00:00:01", "2026-03-01"),
        ("2028-01-30 12:00:00", "2028-02-29"),
        ("2026-12-31 00:00:01", "2027-02-01"),
        ("2026-07-09 16:00:00+00:00", "2026-08-10"),
    ],
)
def test_a_purchased_period_starts_at_the_next_midnight(bought: str, ends: str) -> None:
    """T6: bought exactly at midnight, it starts at once; bought a second later, it starts a day later."""
    assert buy(bought).expires("ent-9") == f"{ends} 00:00:00"


def test_the_start_day_of_a_period_is_the_anchor_day() -> None:
    """T6, T5: bought on 30 January, it starts on the 31st and ends on 28 February, then on 31 March."""
    assert buy("2026-01-30 12:00").at("0m", Renew(("ent-9",), 1)).expires("ent-9") == "2026-03-31 00:00:00"


def test_a_coupon_granted_for_later_is_usable_from_its_start() -> None:
    """T2, T4: and not a second earlier."""
    starts = History(RICH).policy.calendar.parse("2026-07-05")
    history = History(account()).at("2026-07-01", GrantCoupon("acme", "c1", "5", starts))
    assert history.shown("acme", "2026-07-04 23:59:59")["available_credit"] == "0.00"
    assert history.shown("acme", "2026-07-05 00:00:00")["available_credit"] == "5.00"
