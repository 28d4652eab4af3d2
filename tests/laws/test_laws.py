"""What must hold for every history, whatever the fleet, the actions and the policy's numbers."""

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
        # Everything at once: what falls due makes more fall due at the same instant.
        """
        rules.C4.restore_delay = "0m"
        rules.B1.bill_delay = "8h"
        rules.E2.retention = "0d"
        rules.L1.overdue_grace = "0h"
        rules.N2.reminder_time = "08:00"
        """,
        # Slowly: bills wait for days, restorations outlast a grace, expired ones are kept for months.
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
    """The same examples every time, so that a red run stays red until it is mended."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Run:
    """A case run through a simulation."""

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
        """All of it in as few steps as it has actions."""
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
    """Events without their numbers, and without what is made of these or lists what else there is."""
    forms = [event_form(event, "CNY", policy.calendar) for event in log]
    return [{key: value for key, value in form.items() if key not in ("seq", "bill", "message")} for form in forms]


# T2


@law(120)
@given(cases, policies, st.lists(st.fractions(0, 1), max_size=12))
def test_any_step_gives_the_same_history(case: Case, policy: Policy, cuts: list[Fraction]) -> None:
    """T2: stopped at any instants in between, on the way to an action as well."""
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
def test_from_event_to_event_gives_the_same_history(case: Case, policy: Policy) -> None:
    """T2, T4: always to just where something is due next, a new simulation of the world each time."""
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
def test_money_in_is_money_out_and_what_is_left(case: Case, policy: Policy) -> None:
    """M2: balance, coupons and debts follow from those at the start and the log alone, to the cent."""
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
def test_an_account_is_overdue_exactly_while_it_owes(case: Case, policy: Policy) -> None:
    """C1: at every step; and its legacy instances are overdue or stopped only then."""
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
def test_what_is_released_never_changes(case: Case, policy: Policy) -> None:
    """I2: no event but refusals names it any more, and to the end it is what it was."""
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


# Each for itself


def _owners(action: Action, run: Run, bought: dict[str, str]) -> set[str]:
    """The accounts that an action concerns; "" stands for what no account has."""
    if (account := getattr(action, "account", None)) is not None:
        found = {account if account in run.world.accounts else ""}
        return found | ({bought[action.id]} if isinstance(action, Purchase) and action.id in bought else set())
    names: tuple[str, ...] = getattr(action, "instances", None) or (getattr(action, "instance", ""),)
    return {bought.get(name, "") for name in names}


@law(100)
@given(cases, policies)
def test_an_account_alone_behaves_as_among_others(case: Case, policy: Policy) -> None:
    """T3: the events of one account are the same in a fleet of its own; only what needs two of them is left out."""
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
    """T3: what is due at one instant goes by ids, not by where they stand in the fleet."""
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
    """The world is the same but for the number of events, and so is all that comes after."""
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
def test_the_log_tells_the_states(case: Case, policy: Policy) -> None:
    """Every change of state is in it, once, in order; numbers without a gap, instants that never go back."""
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
    """M1: neither in the world nor in the log nor in the policy; and no decimal that could be rounded by accident."""
    run = Run(case, policy).whole()
    found: Counter[type] = Counter()
    _types(snapshot((run.world, run.log, policy)), found)
    assert found[int] > len(run.world.instances) * 3
    assert not {float, Decimal, complex} & set(found)


# The file


@law(25)
@given(cases, st.sampled_from(POLICIES), st.integers(0, 2**40 - 1))
def test_reopening_changes_nothing(case: Case, policy: Policy, closings: int) -> None:
    """The file closed and opened between any two steps: the same log and world; and its journal rebuilds both."""
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
def test_whatever_is_imported_in_between_opens_again(seed: int) -> None:
    """Actions, moves of the clock and imports in any order, under any policy: after each the fleet is read again as it
    was, nothing due is left over, and in the end its journal rebuilds it.
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
        # Another offset may put a day after the clock, or an anchor day beside its expiry.
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
