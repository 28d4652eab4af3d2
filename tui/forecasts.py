"""The forecasts that the screens show, one an account, kept true as the fleet changes.

Moving the clock only runs a forecast on; an action makes its account's anew. A small fleet's are made at once, in the
same turn; a large one's in a thread, so that no key waits for them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from time import monotonic
from typing import Final

from core.forecast import AccountForecast, Days
from core.instants import DAY
from core.model import Account, Instance
from core.workspace import Change, Workspace
from tui.rightofway import RightOfWay, spare_the_collector

AHEAD: Final = 92 * DAY
"""Seconds of the clock that a forecast reaches ahead: the coming months."""
NEED_DAYS: Final = 30
"""The days that the money needed is told for."""
SMALL: Final = 60
"""A fleet of at most so many instances is forecast in the same turn."""
_ROUNDS: Final = (31 * DAY, AHEAD)
_PAUSE: Final = 0.2
"""Real seconds between two times that a thread says what it has made."""

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
        self._members: dict[str, list[str]] = {}
        self._member_count = 0
        self._made: dict[str, AccountForecast] = {}
        self._paid: dict[str, AccountForecast] = {}
        self._generation: dict[str, int] = {}
        self.days: Days = {}
        """What the coming days hold, of all accounts that are forecast."""
        self.count = 0
        """Goes up when something new is there that no change of the fleet brought."""
        self._fresh: set[str] = set()
        self._wanted: deque[tuple[str, bool]] = deque()
        self._queue = Lock()
        self._running = False
        self._closed = False
        self._read_members()

    @property
    def at_once(self) -> bool:
        """Whether the fleet is small enough to be forecast in the same turn."""
        return self._member_count <= SMALL

    # What the screens ask

    def instances_of(self, account: str) -> list[Instance]:
        """The instances on an account, in the fleet's order."""
        instances = self._workspace.world.instances
        return [instances[name] for name in self._members.get(account, ())]

    def of(self, account: str) -> AccountForecast | None:
        """An account's forecast; None while it is being made."""
        made = self._made.get(account)
        if made is None:
            if self.at_once:
                return self._at_once(account)
            self._want([(account, False)], first=True)
        return made

    def take_fresh(self) -> list[str]:
        """The instances of the accounts whose forecasts were made anew since this was asked last."""
        fresh, self._fresh = self._fresh, set()
        return [name for account in fresh for name in self._members.get(account, ())]

    def needed(self, account: str) -> int | None:
        """What the coming 30 days take from an account's balance if all of it is paid, unpaid bills included, in minor
        units; None while it is being worked out.
        """
        clock = self._workspace.clock
        until = clock + NEED_DAYS * DAY
        paid = self._paid.get(account)
        if paid is None or paid.until < until or not self._still_true(paid):
            if self.at_once:
                if paid is None or not self._still_true(paid):
                    paid = self._make_paid(account)
                _exhaust(paid.run(until))
            else:
                self._want([(account, True)], first=True)
                if paid is None or not self._still_true(paid):
                    return None
        return paid.drawn(clock, until)

    def _still_true(self, paid: AccountForecast) -> bool:
        """Whether what has happened since is what happens when all is paid."""
        clock, made = self._workspace.clock, self._made.get(paid.account)
        if paid.begins == clock:
            return True
        owing = self._workspace.world.accounts[paid.account].unpaid
        return not owing and made is not None and made.begins <= paid.begins and not made.failed_by(clock)

    # Following the fleet

    def follow(self, change: Change | None) -> None:
        """Take over a change: None is any."""
        if change is None:
            self._forget(self._workspace.world.accounts)
            self._read_members()
        elif change.before == change.clock:
            instances = self._workspace.world.instances
            if len(instances) != self._member_count:
                self._read_members()
            if change.refused is None:
                self._forget({*change.accounts, *(instances[name].account for name in change.instances)})
        if self.at_once:
            for account in self._workspace.world.accounts:
                self._at_once(account)
        else:
            self._want([(account, False) for account in self._workspace.world.accounts], first=False)

    def close(self) -> None:
        """Let the thread end."""
        with self._queue:
            self._closed = True

    def _read_members(self) -> None:
        self._members = {account: [] for account in self._workspace.world.accounts}
        for instance in self._workspace.world.instances.values():
            self._members[instance.account].append(instance.id)
        self._member_count = len(self._workspace.world.instances)

    def _forget(self, accounts: Iterable[str]) -> None:
        for account in accounts:
            self._generation[account] = self._generation.get(account, 0) + 1
            self._paid.pop(account, None)
            made = self._made.pop(account, None)
            if made is not None:
                made.leave_fleet()

    # Making them

    def _make(self, account: str) -> AccountForecast:
        there, policy = self._account(account), self._workspace.policy
        made = AccountForecast(there, self.instances_of(account), self._workspace.clock, policy, fleet=self.days)
        self._made[account] = made
        self._fresh.add(account)
        return made

    def _make_paid(self, account: str) -> AccountForecast:
        there, policy = self._account(account), self._workspace.policy
        made = AccountForecast(there, self.instances_of(account), self._workspace.clock, policy, paid=True)
        self._paid[account] = made
        return made

    def _account(self, account: str) -> Account:
        return self._workspace.world.accounts[account]

    def _at_once(self, account: str) -> AccountForecast:
        made = self._made.get(account) or self._make(account)
        _exhaust(made.run(self._workspace.clock + AHEAD))
        return made

    def _want(self, jobs: list[tuple[str, bool]], *, first: bool) -> None:
        with self._queue:
            there = set(self._wanted)
            fresh = [job for job in jobs if job not in there]
            if first:
                self._wanted.extendleft(fresh)
            else:
                self._wanted.extend(fresh)
            begin = bool(fresh) and not self._running and not self._closed
            self._running |= begin
        if begin:
            self._start(self._work)

    def _work(self) -> None:
        """In the thread: make what is wanted until nothing more is."""
        with self._right_of_way.beside():
            self._make_wanted()
        self._say()

    def _make_wanted(self) -> None:
        told = monotonic()
        while True:
            with self._queue:
                if self._closed or not self._wanted:
                    self._running = False
                    break
                account, paid = self._wanted.popleft()
            self._do(account, paid)
            if monotonic() - told > _PAUSE:
                told = monotonic()
                self._say()

    def _say(self) -> None:
        self.count += 1
        if not self._closed:
            self._tell()

    def _do(self, account: str, paid: bool) -> None:
        with self._lock:
            # The fleet stands still while it is copied.
            if account not in self._workspace.world.accounts:
                return
            begun, generation = False, self._generation.get(account, 0)
            clock = self._workspace.clock
            if paid:
                there = self._paid.get(account)
                forecast = there if there is not None and self._still_true(there) else self._make_paid(account)
            else:
                begun = account not in self._made
                forecast = self._made.get(account) or self._make(account)
        for ahead in (NEED_DAYS * DAY,) if paid else _ROUNDS:
            for _ in forecast.run(clock + ahead):
                if self._closed or self._generation.get(account, 0) != generation:
                    return
                self._right_of_way.give()
        if not paid and begun:
            self._fresh.add(account)
            spare_the_collector()


def _exhaust(steps: Iterator[None]) -> None:
    for _ in steps:
        pass
