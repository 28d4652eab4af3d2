"""The event log in the file: written in bulk, read in order."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from core.base.instants import Calendar
from core.base.kept_values import kept_instant, kept_whole
from core.base.money import format_amount
from core.store.days import DayCounts
from core.words.event_json import detail_form, read_advice, read_fact
from core.world.events import (
    MOVES_BALANCE,
    TYPES,
    AutoRenewalFailed,
    BillIssued,
    BillSettled,
    Event,
    Fact,
    Renewed,
    ToppedUp,
)

EventRow = tuple[object, ...]
"""A row of the events table: seq, at, type, account, instance, rule, detail."""

INSERT_EVENTS: Final = (
    "INSERT INTO events (seq, at, type, account, instance, rule, detail) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS: Final = "seq, at, type, account, instance, rule, detail"
_LESS: Final = "'-' || "
_BALANCE_MOVES: Final = (
    "SELECT seq, CASE type {} END FROM events WHERE seq BETWEEN ? AND ? AND account = ? AND type IN ({}) ORDER BY seq"
).format(
    " ".join(
        f"WHEN '{TYPES[kind]}' THEN {'' if kind is ToppedUp else _LESS}json_extract(detail, '$.{field}')"
        for kind, field in MOVES_BALANCE.items()
    ),
    ", ".join(f"'{TYPES[kind]}'" for kind in MOVES_BALANCE),
)
_WITH_AMOUNTS: Final = frozenset((Renewed, BillSettled, BillIssued, AutoRenewalFailed))
_KEPT_TEXTS: Final = 50_000
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Texts(dict[int, str]):
    """A cache of numbers as text, emptied when it has become large."""

    def __init__(self, make: Callable[[int], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, number: int) -> str:
        if len(self) >= _KEPT_TEXTS:
            self.clear()
        text = self[number] = self._make(number)
        return text


def _amount(currency: str, minor: int) -> str:
    return format_amount(minor, currency)


def _minor(written: object) -> int:
    """Minor units: an amount in the file has all of its currency's decimals, so only the point must be removed."""
    digits = _text(written).replace(".", "")
    if not digits.removeprefix("-").isdecimal():
        raise ValueError("not an amount")
    return int(digits)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


