"""The search text of a row: the text of every column in lower case, one column per line.

It changes only when the instance changes. The distance to its end also changes with the clock, so a filter matches it
separately (`distances`). For the same reason dates include their year, even where the row does not show it.
"""

from functools import lru_cache

from core.ahead.renewal_preview import reminders
from core.base.instants import Calendar
from core.base.money import group_amount
from core.simulation.agenda import Timetable
from core.simulation.loading import ends_at, release_at
from core.simulation.renewals import payment_price
from core.words.sentences import tell_date
from core.workspace.workspace import Workspace
from core.world.model import AUTO, ENTERPRISE, LEGACY_PUBLIC, MANUAL, RELEASED, Instance, Renewal
from tui.text.states import KINDS, state_words


def fleet_text(instance: Instance, workspace: Workspace) -> str:
    """The search text of an Overview row, plus the instance's kind and price."""
    kind = KINDS[instance.kind] + (" trial" if instance.trial else "")
    lines = [*_lines(instance, workspace), kind]
    lines += [_price(instance.monthly_price or instance.daily_charge, workspace.currency_of(instance.account))]
    if instance.state == RELEASED:
        lines.append("-")
    elif instance.kind != ENTERPRISE:
        lines.append("pay as you go" if instance.kind == LEGACY_PUBLIC else "-")
    elif instance.renewal.mode != AUTO:
        lines.append("manual" if instance.renewal.mode == MANUAL else "non-renewal")
    else:
        months, payment = instance.renewal.months, _next_payment(instance, workspace)
        day = "none left" if payment is None else _date(payment, workspace.calendar)
        lines += [f"{months} mo {day}", f"{months}mo {day}"]
    return "\n".join(lines).casefold()


def renewal_text(instance: Instance, workspace: Workspace) -> str:
    """The search text of a Renewal row, without the part that comes from the forecast."""
    currency = workspace.currency_of(instance.account)
    lines = [*_lines(instance, workspace), _price(instance.monthly_price, currency)]
    if instance.renewal.mode == AUTO:
        lines += [_price(payment_price(instance), currency)]
        lines += [f"{instance.renewal.months}mo {instance.renewal.schedule}"]
        payment = None if instance.state == RELEASED else _next_payment(instance, workspace)
        if payment is not None:
            lines += _moment(payment, workspace.calendar)
        elif instance.state != RELEASED:
            lines += ["none left", "x never"]
    elif instance.state != RELEASED:
        reminder = _next_reminder(instance, workspace)
        lines += ["none left"] if reminder is None else _moment(reminder, workspace.calendar)
        release = release_at(instance, workspace.policy)
        lines += [] if release is None else [_date(release, workspace.calendar)]
    return "\n".join([*lines, "-"] if instance.state == RELEASED else lines).casefold()


def _lines(instance: Instance, workspace: Workspace) -> list[str]:
    """The lines that all screens show for an instance."""
    lines = [instance.id, instance.account, instance.region, state_words(instance.state)]
    if instance.name != instance.id:
        lines.append(instance.name)
    at = ends_at(instance)
    if instance.state == RELEASED:
        day = "date not known" if at is None else _date(at, workspace.calendar)
        lines += [f"released {day}", f"{state_words(RELEASED)} {day}", f"{day.rpartition(' ')[0]}, {day},"]
    elif at is None:
        lines.append("no end")
    else:
        lines.append(_date(at, workspace.calendar))
    return lines


def _next_payment(instance: Instance, workspace: Workspace) -> int | None:
    return _payment(workspace.timetable, workspace.clock, instance.expires, instance.renewal, instance.trial)


def _next_reminder(instance: Instance, workspace: Workspace) -> int | None:
    return _reminder(workspace.timetable, workspace.clock, instance.expires, instance.renewal, instance.trial)


# Most of 100,000 instances share their dates with others, so the next payment or reminder is cached for equal dates.


@lru_cache(maxsize=32768)
def _payment(timetable: Timetable, clock: int, expires: int | None, renewal: Renewal, trial: bool) -> int | None:
    payments = timetable.payments(_stand_in(expires, renewal, trial), clock)
    return payments[0] if payments else None


@lru_cache(maxsize=32768)
def _reminder(timetable: Timetable, clock: int, expires: int | None, renewal: Renewal, trial: bool) -> int | None:
    coming = reminders(_stand_in(expires, renewal, trial), clock, timetable)
    return coming[0] if coming else None


def _stand_in(expires: int | None, renewal: Renewal, trial: bool) -> Instance:
    """A stand-in instance with these dates."""
    return Instance("", "", ENTERPRISE, "", expires=expires, renewal=renewal, trial=trial)


@lru_cache(maxsize=4096)
def _moment(instant: int, calendar: Calendar) -> tuple[str, ...]:
    """Both forms in which an instant may be shown: with its time of day, and with its year."""
    day = _date(instant, calendar)
    return f"{day.rpartition(' ')[0]} {calendar.format(instant)[11:16]}", day


@lru_cache(maxsize=4096)
def _date(instant: int, calendar: Calendar) -> str:
    return tell_date(instant, calendar)


@lru_cache(maxsize=4096)
def _price(amount: int, currency: str) -> str:
    """An amount as shown, and without its commas, as people type it."""
    told = group_amount(amount, currency)
    return told if "," not in told else f"{told} {told.replace(',', '')}"
