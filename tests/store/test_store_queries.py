"""A fleet's file is a plain database that other tools can query: questions of a user, answered in SQL.

The queries use only SQLite's own JSON and text functions. The fleet is the sample fleet after 45 days without any
action, or a small fleet with some actions.
"""

import json
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from core.world.actions import Charge, Purchase, TopUp
from core.world.model import KINDS, STATES
from data import SAMPLE_FLEET
from tests.support.keeping import FLEET, asked, keep, when

END: Final = "2026-08-15"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample fleet after 45 days."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    kept = keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    kept.advance(when(END))
    kept.close()
    return path


def test_what_was_released(sample: Path) -> None:
    """Which instances were released, and when?"""
    query = "SELECT instance, at FROM events WHERE type = 'state_changed' AND detail->>'to' = 'released'"
    assert asked(sample, query) == [
        ("plant-12", "2026-07-28T00:00:00+08:00"),
        ("meter-01", "2026-07-30T00:00:00+08:00"),
        ("pilot-01", "2026-08-03T00:00:00+08:00"),
        ("vending-04", "2026-08-09T00:00:00+08:00"),
    ]
    released = asked(sample, "SELECT id FROM instances WHERE state = 'released' ORDER BY since")
    assert [name for (name,) in released] == ["plant-12", "meter-01", "pilot-01", "vending-04"]


def test_the_monthly_cost_of_auto_renewal(sample: Path) -> None:
    """What did auto-renewal cost in each month, by account?"""
    query = """
        SELECT substr(events.at, 1, 7), account, printf('%.2f', sum(detail->>'amount')), currency
        FROM events JOIN accounts ON accounts.id = account
        WHERE type = 'renewed' AND detail->>'by' = 'auto' GROUP BY 1, 2
    """
    assert asked(sample, query) == [
        ("2026-07", "acme", "2020.00", "CNY"),
        ("2026-07", "globex", "62.00", "USD"),
        ("2026-08", "acme", "300.00", "CNY"),
    ]


def test_balances_and_overdue_accounts(sample: Path) -> None:
    """What are the accounts' balances, and which are overdue? Money is text with the currency in its own column."""
    query = "SELECT id, balance, currency, overdue_since, typeof(balance) FROM accounts ORDER BY position"
    assert asked(sample, query) == [
        ("acme", "14.50", "CNY", "2026-08-14T04:00:00+08:00", "text"),
        ("globex", "0.15", "USD", "2026-08-10T04:00:00+08:00", "text"),
    ]


def test_how_many_instances_are_in_each_state(sample: Path) -> None:
    """How many instances are in which state? States are words."""
    assert asked(sample, "SELECT state, count(*) FROM instances GROUP BY state") == [
        ("expired", 2),
        ("frozen", 4),
        ("overdue", 1),
        ("released", 4),
        ("running", 10),
        ("stopped", 3),
    ]


def test_what_expires_next(sample: Path) -> None:
    """What expires within 30 days? Instants are ISO 8601 in one offset, so they can be compared as text."""
    query = """
        SELECT instances.id, expires, renewal_mode FROM instances, fleet
        WHERE expires > clock AND datetime(expires) <= datetime(clock, '+30 days') ORDER BY expires
    """
    found = asked(sample, query)
    assert found
    assert all(f"{END}T00:00:00+08:00" < str(expires) <= "2026-09-14T00:00:00+08:00" for _, expires, _ in found)


def test_the_money_adds_up(sample: Path) -> None:
    """Does the balance follow from the log? The first balance less all payments is the current balance."""
    query = """
        SELECT printf('%.2f', sum(detail->>'from_balance')) FROM events
        WHERE account = 'acme' AND type IN ('bill_settled', 'renewed', 'purchased', 'upgraded')
    """
    begun = "SELECT request->'$.accounts[0].balance' FROM journal WHERE kind = 'import'"
    assert (asked(sample, query), asked(sample, begun)) == ([("1497.00",)], [('"1511.50"',)])
    assert 1511_50 - 1497_00 == 14_50


