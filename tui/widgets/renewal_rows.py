"""The columns and rows of the Renewal screen's tabs: manual renewal, auto-renewal and non-renewal."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.ahead.forecast import Attempt
from core.ahead.renewal_preview import reminders
from core.base.money import group_amount
from core.simulation.loading import release_at, released_at
from core.simulation.renewals import payment_price
from core.workspace.workspace import Workspace
from core.world.model import AUTO, MANUAL, NONE, RELEASED, RUNNING, Instance
from tui.lists.listing import (
    Sorting,
    SortKey,
    by_account,
    by_expiry,
    by_id,
    by_name,
    by_payment,
    by_region,
    by_state,
)
from tui.live.session import Session
from tui.text.cells import one_line
from tui.text.states import state_words
from tui.widgets.dates import EXPIRY, MOMENT, expiry_cell, in_column, short_day, short_moment
from tui.widgets.outcomes import outcome
from tui.widgets.rows import Cell, Column, Row

ROOMY, _WIDEST = 24, 40
"""Width in cells of the id column: the usual limit, and the limit up to which it grows for longer ids."""
OUTCOME: Final = len("x short 4,993.50")
_NEVER: Final = "x never"
_UNKNOWN: Final = "not known"

TITLES: Final = {MANUAL: "Manual", AUTO: "Auto", NONE: "Non-renewal"}
"""The title of each tab, by renewal mode."""

_WHERE: Final = (
    Column("Account", 8, optional=4, ids=8),
    Column("Region", 14, optional=6),
    Column("Name", 22, optional=7, grows=True),
)
_BY_HAND: Final = (
    Column("Instance", 12, grows=True, ids=12),
    Column("State", 11),
    Column("Expires", EXPIRY),
    Column("Next reminder", 13),
    Column("Monthly price", 13, right=True),
    Column("Data deleted", 12, optional=2),
    *_WHERE,
)
_BY_ITSELF: Final = (
    Column("Instance", 12, grows=True, ids=12),
    Column("State", 11, optional=5),
    Column("Expires", EXPIRY),
    Column("Period", 12),
    Column("Next payment", MOMENT),
    Column("Outcome", OUTCOME),
    Column("Payment", 13, right=True, optional=2),
    Column("Paid on", 13, optional=3),
    *_WHERE,
)


COLUMNS: Final = tuple({column.title: column for column in (*_BY_HAND[:-3], *_BY_ITSELF)}.values())
"""Every column that any tab has."""


def columns(mode: str, *, several_accounts: bool, longest: int) -> tuple[Column, ...]:
    """A tab's columns; `longest` is the width of the longest id. If all instances are on one account, the account
    column is left out first.
    """
    chosen = _BY_ITSELF if mode == AUTO else _BY_HAND
    chosen = (chosen[0]._replace(most=min(max(longest, ROOMY), _WIDEST)), *chosen[1:])
    if several_accounts:
        return chosen
    return tuple(column._replace(optional=9) if column.title == "Account" else column for column in chosen)


def orders(mode: str) -> tuple[Sorting, ...]:
    """The orders that `s` cycles through, each named by its column."""
    own = (
        (_most_expensive("Payment"), Sorting("Period", by_period), Sorting("Next payment", by_next_payment))
        if mode == AUTO
        else (
            _most_expensive("Monthly price"),
            Sorting("Next reminder", by_next_reminder),
            Sorting("Data deleted", by_release),
        )
    )
    return (
        Sorting("Expires", by_expiry),
        Sorting("Instance", by_id),
        Sorting("State", by_state),
        *own,
        Sorting("Account", by_account),
        Sorting("Region", by_region),
        Sorting("Name", by_name),
    )


def _most_expensive(column: str) -> Sorting:
    return Sorting(column, by_payment, falling=True)


def by_period(instance: Instance, workspace: Workspace) -> SortKey:
    """Sort key: the auto-renewal period."""
    return (0, instance.renewal.months or 0, instance.renewal.schedule or "", instance.id)


def by_next_payment(instance: Instance, workspace: Workspace) -> SortKey:
    """Sort key: the next auto-renewal payment; instances without one come last."""
    return _soonest(instance, workspace.timetable.payments(instance, workspace.clock))


def by_next_reminder(instance: Instance, workspace: Workspace) -> SortKey:
    """Sort key: the next reminder; instances without one come last."""
    return _soonest(instance, reminders(instance, workspace.clock, workspace.timetable))


def _soonest(instance: Instance, instants: Sequence[int]) -> SortKey:
    return (0, instants[0], "", instance.id) if instants and instance.state != RELEASED else (1, 0, "", instance.id)


def by_release(instance: Instance, workspace: Workspace) -> SortKey:
    """Sort key: when the data is deleted, or was."""
    at = released_at(instance) if instance.state == RELEASED else release_at(instance, workspace.policy)
    return (at is None, at or 0, "", instance.id)


class Payments(NamedTuple):
    """What auto-renewal will do for an instance: the days of the remaining payments, and the forecast of each."""

    days: tuple[int, ...]
    attempts: tuple[Attempt, ...]
    known: bool
    """Whether the forecast is finished."""


def payments_of(instance: Instance, session: Session) -> Payments:
    """The coming auto-renewal payments for an instance's current expiry, and their outcome if nobody acts."""
    workspace = session.workspace
    days = workspace.timetable.payments(instance, workspace.clock)
    if not days or instance.state == RELEASED:
        return Payments((), (), known=True)
    forecast = session.forecasts.of(instance.account)
    if forecast is None:
        return Payments(tuple(days), (), known=False)
    tried: list[Attempt] = []
    for attempt in forecast.outlook(instance, workspace.clock).attempts:
        if attempt.at in days:
            tried.append(attempt)
        if attempt.reason is None:
            break
    return Payments(tuple(days), tuple(tried), known=True)


