"""Content that Lapse never writes gives one sentence and exit status 2, and the file stays as it was."""

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from textual.pilot import Pilot

from core.base.errors import StoreError
from core.base.kept_values import MAX_KEPT_TEXT
from core.base.reading import MAX_TEXT
from core.rules.lifecycle import LOADED, TABLE
from core.store.fleet_file import FleetFile
from core.store.state_rows import StateRows
from core.workspace.unread import Unread
from core.workspace.workspace import Workspace
from core.world.model import KINDS, STATE_RULES, STATES_OF
from tests.support.dashboards import WIDE, driven, text_of
from tests.support.keeping import asked, digest, lapse, one_sentence
from tests.support.mangling import (
    BAD,
    BAD_JSON,
    TABLES,
    columns,
    in_turn,
    leaves,
    loosen,
    mangled,
    replaced,
    rich_fleet,
    without,
    written,
)
from tui.app.lapse_app import LapseApp

DAMAGED: Final = "is damaged: name another file with --db FILE, or restore a copy"
MIXED: Final = re.compile(r"is damaged, parts of two fleets are mixed in it: .*: name")
"""The error sentence if the reason is known."""
OTHERS: Final = (("log", "--json"), ("verify",), ("advance", "40d"))
LATE: Final = ("events", "journal", "days")
"""Tables that `status` does not read."""
FREE: Final = {
    "fleet.id", "fleet.identity", "fleet.name", "fleet.started", "instances.name", "instances.region", "journal.id",
    "journal.target", "journal.request", "journal.first_event", "journal.last_event", "days.day",
    "events.account", "events.instance", "events.rule", "coupons.id", "unpaid_bills.id", "accounts.position",
    "instances.position", "instances.id",
}  # fmt: skip
"""Columns in which other words than Lapse's may be valid."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with rows in every table."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    rich_fleet(path)
    loosen(path)
    for table in TABLES:
        assert asked(path, f"SELECT count(*) > 0 FROM {table}") == [(1,)], table
    assert {kind for (kind,) in asked(path, "SELECT DISTINCT type FROM events")} >= {"refused", "renewed", "upgraded"}
    return path


def assert_works_or_says_damaged(
    path: Path, capsys: pytest.CaptureFixture[str], commands: Sequence[tuple[str, ...]] = (("status",), *OTHERS)
) -> set[int]:
    """Every command succeeds, or says in one sentence that the file is damaged and leaves it as it was.

    Returns the exit statuses.
    """
    ended: set[int] = set()
    for command in commands:
        before = digest(path)
        status = lapse(*command, "--db", path)
        said = capsys.readouterr()
        if status == 2:
            assert MIXED.sub("is damaged: name", one_sentence(said.err)) == f"{path}: {DAMAGED}", command
            assert digest(path) == before or command[0] == "advance"
        else:
            assert status in ((0, 1) if command == ("verify",) else (0,))
            assert all(line.startswith("lapse: ") for line in said.err.splitlines())
        ended.add(status)
    return ended


def all_columns() -> list[str]:
    """Every column of the schema."""
    from core.store.schema import migrate

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        return [f"{table}.{row[1]}" for table in TABLES for row in connection.execute(f"PRAGMA table_info({table})")]


@pytest.mark.parametrize("column", all_columns())
def test_any_value_in_any_column(column: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown words, other types, numbers that are too large, dates that do not exist, deeply nested brackets."""
    table, _, name = column.partition(".")
    assert name in columns(whole, table)
    path = tmp_path / "fleet.db"
    for number, value in enumerate(BAD):
        where = in_turn(whole, table, number)
        if mangled(whole, path, f"UPDATE {table} SET {name} = ? WHERE {where}", value):
            ended = assert_works_or_says_damaged(path, capsys, (("status",),))
            if ended == {0} or number % 5 == 0:
                # A file that `status` can't read is tried with one other command only, each in turn.
                others = assert_works_or_says_damaged(
                    path, capsys, OTHERS if ended == {0} else OTHERS[number % 3 :][:1]
                )
                assert ended == {0} or others == {2}
                ended |= others
            if value in ("zzz", b"\x00\xff") and column not in FREE:
                assert 2 in ended and (table in LATE or ended == {2}), value


# Values kept as JSON: an event's detail, an action or an import in the journal, the policy


