"""The rules of auto-renewal, A1 to A9: the days on which it is tried, its price, and turning it on and off."""

import pytest

from core.world.actions import (
    Charge,
    EnableAutoRenewal,
    Purchase,
    Renew,
    SetManualRenewal,
    SetNonRenewal,
    TopUp,
    Upgrade,
)
from tests.support.ledger import Form, History, account, auto, coupon, enterprise, public

RICH = account(balance="90000")
POOR = account()


def tried(history: History, until: str = "2026-08-01") -> list[str]:
    """The instants of all payment attempts, successful or not."""
    return [line[:11] for line in history.until(until).events(only="renewed auto_renewal_failed")]


def renewal(history: History) -> Form:
    shown = history.shown("ent-1")["renewal"]
    assert isinstance(shown, dict)
    return shown


# A1


def test_t_is_the_date_of_expiry_also_at_midnight() -> None:
    """A1: with an expiry at 00:00 on the 10th, the T payment is on the 10th at 08:00, eight hours after the stop."""
    history = History(POOR, enterprise(renewal=auto())).at("2026-07-10 07:59:59", TopUp("acme", "300"))
    assert history.state("ent-1") == "expired"
    assert history.until("2026-07-10 08:00").events("ent-1")[-2:] == [
        "07-10 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5",
        "07-10 08:00 ent-1 expired -> restoring R3",
    ]


@pytest.mark.parametrize(
    ("expires", "first"),
    [
        ("2026-07-10 00:00:00", "07-07 08:00"),
        ("2026-07-10 23:59:59", "07-07 08:00"),
        ("2026-07-09 23:59:59", "07-06 08:00"),
    ],
)
def test_the_time_of_day_does_not_move_t(expires: str, first: str) -> None:
    """A1: T is the same for the first and the last second of a day."""
    assert tried(History(POOR, enterprise(expires=expires, renewal=auto())))[0] == first


def test_payments_are_tried_at_eight() -> None:
    """A1: and not a second earlier. The hour is a number of the policy."""
    history = History(POOR, enterprise(renewal=auto()))
    assert history.until("2026-07-07 07:59:59").log == []
    assert len(history.until("2026-07-07 08:00:00").log) == 2
    early = History(POOR, enterprise(renewal=auto()), policy='rules.A1.charge_time = "06:30"')
    assert tried(early)[:2] == ["07-07 06:30", "07-09 06:30"]


# A2


def test_the_console_schedule() -> None:
    """A2: T-3, T-1, T, T+6, T+14; the instance is released on T+15."""
    history = History(POOR, enterprise(renewal=auto()))
    assert tried(history) == ["07-07 08:00", "07-09 08:00", "07-10 08:00", "07-16 08:00", "07-24 08:00"]
    assert history.state("ent-1") == "released"


@pytest.mark.parametrize("day", ["07-07", "07-09", "07-10", "07-16", "07-24"])
def test_no_further_attempt_after_a_success(day: str) -> None:
    """A2: with the money there one second earlier, this is the last attempt. The next belongs to the new expiry."""
    history = History(POOR, enterprise(renewal=auto())).at(f"2026-{day} 07:59:59", TopUp("acme", "300"))
    assert tried(history, "2026-08-06")[-1] == f"{day} 08:00"
    assert tried(history, "2026-08-07 08:00")[-1] == "08-07 08:00"
    assert history.balance() == "0.00"


@pytest.mark.parametrize("months", range(0, 38))
def test_the_periods_of_the_console(months: int) -> None:
    """A2: 1, 2, 3, 6, 12, 24 or 36 months. The period that was set is charged."""
    history = History(RICH, enterprise(monthly_price="33.33")).at("2026-07-01", EnableAutoRenewal(("ent-1",), months))
    if months not in {1, 2, 3, 6, 12, 24, 36}:
        assert (history.code(), renewal(history)["mode"]) == ("invalid_period", "manual")
        return
    history.until("2026-07-07 08:00")
    (renewed,) = [form for form in history.forms() if form["type"] == "renewed"]
    cents = 3333 * months
    assert (renewed["months"], renewed["amount"]) == (months, f"{cents // 100}.{cents % 100:02d}")


