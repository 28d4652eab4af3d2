"""The palette: phrases with an argument, the preview of their result, and the history of phrases."""

import random
import re
from collections.abc import Sequence

import pytest
from textual import events
from textual.pilot import Pilot

from core.base.instants import DAY
from core.workspace.workspace import Workspace
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import account, document, enterprise
from tui.app.lapse_app import LapseApp
from tui.commands.table import ACCOUNT, LOG, OVERVIEW, RENEWAL
from tui.dialogs.palette import Palette
from tui.dialogs.phrases import PHRASES
from tui.dialogs.renew import RenewDialog
from tui.live.pacer import SPEEDS
from tui.screens.filtered_screen import FilteredScreen
from tui.screens.fleet_screen import FleetScreen
from tui.screens.instance_screen import InstanceScreen
from tui.settings.themes import ROUND
from tui.text.glyphs import CURSOR
from tui.widgets.entry import Entry
from tui.widgets.rows import RowTable

pytestmark = pytest.mark.usefixtures("unpainted")

KEYS_TO = {OVERVIEW: "1", RENEWAL: "2", ACCOUNT: "3", LOG: "l"}


async def say(pilot: Pilot[None], text: str, *keys: str) -> None:
    """Open the palette, type a text, and press keys."""
    await pilot.press("colon")
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    await pilot.press(*keys)
    await pilot.pause()


def told(app: LapseApp) -> str:
    """The palette's comment on the phrase in its field, as one line."""
    palette = app.screen
    assert isinstance(palette, Palette)
    shown = palette.query_one("#told")
    return " ".join(str(shown.render()).split()) if shown.display else ""


def toast(app: LapseApp) -> str:
    return " ".join(notification.message for notification in app._notifications)


@pytest.mark.parametrize(
    ("text", "to", "sentence"),
    [
        ("advance 30d", 30, "Moves the clock to Sun 2026-08-09 00:00, in 30 d."),
        ("ADVANCE  +2w ", 14, "Moves the clock to Fri 2026-07-24 00:00, in 14 d."),
        ("go 2026-08-15", 36, "Moves the clock to Sat 2026-08-15 00:00, in 36 d."),
        ("go 1d", 1, "Moves the clock to Sat 2026-07-11 00:00, in 1 d."),
    ],
)
def test_a_phrase_previews_and_then_moves_the_clock(text: str, to: int, sentence: str) -> None:
    workspace = sample(9)
    app, began = app_of(workspace), workspace.clock

    async def steps(pilot: Pilot[None]) -> None:
        await say(pilot, text)
        assert told(app) == sentence
        assert workspace.clock == began
        await pilot.press("enter")
        await pilot.pause()
        assert workspace.clock == began + to * DAY
        for screen, key in KEYS_TO.items():
            clock = workspace.clock
            await pilot.press("escape", "escape", key)
            await say(pilot, "advance 1d", "enter")
            assert workspace.clock == clock + DAY
            assert isinstance(app.screen, FleetScreen) and app.screen.mode_name == screen

    driven(app, steps)


@pytest.mark.parametrize("screen", KEYS_TO)
def test_a_filter_phrase_on_the_account_screen_goes_to_the_overview(screen: str) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(KEYS_TO[screen])
        await say(pilot, "filter state:expired")
        assert "only what matches" in told(app)
        assert ("Overview" in told(app)) is (screen == ACCOUNT)
        await pilot.press("enter")
        await pilot.pause()
        shown = app.screen
        assert isinstance(shown, FilteredScreen)
        assert shown.mode_name == (OVERVIEW if screen == ACCOUNT else screen)
        assert shown.filtered
        assert shown.query_one("#filter-bar Entry", Entry).value == "state:expired"
        if isinstance(shown, InstanceScreen):
            instances = app.session.workspace.world.instances
            assert {instances[key].state for key in shown.listing.keys} <= {"expired"}

    driven(app, steps)


def test_a_phrase_opens_the_renewal_for_its_months() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        for text, months in (("renew 3", 3), ("renew 12 months", 12), ("renew 1mo", 1)):
            await say(pilot, text)
            assert told(app).startswith(f"Asks whether to renew plant-12 for {months} mo, CNY ")
            await pilot.press("enter")
            await pilot.pause()
            dialog = app.screen
            assert isinstance(dialog, RenewDialog)
            order = dialog.action_now()
            assert order is not None and (order.months, order.instances) == (months, ("plant-12",))
            await pilot.press("escape")
        await pilot.press("space", "space")
        await say(pilot, "renew 1")
        assert told(app) == "Asks whether to renew 2 instances for 1 mo."

    driven(app, steps, WIDE)