def values_in_json(whole: Path) -> list[tuple[str, str, int]]:
    """Where JSON is kept: table, column and rowid, one for each type of event, action and import."""
    events = asked(whole, "SELECT max(seq) FROM events GROUP BY type")
    entries = asked(whole, "SELECT max(id) FROM journal WHERE request IS NOT NULL GROUP BY kind, request->>'do'")
    return [
        ("fleet", "policy", 1),
        *(("events", "detail", int(str(number))) for (number,) in events),
        *(("journal", "request", int(str(number))) for (number,) in entries),
    ]


def test_any_value_in_any_json(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value inside kept JSON is replaced by values of other types, and removed; also by very deep nesting."""
    path, turn = tmp_path / "fleet.db", 0
    commands = {"fleet": (("status",),), "events": (("log", "--json"),), "journal": (("verify",),)}
    for table, column, row in values_in_json(whole):
        ((text,),) = asked(whole, f"SELECT {column} FROM {table} WHERE rowid = ?", row)
        kept = json.loads(str(text))
        for at in leaves(kept):
            turn += 1
            changed = written(replaced(kept, at, BAD_JSON[turn % len(BAD_JSON)]))
            for value in (changed, written(without(kept, at))) if at and turn % 3 else (changed,):
                assert mangled(whole, path, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value, row)
                assert_works_or_says_damaged(path, capsys, commands[table])


@pytest.mark.parametrize(
    "statement",
    (
        "DELETE FROM fleet", "DELETE FROM accounts", "DELETE FROM accounts WHERE id = 'acme'", "DELETE FROM instances",
        "DELETE FROM events", "DELETE FROM events WHERE seq > 20", "DELETE FROM events WHERE seq = 20",
        "DELETE FROM journal", "DELETE FROM journal WHERE id = 1", "DELETE FROM days", "DELETE FROM coupons",
        "DELETE FROM unpaid_bills", "DELETE FROM open_cycle_lines", "DELETE FROM unbilled_cycles",
        "UPDATE fleet SET events = events - 1", "UPDATE fleet SET events = 9223372036854775807",
        "UPDATE fleet SET revision = 9223372036854775807", "UPDATE instances SET state = 'expired'",
        "UPDATE instances SET account = 'umbra'", "UPDATE instances SET kind = 'enterprise'",
        "UPDATE instances SET kind = 'legacy_public'", "UPDATE open_cycle_lines SET serving_since = NULL",
        "UPDATE accounts SET overdue_since = NULL", "UPDATE journal SET reached = '8999-01-01'",
        "INSERT INTO accounts SELECT 99, id, currency, balance, low_balance_alert, daily_spend, overdue_since, "
        "cycle_opened FROM (SELECT 'ACME' AS id, * FROM accounts LIMIT 1)",
        *(f"DROP TABLE {table}" for table in TABLES),
        *(f"ALTER TABLE {table} RENAME TO gone" for table in TABLES),
        "ALTER TABLE instances DROP COLUMN state", "ALTER TABLE events RENAME COLUMN detail TO details",
        "ALTER TABLE fleet DROP COLUMN revision",
    ),
)  # fmt: skip
def test_missing_or_contradictory_rows_tables_and_columns(
    statement: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that point nowhere or contradict each other, and removed tables and columns."""
    path = tmp_path / "fleet.db"
    assert mangled(whole, path, statement)
    for command in (("status",), *OTHERS):
        status = lapse(*command, "--db", path)
        said = capsys.readouterr()
        if status == 2:
            assert MIXED.sub("is damaged: name", one_sentence(said.err)) in (
                f"{path}: {DAMAGED}",
                f"{path}: there is no fleet here yet: import one with lapse import FILE, or try lapse demo",
            )
        else:
            assert status == 0 or command == ("verify",)
            assert all(line.startswith("lapse: ") for line in said.err.splitlines())


def test_the_words_in_a_file_are_those_of_the_rules() -> None:
    """A file may hold exactly the words of the transition table, of loading (I1) and of the readers of other files."""
    assert set(STATE_RULES) == {row.rule for row in TABLE}
    for kind in KINDS:
        reached = {state for row in TABLE if row.kind == kind for state in (row.state, row.target) if state}
        assert set(STATES_OF[kind]) == reached | set(LOADED[kind])
    assert MAX_KEPT_TEXT == MAX_TEXT


# The dashboard


@pytest.mark.parametrize("value", ('{"to":"zzz"}', "[" * 100_000, b"\x00", None, "{}"))
@pytest.mark.parametrize("keys", (("1", "down", "l", "down", "escape"), ("3", "tab", "end", "2", "down", "space"),
                                  ("l", "slash", "a", "c", "m", "e", "enter", "end")))  # fmt: skip
def test_the_dashboard_on_a_damaged_log(value: object, keys: tuple[str, ...], whole: Path, tmp_path: Path) -> None:
    """Wherever the dashboard reads a damaged log, it says what is wrong with the file and keeps running."""
    path = tmp_path / "fleet.db"
    mangled(whole, path, "UPDATE events SET detail = ? WHERE seq % 3 = 0", value)
    app = LapseApp(Workspace.open(path), name="fleet")

    async def steps(pilot: Pilot[None]) -> str:
        told = text_of(app)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            told += text_of(app)
        return told

    assert "is damaged" in " ".join(driven(app, steps, WIDE).split())
    assert app.is_running is False and app.return_code in (0, None)


@pytest.mark.parametrize("column", ("events", "trouble", "service_lost", "data_lost", "day"))
def test_the_strip_of_time_on_damaged_days(column: str, whole: Path, tmp_path: Path) -> None:
    """If the day counts are damaged, the dashboard says what is wrong with the file and keeps running."""
    path = tmp_path / "fleet.db"
    last = "(SELECT max(day) FROM days)"
    mangled(whole, path, f"UPDATE days SET {column} = ? WHERE day = {last}", "2026-07-2x")
    app = LapseApp(Workspace.open(path), name="fleet")

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("1")
        await pilot.pause()
        return text_of(app)

    assert "is damaged" in " ".join(driven(app, steps, WIDE).split())


@pytest.mark.parametrize("table", ("instances", "accounts", "fleet"))
def test_the_dashboard_does_not_open_a_damaged_state(table: str, whole: Path, tmp_path: Path) -> None:
    """If the current state makes no sense, the dashboard does not open."""
    path = tmp_path / "fleet.db"
    column = {"instances": "state", "accounts": "currency", "fleet": "policy"}[table]
    mangled(whole, path, f"UPDATE {table} SET {column} = ?", "[" * 100_000)
    with pytest.raises(StoreError, match="is damaged"):
        Unread(path).read()


# Memory


def test_running_out_of_memory_or_stack(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If memory or the stack runs out, there is one sentence and exit status 2."""
    path = tmp_path / "fleet.db"
    mangled(whole, path, "UPDATE fleet SET name = name")
    for error, said in ((MemoryError, "out of memory"), (RecursionError, "is damaged")):
        with monkeypatch.context() as patched:
            patched.setattr(StateRows, "load", raising(error))
            with pytest.raises(StoreError, match=said):
                Workspace.open(path)
    for error, said in ((MemoryError, "out of memory"), (RecursionError, "nested too deeply")):
        with monkeypatch.context() as patched, redirect_stderr(StringIO()) as err:
            patched.setattr(FleetFile, "holding_a_fleet", raising(error))
            assert lapse("status", "--db", path) == 2
            assert said in MIXED.sub("is damaged: name", one_sentence(err.getvalue()))


def raising(error: type[Exception]) -> Callable[..., None]:
    """A function that raises this error."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


EVERY: Final = (("status",), ("rules",), *OTHERS)


def test_two_rows_in_the_fleet_table(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table must have exactly one row: a second one, before or after it, is damage even if it is a copy."""
    path = tmp_path / "fleet.db"
    others = ", ".join(name for name in columns(whole, "fleet") if name != "id")
    for number in (0, 2):
        again = f"INSERT INTO fleet (id, {others}) SELECT {number}, {others} FROM fleet"
        assert mangled(whole, path, again)
        assert assert_works_or_says_damaged(path, capsys, EVERY) == {2}


@pytest.mark.parametrize("rule", ["E2", "R1", "A1", "T1", "R2"])
@pytest.mark.parametrize("value", ['"zz"', "-1", "[1, 2, 3]", "null", '"20d"', "5"])
def test_a_stored_policy_whose_texts_contradict_its_numbers(
    rule: str, value: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`lapse rules` and `lapse verify` find the difference, and also a rule that is missing."""
    path = tmp_path / "fleet.db"
    key = {"E2": "retention", "R1": "months", "A1": "charge_time", "T1": "utc_offset", "R2": "renewal_anchor"}[rule]
    assert mangled(whole, path, f"UPDATE fleet SET policy = json_set(policy, '$.rules.{rule}.{key}', json(?))", value)
    assert assert_works_or_says_damaged(path, capsys, (("rules",), ("rules", "--json"), ("verify",))) == {2}
    assert mangled(whole, path, f"UPDATE fleet SET policy = json_remove(policy, '$.rules.{rule}')")
    assert assert_works_or_says_damaged(path, capsys, (("rules",), ("verify",))) == {2}
