"""The rules of renewal, R1 to R5: when, for how long, from which date, in bulk, and auto-renewal at checkout."""

import pytest

from core.world.actions import Charge, EnableAutoRenewal, Purchase, Renew, SetNonRenewal
from tests.support.ledger import Form, History, account, auto, coupon, enterprise, legacy, public

RICH = account(balance="90000")


def offenders(history: History) -> object:
    return history.forms()[-1]["offenders"]


# R1


@pytest.mark.parametrize("when", ["2026-07-01", "2026-07-09 23:59:59", "2026-07-10", "2026-07-24 23:59:59"])
def test_allowed_until_release(when: str) -> None:
    """R1: before expiry and after it, until release."""
    assert History(RICH, enterprise()).at(when, Renew(("ent-1",), 1)).code() is None


def test_refused_from_release_on() -> None:
    """R1, E2: from the second of the release."""
    assert History(RICH, enterprise()).at("2026-07-25", Renew(("ent-1",), 1)).code() == "released"


def test_allowed_right_after_purchase() -> None:
    """R1: in the second of the purchase."""
    history = History(RICH).at("2026-07-01 12:00", Purchase("acme", "ent-9", 1, "1"), Renew(("ent-9",), 36))
    assert history.expires("ent-9") == "2029-08-02 00:00:00"


@pytest.mark.parametrize("months", range(-1, 38))
def test_the_months_that_are_sold(months: int) -> None:
    """R1: 1 to 9, 12, 24 or 36. The price is the monthly price x months."""
    sold = months in {*range(1, 10), 12, 24, 36}
    history = History(account(balance="9999.99"), enterprise(monthly_price="33.33"))
    history.at("2026-07-01", Renew(("ent-1",), months))
    assert history.code() == (None if sold else "invalid_period")
    cents = 999999 - 3333 * months if sold else 999999
    assert history.balance() == f"{cents // 100}.{cents % 100:02d}"
    bought = History(account(balance="9999.99")).at("2026-07-01", Purchase("acme", "x", months, "1"))
    assert bought.code() == (None if sold else "invalid_period")


def test_the_months_sold_are_numbers_of_the_policy() -> None:
    """R1: a policy may sell ten months and not a single one."""
    history = History(RICH, enterprise(), policy="rules.R1.months = [10]").at("2026-07-01", Renew(("ent-1",), 10))
    assert history.expires("ent-1") == "2027-05-10 00:00:00"
    assert history.at("2026-07-01", Renew(("ent-1",), 1)).code() == "invalid_period"


# R2


@pytest.mark.parametrize("when", ["2026-07-01", "2026-07-20 12:34:56"])
def test_counted_from_the_old_expiry(when: str) -> None:
    """R2: two months from 10 July, for a renewal before and for one after it."""
    history = History(RICH, enterprise()).at(when, Renew(("ent-1",), 2))
    assert history.expires("ent-1") == "2026-09-10 00:00:00"


@pytest.mark.parametrize(
    ("when", "expires", "anchor"),
    [
        ("2026-07-09 23:59:59", "2026-08-10 10:00:00", 10),
        ("2026-07-10 09:59:59", "2026-08-10 10:00:00", 10),
        ("2026-07-10 10:00:00", "2026-08-11 00:00:00", 11),
        ("2026-07-12 00:00:00", "2026-08-12 00:00:00", 12),
        ("2026-07-12 00:00:01", "2026-08-13 00:00:00", 13),
    ],
)
def test_counted_from_the_payment_if_the_policy_says_so(when: str, expires: str, anchor: int) -> None:
    """R2: with `payment_day`, an expired instance counts by T6, one that has not expired from its old expiry."""
    history = History(RICH, enterprise(expires="2026-07-10 10:00"), policy='rules.R2.renewal_anchor = "payment_day"')
    history.at(when, Renew(("ent-1",), 1))
    assert (history.expires("ent-1"), history.instance("ent-1").anchor_day) == (expires, anchor)


def test_a_period_that_would_lie_in_the_past() -> None:
    """R2: it is refused, and the message names the shortest possible period: five months end on 10 June, six on 10
    July.
    """
    history = History(RICH, enterprise(expires="2026-01-10"), policy='rules.E2.retention = "400d"')
    for months in (1, 5):
        assert history.at("2026-07-01", Renew(("ent-1",), months)).code() == "period_in_past"
        assert "6 months" in str(history.forms()[-1]["message"])
    assert history.at("2026-07-01", Renew(("ent-1",), 6)).code() is None
    assert history.expires("ent-1") == "2026-07-10 00:00:00"