def test_the_days_and_periods_are_numbers_of_the_policy() -> None:
    """A2: attempts only on T-5 and T+2, and a period of ten months."""
    policy = "rules.A2.console_days = [-5, 2]\nrules.A2.console_months = [10]"
    history = History(POOR, enterprise(renewal=auto(months=10)), policy=policy)
    assert tried(history) == ["07-05 08:00", "07-12 08:00"]


# A3


def test_the_checkout_schedule() -> None:
    """A3: every day from T-9 to T-1, and none from T on."""
    history = History(POOR, enterprise(renewal=auto("checkout")), clock="2026-06-20")
    assert tried(history) == [f"07-0{day} 08:00" for day in range(1, 10)]


def test_the_checkout_period_is_one_month() -> None:
    """A3: the first attempt on T-9 pays one month, the next comes on T-9 of the new expiry."""
    history = History(RICH, enterprise(renewal=auto("checkout")), clock="2026-06-20").until("2026-08-02")
    assert history.events() == [
        "07-01 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5",
        "08-01 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-09-10 A5",
    ]


def test_the_checkout_numbers_are_numbers_of_the_policy() -> None:
    """A3: three months at a time, on T-2."""
    policy = "rules.A3.checkout_days = [-2]\nrules.A3.checkout_months = 3"
    history = History(RICH, enterprise()).at("2026-07-01", Renew(("ent-1",), 1, auto_renew=True))
    assert renewal(history)["months"] == 1
    history = History(RICH, enterprise(), policy=policy).at("2026-07-01", Renew(("ent-1",), 1, auto_renew=True))
    assert history.until("2026-08-09").events()[2:] == [
        "08-08 08:00 ent-1 renewed by auto 3 mo 900.00 = 0.00 + 900.00 to 2026-11-10 A5"
    ]


# A4


@pytest.mark.parametrize(
    ("when", "first"),
    [
        ("2026-07-06 23:59:59", "07-07 08:00"),
        ("2026-07-07 00:00:00", "07-09 08:00"),
        ("2026-07-08 12:00:00", "07-09 08:00"),
        ("2026-07-09 00:00:00", "07-10 08:00"),
        ("2026-07-10 00:00:00", "07-16 08:00"),
        ("2026-07-16 07:00:00", "07-24 08:00"),
    ],
)
def test_it_takes_effect_the_day_after(when: str, first: str) -> None:
    """A4: if it is enabled on a day of the schedule, that day is skipped and not made up."""
    assert tried(History(POOR, enterprise()).at(when, EnableAutoRenewal(("ent-1",), 1)))[0] == first


@pytest.mark.parametrize(("enabled_on", "first"), [("2026-07-06", "07-07"), ("2026-07-07", "07-09"), (None, "07-07")])
def test_enabled_on_in_a_fleet(enabled_on: str | None, first: str) -> None:
    """A4: a fleet loaded on T-3 with `enabled_on` the day before, the same day, or missing (long ago)."""
    history = History(POOR, enterprise(renewal=auto(enabled_on=enabled_on)), clock="2026-07-07 01:00")
    assert tried(history)[0] == f"{first} 08:00"


def test_a_day_that_was_skipped_is_not_made_up() -> None:
    """A4: enabled on T+14, no payment is tried any more, although the release is only on the next day."""
    history = History(RICH, enterprise()).at("2026-07-24 07:00", EnableAutoRenewal(("ent-1",), 1))
    assert tried(history) == []
    assert history.state("ent-1") == "released"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2026-07-08 23:59:59", None),
        ("2026-07-09 00:00:00", "renew it now"),
        ("2026-07-09 23:59:59", "renew it now"),
        ("2026-07-10 12:00:00", "2026-07-16"),
        ("2026-07-17 12:00:00", "2026-07-24"),
    ],
)
def test_enabling_late_gives_a_warning(when: str, words: str | None) -> None:
    """A4: it is accepted. One day before expiry the advice is "renew it now"; later it names the day of the next
    payment. Two days before expiry there is no warning.
    """
    history = History(RICH, enterprise()).at(when, EnableAutoRenewal(("ent-1",), 1))
    assert history.code() is None
    warnings = history.advice()[:-1]
    assert len(warnings) == (0 if words is None else 1)
    assert words is None or words in warnings[0]


