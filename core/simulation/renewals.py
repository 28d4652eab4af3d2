"""Renewals: prices, new expiries, auto-renewal payments, and the advice given with them (R1 to R5, A1 to A9)."""

from core.rules.lifecycle import RENEWED
from core.rules.policy import Policy
from core.simulation.agenda import PAYMENTS, Timetable
from core.simulation.credit import funds
from core.simulation.engine import Engine
from core.simulation.payments import pay, start_restoration
from core.world.events import AutoRenewalFailed, NoticeSent, Renewed
from core.world.model import AUTO, CONSOLE, EXPIRED, Instance, Renewal

_FAILED = NoticeSent("email", "auto_renewal_failed")


def period_price(monthly: int, months: int) -> int:
    """The price of a period in minor units: every month costs the monthly price (R1)."""
    return monthly * months


def payment_price(instance: Instance) -> int:
    """The price of one auto-renewal payment in minor units; without auto-renewal, the price of one month."""
    return period_price(instance.monthly_price, instance.renewal.months or 1)


def new_expiry(instance: Instance, months: int, clock: int, policy: Policy) -> tuple[int, int]:
    """Expiry and anchor day after a manual renewal at `clock` (R2). Raises BadInput past the year 9989."""
    assert instance.expires is not None
    if policy.renewal_anchor == "payment_day" and clock >= instance.expires:
        return purchased_period(months, clock, policy)
    return from_old_expiry(instance, months, policy)


def from_old_expiry(instance: Instance, months: int, policy: Policy) -> tuple[int, int]:
    """Expiry and anchor day `months` after the old expiry (R2, T5). Raises BadInput past the year 9989."""
    assert instance.expires is not None and instance.anchor_day is not None
    return policy.calendar.add_months(instance.expires, months, instance.anchor_day), instance.anchor_day


def purchased_period(months: int, clock: int, policy: Policy) -> tuple[int, int]:
    """Expiry and anchor day of a period that is bought at `clock` (T6). Raises BadInput past the year 9989."""
    calendar = policy.calendar
    start = calendar.next_midnight(clock)
    anchor = calendar.date_of(start).day
    return calendar.add_months(start, months, anchor), anchor


def shortest_period(instance: Instance, clock: int, policy: Policy) -> int | None:
    """The shortest period sold, in months, whose new expiry lies after `clock` (R2). None if there is none."""
    for months in policy.months_sold:
        if new_expiry(instance, months, clock, policy)[0] > clock:
            return months
    return None


def extend(
    engine: Engine,
    instance: Instance,
    months: int,
    until: tuple[int, int],
    by: str,
    rule: str | None,
    advice: tuple[str, ...] = (),
) -> None:
    """Charge a renewal that `funds` covers, and set expiry and anchor day to `until` (R2, A5).

    An expired instance is restored (R3), and a trial becomes an ordinary instance (E4).
    """
    amount = period_price(instance.monthly_price, months)
    from_coupons, from_balance = pay(engine, engine.world.accounts[instance.account], amount)
    expires, instance.anchor_day = until
    instance.expires = expires
    instance.trial = False  # E4
    engine.emit(
        instance.account, instance.id, rule,
        Renewed(amount, from_coupons, from_balance, months, expires, by), advice,
    )  # fmt: skip
    before = instance.state
    engine.enter(instance, RENEWED)
    if before == EXPIRED:
        start_restoration(engine, instance)


def try_payment(engine: Engine, instance: Instance) -> None:
    """Try an auto-renewal payment that is due. It succeeds (A5), or fails and is tried again on the schedule's next
    day (A6).
    """
    account = engine.world.accounts[instance.account]
    clock = engine.world.clock
    months = instance.renewal.months or 1
    amount = payment_price(instance)
    until = from_old_expiry(instance, months, engine.policy)  # A5: whatever `renewal_anchor` is
    reason = None
    if account.overdue_since is not None:  # C2
        reason = "account_overdue"
    elif until[0] <= clock:
        reason = "period_in_past"
    elif funds(account, clock) < amount:
        reason = "insufficient_funds"
    if reason is None:
        extend(engine, instance, months, until, "auto", "A5")
    else:
        engine.emit(account.id, instance.id, "A6", AutoRenewalFailed(reason, amount))
        engine.notify(account.id, instance.id, "N1", _FAILED)
    engine.schedule(instance, PAYMENTS)


def renewal_if_enabled(instance: Instance, months: int, today: int) -> Renewal:
    """The renewal settings after auto-renewal is enabled or changed in renewal management (A2, A8).

    `today` is the local day of the change.
    """
    # A8: auto-renewal that is already effective stays effective.
    enabled_on = instance.renewal.enabled_on if instance.renewal.mode == AUTO else today
    return Renewal(AUTO, CONSOLE, months, enabled_on)


def enabling_advice(engine: Engine, instance: Instance) -> tuple[str, ...]:
    """The advice given when auto-renewal has just been turned on (A4, A9)."""
    timing = timing_advice(instance, engine.world.clock, engine.policy, engine.agenda.timetable)
    return (*timing, needs_money_advice(instance, instance.renewal.months or 1))


def timing_advice(instance: Instance, clock: int, policy: Policy, timetable: Timetable) -> tuple[str, ...]:
    """The warnings given when auto-renewal is enabled at `clock` (A4). `instance.renewal` must already be set."""
    assert instance.expires is not None
    calendar = policy.calendar
    days_left = calendar.day_of(instance.expires) - calendar.day_of(clock)
    if days_left >= 2:
        return ()
    payments = timetable.payments(instance, clock)
    if days_left == 1:
        return (f"{instance.id} expires tomorrow, too soon to count on auto-renewal: renew it now.",)
    if clock >= instance.expires:
        stopped = f"{instance.id} has expired: its service stays stopped until"
    else:
        stopped = f"{instance.id} expires today: its service stops before"
    if payments:
        return (f"{stopped} the next payment, on {calendar.format(payments[0])[:10]}.",)
    return (f"{instance.id} has no attempts left on its schedule: renew it manually.",)


def needs_money_advice(instance: Instance, months: int) -> str:
    """The reminder that auto-renewal pays only from the account (A9)."""
    price = f"the price of {months} mo for {instance.id}"
    return f"Auto-renewal pays from the balance and coupons only: keep {price} on the account."


def short_period_advice(months: int, policy: Policy) -> tuple[str, ...]:
    """The suggestion given with a short period without auto-renewal (A9). Empty for a longer period."""
    if months > policy.short_period:
        return ()
    return (f"{months} mo is a short period: with auto-renewal on, no instance expires unnoticed.",)
