"""Laws that must hold for every history, whatever the fleet, the actions and the policy's numbers are."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.errors import BadInput
from core.formats.document import read_document
from core.rules.policy import Policy
from core.rules.rulebook import read_policy
from core.simulation.credit import available_credit
from core.simulation.simulation import Simulation
from core.store.file import MEMORY
from core.words.event_json import event_form
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import Action, Purchase, read_action
from core.world.events import (
    BillIssued,
    BillSettled,
    CouponEnded,
    CouponGranted,
    Event,
    Purchased,
    Refused,
    Renewed,
    StateChanged,
    ToppedUp,
    Upgraded,
)
from core.world.model import RELEASED, World
from tests.reference.histories import Case, make, plain
from tests.reference.model import Form
from tests.support.ledger import snapshot
from tests.support.random_imports import random_import, random_policy

POLICIES = [
    read_policy(text)
    for text in (
        "",
        # Short delays: what is due makes something else due at the same instant.
        """
        rules.C4.restore_delay = "0m"
        rules.B1.bill_delay = "8h"
        rules.E2.retention = "0d"
        rules.L1.overdue_grace = "0h"
        rules.N2.reminder_time = "08:00"
        """,
        # Long delays: bills wait for days, restorations outlast the grace period, retention lasts for months.
        """
        rules.C4.restore_delay = "30h"
        rules.B1.bill_delay = "77h"
        rules.E2.retention = "200d"
        rules.E4.trial_retention = "1d"
        rules.R2.renewal_anchor = "payment_day"
        rules.A2.console_days = [-3, -2, 0, 31, 70]
        rules.A3.checkout_days = [-2, -1, 0, 40]
        """,
    )
]

cases = st.integers(100_000, 999_999).map(make)
policies = st.sampled_from(POLICIES)


def law(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Use the same examples in every run, so that a failing test fails until the fault is mended."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Run:
    """A case, run through a simulation."""

    def __init__(self, case: Case, policy: Policy, actions: Iterable[tuple[int, Action]] | None = None) -> None:
        self.policy = policy
        self.world: World = read_document(plain(case.fleet), policy)
        self.start: World = read_document(plain(case.fleet), policy)
        self.until = policy.calendar.parse_when(case.until, self.world.clock)
        self.simulation = Simulation(self.world, policy)
        self.script = scripted(case, self.world, policy) if actions is None else list(actions)
        self.log: list[Event] = []

    def advance(self, to: int) -> None:
        for events in self.simulation.advance(to):
            self.log += events

    def whole(self) -> "Run":
        """Run the whole case, with one clock step per action."""
        for at, action in self.script:
            if at <= self.until:
                self.advance(at)
                self.log += self.simulation.act(action)
        self.advance(self.until)
        return self


def scripted(case: Case, world: World, policy: Policy) -> list[tuple[int, Action]]:
    calendar = policy.calendar
    timed = [
        (calendar.parse_when(str(entry["at"]), world.clock), read_action(plain(entry), calendar))
        for entry in case.script
    ]
    return sorted(timed, key=lambda pair: pair[0])


def told(log: Iterable[Event], policy: Policy) -> list[Form]:
    """Events without their numbers, bill ids and messages, which depend on the other accounts of the fleet."""
    forms = [event_form(event, "CNY", policy.calendar) for event in log]
    return [{key: value for key, value in form.items() if key not in ("seq", "bill", "message")} for form in forms]


# T2


@law(120)
@given(cases, policies, st.lists(st.fractions(0, 1), max_size=12))
def test_any_step_gives_the_same_history(case: Case, policy: Policy, cuts: list[Fraction]) -> None:
    """T2: the history does not depend on where the clock stops, also between two actions."""
    whole = Run(case, policy).whole()
    parts = Run(case, policy)
    span = parts.until - parts.world.clock
    stops = sorted(parts.start.clock + int(span * cut) for cut in cuts)
    for at, action in parts.script:
        if at <= parts.until:
            for stop in [stop for stop in stops if parts.world.clock <= stop <= at]:
                parts.advance(stop)
            parts.advance(at)
            parts.log += parts.simulation.act(action)
    for stop in [stop for stop in stops if stop >= parts.world.clock]:
        parts.advance(stop)
    parts.advance(parts.until)
    assert parts.log == whole.log
    assert snapshot(parts.world) == snapshot(whole.world)


@law(30)
@given(cases, policies)
def test_stepping_from_event_to_event_gives_the_same_history(case: Case, policy: Policy) -> None:
    """T2, T4: the clock moves only to the next instant at which something is due, each time with a new simulation."""
    case = case._replace(until="40d")
    whole = Run(case, policy).whole()
    parts = Run(case, policy)

    def go(to: int) -> None:
        while (due := parts.simulation.next_due()) is not None and due <= to:
            parts.advance(due)
            parts.simulation = Simulation(parts.world, policy)
        parts.advance(to)

    for at, action in parts.script:
        if at <= parts.until:
            go(at)
            parts.log += parts.simulation.act(action)
    go(parts.until)
    assert parts.log == whole.log
    assert snapshot(parts.world) == snapshot(whole.world)


# M1, M2


@law(120)
@given(cases, policies)
def test_money_in_equals_money_out_plus_the_rest(case: Case, policy: Policy) -> None:
    """M2: balance, coupons and unpaid bills follow exactly from their values at the start and from the log."""
    run = Run(case, policy).whole()
    balance, coupons, unpaid = (dict.fromkeys(run.start.accounts, 0) for _ in range(3))
    for name, account in run.start.accounts.items():
        balance[name] = account.balance
        coupons[name] = sum(coupon.remaining for coupon in account.coupons)
        unpaid[name] = sum(bill.amount for bill in account.unpaid)
    for event in run.log:
        name, fact = event.account or "", event.fact
        if isinstance(fact, ToppedUp):
            balance[name] += fact.amount
        elif isinstance(fact, CouponGranted):
            coupons[name] += fact.amount
        elif isinstance(fact, CouponEnded):
            coupons[name] -= fact.amount
        elif isinstance(fact, BillIssued):
            unpaid[name] += fact.amount
        elif isinstance(fact, BillSettled | Purchased | Upgraded | Renewed):
            assert fact.amount == fact.from_coupons + fact.from_balance
            assert min(fact.amount, fact.from_coupons, fact.from_balance) >= 0
            balance[name] -= fact.from_balance
            coupons[name] -= fact.from_coupons
            unpaid[name] -= fact.amount if isinstance(fact, BillSettled) else 0
        assert min(balance.get(name, 0), coupons.get(name, 0), unpaid.get(name, 0)) >= 0
    for name, account in run.world.accounts.items():
        assert account.balance == balance[name]
        assert sum(coupon.remaining for coupon in account.coupons) == coupons[name]
        assert sum(bill.amount for bill in account.unpaid) == unpaid[name]
        assert available_credit(account, run.world.clock) <= balance[name] + coupons[name] - unpaid[name]


@law(60)
@given(cases, policies)
def test_an_account_is_overdue_exactly_while_it_has_unpaid_bills(case: Case, policy: Policy) -> None:
    """C1: at every step. Its legacy instances are overdue or stopped only then."""
    run = Run(case, policy)
    for at, action in [*run.script, (run.until, None)]:
        if at > run.until:
            continue
        run.advance(at)
        if action is not None:
            run.simulation.act(action)
        for account in run.world.accounts.values():
            assert (account.overdue_since is not None) == bool(account.unpaid)
        for instance in run.world.instances.values():
            if instance.state in ("overdue", "stopped"):
                assert run.world.accounts[instance.account].unpaid


# I2


@law(100)
@given(cases, policies)
def test_a_released_instance_never_changes(case: Case, policy: Policy) -> None:
    """I2: after the release only refusals name the instance, and none of its fields changes."""
    run = Run(case, policy)
    gone: dict[str, object] = {}

    def look() -> None:
        for instance in run.world.instances.values():
            if instance.state == RELEASED:
                assert gone.setdefault(instance.id, snapshot(instance)) == snapshot(instance)
            else:
                assert instance.id not in gone

    look()
    for at, action in [*run.script, (run.until, None)]:
        if at <= run.until:
            run.advance(at)
            look()
            before, known = len(run.log), set(gone)
            if action is not None:
                run.log += run.simulation.act(action)
                look()
            assert not [e for e in run.log[before:] if e.instance in known and not isinstance(e.fact, Refused)]


# Independence of accounts and of the order in the file


def _owners(action: Action, run: Run, bought: dict[str, str]) -> set[str]:
    """The accounts that an action concerns; "" stands for an id that belongs to no account."""
    if (account := getattr(action, "account", None)) is not None:
        found = {account if account in run.world.accounts else ""}
        return found | ({bought[action.id]} if isinstance(action, Purchase) and action.id in bought else set())
    names: tuple[str, ...] = getattr(action, "instances", None) or (getattr(action, "instance", ""),)
    return {bought.get(name, "") for name in names}


@law(100)
@given(cases, policies)
def test_an_account_alone_behaves_as_among_others(case: Case, policy: Policy) -> None:
    """T3: an account in a fleet of its own has the same events. Actions that concern several accounts are left out."""
    together = Run(case, policy)
    owners = {name: instance.account for name, instance in together.world.instances.items()}
    for _, action in together.script:
        if isinstance(action, Purchase):
            owners.setdefault(action.id, action.account)
    together.script = [pair for pair in together.script if len(_owners(pair[1], together, owners) - {""}) == 1]
    together.whole()
    for name in together.start.accounts:
        own: Form = {
            **case.fleet,
            "accounts": [form for form in _entries(case.fleet, "accounts") if form["id"] == name],
            "instances": [form for form in _entries(case.fleet, "instances") if form["account"] == name],
        }
        script = [pair for pair in together.script if name in _owners(pair[1], together, owners)]
        alone = Run(case._replace(fleet=own), policy, script)
        alone.until = together.until
        alone.whole()
        mine, other = ([event for event in run.log if event.account == name] for run in (alone, together))
        assert told(mine, policy) == told(other, policy)
        assert alone.world.accounts[name].balance == together.world.accounts[name].balance


def _entries(fleet: Form, key: str) -> list[Form]:
    entries = fleet[key]
    assert isinstance(entries, list)
    return entries


@law(50)
@given(cases, policies, st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(case: Case, policy: Policy, random: Random) -> None:
    """T3: what is due at one instant is ordered by ids, not by the order of the fleet file."""
    shuffled = {**case.fleet}
    for key in ("accounts", "instances"):
        entries = list(_entries(case.fleet, key))
        random.shuffle(entries)
        shuffled[key] = entries
    one, other = Run(case, policy).whole(), Run(case._replace(fleet=shuffled), policy).whole()
    assert told(one.log, policy) == told(other.log, policy)


# Refusals


@law(100)
@given(cases, policies)
def test_a_refused_action_changes_nothing_but_the_log(case: Case, policy: Policy) -> None:
    """Only the number of events changes, and the later history is the same as without the action."""
    run, done = Run(case, policy), []
    for at, action in run.script:
        if at > run.until:
            continue
        run.advance(at)
        before, count = snapshot(run.world), run.world.events
        events = run.simulation.act(action)
        run.log += events
        refusals = [event for event in events if isinstance(event.fact, Refused)]
        if refusals:
            assert events == refusals
            run.world.events -= 1
            assert snapshot(run.world) == before
            assert run.world.events == count
            run.world.events += 1
        else:
            done.append((at, action))
    run.advance(run.until)
    without = Run(case, policy, done).whole()
    kept = [event for event in run.log if not isinstance(event.fact, Refused)]
    assert told(kept, policy) == told(without.log, policy)


# The log


@law(100)
@given(cases, policies)
def test_the_log_holds_every_change_of_state(case: Case, policy: Policy) -> None:
    """Each change once and in order. Event numbers have no gaps, and instants never decrease."""
    run = Run(case, policy).whole()
    assert [event.seq for event in run.log] == list(range(1, len(run.log) + 1))
    assert [event.at for event in run.log] == sorted(event.at for event in run.log)
    states: dict[str | None, str | None] = {name: instance.state for name, instance in run.start.instances.items()}
    for event in run.log:
        if isinstance(event.fact, StateChanged):
            assert states.get(event.instance) == event.fact.source != event.fact.target
            states[event.instance] = event.fact.target
    assert states == {name: instance.state for name, instance in run.world.instances.items()}


def _types(value: object, found: Counter[type]) -> None:
    found[type(value)] += 1
    if isinstance(value, dict):
        _types([*value.keys(), *value.values()], found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _types(item, found)


@law(40)
@given(cases, policies)
def test_no_binary_float_anywhere(case: Case, policy: Policy) -> None:
    """M1: neither in the world, nor in the log, nor in the policy. Nor is there a Decimal, which could be rounded."""
    run = Run(case, policy).whole()
    found: Counter[type] = Counter()
    _types(snapshot((run.world, run.log, policy)), found)
    assert found[int] > len(run.world.instances) * 3
    assert not {float, Decimal, complex} & set(found)


# The file


@law(25)
@given(cases, st.sampled_from(POLICIES), st.integers(0, 2**40 - 1))
def test_reopening_changes_nothing(case: Case, policy: Policy, closings: int) -> None:
    """Reopening the file between any two steps gives the same log and world, and the journal rebuilds both."""
    run = Run(case._replace(until="60d"), policy).whole()
    clock = run.start.clock
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.db"
        kept, _ = begin(path, plain(case.fleet), clock, policy, "law")
        for number, (at, action) in enumerate([*run.script, (run.until, None)]):
            if at > run.until:
                continue
            kept.advance(at)
            if action is not None:
                kept.act(action)
            if closings >> number & 1:
                kept.close()
                kept = Workspace.open(path)
        assert list(kept.history.events()) == run.log
        assert snapshot(kept.world) == snapshot(run.world)
        assert kept.check() == []
        kept.close()


@law(30)
@given(st.integers(0, 2**40 - 1))
def test_a_fleet_reloads_unchanged_after_any_import(seed: int) -> None:
    """Actions, clock moves and imports in any order, under any policy. After each the fleet reloads unchanged and
    nothing due is left over; at the end the journal rebuilds it.
    """
    random = Random(seed)
    case, policy = make(100_000 + random.randrange(900_000)), random_policy(random)
    calendar = policy.calendar
    for entry in _entries(case.fleet, "instances"):
        if random.random() < 0.1:
            entry["released"] = case.fleet["clock"]
    try:
        world = read_document(plain(case.fleet), policy)
    except BadInput:
        # With another offset, a date may lie after the clock, or an anchor day may not fit its expiry.
        return
    script, until = scripted(case, world, policy), calendar.parse_when(case.until, world.clock)
    kept, _ = begin(MEMORY, plain(case.fleet), world.clock, policy, "law")

    def look() -> None:
        before = snapshot(kept.world)
        kept.reload()
        assert snapshot(kept.world) == before

    look()
    for at, action in [pair for pair in script if pair[0] <= until] + [(until, None)]:
        for to in (random.randint(kept.clock, max(at, kept.clock)), max(at, kept.clock)):
            kept.advance(to)
            look()
        if action is not None:
            kept.act(action)
            look()
        if random.random() < 0.3:
            clock = kept.clock + random.choice((0, 0, 1, 3600))
            with suppress(BadInput):
                kept.merge(random_import(random, kept, clock), clock)
            look()
    assert kept.check() == []
