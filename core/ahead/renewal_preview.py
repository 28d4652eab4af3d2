"""Previews of a renewal, and of a change of renewal mode: their cost and their effect. Nothing is changed."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from core.ahead.forecast import AccountForecast
from core.base.errors import BadInput
from core.base.instants import Calendar
from core.rules.policy import Policy
from core.simulation.agenda import NOTICES, Timetable
from core.simulation.credit import drawn_from_coupons
from core.simulation.loading import release_at
from core.simulation.renewals import from_old_expiry, new_expiry, period_price, renewal_if_enabled, timing_advice
from core.world.model import Account, Instance, Renewal


class Quote(NamedTuple):
    """The price of an order, and how it would be paid now (R1, R4, M2). Amounts are in minor units."""

    months: int
    price: int
    coupons: tuple[tuple[str, int], ...]
    """The ids of the coupons it uses, in the order of use, each with the amount drawn from it."""
    from_balance: int
    left: int
    """The balance afterwards; the current balance if the order can't be paid."""
    missing: int
    """The amount that the account lacks; 0 if balance and usable coupons cover the price."""


def quote(monthly: int, months: int, account: Account, clock: int) -> Quote:
    """The price of an order for `months` months; `monthly` is the total monthly price of its instances."""
    price = period_price(monthly, months)
    drawn = [(coupon.id, part) for coupon, part in drawn_from_coupons(account, price, clock)]
    rest = price - sum(part for _, part in drawn)
    missing = max(rest - account.balance, 0)
    return Quote(months, price, tuple(drawn), rest, account.balance - (0 if missing else rest), missing)


def renewed_until(instance: Instance, months: int, clock: int, policy: Policy) -> int | None:
    """The expiry after a renewal at `clock` (R2); None if it would be in the past or beyond the calendar's range."""
    try:
        expires, _ = new_expiry(instance, months, clock, policy)
    except BadInput:
        return None
    return expires if expires > clock else None


def expired_by(clock: int) -> int:
    """Exclusive upper bound of the expiries that have passed at `clock`; an expiry at the clock has passed (E1)."""
    return clock + 1


def expiring_within(days: int, clock: int, calendar: Calendar) -> tuple[int, int]:
    """Half-open range of the expiries after `clock` and within `days` calendar days: an instance that expires at any
    time of the seventh day from today is within 7 days.
    """
    return expired_by(clock), calendar.midnight(calendar.day_of(clock) + days + 1)


def back_at(clock: int, policy: Policy) -> int:
    """The instant at which service is restored if an expired instance is renewed at `clock` (R3)."""
    return clock + policy.restore_delay


class Prospect(NamedTuple):
    """What auto-renewal would do for one instance if it were enabled or changed now."""

    price: int
    """The amount of each payment, in minor units."""
    until: int | None
    """The expiry after a successful payment (A5); None if it is beyond the calendar's range."""
    payments: tuple[int, ...]
    """The instants of the payment attempts for the current expiry; they end when one succeeds (A2, A4, A8)."""
    warnings: tuple[str, ...]
    """Sentences that say why the payments may be too late (A4)."""


def prospect(instance: Instance, months: int, clock: int, policy: Policy, timetable: Timetable) -> Prospect:
    """What auto-renewal would do for an Enterprise instance if it were enabled or changed in renewal management now."""
    enabled = with_renewal(instance, renewal_if_enabled(instance, months, policy.calendar.day_of(clock)))
    newly = instance.renewal.mode != enabled.renewal.mode
    warnings = timing_advice(enabled, clock, policy, timetable) if newly else ()
    return Prospect(
        period_price(instance.monthly_price, months), paid_until(instance, months, policy),
        tuple(timetable.payments(enabled, clock)), warnings,
    )  # fmt: skip


def paid_until(instance: Instance, months: int, policy: Policy) -> int | None:
    """The expiry after a successful auto-renewal payment (A5); None if it is beyond the calendar's range."""
    try:
        return from_old_expiry(instance, months, policy)[0]
    except BadInput:
        return None


def in_time_from(clock: int, calendar: Calendar) -> int:
    """The earliest expiry for which enabling auto-renewal at `clock` gives no warning (A4)."""
    return calendar.midnight(calendar.day_of(clock) + 2)


def forecast_if_enabled(
    account: Account, instances: Iterable[Instance], chosen: Collection[str], months: int, clock: int, policy: Policy
) -> AccountForecast:
    """The forecast of an account as if auto-renewal were enabled or changed now for the instances with the `chosen`
    ids. `instances` are all the instances of the account. The caller runs the forecast.
    """
    today = policy.calendar.day_of(clock)
    there = (
        with_renewal(instance, renewal_if_enabled(instance, months, today)) if instance.id in chosen else instance
        for instance in instances
    )
    return AccountForecast(account, there, clock, policy)


class Lapse(NamedTuple):
    """What happens to an instance that nobody renews. All fields are instants."""

    reminders: tuple[int, ...]
    """The renewal reminders still to be sent (N2)."""
    expires: int
    release: int


def lapse(instance: Instance, mode: str, clock: int, policy: Policy, timetable: Timetable) -> Lapse:
    """What happens to an Enterprise instance that is set to `manual` or `none` now, if nobody renews it."""
    release = release_at(instance, policy)
    assert instance.expires is not None and release is not None
    there = with_renewal(instance, Renewal(mode))
    return Lapse(tuple(reminders(there, clock, timetable)), instance.expires, release)


def reminders(instance: Instance, clock: int, timetable: Timetable) -> list[int]:
    """The instants of the renewal reminders still to be sent for the current expiry of an Enterprise instance (N2)."""
    found: list[int] = []
    due = timetable.next(instance, clock, NOTICES)
    while due is not None and instance.expires is not None and due[0] < instance.expires:
        if due[1] == NOTICES:
            found.append(due[0])
        due = timetable.next(instance, *due)
    return found


def with_renewal(instance: Instance, renewal: Renewal) -> Instance:
    """A copy of an instance with this renewal."""
    changed = instance.copy()
    changed.renewal = renewal
    return changed
