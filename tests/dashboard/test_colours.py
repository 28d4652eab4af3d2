"""Meaningful colours have enough contrast with their background: on every theme and screen, as drawn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import BLACK, WHITE, Color
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES, Theme

from core.words.sentences import NOTICES
from core.world.events import NoticeSent, StateChanged
from core.world.model import EXPIRED, FROZEN, RELEASED, STATES, STOPPED
from core.world.severity import STATE_BADNESS, TROUBLE
from tests.support.dashboards import WIDE, app_of, driven, sample, text_of
from tui.app.lapse_app import LapseApp
from tui.settings.legible import LEAST, LEAST_CHOSEN, contrast, legible
from tui.settings.themes import OURS, legible_accent
from tui.text.states import MARKS, STYLE_OF, content_style, style_of
from tui.widgets.event_list import event_row
from tui.widgets.ledger import Inbox
from tui.widgets.lifeline import FAILS, GLYPHS, PAID

TRUECOLOUR = [theme for theme in (*OURS, *BUILTIN_THEMES.values()) if not theme.ansi]
"""The themes with known colours; the sixteen-colour themes use the terminal's own."""
GROUNDS = ("background", "surface", "panel", "cursor-row", "cursor-row-idle")
"""The possible backgrounds: a screen, a dialog, a bar, and the cursor row with and without the focus."""
TEXTS = (*(f"state-{state}" for state in STATES), "quiet", "accent", "foreground")
AREAS = ("area-covered", "area-short", "area-owed")


