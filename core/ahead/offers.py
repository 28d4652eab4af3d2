"""What a purchase or an upgrade would give now: the simulation tries it on copies (T6, P4, L3)."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from core.ahead.fork import fork
from core.rules.policy import Policy
from core.simulation.credit import funds
from core.simulation.loading import cycle_end
from core.simulation.meter import used_in_cycle
from core.world.actions import Action, Purchase, Upgrade
from core.world.events import Event, Purchased, Refused, Upgraded
from core.world.model import ENTERPRISE, LEGACY_PUBLIC, Account, Instance, World

_ABOUT_MONEY = frozenset(("account_overdue", "insufficient_funds"))
_LOOKED_AT = 200
"""The most instances that are searched for a price and a region to suggest."""


class Period(NamedTuple):
    """A period that is for sale: its price in minor units, and the midnights at which it starts and ends (T6)."""

    price: int
    starts: int
    expires: int


class Offer(NamedTuple):
    """The outcome of a purchase or an upgrade. `period` is None if its months or its price are invalid."""

    refused: Refused | None
    period: Period | None
    available: int
    """What the account can spend: balance and usable coupons, in minor units (M2)."""
    advice: tuple[str, ...]

    @property
    def left(self) -> int:
        """What the account can spend afterwards, in minor units; negative if it can't pay."""
        return self.available if self.period is None else self.available - self.period.price


class LastBill(NamedTuple):
    """The usage of a legacy instance in the current cycle so far, in minor units, and the instant at which its bill is
    issued (L3, B1).
    """

    amount: int
    issued: int


def offer(action: Purchase | Upgrade, world: World, policy: Policy) -> Offer:
    """The outcome of an order if it were made now. Raises BadInput for a price that the currency can't express."""
    account, accounts, instances = _concerned(action, world)
    events = fork(accounts, instances, world.clock, policy).act(action)
    refused = next((event.fact for event in events if isinstance(event.fact, Refused)), None)
    if account is None:
        return Offer(refused, None, 0, ())
    if refused is not None and refused.code in _ABOUT_MONEY:
        # To get the price by the same rules, try the order for an account that can pay.
        order = Purchase(account.id, "-", action.months, action.monthly_price)
        events = fork((_solvent(account),), (), world.clock, policy).act(order)
    advice = tuple(sentence for event in events for sentence in event.advice)
    return Offer(refused, _period(events, world.clock, policy), funds(account, world.clock), advice)


def _concerned(action: Purchase | Upgrade, world: World) -> tuple[Account | None, Iterable[Account], list[Instance]]:
    """The account that pays, the accounts to copy, and the instance with the order's id, if any."""
    name = action.id if isinstance(action, Purchase) else action.instance
    there = world.instances.get(name)
    instances = [] if there is None else [there]
    payer = action.account if isinstance(action, Purchase) else there.account if there is not None else None
    account = world.accounts.get(payer) if payer is not None else None
    # A refusal names existing accounts: the first few are enough.
    known = {item.id: item for item in islice(world.accounts.values(), 6)}
    for item in (account, world.accounts[there.account] if there is not None else None):
        if item is not None:
            known[item.id] = item
    return account, known.values(), instances


def _solvent(account: Account) -> Account:
    solvent = account.copy()
    solvent.unpaid, solvent.overdue_since = [], None
    solvent.balance = 10**30
    return solvent


def _period(events: Sequence[Event], clock: int, policy: Policy) -> Period | None:
    for event in events:
        if isinstance(event.fact, Purchased | Upgraded):
            return Period(event.fact.amount, policy.calendar.next_midnight(clock), event.fact.expires)
    return None


def last_bill(instance: Instance, account: Account, clock: int, policy: Policy) -> LastBill | None:
    """The bill for the current cycle that an upgrade now would leave (L3); None if the instance is not billed daily."""
    if instance.kind != LEGACY_PUBLIC:
        return None
    amount = used_in_cycle(account, instance, clock, policy.calendar)
    return LastBill(amount, cycle_end(clock, policy.calendar) + policy.bill_delay)


class Possible(NamedTuple):
    """The actions that the rules allow now, and the others with their refusals."""

    actions: list[Action]
    refused: list[tuple[Action, Refused]]


def sorted_out(
    actions: Iterable[Action], accounts: Iterable[Account], instances: Iterable[Instance], clock: int, policy: Policy
) -> Possible:
    """Which of several actions the rules allow now, if they are done one after the other. They are tried on copies."""
    trial = fork(accounts, instances, clock, policy)
    possible = Possible([], [])
    for action in actions:
        refused = next((event.fact for event in trial.act(action) if isinstance(event.fact, Refused)), None)
        if refused is None:
            possible.actions.append(action)
        else:
            possible.refused.append((action, refused))
    return possible


# Suggestions for a form


def free_id(world: World) -> str:
    """An id that no instance has, for example "ent-25" in a fleet of 24."""
    number = len(world.instances) + 1
    while (name := f"ent-{number}") in world.instances:
        number += 1
    return name


def alike(world: World, account: Account, near: Instance | None) -> Instance | None:
    """An Enterprise instance of the account whose region and price can be suggested: `near` if it is one, otherwise the
    first one found among the first 200 instances of the fleet; None if there is none.
    """
    candidates = [] if near is None else [near]
    candidates += islice(world.instances.values(), _LOOKED_AT)
    return next((item for item in candidates if item.kind == ENTERPRISE and item.account == account.id), None)