def test_enabling_on_the_day_of_expiry_gives_a_warning() -> None:
    """A4: the next payment, on T+6, comes after the service stops."""
    history = History(RICH, enterprise(expires="2026-07-10 20:00")).at(
        "2026-07-10 12:00", EnableAutoRenewal(("ent-1",), 1)
    )
    (warning, _) = history.advice()
    assert "stops" in warning
    assert "2026-07-16" in warning


# A5


def test_a_successful_payment() -> None:
    """A5: price x period is charged, coupons first. The schedule then belongs to the new expiry."""
    history = History(account(balance="900", coupons=[coupon("c1", "50")]), enterprise(renewal=auto(months=3)))
    assert history.until("2026-10-07 07:59").events() == [
        "07-07 08:00 ent-1 renewed by auto 3 mo 900.00 = 50.00 + 850.00 to 2026-10-10 A5"
    ]
    assert tried(history, "2026-10-07 08:00")[-1] == "10-07 08:00"


def test_a_payment_after_expiry_restores_the_instance() -> None:
    """A5, R3: on T+6 the new expiry is counted from the old one, and the restoration takes 30 minutes."""
    history = History(POOR, enterprise(renewal=auto())).at("2026-07-16 07:00", TopUp("acme", "300")).until("2026-07-17")
    assert history.events("ent-1", but="notice_sent")[-3:] == [
        "07-16 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5",
        "07-16 08:00 ent-1 expired -> restoring R3",
        "07-16 08:30 ent-1 restoring -> running R3",
    ]


def test_auto_renewal_always_counts_from_the_old_expiry() -> None:
    """A5, R2: even if the policy counts a manual renewal from the day of payment."""
    history = History(POOR, enterprise(renewal=auto()), policy='rules.R2.renewal_anchor = "payment_day"')
    history.at("2026-07-16 07:00", TopUp("acme", "300")).until("2026-07-17")
    assert history.expires("ent-1") == "2026-08-10 00:00:00"


def test_a_payment_for_a_period_in_the_past_fails() -> None:
    """A5, R2: on T+60, with a retention of 200 days, one month would already be over. Nothing is charged."""
    policy = 'rules.E2.retention = "200d"\nrules.A2.console_days = [60]'
    history = History(RICH, enterprise(renewal=auto()), policy=policy).until("2026-09-08 08:00")
    assert history.events(only="renewed") == []
    assert len(history.events(only="auto_renewal_failed")) == 1
    assert (history.balance(), history.state("ent-1")) == ("90000.00", "expired")


def test_exactly_enough_is_enough() -> None:
    """A5, A6: 300.00 is enough for a price of 300.00; 299.99 is not."""
    assert (
        "renewed" in History(account(balance="300"), enterprise(renewal=auto())).until("2026-07-07 08:00").events()[0]
    )
    assert (
        "failed" in History(account(balance="299.99"), enterprise(renewal=auto())).until("2026-07-07 08:00").events()[0]
    )


# A6


def test_a_failed_payment() -> None:
    """A6: an email is sent, nothing is charged, and the next day of the schedule tries again."""
    history = History(account(balance="299.99"), enterprise(renewal=auto())).until("2026-07-09 08:00")
    assert history.events() == [
        "07-07 08:00 ent-1 failed insufficient_funds 300.00 A6",
        "07-07 08:00 ent-1 email auto_renewal_failed N1",
        "07-09 08:00 ent-1 failed insufficient_funds 300.00 A6",
        "07-09 08:00 ent-1 email auto_renewal_failed N1",
    ]
    assert history.balance() == "299.99"


