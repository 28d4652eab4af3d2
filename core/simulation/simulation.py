"""The simulation: a world, a clock that only a person moves, and what becomes due (T2, T3).

It is deterministic: state and events depend only on the state and the action or instant given. It reads no clock, no
file and no randomness.
"""

from collections.abc import Iterator

from core.base.errors import TimeGoesForward
from core.rules.lifecycle import CLEAR, EXPIRY, GRACE_OVER, IDLE, IN_GRACE, PAST_GRACE, RESTORED, RETENTION_OVER
from core.rules.policy import Policy
from core.simulation.agenda import (
    BILLS,
    COUPONS,
    EXPIRIES,
    FREEZES,
    NOTICES,
    PAYMENTS,
    RELEASES,
    RESTORATIONS,
    SETTLEMENT,
)
from core.simulation.engine import Engine
from core.simulation.payments import issue_bill, settle_bills
from core.simulation.perform import perform
from core.simulation.renewals import try_payment
from core.world.actions import Action
from core.world.events import CouponEnded, Event, NoticeSent
from core.world.model import ENTERPRISE, EXPIRED, Account, Due, Instance, World

_REMINDER = NoticeSent("email", "renewal_reminder")
_RELEASE_TOMORROW = NoticeSent("email", "release_tomorrow")


class Simulation:
    """Runs one world under one policy. It changes the world in place."""

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy
        self.engine = Engine(world, policy)

    @classmethod
    def of_kept(cls, world: World, policy: Policy) -> "Simulation":
        """The simulation of a stored world.

        Raises ValueError if something due by the clock has not happened: Lapse never stores such a world.
        """
        simulation = cls(world, policy)
        instant = simulation.engine.agenda.next(simulation._is_current)
        if instant is not None and instant <= world.clock:
            raise ValueError("something due is left over")
        return simulation

    @property
    def clock(self) -> int:
        """The instant up to which everything due has happened, in seconds since 1970."""
        return self.world.clock

    def advance(self, to: int) -> Iterator[list[Event]]:
        """Move the clock to `to`, and yield the events of one instant at a time, in order (T2, T3).

        Instants without events yield nothing. If the caller stops iterating early, the clock stays at the instant of
        the last events. Raises TimeGoesForward if `to` lies before the clock.
        """
        if to < self.world.clock:
            calendar = self.policy.calendar
            raise TimeGoesForward(calendar.format(self.world.clock), calendar.format(to))
        while (instant := self.next_due()) is not None and instant <= to:
            self.world.clock = instant
            if events := self._process_instant(instant):
                yield events
        self.world.clock = to

    def act(self, action: Action) -> list[Event]:
        """Do an action now and return its events, notices last. A refusal is an event, too.

        Raises BadInput for an amount that the account's currency can't express.
        """
        perform(self.engine, action)
        return self._process_instant(self.world.clock)

    def next_due(self) -> int | None:
        """The next instant at which something is due (T4). None if nothing ever is."""
        instant = self.engine.agenda.next(self._is_current)
        return None if instant is None else max(instant, self.world.clock)

    def _is_current(self, entry: Due) -> bool:
        """Whether an entry of the agenda still agrees with the state; a replaced entry is stale."""
        step = entry[1]
        if step >= PAYMENTS:
            return self.world.instances[entry[3]].due is entry
        if step == BILLS:
            return self.world.accounts[str(entry[2])].due is entry
        return True

    def _process_instant(self, instant: int) -> list[Event]:
        """Do everything due at an instant, in the order of T3, round by round, and return its events."""
        engine, world = self.engine, self.world
        for entry in engine.agenda.drain(instant):
            _, step, owner, name = entry
            if step >= PAYMENTS:
                instance = world.instances[name]
                if instance.due is entry:
                    self._process_instance(instance, step)
            elif step == BILLS:
                account = world.accounts[str(owner)]
                if account.due is entry:
                    self._bill_usage(account)
            elif step == COUPONS:
                self._process_coupon(world.accounts[str(owner)], name)
            else:
                settle_bills(engine, world.accounts[str(owner)])
        return engine.take_events()

    def _process_instance(self, instance: Instance, step: int) -> None:
        engine = self.engine
        if step == PAYMENTS:
            try_payment(engine, instance)
            return
        if step == NOTICES:
            notice = _RELEASE_TOMORROW if instance.state == EXPIRED else _REMINDER
            engine.notify(instance.account, instance.id, "N2", notice)
        elif step == EXPIRIES:
            engine.enter(instance, EXPIRY if instance.kind == ENTERPRISE else GRACE_OVER)
        elif step == RESTORATIONS:
            self._complete_restoration(instance)
        elif step == RELEASES:
            engine.enter(instance, RETENTION_OVER)
        elif step == FREEZES:
            engine.enter(instance, IDLE)
        engine.schedule(instance, step)

    def _complete_restoration(self, instance: Instance) -> None:
        """Complete a restoration (R3). For a legacy instance, the state of its account decides what follows (L2)."""
        guard = None
        if instance.kind != ENTERPRISE:
            overdue_since = self.world.accounts[instance.account].overdue_since
            if overdue_since is None:
                guard = CLEAR
            else:
                in_grace = self.world.clock < overdue_since + self.policy.overdue_grace
                guard = IN_GRACE if in_grace else PAST_GRACE
        self.engine.enter(instance, RESTORED, guard)

    def _bill_usage(self, account: Account) -> None:
        """Issue the bill of a closed cycle (B1, B2). It is settled in a later step (T3)."""
        engine, clock = self.engine, self.world.clock
        closed = engine.meter.take_due_cycle(account, clock)
        if closed is not None:
            end, amount = closed
            day = engine.calendar.format(end - 1)[:10]
            issue_bill(engine, account, f"usage-{day}", amount, "B1")
            engine.agenda.put((clock, SETTLEMENT, account.id, ""))
        engine.changed_accounts.add(account.id)
        engine.schedule_bill(account)

    def _process_coupon(self, account: Account, name: str) -> None:
        """Start a coupon, which settles unpaid bills (C1), or end it, which loses its remainder (M2)."""
        engine, clock = self.engine, self.world.clock
        for coupon in account.coupons:
            if coupon.id != name:
                continue
            if coupon.expires == clock:
                if coupon.remaining:
                    lost, coupon.remaining = coupon.remaining, 0
                    engine.emit(account.id, None, "M2", CouponEnded(coupon.id, lost))
                    engine.changed_accounts.add(account.id)
            elif coupon.starts == clock and account.unpaid:
                engine.agenda.put((clock, SETTLEMENT, account.id, ""))
