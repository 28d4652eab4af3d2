"""Folds routine bills in the log. A routine bill is a usage bill that is settled at the instant it is issued.

Such bills come every day and say little (B1, B2, C1), so each run of them becomes one line that counts them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from core.base.instants import Calendar
from core.words.sentences import tell_moment
from core.world.events import BillIssued, BillSettled, Event

USAGE_BILL: Final = "B1"
"""The rule that issues the bill of a billing cycle."""
_FIRST_PAGE: Final = 128
"""The most events that `newest` reads at first."""
_SMALLEST_PAGE: Final = 16
"""The fewest events that `newest` reads at first."""


class RoutineBills(NamedTuple):
    """A run of routine bills without other events between them.

    It lasts from `since` to `at`. `bills` is their number, `seq` the number of their last event, `accounts` the
    accounts billed. `whole` is False if older bills, which were not read, may belong to the run.
    """

    since: int
    at: int
    bills: int
    seq: int
    accounts: frozenset[str]
    whole: bool = True

    def joined(self, later: "RoutineBills") -> "RoutineBills":
        """This run and the next one as a single run."""
        accounts = self.accounts | later.accounts
        return RoutineBills(self.since, later.at, self.bills + later.bills, later.seq, accounts, self.whole)

    @property
    def whom(self) -> str:
        """The account billed, or the number of accounts: "3 accounts"."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 else f"{len(self.accounts):,} accounts"


Line = Event | RoutineBills
"""One line of a folded log."""


def fold(events: Iterable[Event]) -> Iterator[Line]:
    """Fold each run of routine bills in the log, or in complete instants of it, into one line.

    Only the events of one instant are held in memory at a time.
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
    """Join two consecutive parts of a folded log. A run that was split between them becomes one line."""
    lines = list(older)
    for line in newer:
        if lines and isinstance(line, RoutineBills) and isinstance(last := lines[-1], RoutineBills):
            lines[-1] = last.joined(line)
        else:
            lines.append(line)
    return lines


def newest(pages: Callable[[int | None, int], Sequence[Event]], wanted: int, most: int | None = None) -> list[Line]:
    """The newest lines of a folded log, oldest first: `wanted` or more, unless there are fewer.

    Reads no more than the newest `most` events (None: all). `pages(before, count)` returns the last `count` events
    before the event number `before` (None: the end of the log), oldest first.
    """
    events: list[Event] = []
    size = min(max(2 * wanted, _SMALLEST_PAGE), _FIRST_PAGE)
    while True:
        page = pages(events[0].seq if events else None, size if most is None else min(size, most - len(events)))
        events = [*page, *events]
        at_start = not page or events[0].seq == 1
        lines = list(fold(events))
        if at_start:
            return lines
        complete = lines[_first_complete(lines, events[0].at) :]
        if len(complete) >= wanted:
            return complete
        if most is not None and len(events) >= most:
            return complete or [_as_partial(line) for line in lines]
        size = 2 * len(events)


def tell_bills(bills: RoutineBills, clock: int, calendar: Calendar) -> str:
    """Describe a run of routine bills: "5 routine bills since 2 Jul 04:00, settled at once"."""
    count = f"{'' if bills.whole else 'at least '}{bills.bills:,} routine bill{'' if bills.bills == 1 else 's'}"
    since = "" if bills.since == bills.at else f" since {tell_moment(bills.since, clock, calendar)}"
    return f"{count}{since}, settled at once"


def _first_complete(lines: Sequence[Line], oldest: int) -> int:
    """The index of the first line that is the same as in the whole log.

    The log was read from somewhere within the instant `oldest`. Earlier events may make a bill of that instant a
    routine bill, and may belong to a run that the lines begin with.
    """
    first = 0
    for index, line in enumerate(lines):
        if isinstance(line, RoutineBills):
            if line.since > oldest:
                return index if index > first else index + 1
            first = index + 1
        elif line.at > oldest:
            break
        elif isinstance(line.fact, BillIssued | BillSettled):
            first = index + 1
    return first


def _as_partial(line: Line) -> Line:
    return line._replace(whole=False) if isinstance(line, RoutineBills) else line


def _routine(instant: Sequence[Event]) -> frozenset[int]:
    """The numbers of the events of one instant that issue and settle a routine bill."""
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