def test_a_phrase_chooses_a_theme_or_a_speed() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await say(pilot, "theme lapse-l", "enter")
        assert app.theme == "lapse-light"
        for text, title in (("speed week", "1 week/s"), ("speed 1 hour/s", "1 hour/s"), ("speed 6 hours", "6 hours/s")):
            await say(pilot, text)
            assert told(app) == f"Plays at {title}."
            await pilot.press("enter")
            await pilot.pause()
            assert app.session.pacer.speed.title == title

    driven(app, steps)


WRONG = (
    ("advance 30x", '"30x" is not a date: write one like 2026-09-01, or a duration like 30d, 2w, 3mo.'),
    ("go 2026-02-30", '"2026-02-30": there is no such date or time of day.'),
    ("go 2026-07-01", "That is before the clock"),
    ("go 9999-01-01", "is out of range: the year must lie between"),
    ("go [bold]", '"[bold]" is not a date'),
    ("filter state:expird", 'No state "expird", only running, frozen, overdue'),
    ("filter within:soon", "soon"),
    ("renew 13", '"13" is not a period that is sold: choose 1, 2, 3'),
    ("renew -1", '"-1" is not a period'),
    ("renew " + "9" * 5000, "is not a period"),
    ("advance " + "9" * 5000 + "d", ""),
    ("theme lapse-", 'Several themes begin with "lapse-": lapse-dark, lapse-light.'),
    ("theme pink", 'There is no theme "pink": there are lapse-dark'),
    ("speed 3 years", '"3 years" is not a speed: choose 1 hour/s'),
)


@pytest.mark.parametrize("size", [(60, 15), WIDE])
def test_an_unreadable_phrase_is_explained_and_can_be_edited(size: tuple[int, int]) -> None:
    workspace = sample(9)
    app, began = app_of(workspace), workspace.clock

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        for text, sentence in WRONG:
            await say(pilot, text, "enter", "enter")
            assert sentence.casefold() in told(app).casefold() != "", text
            assert (workspace.clock, app.theme) == (began, "lapse-dark")
            await pilot.press("escape", "colon")
            assert said(app) == []
            await pilot.press("escape")

    driven(app, steps, size)


def test_a_far_date_must_be_confirmed() -> None:
    workspace = sample()
    app, began = app_of(workspace), workspace.clock

    async def steps(pilot: Pilot[None]) -> None:
        await say(pilot, "go 2046-01-01", "enter")
        assert told(app).startswith("Enter again: ")
        await pilot.press("backspace", "2", "enter")
        assert told(app).startswith("Enter again: ") and workspace.clock == began

    driven(app, steps)


def test_without_its_argument_a_phrase_waits_for_it() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("colon", *"adv", "enter")
        palette = app.screen
        assert isinstance(palette, Palette)
        assert palette.query_one(Entry).value == "advance "
        await pilot.press("7", "d", "enter")
        await pilot.pause()
        assert app.session.workspace.clock == app.session.workspace.head.started + 7 * DAY

    driven(app, steps)


def said(app: LapseApp) -> list[str]:
    palette = app.screen
    assert isinstance(palette, Palette)
    keys = palette.query_one(RowTable).keys
    return [key.removeprefix("\n") for key in keys if key.startswith("\n")]


def test_phrases_are_kept_latest_first_and_up_recalls_them() -> None:
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        for text in ("advance 1d", "week", "filter plant", "advance 1d"):
            await say(pilot, text, "enter")
        await pilot.press("3", "colon")
        assert said(app) == ["advance 1d", "filter plant", "week"]
        field = app.screen.query_one(Entry)
        for key, text in (
            ("up", "advance 1d"), ("up", "filter plant"), ("up", "week"), ("up", "week"),
            ("down", "filter plant"), ("down", "advance 1d"), ("down", ""),
        ):  # fmt: skip
            await pilot.press(key)
            assert field.value == text
        # A recalled phrase can be edited.
        clock = workspace.clock
        await pilot.press("up", "backspace", "backspace", "3", "d", "enter")
        await pilot.pause()
        assert workspace.clock == clock + 3 * DAY
        # The latest phrase is on top: enter runs it again for the current clock.
        await pilot.press("colon", "enter")
        await pilot.pause()
        assert workspace.clock == clock + 6 * DAY
        await pilot.press("colon", "down", "down", "down", "enter")
        await pilot.pause()
        assert workspace.clock == clock + 13 * DAY

    driven(app, steps)


def test_a_screen_offers_only_its_own_commands() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        await say(pilot, "days to expiry", "enter")
        await pilot.press("colon")
        assert said(app) == ["window"]
        await pilot.press("escape", "3", "colon")
        assert said(app) == []
        await pilot.press("escape")
        await say(pilot, "renew 3", "enter")
        assert isinstance(app.screen, Palette)

    driven(app, steps)


def test_a_phrase_is_read_again_when_it_runs() -> None:
    """Another program may move the clock or remove instances while the palette is open."""
    workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await say(pilot, "go 2026-07-05")
        workspace.advance(workspace.clock + 9 * DAY)
        await pilot.press("enter")
        await pilot.pause()
        assert "That is before the clock" in toast(app)

    driven(app, steps)


