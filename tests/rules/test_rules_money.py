"""The rules of money, M1 and M2: exact decimals, and charges that are paid in full or not at all."""

import pytest

from core.world.actions import Charge, Purchase, Renew, TopUp
from tests.support.ledger import History, account, coupon, enterprise, legacy

# M1


@pytest.mark.parametrize(
    ("currency", "daily_charge", "clock", "amount"),
    [
        ("CNY", "0.01", "2026-07-01 12:00:00", "0.01"),  # 0.005 is rounded up
        ("CNY", "0.01", "2026-07-01 12:00:01", None),  # just under it: nothing to bill
        ("CNY", "12.00", "2026-07-01 16:00:00", "4.00"),
        ("CNY", "0.05", "2026-07-01 12:00:00", "0.03"),  # 0.025: half up, not to even
        ("JPY", "101", "2026-07-01 12:00:00", "51"),  # 50.5
        ("JPY", "101", "2026-07-01 12:00:01", "50"),
        ("USD", "0.10", "2026-07-01 00:00:01", "0.10"),
        ("KWD", "0.001", "2026-07-01 12:00:00", "0.001"),
    ],
)
def test_a_charge_is_rounded_half_up(currency: str, daily_charge: str, clock: str, amount: str | None) -> None:
    """M1: to the currency's number of decimals, where the charge is computed."""
    history = History(account(currency=currency, balance="900"), legacy(daily_charge=daily_charge), clock=clock)
    bills = history.until("2026-07-02 04:00").events(only="bill_issued")
    assert bills == ([] if amount is None else [f"07-02 04:00 acme bill {amount} B1"])


def test_no_binary_float_gets_in() -> None:
    """M1: ten times 0.10 is exactly 1.00, and 9007199254740993 cents keep their last digit."""
    history = History(account()).at("2026-07-01", *[TopUp("acme", "0.10")] * 10)
    assert history.balance() == "1.00"
    history.at("0m", Charge("acme", "1.00"), TopUp("acme", "90071992547409.93"))
    assert history.balance() == "90071992547409.93"


@pytest.mark.parametrize(("currency", "shown"), [("CNY", "5.00"), ("USD", "5.00"), ("JPY", "5"), ("KWD", "5.000")])
def test_each_currency_has_its_own_decimals(currency: str, shown: str) -> None:
    """M1: CNY 2, USD 2, JPY 0."""
    history = History(account(currency=currency)).at("2026-07-01", TopUp("acme", "5"))
    assert history.events() == [f"07-01 00:00 acme topped up {shown}"]
    assert history.balance() == shown


def test_one_currency_per_account() -> None:
    """M1: two accounts with two currencies in one fleet."""
    history = History(account("cn"), account("jp", currency="JPY"))
    history.at("2026-07-01", TopUp("cn", "7.50"), TopUp("jp", "7"))
    assert (history.balance("cn"), history.balance("jp")) == ("7.50", "7")


# M2


def test_coupons_first_then_the_balance() -> None:
    """M2: of 300.00, the coupon pays 120.50 and the balance 179.50."""
    history = History(account(balance="200", coupons=[coupon("c1", "120.50")]), enterprise())
    history.at("2026-07-01", Renew(("ent-1",), 1))
    assert history.events() == ["07-01 00:00 ent-1 renewed by manual 1 mo 300.00 = 120.50 + 179.50 to 2026-08-10"]
    assert history.balance() == "20.50"


def test_a_charge_is_paid_in_full_or_not_at_all() -> None:
    """M2: with one cent missing, nothing is taken, not even from the coupon. With that cent, all is paid."""
    history = History(account(balance="179.49", coupons=[coupon("c1", "120.50")]), enterprise())
    history.at("2026-07-01", Renew(("ent-1",), 1))
    assert history.code() == "insufficient_funds"
    assert history.shown("acme")["available_credit"] == "299.99"
    history.at("0m", TopUp("acme", "0.01"), Renew(("ent-1",), 1))
    assert history.code() is None
    assert history.shown("acme")["available_credit"] == "0.00"


