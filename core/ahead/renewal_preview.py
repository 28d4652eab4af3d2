"""What a renewal, or another way of renewing, costs and leads to, told before it is done. Nothing is changed."""

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
    """One order's price, and how it would be paid now (R1, R4, M2). Amounts in minor units."""

    months: int
    price: int
    coupons: tuple[tuple[str, int], ...]
    """The coupons it uses, in their order, each with what it gives."""
    from_balance: int
    left: int
    """The balance afterwards; the present one where the order can't be paid."""
    missing: int
    """Zero when balance and usable coupons cover it."""


def quote(monthly: int, months: int, account: Account, clock: int) -> Quote:
    """What an order on an account costs whose instances cost `monthly` a month together."""
    price = period_price(monthly, months)
    drawn = [(coupon.id, part) for coupon, part in drawn_from_coupons(account, price, clock)]
    rest = price - sum(part for _, part in drawn)
    missing = max(rest - account.balance, 0)
    return Quote(months, price, tuple(drawn), rest, account.balance - (0 if missing else rest), missing)


def renewed_until(instance: Instance, months: int, clock: int, policy: Policy) -> int | None:
    """Where a renewal at `clock` leads (R2); None where it can't be counted to, or would lie in the past."""
    try:
        expires, _ = new_expiry(instance, months, clock, policy)
    except BadInput:
        return None
    return expires if expires > clock else None


def expired_by(clock: int) -> int:
    """The instant before which what has expired by `clock` expires: what expires at the clock itself has (E1)."""
    return clock + 1


def expiring_within(days: int, clock: int, calendar: Calendar) -> tuple[int, int]:
    """From which to before which instant an instance expires that has not yet and does in at most so many days, counted
    as people count: one that expires at any time of the seventh day from today is within 7.
    """
    return expired_by(clock), calendar.midnight(calendar.day_of(clock) + days + 1)


def back_at(clock: int, policy: Policy) -> int:
    """When the service of an expired instance is back that is renewed at `clock` (R3)."""
    return clock + policy.restore_delay


class Prospect(NamedTuple):
    """What auto-renewal would do for one instance, were it enabled or changed now."""

    price: int
    """What each payment takes."""
    until: int | None
    """The expiry once one goes through (A5); None where that is past what is counted to."""
    payments: tuple[int, ...]
    """When it is tried for the present expiry, until one succeeds (A2, A4, A8)."""
    warnings: tuple[str, ...]
    """Why that may be too late (A4)."""


def prospect(instance: Instance, months: int, clock: int, policy: Policy, timetable: Timetable) -> Prospect:
    """What auto-renewal would do for an Enterprise instance, enabled or changed in renewal management now."""
    enabled = with_renewal(instance, renewal_if_enabled(instance, months, policy.calendar.day_of(clock)))
    newly = instance.renewal.mode != enabled.renewal.mode
    warnings = timing_advice(enabled, clock, policy, timetable) if newly else ()
    return Prospect(
        period_price(instance.monthly_price, months), paid_until(instance, months, policy),
        tuple(timetable.payments(enabled, clock)), warnings,
    )  # fmt: skip


def paid_until(instance: Instance, months: int, policy: Policy) -> int | None:
    """The expiry once an auto-renewal payment goes through (A5); None where that is past what is counted to."""
    try:
        return from_old_expiry(instance, months, policy)[0]
    except BadInput:
        return None


def in_time_from(clock: int, calendar: Calendar) -> int:
    """From when on an instance must expire so that enabling auto-renewal now isn't warned about (A4)."""
    return calendar.midnight(calendar.day_of(clock) + 2)


def forecast_if_enabled(
    account: Account, instances: Iterable[Instance], chosen: Collection[str], months: int, clock: int, policy: Policy
) -> AccountForecast:
    """The forecast of an account, were auto-renewal enabled or changed now on the chosen ones of its `instances`, all
    that it has; to be run by the caller.
    """
    today = policy.calendar.day_of(clock)
    there = (
        with_renewal(instance, renewal_if_enabled(instance, months, today)) if instance.id in chosen else instance
        for instance in instances
    )
    return AccountForecast(account, there, clock, policy)


class Lapse(NamedTuple):
    """What comes of an instance that nobody renews."""

    reminders: tuple[int, ...]
    """When its owner is still reminded (N2)."""
    expires: int
    release: int


def lapse(instance: Instance, mode: str, clock: int, policy: Policy, timetable: Timetable) -> Lapse:
    """What comes of an Enterprise instance set to `manual` or `none` now, if nobody renews it."""
    release = release_at(instance, policy)
    assert instance.expires is not None and release is not None
    there = with_renewal(instance, Renewal(mode))
    return Lapse(tuple(reminders(there, clock, timetable)), instance.expires, release)


def reminders(instance: Instance, clock: int, timetable: Timetable) -> list[int]:
    """When renewal reminders are still sent for an Enterprise instance's present expiry (N2)."""
    found: list[int] = []
    due = timetable.next(instance, clock, NOTICES)
    while due is not None and instance.expires is not None and due[0] < instance.expires:
        if due[1] == NOTICES:
            found.append(due[0])
        due = timetable.next(instance, *due)
    return found


def with_renewal(instance: Instance, renewal: Renewal) -> Instance:
    """A copy of an instance that is renewed in another way."""
    changed = instance.copy()
    changed.renewal = renewal
    return changed
