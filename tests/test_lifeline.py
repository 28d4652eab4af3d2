"""The lifeline's scale: the days that were chosen, over all its cells, whatever the width."""

import pytest
from textual.pilot import Pilot

from core.instants import DAY
from core.policy import load_policy
from core.workspace import Workspace
from tests.dashboards import app_of, driven, sample, text_of, workspace_of
from tests.ledger import account, document, public
from tui.app import LapseApp
from tui.screens.overview import OverviewScreen
from tui.settings import HORIZONS, Kept, Settings
from tui.widgets.lifeline import dates, scale_of

CALENDAR = load_policy().calendar
JULY = CALENDAR.parse("2026-07-01T00:00:00+08:00")


@pytest.mark.parametrize("cells", [1, 9, 27, 30, 31, 42, 80])
@pytest.mark.parametrize("horizon", [None, *HORIZONS[1:]])
def test_all_cells_stand_for_the_days_that_were_chosen(cells: int, horizon: int | None) -> None:
    scale = scale_of(JULY, CALENDAR, cells, horizon)
    days = horizon or cells
    assert scale.first(scale.today) == 0 and scale.last(scale.today + days - 1) == cells - 1
    assert scale.first(scale.today + days) >= cells
    for day in range(scale.today, scale.today + days):
        assert scale.first(day) <= scale.last(day) < scale.last(day + 1) + (days > cells)


@pytest.mark.parametrize(
    ("cells", "horizon", "shown"),
    [
        (27, None, "1 Jul  8      15     22"),
        (42, 30, "1 Jul    8         15        22        29"),
        (27, 30, "1 Jul       15           29"),
        (31, 90, "1 Jul  22     12 Aug 2 Sep  23"),
    ],
)
def test_the_dates_stand_above_their_days(cells: int, horizon: int | None, shown: str) -> None:
    assert dates(scale_of(JULY, CALENDAR, cells, horizon), JULY, CALENDAR) == shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
def test_ninety_days_are_ninety_days(size: tuple[int, int]) -> None:
    workspace = sample()
    app = LapseApp(workspace, name="sample", kept=Kept(Settings(horizon=90)))

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("slash", *"plant", "minus", *"02", "enter")
        return next(line for line in text_of(app).splitlines() if "▸ plant-02" in line)

    row = driven(app, steps, size)
    bar = next(part for part in row.split("  ") if "─" in part)
    # Renewed monthly on the 9th, three days before its expiry, and running to the bar's end.
    assert bar.count("$") == paid(workspace, "plant-02")


def paid(workspace: Workspace, instance: str) -> int:
    """How many auto-renewals of an instance go through within 90 days."""
    before = workspace.head.events
    workspace.advance(workspace.clock + 90 * DAY)
    events = [event for event in workspace.recent(instance=instance, last=1000) if event.seq > before]
    return sum(event.type == "renewed" for event in events)


def test_an_act_keeps_the_cursor_on_the_row_it_was_done_to() -> None:
    idle = [public(name, last_online="2026-06-10") for name in ("a-first", "b-second")]
    app = app_of(workspace_of(document([account(), *idle], "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        first = screen.table.cursor
        await pilot.press("o")
        assert screen.table.cursor == first == "a-first" != screen.listing.keys[0]

    driven(app, steps, (120, 40))
