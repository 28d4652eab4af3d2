"""What the rules work on: one world, its policy, its agenda, and the events of the instant that is being lived through.

Everything that changes a state or writes an event goes through here; `core.simulation.simulation` decides when.
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
    """A world with what runs it. `changed_accounts` and `changed_instances` gather ids until somebody clears them."""

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy
        self.calendar = policy.calendar
        self.agenda = Agenda(policy)
        self.meter = Meter(policy, self.calendar)
        self.legacy: dict[str, list[str]] = {}
        self.changed_accounts: set[str] = set()
        self.changed_instances: set[str] = set()
        self._out: list[Event] = []
        self._notices: list[tuple[str, str | None, str, NoticeSent]] = []
        self._fill()

    def _fill(self) -> None:
        """Derive the agenda and the meters from the state (T4)."""
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
        """Write an event of this instant."""
        world = self.world
        world.events = seq = world.events + 1
        # What Event(...) does, without its Python frame: the simulation's most frequent call.
        self._out.append(tuple.__new__(Event, (seq, world.clock, account, instance, rule, fact, advice)))

    def notify(self, account: str, instance: str | None, rule: str, notice: NoticeSent) -> None:
        """Send a notice: it comes last in its instant, in the order of the causes (T3, N1, N2)."""
        self._notices.append((account, instance, rule, notice))

    def take_events(self) -> list[Event]:
        """The events of this instant, its notices last; the engine holds none afterwards."""
        for account, instance, rule, notice in self._notices:
            self.emit(account, instance, rule, notice)
        self._notices.clear()
        out, self._out = self._out, []
        return out

    # Changing states

    def enter(self, instance: Instance, trigger: str, guard: str | None = None) -> None:
        """Move an instance by the transition table: its state, why, the event, the notice, and the meter (B2)."""
        before = instance.state
        target, rule, fact, notice = STEPS[instance.kind, before, trigger, guard]
        if fact is not None:
            instance.state, instance.since, instance.rule = target, self.world.clock, rule
            if target != RESTORING:
                # Completed, or overtaken: by the end of its period, or an upgrade.
                instance.restored_at = None
            self.emit(instance.account, instance.id, rule, fact)
            if notice is not None:
                self.notify(instance.account, instance.id, "N2", notice)
        # L3: once upgraded it serves as an Enterprise instance, past the meter.
        metered = instance.kind == LEGACY_PUBLIC and trigger != UPGRADED
        if metered and (before in SERVING) != (target in SERVING):
            self.meter_changed(instance, target in SERVING)
        self.changed_instances.add(instance.id)

    def enter_new(self, instance: Instance, trigger: str) -> None:
        """Write the first state of an instance that was bought, by the table's row for it (T6)."""
        step = STEPS[instance.kind, None, trigger, None]
        instance.state, instance.since, instance.rule = step.target, self.world.clock, step.rule
        if step.fact is not None:
            self.emit(instance.account, instance.id, step.rule, step.fact)
        self.changed_instances.add(instance.id)

    def can_enter(self, instance: Instance, trigger: str) -> bool:
        """Whether the table has an unguarded transition for the instance as it is."""
        return (instance.kind, instance.state, trigger, None) in STEPS

    def meter_changed(self, instance: Instance, serving: bool) -> None:
        """A legacy instance began or ceased to serve: count it from or until now (B2)."""
        account = self.world.accounts[instance.account]
        self.meter.turn(account, instance, serving, self.world.clock)
        self.changed_accounts.add(account.id)
        self.schedule_bill(account)

    def add(self, instance: Instance) -> None:
        """Put a new instance, not serving yet by the meter, into the world."""
        self.world.instances[instance.id] = instance
        if instance.kind == LEGACY_PUBLIC:
            insort(self.legacy[instance.account], instance.id)

    def leave_legacy(self, instance: Instance) -> None:
        """Take an instance out of its account's legacy ones: it is being upgraded (L3)."""
        if instance.serving:
            self.meter_changed(instance, False)
        self.legacy[instance.account].remove(instance.id)

    # What is due next (T4)

    def schedule(self, instance: Instance, step: int) -> None:
        """Put what is due next for an instance, its dates up to this step of this instant being past, on the agenda.
        It has changed where that is something else, if only that a payment or a reminder lies behind it.
        """
        due = self.agenda.entry_of(instance, self.world.accounts[instance.account], self.world.clock, step)
        if due != instance.due:
            instance.due = due
            self.changed_instances.add(instance.id)
            if due is not None:
                self.agenda.put(due)

    def schedule_bill(self, account: Account) -> None:
        """Put the account's next bill on the agenda, if it uses anything (B1)."""
        due_at = self.meter.due_at(account)
        due = None if due_at is None else (due_at, BILLS, account.id, "")
        if due != account.due:
            account.due = due
            if due is not None:
                self.agenda.put(due)

    def schedule_coupon(self, account: Account, coupon: Coupon) -> None:
        """Put a coupon's coming start and end on the agenda (T3 step 1)."""
        for instant in (coupon.starts, coupon.expires):
            if instant is not None and instant > self.world.clock:
                self.agenda.put((instant, COUPONS, account.id, coupon.id))

    def legacy_of(self, account: Account) -> Iterable[Instance]:
        """The account's legacy public instances, by id."""
        instances = self.world.instances
        return [instances[item] for item in self.legacy[account.id]]