def test_an_overdue_account_is_the_first_reason_of_a_failure() -> None:
    """A6, C2: if the account is overdue and short of money, the reason given is `account_overdue`."""
    history = History(POOR, enterprise(renewal=auto())).at("2026-07-01", Charge("acme", "1")).until("2026-07-07 08:00")
    assert "07-07 08:00 ent-1 failed account_overdue 300.00 A6" in history.events()


def test_the_first_of_two_payments_takes_the_money() -> None:
    """A6, T3: of two payments due at once, the one for the earlier expiry succeeds."""
    history = History(
        account(balance="300"), enterprise("a", "2026-07-10 12:00", renewal=auto()), enterprise("b", renewal=auto())
    ).until("2026-07-07 08:00")
    assert history.events(but="notice_sent") == [
        "07-07 08:00 b renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5",
        "07-07 08:00 a failed insufficient_funds 300.00 A6",
    ]


# A7


def test_a_manual_renewal_moves_the_schedule() -> None:
    """A7: after a manual renewal on T-4, or between two attempts, the next attempt is T-3 of the new expiry."""
    history = History(RICH, enterprise(renewal=auto())).at("2026-07-06", Renew(("ent-1",), 2))
    assert tried(history, "2026-09-08") == ["07-06 00:00", "09-07 08:00"]
    history = History(account(balance="0"), enterprise(renewal=auto()))
    history.at("2026-07-08", TopUp("acme", "300"), Renew(("ent-1",), 1))
    assert tried(history, "2026-08-08") == ["07-07 08:00", "07-08 00:00", "08-07 08:00"]


# A8


def test_changing_the_period_makes_it_console() -> None:
    """A8: ticked at checkout and changed on T-8, the next attempt is on T-3, with the new period."""
    history = History(POOR, enterprise(renewal=auto("checkout")), clock="2026-06-20")
    history.at("2026-07-02 09:00", EnableAutoRenewal(("ent-1",), 2))
    assert tried(history) == [
        "07-01 08:00",
        "07-02 08:00",
        *(f"07-{day} 08:00" for day in ("07", "09", "10", "16", "24")),
    ]
    assert renewal(history) == {"mode": "auto", "schedule": "console", "months": 2}
    assert "07-07 08:00 ent-1 failed insufficient_funds 600.00 A6" in history.events()


def test_already_effective_stays_effective() -> None:
    """A8: changed on the morning of T-3, the payment at 08:00 is tried. If it was enabled that morning, it is not."""
    history = History(POOR, enterprise(renewal=auto(enabled_on="2026-06-01"))).at(
        "2026-07-07 07:00", EnableAutoRenewal(("ent-1",), 2)
    )
    assert tried(history)[0] == "07-07 08:00"


def test_not_effective_yet_stays_not_effective() -> None:
    """A8, A4: enabled this morning and changed a minute later, today's payment is still skipped."""
    history = History(POOR, enterprise()).at("2026-07-07 07:00", EnableAutoRenewal(("ent-1",), 1))
    assert tried(history.at("2026-07-07 07:01", EnableAutoRenewal(("ent-1",), 2)))[0] == "07-09 08:00"


def test_set_to_manual_renewal_turns_it_off_at_once() -> None:
    """A8: even one second before a payment."""
    history = History(RICH, enterprise(renewal=auto())).at("2026-07-07 07:59:59", SetManualRenewal(("ent-1",)))
    assert tried(history) == []
    assert history.events(only="auto_renewal_changed") == ["07-07 07:59:59 ent-1 set to manual"]


