"""An account's statement: every event that concerns its money, newest first, for a log of any length.

At first only the number of events is read. Event numbers and events are read page by page when they are needed, and
balances are computed backwards from the current one.
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
"""The event types in a statement."""
NOTICES: Final = (TYPES[events.NoticeSent],)
"""The event types in an inbox."""

_REASONS: Final = {
    "account_overdue": "account overdue",
    "insufficient_funds": "not enough money",
    "period_in_past": "already over",
}
"""Why an auto-renewal failed, in words short enough for one line."""
_PAGE: Final = 100
"""Events per page."""
_PAGES_KEPT: Final = 40
_READ_AHEAD: Final = 200
"""How many more event numbers are read than requested."""
_BATCH: Final = 500
"""How many balances are computed at once."""
_MAX_GAP: Final = 20_000
"""How many missing balances are computed, at most, for one that is requested."""


class Read(Protocol):
    """Calls a function that reads the file, and returns its result.

    If reading fails, it may raise the error, or handle it and return `otherwise`.
    """

    def __call__(self, ask: Callable[[], T], otherwise: T, /) -> T:
        """Call `ask`."""


def read_or_raise(ask: Callable[[], T], otherwise: T) -> T:
    """Call `ask` and let its errors propagate."""
    return ask()


class Pages(LazyKeys):
    """An account's events of some types, newest first: a sequence of their numbers as text, and the events themselves.

    At first they are only counted. Their numbers are read from either end, as far as they are needed. In a long log
    without an index only the newest events are searched (`partial`).

    Call `catch_up` when the log has grown; when it was replaced, make a new object. The file is read through `read`: if
    that does not raise errors, a number that can't be read is empty, and its event is None.
    """

    def __init__(self, workspace: Workspace, account: str, kinds: Sequence[str], read: Read = read_or_raise) -> None:
        self.account = account
        self._workspace = workspace
        self._kinds = kinds
        self._read = read
        self._seen = workspace.head.events
        self.partial = not self._is_quick()
        self._floor = self._seen - SHORT if self.partial else 0
        count = self._count_between(self._floor, self._seen)
        self.failed = count is None
        """Whether even the number of events could not be read."""
        self._length = count or 0
        self._newest: list[int] = []
        """The numbers read from the newest end, newest first."""
        self._oldest: list[int] = []
        """The numbers read from the oldest end, oldest first."""
        self._later: dict[int, int] = {}
        """The results of `since`: how many events came after a number."""
        self._pages: dict[int, list[Event]] = {}

    @property
    def outdated(self) -> bool:
        """Whether a new object could read more than this one."""
        return self.failed or (self.partial and self._is_quick())

    def _is_quick(self) -> bool:
        return self._read(lambda: self._workspace.history.log_is_quick, False)

    def _count_between(self, after: int, last: int) -> int | None:
        """How many events came after number `after`, up to `last`; limited, because a thread may be adding more."""
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
        """Include what was added to the log. Returns how many events that is."""
        events = self._workspace.head.events
        added = self._count_between(self._seen, events) if events != self._seen else 0
        if added is None:
            return 0
        if added:
            if self._newest and added <= _BATCH:
                self._newest[0:0] = self._numbers(self._seen, events + 1, added, newest=True)
            else:
                self._newest = []
            # The newest page was not full, so it must be read again.
            self._pages.pop(self._length // _PAGE, None)
            self._later = {number: count + added for number, count in self._later.items()}
            self._length += added
        self._seen = events
        return added

    def __len__(self) -> int:
        return self._length

    def key_at(self, place: int) -> str:
        """The number of the event at this index, as text; empty if it can't be read."""
        number = self._number(place)
        return "" if number is None else str(number)

    def _number(self, place: int) -> int | None:
        """The number of the event at this index; None if it can't be read."""
        from_end = self._length - 1 - place
        newest, oldest = self._newest, self._oldest
        if place >= len(newest) and from_end >= len(oldest):
            if place - len(newest) <= from_end - len(oldest):
                below = newest[-1] if newest else self._seen + 1
                newest += self._numbers(self._floor, below, place + _READ_AHEAD - len(newest), newest=True)
            else:
                above = oldest[-1] if oldest else self._floor
                oldest += self._numbers(above, self._seen + 1, from_end + _READ_AHEAD - len(oldest), newest=False)
        if place < len(newest):
            return newest[place]
        return oldest[from_end] if from_end < len(oldest) else None

    def place_of(self, number: str) -> int | None:
        """The index of the event with this number; the newest event has index 0. None if it is not in the list."""
        if not number or int(number) <= self._floor:
            return None
        place = self.since(int(number))
        return place if place < self._length and self._number(place) == int(number) else None

    def since(self, number: int) -> int:
        """How many events in the list came after the event with this number."""
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
        """The event at this index; None if it can't be read."""
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
    """The events that concern an account's money, with the balance after each."""

    def __init__(self, workspace: Workspace, account: str, read: Read = read_or_raise) -> None:
        super().__init__(workspace, account, MOVEMENTS, read)
        self._imported = read(workspace.history.events_before_import, self._seen)
        self._balances: list[int] = []
        """The balance after each event, newest first, as far as computed."""
        self._before: int | None = None
        """The balance before the oldest event in `_balances`."""

    def catch_up(self) -> int:
        """Include what was added to the log. Returns how many events that is."""
        added = super().catch_up()
        if added and self._balances:
            computed = None if added > _BATCH else self._compute_balances(self._newest_balance(), 0, added)
            if computed is None:
                self._balances, self._before = [], None
            else:
                self._balances[0:0] = computed[0]
        return added

    def balance_after(self, place: int) -> int | None:
        """The balance after the event at this index, in minor units.

        None if an import has set the balance since, if it can't be read, or if the index is too far beyond all indexes
        requested before, because the balance is computed backwards from there.
        """
        number = self._number(place)
        if number is None or number <= self._imported or place - len(self._balances) > _MAX_GAP:
            return None
        while len(self._balances) <= place:
            begin = len(self._balances)
            end = min(begin + _BATCH, len(self))
            balance = self._newest_balance() if self._before is None else self._before
            computed = self._compute_balances(balance, begin, end)
            if computed is None:
                return None
            self._balances += computed[0]
            self._before = computed[1]
        return self._balances[place]

    def _newest_balance(self) -> int | None:
        """The balance after the newest event, in minor units; None if it can't be read."""
        return self._read(lambda: self._workspace.history.balance_at(self.account, self._seen), None)

    def _compute_balances(self, balance: int | None, begin: int, end: int) -> tuple[list[int], int] | None:
        """The balances after the events at the indexes from `begin` up to `end`, and the balance before all of them.

        `balance` is the one after the event at `begin`. None if they can't be read.
        """
        last, first = self._number(begin), self._number(end - 1)
        if balance is None or first is None or last is None:
            return None
        moves = self._read(lambda: self._workspace.history.balance_moves(self.account, first, last), None)
        if moves is None:
            return None
        balances = []
        for place in range(begin, end):
            balances.append(balance)
            balance -= moves.get(self._number(place) or 0, 0)
        return balances, balance


