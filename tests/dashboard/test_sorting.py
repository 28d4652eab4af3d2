"""A click on a column's head sorts the table, a second click reverses it; cursor and marks stay on their rows."""

from typing import Final

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, document, enterprise, public
from tui.app.lapse_app import LapseApp
from tui.screens.instance_screen import InstanceScreen
from tui.screens.overview_screen import LIFELINE
from tui.settings.settings import Settings, SettingsStore
from tui.text.glyphs import DOWNWARDS, UPWARDS
from tui.widgets.rows import RowTable

pytestmark = pytest.mark.usefixtures("unpainted")

VAST: Final = (160, 50)


def instance_screen(app: LapseApp) -> InstanceScreen:
    """The current screen, which must show a table of instances."""
    assert isinstance(app.screen, InstanceScreen)
    return app.screen


def begins(table: RowTable, title: str) -> int:
    """The first cell of a column."""
    at = 2
    for _, column, width in table._laid_out():
        if column.title == title:
            return at
        at += width + 2
    raise AssertionError(f"there is no room for {title}")


def titles(table: RowTable) -> list[str]:
    """The titles of the visible columns."""
    return [column.title for _, column, _ in table._laid_out()]


def mark(table: RowTable, title: str) -> str:
    """The sort mark in a column's head; empty if there is none."""
    width = table.width_of(title)
    head = table._header().text[begins(table, title) :][:width]
    return next((sign for sign in (UPWARDS, DOWNWARDS) if sign in head), "")


SCREENS = {"overview": ["1"], "manual": ["2"], "auto": ["2", "tab"], "non-renewal": ["2", "tab", "tab"]}
UNSORTED = {"Paid on", "Outcome"}
"""Columns that cannot be sorted, because their texts come from the forecast."""


@pytest.mark.parametrize("size", [NARROW, WIDE, VAST])
@pytest.mark.parametrize("name", SCREENS)
def test_each_column_sorts_and_a_second_click_reverses_it(name: str, size: tuple[int, int]) -> None:
    app = app_of(sample(28))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*SCREENS[name], "down", "down", "space")
        screen = instance_screen(app)
        table, cursor, marked = screen.table, screen.table.cursor, list(screen.marks.keys)
        for title in titles(table):
            before = list(table.keys)
            await pilot.click("#table", offset=(begins(table, title), 0))
            once, first = list(table.keys), mark(table, title)
            await pilot.click("#table", offset=(begins(table, title) + table.width_of(title) - 1, 0))
            if title in UNSORTED:
                assert list(table.keys) == once == before and not mark(table, title)
                continue
            assert list(table.keys) == once[::-1]
            assert {first, mark(table, title)} == {UPWARDS, DOWNWARDS}
            assert [other for other in titles(table) if mark(table, other)] == [title]
            assert table.cursor == cursor and list(screen.marks.keys) == marked

    driven(app, steps, size)


def test_prices_sort_descending_first() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        screen = instance_screen(app)
        await pilot.click("#table", offset=(begins(screen.table, "Monthly price") + 12, 0))
        prices = [app.session.workspace.world.instances[key].monthly_price for key in screen.table.keys]
        assert prices == sorted(prices, reverse=True) and mark(screen.table, "Monthly price") == DOWNWARDS

    driven(app, steps)


def test_a_click_outside_the_visible_columns_does_nothing() -> None:
    kept = SettingsStore(Settings(hidden={"overview": ("Expires",)}))
    app = LapseApp(sample(28), name="sample", kept=kept)

    async def steps(pilot: Pilot[None]) -> None:
        screen = instance_screen(app)
        table, before = screen.table, list(screen.table.keys)
        assert "Expires" not in titles(table)
        for x in (0, 1, table.size.width - 1):
            await pilot.click("#table", offset=(x, 0))
            assert list(table.keys) == before or x == table.size.width - 1
        await pilot.press("2")
        await pilot.click("#table", offset=(0, 0))

    driven(app, steps, WIDE)


def test_a_tab_keeps_the_order_if_it_has_the_column_and_else_sorts_by_expiry() -> None:
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        screen = instance_screen(app)
        await pilot.click("#table", offset=(begins(screen.table, "Instance"), 0))
        await pilot.press("tab")
        assert list(screen.table.keys) == sorted(screen.table.keys) and mark(screen.table, "Instance") == UPWARDS
        await pilot.click("#table", offset=(begins(screen.table, "Next payment"), 0))
        await pilot.press("tab")
        assert mark(screen.table, "Expires") == UPWARDS
        ends = [app.session.workspace.world.instances[key].expires or 0 for key in screen.table.keys]
        assert ends == sorted(ends)

    driven(app, steps, WIDE)


@pytest.mark.parametrize("title", ["Next reminder", "Next payment", "Data deleted", "Period"])
def test_an_order_by_the_next_date_follows_the_clock(title: str) -> None:
    """After a failed payment or a sent reminder, the row shows the next date (A6, N2)."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", *(["tab"] if title in ("Next payment", "Period") else []))
        screen = instance_screen(app)
        await pilot.click("#table", offset=(begins(screen.table, title), 0))
        for _ in range(12):
            app.session.advance(app.session.workspace.clock + 3 * DAY)
            await pilot.pause()
            kept = list(screen.table.keys)
            screen.listing.read_anew()
            assert list(screen.listing.keys) == kept

    driven(app, steps, VAST)


# Room for the lifeline


LONG = ("x" * 100, "工" * 50, "ab-" * 40, "iot-" + "0" * 60 + "-工厂")


@pytest.mark.parametrize("size", [NARROW, WIDE, VAST])
@pytest.mark.parametrize("name", LONG)
def test_a_long_id_is_cut_so_that_the_lifeline_keeps_its_cells(name: str, size: tuple[int, int]) -> None:
    entries = [account(), public(name, devices_online=True), enterprise("short", expires="2026-07-13")]
    app = app_of(workspace_of(document(entries, "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> None:
        table = instance_screen(app).table
        assert table.width_of(LIFELINE) >= 24
        await pilot.press("G")
        row = next(line for line in text_of(app).splitlines() if "▸" in line)
        assert "…" in row and "+ running" in row and "─" * 20 in row
        for line in app.screen._compositor.render_strips():
            assert line.cell_length == size[0]
        peek = next((line for line in text_of(app).splitlines()[5:] if "Public" in line), "+ running")
        assert size != NARROW or "+ running" in peek

    driven(app, steps, size)
