"""The time strip: one cell per day. Its height shows the number of losses, its colour the worst of them. Days before
the clock show what was lost; days after it show the forecast.
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
"""The label before the days: what their cells count."""
PAST: Final = 2 / 5
"""The share of the strip before the clock, once the fleet's first day has scrolled out of it."""
_FULL_HEIGHT: Final = 4
"""The least number of losses drawn at full height, so that days with one or two stay low."""
_LEAST: Final = 7
_WEEK: Final = 7
"""The number of cells from a month's first day in which its name may begin."""


class Stretch(NamedTuple):
    """The days of a strip, one per cell: from `begin` to the day before `end`."""

    begin: int
    today: int
    end: int

    def day_at(self, x: int) -> int | None:
        """The day at a column of the strip; None if there is none."""
        day = self.begin + x - len(LEGEND)
        return day if self.begin <= day < self.end else None


class Mark(NamedTuple):
    """The sign and style of one cell of the strip."""

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
    """The strip for these days: past losses, the clock, and forecast losses. `reach` is the instant up to which the
    whole fleet has a forecast; later days are blank.
    """
    counts = tuple(
        tally.day(day) if day < days.today else DayCount.of(coming.get(day, ())) for day in range(days.begin, days.end)
    )
    return _strip(counts, tally.day(days.today).losses, days, calendar.day_of(reach), calendar)


@lru_cache(maxsize=8)
def _strip(counts: Sequence[DayCount], lost_today: int, days: Stretch, known: int, calendar: Calendar) -> Content:
    """The strip, cached by what its days hold. `known` is the first day without a complete forecast."""
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
    """Write each month's full name into quiet cells of its first week. No day moves or is hidden, and the days left of
    the name are too few to be read as the month before. If there are too few quiet cells, the name is left out. Every
    other month has another background, which shows where it begins. `months` holds the month of each cell.
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
    """The index of the first run of `size` quiet cells that begins in a month's first week."""
    for place in range(begin, min(begin + _WEEK, end - size + 1)):
        if marks[place : place + size] == [_QUIET] * size:
            return place
    return None


def _losses(count: DayCount, busiest: int) -> Mark:
    # The square root keeps a day with few losses visible next to a bad one.
    height = round((len(HEIGHTS) - 1) * isqrt(10_000 * count.losses // max(busiest, _FULL_HEIGHT)) / 100)
    style = _colour(count.worst)
    return Mark(HEIGHTS[height], f"bold {style}" if count.worst == DATA_LOST else style)


def _colour(bad: int) -> str:
    return f"$state-{STYLE_OF[bad]}"
