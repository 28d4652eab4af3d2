"""The workspace: one fleet, its file and its clock. A change is committed completely or leaves the file as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import core.workspace.workspace
from core.base.errors import BadInput, StoreError, TimeGoesForward
from core.base.instants import DAY
from core.rules.rulebook import read_policy
from core.store.file import MEMORY
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import (
    Action,
    Charge,
    DevicesOffline,
    DevicesOnline,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetNonRenewal,
    TopUp,
    Upgrade,
)
from core.world.model import EXPIRED, RESTORING
from tests.support.keeping import FLEET, asked, keep, mixed_document, told, types, when


@pytest.fixture
def kept(tmp_path: Path) -> Workspace:
    """The small fleet at its first instant."""
    return keep(tmp_path / "fleet.db", FLEET)


ACTIONS: tuple[Action, ...] = (
    TopUp("acme", "500"),
    GrantCoupon("acme", "c1", "33.33", None, when("2026-07-20")),
    GrantCoupon("acme", "c2", "10", when("2026-07-15"), None),
    SetLowBalanceAlert("acme", "1400.00"),
    SetLowBalanceAlert("acme", None),
    Purchase("acme", "new-1", 1, "19.99", "Line 新", "cn-shanghai", True),
    Renew(("ent-1", "new-1"), 2),
    EnableAutoRenewal(("new-1",), 3),
    SetNonRenewal(("ent-1",)),
    DevicesOnline("pub-1"),
    DevicesOffline("pub-1"),
    Upgrade("leg-1", 1, "12.34"),
    Charge("acme", "5000", "a bill from elsewhere"),
    Renew(("ent-1", "nobody", "pub-1"), 5),
    TopUp("nobody", "5"),
    TopUp("acme", "-5"),
)
"""Every kind of action, in the order in which they are done. The last three are refused."""


def test_the_head_moves_only_after_the_commit(kept: Workspace) -> None:
    file, before = kept._file, kept.head
    with pytest.raises(BadInput), file.writing():
        file.move_head(kept.clock + DAY, 7)
        assert file.head == before
        raise BadInput("no")
    assert file.head == before
    file.connection.execute("PRAGMA foreign_keys = ON")
    file.connection.executescript(
        "CREATE TEMP TABLE one (id INTEGER PRIMARY KEY);"
        "CREATE TEMP TABLE other (one INTEGER REFERENCES one DEFERRABLE INITIALLY DEFERRED);"
    )
    with pytest.raises(StoreError), file.writing() as connection:
        file.move_head(kept.clock + DAY, 7)
        # A deferred constraint, so that only COMMIT fails.
        connection.execute("INSERT INTO other VALUES (1)")
    assert file.head == before
    with file.writing():
        file.move_head(before.clock, before.events)
    assert file.head == before._replace(revision=before.revision + 1, history=file.head.history)
    assert file.head.history != before.history


def test_replaying_the_journal_rebuilds_the_state(kept: Workspace) -> None:
    """After each action and at the end: reopening changes nothing, and replaying the journal gives the same state."""
    for action in ACTIONS:
        kept.act(action)
        kept.advance(kept.clock + DAY // 2)
        assert kept.check() == []
        reopened = Workspace.open(kept.path)
        assert reopened.world == kept.world
        assert (reopened.clock, reopened.head) == (kept.clock, kept.head)
        assert list(reopened.history.events()) == list(kept.history.events())
        reopened.close()
    assert types(kept.path).count("refused") == 3
    kept.advance(when("2026-12-31"))
    assert kept.check() == []


def test_an_advance_does_not_depend_on_the_size_of_its_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: `advance(a); advance(b)` equals `advance(a+b)`, in whatever chunks an advance is committed."""
    whole = keep(tmp_path / "whole.db", mixed_document(400))
    whole.advance(when("2026-09-01"))
    for size in (1, 37, 1000):
        monkeypatch.setattr(core.workspace.workspace, "CHUNK", size)
        chunked = keep(tmp_path / f"{size}.db", mixed_document(400))
        change = chunked.advance(when("2026-09-01"))
        assert (change.happened, change.complete) == (chunked.head.events, True)
        assert told(chunked.path)["events"] == told(whole.path)["events"]
        assert chunked.world == whole.world
        assert chunked.check() == []
        assert asked(chunked.path, "SELECT kind, first_event, last_event FROM journal WHERE id > 1") == [
            ("advance", 1, whole.head.events)
        ]