def test_no_period_is_long_enough() -> None:
    """R2: for an expiry four years ago, even 36 months end in the past."""
    history = History(RICH, enterprise(expires="2022-07-01"), policy='rules.E2.retention = "3650d"')
    assert history.at("2026-07-01", Renew(("ent-1",), 36)).code() == "period_in_past"


# R3


def test_renewing_an_expired_one() -> None:
    """R3: it is restoring for 30 minutes, without service, and then runs."""
    history = History(RICH, enterprise()).at("2026-07-12 12:00", Renew(("ent-1",), 1))
    assert (history.state("ent-1"), history.shown("ent-1")["serving"]) == ("restoring", False)
    assert history.state("ent-1", "2026-07-12 12:29:59") == "restoring"
    assert history.until("2026-07-13").moves()[1:] == [
        "07-12 12:00 ent-1 expired -> restoring R3",
        "07-12 12:30 ent-1 restoring -> running R3",
    ]


def test_renewing_a_restoring_one() -> None:
    """R3: its expiry moves again. Its restoration still completes at the first date."""
    history = (
        History(RICH, enterprise())
        .at("2026-07-12 12:00", Renew(("ent-1",), 1))
        .at("2026-07-12 12:20", Renew(("ent-1",), 1))
    )
    assert history.until("2026-07-13").moves()[2:] == ["07-12 12:30 ent-1 restoring -> running R3"]
    assert history.expires("ent-1") == "2026-09-10 00:00:00"


def test_renewing_a_running_one_changes_no_state() -> None:
    """R3: only an expired instance is restored."""
    assert History(RICH, enterprise()).at("2026-07-01", Renew(("ent-1",), 1)).moves() == []


def test_it_may_expire_while_it_is_restored() -> None:
    """R3, E1: with a long retention, and a month that ends in ten minutes, it expires before it runs."""
    history = History(RICH, enterprise(expires="2026-06-12 12:10"), policy='rules.E2.retention = "90d"')
    history.at("2026-07-12 12:00", Renew(("ent-1",), 1)).until("2026-07-13")
    assert history.moves() == ["07-12 12:00 ent-1 expired -> restoring R3", "07-12 12:10 ent-1 restoring -> expired E1"]


# R4

FIVE: tuple[Form, ...] = (
    enterprise("a", monthly_price="100"),
    enterprise("b", "2026-07-20", "50"),
    enterprise("gone", "2026-06-01"),
    public(devices_online=True),
    legacy(),
)


def test_bulk_is_one_order() -> None:
    """R4: one event for each instance with its own share of the amounts. Coupons are used in the order of the list."""
    history = History(account(balance="100", coupons=[coupon("c1", "80")]), *FIVE).at(
        "2026-07-01", Renew(("b", "a"), 1)
    )
    assert history.events() == [
        "07-01 00:00 b renewed by manual 1 mo 50.00 = 50.00 + 0.00 to 2026-08-20",
        "07-01 00:00 a renewed by manual 1 mo 100.00 = 30.00 + 70.00 to 2026-08-10",
    ]
    assert history.balance() == "30.00"


def test_bulk_if_only_the_sum_is_short() -> None:
    """R4: with one cent missing, nothing is charged and there are no offenders. With that cent, all are renewed."""
    history = History(account(balance="149.99"), *FIVE).at("2026-07-01", Renew(("a", "b"), 1))
    assert (history.code(), offenders(history), history.balance()) == ("insufficient_funds", [], "149.99")
    assert (history.expires("a"), history.expires("b")) == ("2026-07-10 00:00:00", "2026-07-20 00:00:00")
    assert History(account(balance="150"), *FIVE).at("2026-07-01", Renew(("a", "b"), 1)).balance() == "0.00"


def test_bulk_names_every_offender() -> None:
    """R4: with its reason, in the order of the list. The code is that of the first, and nothing is charged."""
    history = History(account(balance="900"), *FIVE).at(
        "2026-07-01", Renew(("a", "gone", "ghost", "pub-1", "b", "leg-1"), 1)
    )
    assert history.code() == "released"
    assert offenders(history) == [
        {"instance": "gone", "code": "released"},
        {"instance": "ghost", "code": "unknown_instance"},
        {"instance": "pub-1", "code": "wrong_kind"},
        {"instance": "leg-1", "code": "wrong_kind"},
    ]
    assert (history.balance(), history.expires("a")) == ("900.00", "2026-07-10 00:00:00")


