"""Dates as cells of a table hold them."""

from typing import Final

from core.model import Instance
from core.telling import tell_day, tell_distance
from core.workspace import Workspace

EXPIRY: Final = 17
"""The cells of a column of expiries."""


def expiry_cell(instance: Instance, workspace: Workspace) -> str:
    """How far off the end is, and its date: "in 3 d      13 Jul"; the day of the month gives way to another year."""
    if instance.expires is None:
        return "no end"
    far = tell_distance(instance.expires, workspace.clock, workspace.calendar)
    return far_and_day(f"{far:<8}", instance.expires, workspace)


def far_and_day(far: str, instant: int, workspace: Workspace) -> str:
    """How far off an instant is, and its date, in at most `EXPIRY` cells: "Jul 2026" becomes "Jul '26" or "2026", and
    "13 Jul" becomes "Jul", where there is no room for more.
    """
    day = short_day(instant, workspace)
    month, _, last = day.partition(" ")
    for shorter in (day, f"{month} '{last[-2:]}" if last.isdecimal() else last):
        if len(text := f"{far} {shorter:>6}") <= EXPIRY:
            return text
    return f"{far} {last}"


def short_day(instant: int, workspace: Workspace) -> str:
    """A date in at most 8 cells: "13 Jul", and "Mar 2027" in another year."""
    words = tell_day(instant, workspace.clock, workspace.calendar).split()
    return " ".join(words[-2:])
