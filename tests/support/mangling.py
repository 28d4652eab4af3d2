"""Fleet files whose content something other than Lapse changed: any value in any column of any table.

SQLite accepts these files, because their schema allows any value in every column.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from core.world.actions import (
    Charge,
    ContinueTrial,
    DevicesOffline,
    DevicesOnline,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    TopUp,
    Upgrade,
)
from tests.support.keeping import asked, keep, when

TABLES: Final = (
    "fleet", "journal", "events", "days", "accounts", "coupons", "unpaid_bills", "open_cycle_lines", "unbilled_cycles",
    "instances",
)  # fmt: skip
BAD: Final[tuple[object, ...]] = (
    None, "", " ", "zzz", b"\x00\xff", -1, 0, 7, 2**63 - 1, -(2**63), 1.5, float("inf"), "-5.00", "1.234", "1_0.00",
    "9" * 5000, "9" * 50 + ".00", "\u0661\u0662.\u0660\u0660", "2026-02-30", "0001-01-01", "9999-12-31T23:59:59+08:00",
    "2200-01-01T00:00:00+08:00", "1950-01-01T00:00:00+08:00", "x" * 100_000, "[" * 100_000, '{"a":' * 100_000, "{}",
    "[]", "null", "7", '"text"', "NaN", "a\x1b[2Jb", "released", "auto", "USD", "nobody", "Z9",
)  # fmt: skip
"""Values that a column never holds, or that do not fit the other columns of the row."""
HUGE: Final = "a number of 5,000 digits"
"""Stands for such a number in JSON, which Python's `json` does not write."""
BAD_JSON: Final[tuple[object, ...]] = (
    None, "", "zzz", -1, 0, 2**63, HUGE, 1.5, True, [], {}, [[]] * 3, {"id": 1}, "-5.00", "1.234", "2026-02-30",
    "9999-12-31", "x" * 5000, json.loads("[" * 400 + "]" * 400),
)  # fmt: skip
"""Values that a stored JSON value never has."""


def rich_fleet(path: Path) -> None:
    """Create a fleet with every kind of event, settled and unpaid bills, coupons, usage lines and unbilled cycles."""
    legacy = {"account": "acme", "kind": "legacy_public", "daily_charge": "12.00"}
    enterprise = {"account": "acme", "kind": "enterprise", "monthly_price": "300.00"}
    document: dict[str, object] = {
        "format": "lapse-fleet/1",
        "accounts": [
            {"id": "acme", "balance": "900.00", "daily_spend": "1.00",
             "coupons": [{"id": "c1", "amount": "50.00", "expires": "2026-07-20"}]},
            {"id": "umbra", "currency": "JPY", "balance": "500"},
            {"id": "owing", "balance": "0.00"},
        ],
        "instances": [
            {"id": "ent-1", **enterprise, "expires": "2026-07-10", "renewal": {"mode": "auto"}},
            {"id": "ent-2", **enterprise, "expires": "2026-06-30", "renewal": {"mode": "none"}},
            {"id": "ent-3", **enterprise, "expires": "2026-01-31"},
            {"id": "ent-4", **enterprise, "expires": "2026-07-12", "trial": True},
            {"id": "leg-1", **legacy},
            {"id": "leg-2", **legacy, "account": "owing"},
            {"id": "leg-3", **legacy},
            {"id": "pub-1", "account": "umbra", "kind": "public", "last_online": "2026-06-20"},
            {"id": "pub-2", "account": "umbra", "kind": "public", "devices_online": True},
        ],
    }  # fmt: skip
    kept = keep(path, document, "2026-07-01T00:00:00+08:00")
    kept.advance(when("2026-07-12"))
    kept.act(SetLowBalanceAlert("acme", "600.00"))
    kept.act(TopUp("acme", "2000.00"))
    kept.act(GrantCoupon("acme", "c2", "40.00", None, None))
    kept.act(Renew(("ent-2",), 1))
    kept.act(Renew(("ent-3", "nobody"), 1))
    kept.act(Purchase("acme", "new-1", 3, "30.00"))
    kept.act(EnableAutoRenewal(("ent-4",), 1))
    kept.advance(when("2026-07-25"))
    kept.act(ContinueTrial("pub-1"))
    kept.act(DevicesOffline("pub-2"))
    kept.act(DevicesOnline("pub-2"))
    kept.act(Charge("owing", "8.00", "a note"))
    kept.advance(when("2026-07-28T01:00:00"))
    kept.act(Upgrade("leg-3", 1, "20.00"))
    kept.act(TopUp("owing", "300.00"))
    kept.advance(when("2026-07-28T03:00:00"))
    kept.act(Charge("owing", "900.00", None))
    kept.merge({**document, "accounts": [], "instances": []}, kept.clock)
    assert kept.check() == []
    kept.close()


def loosen(path: Path) -> None:
    """Remove the constraints from the schema, so that every column accepts any value and any number of rows."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for old, new in ((" NOT NULL", ""), (" TEXT", ""), (" CHECK (id = 1)", "")):
            connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table'", (old, new))
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' INTEGER,', ',') WHERE type = 'table'")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (kind IN (''import'', ''advance'', ''act''))', '')"
        )
        connection.commit()
        connection.execute("PRAGMA writable_schema = RESET")


def columns(path: Path, table: str) -> list[str]:
    """The names of a table's columns."""
    return [str(row[1]) for row in asked(path, f"PRAGMA table_info({table})")]


def mangled(whole: Path, path: Path, statement: str, *values: object) -> bool:
    """Copy a file and execute a statement on the copy. Returns False if the schema does not allow the statement."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute(statement, values)
        except sqlite3.IntegrityError:
            return False
        connection.commit()
    return True


def in_turn(path: Path, table: str, number: int) -> str:
    """A condition that selects the first, a middle or the last row of a table, as `number` increases."""
    rows = int(str(asked(path, f"SELECT count(*) FROM {table}")[0][0]))
    keys = "day" if table == "days" else "rowid"
    place = (0, rows // 2, rows - 1)[number % 3]
    return f"{keys} = (SELECT {keys} FROM {table} LIMIT 1 OFFSET {place})"


def leaves(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths to all values inside a JSON value, the path to the whole value first."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from leaves(item, (*at, key))


def replaced(value: object, at: Sequence[str | int], new: object) -> object:
    """A JSON value in which the value at a path is replaced."""
    if not at:
        return new
    if isinstance(value, dict):
        return {key: replaced(item, at[1:], new) if key == at[0] else item for key, item in value.items()}
    assert isinstance(value, list)
    return [replaced(item, at[1:], new) if index == at[0] else item for index, item in enumerate(value)]


def without(value: object, at: Sequence[str | int]) -> object:
    """A JSON value without the value at a path."""
    if isinstance(value, dict):
        return {
            key: without(item, at[1:]) if key == at[0] else item
            for key, item in value.items()
            if key != at[0] or len(at) > 1
        }
    assert isinstance(value, list)
    return [
        without(item, at[1:]) if index == at[0] else item
        for index, item in enumerate(value)
        if index != at[0] or len(at) > 1
    ]


def written(value: object) -> str:
    """A value as JSON text."""
    return json.dumps(value).replace(json.dumps(HUGE), "9" * 5000)
