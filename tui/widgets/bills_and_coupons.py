"""The unpaid bills and the coupons of an account, as lines of text."""

from typing import Final

from textual.content import Content

from core.base.instants import Calendar
from core.base.money import group_amount
from core.simulation.credit import funds, unpaid_sum, usable_coupons
from core.words.sentences import tell_day, tell_moment
from core.world.model import Account, Coupon
from tui.text.cells import fit, one_line, wrapped

_LEAST: Final = 6
_WITH_IDS: Final = 36
"""The width in cells from which a bill's id is shown too."""


def bills_and_coupons(account: Account, clock: int, calendar: Calendar, width: int) -> list[Content]:
    """The unpaid bills, the coupons and the daily use of an account, in lines of at most `width` cells."""
    currency = account.currency
    lines = [_sum("Unpaid", unpaid_sum(account), currency, width)]
    for bill in account.unpaid:
        name = tell_moment(bill.issued, clock, calendar)
        if width >= _WITH_IDS:
            name = f"{name:>12}  {one_line(bill.id)}"
        lines.append(_line(name, group_amount(bill.amount, currency).partition(" ")[2], width, ""))
    if account.overdue_since is not None:
        when = tell_moment(account.overdue_since, clock, calendar)
        overdue = wrapped(f"! overdue since {when} (C1)", width, indent=2)
        lines += [Content.styled(line, "$state-overdue") for line in overdue]
    usable = funds(account, clock) - account.balance
    can_be_used = {coupon.id for coupon in usable_coupons(account, clock)}
    note = " usable" if len(can_be_used) < len(account.coupons) else ""
    lines += [Content(""), _sum("Coupons", usable, currency, width, note)]
    for coupon in sorted(account.coupons, key=lambda coupon: _rank(coupon, clock, can_be_used)):
        lines += _coupon(coupon, currency, clock, calendar, width, usable=coupon.id in can_be_used)
    if account.daily_spend:
        lines += [Content(""), _sum("Other daily use", account.daily_spend, currency, width)]
    return lines


def _rank(coupon: Coupon, clock: int, usable: set[str]) -> tuple[int, int, str]:
    """Sort key: usable coupons in the order they are used (M2), then those that start later, then the rest."""
    if coupon.id in usable:
        return (0 if coupon.expires is not None else 1, coupon.expires or 0, coupon.id)
    if coupon.starts is not None and coupon.starts > clock:
        return (2, coupon.starts, coupon.id)
    return (3, 0, coupon.id)


def _coupon(
    coupon: Coupon, currency: str, clock: int, calendar: Calendar, width: int, *, usable: bool
) -> list[Content]:
    """A coupon in two lines, in the quiet colour if it is not usable now."""
    style = "" if usable else "$quiet"
    left = group_amount(coupon.remaining, currency).partition(" ")[2]
    if coupon.starts is not None and coupon.starts > clock:
        when = f"from {tell_moment(coupon.starts, clock, calendar)}"
    elif coupon.expires is not None and coupon.expires <= clock:
        when = f"ended {tell_day(coupon.expires, clock, calendar)}"
    elif not coupon.remaining:
        when = "used up"
    elif coupon.expires is None:
        when = "no end date"
    else:
        when = f"until {tell_moment(coupon.expires, clock, calendar)}"
    whole = group_amount(coupon.amount, currency).partition(" ")[2]
    part = f", of {whole}" if coupon.remaining not in (0, coupon.amount) else ""
    return [_line(one_line(coupon.id), left, width, style), *(
        Content.styled("  " + line, "$quiet") for line in wrapped(when + part, max(width - 2, _LEAST))
    )]  # fmt: skip


def _sum(title: str, amount: int, currency: str, width: int, note: str = "") -> Content:
    """A heading with its sum at the right edge, and a note if there is room."""
    told = group_amount(amount, currency) if amount else "none"
    told += note if len(title) + len(told) + len(note) < width else ""
    room = max(width - len(told) - 1, _LEAST)
    return Content.assemble((fit(title, room), "bold $accent"), " ", (told, "bold" if amount else "$quiet"))


def _line(name: str, amount: str, width: int, style: str) -> Content:
    return Content.styled(f"{fit(name, max(width - len(amount) - 1, _LEAST))} {amount}", style)
