"""The lifeline: a bar of the coming days. Each cell shows the worst state that the forecast gives it; marks show where
a payment will be tried. It shows at a glance which instance expires when.
"""

from typing import Final, NamedTuple

from core.ahead.forecast import Outlook
from core.base.instants import Calendar
from core.words.sentences import tell_day
from core.world.model import EXPIRED, FROZEN, OVERDUE, RELEASED, RESTORING, RUNNING, STOPPED

Runs = tuple[tuple[str, str], ...]
"""Texts and their styles, side by side."""

GLYPHS: Final = {
    RUNNING: "─",
    RESTORING: "╌",
    FROZEN: "╍",
    OVERDUE: "═",
    STOPPED: "▬",
    EXPIRED: "■",
    RELEASED: "·",
}
"""The sign of each state: the heavier, the worse; a released instance leaves only a trace. No sign fills the height of
its cell, so the bars of neighbouring rows stay apart; each sign differs from the others without colour.
"""
PAID: Final = "$"
FAILS: Final = "?"
NOT_YET: Final = " "
"""A cell that the forecast has not reached yet."""
WEEK: Final = 7

_WORSE: Final = {RUNNING: 0, RESTORING: 1, FROZEN: 2, OVERDUE: 3, STOPPED: 4, EXPIRED: 5, RELEASED: 6}


class Scale(NamedTuple):
    """What the cells of a lifeline stand for: the number of days in all, from the day `today` on."""

    today: int
    days: int
    cells: int

    def first(self, day: int) -> int:
        """The first cell of a day."""
        return (day - self.today) * self.cells // self.days

    def last(self, day: int) -> int:
        """The last cell of a day: the same as the first unless there are more cells than days."""
        return max(self.first(day + 1) - 1, self.first(day))


def scale_of(clock: int, calendar: Calendar, cells: int, horizon: int | None = None) -> Scale:
    """A scale of one day per cell or, with `horizon`, of that number of days in all."""
    return Scale(calendar.day_of(clock), horizon or max(cells, 1), cells)


def lifeline(outlook: Outlook, until: int, scale: Scale, calendar: Calendar) -> Runs:
    """An instance's coming days, drawn from a forecast that reaches to the instant `until`."""
    day_of, cells = calendar.day_of, scale.cells
    worst: list[str | None] = [None] * cells
    ends = [at for at, _ in outlook.states[1:]] + [until]
    for (begins, state), ends_at in zip(outlook.states, ends, strict=True):
        first, last = scale.first(day_of(begins)), scale.last(day_of(max(ends_at - 1, begins)))
        for cell in range(first, min(last + 1, cells)):
            there = worst[cell]
            if there is None or _WORSE[state] > _WORSE[there]:
                worst[cell] = state
    shown = [(NOT_YET, "") if state is None else (GLYPHS[state], state) for state in worst]
    for at, _, reason, _ in outlook.attempts:
        cell = scale.first(day_of(at))
        if cell < cells:
            shown[cell] = (PAID, "strong") if reason is None else (FAILS, EXPIRED)
    return _joined(shown)


def _joined(cells: list[tuple[str, str]]) -> Runs:
    runs: list[tuple[str, str]] = []
    for text, style in cells:
        if runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((text, style))
    return tuple(runs)


def dates(scale: Scale, clock: int, calendar: Calendar) -> str:
    """The dates above the cells: the first day, then one date for every week, or for as many weeks as take seven cells.
    The month is written where it changes.
    """
    text, month = "", ""
    weeks = max(-(-scale.days // max(scale.cells, 1)), 1)
    for day in range(scale.today, scale.today + scale.days, WEEK * weeks):
        cell = scale.first(day)
        number, name = tell_day(calendar.midnight(day), clock, calendar).split()[:2]
        label = number if name == month else f"{number} {name}"
        if cell + len(label) <= scale.cells and (not text or cell > len(text)):
            text = text.ljust(cell) + label
            month = name
    return text
