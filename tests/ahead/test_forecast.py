"""A forecast says what will happen if nobody acts, and stays correct while the clock moves (T2, T4)."""

from core.ahead.forecast import BILL, FAILED, RENEWAL, UNPAID, AccountForecast, Days, money_needed
from core.base.instants import DAY
from core.base.money import format_amount
from core.world.actions import TopUp
from core.world.model import Instance
from tests.support.ledger import History, account, auto, bill, coupon, enterprise, legacy, public


def ahead(history: History, days: int, name: str = "acme", *, paid: bool = False) -> AccountForecast:
    """The forecast of an account, run `days` ahead."""
    forecast = AccountForecast(
        history.world.accounts[name], members(history, name), history.world.clock, history.policy, paid=paid
    )
    for _ in forecast.run(history.world.clock + days * DAY):
        pass
    return forecast


def members(history: History, name: str = "acme") -> list[Instance]:
    return [instance for instance in history.world.instances.values() if instance.account == name]


def told(history: History, forecast: AccountForecast, name: str) -> list[str]:
    """An instance's outlook as lines of text."""
    outlook = forecast.outlook(history.instance(name), history.world.clock)
    when = history.policy.calendar.format
    states = [(at, state) for at, state in outlook.states]
    tries = [
        (at, f"pays {amount}" if not reason else f"fails {reason} by {short}")
        for at, amount, reason, short in outlook.attempts
    ]
    return [f"{when(at)[5:16].replace('T', ' ')} {what}" for at, what in sorted(states + tries)]


def movements(history: History, forecast: AccountForecast) -> list[str]:
    when = history.policy.calendar.format
    return [
        f"{when(item.at)[5:16].replace('T', ' ')} {item.what} {item.amount} -> {item.balance}"
        for item in forecast.movements(history.world.clock)
    ]


def test_an_auto_renewal_fails_until_a_coupon_starts():
    """A2, A6, E1, R3: the attempts on T-3, T-1 and T fail; the coupon of the 14th pays for the attempt on T+6."""
    history = History(
        account(balance="250", coupons=[coupon("c1", "50.00", starts="2026-07-14")]), enterprise(renewal=auto())
    )
    assert told(history, ahead(history, 30), "ent-1") == [
        "07-01 00:00 running",
        "07-07 08:00 fails insufficient_funds by 5000",
        "07-09 08:00 fails insufficient_funds by 5000",
        "07-10 00:00 expired",
        "07-10 08:00 fails insufficient_funds by 5000",
        "07-16 08:00 pays 30000",
        "07-16 08:00 restoring",
        "07-16 08:30 running",
    ]


def test_the_missing_amount_is_calculated_at_the_moment_of_the_payment():
    """M2, T3: of three payments due at once, ent-1 takes the coupon and 40.00 of the balance; ent-2 finds 60.00."""
    history = History(
        account(balance="100", coupons=[coupon("c1", "20")]),
        enterprise("ent-1", renewal=auto(), monthly_price="60"), enterprise("ent-2", renewal=auto()),
        enterprise("ent-3", renewal=auto(), monthly_price="60"),
    )  # fmt: skip
    outlook = ahead(history, 8).outlook(history.instance("ent-2"), history.world.clock)
    assert [(tried.amount, tried.short) for tried in outlook.attempts] == [(30000, 24000)]


def test_the_movements_of_an_account_that_runs_out_of_money():
    """B1, C1: three bills are covered and the fourth is not; after that no payment succeeds (C2)."""
    history = History(
        account(balance="40"), legacy(daily_charge="12"), enterprise(expires="2026-07-08", renewal=auto())
    )
    assert movements(history, ahead(history, 6)) == [
        "07-02 04:00 bill 1200 -> 2800",
        "07-03 04:00 bill 1200 -> 1600",
        "07-04 04:00 bill 1200 -> 400",
        "07-05 04:00 unpaid 1200 -> 400",
        "07-05 08:00 failed 30000 -> 400",
        "07-06 04:00 unpaid 1200 -> 400",
    ]


def test_a_forecast_does_not_change_the_fleet():
    owing = account(balance="40", unpaid=[bill("b1", "2026-06-30", "100")], coupons=[coupon("c", "5")])
    history = History(owing, legacy(), public(last_online="2026-06-20"))
    before = repr(history.world)
    ahead(history, 90, paid=True)
    assert repr(history.world) == before


FLEET = (
    account(balance="900", coupons=[coupon("c1", "50", expires="2026-07-20")], daily_spend="3.50"),
    enterprise("ent-1", renewal=auto()),
    enterprise("ent-2", expires="2026-07-31", renewal=auto("checkout"), monthly_price="400"),
    enterprise("ent-3", expires="2026-08-03 13:00", renewal=auto(months=3), monthly_price="200"),
    enterprise("ent-4", expires="2026-07-05"),
    legacy("leg-1", daily_charge="9.99"),
    legacy("leg-2", daily_charge="0.01"),
    public("pub-1", last_online="2026-06-20 10:00"),
)


