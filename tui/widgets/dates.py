"""Dates as cells of a table hold them."""

from core.model import Instance
from core.telling import tell_day, tell_distance
from core.workspace import Workspace


def expiry_cell(instance: Instance, workspace: Workspace) -> str:
    """How far off the end is, and its date: "in 3 d      13 Jul"; the day of the month gives way to another year."""
    if instance.expires is None:
        return "no end"
    clock, calendar = workspace.clock, workspace.calendar
    return f"{tell_distance(instance.expires, clock, calendar):<8} {short_day(instance.expires, workspace):>6}"


def short_day(instant: int, workspace: Workspace) -> str:
    """A date in at most 8 cells: "13 Jul", and "Mar 2027" in another year."""
    words = tell_day(instant, workspace.clock, workspace.calendar).split()
    return " ".join(words[-2:])
