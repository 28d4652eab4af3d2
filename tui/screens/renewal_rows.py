"""The columns and the rows of the Renewal screen's tabs: by hand, or by itself."""

from typing import Final, NamedTuple

from core.forecast import Attempt
from core.loading import release_at
from core.model import AUTO, MANUAL, NONE, RELEASED, RUNNING, Instance
from core.money import group_amount
from core.renewals import payment_price
from core.renewing import reminders
from core.telling import tell_day, tell_distance, tell_moment
from core.workspace import Workspace
from tui.screens.listing import Order, by_account, by_expiry, by_id, by_payment, by_state
from tui.session import Session
from tui.widgets.cells import fit, one_line
from tui.widgets.dates import EXPIRY, expiry_cell, far_and_day, short_day
from tui.widgets.outcomes import outcome
from tui.widgets.rows import Cell, Column, Row
from tui.widgets.states import MARKS, state_words

ROOMY: Final = 24
"""The column of ids grows to so many cells where there is room, and for longer ones farther."""
MOMENT: Final = len("16 Jul 08:00")
OUTCOME: Final = len("x short 4,993.50")

TITLES: Final = {MANUAL: "Manual", AUTO: "Auto", NONE: "Non-renewal"}
"""The tabs, by the mode each shows."""

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
    Column("A month", 13, right=True),
    Column("Data deleted", 12, optional=2),
    *_WHERE,
)
_BY_ITSELF: Final = (
    Column("Instance", 12, grows=True, ids=12),
    Column("State", 11, optional=5),
    Column("Expires", EXPIRY),
    Column("Period", 13),
    Column("Next payment", MOMENT + 1 + OUTCOME),
    Column("A payment", 13, right=True, optional=2),
    Column("Paid on", 10, optional=3),
    *_WHERE,
)


COLUMNS: Final = tuple({column.title: column for column in (*_BY_HAND[:-3], *_BY_ITSELF)}.values())
"""Every column that one of the tabs has."""


def columns(mode: str, *, several_accounts: bool, longest: int) -> tuple[Column, ...]:
    """A tab's columns, given the longest id's cells; where all is on one account, its column is left out first."""
    chosen = _BY_ITSELF if mode == AUTO else _BY_HAND
    chosen = (chosen[0]._replace(most=max(longest, ROOMY)), *chosen[1:])
    if several_accounts:
        return chosen
    return tuple(column._replace(optional=9) if column.title == "Account" else column for column in chosen)


def orders(mode: str) -> tuple[tuple[str, Order], ...]:
    """The orders that `s` goes through, by the title of the column they sort by."""
    return (
        ("Expires", by_expiry),
        ("Instance", by_id),
        ("State", by_state),
        ("A payment" if mode == AUTO else "A month", by_payment),
        ("Account", by_account),
    )


class Payments(NamedTuple):
    """What auto-renewal will do for an instance: the payments left, and what the forecast says of each."""

    days: tuple[int, ...]
    attempts: tuple[Attempt, ...]
    known: bool
    """Whether the forecast has been made."""


def payments_of(instance: Instance, session: Session) -> Payments:
    """The auto-renewal payments ahead for an instance's present expiry, with their outcome if nobody acts."""
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
    """An instance as a row of the tab it is on; `marked` with the mark of its state at its expiry, where there is no
    room for the state itself.
    """
    workspace = session.workspace
    released = instance.state == RELEASED
    first = (
        Cell(one_line(instance.id)),
        Cell(state_words(instance.state), instance.state),
        _marked_expiry(instance, workspace) if marked else Cell(expiry_cell(instance, workspace)),
    )
    where = (
        Cell(one_line(instance.account), "quiet"),
        Cell(one_line(instance.region), "quiet"),
        Cell(one_line(instance.name) if instance.name != instance.id else "", "quiet"),
    )
    own = _by_itself(instance, session) if instance.renewal.mode == AUTO else _by_hand(instance, workspace)
    return Row((*first, *own, *where), dim=released)


def _marked_expiry(instance: Instance, workspace: Workspace) -> Cell:
    """The expiry with the mark and in the colour of a state other than running: "x 3 d ago  10 Jul"."""
    if instance.state == RUNNING or instance.expires is None:
        return Cell(expiry_cell(instance, workspace))
    far = tell_distance(instance.expires, workspace.clock, workspace.calendar)
    text = f"{MARKS[instance.state]} {far}"
    return Cell(far_and_day(f"{text:<10}", instance.expires, workspace), instance.state)


def _by_hand(instance: Instance, workspace: Workspace) -> tuple[Cell, ...]:
    price = Cell(group_amount(instance.monthly_price, workspace.currency_of(instance.account)))
    timetable = workspace.timetable
    release = release_at(instance, workspace.policy)
    if instance.state == RELEASED:
        return Cell("-"), price, Cell(short_day(release or workspace.clock, workspace))
    coming = reminders(instance, workspace.clock, timetable)
    reminder = Cell(short_moment(coming[0], workspace)) if coming else Cell("none left", "quiet")
    return reminder, price, Cell("" if release is None else short_day(release, workspace), "quiet")


def _by_itself(instance: Instance, session: Session) -> tuple[Cell, ...]:
    workspace, currency = session.workspace, session.workspace.currency_of(instance.account)
    _, schedule, months, _ = instance.renewal
    price = Cell(group_amount(payment_price(instance), currency))
    period = Cell(f"{months} mo {schedule}")
    if instance.state == RELEASED:
        return period, Cell("-"), price, Cell("-")
    days, attempts, known = payments_of(instance, session)
    if not days:
        return period, Cell("no payment day left", "quiet"), price, Cell("x never", "expired")
    when = fit(short_moment(days[0], workspace), MOMENT)
    if not attempts:
        wait = "" if known else "…"
        return period, Cell(f"{when} {wait}"), price, Cell(wait, "quiet")
    words, style = outcome(attempts[0], currency, OUTCOME)
    told = Cell("", "", ((f"{when} ", ""), (fit(words, OUTCOME), style)))
    return period, told, price, _paid_on(days, attempts, workspace)


def _paid_on(days: tuple[int, ...], attempts: tuple[Attempt, ...], workspace: Workspace) -> Cell:
    """When one of the payments goes through: "+ 24 Jul"."""
    last = attempts[-1]
    if last.reason is None:
        return Cell(f"+ {short_day(last.at, workspace)}", "running")
    return Cell("x never", "expired") if last.at >= days[-1] else Cell("not known", "quiet")


def short_moment(instant: int, workspace: Workspace) -> str:
    """Date and time in at most 12 cells: "16 Jul 08:00"; in another year without the time: "16 Feb 2027"."""
    told = tell_moment(instant, workspace.clock, workspace.calendar)
    return told if len(told) <= MOMENT else tell_day(instant, workspace.clock, workspace.calendar)
