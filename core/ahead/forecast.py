"""The forecast: one account and its instances, simulated ahead of the clock on copies, as if nobody acts.

Accounts do not affect each other, so a forecast of one account gives the same result as a forecast of the whole fleet.
Only an action of a person changes what will happen (T2). So a forecast stays correct while the clock moves: it is
extended further ahead, and is made again only after an action.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from core.ahead.fork import copied_world
from core.base.instants import DAY
from core.base.money import format_amount
from core.rules.policy import Policy
from core.simulation.credit import funds, unpaid_sum
from core.simulation.simulation import Simulation
from core.world.actions import TopUp
from core.world.events import AutoRenewalFailed, BillIssued, BillSettled, Event, Renewed, StateChanged
from core.world.model import Account, Instance
from core.world.severity import DATA_LOST, LOSSES, badness, is_echo

RENEWAL: Final = "renewal"
BILL: Final = "bill"
FAILED: Final = "failed"
UNPAID: Final = "unpaid"

_PLENTY: Final = 10**15 - 1
"""A balance in minor units that is more than any fleet spends before the clock's last instant."""


_FORGET_AFTER: Final = 31 * DAY
"""Seconds that the clock moves before past events are dropped. Each time, all stored events are scanned."""


class Attempt(NamedTuple):
    """A future attempt of an auto-renewal payment: its instant and its amount, in minor units.

    `reason` says why it fails; None if it succeeds. If it fails for lack of money, `short` is the missing amount in
    minor units.
    """

    at: int
    amount: int
    reason: str | None
    short: int = 0


class Outlook(NamedTuple):
    """The future states and payment attempts of one instance if nobody acts."""

    states: tuple[tuple[int, str], ...]
    """Each state with the instant at which it begins, in order; the first is the current state."""
    attempts: tuple[Attempt, ...]


class Movement(NamedTuple):
    """A payment of an account, successful or not. `what` is RENEWAL or FAILED for an auto-renewal payment, BILL for a
    bill that is settled, UNPAID for a bill that stays unpaid.

    `balance` is the account's balance afterwards, and `reason` says why a payment failed. `missing` is the amount by
    which balance and usable coupons fall short: of this payment, or for a bill, of all bills unpaid at that instant.
    Amounts are in minor units.
    """

    at: int
    what: str
    amount: int
    balance: int
    instance: str | None
    reason: str | None
    missing: int = 0


Days = dict[int, list[int]]
"""For each local day, the number of events at each level of badness (`severity`). Notices that only repeat another
event are not counted."""