def test_a_bill_is_not_paid_in_part() -> None:
    """M2, C1: with 4.99 for a bill of 5.00, the bill and the money stay as they are."""
    history = History(account(balance="4.99")).at("2026-07-01", Charge("acme", "5"))
    assert (history.balance(), history.shown("acme")["unpaid"]) == ("4.99", "5.00")


def test_the_order_of_coupons() -> None:
    """M2: the coupon that ends first is used first, coupons without an end last. Ties go by id, by code point."""
    coupons = [
        coupon("z", "1"), coupon("a", "1"), coupon("late", "1", expires="2026-09-01"),
        coupon("b", "1", expires="2026-08-01"), coupon("B", "1", expires="2026-08-01"),
    ]  # fmt: skip
    history = History(account(balance="1", coupons=coupons))
    used: list[str] = []
    for _ in range(5):
        history.at("0m", Charge("acme", "1"))
        used += [
            item.id for item in history.world.accounts["acme"].coupons if not item.remaining and item.id not in used
        ]
    assert used == ["B", "b", "late", "a", "z"]
    assert history.balance() == "1.00"


def test_a_coupon_keeps_its_remainder() -> None:
    """M2: 50.00 pays 30.00, then 20.00 of the next 30.00. Its end loses the rest; an empty coupon has no event."""
    history = History(
        account(
            balance="10", coupons=[coupon("c1", "50", expires="2026-07-05"), coupon("c2", "9", expires="2026-07-05")]
        )
    )
    history.at("2026-07-01", Charge("acme", "30"), Charge("acme", "28")).until("2026-07-05")
    assert history.events(but="bill_issued") == [
        "07-01 00:00 acme settled 30.00 = 30.00 + 0.00 C1",
        "07-01 00:00 acme settled 28.00 = 28.00 + 0.00 C1",
        "07-05 00:00 acme coupon c2 lost 1.00 M2",
    ]


@pytest.mark.parametrize(
    ("when", "usable"),
    [
        ("2026-07-02 23:59:59", False),
        ("2026-07-03 00:00:00", True),
        ("2026-07-04 23:59:59", True),
        ("2026-07-05 00:00:00", False),
    ],
)
def test_a_coupon_is_usable_from_its_start_until_just_before_its_end(when: str, usable: bool) -> None:
    """M2: from 3 July 00:00:00 to 4 July 23:59:59."""
    history = History(account(coupons=[coupon("c1", "5", "2026-07-03", "2026-07-05")]))
    assert history.shown("acme", when)["available_credit"] == ("5.00" if usable else "0.00")
    history.at("0m", Purchase("acme", "ent-9", 1, "5"))
    assert history.code() == (None if usable else "insufficient_funds")


def test_a_coupon_that_is_not_usable_yet_is_passed_over() -> None:
    """M2: the coupon that ends first starts only tomorrow, so the other one pays today."""
    coupons = [coupon("soon", "5", "2026-07-02", "2026-07-05"), coupon("late", "5", expires="2026-07-09")]
    history = History(account(coupons=coupons)).at("2026-07-01 23:59:59", Charge("acme", "5"))
    assert [item.remaining for item in history.world.accounts["acme"].coupons] == [500, 0]
    history.at("2026-07-02", Charge("acme", "5"))
    assert history.shown("acme")["unpaid"] == "0.00"


def test_only_the_account_is_debited() -> None:
    """M2: without balance and coupons no payment succeeds, however often it is tried."""
    history = History(account(), enterprise()).at(
        "2026-07-01", Renew(("ent-1",), 1), Purchase("acme", "ent-9", 1, "0.01")
    )
    assert [form["code"] for form in history.forms()] == ["insufficient_funds", "insufficient_funds"]
