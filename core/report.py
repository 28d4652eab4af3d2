"""The contract's JSON forms of accounts, instances and events, and events read back from them."""

from collections.abc import Mapping
from typing import Final, cast

from core.events import TYPES, Event, Fact, Offender
from core.instants import Calendar
from core.ledger import available_credit, unpaid_sum
from core.loading import release_at
from core.model import Account, Instance, World
from core.money import format_amount, parse_amount
from core.policy import Policy

Json = dict[str, object]

_MONEY: Final = frozenset(("amount", "from_coupons", "from_balance"))
_WRITTEN: Final = {"source": "from", "target": "to"}
_UNLESS_NONE: Final = frozenset(("note", "offenders"))
_FACTS: Final[dict[str, type[Fact]]] = {name: fact for fact, name in TYPES.items()}


def account_form(account: Account, clock: int, calendar: Calendar) -> Json:
    """An account as `status --json` shows it at `clock`."""
    currency = account.currency
    return {
        "id": account.id,
        "currency": currency,
        "balance": format_amount(account.balance, currency),
        "available_credit": format_amount(available_credit(account, clock), currency),
        "unpaid": format_amount(unpaid_sum(account), currency),
        "overdue_since": None if account.overdue_since is None else calendar.format(account.overdue_since),
    }


def instance_form(instance: Instance, policy: Policy, calendar: Calendar) -> Json:
    """An instance as `status --json` shows it."""
    released = release_at(instance, policy)
    return {
        "id": instance.id,
        "name": instance.name,
        "account": instance.account,
        "kind": instance.kind,
        "region": instance.region,
        "state": instance.state,
        "since": None if instance.since is None else calendar.format(instance.since),
        "rule": instance.rule,
        "serving": instance.serving,
        "expires": None if instance.expires is None else calendar.format(instance.expires),
        "release_at": None if released is None else calendar.format(released),
        "renewal": {
            "mode": instance.renewal.mode,
            "schedule": instance.renewal.schedule,
            "months": instance.renewal.months,
        },
    }


def world_form(world: World, policy: Policy) -> Json:
    """A world as `status --json` shows it: clock, accounts, instances."""
    calendar = policy.calendar
    return {
        "clock": calendar.format(world.clock),
        "accounts": [account_form(account, world.clock, calendar) for account in world.accounts.values()],
        "instances": [instance_form(instance, policy, calendar) for instance in world.instances.values()],
    }


def detail_form(fact: Fact, currency: str, calendar: Calendar) -> Json:
    """The keys of an event that its type adds."""
    form: Json = {}
    for key, value in fact._asdict().items():
        if value is None and key in _UNLESS_NONE:
            continue
        if value is None:
            form[_WRITTEN.get(key, key)] = None
        elif key in _MONEY:
            form[key] = format_amount(value, currency)
        elif key == "expires":
            form[key] = calendar.format(value)
        elif key == "offenders":
            form[key] = [offender._asdict() for offender in value]
        else:
            form[_WRITTEN.get(key, key)] = value
    return form


def event_form(event: Event, currency: str, calendar: Calendar) -> Json:
    """An event as `simulate --json` and `log --json` show it; `currency` is its account's."""
    form: Json = {"seq": event.seq, "at": calendar.format(event.at), "type": event.type}
    if event.account is not None:
        form["account"] = event.account
    if event.instance is not None:
        form["instance"] = event.instance
    form["rule"] = event.rule
    form |= detail_form(event.fact, currency, calendar)
    if event.advice:
        form["advice"] = list(event.advice)
    return form


def read_fact(kind: str, detail: Mapping[str, object], currency: str, calendar: Calendar) -> Fact:
    """The fact that `detail_form` wrote for an event of type `kind`."""
    fact = _FACTS[kind]
    values: list[object] = []
    for key in fact._fields:
        value = detail.get(_WRITTEN.get(key, key))
        if value is None:
            values.append(None)
        elif key in _MONEY:
            values.append(parse_amount(value, currency))
        elif key == "expires":
            values.append(calendar.parse(str(value)))
        elif key == "offenders":
            rows = cast(list[dict[str, str]], value)
            values.append(tuple(Offender(row["instance"], row["code"]) for row in rows))
        else:
            values.append(value)
    return fact._make(values)
