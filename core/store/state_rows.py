"""Writes the world's accounts and instances, as they are now, to rows of the file, and reads them back."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from sys import intern
from typing import Final

from core.base.instants import DAY, Calendar, format_day
from core.base.kept_values import kept_amount, kept_day, kept_flag, kept_id, kept_instant, kept_text, kept_whole
from core.base.money import DECIMALS, format_amount
from core.world.model import (
    AUTO,
    KINDS,
    MANUAL,
    NONE,
    RESTORING,
    SCHEDULES,
    STATE_RULES,
    STATES_OF,
    Account,
    Bill,
    Coupon,
    Instance,
    Renewal,
    Usage,
    UsageLine,
    World,
)

StateRow = tuple[object, ...]
"""A row of the accounts or the instances table."""
Words = Mapping[object, str]

_BLOCK: Final = 5_000

_INSTANCE_COLUMNS: Final = (
    "id", "account", "currency", "kind", "name", "region", "state", "since", "rule", "restored_at", "trial",
    "expires", "anchor_day", "monthly_price", "renewal_mode", "renewal_schedule", "renewal_months",
    "renewal_enabled_on", "daily_charge", "devices_online", "last_online", "trial_continued",
)  # fmt: skip
_ACCOUNT_COLUMNS: Final = (
    "id", "currency", "balance", "low_balance_alert", "daily_spend", "overdue_since", "cycle_opened",
)  # fmt: skip


def _upsert(table: str, columns: tuple[str, ...]) -> str:
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "id")
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}"


_UPSERT_INSTANCE: Final = _upsert("instances", _INSTANCE_COLUMNS)
_UPSERT_ACCOUNT: Final = _upsert("accounts", _ACCOUNT_COLUMNS)
PROGRESS_COLUMNS: Final = ("state", "since", "rule", "restored_at", "trial", "expires", "anchor_day")
"""The columns of an instance that time alone can change, in the order of `_progress_row`."""
_UPDATE_PROGRESS: Final = f"UPDATE instances SET {', '.join(f'{name} = ?' for name in PROGRESS_COLUMNS)} WHERE id = ?"


_CURRENCIES: Final[Words] = {code: code for code in DECIMALS}
_KINDS: Final[Words] = {kind: kind for kind in KINDS}
_STATES: Final[Words] = {(kind, state): state for kind, states in STATES_OF.items() for state in states}
_RULES: Final[Mapping[object, str | None]] = {None: None} | {rule: rule for rule in STATE_RULES}
"""The valid words, each once in memory. Looking up any other word raises KeyError."""


class _ReadOnce(dict[object, int]):
    """A cache of values read as numbers, because the same expiries and prices appear in many rows."""

    def __init__(self, read: Callable[[object], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, value: object) -> int:
        number = self[value] = self._read(value)
        return number


class StateRows:
    """Writes and reads the current state, with instants in one calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._when = lru_cache(maxsize=4096)(calendar.format)
        self._instants = _ReadOnce(partial(kept_instant, calendar=calendar))
        self._amounts = {currency: _ReadOnce(partial(kept_amount, currency=currency)) for currency in DECIMALS}

    def save(
        self, connection: sqlite3.Connection, world: World, accounts: Iterable[str], instances: Iterable[str]
    ) -> None:
        """Write the accounts and instances with these ids as they are now. New ones are appended in the given order."""
        for name in accounts:
            self._save_account(connection, world.accounts[name])
        connection.executemany(
            _UPSERT_INSTANCE,
            (
                self._instance_row(item, world.accounts[item.account].currency)
                for item in map(world.instances.get, instances)
                if item
            ),
        )

    def save_progress(
        self, connection: sqlite3.Connection, world: World, accounts: Iterable[str], instances: Iterable[str]
    ) -> None:
        """Write these accounts, and only those columns of these instances that time alone can change."""
        for name in accounts:
            self._save_account(connection, world.accounts[name])
        # In index order, so that rows of the same page are written together.
        rows = [self._progress_row(world.instances[name]) for name in sorted(instances)]
        connection.executemany(_UPDATE_PROGRESS, rows)

    def _progress_row(self, item: Instance) -> StateRow:
        when = self._when_or_none
        return (
            item.state, when(item.since), item.rule, when(item.restored_at), item.trial, when(item.expires),
            item.anchor_day, item.id,
        )  # fmt: skip

    def _save_account(self, connection: sqlite3.Connection, account: Account) -> None:
        currency, when = account.currency, self._when_or_none
        alert = account.low_balance_alert
        row = (
            account.id, currency, format_amount(account.balance, currency),
            None if alert is None else format_amount(alert, currency), format_amount(account.daily_spend, currency),
            when(account.overdue_since), self._when(account.usage.opened),
        )  # fmt: skip
        connection.execute(_UPSERT_ACCOUNT, row)
        for table in ("coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles"):
            connection.execute(f"DELETE FROM {table} WHERE account = ?", (account.id,))
        connection.executemany(
            "INSERT INTO coupons VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    account.id, item.id, currency, format_amount(item.amount, currency),
                    format_amount(item.remaining, currency), when(item.starts), when(item.expires),
                )
                for item in account.coupons
            ],
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO unpaid_bills VALUES (?, ?, ?, ?, ?, ?)",
            [
                (account.id, bill.id, position, currency, format_amount(bill.amount, currency), self._when(bill.issued))
                for position, bill in enumerate(account.unpaid)
            ],
        )
        connection.executemany(
            "INSERT INTO open_cycle_lines VALUES (?, ?, ?, ?, ?, ?)",
            [
                (account.id, name, currency, format_amount(line.daily_charge, currency), line.served, when(line.since))
                for name, line in account.usage.lines.items()
            ],
        )
        connection.executemany(
            "INSERT INTO unbilled_cycles VALUES (?, ?, ?, ?)",
            [
                (account.id, self._when(end), currency, format_amount(amount, currency))
                for end, amount in account.usage.closed
            ],
        )

    def _instance_row(self, item: Instance, currency: str) -> StateRow:
        when = self._when_or_none
        mode, schedule, months, enabled_on = item.renewal
        return (
            item.id, item.account, currency, item.kind, item.name, item.region, item.state, when(item.since), item.rule,
            when(item.restored_at), item.trial, when(item.expires), item.anchor_day,
            format_amount(item.monthly_price, currency), mode, schedule, months,
            None if enabled_on is None else format_day(enabled_on), format_amount(item.daily_charge, currency),
            item.devices_online, when(item.last_online), when(item.trial_continued),
        )  # fmt: skip

    def _when_or_none(self, instant: int | None) -> str | None:
        return None if instant is None else self._when(instant)

    def load(
        self, connection: sqlite3.Connection, clock: int, events: int, progress: Callable[[int], None] | None = None
    ) -> World:
        """Read the world at the instant `clock`, whose log holds `events` events.

        `progress` is called from time to time with the number of instances read so far. Raises ValueError, LookupError
        or BadInput for content that Lapse never writes.
        """
        world = World(clock, {}, {}, events)
        for name, currency, balance, alert, spend, overdue_since, opened in connection.execute(
            f"SELECT {', '.join(_ACCOUNT_COLUMNS)} FROM accounts ORDER BY position"
        ):
            identity, amounts = intern(kept_id(name)), self._amounts[currency]
            world.accounts[identity] = Account(
                identity, _CURRENCIES[currency], Usage(self._instants[opened]), amounts[balance],
                None if alert is None else amounts[alert], amounts[spend], overdue_since=self._maybe(overdue_since),
            )  # fmt: skip
        self._load_money(connection, world)
        renewals: dict[StateRow, Renewal] = {}
        rows = connection.execute(f"SELECT {', '.join(_INSTANCE_COLUMNS)} FROM instances ORDER BY position")
        while block := rows.fetchmany(_BLOCK):
            for row in block:
                instance = self._instance(row, world.accounts, renewals)
                world.instances[instance.id] = instance
            if progress is not None:
                progress(len(world.instances))
        return world

    def _load_money(self, connection: sqlite3.Connection, world: World) -> None:
        for owner, name, currency, amount, remaining, starts, expires in connection.execute(
            "SELECT account, id, currency, amount, remaining, starts, expires FROM coupons ORDER BY rowid"
        ):
            account, amounts = self._owner(world, owner, currency)
            account.coupons.append(
                Coupon(
                    kept_id(name), amounts[amount], amounts[remaining], self._maybe(starts), self._maybe(expires)
                )
            )  # fmt: skip
        for owner, name, position, currency, amount, issued in connection.execute(
            "SELECT account, id, position, currency, amount, issued FROM unpaid_bills ORDER BY account, position"
        ):
            account, amounts = self._owner(world, owner, currency)
            if kept_whole(position) != len(account.unpaid):
                raise ValueError("unpaid bills are not numbered in order")
            account.unpaid.append(Bill(kept_id(name), self._instants[issued], amounts[amount]))
        for owner, name, currency, charge, served, since in connection.execute(
            "SELECT account, instance, currency, daily_charge, served_seconds, serving_since FROM open_cycle_lines"
        ):
            account, amounts = self._owner(world, owner, currency)
            line = UsageLine(amounts[charge], kept_whole(served, 0, DAY), self._maybe(since))
            account.usage.lines[kept_id(name)] = line
        for owner, end, currency, amount in connection.execute(
            "SELECT account, cycle_end, currency, amount FROM unbilled_cycles ORDER BY account, cycle_end"
        ):
            account, amounts = self._owner(world, owner, currency)
            account.usage.closed.append((self._instants[end], amounts[amount]))

    def _owner(self, world: World, name: object, currency: object) -> tuple[Account, "_ReadOnce"]:
        """The account that a row belongs to, and the amounts in its currency. The row's currency must be the same."""
        account = world.accounts[kept_id(name)]
        if account.currency != currency:
            raise ValueError("a row has a different currency from its account")
        return account, self._amounts[account.currency]

    def _instance(self, row: StateRow, accounts: dict[str, Account], renewals: dict[StateRow, Renewal]) -> Instance:
        (
            name, owner, currency, kind, title, region, state, since, rule, restored_at, trial, expires, anchor_day,
            price, mode, schedule, months, enabled_on, charge, online, last_online, continued,
        ) = row  # fmt: skip
        key = (mode, schedule, months, enabled_on)
        renewal = renewals.get(key)
        if renewal is None:
            renewal = renewals[key] = _renewal(*key)
        identity, account = kept_id(name), accounts[kept_id(owner)]
        if account.currency != currency:
            raise ValueError("a row has a different currency from its account")
        amounts = self._amounts[account.currency]
        # A file may hold an end of a restoration that an expiry or an upgrade has made meaningless.
        restored = self._maybe(restored_at)
        return Instance(
            identity, account.id, _KINDS[kind], identity if title == name else kept_text(title),
            intern(kept_text(region)), _STATES[kind, state], self._maybe(since), _RULES[rule],
            restored if state == RESTORING else None, kept_flag(trial), self._maybe(expires),
            None if anchor_day is None else kept_whole(anchor_day, 1, 31), amounts[price], renewal,
            amounts[charge], kept_flag(online), self._maybe(last_online), self._maybe(continued),
        )  # fmt: skip

    def _maybe(self, value: object) -> int | None:
        return None if value is None else self._instants[value]


def _renewal(mode: object, schedule: object, months: object, enabled_on: object) -> Renewal:
    if mode == AUTO and schedule in SCHEDULES:
        day = None if enabled_on is None else kept_day(enabled_on)
        return Renewal(AUTO, intern(str(schedule)), kept_whole(months, 1, 120), day)
    if mode in (MANUAL, NONE) and schedule is months is enabled_on is None:
        return Renewal(str(mode))
    raise ValueError("invalid renewal settings")
