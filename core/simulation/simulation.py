"""The simulation: a world, a clock that only a person moves, and what falls due (T2, T3).

Pure: state and an action or an instant in, state and events out. It reads no clock, no file and no randomness.
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
from core.simulation.payments import issue, settle
from core.simulation.perform import perform
from core.simulation.renewals import try_payment
from core.world.actions import Action
from core.world.events import CouponEnded, Event, NoticeSent
from core.world.model import ENTERPRISE, EXPIRED, Account, Due, Instance, World

_REMINDER = NoticeSent("email", "renewal_reminder")
_RELEASE_TOMORROW = NoticeSent("email", "release_tomorrow")


class Simulation:
    """Runs one world under one policy. The world is changed in place."""

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy
        self.engine = Engine(world, policy)

    @classmethod
    def of_kept(cls, world: World, policy: Policy) -> "Simulation":
        """The simulation of a world that was kept. Raises ValueError where something due by its clock has not happened:
        no world that was kept comes about so.
        """
        simulation = cls(world, policy)
        instant = simulation.engine.agenda.next(simulation._is_live)
        if instant is not None and instant <= world.clock:
            raise ValueError("something due is left over")
        return simulation

    @property
    def clock(self) -> int:
        """The instant up to which everything has happened."""
        return self.world.clock

    def advance(self, to: int) -> Iterator[list[Event]]:
        """Move the clock to `to`, giving the events of one instant at a time, in order (T2, T3).

        Instants without events give nothing. Left before its end, the clock is at the instant last given.
        Raises TimeGoesForward when `to` lies before the clock.
        """
        if to < self.world.clock:
            calendar = self.policy.calendar
            raise TimeGoesForward(calendar.format(self.world.clock), calendar.format(to))
        while (instant := self.next_due()) is not None and instant <= to:
            self.world.clock = instant
            if events := self._live(instant):
                yield events
        self.world.clock = to

    def act(self, action: Action) -> list[Event]:
        """Do an action now; its events, notices last. A refusal is an event too. Raises BadInput for an amount that the
        account's currency can't express.
        """
        perform(self.engine, action)
        return self._live(self.world.clock)

    def next_due(self) -> int | None:
        """The next instant at which something is due; None: nothing ever (T4)."""
        instant = self.engine.agenda.next(self._is_live)
        return None if instant is None else max(instant, self.world.clock)

    def _is_live(self, entry: Due) -> bool:
        """Whether an entry still says what the state says; a replaced one is stale."""
        step = entry[1]
        if step >= PAYMENTS:
            return self.world.instances[entry[3]].due is entry
        if step == BILLS:
            return self.world.accounts[str(entry[2])].due is entry
        return True

    def _live(self, instant: int) -> list[Event]:
        """Let everything due at this instant happen, in the order of T3, round by round."""
        engine, world = self.engine, self.world
        for entry in engine.agenda.live(instant):
            _, step, owner, name = entry
            if step >= PAYMENTS:
                instance = world.instances[name]
                if instance.due is entry:
                    self._instance_due(instance, step)
            elif step == BILLS:
                account = world.accounts[str(owner)]
                if account.due is entry:
                    self._bill(account)
            elif step == COUPONS:
                self._coupon(world.accounts[str(owner)], name)
            else:
                settle(engine, world.accounts[str(owner)])
        return engine.take_events()

    def _instance_due(self, instance: Instance, step: int) -> None:
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
            self._restore(instance)
        elif step == RELEASES:
            engine.enter(instance, RETENTION_OVER)
        elif step == FREEZES:
            engine.enter(instance, IDLE)
        engine.schedule(instance, step)

    def _restore(self, instance: Instance) -> None:
        """A restoration completes: Enterprise by R3, legacy public by L2, where the account decides what follows."""
        guard = None
        if instance.kind != ENTERPRISE:
            overdue_since = self.world.accounts[instance.account].overdue_since
            if overdue_since is None:
                guard = CLEAR
            else:
                in_grace = self.world.clock < overdue_since + self.policy.overdue_grace
                guard = IN_GRACE if in_grace else PAST_GRACE
        self.engine.enter(instance, RESTORED, guard)

    def _bill(self, account: Account) -> None:
        """The bill of a closed cycle arrives (B1, B2); settlement follows in its own step (T3)."""
        engine, clock = self.engine, self.world.clock
        closed = engine.meter.issue(account, clock)
        if closed is not None:
            end, amount = closed
            day = engine.calendar.format(end - 1)[:10]
            issue(engine, account, f"usage-{day}", amount, "B1")
            engine.agenda.put((clock, SETTLEMENT, account.id, ""))
        engine.changed_accounts.add(account.id)
        engine.schedule_bill(account)

    def _coupon(self, account: Account, name: str) -> None:
        """A coupon starts, and unpaid bills are settled, or it ends and its remainder is lost (M2, C1)."""
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
