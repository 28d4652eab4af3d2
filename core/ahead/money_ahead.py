"""The future payments of an account, grouped by instant, for the chart and the sentence on the Account screen."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from core.ahead.forecast import BILL, FAILED, RENEWAL, UNPAID, AccountForecast, Movement
from core.world.model import Account


class Moment(NamedTuple):
    """An instant with payments, successful or not.

    `balance` and `owed` hold after the instant. `paid` and `failed` count the auto-renewals and bills that are paid and
    not paid, and `paid_amount` is the total cost of the paid ones. `first_paid` and `first_failed` are the first of
    each, auto-renewals before bills. Amounts are in minor units.
    """

    at: int
    balance: int
    owed: int
    paid: int
    paid_amount: int
    failed: int
    first_paid: Movement | None
    first_failed: Movement | None

    @property
    def only_bills(self) -> bool:
        """Whether bills are settled and nothing else happens. Such a moment is routine."""
        return not self.failed and (self.first_paid is None or self.first_paid.what == BILL)

    @property
    def fails_to_renew(self) -> bool:
        """Whether an auto-renewal fails."""
        return self.first_failed is not None and self.first_failed.what == FAILED


class Slot(NamedTuple):
    """A part of the future that one column of the chart shows: the balance and the unpaid amount at its end, in minor
    units, and the worst payment within it: FAILED, UNPAID, RENEWAL, BILL, or None if there is none.
    """

    balance: int
    owed: int
    worst: str | None


class MoneyAhead:
    """The payments of a forecast after a clock, grouped by instant. Call `catch_up` after the forecast was extended."""

    def __init__(self, account: Account, forecast: AccountForecast, clock: int) -> None:
        self.forecast = forecast
        self._moments: list[Moment] = []
        self._balance = account.balance
        self._unpaid = deque(bill.amount for bill in account.unpaid)
        self._owed = sum(self._unpaid)
        self._start = (self._balance, self._owed)
        self._upto = clock
        self.catch_up()

    def catch_up(self) -> None:
        """Add the payments by which the forecast was extended since the last call."""
        until = self.forecast.until
        together: list[Movement] = []
        for movement in self.forecast.movements(self._upto):
            if movement.at > until:
                # A thread is extending the forecast now. An instant is added only when it is complete.
                break
            if together and together[0].at != movement.at:
                self._add(together)
                together = []
            together.append(movement)
        if together:
            self._add(together)
        self._upto = max(self._upto, until)

    def _add(self, movements: Sequence[Movement]) -> None:
        paid = [movement for movement in movements if movement.what in (RENEWAL, BILL)]
        failed = [movement for movement in movements if movement.what in (FAILED, UNPAID)]
        for movement in movements:
            # Bills are settled in the order they were issued (C1): the first is the oldest that is unpaid.
            if movement.what == BILL and self._unpaid:
                self._owed -= self._unpaid.popleft()
        for movement in failed:
            if movement.what == UNPAID:
                self._unpaid.append(movement.amount)
                self._owed += movement.amount
        self._balance = movements[-1].balance
        first_paid = min(paid, key=lambda movement: movement.what == BILL, default=None)
        first_failed = min(failed, key=lambda movement: movement.what == UNPAID, default=None)
        self._moments.append(Moment(
            movements[0].at, self._balance, self._owed,
            len(paid), sum(movement.amount for movement in paid),
            len(failed), first_paid, first_failed,
        ))  # fmt: skip

    def after(self, clock: int) -> Sequence[Moment]:
        """The moments after `clock`, in order."""
        return self._moments[bisect_right(self._moments, clock, key=_at) :]

    def noteworthy(self, clock: int) -> Sequence[Moment]:
        """The moments after `clock` without those that only settle bills; all of them if nothing else would be left."""
        moments = self.after(clock)
        return [moment for moment in moments if not moment.only_bills] or moments

    def first_failure(self, clock: int) -> Moment | None:
        """The first moment after `clock` at which a payment fails; None if there is none."""
        return next((moment for moment in self.after(clock) if moment.failed), None)

    def at(self, instant: int) -> tuple[int, int]:
        """The balance and the unpaid amount at an instant, in minor units."""
        index = bisect_right(self._moments, instant, key=_at)
        return self._moments[index - 1][1:3] if index else self._start

    def slots(self, clock: int, until: int, count: int) -> list[Slot]:
        """The time from `clock` to `until`, divided into `count` slots of equal length. Slots that begin after the end
        of the forecast are left out.
        """
        found: list[Slot] = []
        for number in range(count):
            begin = clock + (until - clock) * number // count
            end = clock + (until - clock) * (number + 1) // count
            if begin > self._upto:
                break
            low, high = (bisect_right(self._moments, instant, key=_at) for instant in (begin, end))
            found.append(Slot(*self.at(end), _worst(self._moments[low:high])))
        return found


def slot_of(instant: int, clock: int, until: int, count: int) -> int:
    """The index of the slot that an instant lies in, of `count` slots between `clock` and `until`. A slot includes its
    end.
    """
    ends = [clock + (until - clock) * (number + 1) // count for number in range(count)]
    return min(bisect_left(ends, instant), count - 1)


def _worst(moments: Sequence[Moment]) -> str | None:
    found: str | None = None
    for moment in moments:
        if moment.first_failed is not None:
            if moment.first_failed.what == FAILED:
                return FAILED
            found = UNPAID
        elif found != UNPAID and moment.first_paid is not None:
            found = RENEWAL if RENEWAL in (found, moment.first_paid.what) else BILL
    return found


def _at(moment: Moment) -> int:
    return moment.at
