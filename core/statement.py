"""An account's statement: every movement of its money, newest first, however many there are.

Only the numbers of the events are read at once. The events themselves are read a page at a time as they are asked for,
and balances are counted back from the present one.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple, overload

from core import events
from core.events import TYPES, Event
from core.instants import Calendar
from core.money import group_amount
from core.telling import tell_day
from core.workspace import Workspace

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
    "insufficient_funds": "too little money",
    "period_in_past": "already over",
}
"""Why an auto-renewal failed, as short as a line needs it."""
_PAGE: Final = 100
_PAGES_KEPT: Final = 40
_COUNTED: Final = 2_000
"""So many entries are counted back at once."""


class Pages(Sequence[str]):
    """The events of an account of some types, newest first: a sequence of their numbers as text, with the events behind
    them. Has to be told when the log grew (`catch_up`); where the log was replaced, make another.
    """

    def __init__(self, workspace: Workspace, account: str, kinds: Sequence[str]) -> None:
        self.account = account
        self._workspace = workspace
        self._kinds = kinds
        self._numbers = workspace.event_numbers(account=account, kinds=kinds)
        self._pages: dict[int, list[Event]] = {}

    def catch_up(self) -> int:
        """Take over what was added to the log; gives how many events that were."""
        newest = self._numbers[-1] if self._numbers else 0
        added = self._workspace.event_numbers(account=self.account, kinds=self._kinds, after=newest)
        if added:
            # The newest page may have been short.
            self._pages.pop(len(self._numbers) // _PAGE, None)
            self._numbers += added
        return len(added)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [str(number) for number in self._numbers[::-1][place]]
        return str(self._numbers[-1 - place])

    def place_of(self, number: str) -> int | None:
        """The place of an event, the newest being at 0; None where it isn't among them."""
        index = bisect_left(self._numbers, int(number))
        there = index < len(self._numbers) and self._numbers[index] == int(number)
        return len(self._numbers) - 1 - index if there else None

    def since(self, number: int) -> int:
        """How many events came after the one of that number."""
        return len(self._numbers) - bisect_left(self._numbers, number + 1)

    def event(self, place: int) -> Event:
        """The event at a place."""
        index = len(self._numbers) - 1 - place
        page, within = divmod(index, _PAGE)
        if page not in self._pages:
            if len(self._pages) >= _PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            numbers = self._numbers[page * _PAGE : (page + 1) * _PAGE]
            self._pages[page] = list(
                self._workspace.events(
                    account=self.account, kinds=self._kinds, after=numbers[0] - 1, before=numbers[-1] + 1
                )
            )
        return self._pages[page][within]


class Statement(Pages):
    """The movements of an account's money, with the balance after each."""

    def __init__(self, workspace: Workspace, account: str) -> None:
        super().__init__(workspace, account, MOVEMENTS)
        self._imported = workspace.events_before_import()
        self._balances: list[int] = []
        """After each event, newest first, as far as they were asked for."""
        self._before: int | None = None
        """The balance before the last of these."""

    def catch_up(self) -> int:
        """Take over what was added to the log; gives how many events that were."""
        added = super().catch_up()
        if added and self._balances:
            if added > _COUNTED:
                self._balances, self._before = [], None
            else:
                self._balances[0:0] = self._count(self._workspace.world.accounts[self.account].balance, 0, added)[0]
        return added

    def balance_after(self, place: int) -> int | None:
        """The balance after the event at a place, in minor units; None where an import set it since."""
        if self._number(place) <= self._imported:
            return None
        while len(self._balances) <= place:
            begin = len(self._balances)
            end = min(begin + _COUNTED, len(self))
            balance = self._workspace.world.accounts[self.account].balance if self._before is None else self._before
            counted, self._before = self._count(balance, begin, end)
            self._balances += counted
        return self._balances[place]

    def _number(self, place: int) -> int:
        return self._numbers[-1 - place]

    def _count(self, balance: int, begin: int, end: int) -> tuple[list[int], int]:
        """The balances after the events of places `begin` to `end`, counted back from the first of them, and the one
        before them.
        """
        moves = self._workspace.balance_moves(self.account, self._number(end - 1), self._number(begin))
        counted = []
        for place in range(begin, end):
            counted.append(balance)
            balance -= moves.get(self._number(place), 0)
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
            return Line(f"coupon {coupon} ended, its rest is lost", amount, 0)
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
