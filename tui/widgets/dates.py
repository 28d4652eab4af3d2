"""Dates as text for table cells: the distance and the day."""

from typing import Final

from core.base.instants import DAY
from core.simulation.loading import released_at
from core.words.sentences import tell_day, tell_distance, tell_moment
from core.workspace.workspace import Workspace
from core.world.model import RELEASED, RUNNING, Instance
from tui.text.states import MARKS

EXPIRY: Final = 17
"""Width in cells of a column of expiries."""
MOMENT: Final = len("16 Jul 08:00")
AUTO_RENEWAL: Final = 16
"""Width in cells of a column with a period and the day of the next payment."""
UNKNOWN: Final = "date not known"
"""The text for a release whose date is unknown."""
_YEAR: Final = 365 * DAY


def expiry_cell(instance: Instance, workspace: Workspace, *, marked: bool = False) -> str:
    """The distance to the expiry and its date: "in 3 d   13 Jul", "215 d 20 Mar 2027". For a released instance, when it
    was released: "30 Jul, 16 d ago". `marked` adds the mark of the state, for tables without a state column.
    """
    mark = f"{MARKS[instance.state]} " if marked and instance.state != RUNNING else ""
    if instance.state == RELEASED:
        return _release(instance, workspace, mark)
    if instance.expires is None:
        return f"{mark}no end"
    return mark + far_and_day(instance.expires, workspace, EXPIRY - len(mark))


def far_and_day(instant: int, workspace: Workspace, width: int = EXPIRY) -> str:
    """The distance to an instant and its date, in at most `width` cells. The day of the month is always shown. If a
    date in another year is too long, these are dropped in this order: "in", then the year when "ago" already implies
    it, then the distance.
    """
    clock, calendar = workspace.clock, workspace.calendar
    far, told = tell_distance(instant, clock, calendar), tell_day(instant, clock, calendar)
    number, month, *year = told.split()
    day = " ".join((f"{number:>2}", month, *year))
    texts = [f"{far:<8} {day}", f"{far} {told}"]
    if far.startswith("in "):
        texts += [f"{far[3:]:<5} {day}", f"{far[3:]} {told}"]
    elif clock - instant < _YEAR:
        texts += [f"{far:<8} {number:>2} {month}", f"{far} {number} {month}"]
    return next((text for text in texts if len(text) <= width), told)


def released_words(instance: Instance, workspace: Workspace) -> str:
    """When a released instance was released, and how long ago: "28 Jul, 16 d ago"."""
    at = released_at(instance)
    if at is None:
        return UNKNOWN
    return f"{short_day(at, workspace)}, {tell_distance(at, workspace.clock, workspace.calendar)}"


def _release(instance: Instance, workspace: Workspace, mark: str) -> str:
    """When it was released, in at most `EXPIRY` cells. If a mark shows the state, "released" comes first."""
    at, words = released_at(instance), released_words(instance, workspace)
    if at is None:
        return f"{mark}released" if mark else words
    day, _, far = words.partition(", ")
    day = in_column(day)
    if mark:
        texts = [f"{mark}released {day}", mark + day]
    else:
        texts = [in_column(words), day]
        if workspace.clock - at < _YEAR:
            texts.insert(1, f"{day.rpartition(' ')[0]}, {far}")
    return next(text for text in texts if len(text) <= EXPIRY)


def in_column(told: str) -> str:
    """A date padded for a column, so that one-digit days line up with the second digit of two-digit days."""
    return f" {told}" if told[:1].isdigit() and told[1:2] == " " else told


def short_day(instant: int, workspace: Workspace) -> str:
    """A date in at most 11 cells: "13 Jul", or "13 Mar 2027" in another year."""
    return tell_day(instant, workspace.clock, workspace.calendar)


def short_moment(instant: int, workspace: Workspace) -> str:
    """Date and time in at most 12 cells: "16 Jul 08:00". In another year the time is left out: "16 Feb 2027"."""
    told = tell_moment(instant, workspace.clock, workspace.calendar)
    return told if len(told) <= MOMENT else short_day(instant, workspace)


def period_and_day(months: int, instant: int, workspace: Workspace) -> str:
    """A period in months and the day of its payment: "3 mo 16 Jul", "3 mo 16 Feb 2027", "12mo 16 Feb 2027"."""
    day = short_day(instant, workspace)
    told = f"{months} mo {day}"
    return told if len(told) <= AUTO_RENEWAL else f"{months}mo {day}"
