"""The rules of the account, C1 to C5: overdue and clear, refusals while overdue, the low balance alert."""

import pytest

from core.world.actions import (
    Action,
    Charge,
    ContinueTrial,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetManualRenewal,
    TopUp,
    Upgrade,
)
from tests.support.ledger import History, account, auto, bill, coupon, enterprise, legacy, public

OWES_5_AND_7 = [bill("b1", "2026-06-28", "5"), bill("b2", "2026-06-29", "7")]


def at(history: History, when: str) -> int:
    return history.policy.calendar.parse(when)


# C1


def test_bills_are_settled_oldest_first_and_in_full() -> None:
    """C1: of unpaid 5.00 and 7.00, 11.99 settles only the first. One cent more settles both and clears the account."""
    history = History(account(unpaid=OWES_5_AND_7)).at("2026-07-01", TopUp("acme", "11.99"))
    assert history.events() == ["07-01 00:00 acme topped up 11.99", "07-01 00:00 acme settled 5.00 = 0.00 + 5.00 C1"]
    history.at("0m", TopUp("acme", "0.01"))
    assert history.events(but="notice_sent")[3:] == [
        "07-01 00:00 acme settled 7.00 = 0.00 + 7.00 C1",
        "07-01 00:00 acme account cleared C1",
    ]
    assert history.shown("acme") == {
        "id": "acme", "currency": "CNY", "balance": "0.00", "available_credit": "0.00", "unpaid": "0.00",
        "overdue_since": None,
    }  # fmt: skip


def test_settlement_stops_at_the_first_bill_that_cannot_be_covered() -> None:
    """C1: an old bill of 5.00 that can't be paid blocks a new bill of 1.00, for which there is enough money."""
    history = History(account(balance="4.99", unpaid=[OWES_5_AND_7[0]])).at("2026-07-01", Charge("acme", "1"))
    assert history.events() == ["07-01 00:00 acme bill 1.00 B3"]
    assert (history.balance(), history.shown("acme")["unpaid"]) == ("4.99", "6.00")


def test_bills_are_ordered_by_issue_not_by_the_file() -> None:
    """C1: a fleet may list its bills in any order. The oldest is settled first, and bills issued later come last."""
    owed = [bill("b3", "2026-06-30", "3"), bill("b1", "2026-06-28", "1"), bill("b2", "2026-06-29", "2")]
    history = History(account(unpaid=owed)).at("2026-07-01", Charge("acme", "4"), TopUp("acme", "10"))
    settled = [form["amount"] for form in history.forms() if form["type"] == "bill_settled"]
    assert settled == ["1.00", "2.00", "3.00", "4.00"]


def test_overdue_since_the_first_unpaid_bill() -> None:
    """C1: neither a second bill nor a top-up that leaves one unpaid restarts `overdue_since`."""
    history = History(account()).at("2026-07-01 10:00", Charge("acme", "5")).at("2026-07-02 11:00", Charge("acme", "7"))
    history.at("2026-07-03 12:00", TopUp("acme", "6"))
    assert history.shown("acme")["overdue_since"] == "2026-07-01T10:00:00+08:00"
    assert history.events(only="account_overdue account_cleared") == ["07-01 10:00 acme account overdue C1"]
    history.at("2026-07-03 12:00", TopUp("acme", "6"))
    assert history.shown("acme")["overdue_since"] is None
    assert (
        history.at("2026-07-03 12:00", Charge("acme", "9")).shown("acme")["overdue_since"]
        == "2026-07-03T12:00:00+08:00"
    )


def test_exactly_enough_is_enough() -> None:
    """C1: with 5.00 for a bill of 5.00 the account never is overdue. With one cent less it is."""
    assert History(account(balance="5")).at("2026-07-01", Charge("acme", "5")).shown("acme")["overdue_since"] is None
    history = History(account(balance="4.99")).at("2026-07-01", Charge("acme", "5"))
    assert history.shown("acme")["overdue_since"] == "2026-07-01T00:00:00+08:00"


def test_a_coupon_settles_too() -> None:
    """C1: when it is granted and when it starts. Granting one for later settles bills from the balance."""
    history = History(account(unpaid=[OWES_5_AND_7[0]])).at("2026-07-01", GrantCoupon("acme", "c1", "5"))
    assert history.events(only="bill_settled") == ["07-01 00:00 acme settled 5.00 = 5.00 + 0.00 C1"]
    history = History(account(unpaid=[OWES_5_AND_7[0]], coupons=[coupon("c1", "5", "2026-07-03 10:00")]))
    assert history.until("2026-07-03 09:59:59").log == []
    assert history.until("2026-07-03 10:00").events(but="notice_sent") == [
        "07-03 10:00 acme settled 5.00 = 5.00 + 0.00 C1",
        "07-03 10:00 acme account cleared C1",
    ]
    history = History(account(balance="5", unpaid=[OWES_5_AND_7[0]]))
    history.at("2026-07-01", GrantCoupon("acme", "c1", "1", at(history, "2026-07-09")))
    assert history.events(only="bill_settled") == ["07-01 00:00 acme settled 5.00 = 0.00 + 5.00 C1"]


