"""Events as text for people: one short phrase each, without the instant and the account or instance concerned.

What happened comes first, ids and amounts after it, because a line that is too long is cut at its end.
"""

from collections.abc import Sequence
from typing import Final

from core.base.instants import DAY, HOUR, MINUTE, Calendar
from core.base.money import group_amount
from core.world import events
from core.world.events import Event

REASONS: Final = {
    "account_overdue": "the account is overdue",
    "insufficient_funds": "not enough money",
    "period_in_past": "the new period would already be over",
}
"""Why a payment fails, in words, by the code of the reason."""
NOTICES: Final = {
    "low_balance": "the balance is low",
    "auto_renewal_failed": "auto-renewal failed",
    "renewal_reminder": "renewal reminder",
    "account_overdue": "the account is overdue",
    "account_cleared": "the account is clear again",
    "stopped": "service stopped",
    "expired": "expired, service stopped",
    "release_tomorrow": "about to be released with all its data",
    "released": "released, its data deleted",
    "frozen": "frozen, no device was online",
}
"""What each notice says, by its name in the contract."""
_COMING: Final = {
    "running": "runs again",
    "frozen": "frozen, service stops",
    "overdue": "overdue with its account",
    "stopped": "stopped, service stops",
    "expired": "expires, service stops",
    "restoring": "service is being restored",
    "released": "released, its data deleted",
}
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CHANNELS: Final = {"sms": "SMS", "email": "email"}
"""How notices are sent, in words."""


def tell(event: Event, currency: str, calendar: Calendar, clock: int | None = None) -> str:
    """Describe an event in one line: "topped up CNY 500.00". `currency` is that of its account.

    Dates are as on a screen, "2 Aug", with the year if it differs from the clock's; without a clock they are ISO 8601.
    """

    def money(amount: int) -> str:
        return group_amount(amount, currency)

    def day(instant: int) -> str:
        return calendar.format(instant)[:10] if clock is None else tell_day(instant, clock, calendar)

    match event.fact:
        case events.StateChanged(source=None, target=target):
            return f"starts as {target}"
        case events.StateChanged(source=source, target=target):
            return f"{source} -> {target}"
        case events.BillIssued(bill=bill, amount=amount, note=note):
            return f"issued bill {bill} of {money(amount)}" + (f": {note}" if note else "")
        case events.BillSettled(bill=bill, amount=amount):
            return f"settled bill {bill} of {money(amount)}"
        case events.AccountOverdue():
            return "account overdue"
        case events.AccountCleared():
            return "account clear again"
        case events.ToppedUp(amount=amount):
            return f"topped up {money(amount)}"
        case events.CouponGranted(coupon=coupon, amount=amount):
            return f"granted coupon {coupon} of {money(amount)}"
        case events.CouponEnded(coupon=coupon, amount=amount):
            return f"coupon {coupon} ended, {money(amount)} lost"
        case events.Purchased(amount=amount, months=months, expires=expires):
            return f"bought for {months} mo, {money(amount)}, until {day(expires)}"
        case events.Upgraded(amount=amount, months=months, expires=expires):
            return f"upgraded to Enterprise for {months} mo, {money(amount)}, until {day(expires)}"
        case events.Renewed(amount=amount, months=months, expires=expires, by=by):
            automatic = "auto-renewed" if by == "auto" else "renewed"
            return f"{automatic} for {months} mo, {money(amount)}, until {day(expires)}"
        case events.AutoRenewalFailed(reason=reason, amount=amount):
            return f"auto-renewal failed: {_why_failed(reason, money(amount))}"
        case events.AutoRenewalChanged(mode="auto", schedule=schedule, months=months):
            return f"auto-renewal on, {months} mo, {schedule} schedule"
        case events.AutoRenewalChanged(mode=mode):
            return "set to manual renewal" if mode == "manual" else "set to non-renewal"
        case events.LowBalanceAlertSet(amount=amount):
            return "low balance alert off" if amount is None else f"low balance alert at {money(amount)}"
        case events.TrialContinued():
            return "trial continued"
        case events.DevicesChanged(online=online):
            return "devices online" if online else "devices offline"
        case events.NoticeSent(channel=channel, notice=notice):
            return f"{CHANNELS[channel]}: {NOTICES[notice]}"
        case events.Refused(do=do, message=message):
            return f"{do.replace('_', ' ')} refused: {message}"


