"""The agenda: what is due next. It is always derived from the state (T4). A heap makes finding the next event O(log n).

Each instance and each account has at most one current entry: the object in its `due` field. A replaced entry is stale;
it stays in the agenda until its instant comes and is then dropped.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final

from core.base.instants import DAY
from core.rules.policy import Policy
from core.simulation.loading import idle_since
from core.world.model import (
    AUTO,
    CHECKOUT,
    ENTERPRISE,
    MANUAL,
    OVERDUE,
    PUBLIC,
    RELEASED,
    RESTORING,
    RUNNING,
    Account,
    Due,
    Instance,
)

# The order of what is due at the same instant (T3).
COUPONS: Final = 1
BILLS: Final = 2
SETTLEMENT: Final = 3
PAYMENTS: Final = 4
RESTORATIONS: Final = 5
EXPIRIES: Final = 6
RELEASES: Final = 7
FREEZES: Final = 8
NOTICES: Final = 9

_AFTER_LAST_STEP: Final = 10


class Timetable:
    """The dates that follow from an Enterprise instance's expiry: payments, reminders, expiry, release.

    Rules: A1 to A4, E1, E2, N2. The dates are cached by time of day of the expiry, mode, schedule and trial, in
    ascending order. Each is one number: seconds from the midnight of T (A1), times 16, plus the step (T3).
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._offset = policy.utc_offset
        self._dates: dict[tuple[int, str, str | None, bool], list[int]] = {}

    def next(self, instance: Instance, clock: int, step: int) -> tuple[int, int] | None:
        """The first (instant, step) of the instance's dates strictly after (clock, step), or None."""
        expires = instance.expires
        assert expires is not None
        time_of_day = (expires + self._offset) % DAY
        midnight = expires - time_of_day
        mode, schedule, _, enabled_on = instance.renewal
        key = (time_of_day, mode, schedule, instance.trial)
        dates = self._dates.get(key) or self._compute_dates(key)
        index = bisect_right(dates, (clock - midnight << 4) + step)
        while index < len(dates):
            date = dates[index]
            at, what = midnight + (date >> 4), date & 15
            # A4: the days up to the one on which it was enabled are skipped and not made up.
            if what != PAYMENTS or enabled_on is None or (at + self._offset) // DAY > enabled_on:
                return at, what
            index += 1
        return None

    def payments(self, instance: Instance, clock: int) -> list[int]:
        """The instants after `clock` at which auto-renewal will try to pay for the present expiry (A1 to A4)."""
        found: list[int] = []
        at, step = clock, _AFTER_LAST_STEP
        while instance.renewal.mode == AUTO and (due := self.next(instance, at, step)) is not None:
            at, step = due
            if step == PAYMENTS:
                found.append(at)
        return found

    def _compute_dates(self, key: tuple[int, str, str | None, bool]) -> list[int]:
        policy = self._policy
        time_of_day, mode, schedule, trial = key
        release = time_of_day + (policy.trial_retention if trial else policy.retention)
        dates = [
            (time_of_day, EXPIRIES),
            (release, RELEASES),
            (max(time_of_day, release - policy.release_notice), NOTICES),
        ]
        if mode == AUTO:
            days = policy.checkout_days if schedule == CHECKOUT else policy.console_days
            dates += [(day * DAY + policy.charge_time, PAYMENTS) for day in days]
        else:
            days = policy.manual_days if mode == MANUAL else policy.non_renewal_days
            dates += [(day * DAY + policy.reminder_time, NOTICES) for day in days]
        encoded = sorted((after << 4) + step for after, step in dates if (after, step) <= (release, RELEASES))
        self._dates[key] = encoded
        return encoded


class Agenda:
    """What is due: a heap of instants, and the entries of each instant."""

    def __init__(self, policy: Policy) -> None:
        self.timetable = Timetable(policy)
        self._policy = policy
        self._entries: dict[int, list[Due]] = {}
        self._instants: list[int] = []
        self._round: list[Due] = []
        self._next_round: list[Due] = []
        self._position = 0
        self._now: int | None = None

    def put(self, entry: Due) -> None:
        """Add an entry. If it is due at the running instant, it joins the running round, or the next one if the round
        has passed its step (T3).
        """
        at = entry[0]
        if self._now is not None and at <= self._now:
            if entry[1] > self._round[self._position - 1][1]:
                insort(self._round, entry, lo=self._position)
            else:
                self._next_round.append(entry)
        elif (entries := self._entries.get(at)) is not None:
            entries.append(entry)
        else:
            self._entries[at] = [entry]
            heappush(self._instants, at)

    def next(self, is_current: Callable[[Due], bool]) -> int | None:
        """The earliest instant with a current entry, or None. Drops the stale entries before it."""
        while self._instants:
            at = self._instants[0]
            entries = self._entries[at]
            while entries and not is_current(entries[-1]):
                entries.pop()
            if entries:
                return at
            del self._entries[heappop(self._instants)]
        return None

    def drain(self, instant: int) -> Iterator[Due]:
        """Take out every entry due at or before `instant`, stale ones too, in the order of T3, round by round."""
        while self._instants and self._instants[0] <= instant:
            self._next_round += self._entries.pop(heappop(self._instants))
        self._now = instant
        while self._next_round:
            self._round, self._next_round = self._next_round, []
            self._round.sort()
            self._position = 0
            while self._position < len(self._round):
                self._position += 1
                yield self._round[self._position - 1]
        self._now = None
        self._round = []

    def entry_of(self, instance: Instance, account: Account, clock: int, step: int) -> Due | None:
        """The entry for what is due next after (clock, step) for an instance (T4), or None.

        The dates follow from the expiry, so every renewal moves them (A5, A7).
        """
        state = instance.state
        if instance.kind == ENTERPRISE:
            if state == RELEASED:
                return None
            dated = self.timetable.next(instance, clock, step)
            if state == RESTORING and instance.restored_at is not None:
                restoration = (instance.restored_at, RESTORATIONS)
                dated = restoration if dated is None or restoration < dated else dated
            if dated is None:
                return None
            if dated[1] == PAYMENTS:
                return (dated[0], PAYMENTS, instance.expires or 0, instance.id)
            return (dated[0], dated[1], instance.account, instance.id)
        if instance.kind == PUBLIC:
            idle = idle_since(instance) if state == RUNNING else None
            return None if idle is None else (idle + self._policy.idle_limit, FREEZES, instance.account, instance.id)
        if state == RESTORING and instance.restored_at is not None:
            return (instance.restored_at, RESTORATIONS, instance.account, instance.id)
        if state == OVERDUE and account.overdue_since is not None:
            return (account.overdue_since + self._policy.overdue_grace, EXPIRIES, instance.account, instance.id)
        return None