def test_loading_settles_nothing() -> None:
    """C1: even with enough money, an unpaid bill stays until a bill, money or a coupon arrives."""
    history = History(
        account(balance="100", unpaid=[OWES_5_AND_7[0]], coupons=[coupon("c1", "1", expires="2026-07-04")]),
        enterprise(),
    )
    history.at("2026-07-03", SetLowBalanceAlert("acme", "1")).until("2026-07-05")
    assert history.shown("acme")["unpaid"] == "5.00"
    history.at("2026-07-05", Charge("acme", "2"))
    assert history.shown("acme")["unpaid"] == "0.00"
    assert history.events(only="account_cleared") == ["07-05 00:00 acme account cleared C1"]


# C2

OVERDUE = account(balance="999", unpaid=[bill("b1", "2026-06-30", "1000")])


@pytest.mark.parametrize(
    "action",
    [Purchase("acme", "ent-9", 1, "1"), Renew(("ent-1",), 1), Upgrade("pub-1", 1, "1"), Upgrade("leg-1", 1, "1")],
    ids=lambda action: type(action).__name__,
)
def test_what_costs_money_is_refused_while_overdue(action: Action) -> None:
    """C2: purchase, renewal and upgrade, although 999.00 is available. Once the account is clear, they succeed."""
    history = History(OVERDUE, enterprise(), public(last_online="2026-06-30"), legacy())
    history.at("2026-07-01 01:00", action)
    assert history.code() == "account_overdue"
    history.at("2026-07-01 02:00", TopUp("acme", "999"), action)
    assert history.code() is None


def test_auto_renewal_fails_while_overdue() -> None:
    """C2, A6: it fails on T-3 while the account is overdue, and is paid on T-1 when the account is clear."""
    history = History(OVERDUE, enterprise(renewal=auto())).until("2026-07-07 08:00")
    assert history.events() == [
        "07-07 08:00 ent-1 failed account_overdue 300.00 A6",
        "07-07 08:00 ent-1 email auto_renewal_failed N1",
    ]
    history.at("2026-07-09 07:59:59", TopUp("acme", "301")).until("2026-07-09 08:00")
    assert history.events("ent-1")[2:] == [
        "07-09 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5"
    ]


def test_what_costs_nothing_works_while_overdue() -> None:
    """C2: enabling and changing auto-renewal, continuing a trial, setting an alert, granting a coupon."""
    history = History(OVERDUE, enterprise(), public(last_online="2026-05-01"))
    for action in (
        EnableAutoRenewal(("ent-1",), 1),
        EnableAutoRenewal(("ent-1",), 3),
        SetManualRenewal(("ent-1",)),
        ContinueTrial("pub-1"),
        SetLowBalanceAlert("acme", "1"),
        GrantCoupon("acme", "c1", "0.01"),
    ):
        assert history.at("2026-07-01", action).code() is None
    assert history.shown("acme")["overdue_since"] is not None


# C3


def sms(history: History) -> list[str]:
    return [line for line in history.notices() if "sms" in line]


@pytest.mark.parametrize(("amount", "told"), [("99.99", 0), ("100.00", 0), ("100.01", 1), ("300", 1)])
def test_the_alert_is_sent_when_the_balance_falls_below_the_threshold(amount: str, told: int) -> None:
    """C3: with a threshold of 200.00, a fall to 200.00 sends nothing; a fall to 199.99 sends one SMS."""
    history = History(account(balance="300", low_balance_alert="200")).at("2026-07-01", Charge("acme", amount))
    assert len(sms(history)) == told


def test_the_alert_is_armed_again_at_the_threshold() -> None:
    """C3: after a fall to 150.00, another fall sends nothing. Back at 199.99 it still sends nothing; back at 200.00 the
    next fall sends an SMS.
    """
    history = History(account(balance="200", low_balance_alert="200"))
    history.at("2026-07-01", Charge("acme", "50"), Charge("acme", "50"), TopUp("acme", "99.99"), Charge("acme", "1"))
    assert sms(history) == ["07-01 00:00 acme sms low_balance N1"]
    history.at("2026-07-02", TopUp("acme", "1.01"), Charge("acme", "0.01"))
    assert sms(history)[1:] == ["07-02 00:00 acme sms low_balance N1"]


