"""The log without its routine: bills of a cycle that are settled at the instant they are issued (B1, B2, C1) come every
day and tell nothing. A run of them becomes one line that counts them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from core.base.instants import Calendar
from core.words.sentences import tell_moment
from core.world.events import BillIssued, BillSettled, Event

USAGE_BILL: Final = "B1"
"""The rule that issues the bill of a cycle."""
_FIRST_PAGE: Final = 128
_SMALLEST: Final = 16


class RoutineBills(NamedTuple):
    """A run of routine bills with nothing else between them: from when to when, how many, the number of their
    last event, and the accounts they are of. `whole` is False where older ones may belong to it.
    """

    since: int
    at: int
    bills: int
    seq: int
    accounts: frozenset[str]
    whole: bool = True

    def joined(self, later: "RoutineBills") -> "RoutineBills":
        """It and the run after it as one."""
        accounts = self.accounts | later.accounts
        return RoutineBills(self.since, later.at, self.bills + later.bills, later.seq, accounts, self.whole)

    @property
    def whom(self) -> str:
        """The account they are of, or how many accounts."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 else f"{len(self.accounts):,} accounts"


Line = Event | RoutineBills
"""What stands for a line of a folded log."""


def fold(events: Iterable[Event]) -> Iterator[Line]:
    """The log, or whole instants of it, with each run of routine bills folded into one line. Nothing is held but one
    instant's events.
    """
    run: RoutineBills | None = None
    for _, batch in groupby(events, key=_at):
        instant = list(batch)
        routine = _routine(instant)
        if routine:
            bills = _bills(instant, routine)
            run = bills if run is None else run.joined(bills)
        for event in instant:
            if event.seq not in routine:
                if run is not None:
                    yield run
                    run = None
                yield event
    if run is not None:
        yield run


def joined(older: Sequence[Line], newer: Iterable[Line]) -> list[Line]:
    """Two parts of a folded log, one after the other."""
    lines = list(older)
    for line in newer:
        if lines and isinstance(line, RoutineBills) and isinstance(last := lines[-1], RoutineBills):
            lines[-1] = last.joined(line)
        else:
            lines.append(line)
    return lines


def newest(pages: Callable[[int | None, int], Sequence[Event]], wanted: int, most: int | None = None) -> list[Line]:
    """The newest lines of a folded log, at least as many as `wanted` if there are so many among the newest `most`
    events (None: all). `pages` gives so many events before a number, the newest for None, oldest first.
    """
    events: list[Event] = []
    size = min(max(2 * wanted, _SMALLEST), _FIRST_PAGE)
    while True:
        page = pages(events[0].seq if events else None, size if most is None else min(size, most - len(events)))
        events = [*page, *events]
        first = not page or events[0].seq == 1
        lines = list(fold(events))
        if first:
            return lines
        complete = lines[_first_complete(lines, events[0].at) :]
        if len(complete) >= wanted:
            return complete
        if most is not None and len(events) >= most:
            return complete or [_in_part(line) for line in lines]
        size = 2 * len(events)


def tell_bills(bills: RoutineBills, clock: int, calendar: Calendar) -> str:
    """A run of routine bills in one line: "5 routine bills since 2 Jul 04:00, settled at once"."""
    count = f"{'' if bills.whole else 'at least '}{bills.bills:,} routine bill{'' if bills.bills == 1 else 's'}"
    since = "" if bills.since == bills.at else f" since {tell_moment(bills.since, clock, calendar)}"
    return f"{count}{since}, settled at once"


def _first_complete(lines: Sequence[Line], oldest: int) -> int:
    """Where the lines begin to be as they are in the whole log, of which only a part from within the `oldest` instant
    was read: a bill of that instant may be a routine one, and a run may go on before.
    """
    first = 0
    for place, line in enumerate(lines):
        if isinstance(line, RoutineBills):
            if line.since > oldest:
                return place if place > first else place + 1
            first = place + 1
        elif line.at > oldest:
            break
        elif isinstance(line.fact, BillIssued | BillSettled):
            first = place + 1
    return first


def _in_part(line: Line) -> Line:
    return line._replace(whole=False) if isinstance(line, RoutineBills) else line


def _routine(instant: Sequence[Event]) -> frozenset[int]:
    """The numbers of the events of one instant that issue a cycle's bill, and settle it."""
    issued = {
        (event.account, event.fact.bill): event.seq
        for event in instant
        if isinstance(event.fact, BillIssued) and event.rule == USAGE_BILL
    }
    if not issued:
        return frozenset()
    settled = {(event.account, event.fact.bill): event.seq for event in instant if isinstance(event.fact, BillSettled)}
    return frozenset(number for bill in issued.keys() & settled.keys() for number in (issued[bill], settled[bill]))


def _bills(instant: Sequence[Event], routine: frozenset[int]) -> RoutineBills:
    accounts = frozenset(event.account for event in instant if event.seq in routine and event.account is not None)
    at = instant[0].at
    return RoutineBills(at, at, len(routine) // 2, max(routine), accounts)


def _at(event: Event) -> int:
    return event.at
