"""The strip of time: a cell a day, as high as the day is eventful and in the colour of its worst event. Behind the
clock it shows what happened, ahead of it the forecast.
"""

from functools import lru_cache
from math import isqrt
from typing import Final, NamedTuple

from textual.content import Content

from core.forecast import Days
from core.instants import Calendar
from core.severity import DATA_LOST
from core.store.days import DayCount
from core.telling import tell_month
from tui.widgets.daytally import DayTally
from tui.widgets.glyphs import CLOCK, HEIGHTS, QUIET_DAY
from tui.widgets.states import STYLE_OF

PAST: Final = 2 / 5
"""How much of the strip lies behind the clock, once the fleet's start has scrolled out of it."""
_LABEL: Final = 5
"""Cells of a month's name and the spaces around it."""


class Tick(NamedTuple):
    """A cell or a month's name in the strip."""

    text: str
    style: str


def strip_of_time(tally: DayTally, coming: Days, started: int, clock: int, calendar: Calendar, width: int) -> Content:
    """The days around the clock in `width` cells: what happened on them, where it stands, and what comes."""
    first, today = calendar.day_of(started), calendar.day_of(clock)
    days = max(width - _LABEL * (width // 30 + 2), 7)
    begin = max(first, today - int(days * PAST))
    shown = tuple(
        tally.day(day) if day <= today else DayCount.of(coming.get(day, ())) for day in range(begin, begin + width)
    )
    return _strip(shown, first, today, begin, calendar, width)


@lru_cache(maxsize=8)
def _strip(shown: tuple[DayCount, ...], first: int, today: int, begin: int, calendar: Calendar, width: int) -> Content:
    """The strip of the days from `begin` on, made once for what they hold."""
    ticks: list[Tick] = []
    used, day, month = 1, begin, ""
    busiest = max((tallied.events for tallied in shown), default=0)
    while used < width:
        name = tell_month(calendar.midnight(day), calendar)
        if name != month:
            if used + _LABEL > width:
                break
            label = f"{name} " if not month else f" {name} "
            ticks.append(Tick(label, "$quiet"))
            used, month = used + len(label), name
        ticks.append(_tick(shown[day - begin], day, today, first, busiest))
        used, day = used + 1, day + 1
    return Content.assemble(" ", *((tick.text, tick.style) for tick in ticks))


def _tick(tallied: DayCount, day: int, today: int, first: int, busiest: int) -> Tick:
    if day == today:
        return Tick(CLOCK, "bold $accent")
    count, worst = tallied.events, tallied.worst
    if not count:
        return Tick(QUIET_DAY, "$quiet" if first <= day < today else "$rule")
    # The square root keeps quiet days in sight beside a busy one. A narrow strip ends later than it was counted for.
    height = round((len(HEIGHTS) - 1) * isqrt(10_000 * min(count, busiest) // max(busiest, 1)) / 100)
    colour = STYLE_OF[worst]
    style = "$quiet" if colour == "quiet" else f"$state-{colour}"
    return Tick(HEIGHTS[height], f"bold {style}" if worst == DATA_LOST else style)
