"""The forecasts that the screens show, one an account, kept true as the fleet changes.

Moving the clock only runs a forecast on; an action makes its account's anew. A small fleet's are made at once, in the
same turn; a large one's in a thread, so that no key waits for them.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic
from typing import Final

from core.ahead.forecast import AccountForecast, Days
from core.base.instants import DAY
from core.workspace.workspace import Change, Workspace
from core.world.model import Instance
from tui.live import limits
from tui.live.members import Job, Members
from tui.live.right_of_way import RightOfWay, spare_the_collector

AHEAD: Final = 92 * DAY
"""Seconds of the clock that a forecast reaches ahead: the coming months."""
NEED_DAYS: Final = 30
"""The days that the money needed is told for."""
_ROUNDS: Final = (31 * DAY, AHEAD)
_SPARE: Final = 10 * DAY
"""So much further the money needed is worked out, so that it is known while the clock plays."""
_PAUSE: Final = 0.2
"""Real seconds between two times that a thread says what it has made."""
_COPIED: Final = 2_000
"""So many instances are copied while the fleet stands still: a hundredth of a second."""

Start = Callable[[Callable[[], None]], None]
"""Runs something in a thread of its own."""


class Forecasts:
    """Makes, keeps and runs on the forecasts of one workspace's accounts. `tell` is called, by the thread that makes
    them, when there is something new to show; `lock` is held while the fleet changes.
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
        """Goes up with every change of the fleet, so that what was copied over several turns can be told outdated."""
        self.days: Days = {}
        """What today and the coming days hold, of all accounts that are forecast."""
        self._today = workspace.calendar.day_of(workspace.clock)
        self._counted: dict[str, Days] = {}
        """What each account has in `days`, and of days that are over by now."""
        self._failing: dict[str, int] = {}
        """When each account next fails to pay, of those for which that is known."""
        self.count = 0
        """Goes up when something new is there that no change of the fleet brought."""
        self._fresh: set[str] = set()
        self._losing: set[str] = set()
        self._wanted: OrderedDict[Job, None] = OrderedDict()
        self._queue = Lock()
        """Held while what the app and the thread share here is changed: what is wanted, what is fresh, the days."""
        self._running = False
        self._news = False
        """Whether there is something to tell: a forecast that was only run on shows nothing new."""
        self._closed = False

    @property
    def at_once(self) -> bool:
        """Whether the fleet is small enough to be forecast in the same turn."""
        return len(self._workspace.world.instances) <= limits.FORECAST_AT_ONCE

    # What the screens ask

    def instances_of(self, account: str) -> list[Instance]:
        """The instances on an account, in the fleet's order."""
        instances = self._workspace.world.instances
        return [instances[name] for name in self._names(account)]

    def _names(self, account: str) -> list[str]:
        if not self._members.are_of(self._workspace.world):
            self._members = Members(self._workspace.world)
        return self._members.names.get(account, [])

    def of(self, account: str) -> AccountForecast | None:
        """An account's forecast; None while it is being made."""
        made = self._made.get(account)
        if made is None:
            if self.at_once:
                return self._at_once(Job(account, False))
            self._want_first(Job(account, False))
        return made

    @property
    def reach(self) -> int:
        """Up to when all accounts are foreseen; the clock, as long as one isn't at all."""
        made = list(self._made.values())
        if len(made) < len(self._workspace.world.accounts):
            return self._workspace.clock
        return min((forecast.until for forecast in made), default=self._workspace.clock)

    def failing(self, until: int) -> dict[str, int]:
        """The accounts that will fail to pay something after the clock and up to `until`, and when first."""
        clock = self._workspace.clock
        with self._queue:
            for account in [account for account, at in self._failing.items() if at <= clock]:
                self._note_failure(account)
            return {account: at for account, at in self._failing.items() if at <= until}

    def _note_failure(self, account: str) -> None:
        """Note when an account next fails to pay, with the queue held."""
        made = self._made.get(account)
        at = None if made is None else made.fails_after(self._workspace.clock)
        if at is None:
            self._failing.pop(account, None)
        else:
            self._failing[account] = at

    def take_fresh(self) -> list[str]:
        """The instances whose next loss may be another than when this was asked last: those of the accounts whose
        forecasts were made anew, and those for which one that was run on found a loss.
        """
        with self._queue:
            fresh, self._fresh = self._fresh, set()
            losing, self._losing = self._losing, set()
        names = [name for account in fresh for name in self._members.names.get(account, ())]
        return [*names, *(losing.difference(names) if names else losing)]

    def needed(self, account: str) -> int | None:
        """What the coming 30 days take from an account's balance if all of it is paid, unpaid bills included, in minor
        units; None while it is being worked out.
        """
        clock = self._workspace.clock
        until = clock + NEED_DAYS * DAY
        job, paid = Job(account, True), self._paid.get(account)
        if self.at_once:
            paid = self._at_once(job)
        elif paid is None or paid.until < until + _SPARE // 2 or not self._still_true(paid):
            self._want_first(job)
        if paid is None or paid.until < until or not self._still_true(paid):
            return None
        return paid.drawn(clock, until)

    def _still_true(self, paid: AccountForecast) -> bool:
        """Whether what has happened since is what happens when all is paid."""
        clock, made = self._workspace.clock, self._made.get(paid.account)
        if paid.begins == clock:
            return True
        if paid.until < clock:
            # The clock has passed all that it says: one made anew is there sooner.
            return False
        owing = paid.owed or self._workspace.world.accounts[paid.account].unpaid
        return not owing and made is not None and made.begins <= paid.begins and not made.failed_by(clock)

    # Following the fleet

    def follow(self, change: Change | None) -> None:
        """Take over a change: None is any."""
        self._changes += 1
        accounts, clock = self._workspace.world.accounts, self._workspace.clock
        if change is None:
            self._forget({*accounts, *self._made})
        elif change.before == change.clock and change.refused is None:
            instances = self._workspace.world.instances
            self._forget({*change.accounts, *(instances[name].account for name in change.instances)})
        # Far from where they reach, one made anew is there sooner than one that is run on.
        self._forget([account for account, made in list(self._made.items()) if made.until < clock - AHEAD])
        self._forget_past(self._workspace.calendar.day_of(clock))
        if self.at_once:
            for account in accounts:
                self._at_once(Job(account, False))
        else:
            self._want_all()

    def close(self) -> None:
        """Let the thread end."""
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

    # Making them

    def _at_once(self, job: Job) -> AccountForecast | None:
        """Make a forecast, or run it on, in this turn; what there is where the fleet is just changing in a thread."""
        kept = self._paid if job.paid else self._made
        if not self._lock.acquire(blocking=False):
            return kept.get(job.account)
        try:
            forecast = self._kept(job)
            if forecast is None:
                forecast = self._keep(job, self.instances_of(job.account), copied=False)
            clock = self._workspace.clock
        finally:
            self._lock.release()
        for _ in forecast.run(clock + (NEED_DAYS * DAY if job.paid else AHEAD)):
            pass
        forecast.forget(clock)
        self._count_days(job, forecast)
        return forecast

    def _kept(self, job: Job) -> AccountForecast | None:
        """The forecast that is there, where it is still true."""
        if not job.paid:
            return self._made.get(job.account)
        paid = self._paid.get(job.account)
        return paid if paid is not None and self._still_true(paid) else None

    def _keep(self, job: Job, instances: Iterable[Instance], *, copied: bool) -> AccountForecast:
        """Begin a forecast of the fleet as it stands."""
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

    def _count_days(self, job: Job, forecast: AccountForecast) -> None:
        """Add the days that a forecast was run over to those of the fleet, if it is the account's still."""
        days, losing = forecast.take_days(), forecast.take_losing()
        if job.paid or not days:
            return
        with self._queue:
            self._losing |= losing
            if self._made.get(job.account) is not forecast:
                return
            self._note_failure(job.account)
            mine = self._counted.setdefault(job.account, {})
            # They are in order.
            while mine and (first := next(iter(mine))) < self._today:
                del mine[first]
            for day, counts in days.items():
                if day < self._today:
                    continue
                for shared in (self.days, mine):
                    there = shared.get(day)
                    shared[day] = list(counts) if there is None else [a + b for a, b in zip(there, counts, strict=True)]

    # In a thread

    def _want_first(self, job: Job) -> None:
        with self._queue:
            self._wanted[job] = None
            self._wanted.move_to_end(job, last=False)
        self._begin()

    def _want_all(self) -> None:
        with self._queue:
            if not self._members.are_of(self._workspace.world):
                self._members = Members(self._workspace.world)
            self._wanted.update(self._members.jobs)
        self._begin()

    def _begin(self) -> None:
        with self._queue:
            begins = bool(self._wanted) and not self._running and not self._closed
            self._running |= begins
        if begins:
            self._start(self._work)

    def _work(self) -> None:
        """Make what is wanted until nothing more is."""
        try:
            with self._right_of_way.beside():
                self._make_wanted()
        finally:
            with self._queue:
                self._running = False
        # What was wanted in the meantime.
        self._begin()

    def _make_wanted(self) -> None:
        told = monotonic()
        while not self._closed:
            with self._queue:
                if not self._wanted:
                    break
                job, _ = self._wanted.popitem(last=False)
            self._right_of_way.rest()
            self._do(job)
            if monotonic() - told > _PAUSE:
                told = monotonic()
                self._say()
        self._say()

    def _say(self) -> None:
        if self._news and not self._closed:
            self._news = False
            self.count += 1
            self._tell()

    def _do(self, job: Job) -> None:
        with self._lock:
            there = job.account in self._workspace.world.accounts
            forecast = self._kept(job) if there else None
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
            self._count_days(job, forecast)
        forecast.forget(clock)
        self._news |= begins or job.paid
        if begins and not job.paid:
            with self._queue:
                # Its order by what is lost counts only now that it reaches so far.
                self._fresh.add(job.account)
            spare_the_collector()

    def _copy(self, job: Job) -> AccountForecast | None:
        """Begin a forecast, the account copied a part at a time, so that no change waits long for it; anew where the
        fleet changed meanwhile, and the third time in one go. None: the account is gone.
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
                        return self._keep(job, copies, copied=True)
                if self._closed:
                    return None
                self._right_of_way.give()
        return None