class Log:
    """Writes and reads events. `currencies` are by account id, and say how many decimals an amount has."""

    def __init__(self, calendar: Calendar, currencies: dict[str, str]) -> None:
        self._calendar = calendar
        self._currencies = currencies
        # Cached, because the same amounts, instants and words are written again and again.
        self._amounts = {currency: _Texts(partial(_amount, currency)) for currency in {"CNY", *currencies.values()}}
        self._instants = _Texts(calendar.format)
        self._parse = lru_cache(maxsize=4096)(partial(kept_instant, calendar=calendar))
        self._words = lru_cache(maxsize=4096)(_encode)
        self._details: dict[tuple[type[Fact], Fact], str] = {}
        self._days = DayCounts(calendar)

    def append(self, connection: sqlite3.Connection, events: Sequence[Event]) -> None:
        """Append the events of one instant. Must run within a transaction; before its end, call `count_days`."""
        connection.executemany(INSERT_EVENTS, self.rows(events))
        self._days.add(events)

    def count_days(self, connection: sqlite3.Connection) -> None:
        """Add the events appended since the last call to the day counts in the file."""
        self._days.write(connection)

    def rows(self, events: Iterable[Event]) -> Iterator[EventRow]:
        """The rows of the events table for these events."""
        details, instants, currencies = self._details, self._instants, self._currencies
        for seq, at, account, instance, rule, fact, advice in events:
            kind = fact.__class__
            detail = None if kind in _WITH_AMOUNTS else details.get((kind, fact))
            if detail is None:
                detail = self._detail(fact, currencies.get(account or "", "CNY"))
            if advice:
                detail = f'{detail[:-1]}{"," if fact else ""}"advice":{_encode(advice)}}}'
            yield seq, instants[at], TYPES[kind], account, instance, rule, detail

    def _detail(self, fact: Fact, currency: str) -> str:
        """A fact as JSON. The most frequent facts are formatted by hand, because that is faster."""
        amounts = self._amounts[currency]
        if isinstance(fact, Renewed):
            return (
                f'{{"amount":"{amounts[fact.amount]}","from_coupons":"{amounts[fact.from_coupons]}",'
                f'"from_balance":"{amounts[fact.from_balance]}","months":{fact.months},'
                f'"expires":"{self._instants[fact.expires]}","by":"{fact.by}"}}'
            )
        if isinstance(fact, BillSettled):
            return (
                f'{{"bill":{self._words(fact.bill)},"amount":"{amounts[fact.amount]}",'
                f'"from_coupons":"{amounts[fact.from_coupons]}",'
                f'"from_balance":"{amounts[fact.from_balance]}"}}'
            )
        if isinstance(fact, BillIssued) and fact.note is None:
            return f'{{"bill":{self._words(fact.bill)},"amount":"{amounts[fact.amount]}"}}'
        if isinstance(fact, AutoRenewalFailed):
            return f'{{"reason":"{fact.reason}","amount":"{amounts[fact.amount]}"}}'
        form = detail_form(fact, currency, self._calendar)
        text = _encode(form)
        # Facts without an amount or a message repeat often enough to be worth caching.
        if not form.keys() & {"amount", "message"}:
            self._details[fact.__class__, fact] = text
        return text

    def read(
        self,
        connection: sqlite3.Connection,
        *,
        instance: str | None = None,
        account: str | None = None,
        kinds: Sequence[str] | None = None,
        after: int = 0,
        before: int | None = None,
        last: int | None = None,
    ) -> Iterator[Event]:
        """The events in order that pass all filters: instance, account, event types, numbers above `after` and below
        `before`. With `last`, only that many of the newest.
        """
        conditions: list[str] = []
        values: list[object] = []
        for condition, value in (
            ("instance = ?", instance), ("account = ?", account), ("seq > ?", after or None), ("seq < ?", before),
        ):  # fmt: skip
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if kinds is not None:
            conditions.append(f"type IN ({', '.join('?' * len(kinds))})")
            values += kinds
        query = f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(conditions) or 'true'}"
        if last is not None:
            query = f"SELECT * FROM ({query} ORDER BY seq DESC LIMIT ?)"
            values.append(last)
        yield from self._events(connection.execute(f"{query} ORDER BY seq", values))

    def read_numbers(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[Event]:
        """The events with these numbers, in ascending order of number."""
        query = f"SELECT {_COLUMNS} FROM events WHERE seq IN ({', '.join('?' * len(numbers))}) ORDER BY seq"
        yield from self._events(connection.execute(query, numbers))

    def _events(self, rows: Iterable[EventRow]) -> Iterator[Event]:
        for seq, at, kind, owner, about, rule, text in rows:
            detail = json.loads(_text(text))
            account = _text_or_none(owner)
            fact = read_fact(_text(kind), detail, self._currencies.get(account or "", "CNY"), self._calendar)
            advice = read_advice(detail["advice"]) if "advice" in detail else ()
            yield Event(
                kept_whole(seq), self._parse(at), account, _text_or_none(about), _text_or_none(rule), fact, advice
            )

    def numbers(
        self,
        connection: sqlite3.Connection,
        *,
        account: str,
        kinds: Sequence[str],
        after: int,
        before: int,
        most: int,
        newest: bool,
    ) -> list[int]:
        """The numbers of an account's events of these types, above `after` and below `before`.

        At most `most` numbers: the newest, newest first, if `newest` is set; else the oldest, oldest first.
        """
        query = (
            f"SELECT seq FROM events WHERE account = ? AND type IN ({', '.join('?' * len(kinds))}) "
            f"AND seq > ? AND seq < ? ORDER BY seq {'DESC' if newest else 'ASC'} LIMIT ?"
        )
        return [kept_whole(seq) for (seq,) in connection.execute(query, (account, *kinds, after, before, most))]

    def count(
        self, connection: sqlite3.Connection, *, account: str, kinds: Sequence[str], after: int, before: int
    ) -> int:
        """How many events of these types an account has, with numbers above `after` and below `before`."""
        types = ", ".join("?" * len(kinds))
        query = f"SELECT count(*) FROM events WHERE account = ? AND type IN ({types}) AND seq > ? AND seq < ?"
        return int(connection.execute(query, (account, *kinds, after, before)).fetchone()[0])

    def balance(self, connection: sqlite3.Connection, account: str) -> tuple[int, int]:
        """An account's balance in the file, in minor units, and how many events the log held then."""
        query = "SELECT balance, events FROM accounts, fleet WHERE accounts.id = ?"
        balance, events = connection.execute(query, (account,)).fetchone()
        return _minor(balance), kept_whole(events)

    def balance_moves(
        self, connection: sqlite3.Connection, *, account: str, first: int, last: int
    ) -> Iterator[tuple[int, int]]:
        """The events from number `first` to `last` that changed an account's balance.

        Each is given as its number and the change in minor units.
        """
        for seq, moved in connection.execute(_BALANCE_MOVES, (first, last, account)):
            yield seq, _minor(moved)