def test_what_the_inbox_holds(sample: Path) -> None:
    """Which notices were sent about an instance, and when?"""
    query = "SELECT at, detail->>'notice' FROM events WHERE type = 'notice_sent' AND instance = 'plant-12' ORDER BY seq"
    assert asked(sample, query)[-2:] == [
        ("2026-07-27T00:00:00+08:00", "release_tomorrow"),
        ("2026-07-28T00:00:00+08:00", "released"),
    ]


def test_why_an_instance_is_in_its_state(sample: Path) -> None:
    """Why is an instance in its state, and since when? The rule is in the same row."""
    why = asked(sample, "SELECT state, since, rule FROM instances WHERE id = 'plant-12'")
    assert why == [("released", "2026-07-28T00:00:00+08:00", "E2")]


def test_what_a_person_did(tmp_path: Path) -> None:
    """What did a person do? The journal holds each action in the contract's form, with the numbers of its events."""
    path = tmp_path / "fleet.db"
    kept = keep(path, FLEET)
    kept.act(TopUp("acme", "1,200.50"))
    kept.act(Purchase("acme", "新", 3, "10", "Línea 新"))
    kept.advance(when("2026-07-02T00:00"))
    kept.act(Charge("acme", "99999.00", "too much"))
    query = "SELECT at, request->>'do', request->>'amount', request->>'name' FROM journal WHERE kind = 'act'"
    assert asked(path, query) == [
        ("2026-07-01T00:00:00+08:00", "top_up", "1,200.50", None),
        ("2026-07-01T00:00:00+08:00", "purchase", None, "Línea 新"),
        ("2026-07-02T00:00:00+08:00", "charge", "99999.00", None),
    ]
    led = """
        SELECT type FROM journal JOIN events ON seq BETWEEN first_event AND last_event
        WHERE request->>'do' = 'purchase' ORDER BY seq
    """
    assert asked(path, led) == [("purchased",), ("state_changed",)]
    assert asked(path, "SELECT id, amount, currency, issued FROM unpaid_bills") == [
        ("charge-4", "99999.00", "CNY", "2026-07-02T00:00:00+08:00")
    ]


def test_every_instant_amount_and_state_is_readable(sample: Path) -> None:
    """In every column of every table states are words, money is text, instants are ISO 8601, and nothing is pickled."""
    connection = sqlite3.connect(sample)
    columns = connection.execute(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'"
    ).fetchall()
    instants = ("at", "since", "expires", "issued", "clock", "started", "target", "reached", "overdue_since", "starts")
    money = ("balance", "amount", "remaining", "monthly_price", "daily_charge", "daily_spend", "low_balance_alert")
    for table, column in columns:
        kinds = {row[0] for row in connection.execute(f'SELECT DISTINCT typeof("{column}") FROM "{table}"')}
        assert kinds <= {"text", "integer", "null"}, (table, column)
        values = connection.execute(
            f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
        ).fetchall()
        if column in instants:
            ours = "____-__-__T__:__:__+08:00"
            query = f'SELECT count(*) FROM "{table}" WHERE "{column}" NOT LIKE \'{ours}\''
            assert connection.execute(query).fetchone() == (0,), (table, column)
        if column in money:
            assert kinds <= {"text", "null"}
            assert (table, "currency") in columns
        if column == "state":
            assert {value for (value,) in values} <= set(STATES)
        if column == "kind" and table == "instances":
            assert {value for (value,) in values} <= set(KINDS)
    connection.close()
    assert asked(sample, "PRAGMA integrity_check") == [("ok",)]
    assert asked(sample, "PRAGMA foreign_key_check") == []


def test_an_event_number_cannot_be_used_twice(sample: Path) -> None:
    """The log is append-only: an event number can be used only once."""
    connection = sqlite3.connect(sample)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO events SELECT * FROM events WHERE seq = 1")
    connection.close()
