"""Routine bills are folded: usage bills that are settled at the instant they are issued (B1, B2, C1).

A folded log counts all of them, and every event that has to do with trouble keeps its own line.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from core.words.folding import Line, RoutineBills, fold, joined, newest, tell_bills
from core.workspace.workspace import Workspace
from core.world.actions import Charge, TopUp
from core.world.events import BillIssued, Event
from data import SAMPLE_FLEET
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.keeping import CALENDAR, keep, lapse, when
from tests.support.ledger import History, account, document, legacy, public
from tui.app.lapse_app import LapseApp
from tui.screens.log_screen import LogScreen
from tui.screens.overview_screen import OverviewScreen
from tui.widgets.ticker import Ticker


def told(lines: Sequence[Line]) -> list[str]:
    """The lines in short: the type of an event, or the text about routine bills."""
    return [
        f"{line.whom}: {tell_bills(line, line.at, CALENDAR)}" if isinstance(line, RoutineBills) else line.type
        for line in lines
    ]


def two_accounts() -> History:
    """Two accounts with one bill a day each."""
    first, second = account("acme", balance="100.00"), account("globex", balance="18.00")
    return History(first, second, legacy("leg-1", "10.00"), legacy("leg-2", "6.00", account="globex"))


def test_bills_settled_at_once_become_one_line():
    history = two_accounts().until("2026-07-04 12:00")
    assert told(list(fold(history.log))) == ["2 accounts: 6 routine bills since 2 Jul 04:00, settled at once"]


def test_an_unpaid_bill_and_its_consequences_keep_their_lines():
    """C1, L1: the bill of 4 July can't be paid, and the account becomes overdue."""
    lines = told(list(fold(two_accounts().until("2026-07-05 12:00").log)))
    assert lines[0] == "2 accounts: 7 routine bills since 2 Jul 04:00, settled at once"
    assert lines[1:4] == ["bill_issued", "account_overdue", "state_changed"]


def test_a_bill_settled_later_keeps_its_line():
    """A top-up settles an unpaid bill: that is not routine. Nor is a bill outside the billing cycle (B3)."""
    history = two_accounts().until("2026-07-05 12:00").at("2026-07-05 12:00", TopUp("globex", "50"))
    log = len(history.log)
    assert "bill_settled" in told(list(fold(history.log)))
    history.at("2026-07-05 13:00", Charge("acme", "5.00"))
    assert told(list(fold(history.log[log:]))) == ["bill_issued", "bill_settled"]


def test_bills_with_the_same_id_on_two_accounts_are_distinct():
    """Lapse gives the bills of one cycle the same id on every account."""
    first, second = account("acme", balance="100.00"), account("globex")
    history = History(first, second, legacy("leg-1"), legacy("leg-2", account="globex")).until("2026-07-02 04:00")
    lines = list(fold(history.log))
    assert told(lines)[0] == "acme: 1 routine bill, settled at once"
    assert [line.account for line in lines if isinstance(line, Event) and isinstance(line.fact, BillIssued)] == [
        "globex"
    ]


def test_folding_loses_no_event():
    events = list(sample(60).history.events())
    lines = list(fold(events))
    kept = [line for line in lines if isinstance(line, Event)]
    assert len(kept) + 2 * sum(line.bills for line in lines if isinstance(line, RoutineBills)) == len(events)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert [line.seq for line in kept] == sorted(line.seq for line in kept)


@pytest.mark.parametrize("days", [1, 7, 20, 59])
def test_a_log_folded_in_two_parts_is_the_same(days: int):
    events = list(sample(60).history.events())
    cut = next((place for place, event in enumerate(events) if event.at > events[0].at + days * DAY), len(events))
    assert joined(list(fold(events[:cut])), fold(events[cut:])) == list(fold(events))


@pytest.mark.parametrize("page", [1, 2, 3, 7, 128])
def test_the_newest_lines_equal_those_of_the_whole_log(page: int, monkeypatch: pytest.MonkeyPatch):
    """Wherever a page ends: within an instant, or within a run of bills."""
    monkeypatch.setattr("core.words.folding._FIRST_PAGE", page)
    kept = sample(40)
    whole = list(fold(kept.history.events()))
    for wanted in (0, 1, 2, 5, 30, len(whole), 10_000):
        lines = newest(lambda before, last: list(kept.history.events(before=before, last=last)), wanted)
        assert len(lines) >= min(wanted, len(whole))
        assert lines == whole[len(whole) - len(lines) :]


def billed(accounts: int, days: int) -> Workspace:
    """A workspace with a number of accounts, each with one bill a day."""
    entries = [account(f"acc-{number:03}", balance="10000.00") for number in range(accounts)]
    entries += [legacy(f"leg-{number:03}", account=f"acc-{number:03}") for number in range(accounts)]
    return workspace_of(document(entries, "2026-07-01T00:00:00+08:00"), days)


def test_a_run_cut_by_the_reading_limit_is_marked_as_partial():
    """All events read are routine bills: the line counts those read, and says that there may be more."""
    kept = billed(100, 3)
    lines = newest(lambda before, last: list(kept.history.events(before=before, last=last)), 10, 150)
    assert [(line.bills, line.whole) for line in lines if isinstance(line, RoutineBills)] == [(50, False)]


# In the event pane


def shown(app: LapseApp) -> type[object]:
    """The type of the current screen."""
    return type(app.screen)


