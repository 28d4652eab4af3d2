"""Writes events as the contract's JSON forms, and reads them back."""

from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Final, get_args

from core.base.instants import Calendar
from core.base.kept_values import kept_amount, kept_instant, kept_whole
from core.base.money import format_amount
from core.words.sentences import CHANNELS, NOTICES, REASONS
from core.words.state_json import Json
from core.world.actions import ACTIONS
from core.world.events import TYPES, Event, Fact, Offender
from core.world.model import MODES, SCHEDULES, STATES

_MONEY: Final = frozenset(("amount", "from_coupons", "from_balance"))
_JSON_KEYS: Final = {"source": "from", "target": "to"}
"""The JSON keys of the fields that have another name in Python."""
_OMITTED_IF_NONE: Final = frozenset(("note", "offenders"))
_FACTS: Final[dict[str, type[Fact]]] = {name: fact for fact, name in TYPES.items()}


def detail_form(fact: Fact, currency: str, calendar: Calendar) -> Json:
    """The JSON keys and values that the type of an event adds to those that all events have."""
    form: Json = {}
    for key, value in fact._asdict().items():
        if value is None and key in _OMITTED_IF_NONE:
            continue
        if value is None:
            form[_JSON_KEYS.get(key, key)] = None
        elif key in _MONEY:
            form[key] = format_amount(value, currency)
        elif key == "expires":
            form[key] = calendar.format(value)
        elif key == "offenders":
            form[key] = [offender._asdict() for offender in value]
        else:
            form[_JSON_KEYS.get(key, key)] = value
    return form


def event_form(event: Event, currency: str, calendar: Calendar) -> Json:
    """An event as `simulate --json` and `log --json` print it. `currency` is that of its account."""
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
    """Read the fact that `detail_form` wrote for an event of type `kind`.

    Raises LookupError, ValueError, TypeError or BadInput for anything that `detail_form` never writes.
    """
    fact = _FACTS[kind]
    values: list[object] = []
    for key in fact._fields:
        value = detail.get(key) if key in _OMITTED_IF_NONE else detail[_JSON_KEYS.get(key, key)]
        if value is None and (fact, key) in _OPTIONAL:
            values.append(None)
        elif key in _MONEY:
            values.append(kept_amount(value, currency))
        elif key == "expires":
            values.append(kept_instant(value, calendar))
        else:
            values.append(_READERS[key](value))
    return fact._make(values)


def read_advice(value: object) -> tuple[str, ...]:
    """Read the sentences of advice that belong to an event. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError("no advice")
    return tuple(map(_text, value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _one_of(words: Iterable[str]) -> Callable[[object], str]:
    known: dict[object, str] = {word: word for word in words}
    return known.__getitem__


def _offenders(value: object) -> tuple[Offender, ...]:
    if not isinstance(value, list):
        raise ValueError("no offenders")
    return tuple(Offender(_text(row["instance"]), _text(row["code"])) for row in value)


_READERS: Final[dict[str, Callable[[object], object]]] = {
    "source": _one_of(STATES),
    "target": _one_of(STATES),
    "reason": _one_of(REASONS),
    "mode": _one_of(MODES),
    "schedule": _one_of(SCHEDULES),
    "by": _one_of(("auto", "manual")),
    "channel": _one_of(CHANNELS),
    "notice": _one_of(NOTICES),
    "do": _one_of(ACTIONS),
    "months": lambda value: kept_whole(value, 1),
    "online": _flag,
    "offenders": _offenders,
    **dict.fromkeys(("bill", "coupon", "note", "code", "message"), _text),
}
"""The readers of values that are neither amounts nor instants, by field."""
_OPTIONAL: Final = {
    (fact, key) for fact in TYPES for key, meant in fact.__annotations__.items() if NoneType in get_args(meant)
}
"""The fields that may be None."""
