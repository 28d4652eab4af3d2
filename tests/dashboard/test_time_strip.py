"""The time strip: each cell is a fixed day with that day's losses, quiet if nothing is lost, and blank if there is no
forecast.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from core.words.sentences import MONTHS
from core.workspace.workspace import Workspace
from core.world.actions import Charge, TopUp
from core.world.events import StateChanged
from core.world.severity import LOSSES
from data import SAMPLE_FLEET
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.keeping import asked, keep, when
from tests.support.ledger import account, document, enterprise, legacy, public
from tui.app.lapse_app import LapseApp
from tui.live.forecasts import AHEAD
from tui.text.glyphs import CLOCK, HEIGHTS, QUIET_DAY
from tui.widgets.time_strip import LEGEND, Mark, name_months, stretch

START = "2026-07-01T00:00:00+08:00"
SIZES = [(60, 15), (80, 24), (120, 40), (160, 50), (240, 50)]


def strip_of(app: LapseApp) -> str:
    """The strip as drawn."""
    return text_of(app).splitlines()[1]


def cells(workspace: Workspace, size: tuple[int, int]) -> dict[int, str]:
    """The sign of each day, by its column in the row."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> str:
        return strip_of(app)

    line = driven(app, steps, size)
    days = stretch(workspace.head.started, workspace.clock, workspace.calendar, size[0])
    found = {}
    for x, sign in enumerate(line):
        day = days.day_at(x)
        if day is not None:
            found[day] = sign
    return found


def lost(workspace: Workspace) -> dict[int, int]:
    """How many instances lost their service or data on each day."""
    counts: dict[int, int] = {}
    for event in workspace.history.events():
        if isinstance(event.fact, StateChanged) and event.fact.target in LOSSES:
            day = workspace.calendar.day_of(event.at)
            counts[day] = counts.get(day, 0) + 1
    return counts


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("days", [0, 9, 45, 100])
def test_the_cells_show_the_losses_of_their_days_and_nothing_else(size: tuple[int, int], days: int) -> None:
    workspace = sample(days)
    shown = cells(workspace, size)
    today = workspace.calendar.day_of(workspace.clock)
    ahead = sample(days)
    ahead.advance(workspace.clock + AHEAD)
    will_be = lost(ahead)
    assert shown[today] == CLOCK
    for day, sign in shown.items():
        foreseen = day < workspace.calendar.day_of(workspace.clock + AHEAD)
        if day != today and foreseen:
            assert (sign in HEIGHTS) == bool(will_be.get(day)), workspace.calendar.format(day * DAY)
            assert sign in HEIGHTS or sign == QUIET_DAY or sign.isalpha()
        elif day != today:
            assert sign == " " or day == workspace.calendar.day_of(workspace.clock + AHEAD) in will_be


def test_the_legend_says_what_the_cells_count() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        assert strip_of(app).startswith(LEGEND) and "losses" in LEGEND

    driven(app, steps, NARROW)


def test_bills_failed_payments_and_refusals_are_not_losses() -> None:
    """None of these takes an instance's service or its data."""
    failing = enterprise(expires="2026-07-31", renewal={"mode": "auto"})
    workspace = workspace_of(document([account(balance="20", low_balance_alert="19"), failing, legacy()], START))
    workspace.act(TopUp("nobody", "5"))
    workspace.act(Charge("acme", "5"))
    workspace.advance(when("2026-07-02 12:00"))
    assert lost(workspace) == {}
    assert cells(workspace, NARROW)[workspace.calendar.day_of(workspace.head.started)] in (QUIET_DAY, "J")


def test_a_frozen_instance_has_lost_its_service() -> None:
    """P2: no device for 30 days."""
    workspace = workspace_of(document([account(), public(last_online="2026-06-10")], START))
    day = workspace.calendar.day_of(when("2026-07-10"))
    assert cells(workspace, NARROW)[day] in HEIGHTS
    workspace.advance(when("2026-07-20"))
    assert cells(workspace, NARROW)[day] in HEIGHTS
    kept = workspace.history.days(day, day)
    assert (kept[day].losses, kept[day].trouble) == (1, 0)


def test_a_month_is_named_in_quiet_cells() -> None:
    """No name covers a loss or moves a day."""
    quiet, loss = Mark(QUIET_DAY, "$quiet"), Mark(HEIGHTS[3], "")
    months = ["Jul"] * 6 + ["Aug"] * 8 + ["Sep"] * 2 + ["Oct"] * 5
    marks = [quiet] * 6 + [quiet, loss] + [quiet] * 6 + [quiet] * 2 + [loss] * 5
    before = len(marks)
    name_months(marks, months)
    assert "".join(mark.text for mark in marks) == f"Jul···{QUIET_DAY}{HEIGHTS[3]}Aug·····" + HEIGHTS[3] * 5
    assert len(marks) == before
    assert marks[6].style == "$quiet on $surface", "where August begins can be seen"


def test_a_month_name_begins_in_the_first_week_or_is_left_out() -> None:
    """Someone who sees "Aug" right of the clock takes the clock's day for July. A single letter names no month."""
    quiet, loss = Mark(QUIET_DAY, "$quiet"), Mark(HEIGHTS[3], "")
    marks = [loss, quiet] * 4 + [quiet] * 6 + [loss] * 7 + [quiet] * 7
    name_months(marks, ["Aug"] * 14 + ["Sep"] * 14)
    text = "".join(mark.text for mark in marks)
    assert text == f"{HEIGHTS[3]}{QUIET_DAY}" * 4 + QUIET_DAY * 6 + HEIGHTS[3] * 7 + QUIET_DAY * 7


@pytest.mark.parametrize("size", SIZES[:3])
@pytest.mark.parametrize("days", [0, 9, 40, 63])
def test_a_month_name_is_complete_or_left_out(size: tuple[int, int], days: int) -> None:
    letters = "".join(sign if sign.isalpha() else " " for _, sign in sorted(cells(sample(days), size).items()))
    assert set(letters.split()) <= set(MONTHS)


def test_the_first_of_a_month_is_in_its_counted_cell() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        line = strip_of(app)
        first = len(LEGEND)
        assert line[first] == CLOCK
        assert line.index("Sep") >= first + 62

    driven(app, steps, WIDE)


def test_a_file_that_counted_frozen_instances_as_trouble_is_recounted(tmp_path: Path) -> None:
    """Counts saved by an older version are shown in today's terms; a read-only file is not changed."""
    path = tmp_path / "fleet.db"
    kept = keep(path, json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    kept.advance(when("2026-09-15"))
    days = asked(path, "SELECT * FROM days ORDER BY day")
    kept.close()
    with closing(sqlite3.connect(path)) as connection:
        frozen = "SELECT count(*) FROM events WHERE type = 'state_changed' AND detail LIKE '%\"to\":\"frozen\"%'"
        frozen += " AND substr(at, 1, 10) = day"
        connection.execute(f"UPDATE days SET trouble = trouble + ({frozen}), service_lost = service_lost - ({frozen})")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'frozen_days'")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    assert asked(path, "SELECT * FROM days ORDER BY day") != days
    with closing(Workspace.open(path, read_only=True)) as opened:
        assert opened.check() == []
    with closing(Workspace.open(path)) as opened:
        assert opened.check() == []
    assert asked(path, "SELECT * FROM days ORDER BY day") == days
