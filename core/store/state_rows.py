"""The world as rows of the file and back: its accounts and instances as they are at the clock."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from sys import intern
from typing import Final

from core.instants import Calendar, format_day, parse_day
from core.model import Account, Bill, Coupon, Instance, Renewal, Usage, UsageLine, World
from core.money import DECIMALS, format_amount, read_amount

Row = tuple[object, ...]

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
_UPDATE_PROGRESS: Final = (
    "UPDATE instances SET state = ?, since = ?, rule = ?, restored_at = ?, trial = ?, expires = ?, anchor_day = ? "
    "WHERE id = ?"
)


class _Read(dict[str, int]):
    """Texts as numbers, each read once."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> int:
        number = self[text] = self._read(text)
        return number


def _amount(currency: str, text: str) -> int:
    return read_amount(text, currency)


class StateRows:
    """Writes and reads the present state in one calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._when = lru_cache(maxsize=4096)(calendar.format)
        # What is read comes up again and again: days of expiry, prices.
        self._instants = _Read(calendar.parse)
        self._amounts = {currency: _Read(partial(_amount, currency)) for currency in DECIMALS}

    def save(
        self, connection: sqlite3.Connection, world: World, accounts: Iterable[str], instances: Iterable[str]
    ) -> None:
        """Write the accounts and instances with these ids as they are now; new ones come last, in the given order."""
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
        """Write these accounts, and what time alone can change of these instances."""
        for name in accounts:
            self._save_account(connection, world.accounts[name])
        # In the order of the index: many rows of one page are then written together.
        rows = [self._progress_row(world.instances[name]) for name in sorted(instances)]
        connection.executemany(_UPDATE_PROGRESS, rows)

    def _progress_row(self, item: Instance) -> Row:
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

    def _instance_row(self, item: Instance, currency: str) -> Row:
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
        self, connection: sqlite3.Connection, clock: int, events: int, told: Callable[[int], None] | None = None
    ) -> World:
        """The world at `clock` from the present state, its log holding `events` events. `told` hears now and then how
        many instances were read.
        """
        world = World(clock, {}, {}, events)
        for name, currency, balance, alert, spend, overdue_since, opened in connection.execute(
            f"SELECT {', '.join(_ACCOUNT_COLUMNS)} FROM accounts ORDER BY position"
        ):
            world.accounts[name] = Account(
                intern(name), intern(currency), Usage(self._instant(opened)), read_amount(balance, currency),
                None if alert is None else read_amount(alert, currency), read_amount(spend, currency),
                overdue_since=self._maybe(overdue_since),
            )  # fmt: skip
        self._load_money(connection, world)
        renewals: dict[tuple[str, str | None, int | None, str | None], Renewal] = {}
        rows = connection.execute(f"SELECT {', '.join(_INSTANCE_COLUMNS)} FROM instances ORDER BY position")
        while block := rows.fetchmany(_BLOCK):
            for row in block:
                instance = self._instance(row, renewals)
                world.instances[instance.id] = instance
            if told is not None:
                told(len(world.instances))
        return world

    def _load_money(self, connection: sqlite3.Connection, world: World) -> None:
        for owner, name, currency, amount, remaining, starts, expires in connection.execute(
            "SELECT account, id, currency, amount, remaining, starts, expires FROM coupons ORDER BY rowid"
        ):
            world.accounts[owner].coupons.append(
                Coupon(
                    name, read_amount(amount, currency), read_amount(remaining, currency),
                    self._maybe(starts), self._maybe(expires),
                )
            )  # fmt: skip
        for owner, name, currency, amount, issued in connection.execute(
            "SELECT account, id, currency, amount, issued FROM unpaid_bills ORDER BY account, position"
        ):
            world.accounts[owner].unpaid.append(Bill(name, self._instant(issued), read_amount(amount, currency)))
        for owner, name, currency, charge, served, since in connection.execute(
            "SELECT account, instance, currency, daily_charge, served_seconds, serving_since FROM open_cycle_lines"
        ):
            line = UsageLine(read_amount(charge, currency), served, self._maybe(since))
            world.accounts[owner].usage.lines[name] = line
        for owner, end, currency, amount in connection.execute(
            "SELECT account, cycle_end, currency, amount FROM unbilled_cycles ORDER BY account, cycle_end"
        ):
            world.accounts[owner].usage.closed.append((self._instant(end), read_amount(amount, currency)))

    def _instance(self, row: Row, renewals: dict[tuple[str, str | None, int | None, str | None], Renewal]) -> Instance:
        (
            name, account, currency, kind, title, region, state, since, rule, restored_at, trial, expires, anchor_day,
            price, mode, schedule, months, enabled_on, charge, online, last_online, continued,
        ) = row  # fmt: skip
        key = (str(mode), _text(schedule), months if isinstance(months, int) else None, _text(enabled_on))
        renewal = renewals.get(key)
        if renewal is None:
            renewal = Renewal(*key[:3], None if key[3] is None else parse_day(key[3]))
            renewals[key] = renewal
        identity, amounts = str(name), self._amounts[str(currency)]
        return Instance(
            identity, intern(str(account)), intern(str(kind)), identity if title == name else str(title),
            intern(str(region)), intern(str(state)), self._maybe(since), None if rule is None else intern(str(rule)),
            self._maybe(restored_at), bool(trial), self._maybe(expires),
            anchor_day if isinstance(anchor_day, int) else None, amounts[str(price)], renewal,
            amounts[str(charge)], bool(online), self._maybe(last_online), self._maybe(continued),
        )  # fmt: skip

    def _instant(self, text: object) -> int:
        return self._calendar.parse(str(text))

    def _maybe(self, text: object) -> int | None:
        return None if text is None else self._instants[str(text)]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
