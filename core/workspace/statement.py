"""An account's statement: every movement of its money, newest first, however many there are.

Only their count is read at once. Numbers and events are read a page at a time as they are asked for, and balances are
counted back from the present one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from core.base.instants import Calendar
from core.base.lazy_keys import LazyKeys
from core.base.money import group_amount
from core.store.log_index import SHORT
from core.words.sentences import tell_day
from core.workspace.workspace import Workspace
from core.world import events
from core.world.events import TYPES, Event

T = TypeVar("T")

MOVEMENTS: Final = tuple(
    TYPES[fact]
    for fact in (
        events.BillIssued, events.BillSettled, events.AccountOverdue, events.AccountCleared, events.ToppedUp,
        events.CouponGranted, events.CouponEnded, events.Purchased, events.Upgraded, events.Renewed,
        events.AutoRenewalFailed, events.LowBalanceAlertSet,
    )
)  # fmt: skip
"""The types of events that a statement lists."""
NOTICES: Final = (TYPES[events.NoticeSent],)
"""The types of events that an inbox lists."""

_REASONS: Final = {
    "account_overdue": "account overdue",
    "insufficient_funds": "not enough money",
    "period_in_past": "already over",
}
"""Why an auto-renewal failed, as short as a line needs it."""
_PAGE: Final = 100
_PAGES_KEPT: Final = 40
_AHEAD: Final = 200
"""So many numbers more than are asked for are read with them."""
_COUNTED: Final = 500
"""So many entries are counted back at once."""
_REACH: Final = 20_000
"""So many entries are counted back for one that is asked for."""


class Read(Protocol):
    """Asks the file: gives what it says, or `otherwise` where the asker takes care of what goes wrong."""

    def __call__(self, ask: Callable[[], T], otherwise: T, /) -> T:
        """Ask."""


def plainly(ask: Callable[[], T], otherwise: T) -> T:
    """Ask, and raise what goes wrong."""
    return ask()


class Pages(LazyKeys):
    """The events of an account of some types, newest first: a sequence of their numbers as text, with the events behind
    them. They are counted; the numbers are read from either end as far as somebody looks. Of a long log without its
    index it holds what is among the newest events (`partial`).

    Has to be told when the log grew (`catch_up`); where the log was replaced, make another. All is asked by `read`:
    where it doesn't raise, what can't be read is an empty number, and no event.
    """

    def __init__(self, workspace: Workspace, account: str, kinds: Sequence[str], read: Read = plainly) -> None:
        self.account = account
        self._workspace = workspace
        self._kinds = kinds
        self._read = read
        self._seen = workspace.head.events
        self.partial = not self._is_quick()
        self._floor = self._seen - SHORT if self.partial else 0
        count = self._count_between(self._floor, self._seen)
        self.failed = count is None
        """Whether it couldn't be read at all."""
        self._length = count or 0
        self._newest: list[int] = []
        self._oldest: list[int] = []
        """The numbers that were read, from either end."""
        self._later: dict[int, int] = {}
        """How many came after a number that was asked for."""
        self._pages: dict[int, list[Event]] = {}

    @property
    def outdated(self) -> bool:
        """Whether more could be read by now."""
        return self.failed or (self.partial and self._is_quick())

    def _is_quick(self) -> bool:
        return self._read(lambda: self._workspace.history.log_is_quick, False)

    def _count_between(self, after: int, last: int) -> int | None:
        """How many came after a number, up to a last one: a thread may add more to the log at any time."""
        return self._read(
            lambda: self._workspace.history.count_events(
                account=self.account, kinds=self._kinds, after=after, before=last + 1
            ),
            None,
        )

    def _numbers(self, after: int, before: int, most: int, *, newest: bool) -> list[int]:
        return self._read(
            lambda: self._workspace.history.event_numbers(
                account=self.account, kinds=self._kinds, after=after, before=before, most=most, newest=newest
            ),
            [],
        )

    def catch_up(self) -> int:
        """Take over what was added to the log; gives how many events that were."""
        events = self._workspace.head.events
        added = self._count_between(self._seen, events) if events != self._seen else 0
        if added is None:
            return 0
        if added:
            if self._newest and added <= _COUNTED:
                self._newest[0:0] = self._numbers(self._seen, events + 1, added, newest=True)
            else:
                self._newest = []
            # The newest page may have been short.
            self._pages.pop(self._length // _PAGE, None)
            self._later = {number: count + added for number, count in self._later.items()}
            self._length += added
        self._seen = events
        return added

    def __len__(self) -> int:
        return self._length

    def key_at(self, place: int) -> str:
        """The number of the event at a place; nothing where it can't be read."""
        number = self._number(place)
        return "" if number is None else str(number)

    def _number(self, place: int) -> int | None:
        """The number of the event at a place; None where it can't be read."""
        from_end = self._length - 1 - place
        newest, oldest = self._newest, self._oldest
        if place >= len(newest) and from_end >= len(oldest):
            if place - len(newest) <= from_end - len(oldest):
                below = newest[-1] if newest else self._seen + 1
                newest += self._numbers(self._floor, below, place + _AHEAD - len(newest), newest=True)
            else:
                above = oldest[-1] if oldest else self._floor
                oldest += self._numbers(above, self._seen + 1, from_end + _AHEAD - len(oldest), newest=False)
        if place < len(newest):
            return newest[place]
        return oldest[from_end] if from_end < len(oldest) else None

    def place_of(self, number: str) -> int | None:
        """The place of an event, the newest being at 0; None where it isn't among them."""
        if not number or int(number) <= self._floor:
            return None
        place = self.since(int(number))
        return place if place < self._length and self._number(place) == int(number) else None

    def since(self, number: int) -> int:
        """How many events came after the one of that number."""
        newest, oldest = self._newest, self._oldest
        if number >= self._seen:
            return 0
        if newest and number >= newest[-1]:
            return bisect_left(newest, -number, key=_negative)
        if oldest and number <= oldest[-1]:
            return self._length - bisect_right(oldest, number)
        if number not in self._later:
            count = self._count_between(max(number, self._floor), self._seen)
            if count is None:
                return 0
            self._later[number] = count
        return self._later[number]

    def event(self, place: int) -> Event | None:
        """The event at a place; None where it can't be read."""
        index = self._length - 1 - place
        page, within = divmod(index, _PAGE)
        if page not in self._pages:
            events = self._read_page(page)
            if not events:
                return None
            if len(self._pages) >= _PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            self._pages[page] = events
        events = self._pages[page]
        return events[within] if within < len(events) else None

    def _read_page(self, page: int) -> list[Event]:
        first = self._number(self._length - 1 - page * _PAGE)
        last = self._number(max(self._length - (page + 1) * _PAGE, 0))
        if first is None or last is None:
            return []
        return self._read(
            lambda: list(
                self._workspace.history.events(
                    account=self.account, kinds=self._kinds, after=first - 1, before=last + 1
                )
            ),
            [],
        )


def _negative(number: int) -> int:
    return -number


class Statement(Pages):
    """The movements of an account's money, with the balance after each."""

    def __init__(self, workspace: Workspace, account: str, read: Read = plainly) -> None:
        super().__init__(workspace, account, MOVEMENTS, read)
        self._imported = read(workspace.history.events_before_import, self._seen)
        self._balances: list[int] = []
        """After each event, newest first, as far as they were asked for."""
        self._before: int | None = None
        """The balance before the last of these."""

    def catch_up(self) -> int:
        """Take over what was added to the log; gives how many events that were."""
        added = super().catch_up()
        if added and self._balances:
            counted = None if added > _COUNTED else self._count(self._newest_balance(), 0, added)
            if counted is None:
                self._balances, self._before = [], None
            else:
                self._balances[0:0] = counted[0]
        return added

    def balance_after(self, place: int) -> int | None:
        """The balance after the event at a place, in minor units; None where an import set it since, where it can't be
        read, and far below all that was asked for before: it is counted back from there.
        """
        number = self._number(place)
        if number is None or number <= self._imported or place - len(self._balances) > _REACH:
            return None
        while len(self._balances) <= place:
            begin = len(self._balances)
            end = min(begin + _COUNTED, len(self))
            counted = self._count(self._newest_balance() if self._before is None else self._before, begin, end)
            if counted is None:
                return None
            self._balances += counted[0]
            self._before = counted[1]
        return self._balances[place]

    def _newest_balance(self) -> int | None:
        """The balance after the newest event; None where it can't be read."""
        return self._read(lambda: self._workspace.history.balance_at(self.account, self._seen), None)

    def _count(self, balance: int | None, begin: int, end: int) -> tuple[list[int], int] | None:
        """The balances after the events of places `begin` to `end`, counted back from the first of them, and the one
        before them; None where they can't be read.
        """
        last, first = self._number(begin), self._number(end - 1)
        if balance is None or first is None or last is None:
            return None
        moves = self._read(lambda: self._workspace.history.balance_moves(self.account, first, last), None)
        if moves is None:
            return None
        counted = []
        for place in range(begin, end):
            counted.append(balance)
            balance -= moves.get(self._number(place) or 0, 0)
        return counted, balance


class Line(NamedTuple):
    """An event of a statement, put in a line: what happened, and the amount it is about in minor units, if any. `moved`
    says in which direction money moved: 1 came, -1 went, 0 neither.
    """

    what: str
    amount: int | None
    moved: int


def statement_line(event: Event, currency: str, clock: int, calendar: Calendar) -> Line:
    """An event of a statement as a line, without its instant, its instance and its amount."""

    def until(expires: int, months: int) -> str:
        return f"{months} mo, to {tell_day(expires, clock, calendar)}"

    def paid(what: str, amount: int, from_coupons: int) -> Line:
        part = "" if from_coupons == amount else f"{group_amount(from_coupons, currency)} "
        return Line(what + (f", {part}by coupons" if from_coupons else ""), amount, -1 if amount else 0)

    match event.fact:
        case events.BillIssued(bill=bill, amount=amount, note=note):
            return Line(f"issued bill {bill}" + (f": {note}" if note else ""), amount, 0)
        case events.BillSettled(bill=bill, amount=amount, from_coupons=from_coupons):
            return paid(f"settled bill {bill}", amount, from_coupons)
        case events.AccountOverdue():
            return Line("account overdue", None, 0)
        case events.AccountCleared():
            return Line("account clear again", None, 0)
        case events.ToppedUp(amount=amount):
            return Line("topped up", amount, 1)
        case events.CouponGranted(coupon=coupon, amount=amount):
            return Line(f"coupon {coupon} granted", amount, 0)
        case events.CouponEnded(coupon=coupon, amount=amount):
            return Line(f"coupon {coupon} ended, the rest is lost", amount, 0)
        case events.Purchased(amount=amount, from_coupons=from_coupons, months=months, expires=expires):
            return paid(f"bought {until(expires, months)}", amount, from_coupons)
        case events.Upgraded(amount=amount, from_coupons=from_coupons, months=months, expires=expires):
            return paid(f"upgraded {until(expires, months)}", amount, from_coupons)
        case events.Renewed(amount=amount, from_coupons=from_coupons, months=months, expires=expires, by=by):
            automatic = "auto-renewed" if by == "auto" else "renewed"
            return paid(f"{automatic} {until(expires, months)}", amount, from_coupons)
        case events.AutoRenewalFailed(reason=reason, amount=amount):
            return Line(f"not renewed: {_REASONS[reason]}", amount, 0)
        case events.LowBalanceAlertSet(amount=None):
            return Line("low balance alert off", None, 0)
        case events.LowBalanceAlertSet(amount=amount):
            return Line("low balance alert set", amount, 0)
    raise ValueError(f"{event.type} is no movement of money")
