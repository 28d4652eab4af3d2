"""The lifeline: its scale, and its signs, which keep neighbouring bars apart and distinguish states without colour."""

from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image
from textual.pilot import Pilot
from wcwidth import wcwidth

from core.base.instants import DAY
from core.rules.rulebook import load_policy
from core.workspace.workspace import Workspace
from core.world.model import RELEASED, RUNNING, STATES
from tests.support.dashboards import app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, document, public
from tui.app.lapse_app import LapseApp
from tui.recording.pictures import Frame, Look, Recording, cells_of
from tui.recording.png import write_png
from tui.recording.raster import Canvas
from tui.recording.shapes import WHOLE, bars_of
from tui.recording.svg import write_svg
from tui.screens.overview_screen import OverviewScreen
from tui.settings.settings import HORIZONS, Settings, SettingsStore
from tui.text.glyphs import STAND_INS
from tui.text.states import MARKS
from tui.widgets.lifeline import FAILS, GLYPHS, PAID, dates, scale_of

CALENDAR = load_policy().calendar
JULY = CALENDAR.parse("2026-07-01T00:00:00+08:00")


@pytest.mark.parametrize("cells", [1, 9, 27, 30, 31, 42, 80])
@pytest.mark.parametrize("horizon", [None, *HORIZONS[1:]])
def test_all_cells_together_stand_for_the_chosen_days(cells: int, horizon: int | None) -> None:
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
def test_the_dates_are_above_their_days(cells: int, horizon: int | None, shown: str) -> None:
    assert dates(scale_of(JULY, CALENDAR, cells, horizon), JULY, CALENDAR) == shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
def test_ninety_days_are_ninety_days(size: tuple[int, int]) -> None:
    workspace = sample()
    app = LapseApp(workspace, name="sample", kept=SettingsStore(Settings(horizon=90)))

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("slash", *"plant", "minus", *"02", "enter")
        return next(line for line in text_of(app).splitlines() if "▸ plant-02" in line)

    row = driven(app, steps, size)
    bar = next(part for part in row.split("  ") if "─" in part)
    # Renewed monthly on the 9th, three days before its expiry, and running to the end of the bar.
    assert bar.count("$") == paid(workspace, "plant-02")


def paid(workspace: Workspace, instance: str) -> int:
    """How many auto-renewals of an instance succeed within 90 days."""
    before = workspace.head.events
    workspace.advance(workspace.clock + 90 * DAY)
    events = [event for event in workspace.history.recent(instance=instance, last=1000) if event.seq > before]
    return sum(event.type == "renewed" for event in events)


def test_an_action_keeps_the_cursor_on_its_row() -> None:
    idle = [public(name, last_online="2026-06-10") for name in ("a-first", "b-second")]
    app = app_of(workspace_of(document([account(), *idle], "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        first = screen.table.cursor
        await pilot.press("o")
        assert screen.table.cursor == first == "a-first" != screen.listing.keys[0]

    driven(app, steps, (120, 40))


# Its signs

LOOK = Look((255, 255, 255), (0, 0, 0))


def picture(sign: str, rows: int = 3) -> Recording:
    """A picture of some rows filled with one sign."""
    row = tuple(cells_of(sign * 6, LOOK))
    return Recording("", LOOK, LOOK, (Frame(0, (row,) * rows),), (), 1)


def test_every_state_has_its_own_sign_one_cell_wide_and_its_mark_in_ascii() -> None:
    signs = [GLYPHS[state] for state in STATES]
    assert len({*signs, PAID, FAILS}) == len(signs) + 2
    assert {wcwidth(sign) for sign in signs} == {1}
    in_ascii = {state: STAND_INS[GLYPHS[state]] for state in STATES}
    assert len({*in_ascii.values(), PAID, FAILS}) == len(signs) + 2
    plain = {RUNNING: "-", RELEASED: "."}
    assert in_ascii == {**MARKS, **plain}


@pytest.mark.parametrize("state", STATES)
def test_no_sign_fills_the_height_of_its_cell_so_bars_stay_apart(state: str) -> None:
    for bar in bars_of(GLYPHS[state]):
        assert WHOLE / 5 <= bar.top < bar.bottom <= WHOLE * 4 / 5
        # The bar has the full colour: less of it would look as faint as a darker one.
        assert bar.share == 4


@pytest.mark.parametrize("cell", [(8, 17), (16, 34)], ids=["gif", "png"])
def test_in_pixels_background_separates_rows_and_each_state_has_its_texture(cell: tuple[int, int]) -> None:
    seen: set[bytes] = set()
    width, height = cell
    for state in STATES:
        recording = picture(GLYPHS[state])
        canvas = Canvas(recording, *cell, 4)
        canvas.draw(recording.frames[0])
        left, top = canvas.size[0] // 2 - width, round(height * 1.5)
        rows = canvas.image.crop((left, top, left + 2 * width, top + 3 * height))
        ground = canvas.palette.index((0, 0, 0))
        empty = [set(rows.crop((0, y, 2 * width, y + 1)).tobytes()) == {ground} for y in range(3 * height)]
        for edge in (height, 2 * height):
            assert all(empty[edge - height // 6 : edge + height // 6]), state
        assert not all(empty)
        seen.add(rows.tobytes())
    assert len(seen) == len(STATES)


def test_a_png_keeps_the_gap_between_rows() -> None:
    for state in STATES:
        with Image.open(BytesIO(write_png(picture(GLYPHS[state])))) as image:
            pixels = image.convert("RGB")
        edge = 51 + 34
        assert set(pixels.crop((16, edge - 5, 112, edge + 5)).tobytes()) == {0}, state


def test_an_svg_keeps_the_gap_between_rows() -> None:
    for state in STATES:
        root = ElementTree.fromstring(write_svg(picture(GLYPHS[state])))
        bars = [
            element for element in root.iter("{http://www.w3.org/2000/svg}rect") if element.get("fill") == "#ffffff"
        ]
        assert bars or state == RELEASED
        for bar in bars:
            top = float(bar.attrib["y"]) % 18
            assert top >= 3 and top + float(bar.attrib["height"]) <= 15 and bar.get("opacity") is None, state