def test_turned_off_and_on_again_it_takes_effect_the_day_after() -> None:
    """A8, A4: it was effective, but was turned off and on today, so today is skipped."""
    history = History(RICH, enterprise(renewal=auto()))
    history.at("2026-07-07 07:00", SetManualRenewal(("ent-1",)), EnableAutoRenewal(("ent-1",), 1))
    assert tried(history)[0] == "07-09 08:00"


def test_set_to_non_renewal() -> None:
    """A8: this turns it off as well, and the event says so."""
    history = History(RICH, enterprise(renewal=auto())).at("2026-07-01", SetNonRenewal(("ent-1",)))
    assert history.events() == ["07-01 00:00 ent-1 set to none"]
    assert tried(history) == []


def test_repeating_a_setting_is_accepted_and_logged() -> None:
    """A8: manual to manual, and the same period again."""
    history = History(POOR, enterprise()).at("2026-07-01", SetManualRenewal(("ent-1",)), SetManualRenewal(("ent-1",)))
    history.at("2026-07-02", EnableAutoRenewal(("ent-1",), 1), EnableAutoRenewal(("ent-1",), 1))
    assert history.events() == [
        "07-01 00:00 ent-1 set to manual",
        "07-01 00:00 ent-1 set to manual",
        "07-02 00:00 ent-1 set to auto, console, 1 mo",
        "07-02 00:00 ent-1 set to auto, console, 1 mo",
    ]


def test_several_at_once() -> None:
    """A8, R4: all instances of a list are set in its order, also on several accounts, or none is."""
    fleet = (account("one"), account("two"), enterprise("a", account="two"), enterprise("b", account="one"))
    history = History(*fleet).at("2026-07-01", EnableAutoRenewal(("b", "a"), 1))
    assert history.events() == ["07-01 00:00 b set to auto, console, 1 mo", "07-01 00:00 a set to auto, console, 1 mo"]
    history = History(*fleet).at("2026-07-01", EnableAutoRenewal(("b", "ghost"), 1))
    assert (history.code(), history.shown("b")["renewal"]) == (
        "unknown_instance", {"mode": "manual", "schedule": None, "months": None},
    )  # fmt: skip


# A9


@pytest.mark.parametrize(("months", "advised"), [(1, True), (3, True), (4, False), (12, False)])
def test_a_short_period_suggests_auto_renewal(months: int, advised: bool) -> None:
    """A9: buying, upgrading or renewing for three months or less without it gives advice, never a refusal."""
    for action in (
        Purchase("acme", "ent-9", months, "1"),
        Renew(("ent-1",), months),
        Upgrade("pub-1", months, "1"),
    ):
        history = History(RICH, enterprise(), public(devices_online=True)).at("2026-07-01", action)
        assert (history.code(), bool(history.advice())) == (None, advised)


def test_with_auto_renewal_on_nothing_is_suggested() -> None:
    """A9: neither if auto-renewal is already on nor if it is ticked."""
    history = History(RICH, enterprise(renewal=auto())).at("2026-07-01", Renew(("ent-1",), 1))
    assert history.advice() == []
    history = History(RICH, enterprise()).at("2026-07-01", Renew(("ent-1",), 1, auto_renew=True))
    assert "advice" not in history.forms()[0]


def test_turning_it_on_reminds_of_the_money() -> None:
    """A9: in renewal management and at checkout. Changing the period does not repeat the reminder."""
    history = History(RICH, enterprise()).at("2026-07-01", EnableAutoRenewal(("ent-1",), 1))
    (reminder,) = history.advice()
    assert "balance" in reminder
    ticked = History(RICH, enterprise()).at("2026-07-01", Renew(("ent-1",), 1, auto_renew=True))
    assert ticked.advice() == [reminder]


def test_the_short_period_is_a_number_of_the_policy() -> None:
    """A9: up to twelve months in one policy, none in the other."""
    for short, advised in ((12, True), (0, False)):
        history = History(RICH, enterprise(), policy=f"rules.A9.short_period = {short}")
        months = 12 if advised else 1
        assert bool(history.at("2026-07-01", Renew(("ent-1",), months)).advice()) is advised
