"""The log as the screens read it: filtered by instance, account and type, and backwards page by page."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.base.errors import FleetMoved
from core.base.instants import HOUR
from core.store.days import DayCount
from core.store.schema import VERSION
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from core.world.severity import DATA_LOST, PLAIN, SERVICE_LOST, TROUBLE, badness, is_echo
from data import SAMPLE_FLEET
from tests.support.dashboards import sample
from tests.support.keeping import CALENDAR, FLEET, POLICY, asked, keep, when


@pytest.fixture(scope="module")
def kept() -> Workspace:
    """The sample fleet after 45 days."""
    return sample(45)


def test_events_of_several_types_come_in_log_order(kept: Workspace) -> None:
    kinds = ("renewed", "bill_settled")
    wanted = [event for event in kept.history.events() if event.type in kinds]
    assert {event.type for event in wanted} == set(kinds)
    assert list(kept.history.events(kinds=kinds)) == wanted
    assert (
        list(kept.history.events(kinds=kinds, account="acme", last=3))
        == [event for event in wanted if event.account == "acme"][-3:]
    )


def test_an_empty_list_of_types_gives_no_events(kept: Workspace) -> None:
    assert list(kept.history.events(kinds=())) == []


def test_the_log_is_paged_backwards_without_a_gap(kept: Workspace) -> None:
    pages, before = [], None
    while page := list(kept.history.events(before=before, last=37)):
        pages.append(page)
        before = page[0].seq
    assert [event for page in reversed(pages) for event in page] == list(kept.history.events())
    assert all(len(page) == 37 for page in pages[:-1])


def test_after_and_before_are_exclusive(kept: Workspace) -> None:
    assert [event.seq for event in kept.history.events(after=10, before=14)] == [11, 12, 13]


# The day counts


def counted(kept: Workspace) -> dict[int, DayCount]:
    """The day counts, computed from the whole log one event at a time."""
    days: dict[int, list[int]] = {}
    for event in kept.history.events():
        if not is_echo(event):
            counts = days.setdefault(kept.calendar.day_of(event.at), [0, 0, 0, 0])
            counts[0] += 1
            if bad := badness(event):
                counts[bad] += 1
    return {day: DayCount(*counts) for day, counts in days.items()}


def all_days(kept: Workspace) -> dict[int, DayCount]:
    """The day counts in the file."""
    return kept.history.days(kept.calendar.day_of(kept.head.started), kept.calendar.day_of(kept.clock))


def test_every_day_is_counted_exactly(kept: Workspace) -> None:
    days = counted(kept)
    assert {day.worst for day in days.values()} == {PLAIN, TROUBLE, SERVICE_LOST, DATA_LOST}
    assert all_days(kept) == days


def test_the_day_counts_do_not_depend_on_the_steps(kept: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.workspace.workspace.CHUNK", 7)
    other = sample()
    for hours in (1, 23, 300):
        other.advance(other.clock + hours * HOUR, playing=True)
    other.act(TopUp("nobody", "5"))
    other.advance_to_next_event()
    other.advance(kept.clock)
    days = all_days(other)
    assert days == counted(other)
    assert sum(day.trouble for day in days.values()) == sum(day.trouble for day in all_days(kept).values()) + 1


def test_only_the_requested_days_are_read(kept: Workspace) -> None:
    days = counted(kept)
    first, *_, last = sorted(days)
    assert kept.history.days(first + 1, last - 1) == {day: count for day, count in days.items() if first < day < last}


def test_a_file_of_the_first_schema_gets_day_counts(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    kept = keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    kept.advance(when("2026-09-15"))
    kept.act(TopUp("nobody", "5"))
    days, events = all_days(kept), list(kept.history.events())
    kept.close()
    revert_to_the_first_schema(path)
    with closing(Workspace.open(path)) as opened:
        assert all_days(opened) == days == counted(opened)
        assert list(opened.history.events()) == events
        assert opened.check() == []
    assert asked(path, "PRAGMA user_version") == [(VERSION,)]


def test_a_read_only_file_of_the_first_schema_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    keep(path, FLEET).close()
    revert_to_the_first_schema(path)
    path.chmod(0o444)
    with closing(Workspace.open(path, read_only=True)) as opened:
        assert opened.world.accounts["acme"].balance == 1000_00
    assert asked(path, "PRAGMA user_version") == [(1,)]


def revert_to_the_first_schema(path: Path) -> None:
    """Remove from a file everything that later schemas added."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE days")
        connection.execute("DROP TABLE history")
        connection.execute("ALTER TABLE fleet DROP COLUMN identity")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name <> 'fleet'")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def test_events_that_could_not_be_written_are_not_counted(tmp_path: Path) -> None:
    """If a write fails because another program changed the fleet, its events are not counted."""
    path = tmp_path / "fleet.db"
    first = keep(path, FLEET)
    with closing(Workspace.open(path)) as second:
        second.act(TopUp("acme", "5"))
        with pytest.raises(FleetMoved):
            first.act(TopUp("acme", "6"))
        first.act(TopUp("acme", "7"))
        assert all_days(first) == counted(first) == {CALENDAR.day_of(first.clock): DayCount(2, 0, 0, 0)}
    first.close()


def test_a_restart_clears_the_day_counts(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db"
    kept = keep(path, FLEET)
    kept.act(TopUp("acme", "5"))
    kept.close()
    again, _ = begin(path, FLEET, when("2026-07-01"), POLICY, "again", copy_to=tmp_path / "copy.db")
    assert all_days(again) == {}
    again.close()


# The index


def test_indexing_a_long_log_does_not_change_its_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.workspace.history.SHORT", 50)
    path = tmp_path / "fleet.db"
    kept = keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    kept.advance(when("2026-08-15"))
    log = list(kept.history.events())
    quick_before = kept.history.log_is_quick
    assert kept.history.recent(instance="plant-12", last=24) == [e for e in log[-50:] if e.instance == "plant-12"]
    kept.history.index_log()
    assert (quick_before, kept.history.log_is_quick) == (False, True)
    about = [event for event in log if event.account == "acme"]
    kinds = ("bill_settled", "renewed")
    assert kept.history.recent(instance="plant-12", last=24) == [e for e in log if e.instance == "plant-12"][-24:]
    assert kept.history.recent(account="acme", last=10) == about[-10:]
    assert kept.history.recent(account="acme", kinds=kinds, last=10) == [e for e in about if e.type in kinds][-10:]
    assert kept.history.recent(account="acme", last=0) == []
    kept.advance(when("2026-09-15"))
    assert kept.history.recent(account="acme", last=9) == [e for e in kept.history.events() if e.account == "acme"][-9:]
    kept.close()
    plan = "EXPLAIN QUERY PLAN SELECT * FROM events WHERE instance = 'a' AND seq > 5 ORDER BY seq DESC LIMIT 24"
    assert "USING INDEX events_by_instance" in str(asked(path, plan))


def test_a_short_log_needs_no_index(tmp_path: Path) -> None:
    kept = keep(tmp_path / "fleet.db", FLEET)
    assert kept.history.log_is_quick
    kept.close()
    assert asked(tmp_path / "fleet.db", "SELECT count(*) FROM sqlite_master WHERE name LIKE 'events_by%'") == [(0,)]


def test_verify_checks_the_day_counts(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db"
    kept = keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    kept.advance(when("2026-08-15"))
    assert kept.check() == []
    kept.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE days SET trouble = trouble + 1 WHERE day = '2026-08-01'")
        connection.commit()
    with closing(Workspace.open(path)) as opened:
        assert opened.check() == ["the counts of the days differ from the journal's"]