HOSTILE = (
    "", " ", "advance", "filter ", 'filter "', "filter ')", "filter a'b\\", "filter (", "filter [/b]", "go \x00",
    "filter 冷链 🏭", "theme  ", "x" * 3000, "renew renew", "go go", "advance 1d 2d", ":", "\t", "filter $accent",
)  # fmt: skip


@pytest.mark.parametrize("screen", [OVERVIEW, LOG])
def test_no_text_ends_the_program(screen: str) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        for text in HOSTILE:
            await pilot.press("escape", "escape", KEYS_TO[screen])
            await say(pilot, text, "enter", "enter", "up", "escape")
            await pilot.press("escape")

    driven(app, steps)


@pytest.mark.parametrize("size", [(60, 15), (61, 16), NARROW])
def test_keys_and_clicks_in_quick_succession(size: tuple[int, int]) -> None:
    """Slips of the hand: enter twice, page keys without matches, clicks outside, and a window made small."""
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        for text in ("advance 1d", "week", "nothing fits", "filter plant"):
            await say(pilot, text, "pagedown", "pageup", "end", "home")
            await pilot.click(offset=(0, 0))
            await pilot.click(offset=(size[0] - 1, size[1] - 1))
            await pilot.resize_terminal(30, 8)
            await pilot.press("pagedown", "up", "enter")
            await pilot.resize_terminal(*size)
            for _ in range(2):
                app.post_message(events.Key("enter", "\r"))
            await pilot.pause()
            await pilot.press("escape", "escape", "escape")
        assert isinstance(app.screen, FleetScreen)

    driven(app, steps, size)


@pytest.mark.parametrize("seed", range(2))
def test_random_phrases_do_what_they_say_or_nothing(seed: int) -> None:
    choose = random.Random(seed)
    words = [phrase.verb for phrase in PHRASES] + [
        "30d",
        "1mo",
        "2026-12-24",
        "state:frozen",
        "3",
        "nord",
        "week",
        "zz",
    ]
    workspace: Workspace = sample()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        for _ in range(12):
            text = " ".join(choose.choices(words, k=choose.choice((1, 2, 2, 2, 3))))
            before = workspace.clock
            await say(pilot, text)
            promise = told(app)
            await pilot.press("enter")
            await pilot.pause()
            if promise.startswith("Moves the clock to ") and not isinstance(app.screen, Palette):
                assert workspace.clock > before
            await pilot.press("escape", "escape", "escape")

    driven(app, steps, choose.choice((NARROW, WIDE)))


def test_every_phrase_is_listed_with_an_example_that_can_be_read() -> None:
    app = app_of(sample(12))
    names: Sequence[str] = [phrase.label for phrase in PHRASES]

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "colon")
        table = app.screen.query_one(RowTable)
        assert set(names) <= set(table.keys)
        await pilot.press("escape")
        for phrase in PHRASES:
            await say(pilot, phrase.label)
            palette = app.screen
            assert isinstance(palette, Palette)
            assert palette._reading is not None and palette._reading.action is not None, phrase.verb
            await pilot.press("escape")

    driven(app, steps)
    assert {"1 week/s"} <= {speed.title for speed in SPEEDS} and "lapse-light" in ROUND


@pytest.mark.parametrize("size", [(60, 15), NARROW, WIDE, (160, 50)])
@pytest.mark.parametrize("screen", [OVERVIEW, RENEWAL, ACCOUNT, LOG])
def test_the_text_of_the_highlighted_row_can_be_read_whole(size: tuple[int, int], screen: str) -> None:
    """What a command does, and why it is not possible, even if the sentence contains a long id."""
    long = "plant-" + "x" * 40
    app = app_of(workspace_of(document([account(), enterprise(long, "2026-07-20")], "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(KEYS_TO[screen], "colon")
        await pilot.pause()
        palette = app.screen
        assert isinstance(palette, Palette)
        table = palette.query_one(RowTable)
        impossible = 0
        for key in list(table.keys):
            text = palette._row(key).cells[-1].text
            impossible += text.startswith("Not now: ")
            assert " ".join(text.split()) in " ".join(boxed(app).split()), text
            await pilot.press("down")
        assert (impossible > 1 or screen == ACCOUNT) and table.cursor == table.keys[-1]

    driven(app, steps, size)


def boxed(app: LapseApp) -> str:
    """The dialog's text without its border: the highlighted row, and the explanation below the rows."""
    lines = [line.partition("│")[2].rpartition("│")[0] for line in text_of(app).splitlines()]
    row = next(index for index, line in enumerate(lines) if CURSOR in line)
    own = max(index for index, line in enumerate(lines) if re.match(" {4}[^ ]", line) or CURSOR in line)
    return "\n".join([lines[row], *lines[own + 1 :]])