def test_bulk_is_on_one_account() -> None:
    """R4: instances on another account than that of the first instance are the offenders."""
    accounts = (account("one", balance="900"), account("two", balance="900"))
    history = History(
        *accounts, enterprise("a", account="one"), enterprise("b", account="two"), enterprise("c", account="one")
    )
    history.at("2026-07-01", Renew(("a", "b", "c"), 1))
    assert (history.code(), offenders(history)) == ("several_accounts", [{"instance": "b", "code": "several_accounts"}])


def test_bulk_of_one() -> None:
    """R4: if a single instance is short of money, there are no offenders. For any other reason it is the offender."""
    history = History(account(balance="1"), *FIVE).at("2026-07-01", Renew(("a",), 1))
    assert (history.code(), offenders(history)) == ("insufficient_funds", [])
    history.at("2026-07-01", Renew(("gone",), 1))
    assert offenders(history) == [{"instance": "gone", "code": "released"}]


# R5


@pytest.mark.parametrize("mode", ["manual", "none"])
def test_ticking_auto_renewal_turns_it_on(mode: str) -> None:
    """R5: schedule `checkout`, monthly, however many months were bought."""
    history = History(RICH, enterprise(renewal={"mode": mode})).at("2026-07-01", Renew(("ent-1",), 3, auto_renew=True))
    assert history.shown("ent-1")["renewal"] == {"mode": "auto", "schedule": "checkout", "months": 1}
    assert history.events()[-1] == "07-01 00:00 ent-1 set to auto, checkout, 1 mo R5"


def test_ticking_auto_renewal_on_a_purchase() -> None:
    """R5: the instance runs with auto-renewal on, and the first payment is on T-9."""
    history = (
        History(RICH)
        .at("2026-07-01 12:00", Purchase("acme", "ent-9", 1, "100", auto_renew=True))
        .until("2026-07-24 08:00")
    )
    assert history.events() == [
        "07-01 12:00 ent-9 purchased 1 mo 100.00 = 0.00 + 100.00 to 2026-08-02",
        "07-01 12:00 ent-9 new -> running T6",
        "07-01 12:00 ent-9 set to auto, checkout, 1 mo R5",
        "07-24 08:00 ent-9 renewed by auto 1 mo 100.00 = 0.00 + 100.00 to 2026-09-02 A5",
    ]


def test_ticking_auto_renewal_changes_nothing_if_it_is_on() -> None:
    """R5: schedule, months and the day it was enabled stay, and there is no event for it."""
    history = History(RICH, enterprise(renewal=auto(months=6, enabled_on="2026-06-01")))
    history.at("2026-07-01", Renew(("ent-1",), 1, auto_renew=True))
    assert history.shown("ent-1")["renewal"] == {"mode": "auto", "schedule": "console", "months": 6}
    assert history.events(only="auto_renewal_changed") == []


def test_renewing_without_the_tick_turns_nothing_off() -> None:
    """R5: auto-renewal stays as it is."""
    history = History(RICH, enterprise()).at("2026-07-01", EnableAutoRenewal(("ent-1",), 2), Renew(("ent-1",), 1))
    assert history.shown("ent-1")["renewal"] == {"mode": "auto", "schedule": "console", "months": 2}
    history.at("2026-07-01", SetNonRenewal(("ent-1",)), Renew(("ent-1",), 1))
    assert history.shown("ent-1")["renewal"] == {"mode": "none", "schedule": None, "months": None}


def test_ticking_auto_renewal_in_bulk() -> None:
    """R5, R4: all events of one instance come before those of the next, in the order of the list."""
    history = History(RICH, *FIVE).at("2026-07-20 12:00", Charge("acme", "1"), Renew(("b", "a"), 1, auto_renew=True))
    assert [line.split(" ", 2)[2].split(" = ")[0] for line in history.events() if "07-20 12:00" in line][2:] == [
        "b renewed by manual 1 mo 50.00",
        "b expired -> restoring R3",
        "b set to auto, checkout, 1 mo R5",
        "a renewed by manual 1 mo 100.00",
        "a expired -> restoring R3",
        "a set to auto, checkout, 1 mo R5",
    ]