def tell_coming(event: Event, short: int, currency: str, calendar: Calendar, clock: int) -> str:
    """Describe a forecast event: "payment fails, short by CNY 96.50 of CNY 900.00".

    `short` is what is missing for a payment, in minor units, or 0. Dates have a year if it differs from the clock's.
    """
    match event.fact:
        case events.StateChanged(target=target):
            return _COMING[target]
        case events.Renewed(amount=amount, expires=expires):
            return f"payment succeeds, {group_amount(amount, currency)}, until {tell_day(expires, clock, calendar)}"
        case events.AutoRenewalFailed(reason=reason, amount=amount):
            due = group_amount(amount, currency)
            why = f"short by {group_amount(short, currency)} of {due}" if short else _why_failed(reason, due)
            return f"payment fails, {why}"
    return tell(event, currency, calendar, clock)


def _why_failed(reason: str, due: str) -> str:
    """Why a payment of the amount `due` failed."""
    return f"{REASONS[reason]} for {due}" if reason == "insufficient_funds" else f"{REASONS[reason]}, {due} was due"


def tell_notice(notice: events.NoticeSent) -> tuple[str, str]:
    """A notice's channel and text: "email", "renewal reminder"."""
    return CHANNELS[notice.channel], NOTICES[notice.notice]


def tell_clock(instant: int, calendar: Calendar) -> str:
    """An instant with its weekday: "Fri 2026-07-10 08:00"."""
    local = calendar.local(instant)
    return f"{WEEKDAYS[local.weekday()]} {calendar.format(instant)[:10]} {local.hour:02}:{local.minute:02}"


def tell_month(instant: int, calendar: Calendar) -> str:
    """The month of an instant: "Jul"."""
    return MONTHS[calendar.local(instant).month - 1]


def tell_day(instant: int, clock: int, calendar: Calendar) -> str:
    """The date of an instant, with its year if that differs from the clock's: "2 Aug", "2 Aug 2027"."""
    day = calendar.date_of(instant)
    year = "" if day.year == calendar.date_of(clock).year else f" {day.year}"
    return f"{day.day} {MONTHS[day.month - 1]}{year}"


def tell_date(instant: int, calendar: Calendar) -> str:
    """The date of an instant with its year: "2 Aug 2026"."""
    day = calendar.date_of(instant)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def tell_moment(instant: int, clock: int, calendar: Calendar) -> str:
    """The date and time of day of an instant: "16 Jul 08:00"."""
    return f"{tell_day(instant, clock, calendar)} {calendar.format(instant)[11:16]}"


def tell_distance(instant: int, clock: int, calendar: Calendar) -> str:
    """The distance of an instant from the clock in calendar days: "in 3 d", "today", "12 d ago", "in 3 y"."""
    days = calendar.day_of(instant) - calendar.day_of(clock)
    if not days:
        return "today"
    size = f"{abs(days)} d" if abs(days) < 1000 else f"{abs(days) // 365} y"
    return f"in {size}" if days > 0 else f"{size} ago"


def whole_years(clock: int, instant: int, calendar: Calendar) -> int:
    """The number of whole calendar years from the clock to an instant; 0 for an instant before the clock."""
    now, then = calendar.local(clock), calendar.local(instant)
    early = (then.month, then.day, then.hour, then.minute) < (now.month, now.day, now.hour, now.minute)
    return max(then.year - now.year - early, 0)


def tell_length(seconds: int) -> str:
    """A length of time in its two largest units: "9 d 8 h", "30 min"."""
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    if days:
        return f"{days:,} d" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


def tell_months(months: Sequence[int]) -> str:
    """A list of periods in months, with consecutive numbers as a range: "1 to 9, 12, 24 or 36"."""
    runs: list[list[int]] = []
    for number in months:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [
        part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(item) for item in run])
    ]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
