"""The strip of time: a cell a day, as high as the day has losses and in the colour of the worst of them. Behind the
clock it shows what was lost, ahead of it what the forecast says will be.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from math import isqrt
from typing import Final, NamedTuple

from textual.content import Content

from core.ahead.forecast import Days
from core.base.instants import Calendar
from core.store.days import DayCount
from core.words.sentences import tell_month
from core.world.severity import DATA_LOST, SERVICE_LOST
from tui.live.day_tally import DayTally
from tui.text.glyphs import CLOCK, HEIGHTS, QUIET_DAY
from tui.text.states import STYLE_OF

LEGEND: Final = " losses "
"""What stands before the days: what their cells count."""
PAST: Final = 2 / 5
"""How much of the strip lies behind the clock, once the fleet's start has scrolled out of it."""
_FEW: Final = 4
"""So many losses a day are drawn full at least: where days have one or two, they stay low."""
_LEAST: Final = 7
_WEEK: Final = 7
"""Cells from a month's first day in which its name may begin."""


class Stretch(NamedTuple):
    """The days of a strip: from `begin` on, one a cell. `end` is the day after the last one."""

    begin: int
    today: int
    end: int

    def day_at(self, x: int) -> int | None:
        """The day whose cell lies in a column of the strip; None where there is none."""
        day = self.begin + x - len(LEGEND)
        return day if self.begin <= day < self.end else None


class Mark(NamedTuple):
    """What a cell of the strip shows."""

    text: str
    style: str


_NOTHING: Final = Mark(" ", "")
_QUIET: Final = Mark(QUIET_DAY, "$quiet")


def stretch(started: int, clock: int, calendar: Calendar, width: int) -> Stretch:
    """The days around the clock that a strip of `width` cells shows."""
    first, today = calendar.day_of(started), calendar.day_of(clock)
    cells = max(width - len(LEGEND) - 1, _LEAST)
    begin = max(first, today - int(cells * PAST))
    return Stretch(begin, today, begin + cells)


def strip_of_time(tally: DayTally, coming: Days, reach: int, days: Stretch, calendar: Calendar) -> Content:
    """The days of a stretch: what was lost, where the clock stands, and what will be lost; nothing is known of the days
    that don't end by `reach`, up to which all of the fleet is foreseen.
    """
    counts = tuple(
        tally.day(day) if day < days.today else DayCount.of(coming.get(day, ())) for day in range(days.begin, days.end)
    )
    return _strip(counts, tally.day(days.today).losses, days, calendar.day_of(reach), calendar)


@lru_cache(maxsize=8)
def _strip(counts: Sequence[DayCount], lost_today: int, days: Stretch, known: int, calendar: Calendar) -> Content:
    """The strip, made once for what its days hold; `known` is the first day that isn't foreseen wholly."""
    busiest = max((count.losses for count in counts), default=0)
    marks: list[Mark] = []
    for day, count in enumerate(counts, days.begin):
        if day == days.today:
            lost = bool(count.losses or lost_today)
            marks.append(Mark(CLOCK, f"bold {_colour(SERVICE_LOST)}" if lost else "bold $accent"))
        elif count.losses:
            marks.append(_losses(count, busiest))
        else:
            marks.append(_QUIET if day < max(known, days.today) else _NOTHING)
    name_months(marks, [tell_month(calendar.midnight(day), calendar) for day in range(days.begin, days.end)])
    return Content.assemble((LEGEND, "$quiet"), *((mark.text, mark.style) for mark in marks))


def name_months(marks: list[Mark], months: Sequence[str]) -> None:
    """Write each month's name, whole, into quiet cells of its first week. No day moves, none is hidden, and no day left
    of the name is taken for the month before. Where too few are quiet there is no name. Every other month has another
    ground, which shows where it begins. `months` are the months of the cells.
    """
    begin = 0
    for number, (name, cells) in enumerate(groupby(months)):
        end = begin + len(list(cells))
        place = _quiet_place(marks, begin, end, len(name))
        if place is not None:
            marks[place : place + len(name)] = [Mark(letter, "") for letter in name]
        if number % 2:
            marks[begin:end] = [
                mark if mark is _NOTHING else mark._replace(style=f"{mark.style} on $surface".strip())
                for mark in marks[begin:end]
            ]
        begin = end


def _quiet_place(marks: Sequence[Mark], begin: int, end: int, size: int) -> int | None:
    """Where so many quiet cells begin in the first week of a month."""
    for place in range(begin, min(begin + _WEEK, end - size + 1)):
        if marks[place : place + size] == [_QUIET] * size:
            return place
    return None


def _losses(count: DayCount, busiest: int) -> Mark:
    # The square root keeps a day with few losses in sight beside a bad one.
    height = round((len(HEIGHTS) - 1) * isqrt(10_000 * count.losses // max(busiest, _FEW)) / 100)
    style = _colour(count.worst)
    return Mark(HEIGHTS[height], f"bold {style}" if count.worst == DATA_LOST else style)


def _colour(bad: int) -> str:
    return f"$state-{STYLE_OF[bad]}"