def test_the_forecast_is_what_happens():
    """Every state and every balance over sixty days, compared every five hours."""
    history = History(*FLEET)
    start = history.world.clock
    forecast = ahead(history, 60)
    balances = {item.at: item.balance for item in forecast.movements(start)}
    told_states = {item.id: forecast.outlook(item.copy(), start).states for item in history.world.instances.values()}
    for hours in range(1, 60 * 24, 5):
        history.until("5h" if hours > 1 else "1h")
        clock = history.world.clock
        for name, states in told_states.items():
            assert history.instance(name).state == [state for at, state in states if at <= clock][-1], (name, clock)
        last = [balance for at, balance in balances.items() if at <= clock]
        assert history.world.accounts["acme"].balance == (last[-1] if last else 90000)


def test_an_extended_forecast_equals_a_new_one():
    """T2: only an action changes the future, so a forecast need not be made again while the clock moves."""
    history = History(*FLEET)
    kept = ahead(history, 40)
    days: Days = {}
    for _ in range(30):
        history.until("31h")
        for _ in kept.run(history.world.clock + 40 * DAY):
            pass
        anew = ahead(history, 40)
        for instance in members(history):
            assert kept.outlook(instance, history.world.clock) == anew.outlook(instance, history.world.clock)
        assert list(kept.movements(history.world.clock)) == list(anew.movements(history.world.clock))
        for day, counts in kept.take_days().items():
            days[day] = [a + b for a, b in zip(days.get(day, [0] * 4), counts, strict=True)]
        today = history.policy.calendar.day_of(history.world.clock)
        ahead_of_today = {day: counts for day, counts in days.items() if day > today}
        assert ahead_of_today == {day: counts for day, counts in anew.take_days().items() if day > today}


def test_the_money_needed_is_the_smallest_amount_with_which_nothing_fails():
    """With it, every payment of the coming days succeeds; with one cent less, one payment fails."""
    for days in (6, 9, 30, 90):
        for more, fails in ((0, False), (-1, True)):
            history = History(*FLEET)
            acme = history.world.accounts["acme"]
            acme.balance = 0
            needed = money_needed(acme, members(history), history.world.clock, history.policy, days)
            assert needed > 0
            history.at("0m", TopUp("acme", format_amount(needed + more, "CNY")))
            moved = ahead(history, days).movements(history.world.clock)
            assert any(item.what in (FAILED, UNPAID) for item in moved) == fails, days
            assert {RENEWAL, BILL} >= {item.what for item in moved} or fails


def test_no_money_is_needed_if_every_payment_is_covered():
    history = History(account(balance="300"), enterprise(renewal=auto()))
    acme = history.world.accounts["acme"]
    assert money_needed(acme, members(history), history.world.clock, history.policy, 30) == 0


def test_bills_that_the_balance_covers_need_one_cent_to_be_settled():
    """C1: loading a fleet settles no bill, but any money that arrives does."""
    history = History(
        account(balance="300", unpaid=[bill("b1", "2026-06-30", "12")]), enterprise(renewal=auto(), monthly_price="10")
    )
    acme = history.world.accounts["acme"]
    assert money_needed(acme, members(history), history.world.clock, history.policy, 30) == 1


def test_the_amount_drawn_if_every_payment_succeeds():
    """The unpaid bill less the coupon, which is used first (M2); the daily bills, the first without the half hour of
    restoration (C4, B2); and one renewal.
    """
    owing = account(unpaid=[bill("b1", "2026-06-30", "100")], coupons=[coupon("c1", "30")])
    history = History(owing, legacy(daily_charge="10"), enterprise(renewal=auto()))
    paid = ahead(history, 30, paid=True)
    clock = history.world.clock
    assert paid.drawn(clock, clock + 30 * DAY) == 10000 - 3000 + 979 + 28 * 1000 + 30000
    assert paid.drawn(clock + 2 * DAY, clock + 4 * DAY) == 2000


def test_each_day_is_reported_once():
    """If a forecast is run in two parts, the counts of both parts add up to the counts of one run."""
    history = History(*FLEET)
    whole = ahead(history, 40).take_days()
    parts = ahead(history, 25)
    first = parts.take_days()
    for _ in parts.run(history.world.clock + 40 * DAY):
        pass
    second = parts.take_days()
    assert parts.take_days() == {}
    assert whole == {
        day: [a + b for a, b in zip(first.get(day, [0] * 4), second.get(day, [0] * 4), strict=True)]
        for day in {*first, *second}
    }


def test_a_copied_instance_is_equal_in_every_field():
    history = History(*FLEET)
    for number, instance in enumerate(members(history)):
        for place, field in enumerate(Instance.__slots__):
            if field not in Instance.derived:
                setattr(instance, field, (number, place))
        assert instance.copy() == instance
