"""A released instance shows its release date, never its expiry (E2, E4, I1); the line "Next" starts with the worst."""

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from core.workspace.workspace import Workspace
from core.world.model import RELEASED
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, auto, document, enterprise, legacy, public
from tui.app.lapse_app import LapseApp
from tui.screens.overview_screen import OverviewScreen
from tui.settings.settings import Settings, SettingsStore
from tui.widgets.dates import expiry_cell
from tui.widgets.explaining import summary

FLEET = document(
    [
        account(),
        enterprise("line-1", expires="2026-07-15"),
        enterprise("trial-1", expires="2026-07-14", trial=True),
        enterprise("auto-1", expires="2026-07-13", renewal=auto()),
        enterprise("loaded-1", expires="2026-06-01"),
    ],
    "2026-07-01",
)
RELEASED_ON = {"line-1": "30 Jul, 16 d ago", "trial-1": "29 Jul, 17 d ago", "auto-1": "28 Jul, 18 d ago",
               "loaded-1": "16 Jun, 60 d ago"}  # fmt: skip
CLOCK = 45


def words(text: str) -> str:
    """The text with single spaces between its words."""
    return " ".join(text.split())


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50)])
@pytest.mark.parametrize("name", RELEASED_ON)
def test_a_released_row_says_when_it_was_released(name: str, size: tuple[int, int]) -> None:
    app = app_of(workspace_of(FLEET, CLOCK))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.table.move_to_key(name)
        await pilot.pause()
        text = text_of(app)
        row = next(line for line in text.splitlines() if f"▸ {name}" in line)
        assert f"- released {RELEASED_ON[name]}" in words(row)
        workspace = app.session.workspace
        lines = summary(workspace.world.instances[name], workspace, 60)
        assert f"released {RELEASED_ON[name]}" in map(str, lines) and "expired" not in "".join(map(str, lines))
        assert size != NARROW or f"- released {RELEASED_ON[name]} Enterprise" in words(text)
        await pilot.press("2", *(["tab"] if name == "auto-1" else []))
        row = next(line for line in text_of(app).splitlines() if f" {name} " in line.partition("│")[0])
        assert f"- released {RELEASED_ON[name].partition(',')[0]}" in words(row)

    driven(app, steps, size)


def test_a_row_without_a_state_column_says_released() -> None:
    app = LapseApp(workspace_of(FLEET, CLOCK), name="x", kept=SettingsStore(Settings(hidden={"overview": ("State",)})))

    async def steps(pilot: Pilot[None]) -> None:
        assert "- released 30 Jul" in words(text_of(app))

    driven(app, steps, WIDE)


def test_a_release_without_a_known_date_says_so() -> None:
    """An export may mark an instance as released without a date (I1)."""
    workspace = workspace_of(FLEET, CLOCK)
    instance = workspace.world.instances["line-1"]
    assert instance.state == RELEASED
    instance.since = None
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.table.move_to_key("line-1")
        await pilot.pause()
        assert words(text_of(app)).count("date not known") == 2
        await pilot.press("2")
        assert "date not known" in text_of(app) and "30 Jul" not in text_of(app)

    driven(app, steps, WIDE)


@pytest.mark.parametrize(
    ("released", "clock", "told"),
    [
        ("2026-12-25", "2027-01-05", "25 Dec, 11 d ago"), ("2026-12-25", "2026-12-25", "25 Dec, today"),
        ("2025-12-25", "2027-01-05", "25 Dec 2025"), ("2026-02-25", "2026-12-31", "25 Feb, 309 d ago"),
    ],
)  # fmt: skip
def test_a_release_of_another_year_keeps_its_day(released: str, clock: str, told: str) -> None:
    workspace: Workspace = workspace_of(FLEET, CLOCK)
    workspace.world.clock = workspace.calendar.parse(clock)
    instance = workspace.world.instances["line-1"]
    instance.since = workspace.calendar.parse(released)
    assert expiry_cell(instance, workspace) == told


# The line "Next"


def next_line(workspace: Workspace, name: str) -> str:
    """The line "Next" for an instance, at 80x24."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> str:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.table.move_to_key(name)
        await pilot.pause()
        return next(line.strip() for line in text_of(app).splitlines() if line.startswith(" Next "))

    return driven(app, steps, NARROW)


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("lapses", "data deleted 28 Jul (E2) · 13 Jul 00:00 expires, service stops (E1)"),
        ("expired", "data deleted 5 Jul (E2)"),
        ("rescued", "service stops 10 Jul (E1) · 7 Jul 08:00 payment fails"),
        ("far", "data deleted 28 Jul 2027 (E2) · 13 Jul 2027 00:00 expires unless renewed"),
        ("idle", "service stops 10 Jul (P2)"),
        ("overdue", "service stops 9 Jul 04:00 (L1) · 8 Jul 04:00 overdue with its account"),
        ("safe", "stays running"),
    ],
)
def test_next_starts_with_the_worst_coming_event(name: str, leads: str) -> None:
    entries = [
        account(balance="0"), account("rich", balance="3000"), account("poor", balance="72"),
        enterprise("lapses", expires="2026-07-13"), enterprise("expired", expires="2026-06-20"),
        enterprise("rescued", account="late", expires="2026-07-10", renewal=auto()),
        account("late", balance="10", coupons=[{"id": "c", "amount": "5000.00", "starts": "2026-07-12"}]),
        enterprise("far", account="rich", expires="2027-07-13"),
        public("idle", account="rich", last_online="2026-06-10"),
        legacy("overdue", account="poor"), public("safe", devices_online=True),
    ]  # fmt: skip
    assert f"Next  {leads}" in next_line(workspace_of(document(entries, "2026-07-01")), name)


def test_the_worst_event_happens_on_its_day() -> None:
    """The data is deleted on the day that the line names."""
    workspace = sample()
    line = next_line(workspace, "pilot-01")
    assert "data deleted 3 Aug" in line
    workspace.advance(workspace.calendar.parse("2026-08-03") - 1)
    assert workspace.world.instances["pilot-01"].state != RELEASED
    workspace.advance(workspace.clock + DAY)
    assert workspace.world.instances["pilot-01"].state == RELEASED