def test_advancing_after_reopening(tmp_path: Path) -> None:
    """Closing and reopening every few days gives the same log and the same fleet as one run."""
    whole = keep(tmp_path / "whole.db", mixed_document(300))
    whole.advance(when("2026-09-01"))
    path = tmp_path / "steps.db"
    keep(path, mixed_document(300)).close()
    while (step := Workspace.open(path)).clock < whole.clock:
        step.advance(min(step.clock + 5 * DAY + 3601, whole.clock))
        step.close()
    assert step.world == whole.world
    assert told(path) == told(whole.path) | {"fleet": told(path)["fleet"]}
    assert step.check() == []


def test_an_advance_that_was_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled advance leaves the clock at the last committed instant, and the rest can be done later."""
    monkeypatch.setattr(core.workspace.workspace, "CHUNK", 100)
    whole = keep(tmp_path / "whole.db", mixed_document(400))
    whole.advance(when("2026-09-01"))
    kept = keep(tmp_path / "fleet.db", mixed_document(400))
    change = kept.advance(when("2026-09-01"), lambda _, events: events >= 350)
    assert not change.complete
    assert when("2026-07-01") < kept.clock == change.clock < when("2026-09-01")
    assert kept.check() == []
    assert asked(kept.path, "SELECT reached < target FROM journal WHERE kind = 'advance'") == [(1,)]
    kept.advance(when("2026-09-01"))
    assert kept.world == whole.world
    assert kept.check() == []


def test_an_advance_that_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interruption in the middle of a chunk, memory and file are both at the last commit."""
    monkeypatch.setattr(core.workspace.workspace, "CHUNK", 100)
    kept = keep(tmp_path / "fleet.db", mixed_document(400))

    def interrupt(_: int, events: int) -> bool:
        if events > 250:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        kept.advance(when("2026-09-01"), interrupt)
    assert 0 < kept.head.events <= 250
    assert kept.world == Workspace.open(kept.path).world
    kept.act(TopUp("account-0000", "5.00"))
    kept.advance(when("2026-09-01"))
    assert kept.check() == []


def test_a_refusal_is_logged_and_bad_input_is_not(kept: Workspace) -> None:
    """A refused action is in the log. An amount that the currency can't express is bad input: nothing is written."""
    change = kept.act(Renew(("nobody",), 1))
    assert change.refused is not None
    assert (change.refused.code, types(kept.path)) == ("unknown_instance", ["refused"])
    before = told(kept.path)
    for action in (TopUp("acme", "0.001"), Purchase("acme", "x", 1, "0.001")):
        with pytest.raises(BadInput, match="more decimals than CNY has"):
            kept.act(action)
    with pytest.raises(TimeGoesForward):
        kept.advance(kept.clock - 1)
    assert told(kept.path) == before
    kept.act(TopUp("acme", "1.00"))
    assert kept.check() == []


def test_the_next_event(kept: Workspace) -> None:
    """Each step goes to the next instant at which something happens."""
    seen = []
    for _ in range(5):
        change = kept.advance_to_next_event()
        assert {event.at for event in change.events} == {change.clock}
        seen.append(change.clock)
    assert seen == sorted(set(seen))
    assert kept.check() == []


def test_the_next_event_of_a_fleet_where_nothing_is_ever_due(tmp_path: Path) -> None:
    """If nothing will ever happen, the clock stays and there is no journal entry."""
    kept = keep(tmp_path / "fleet.db", {"clock": "2026-07-01", "accounts": [{"id": "acme"}]})
    change = kept.advance_to_next_event()
    assert (change.clock, change.happened) == (when("2026-07-01"), 0)
    assert asked(kept.path, "SELECT kind FROM journal") == [("import",)]


def test_an_advance_to_the_present_clock(kept: Workspace) -> None:
    """An advance of length zero changes nothing."""
    before = told(kept.path)
    assert kept.advance(kept.clock).happened == 0
    assert told(kept.path) == before
    assert asked(kept.path, "SELECT kind FROM journal") == [("import",)]


