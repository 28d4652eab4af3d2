"""What happens next to an instance, derived from its current state (T4), and actions tried on copies."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.ahead.forecast import AccountForecast, missing_until
from core.ahead.fork import fork
from core.base.instants import DAY
from core.base.money import group_amount
from core.rules.policy import Policy
from core.simulation.agenda import EXPIRIES, PAYMENTS, RELEASES, Timetable
from core.simulation.loading import idle_since, release_at
from core.simulation.renewals import payment_price
from core.world.actions import Action
from core.world.events import Event
from core.world.model import (
    AUTO,
    ENTERPRISE,
    EXPIRED,
    FROZEN,
    LEGACY_PUBLIC,
    OVERDUE,
    PUBLIC,
    RELEASED,
    RESTORING,
    RUNNING,
    STOPPED,
    Account,
    Instance,
)
from core.world.severity import DATA_LOST, PLAIN, SERVICE_LOST, TROUBLE


class Coming(NamedTuple):
    """Something that happens to an instance if nobody acts: its instant (None if it has no date), a description, the id
    of the rule, and how bad it is (`core.world.severity`).
    """

    at: int | None
    what: str
    rule: str
    bad: int = PLAIN


def coming(instance: Instance, account: Account, clock: int, policy: Policy, timetable: Timetable) -> list[Coming]:
    """What happens to an instance if nothing else changes it, the earliest first."""
    if instance.state == RELEASED:
        return [Coming(None, "nothing: released is final", "I2")]
    ahead: list[Coming] = []
    if instance.state == RESTORING and instance.restored_at is not None:
        rule = "R3" if instance.kind == ENTERPRISE else "L2"
        ahead.append(Coming(instance.restored_at, "service restored", rule))
    if instance.kind == ENTERPRISE:
        ahead += _dated(instance, account, clock, policy, timetable)
    elif instance.kind == PUBLIC:
        ahead += _public(instance, policy)
    elif instance.kind == LEGACY_PUBLIC:
        ahead += _legacy(instance, account, policy)
    return sorted(ahead, key=lambda item: (item.at is None, item.at or 0))


def _dated(instance: Instance, account: Account, clock: int, policy: Policy, timetable: Timetable) -> list[Coming]:
    ahead: list[Coming] = []
    price = group_amount(payment_price(instance), account.currency)
    at, step = clock, 9
    while (due := timetable.next(instance, at, step)) is not None:
        at, step = due
        if step == PAYMENTS and instance.renewal.mode == AUTO:
            ahead.append(
                Coming(at, f"payment of {price} tried", "A3" if instance.renewal.schedule == "checkout" else "A2")
            )
        elif step == EXPIRIES:
            ahead.append(Coming(at, "expires unless renewed: service stops", "E1", SERVICE_LOST))
        elif step == RELEASES:
            ahead.append(Coming(at, "released unless renewed: data deleted", "E2", DATA_LOST))
    return ahead


def _public(instance: Instance, policy: Policy) -> list[Coming]:
    if instance.state == FROZEN:
        return [Coming(None, "stays frozen until its trial is continued or it is upgraded", "P3")]
    idle = idle_since(instance)
    if idle is None:
        return [
            Coming(None, f"stays running; frozen {policy.idle_limit // DAY} d after its last device goes offline", "P2")
        ]
    return [Coming(idle + policy.idle_limit, "frozen unless a device comes online", "P2", TROUBLE)]


def _legacy(instance: Instance, account: Account, policy: Policy) -> list[Coming]:
    if instance.state == OVERDUE and account.overdue_since is not None:
        stops = account.overdue_since + policy.overdue_grace
        return [Coming(stops, "stopped unless the bills are settled", "L1", SERVICE_LOST)]
    if instance.state == STOPPED:
        return [Coming(None, "stays stopped until the account's bills are settled", "L2")]
    if instance.state == RUNNING:
        return [
            Coming(
                None, f"stays running; stopped {policy.overdue_grace // 3600} h after the account falls overdue", "L1"
            )
        ]
    return []


def next_loss(instance: Instance, account: Account, policy: Policy) -> int | None:
    """The instant at which an instance next loses its service or, if that is lost already, its data, if nobody acts and
    no payment succeeds; None if it has no date.
    """
    if instance.kind == ENTERPRISE:
        if instance.state == RELEASED:
            return None
        return release_at(instance, policy) if instance.state == EXPIRED else instance.expires
    if instance.kind == PUBLIC:
        idle = idle_since(instance) if instance.state == RUNNING else None
        return None if idle is None else idle + policy.idle_limit
    if instance.state == OVERDUE and account.overdue_since is not None:
        return account.overdue_since + policy.overdue_grace
    return None


def rehearse(
    action: Action, account: Account, instances: Iterable[Instance], clock: int, policy: Policy
) -> list[Event]:
    """The events, or the refusal, that an action would give now. It is tried on copies of the given account and
    instances.

    Raises BadInput for an amount that the account's currency can't express.
    """
    return fork((account,), instances, clock, policy).act(action)


def horizon(clock: int, days: int) -> int:
    """The instant `days` times 24 hours after `clock`."""
    return clock + days * DAY


class Need(NamedTuple):
    """The smallest top-up, in minor units, with which every payment of the next `days` days succeeds."""

    days: int
    amount: int


def needs(paid: AccountForecast, horizons: Sequence[int]) -> Iterator[Need | None]:
    """Yield the `Need` for each of `horizons`, which are numbers of days in ascending order. `paid` is a forecast made
    with `paid`. While the forecast runs, None is yielded after each instant, so that the caller can stop.
    """
    for days in horizons:
        until = horizon(paid.begins, days)
        yield from paid.run(until)
        yield Need(days, missing_until(paid, until))
