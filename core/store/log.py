"""The log of events in the file: written in bulk, read in order."""

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
from core.world.events import TYPES, AutoRenewalFailed, BillIssued, BillSettled, Event, Fact, Renewed

Row = tuple[object, ...]

INSERT_EVENTS: Final = (
    "INSERT INTO events (seq, at, type, account, instance, rule, detail) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS: Final = "seq, at, type, account, instance, rule, detail"
_WITH_AMOUNTS: Final = frozenset((Renewed, BillSettled, BillIssued, AutoRenewalFailed))
_KEPT_TEXTS: Final = 50_000
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Texts(dict[int, str]):
    """Numbers as text, each made once; emptied when it has grown large."""

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
    """Amounts in the file have the currency's decimals: without the point they are minor units."""
    digits = _text(written).replace(".", "")
    if not digits.removeprefix("-").isdecimal():
        raise ValueError("no amount")
    return int(digits)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


class Log:
    """Writes and reads events in one calendar; `currencies` by account id say how amounts are written."""

    def __init__(self, calendar: Calendar, currencies: dict[str, str]) -> None:
        self._calendar = calendar
        self._currencies = currencies
        # Amounts, instants and words come up again and again.
        self._amounts = {currency: _Texts(partial(_amount, currency)) for currency in {"CNY", *currencies.values()}}
        self._instants = _Texts(calendar.format)
        self._parse = lru_cache(maxsize=4096)(partial(kept_instant, calendar=calendar))
        self._words = lru_cache(maxsize=4096)(_encode)
        self._details: dict[tuple[type[Fact], Fact], str] = {}
        self._days = DayCounts(calendar)

    def append(self, connection: sqlite3.Connection, events: Sequence[Event]) -> None:
        """Write the events of one instant behind the others, within a transaction that `count_days` ends."""
        connection.executemany(INSERT_EVENTS, self.rows(events))
        self._days.add(events)

    def count_days(self, connection: sqlite3.Connection) -> None:
        """Add what was appended to the counts of the days."""
        self._days.write(connection)

    def rows(self, events: Iterable[Event]) -> Iterator[Row]:
        """The rows of some events."""
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
        """A fact as JSON, written out for those that most of a log consists of."""
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
        # A fact without an amount or a message comes up again and again.
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
        """The log in order, filtered: of an instance, an account, of some types, with numbers above `after` and below
        `before`; with `last` only that many of the newest.
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
        """The events with these numbers, in order."""
        query = f"SELECT {_COLUMNS} FROM events WHERE seq IN ({', '.join('?' * len(numbers))}) ORDER BY seq"
        yield from self._events(connection.execute(query, numbers))

    def _events(self, rows: Iterable[Row]) -> Iterator[Event]:
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
        """The numbers of an account's events of some types between two numbers and without them: at most so many, the
        newest or the oldest of them first.
        """
        query = (
            f"SELECT seq FROM events WHERE account = ? AND type IN ({', '.join('?' * len(kinds))}) "
            f"AND seq > ? AND seq < ? ORDER BY seq {'DESC' if newest else 'ASC'} LIMIT ?"
        )
        return [kept_whole(seq) for (seq,) in connection.execute(query, (account, *kinds, after, before, most))]

    def count(
        self, connection: sqlite3.Connection, *, account: str, kinds: Sequence[str], after: int, before: int
    ) -> int:
        """How many events of some types an account has with numbers between two and without them."""
        types = ", ".join("?" * len(kinds))
        query = f"SELECT count(*) FROM events WHERE account = ? AND type IN ({types}) AND seq > ? AND seq < ?"
        return int(connection.execute(query, (account, *kinds, after, before)).fetchone()[0])

    def balance(self, connection: sqlite3.Connection, account: str) -> tuple[int, int]:
        """An account's balance as it is kept, in minor units, and after how many events that was."""
        query = "SELECT balance, events FROM accounts, fleet WHERE accounts.id = ?"
        balance, events = connection.execute(query, (account,)).fetchone()
        return _minor(balance), kept_whole(events)

    def balance_moves(
        self, connection: sqlite3.Connection, *, account: str, first: int, last: int
    ) -> Iterator[tuple[int, int]]:
        """The events from `first` to `last` that moved an account's balance: their numbers, and by how much."""
        query = (
            "SELECT seq, CASE type WHEN 'topped_up' THEN json_extract(detail, '$.amount') "
            "ELSE '-' || json_extract(detail, '$.from_balance') END "
            "FROM events WHERE seq BETWEEN ? AND ? AND account = ? "
            "AND type IN ('topped_up', 'bill_settled', 'purchased', 'upgraded', 'renewed') ORDER BY seq"
        )
        for seq, moved in connection.execute(query, (first, last, account)):
            yield seq, _minor(moved)