def test_ticks_of_playing_are_one_step(kept: Workspace) -> None:
    """Consecutive ticks of playing are one journal entry, until something else is done."""
    for _ in range(4):
        kept.advance(kept.clock + DAY, playing=True)
    kept.act(TopUp("acme", "5.00"))
    for _ in range(2):
        kept.advance(kept.clock + DAY, playing=True)
    kept.advance(kept.clock + DAY)
    journal = asked(kept.path, "SELECT kind, substr(at, 6, 5), substr(reached, 6, 5) FROM journal WHERE id > 1")
    assert journal == [
        ("advance", "07-01", "07-05"),
        ("act", "07-05", "07-05"),
        ("advance", "07-05", "07-07"),
        ("advance", "07-07", "07-08"),
    ]
    assert kept.check() == []


def test_very_large_amounts(kept: Workspace) -> None:
    """M1: amounts are exact, however large they grow, and can be read back."""
    for _ in range(20):
        kept.act(TopUp("acme", "999999999999999.99"))
    kept.act(Purchase("acme", "dear", 36, "99999999999999.99"))
    reopened = Workspace.open(kept.path)
    assert reopened.world == kept.world
    assert reopened.world.accounts["acme"].balance == 20 * 999999999999999_99 + 1000_00 - 36 * 99999999999999_99
    assert list(reopened.history.events()) == list(kept.history.events())
    assert reopened.check() == []


def test_currencies_of_every_precision(tmp_path: Path) -> None:
    """M1: amounts have the number of decimals of their currency, and are read back unchanged."""
    accounts = [{"id": code, "currency": code, "balance": "1"} for code in ("JPY", "CNY", "KWD", "CLF")]
    kept = keep(tmp_path / "fleet.db", {"clock": "2026-07-01", "accounts": accounts})
    for code, amount in (("JPY", "7"), ("CNY", "0.01"), ("KWD", "0.001"), ("CLF", "0.0001")):
        kept.act(TopUp(code, amount))
    assert asked(kept.path, "SELECT id, balance FROM accounts") == [
        ("JPY", "8"), ("CNY", "1.01"), ("KWD", "1.001"), ("CLF", "1.0001"),
    ]  # fmt: skip
    assert Workspace.open(kept.path).world == kept.world
    assert kept.check() == []


def test_a_changed_log_state_or_journal_is_found(kept: Workspace) -> None:
    """The check finds a change made by another tool in the log, in the current state or in the journal."""
    kept.act(TopUp("acme", "5.00"))
    kept.advance(when("2026-07-12"))
    kept.close()
    for statement, difference in (
        ("UPDATE events SET detail = replace(detail, '5.00', '6.00') WHERE type = 'topped_up'", "event 1 differs"),
        ("DELETE FROM events WHERE seq = 3", "differs from the journal's"),
        ("UPDATE accounts SET balance = '1.00'", "the accounts and instances differ"),
        ("UPDATE instances SET position = 10 - position", "the accounts and instances differ"),
        ("DELETE FROM journal WHERE kind = 'act'", "differs from the journal's"),
        ("DELETE FROM journal WHERE kind = 'advance'", "its journal does not end at the instant of its clock"),
    ):
        tampered = kept.path.with_name("tampered.db")
        tampered.write_bytes(kept.path.read_bytes())
        connection = sqlite3.connect(tampered)
        connection.execute(statement)
        connection.commit()
        connection.close()
        assert any(difference in sentence for sentence in differences(tampered)), statement


def differences(path: Path) -> list[str]:
    """The differences that the check finds, or the error when the file is opened."""
    try:
        return Workspace.open(path).check()
    except StoreError as error:
        return [str(error)]


def tampered_copy(kept: Workspace, statement: str, *values: object) -> Workspace:
    """Copy the file of a closed fleet, change the copy with an SQL statement, and open it."""
    tampered = kept.path.with_name("tampered.db")
    tampered.write_bytes(kept.path.read_bytes())
    with closing(sqlite3.connect(tampered)) as connection, connection:
        connection.execute(statement, values)
    return Workspace.open(tampered)


