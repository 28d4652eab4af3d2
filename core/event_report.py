"""The contract's JSON forms of events, and events read back from them."""

from collections.abc import Mapping
from typing import Final, cast

from core.events import TYPES, Event, Fact, Offender
from core.instants import Calendar
from core.money import format_amount, read_amount
from core.report import Json

_MONEY: Final = frozenset(("amount", "from_coupons", "from_balance"))
_WRITTEN: Final = {"source": "from", "target": "to"}
_UNLESS_NONE: Final = frozenset(("note", "offenders"))
_FACTS: Final[dict[str, type[Fact]]] = {name: fact for fact, name in TYPES.items()}


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
        value = detail.get(key) if key in _UNLESS_NONE else detail[_WRITTEN.get(key, key)]
        if value is None:
            values.append(None)
        elif key in _MONEY:
            values.append(read_amount(str(value), currency))
        elif key == "expires":
            values.append(calendar.parse(str(value)))
        elif key == "offenders":
            rows = cast(list[dict[str, str]], value)
            values.append(tuple(Offender(row["instance"], row["code"]) for row in rows))
        else:
            values.append(value)
    return fact._make(values)