class StatementLine(NamedTuple):
    """One line of a statement: what happened, and the amount in minor units, if the event has one.

    `moved` is 1 if money came in, -1 if it went out, and 0 if neither.
    """

    what: str
    amount: int | None
    moved: int


def statement_line(event: Event, currency: str, clock: int, calendar: Calendar) -> StatementLine:
    """The line for an event, without its instant and its instance. Raises ValueError for a type not in MOVEMENTS."""

    def until(expires: int, months: int) -> str:
        return f"{months} mo, to {tell_day(expires, clock, calendar)}"

    def paid(what: str, amount: int, from_coupons: int) -> StatementLine:
        part = "" if from_coupons == amount else f"{group_amount(from_coupons, currency)} "
        return StatementLine(what + (f", {part}by coupons" if from_coupons else ""), amount, -1 if amount else 0)

    match event.fact:
        case events.BillIssued(bill=bill, amount=amount, note=note):
            return StatementLine(f"issued bill {bill}" + (f": {note}" if note else ""), amount, 0)
        case events.BillSettled(bill=bill, amount=amount, from_coupons=from_coupons):
            return paid(f"settled bill {bill}", amount, from_coupons)
        case events.AccountOverdue():
            return StatementLine("account overdue", None, 0)
        case events.AccountCleared():
            return StatementLine("account clear again", None, 0)
        case events.ToppedUp(amount=amount):
            return StatementLine("topped up", amount, 1)
        case events.CouponGranted(coupon=coupon, amount=amount):
            return StatementLine(f"coupon {coupon} granted", amount, 0)
        case events.CouponEnded(coupon=coupon, amount=amount):
            return StatementLine(f"coupon {coupon} ended, the rest is lost", amount, 0)
        case events.Purchased(amount=amount, from_coupons=from_coupons, months=months, expires=expires):
            return paid(f"bought {until(expires, months)}", amount, from_coupons)
        case events.Upgraded(amount=amount, from_coupons=from_coupons, months=months, expires=expires):
            return paid(f"upgraded {until(expires, months)}", amount, from_coupons)
        case events.Renewed(amount=amount, from_coupons=from_coupons, months=months, expires=expires, by=by):
            automatic = "auto-renewed" if by == "auto" else "renewed"
            return paid(f"{automatic} {until(expires, months)}", amount, from_coupons)
        case events.AutoRenewalFailed(reason=reason, amount=amount):
            return StatementLine(f"not renewed: {_REASONS[reason]}", amount, 0)
        case events.LowBalanceAlertSet(amount=None):
            return StatementLine("low balance alert off", None, 0)
        case events.LowBalanceAlertSet(amount=amount):
            return StatementLine("low balance alert set", amount, 0)
    raise ValueError(f"{event.type} does not concern money")
