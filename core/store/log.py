"""The log of events in the file: written in bulk, read in order."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from core.event_report import MONEY, UNLESS_NONE, WRITTEN, read_fact
from core.events import TYPES, Event, Fact, Offender
from core.instants import Calendar
from core.money import format_amount

Row = tuple[object, ...]

INSERT_EVENTS: Final = (
    "INSERT INTO events (seq, at, type, account, instance, rule, detail) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS: Final = "seq, at, type, account, instance, rule, detail"
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_AMOUNT: Final = 0
_INSTANT: Final = 1
_OTHER: Final = 2


class _Shape(NamedTuple):
    """How a type of fact is written as JSON: a template, and what kind of value each of its fields is."""

    template: str
    kinds: tuple[int, ...]


class Log:
    """Writes and reads events in one calendar; `currencies` by account id say how amounts are written."""

    def __init__(self, calendar: Calendar, currencies: dict[str, str]) -> None:
        self._calendar = calendar
        self._currencies = currencies
        self._when = lru_cache(maxsize=4096)(calendar.format)
        # Amounts, dates and words come up again and again.
        self._amount_text = lru_cache(maxsize=4096)(_amount_text)
        self._instant_text = lru_cache(maxsize=4096)(self._make_instant_text)
        self._other_text = lru_cache(maxsize=4096, typed=True)(_other_text)
        self._shapes: dict[tuple[type[Fact], bool], _Shape] = {}

    def append(self, connection: sqlite3.Connection, events: Iterable[Event]) -> None:
        """Write events behind the others, within a transaction."""
        connection.executemany(INSERT_EVENTS, self.rows(events))

    def rows(self, events: Iterable[Event]) -> Iterator[Row]:
        """The rows of some events."""
        shapes, when, currencies = self._shapes, self._when, self._currencies
        amount, instant, other = self._amount_text, self._instant_text, self._other_text
        for seq, at, account, instance, rule, fact, advice in events:
            kind = fact.__class__
            shape = shapes.get((kind, _lacks_last(fact))) or self._shape(fact)
            currency = currencies.get(account or "", "CNY")
            detail = shape.template % tuple(
                [
                    amount(value, currency) if kind == _AMOUNT else instant(value) if kind == _INSTANT else other(value)
                    for kind, value in zip(shape.kinds, fact, strict=False)
                ]
            )
            if advice:
                detail = f'{detail[:-1]}{"," if fact else ""}"advice":{_encode(advice)}}}'
            yield seq, when(at), TYPES[kind], account, instance, rule, detail

    def _shape(self, fact: Fact) -> _Shape:
        fields = [key for key in fact._fields if key not in UNLESS_NONE or not _lacks_last(fact)]
        template = "{" + ",".join(f'"{WRITTEN.get(key, key)}":%s' for key in fields) + "}"
        kinds = tuple(_AMOUNT if key in MONEY else _INSTANT if key == "expires" else _OTHER for key in fields)
        shape = self._shapes[fact.__class__, _lacks_last(fact)] = _Shape(template, kinds)
        return shape

    def _make_instant_text(self, instant: object) -> str:
        assert isinstance(instant, int)
        return f'"{self._calendar.format(instant)}"'

    def read(
        self,
        connection: sqlite3.Connection,
        *,
        instance: str | None = None,
        account: str | None = None,
        kind: str | None = None,
        after: int = 0,
        last: int | None = None,
    ) -> Iterator[Event]:
        """The log in order, filtered; with `last` only that many of the newest."""
        conditions, values = ["seq > ?"], [after]
        named: list[object] = list(values)
        for column, value in (("instance", instance), ("account", account), ("type", kind)):
            if value is not None:
                conditions.append(f"{column} = ?")
                named.append(value)
        query = f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(conditions)}"
        if last is not None:
            query = f"SELECT * FROM ({query} ORDER BY seq DESC LIMIT ?)"
            named.append(last)
        for seq, at, name, owner, about, rule, text in connection.execute(f"{query} ORDER BY seq", named):
            detail = json.loads(text)
            fact = read_fact(name, detail, self._currencies.get(owner, "CNY"), self._calendar)
            yield Event(seq, self._calendar.parse(at), owner, about, rule, fact, tuple(detail.get("advice", ())))


def _lacks_last(fact: Fact) -> bool:
    """Whether the last field, the only one a fact may leave out, is None."""
    return fact[-1:] == (None,)


def _amount_text(minor: object, currency: str) -> str:
    if minor is None:
        return "null"
    assert isinstance(minor, int)
    return f'"{format_amount(minor, currency)}"'


def _other_text(value: object) -> str:
    if isinstance(value, tuple):
        return _encode([item._asdict() for item in value if isinstance(item, Offender)])
    return _encode(value)
