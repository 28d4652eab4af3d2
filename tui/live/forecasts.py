"""The forecasts that the screens show, one for each account, kept correct as the fleet changes.

When the clock moves, a forecast is only extended; after an action, the forecast of its account is made again. In a
small fleet, forecasts are made at once; in a large fleet, in a thread, so that no key waits for them.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic
from typing import Final

from core.ahead.forecast import AccountForecast, Days
from core.base.instants import DAY
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.model import Instance
from tui.live import limits
from tui.live.members import Job, Members
from tui.live.right_of_way import RightOfWay, spare_the_collector

AHEAD: Final = 92 * DAY
"""How far a forecast reaches ahead of the clock, in simulated seconds."""
NEED_DAYS: Final = 30
"""The number of days for which the money needed is shown."""
_ROUNDS: Final = (31 * DAY, AHEAD)
"""How far a forecast is extended in each round, in simulated seconds. The near future is shown after the first one."""
_SPARE: Final = 10 * DAY
"""How much further than 30 days the money needed is calculated, in simulated seconds, so that it stays known while the
clock plays."""
_PAUSE: Final = 0.2
"""Real seconds between two announcements of new forecasts by a thread."""
_COPIED: Final = 2_000
"""The most instances copied while the lock is held, which takes a hundredth of a second."""

Start = Callable[[Callable[[], None]], None]
"""Runs a function in a thread of its own."""


class Forecasts:
    """Makes, stores and extends the forecasts of one workspace's accounts.

    `tell` is called when there is something new to show, in the thread that makes the forecasts. `lock` is held while
    the fleet changes.
    """

    def __init__(
        self, workspace: Workspace, lock: Lock, start: Start, tell: Callable[[], None], right_of_way: RightOfWay
    ) -> None:
        self._workspace = workspace
        self._lock = lock
        self._start = start
        self._tell = tell
        self._right_of_way = right_of_way
        self._members = Members(workspace.world)
        self._made: dict[str, AccountForecast] = {}
        self._paid: dict[str, AccountForecast] = {}
        self._generation: dict[str, int] = {}
        self._changes = 0
        """The number of changes of the fleet, to detect that one happened while an account was copied in parts."""
        self.days: Days = {}
        """The events per day, today and later, of all accounts that have a forecast."""
        self._today = workspace.calendar.day_of(workspace.clock)
        self._counted: dict[str, Days] = {}
        """What each account contributed to `days`. It may also hold days that have passed."""
        self._failing: dict[str, int] = {}
        """The instant of the next failed payment of each account that has one."""
        self.count = 0
        """Goes up when a thread has made something new to show, without a change of the fleet."""
        self._fresh: set[str] = set()
        self._losing: set[str] = set()
        self._jobs: OrderedDict[Job, None] = OrderedDict()
        self._queue = Lock()
        """Held while data that the app and the thread share is changed: the jobs, the fresh accounts, the days."""
        self._running = False
        self._news = False
        """Whether the thread has made something new to show. Extending a forecast alone is nothing new."""
        self._closed = False

    @property
    def at_once(self) -> bool:
        """Whether the fleet is small enough for its forecasts to be made at once, without a thread."""
        return len(self._workspace.world.instances) <= limits.FORECAST_AT_ONCE

    # What the screens read

    def instances_of(self, account: str) -> list[Instance]:
        """The instances of an account, in the fleet's order."""
        instances = self._workspace.world.instances
        return [instances[name] for name in self._names(account)]

    def _names(self, account: str) -> list[str]:
        if not self._members.are_of(self._workspace.world):
            self._members = Members(self._workspace.world)
        return self._members.names.get(account, [])

    def of(self, account: str) -> AccountForecast | None:
        """The forecast of an account; None while it is being made."""
        made = self._made.get(account)
        if made is None:
            if self.at_once:
                return self._make_now(Job(account, False))
            self._add_first(Job(account, False))
        return made

    @property
    def reach(self) -> int:
        """The instant up to which all accounts have forecasts; the clock, while an account has none."""
        made = list(self._made.values())
        if len(made) < len(self._workspace.world.accounts):
            return self._workspace.clock
        return min((forecast.until for forecast in made), default=self._workspace.clock)

    def failing(self, until: int) -> dict[str, int]:
        """The accounts with a failed payment after the clock and up to `until`, each with the first instant."""
        clock = self._workspace.clock
        with self._queue:
            for account in [account for account, at in self._failing.items() if at <= clock]:
                self._note_failure(account)
            return {account: at for account, at in self._failing.items() if at <= until}

    def _note_failure(self, account: str) -> None:
        """Store the instant of an account's next failed payment. The caller holds `_queue`."""
        made = self._made.get(account)
        at = None if made is None else made.fails_after(self._workspace.clock)
        if at is None:
            self._failing.pop(account, None)
        else:
            self._failing[account] = at

    def take_fresh(self) -> list[str]:
        """The ids of the instances whose next loss may have changed since the last call: the instances of accounts with
        new forecasts, and those for which an extended forecast found a loss.
        """
        with self._queue:
            fresh, self._fresh = self._fresh, set()
            losing, self._losing = self._losing, set()
        names = [name for account in fresh for name in self._members.names.get(account, ())]
        return [*names, *(losing.difference(names) if names else losing)]

    def needed(self, account: str) -> int | None:
        """The amount that the coming 30 days take from an account's balance if every payment succeeds, unpaid bills
        included, in minor units; None while it is being calculated.
        """
        clock = self._workspace.clock
        until = clock + NEED_DAYS * DAY
        job, paid = Job(account, True), self._paid.get(account)
        if self.at_once:
            paid = self._make_now(job)
        elif paid is None or paid.until < until + _SPARE // 2 or not self._still_valid(paid):
            self._add_first(job)
        if paid is None or paid.until < until or not self._still_valid(paid):
            return None
        return paid.drawn(clock, until)

    def _still_valid(self, paid: AccountForecast) -> bool:
        """Whether every payment since it began succeeded, so that it describes what has really happened."""
        clock, made = self._workspace.clock, self._made.get(paid.account)
        if paid.begins == clock:
            return True
        if paid.until < clock:
            # The clock has passed its end: making a new forecast is faster than extending this one.
            return False
        owing = paid.owed or self._workspace.world.accounts[paid.account].unpaid
        return not owing and made is not None and made.begins <= paid.begins and not made.failed_by(clock)

    # Following the fleet

    def follow(self, change: Change | None) -> None:
        """Update after a change; None means that anything may have changed."""
        self._changes += 1
        accounts, clock = self._workspace.world.accounts, self._workspace.clock
        if change is None:
            self._forget({*accounts, *self._made})
        elif change.before == change.clock and change.refused is None:
            instances = self._workspace.world.instances
            self._forget({*change.accounts, *(instances[name].account for name in change.instances)})
        # If the clock is far past the end of a forecast, making a new one is faster than extending it.
        self._forget([account for account, made in list(self._made.items()) if made.until < clock - AHEAD])
        self._forget_past(self._workspace.calendar.day_of(clock))
        if self.at_once:
            for account in accounts:
                self._make_now(Job(account, False))
        else:
            self._add_all()

    def close(self) -> None:
        """Stop the thread as soon as possible, and start no new one."""
        with self._queue:
            self._closed = True

    def _forget(self, accounts: Iterable[str]) -> None:
        with self._queue:
            for account in accounts:
                self._generation[account] = self._generation.get(account, 0) + 1
                self._paid.pop(account, None)
                self._made.pop(account, None)
                self._failing.pop(account, None)
                for day, counts in self._counted.pop(account, {}).items():
                    if day in self.days:
                        self.days[day] = [there - mine for there, mine in zip(self.days[day], counts, strict=True)]

    def _forget_past(self, today: int) -> None:
        with self._queue:
            self._today = today
            for day in [day for day in self.days if day < today]:
                del self.days[day]

    # Making forecasts

    def _make_now(self, job: Job) -> AccountForecast | None:
        """Make or extend a forecast now. If a thread is changing the fleet, return the stored one unchanged, if any."""
        kept = self._paid if job.paid else self._made
        if not self._lock.acquire(blocking=False):
            return kept.get(job.account)
        try:
            forecast = self._stored(job)
            if forecast is None:
                forecast = self._create(job, self.instances_of(job.account), copied=False)
            clock = self._workspace.clock
        finally:
            self._lock.release()
        for _ in forecast.run(clock + (NEED_DAYS * DAY if job.paid else AHEAD)):
            pass
        forecast.forget(clock)
        self._add_days(job, forecast)
        return forecast

    def _stored(self, job: Job) -> AccountForecast | None:
        """The stored forecast, if it is still valid."""
        if not job.paid:
            return self._made.get(job.account)
        paid = self._paid.get(job.account)
        return paid if paid is not None and self._still_valid(paid) else None

    def _create(self, job: Job, instances: Iterable[Instance], *, copied: bool) -> AccountForecast:
        """Create a forecast from the fleet's current state, and store it."""
        account = self._workspace.world.accounts[job.account]
        clock, policy = self._workspace.clock, self._workspace.policy
        forecast = AccountForecast(account, instances, clock, policy, paid=job.paid, copied=copied)
        if job.paid:
            self._paid[job.account] = forecast
        else:
            with self._queue:
                self._made[job.account] = forecast
                self._fresh.add(job.account)
        return forecast

    def _add_days(self, job: Job, forecast: AccountForecast) -> None:
        """Add the new days of a forecast to those of the fleet, unless another forecast has replaced it."""
        days, losing = forecast.take_days(), forecast.take_losing()
        if job.paid or not days:
            return
        with self._queue:
            self._losing |= losing
            if self._made.get(job.account) is not forecast:
                return
            self._note_failure(job.account)
            mine = self._counted.setdefault(job.account, {})
            # Days are in ascending order: the first one not before today ends the loop.
            while mine and (first := next(iter(mine))) < self._today:
                del mine[first]
            for day, counts in days.items():
                if day < self._today:
                    continue
                for shared in (self.days, mine):
                    there = shared.get(day)
                    shared[day] = list(counts) if there is None else [a + b for a, b in zip(there, counts, strict=True)]

    # The thread

    def _add_first(self, job: Job) -> None:
        with self._queue:
            self._jobs[job] = None
            self._jobs.move_to_end(job, last=False)
        self._start_thread()

    def _add_all(self) -> None:
        with self._queue:
            if not self._members.are_of(self._workspace.world):
                self._members = Members(self._workspace.world)
            self._jobs.update(self._members.jobs)
        self._start_thread()

    def _start_thread(self) -> None:
        with self._queue:
            begins = bool(self._jobs) and not self._running and not self._closed
            self._running |= begins
        if begins:
            self._start(self._run_thread)

    def _run_thread(self) -> None:
        """Do the wanted jobs until none is left."""
        try:
            with self._right_of_way.beside():
                self._do_jobs()
        finally:
            with self._queue:
                self._running = False
        # Jobs that were added in the meantime.
        self._start_thread()

    def _do_jobs(self) -> None:
        announced = monotonic()
        while not self._closed:
            with self._queue:
                if not self._jobs:
                    break
                job, _ = self._jobs.popitem(last=False)
            self._right_of_way.rest()
            self._do(job)
            if monotonic() - announced > _PAUSE:
                announced = monotonic()
                self._announce()
        self._announce()

    def _announce(self) -> None:
        if self._news and not self._closed:
            self._news = False
            self.count += 1
            self._tell()

    def _do(self, job: Job) -> None:
        with self._lock:
            there = job.account in self._workspace.world.accounts
            forecast = self._stored(job) if there else None
            generation, clock = self._generation.get(job.account, 0), self._workspace.clock
        if not there:
            return
        begins = forecast is None
        if forecast is None:
            forecast = self._copy(job)
            if forecast is None:
                return
            generation, clock = self._generation.get(job.account, 0), forecast.begins
        for ahead in (NEED_DAYS * DAY + _SPARE,) if job.paid else _ROUNDS:
            for _ in forecast.run(clock + ahead):
                if self._closed or self._generation.get(job.account, 0) != generation:
                    return
                self._right_of_way.give()
            self._add_days(job, forecast)
        forecast.forget(clock)
        self._news |= begins or job.paid
        if begins and not job.paid:
            with self._queue:
                # Only now does it reach far enough to show the next losses.
                self._fresh.add(job.account)
            spare_the_collector()

    def _copy(self, job: Job) -> AccountForecast | None:
        """Create a forecast from a copy of an account, made in parts, so that a change of the fleet does not wait long
        for the lock. If the fleet changes meanwhile, the copy is started again, and the third time it is made in one
        part. None if the account no longer exists, or if the forecasts were closed.
        """
        for part in (_COPIED, _COPIED, None):
            changes, clock = self._changes, self._workspace.clock
            copies: list[Instance] = []
            while True:
                with self._lock:
                    if job.account not in self._workspace.world.accounts:
                        return None
                    if part is not None and (self._changes, self._workspace.clock) != (changes, clock):
                        break
                    names, instances = self._names(job.account), self._workspace.world.instances
                    copies += [instances[name].copy() for name in names[len(copies) :][:part]]
                    if len(copies) == len(names):
                        return self._create(job, copies, copied=True)
                if self._closed:
                    return None
                self._right_of_way.give()
        return None