def pane(app: LapseApp) -> list[Line]:
    """The lines of the event pane, newest first."""
    return app.screen.query_one(Ticker)._folded


def test_the_event_pane_folds_routine_bills_and_the_log_shows_them():
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        assert "2 routine bills, settled at once" in text_of(app)
        assert "issued bill" not in text_of(app)
        await pilot.press("tab", "tab", "j", "j")
        ticker = app.screen.query_one(Ticker)
        assert isinstance(ticker.line, RoutineBills) and ticker.event is None
        await pilot.press("enter")
        assert shown(app) is LogScreen
        assert "settled bill usage-2026-07-08 of USD 6.00" in text_of(app)
        assert "issued bill" in text_of(app)
        await pilot.press("escape", "escape")
        assert shown(app) is OverviewScreen
        await pilot.press("l")
        assert "issued bill usage-2026-07-08" in text_of(app)

    driven(app, steps, WIDE)


def test_the_event_pane_extends_a_run_of_bills(monkeypatch: pytest.MonkeyPatch):
    """New events are folded with the old ones. After a jump over more events than it reads, it starts anew."""
    monkeypatch.setattr("tui.widgets.ticker._MOST_READ", 60)
    workspace = billed(3, 1)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        for key in ("right", "right", "shift+right", "right"):
            await pilot.press(key)
            await pilot.pause()
            whole = list(fold(workspace.history.events()))
            assert pane(app) == whole[::-1]

    driven(app, steps, NARROW)


def test_the_selected_run_of_bills_stays_selected_as_it_grows():
    app = app_of(billed(2, 2))

    async def steps(pilot: Pilot[None]) -> None:
        ticker = app.screen.query_one(Ticker)
        await pilot.press("t", "5", "0", "0", "enter", "tab", "tab", "j")
        chosen = ticker.line
        assert isinstance(chosen, RoutineBills)
        await pilot.press("right")
        await pilot.pause()
        assert ticker.line == chosen

    driven(app, steps, WIDE)


# On the command line


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """The file of the sample fleet."""
    path = tmp_path / "fleet.db"
    keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))).close()
    return path


def test_advance_folds_routine_bills_without_all(db: Path, capsys: pytest.CaptureFixture[str]):
    assert lapse("advance", "2d", "--db", db) == 0
    assert "2 accounts            2 routine bills, settled at once (--all shows them)" in capsys.readouterr().out
    assert lapse("advance", "2d", "--all", "--db", db) == 0
    out = capsys.readouterr().out
    assert "issued bill usage-2026-07-03 of USD 6.00 (B1)" in out and "routine" not in out


def test_the_log_folds_routine_bills_without_all(db: Path, capsys: pytest.CaptureFixture[str]):
    lapse("advance", "--to", "2026-07-05", "--db", db)
    capsys.readouterr()
    assert lapse("log", "--db", db) == 0
    folded = capsys.readouterr().out.splitlines()
    assert sum("routine bill" in line for line in folded) == 3 and not any("issued bill" in line for line in folded)
    assert lapse("log", "--all", "--db", db) == 0
    assert sum("issued bill" in line for line in capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize("last", [0, 1, 2, 5, 1_000])
def test_log_last_prints_the_newest_folded_lines(last: int, db: Path, capsys: pytest.CaptureFixture[str]):
    lapse("advance", "--to", "2026-07-15", "--db", db)
    capsys.readouterr()
    lapse("log", "--db", db)
    whole = capsys.readouterr().out.splitlines()
    assert lapse("log", "--last", last, "--db", db) == 0
    assert capsys.readouterr().out.splitlines() == whole[max(len(whole) - last, 0) :]


def test_json_and_a_filter_by_type_are_not_folded(db: Path, capsys: pytest.CaptureFixture[str]):
    lapse("advance", "--to", "2026-07-05", "--db", db, "--json")
    advanced = json.loads(capsys.readouterr().out)["events"]
    lapse("log", "--db", db, "--json")
    assert json.loads(capsys.readouterr().out)["events"] == advanced
    assert sum(event["type"] == "bill_settled" for event in advanced) == 6
    lapse("log", "--type", "bill_settled", "--db", db)
    assert len(capsys.readouterr().out.splitlines()) == 6
    assert when("2026-07-05")


def test_the_event_pane_reads_only_visible_events_until_it_has_the_focus(monkeypatch: pytest.MonkeyPatch):
    """With the focus it holds all events that one can move through."""
    entries = [account(balance="0")]
    entries += [public(f"pub-{number:03}", last_online="2026-06-02") for number in range(60)]
    app = app_of(workspace_of(document(entries, "2026-07-01T00:00:00+08:00")))

    async def steps(pilot: Pilot[None]) -> None:
        asked: list[int] = []
        page = Ticker._page

        def counted(ticker: Ticker, before: int | None, last: int) -> list[Event]:
            asked.append(last)
            return page(ticker, before, last)

        monkeypatch.setattr(Ticker, "_page", counted)
        app.session.advance(when("2026-07-03"))
        await pilot.pause()
        height = app.screen.query_one(Ticker).size.height
        assert 0 < sum(asked) < 300 and len(pane(app)) >= height > 0
        await pilot.press("tab", "tab", "G")
        assert len(pane(app)) == 60
        assert app.screen.query_one(Ticker).line == pane(app)[-1]

    driven(app, steps, WIDE)
