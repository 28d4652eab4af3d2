"""The engine that the rules work on: one world, its policy, its agenda, and the events of the running instant.

Every change of state and every event goes through the engine. `core.simulation.simulation` decides when they happen.
"""

from bisect import insort
from collections.abc import Iterable

from core.rules.lifecycle import STEPS, UPGRADED
from core.rules.policy import Policy
from core.simulation.agenda import BILLS, COUPONS, Agenda
from core.simulation.meter import Meter
from core.world.events import Event, Fact, NoticeSent
from core.world.model import LEGACY_PUBLIC, RESTORING, SERVING, Account, Coupon, Instance, World


class Engine:
    """A world with its agenda and its meter.

    `changed_accounts` and `changed_instances` collect ids until the caller clears them. `legacy` holds the sorted ids
    of the legacy public instances of each account.
    """

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy
        self.calendar = policy.calendar
        self.agenda = Agenda(policy)
        self.meter = Meter(policy, self.calendar)
        self.legacy: dict[str, list[str]] = {}
        self.changed_accounts: set[str] = set()
        self.changed_instances: set[str] = set()
        self._events: list[Event] = []
        self._notices: list[tuple[str, str | None, str, NoticeSent]] = []
        self._derive()

    def _derive(self) -> None:
        """Derive the agenda and the meter from the state (T4)."""
        world, clock, entry_of = self.world, self.world.clock, self.agenda.entry_of
        self.legacy = {account: [] for account in world.accounts}
        for instance in world.instances.values():
            account = world.accounts[instance.account]
            if instance.kind == LEGACY_PUBLIC:
                self.legacy[account.id].append(instance.id)
            # What is due exactly at the loaded clock counts as past (I1): step 9 is the last of the instant.
            instance.due = due = entry_of(instance, account, clock, 9)
            if due is not None:
                self.agenda.put(due)
        for account in world.accounts.values():
            ids = self.legacy[account.id]
            ids.sort()
            self.meter.load(account, [world.instances[item] for item in ids])
            account.due = None
            self.schedule_bill(account)
            for coupon in account.coupons:
                self.schedule_coupon(account, coupon)

    # Writing the log

    def emit(
        self, account: str | None, instance: str | None, rule: str | None, fact: Fact, advice: tuple[str, ...] = ()
    ) -> None:
        """Write an event at the clock to the log."""
        world = self.world
        world.events = seq = world.events + 1
        # The same as Event(...), but without a Python frame: this is the simulation's most frequent call.
        self._events.append(tuple.__new__(Event, (seq, world.clock, account, instance, rule, fact, advice)))

    def notify(self, account: str, instance: str | None, rule: str, notice: NoticeSent) -> None:
        """Send a notice. Notices come last in their instant, in the order of their causes (T3, N1, N2)."""
        self._notices.append((account, instance, rule, notice))

    def take_events(self) -> list[Event]:
        """Take the events of the running instant out of the engine, notices last."""
        for account, instance, rule, notice in self._notices:
            self.emit(account, instance, rule, notice)
        self._notices.clear()
        events, self._events = self._events, []
        return events

    # Changing states

    def enter(self, instance: Instance, trigger: str, guard: str | None = None) -> None:
        """Make the transition that the lifecycle table gives for a trigger: state, event, notice, and meter (B2).

        Raises KeyError if the table has no such transition.
        """
        before = instance.state
        target, rule, fact, notice = STEPS[instance.kind, before, trigger, guard]
        if fact is not None:
            instance.state, instance.since, instance.rule = target, self.world.clock, rule
            if target != RESTORING:
                # The restoration completed, or an expiry or an upgrade came before its end.
                instance.restored_at = None
            self.emit(instance.account, instance.id, rule, fact)
            if notice is not None:
                self.notify(instance.account, instance.id, "N2", notice)
        # L3: after an upgrade it serves as an Enterprise instance, which has no meter.
        metered = instance.kind == LEGACY_PUBLIC and trigger != UPGRADED
        if metered and (before in SERVING) != (target in SERVING):
            self.set_metering(instance, target in SERVING)
        self.changed_instances.add(instance.id)

    def enter_new(self, instance: Instance, trigger: str) -> None:
        """Give a new purchase its first state, as the lifecycle table says (T6)."""
        step = STEPS[instance.kind, None, trigger, None]
        instance.state, instance.since, instance.rule = step.target, self.world.clock, step.rule
        if step.fact is not None:
            self.emit(instance.account, instance.id, step.rule, step.fact)
        self.changed_instances.add(instance.id)

    def can_enter(self, instance: Instance, trigger: str) -> bool:
        """Whether the lifecycle table has an unguarded transition for the instance in its present state."""
        return (instance.kind, instance.state, trigger, None) in STEPS

    def set_metering(self, instance: Instance, on: bool) -> None:
        """Start or stop counting the service of a legacy instance at the clock (B2)."""
        account = self.world.accounts[instance.account]
        self.meter.set_counting(account, instance, on, self.world.clock)
        self.changed_accounts.add(account.id)
        self.schedule_bill(account)

    def add(self, instance: Instance) -> None:
        """Put a new instance into the world. The meter does not count it yet."""
        self.world.instances[instance.id] = instance
        if instance.kind == LEGACY_PUBLIC:
            insort(self.legacy[instance.account], instance.id)

    def remove_legacy(self, instance: Instance) -> None:
        """Remove an instance from its account's legacy instances because it is being upgraded (L3)."""
        if instance.serving:
            self.set_metering(instance, False)
        self.legacy[instance.account].remove(instance.id)

    # What is due next (T4)

    def schedule(self, instance: Instance, step: int) -> None:
        """Put what is due next for an instance, after `step` of the running instant, on the agenda.

        The instance counts as changed if something else is due than before, even if only a payment or a reminder has
        passed.
        """
        due = self.agenda.entry_of(instance, self.world.accounts[instance.account], self.world.clock, step)
        if due != instance.due:
            instance.due = due
            self.changed_instances.add(instance.id)
            if due is not None:
                self.agenda.put(due)

    def schedule_bill(self, account: Account) -> None:
        """Put the account's next usage bill, if there is one, on the agenda (B1)."""
        due_at = self.meter.due_at(account)
        due = None if due_at is None else (due_at, BILLS, account.id, "")
        if due != account.due:
            account.due = due
            if due is not None:
                self.agenda.put(due)

    def schedule_coupon(self, account: Account, coupon: Coupon) -> None:
        """Put the start and the end of a coupon, if they are still ahead, on the agenda (T3 step 1)."""
        for instant in (coupon.starts, coupon.expires):
            if instant is not None and instant > self.world.clock:
                self.agenda.put((instant, COUPONS, account.id, coupon.id))

    def legacy_of(self, account: Account) -> Iterable[Instance]:
        """The account's legacy public instances, sorted by id."""
        instances = self.world.instances
        return [instances[item] for item in self.legacy[account.id]]
