"""The key bar: the main commands of a screen come first, and no key is shown that does something else now."""

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of
from tui.commands.key_names import read_key, types_a_character
from tui.commands.keymap import read_keymap
from tui.commands.table import of_screen
from tui.screens.filtered_screen import FilteredScreen
from tui.widgets.entry import Entry
from tui.widgets.key_bar import BY_USE

VAST = (160, 50)


def bar_after(keys: Sequence[str], size: tuple[int, int] = NARROW, days: int = 40) -> str:
    """The last line of the screen after some keys."""
    app = app_of(sample(days))

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        return text_of(app).splitlines()[-1]

    return driven(app, steps, size)


def test_each_screens_key_bar_names_only_its_commands() -> None:
    for screen, names in BY_USE.items():
        assert set(names) <= {command.name for command in of_screen(screen)}, screen
        assert len(set(names)) == len(names)


# The main commands


@pytest.mark.parametrize(
    ("screen", "keys", "narrow", "wide"),
    [
        ("1", (), "p play  . next event  right day  ? help  r renew  t top up", "/ filter"),
        ("2", (), "r renew  e auto-renewal  space mark  a all  m manual  ? help", "x non-renewal"),
        ("3", (), "t top up  i inbox  ? help  C coupon  A alert  $ charge", "p play"),
        ("1", ("l",), "/ filter  enter instance  ? help  y copy event", ". next event"),
    ],
)
def test_the_main_commands_of_a_screen_come_first(screen: str, keys: Sequence[str], narrow: str, wide: str) -> None:
    """At every width: with more room the same keys keep their places, and others follow."""
    bars = [bar_after((screen, *keys), size) for size in (NARROW, WIDE, VAST)]
    for bar in bars:
        assert bar.startswith(f" {narrow}")
    assert wide in bars[1] and wide in bars[2]


@pytest.mark.parametrize("size", [NARROW, WIDE, VAST])
def test_the_renewal_screen_offers_no_command_that_is_never_possible_there(size: tuple[int, int]) -> None:
    """It lists instances with a period; trials and devices have none."""
    bar = bar_after(("2",), size)
    assert "trial" not in bar and "devices" not in bar and "upgrade" not in bar


# Keys whose meaning changes


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_inbox_key_says_when_it_leads_back(size: tuple[int, int]) -> None:
    assert "i inbox" in bar_after(("3",), size)
    opened = bar_after(("3", "i"), size)
    assert "i ledger" in opened and "i inbox" not in opened
    assert "i inbox" in bar_after(("3", "i", "i"), size)
    assert "i inbox" in bar_after(("3", "i", "escape"), size)
    assert "i ledger" in bar_after(("1", "i", "p", "p"), size)


def test_the_title_of_the_pane_shows_its_key() -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        for key, word in (("3", "inbox"), ("i", "ledger")):
            await pilot.press(key)
            await pilot.pause()
            title = app.screen.query_one("#lists").border_title
            assert title is not None and f"[bold $accent]i[/bold $accent] {word}" in title

    driven(app, steps, WIDE)


# While text is typed


@pytest.mark.parametrize("size", [(60, 15), NARROW, WIDE])
@pytest.mark.parametrize("screen", [("1",), ("2",), ("1", "l")])
def test_no_letter_key_is_offered_while_text_is_typed(size: tuple[int, int], screen: Sequence[str]) -> None:
    """Until the filter is kept or cleared, or the focus moves."""
    before = bar_after(screen, size)
    for typed in (("slash",), ("slash", "e", "x")):
        bar = bar_after((*screen, *typed), size)
        assert bar.startswith(" enter keep  esc clear  f1 help")
        for item in bar.split("  "):
            key = read_key(item.split()[0]) if item.split() else "f1"
            assert key is not None and not types_a_character(key), f"{item} would be typed"
    assert bar_after((*screen, "slash", "escape"), size) == before
    assert bar_after((*screen, "slash", "e", "enter"), size) == before


def test_each_offered_key_works_while_text_is_typed() -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        for key in ("f1", "ctrl+p", "ctrl+t"):
            await pilot.press("slash", key)
            await pilot.pause()
            assert app.screen is not screen, key
            await pilot.press("escape")
            await pilot.pause()
            await pilot.press("escape")
            assert app.screen is screen

    driven(app, steps)


def test_a_click_on_an_offered_key_works_too() -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        for words, kept in (("enter keep", "ex"), ("esc clear", "")):
            await pilot.press("slash", "e", "x")
            await pilot.pause()
            line = text_of(app).splitlines()[-1]
            await pilot.click("#key-bar", offset=(line.index(words) + 1, 0))
            await pilot.pause()
            assert not isinstance(screen.focused, Entry)
            assert screen.query_one(Entry).value == kept
            await pilot.press("escape")

    driven(app, steps)


def test_remapped_keys_are_offered_if_a_field_does_not_use_them() -> None:
    app = app_of(sample())
    app.keymap, _ = read_keymap({"help": ("H", "f5"), "palette": ("ctrl+e", "colon")})

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("slash")
        await pilot.pause()
        return text_of(app).splitlines()[-1]

    bar = driven(app, steps)
    assert "f5 help" in bar and "commands" not in bar, "ctrl+e moves in the field"