@pytest.mark.parametrize("key", ("message", "advice"))
def test_other_wording_of_refusals_and_advice_is_no_difference(kept: Workspace, key: str) -> None:
    """The sentences of refusals and advice may differ between versions; what was refused, and its code, may not."""
    for action in ACTIONS:
        kept.act(action)
    kept.close()
    value = '["In other words."]' if key == "advice" else '"In other words."'
    where = f"json_extract(detail, '$.{key}') <> ''"
    reworded = tampered_copy(
        kept, f"UPDATE events SET detail = json_set(detail, '$.{key}', json(?)) WHERE {where}", value
    )
    assert (
        sum("In other words." in (*event.advice, getattr(event.fact, key, "")) for event in reworded.history.events())
        >= 2
    )
    assert reworded.check() == []
    reworded.close()
    for kind, place, other in (("refused", "code", "frozen"), ("renewed", "months", 3), ("refused", "do", "renew")):
        changed = f"UPDATE events SET detail = json_set(detail, '$.{place}', ?) WHERE type = ?"
        tampered = tampered_copy(kept, changed, other, kind)
        assert any("differs from the journal's" in sentence for sentence in tampered.check()), place
        tampered.close()


@pytest.mark.parametrize("upgraded", (False, True))
def test_a_restoration_that_an_expiry_or_upgrade_ended(tmp_path: Path, upgraded: bool) -> None:
    """E1, L3: an instance expires or is upgraded while it is being restored.

    Its file can be opened, even if the file still holds the end of that restoration.
    """
    policy = read_policy('rules.C4.restore_delay = "30h"\nrules.E2.retention = "60d"')
    kept, _ = begin(tmp_path / "fleet.db", FLEET, when(str(FLEET["clock"])), policy, "overtaken")
    if upgraded:
        kept.act(Charge("acme", "1500"))
        kept.advance(when("2026-07-03"))
        kept.act(TopUp("acme", "9000"))
        assert kept.world.instances["leg-1"].state == RESTORING
        kept.act(Upgrade("leg-1", 1, "10"))
    else:
        kept.act(SetNonRenewal(("ent-1",)))
        kept.advance(when("2026-08-09T12:00"))
        kept.act(Renew(("ent-1",), 1))
        assert kept.world.instances["ent-1"].state == RESTORING
        kept.advance(when("2026-08-10T12:00"))
        assert kept.world.instances["ent-1"].state == EXPIRED
    kept.close()
    for restored_at in (None, "2026-08-10T18:00:00+08:00"):
        reopened = tampered_copy(kept, "UPDATE instances SET restored_at = ?", restored_at)
        assert [item.restored_at for item in reopened.world.instances.values()] == [None] * 3
        assert reopened.check() == []
        reopened.advance(when("2026-12-01"))
        assert reopened.check() == []
        reopened.close()


def test_content_that_makes_no_sense(kept: Workspace) -> None:
    """Content that SQLite accepts but Lapse never writes is refused in one sentence."""
    kept.advance(when("2026-08-01"))
    kept.close()
    for statement in (
        "UPDATE accounts SET balance = 'a lot'",
        "UPDATE accounts SET balance = '1.0'",
        "UPDATE accounts SET currency = 'XXX'",
        "UPDATE instances SET account = 'nobody'",
        "UPDATE instances SET expires = 'soon'",
        "UPDATE fleet SET clock = 'now'",
        "UPDATE fleet SET policy = 'none'",
        "INSERT INTO events SELECT seq + 1000, at, type, account, instance, rule, detail FROM events LIMIT 1",
    ):
        tampered = kept.path.with_name("tampered.db")
        tampered.write_bytes(kept.path.read_bytes())
        connection = sqlite3.connect(tampered)
        connection.execute(statement)
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match="is damaged"):
            Workspace.open(tampered)


def test_a_fleet_that_is_not_saved() -> None:
    """A fleet in memory, as in `lapse demo`, works like any other but is not saved."""
    kept = keep(MEMORY, FLEET)
    kept.advance(when("2026-08-01"))
    kept.act(TopUp("acme", "5.00"))
    assert kept.check() == []
    assert not Path(":memory:").exists()


def test_an_import_that_fails_leaves_the_clock(kept: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advance to the import's instant and the import are one transaction: both happen or neither does."""
    before, events = kept.clock, list(kept.history.events())

    def failing(*_: object) -> None:
        raise StoreError("the disk is full")

    document: dict[str, object] = {**FLEET, "clock": "2026-07-20"}
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(core.workspace.workspace, "write_import", failing)
        with pytest.raises(StoreError):
            kept.merge(document, when("2026-07-20"))
    assert (kept.clock, list(kept.history.events())) == (before, events)
    assert Workspace.open(kept.path).clock == before
    kept.merge(document, when("2026-07-20"))
    assert (kept.clock, kept.check()) == (when("2026-07-20"), [])