def variables(theme: Theme) -> dict[str, Color]:
    """The colours of a theme as the dashboard defines them."""
    app = app_of(sample())
    app.theme = theme.name
    wanted = {*GROUNDS, *TEXTS, *AREAS, "rule"}
    return {name: Color.parse(value) for name, value in app.get_css_variables().items() if name in wanted}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == 1
    assert contrast(Color.parse("#777777"), WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast(Color.parse("#e60000"), WHITE) == contrast(WHITE, Color.parse("#e60000"))


def test_a_legible_colour_stays_and_another_changes_as_little_as_possible() -> None:
    dark, light = Color.parse("#11151a"), Color.parse("#fbfbf8")
    blue = Color.parse("#6cb0f5")
    assert legible(blue, [dark]) == blue
    for ground in (dark, light):
        assert LEAST <= contrast(legible(ground, [ground]), ground) < LEAST + 1
    # If no colour has enough contrast with all backgrounds, the nearest one is used.
    assert legible(blue, [BLACK, WHITE, Color.parse("#777777")]) in (BLACK, WHITE)


@pytest.mark.parametrize("theme", TRUECOLOUR, ids=[theme.name for theme in TRUECOLOUR])
def test_every_state_and_text_has_contrast_with_every_background(theme: Theme) -> None:
    found = variables(theme)
    for behind in GROUNDS:
        for name in TEXTS:
            colour, ground = found[name], found[behind]
            assert colour.a == ground.a == 1, (name, behind)
            assert contrast(colour, ground) >= LEAST, (name, behind)
    for area in AREAS:
        assert contrast(found[area], found["background"]) >= LEAST, area
    assert contrast(found["cursor-row"], found["background"]) > 1.05


def test_the_sixteen_colour_accent_stays_the_terminals_own() -> None:
    app = app_of(sample())
    app.theme = "ansi-dark"
    assert app.get_css_variables()["accent"].startswith("ansi")
    app.theme = "lapse-dark"
    assert app.theme_variables["accent"] == legible_accent(app.theme_variables)


def drawn(app: LapseApp) -> Iterator[tuple[str, Style]]:
    """The texts on the screen with their styles; for a dialog, without the dimmed screen behind it."""
    region = next((box.region for box in app.screen.query(".box")), app.screen.region)
    for strip in app.screen._compositor.render_strips()[region.y : region.bottom]:
        for text, style, _ in strip.crop(region.x, region.right):
            if text.strip() and style is not None and style.color is not None and style.bgcolor is not None:
                yield text.strip(), style


def too_faint(app: LapseApp) -> set[tuple[str, str]]:
    """The texts drawn with too little contrast, except lines and grids that only divide; on a selected row all text
    counts.
    """
    rule = Color.parse(app.theme_variables["rule"])
    chosen = [Color.parse(app.theme_variables[name]) for name in ("cursor-row", "cursor-row-idle")]
    found = set()
    for text, style in drawn(app):
        assert style.color is not None and style.bgcolor is not None and not style.dim
        ink, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
        if ink != rule and contrast(ink, ground) < (LEAST_CHOSEN if ground in chosen else LEAST):
            found.add((text, f"{ink.hex} on {ground.hex}"))
    return found


PLACES = ("", "down down", "j r", "escape t", "escape question_mark", "G", "escape colon", "escape 2", "tab", "3", "l",
          "down down", "escape 3 i", "down", "1 tab tab", "down")  # fmt: skip
"""Key sequences, pressed one after the other, that reach rows, dialogs and screens."""


@pytest.mark.parametrize("theme", OURS, ids=[theme.name for theme in OURS])
@pytest.mark.parametrize("days", [9, 45])
def test_every_drawn_text_is_legible(theme: Theme, days: int) -> None:
    app = app_of(sample(days))

    async def steps(pilot: Pilot[None]) -> None:
        app.theme = theme.name
        for keys in PLACES:
            await pilot.press(*keys.split())
            await pilot.pause()
            assert not too_faint(app), keys

    driven(app, steps, WIDE)


def test_all_states_are_drawn_legibly_on_every_theme() -> None:
    """The words and lifelines of the states on every row in turn, and all seven in the legend of the help."""
    app = app_of(sample(45))
    rows = len(app.session.workspace.world.instances)

    async def steps(pilot: Pilot[None]) -> None:
        for theme in TRUECOLOUR:
            app.theme = theme.name
            for _ in range(rows if theme in OURS else 1):
                await pilot.press("j")
                await pilot.pause()
                assert not too_faint(app), theme.name
            await pilot.press("g", "question_mark", "G")
            await pilot.pause()
            assert not too_faint(app), theme.name
            shown = {text for text, _ in drawn(app)}
            assert {f"{MARKS[state]} {state}" for state in STATES} <= shown
            await pilot.press("escape")

    driven(app, steps, WIDE)


@pytest.mark.parametrize("theme", OURS, ids=[theme.name for theme in OURS])
def test_the_greeting_can_be_read(theme: Theme, tmp_path: Path) -> None:
    """Each choice in turn; the sample lifeline explains every sign in it."""
    app = LapseApp(None, name="none", path=tmp_path / "fleet.db")

    async def steps(pilot: Pilot[None]) -> None:
        app.theme = theme.name
        for _ in range(3):
            await pilot.pause()
            assert not too_faint(app)
            await pilot.press("down")
        life, legend = text_of(app).partition("$ paid   ? payment fails")[::2]
        assert PAID in life and FAILS in life
        assert all(f"{sign} {state}" in legend for state, sign in GLYPHS.items() if sign in life and state in legend)

    driven(app, steps)


# Notices


def test_a_notice_has_one_colour_in_the_inbox_the_log_and_beside_the_repeated_event() -> None:
    """Only `core.world.severity` decides how bad a notice is."""
    workspace = sample(45)
    seen: dict[str, str] = {}
    for event in workspace.history.events():
        style = event_row(event, workspace).cells[3].style.replace("quiet", "")
        assert content_style(style) == style_of(event)
        if isinstance(event.fact, NoticeSent):
            seen[NOTICES[event.fact.notice]] = style
        elif isinstance(event.fact, StateChanged):
            seen[event.fact.target] = style
    for notice, state in {"expired": EXPIRED, "stopped": STOPPED, "frozen": FROZEN, "released": RELEASED}.items():
        assert seen[NOTICES[notice]] == seen[state] == STYLE_OF[STATE_BADNESS[state]]
    assert seen[NOTICES["release_tomorrow"]] == seen[NOTICES["low_balance"]] == STYLE_OF[TROUBLE]
    assert seen[NOTICES["renewal_reminder"]] == ""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3", "i")
        for inbox in app.screen.query(Inbox):
            rows = [row for key in inbox.keys if (row := inbox.row_of(key)) is not None]
            assert len(rows) > 20
            assert {(row.cells[2].text, row.cells[2].style) for row in rows} <= set(seen.items())

    driven(app, steps, WIDE)