class AccountForecast:
    """One account, simulated ahead of the clock on copies of itself and its instances.

    With `paid`, the account is topped up at the start with more than it can ever spend. With `copied`, `instances` are
    copies already and are used directly.
    """

    def __init__(
        self,
        account: Account,
        instances: Iterable[Instance],
        clock: int,
        policy: Policy,
        *,
        paid: bool = False,
        copied: bool = False,
    ) -> None:
        self.account = account.id
        self.begins = clock
        self.until = clock
        """The instant up to which it has been run."""
        self._days: Days = {}
        self._losing: set[str] = set()
        self._first_failure: int | None = None
        self._failures: list[int] = []
        """The instants at which a payment fails, in order."""
        self.owed = bool(account.unpaid)
        """Whether the account had unpaid bills at the start. With `paid`, they are settled at once; in the real fleet
        they may be settled later and in another way."""
        self._world = copied_world((account,), instances, clock, copied=copied)
        self._copy = self._world.accounts[account.id]
        self._policy = policy
        self._paid = paid
        self.balance: Final = account.balance
        """The balance at the start, in minor units."""
        self._balance = self._opening = account.balance + (_PLENTY if paid else 0)
        self._simulation: Simulation | None = None
        self._events: dict[str, list[Event]] = {}
        self._short: dict[int, int] = {}
        """The amount that a failed payment lacks, by the sequence number of its event."""
        self._movements: list[Movement] = []
        self._forgotten_until = clock
        """Events up to this instant may have been dropped."""

    def run(self, until: int) -> Iterator[None]:
        """Run ahead to `until`, and yield after each instant at which something happens. Does nothing if the forecast
        already reaches `until`.
        """
        if self._simulation is None:
            self._simulation = self._begin()
            yield
        if until <= self.until:
            return
        for events in self._simulation.advance(until):
            self._take(events)
            self.until = self._simulation.clock
            yield
        self.until = until

    def _begin(self) -> Simulation:
        simulation = Simulation(self._world, self._policy)
        if self._paid:
            plenty = format_amount(_PLENTY, self._copy.currency)
            self._take(simulation.act(TopUp(self.account, plenty)))
        return simulation

    def _take(self, events: list[Event]) -> None:
        """Record the events of one instant."""
        for event in events:
            at, fact, instance = event.at, event.fact, event.instance
            if isinstance(fact, StateChanged | Renewed | AutoRenewalFailed) and instance is not None:
                self._events.setdefault(instance, []).append(event)
                if isinstance(fact, StateChanged) and fact.target in LOSSES:
                    self._losing.add(instance)
            if isinstance(fact, Renewed | BillSettled):
                self._balance -= fact.from_balance
                self._note(at, RENEWAL if isinstance(fact, Renewed) else BILL, fact.amount, instance)
            elif isinstance(fact, AutoRenewalFailed):
                missing = 0
                if fact.reason == "insufficient_funds":
                    missing = self._short[event.seq] = fact.amount - self._funds_at(event, events)
                self._note(at, FAILED, fact.amount, instance, fact.reason, missing)
            elif isinstance(fact, BillIssued) and any(bill.id == fact.bill for bill in self._copy.unpaid):
                missing = unpaid_sum(self._copy) - funds(self._copy, at)
                self._note(at, UNPAID, fact.amount, missing=missing)
            if not is_echo(event):
                self._count(at, badness(event))

    def _funds_at(self, event: Event, events: list[Event]) -> int:
        """The funds available to a payment of this instant: the funds at the end of the instant, plus the amounts of
        the later payments.
        """
        later = (other.fact for other in events if other.seq > event.seq)
        spent = sum(fact.amount for fact in later if isinstance(fact, Renewed | BillSettled))
        return funds(self._copy, event.at) + spent

    def _note(
        self,
        at: int,
        what: str,
        amount: int,
        instance: str | None = None,
        reason: str | None = None,
        missing: int = 0,
    ) -> None:
        if what in (FAILED, UNPAID):
            self._failures.append(at)
            if self._first_failure is None:
                self._first_failure = at
        self._movements.append(Movement(at, what, amount, self._balance, instance, reason, missing))

    def _count(self, at: int, bad: int) -> None:
        day = self._policy.calendar.day_of(at)
        if day not in self._days:
            self._days[day] = [0] * (DATA_LOST + 1)
        self._days[day][bad] += 1

    def take_days(self) -> Days:
        """The events per day that were added since the last call. Only the code that runs the forecast calls it."""
        days, self._days = self._days, {}
        return days

    def take_losing(self) -> set[str]:
        """The ids of the instances for which a loss was added since the last call. Only the code that runs the forecast
        calls it.
        """
        losing, self._losing = self._losing, set()
        return losing

    def forget(self, clock: int) -> None:
        """Drop the events before `clock`, which nobody reads any more. Does nothing until the clock has moved 31 days
        since the last time.

        Only the code that runs the forecast calls it. Other threads may read meanwhile, because lists are replaced.
        """
        if clock < self._forgotten_until + _FORGET_AFTER:
            return
        self._forgotten_until = clock
        for instance, events in list(self._events.items()):
            coming = bisect_right(events, clock, key=_at)
            for event in events[:coming]:
                self._short.pop(event.seq, None)
            if coming == len(events):
                del self._events[instance]
            elif coming:
                self._events[instance] = events[coming:]
        self._failures = self._failures[bisect_right(self._failures, clock) :]
        # Keep the last past movement, because it holds the current balance.
        self._movements = self._movements[max(bisect_right(self._movements, clock, key=_at) - 1, 0) :]

    # What the forecast says, as of a clock that may have moved since the start

    def coming(self, instance: Instance, clock: int) -> list[Event]:
        """The events of an instance of the account after `clock`: changes of state and payments, in order."""
        return [event for event in self._events.get(instance.id, ()) if event.at > clock]

    def between(self, begin: int, end: int) -> list[Event]:
        """The events of all the account's instances with `begin <= at < end`: changes of state and payments."""
        return [event for events in list(self._events.values()) for event in events if begin <= event.at < end]

    def outlook(self, instance: Instance, clock: int) -> Outlook:
        """The states and payment attempts of an instance of the account after `clock`."""
        states: list[tuple[int, str]] = [(clock, instance.state)]
        attempts: list[Attempt] = []
        for event in self.coming(instance, clock):
            fact = event.fact
            if isinstance(fact, StateChanged):
                states.append((event.at, fact.target))
            elif isinstance(fact, AutoRenewalFailed):
                attempts.append(Attempt(event.at, fact.amount, fact.reason, self.short(event)))
            elif isinstance(fact, Renewed):
                attempts.append(Attempt(event.at, fact.amount, None))
        return Outlook(tuple(states), tuple(attempts))

    def lost_at(self, instance: Instance, clock: int) -> int | None:
        """The instant after `clock` at which an instance next loses its service or its data; None if that does not
        happen as far as the forecast reaches.
        """
        for event in self._events.get(instance.id, ()):
            if event.at > clock and isinstance(event.fact, StateChanged) and event.fact.target in LOSSES:
                return event.at
        return None

    def short(self, event: Event) -> int:
        """The amount that the payment of an event lacks, in minor units; 0 if it did not fail for lack of money."""
        return self._short.get(event.seq, 0)

    def movements(self, clock: int) -> Sequence[Movement]:
        """The account's payments after `clock`, in order."""
        movements = self._movements
        return movements[bisect_right(movements, clock, key=_at) :]

    def failed_by(self, clock: int) -> bool:
        """Whether a payment fails between the start and `clock`."""
        return self._first_failure is not None and self._first_failure <= clock

    def fails_after(self, clock: int) -> int | None:
        """The instant of the next failed payment after `clock`; None if the forecast contains none."""
        failures = self._failures
        return next(iter(failures[bisect_right(failures, clock) :][:1]), None)

    def drawn(self, clock: int, until: int) -> int:
        """The amount taken from the balance after `clock` and up to `until`, in minor units. If `clock` is the start of
        the forecast, bills settled at the start are included.
        """
        movements = self._movements
        first = 0 if clock == self.begins else bisect_right(movements, clock, key=_at)
        last = bisect_right(movements, until, key=_at)
        if last <= first:
            return 0
        before = movements[first - 1].balance if first else self._opening
        return before - movements[last - 1].balance


def _at(item: Movement | Event) -> int:
    return item.at


def money_needed(account: Account, instances: Iterable[Instance], clock: int, policy: Policy, days: int) -> int:
    """The smallest top-up at `clock`, in minor units, with which every bill and auto-renewal payment of the coming days
    succeeds. With one unit less, one fails. It is 0 if the account already has enough.
    """
    paid = AccountForecast(account, instances, clock, policy, paid=True)
    for _ in paid.run(clock + days * DAY):
        pass
    return missing_until(paid, clock + days * DAY)


def missing_until(paid: AccountForecast, until: int) -> int:
    """The smallest top-up at the start of the forecast, in minor units, with which every payment up to `until`
    succeeds. The forecast must have been made with `paid` and run at least to `until`.
    """
    missing = paid.drawn(paid.begins, until) - paid.balance
    # Unpaid bills are settled only when money arrives, even if the balance already covers them (C1).
    return max(missing, 1 if paid.owed else 0)