def test_each_movement_counts_in_its_order() -> None:
    """C3: 500.00 lifts the balance of 100.00 over 200.00, and the bill of 500.00 takes it below again: one SMS."""
    history = History(account(balance="100", low_balance_alert="200", unpaid=[bill("b1", "2026-06-30", "500")]))
    history.at("2026-07-01", TopUp("acme", "500"))
    assert history.events() == [
        "07-01 00:00 acme topped up 500.00",
        "07-01 00:00 acme settled 500.00 = 0.00 + 500.00 C1",
        "07-01 00:00 acme account cleared C1",
        "07-01 00:00 acme sms low_balance N1",
        "07-01 00:00 acme email account_cleared N2",
    ]


def test_setting_a_threshold_sends_nothing() -> None:
    """C3: a threshold above the balance sends nothing, nor does another fall; only a fall from at or above it does."""
    history = History(account(balance="100")).at("2026-07-01", SetLowBalanceAlert("acme", "200"), Charge("acme", "10"))
    assert sms(history) == []
    history.at("2026-07-01", TopUp("acme", "110"), Charge("acme", "1"))
    assert len(sms(history)) == 1


def test_only_the_balance_counts() -> None:
    """C3: a payment from a coupon does not move the balance, nor does the end of a coupon."""
    coupons = [coupon("c1", "100"), coupon("c2", "100", expires="2026-07-02")]
    history = History(account(balance="200", low_balance_alert="200", coupons=coupons))
    assert sms(history.at("2026-07-01", Charge("acme", "150")).until("2026-07-03")) == []
    assert sms(history.at("2026-07-03", Charge("acme", "50.01"))) == ["07-03 00:00 acme sms low_balance N1"]


def test_without_an_alert_nothing_is_sent() -> None:
    """C3: null removes the alert. A fleet loaded below its threshold sends nothing."""
    history = History(account(balance="100", low_balance_alert="200")).until("2026-07-02")
    history.at("2026-07-02", TopUp("acme", "200"), SetLowBalanceAlert("acme", None), Charge("acme", "200"))
    assert history.events(only="low_balance_alert_set") == ["07-02 00:00 acme alert off"]
    assert sms(history) == []


def test_renewals_and_payments_move_the_balance_too() -> None:
    """C3: a bulk order is one movement and sends one SMS, and so does an auto-renewal payment."""
    history = History(account(balance="700", low_balance_alert="500"), enterprise("a"), enterprise("b"))
    assert len(sms(history.at("2026-07-01", Renew(("a", "b"), 1)))) == 1
    history = History(account(balance="700", low_balance_alert="500"), enterprise("a", renewal=auto()))
    assert sms(history.until("2026-07-08")) == ["07-07 08:00 acme sms low_balance N1"]


# C4


def test_a_restoration_after_a_top_up_takes_half_an_hour() -> None:
    """C4: a stopped instance, topped up at 12:00:00, runs at 12:30:00 and not at 12:29:59."""
    history = History(account(unpaid=[bill("b1", "2026-06-29", "5")]), legacy())
    history.at("2026-07-01 12:00", TopUp("acme", "5"))
    assert history.state("leg-1") == "restoring"
    assert history.state("leg-1", "2026-07-01 12:29:59") == "restoring"
    assert history.state("leg-1", "2026-07-01 12:30:00") == "running"


def test_the_restore_delay_is_a_number_of_the_policy() -> None:
    """C4: two hours; or none, and then the instance runs in the same second."""
    stopped = (account(unpaid=[bill("b1", "2026-06-29", "5")]), legacy())
    history = History(*stopped, policy='rules.C4.restore_delay = "2h"').at("2026-07-01 12:00", TopUp("acme", "5"))
    assert (history.state("leg-1", "2026-07-01 13:59:59"), history.state("leg-1", "2026-07-01 14:00")) == (
        "restoring",
        "running",
    )
    history = History(*stopped, policy='rules.C4.restore_delay = "0m"').at("2026-07-01 12:00", TopUp("acme", "5"))
    assert history.moves() == ["07-01 12:00 leg-1 stopped -> restoring L2", "07-01 12:00 leg-1 restoring -> running L2"]


# C5


def test_available_credit() -> None:
    """C5: balance 10.00 + usable coupon 5.00 - unpaid 40.00. A coupon that starts tomorrow counts tomorrow."""
    coupons = [coupon("c1", "5"), coupon("c2", "2.50", "2026-07-02"), coupon("c3", "9", expires="2026-07-01")]
    history = History(account(balance="10", coupons=coupons, unpaid=[bill("b1", "2026-06-30", "40")]))
    assert history.shown("acme")["available_credit"] == "-25.00"
    assert history.shown("acme", "2026-07-02")["available_credit"] == "-22.50"
