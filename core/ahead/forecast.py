"""The forecast: one account and its instances run ahead on a copy, as it will be if nobody acts.

Accounts don't touch each other, so one alone gives the same as the whole fleet. And since only a person changes what
happens (T2), a forecast stays true while the clock moves: it only has to be run on, never anew, until somebody acts.
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
"""Minor units that no fleet spends within the years a clock can count to."""


_BEHIND: Final = 31 * DAY
"""What lies behind the clock is forgotten when it has come to so much: each time all that is kept is looked through."""


class Attempt(NamedTuple):
    """An auto-renewal payment that will be tried: when, what it costs, and why it fails; None: it goes through.
    `short` is what it lacks where money is the reason. Amounts in minor units.
    """

    at: int
    amount: int
    reason: str | None
    short: int = 0


class Outlook(NamedTuple):
    """What one instance has ahead of it if nobody acts."""

    states: tuple[tuple[int, str], ...]
    """(from when, state), the present one first."""
    attempts: tuple[Attempt, ...]


class Movement(NamedTuple):
    """What moves an account's money, or fails to: a RENEWAL that goes through or has FAILED, a BILL that is settled or
    stays UNPAID. `balance` is what is left afterwards, both in minor units; `reason` is why it failed, and `missing`
    what balance and usable coupons were short of it, or, for a bill, of all that are unpaid then.
    """

    at: int
    what: str
    amount: int
    balance: int
    instance: str | None
    reason: str | None
    missing: int = 0


Days = dict[int, list[int]]
"""For each local day how many events it has, by their badness (`severity`); notices that only repeat are left out."""


class AccountForecast:
    """One account run ahead of the clock on copies of itself and its instances.

    With `paid` it is run as if money that covers everything had arrived now. Instances that are `copied` already are
    taken as they are.
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
        """Up to when it has been run."""
        self._days: Days = {}
        self._losing: set[str] = set()
        self._first_failure: int | None = None
        self._failures: list[int] = []
        """When something is not paid, in order."""
        self.owed = bool(account.unpaid)
        """Whether there were unpaid bills when it began: paid at once, they may be settled otherwise later."""
        self._world = copied_world((account,), instances, clock, copied=copied)
        self._copy = self._world.accounts[account.id]
        self._policy = policy
        self._paid = paid
        self.balance: Final = account.balance
        """The balance when it began, in minor units."""
        self._balance = self._opening = account.balance + (_PLENTY if paid else 0)
        self._simulation: Simulation | None = None
        self._events: dict[str, list[Event]] = {}
        self._short: dict[int, int] = {}
        """What a payment lacks, by the number of its event."""
        self._movements: list[Movement] = []
        self._forgotten = clock
        """Up to when what happened is forgotten."""

    def run(self, until: int) -> Iterator[None]:
        """Run ahead to `until`, where it has not been yet, and pause after each instant at which something happens."""
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
        """Note what an instant brought."""
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
        """What a payment of this instant found: what is left after it, and what the payments behind it took."""
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
        """The days' events that it was run over since this was asked last; for whoever runs it."""
        days, self._days = self._days, {}
        return days

    def take_losing(self) -> set[str]:
        """The instances for which it found a loss since this was asked last; for whoever runs it."""
        losing, self._losing = self._losing, set()
        return losing

    def forget(self, clock: int) -> None:
        """Forget what lies behind a clock, now and then: nobody asks for it any more. For whoever runs it; what others
        are just reading stays whole.
        """
        if clock < self._forgotten + _BEHIND:
            return
        self._forgotten = clock
        for instance, events in list(self._events.items()):
            coming = bisect_right(events, clock, key=_at)
            for event in events[:coming]:
                self._short.pop(event.seq, None)
            if coming == len(events):
                del self._events[instance]
            elif coming:
                self._events[instance] = events[coming:]
        self._failures = self._failures[bisect_right(self._failures, clock) :]
        # The last of them says what the balance is.
        self._movements = self._movements[max(bisect_right(self._movements, clock, key=_at) - 1, 0) :]

    # What it says, as of a clock that may have moved on since it began

    def coming(self, instance: Instance, clock: int) -> list[Event]:
        """What happens to an instance of the account after `clock`: its states and its payments, in order."""
        return [event for event in self._events.get(instance.id, ()) if event.at > clock]

    def between(self, begin: int, end: int) -> list[Event]:
        """What happens to the account's instances from `begin` until just before `end`: states and payments."""
        return [event for events in list(self._events.values()) for event in events if begin <= event.at < end]

    def outlook(self, instance: Instance, clock: int) -> Outlook:
        """What an instance of the account has ahead of it after `clock`, as states and payments."""
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
        """When an instance next loses its service, or its data, after `clock`; None: not as far as this reaches."""
        for event in self._events.get(instance.id, ()):
            if event.at > clock and isinstance(event.fact, StateChanged) and event.fact.target in LOSSES:
                return event.at
        return None

    def short(self, event: Event) -> int:
        """What the payment of one of its events lacks, in minor units; 0 where money isn't the reason."""
        return self._short.get(event.seq, 0)

    def movements(self, clock: int) -> Sequence[Movement]:
        """What moves the account's money after `clock`, in order."""
        movements = self._movements
        return movements[bisect_right(movements, clock, key=_at) :]

    def failed_by(self, clock: int) -> bool:
        """Whether something was not paid between its beginning and `clock`."""
        return self._first_failure is not None and self._first_failure <= clock

    def fails_after(self, clock: int) -> int | None:
        """When something is not paid next, after `clock`; None: not as far as this reaches."""
        failures = self._failures
        return next(iter(failures[bisect_right(failures, clock) :][:1]), None)

    def drawn(self, clock: int, until: int) -> int:
        """What is taken from the balance after `clock` and up to `until`, in minor units, with what is settled at once
        where it begins.
        """
        movements = self._movements
        first = 0 if clock == self.begins else bisect_right(movements, clock, key=_at)
        last = bisect_right(movements, until, key=_at)
        if last <= first:
            return 0
        before = movements[first - 1].balance if first else self._opening
        return before - movements[last - 1].balance


def _at(happening: Movement | Event) -> int:
    return happening.at


def money_needed(account: Account, instances: Iterable[Instance], clock: int, policy: Policy, days: int) -> int:
    """The least that, topped up now, lets every payment of the coming days go through, bills and auto-renewals, in
    minor units. One unit less and something fails; 0: already covered.
    """
    paid = AccountForecast(account, instances, clock, policy, paid=True)
    for _ in paid.run(clock + days * DAY):
        pass
    return missing_until(paid, clock + days * DAY)


def missing_until(paid: AccountForecast, until: int) -> int:
    """The least to top up when the forecast begins so that all is paid up to `until`, in minor units. The forecast was
    run with `paid`, at least that far.
    """
    missing = paid.drawn(paid.begins, until) - paid.balance
    # Unpaid bills that could be covered wait for money to arrive, however little (C1).
    return max(missing, 1 if paid.owed else 0)