def row(instance: Instance, session: Session, *, marked: bool) -> Row:
    """An instance as a row of its tab. With `marked`, the expiry has the mark of the state, because there is no room
    for a state column.
    """
    workspace = session.workspace
    released = instance.state == RELEASED
    first = (
        Cell(one_line(instance.id)),
        Cell(state_words(instance.state), instance.state),
        Cell(expiry_cell(instance, workspace, marked=marked), _style_of(instance) if marked else ""),
    )
    where = (
        Cell(one_line(instance.account), "quiet"),
        Cell(one_line(instance.region), "quiet"),
        Cell(one_line(instance.name) if instance.name != instance.id else "", "quiet"),
    )
    own = _auto_cells(instance, session) if instance.renewal.mode == AUTO else _manual_cells(instance, workspace)
    return Row((*first, *own, *where), dim=released)


def foretold(instance: Instance, session: Session) -> str:
    """The forecast part of a row: whether the next payment succeeds, and when one does."""
    if instance.renewal.mode != AUTO:
        return ""
    _, payment, result, _, paid = _auto_cells(instance, session)
    return f"{payment.text} {result.text}\n{paid.text}"


def _style_of(instance: Instance) -> str:
    """The colour of the expiry by the instance's state, for tabs that don't show the state itself."""
    return "" if instance.state == RUNNING else instance.state


def _manual_cells(instance: Instance, workspace: Workspace) -> tuple[Cell, ...]:
    price = Cell(group_amount(instance.monthly_price, workspace.currency_of(instance.account)))
    timetable = workspace.timetable
    if instance.state == RELEASED:
        at = released_at(instance)
        return Cell("-"), price, Cell(_UNKNOWN if at is None else in_column(short_day(at, workspace)))
    release = release_at(instance, workspace.policy)
    coming = reminders(instance, workspace.clock, timetable)
    reminder = Cell(in_column(short_moment(coming[0], workspace))) if coming else Cell("none left", "quiet")
    return reminder, price, Cell("" if release is None else in_column(short_day(release, workspace)), "quiet")


def _auto_cells(instance: Instance, session: Session) -> tuple[Cell, ...]:
    workspace, currency = session.workspace, session.workspace.currency_of(instance.account)
    _, schedule, months, _ = instance.renewal
    price = Cell(group_amount(payment_price(instance), currency))
    period = Cell(f"{months}mo {schedule}")
    if instance.state == RELEASED:
        return period, Cell("-"), Cell(""), price, Cell("-")
    days, attempts, known = payments_of(instance, session)
    if not days:
        return period, Cell("none left", "quiet"), Cell(_NEVER, "expired"), price, Cell(_NEVER, "expired")
    when = Cell(in_column(short_moment(days[0], workspace)))
    if not attempts:
        wait = Cell("not forecast yet" if known else "…", "quiet")
        return period, when, wait, price, Cell(_UNKNOWN if known else "…", "quiet")
    return period, when, Cell(*outcome(attempts[0], currency, OUTCOME)), price, _paid_on(days, attempts, workspace)


def _paid_on(days: tuple[int, ...], attempts: tuple[Attempt, ...], workspace: Workspace) -> Cell:
    """The day on which one of the payments succeeds: "+ 24 Jul"."""
    last = attempts[-1]
    if last.reason is None:
        return Cell(f"+ {in_column(short_day(last.at, workspace))}", "running")
    return Cell(_NEVER, "expired") if last.at >= days[-1] else Cell(_UNKNOWN, "quiet")
