"""Remapped keys: read, checked in the same way as the table, pressed, and shown wherever a key is shown."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from textual.keys import _character_to_key
from textual.pilot import Pilot

from core.base.errors import shown
from tests.support.dashboards import NARROW, WIDE, driven, sample, text_of
from tui.app.lapse_app import LapseApp
from tui.cli import main
from tui.commands.key_names import key_name, of_character, read_key
from tui.commands.keymap import DEFAULT, read_keymap
from tui.commands.table import COMMANDS, KEPT_FREE
from tui.dialogs.help import Help
from tui.dialogs.palette import Palette
from tui.dialogs.renew import RenewDialog
from tui.dialogs.settings_list import SettingsDialog
from tui.dialogs.top_up import TopUpDialog
from tui.settings.settings import Settings, SettingsStore
from tui.widgets.rows import RowTable

Wishes = dict[str, tuple[str, ...]]


def app_with(keys: Wishes) -> LapseApp:
    """The app on the sample fleet with these keys."""
    return LapseApp(sample(), name="sample", kept=SettingsStore(Settings(keys=keys)))


def shown_after(keys: Wishes, presses: str, size: tuple[int, int] = WIDE) -> tuple[LapseApp, str, object]:
    """The app, its text after some keys, and the screen on top."""
    app = app_with(keys)

    async def steps(pilot: Pilot[None]) -> tuple[str, object]:
        app.screen.query_one(RowTable).move_to_key("pilot-01")
        await pilot.press(*presses.split())
        await pilot.pause()
        return text_of(app), app.screen

    text, screen = driven(app, steps, size)
    return app, text, screen


# Names of keys


@pytest.mark.parametrize("character", [chr(code) for code in range(ord("!"), ord("~") + 1)] + list("äß€é¿日"))
def test_a_characters_key_has_its_textual_name(character: str) -> None:
    assert of_character(character) == _character_to_key(character), unicodedata.name(character)
    assert read_key(character) == of_character(character)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("R", "R"), (".", "full_stop"), ("full_stop", "full_stop"), ("+", "plus"), ("ctrl++", "ctrl+plus"),
        ("ctrl+r", "ctrl+r"), ("Ctrl+R", "ctrl+r"), ("F5", "f5"), ("esc", "escape"), ("page down", "pagedown"),
        ("shift+ctrl+left", "ctrl+shift+left"), ("shift+r", "R"), ("shift+f5", "shift+f5"), ("space", "space"),
        (" ", "space"), ("alt+x", "alt+x"), ("Home", "home"),
    ],
)  # fmt: skip
def test_keys_as_people_write_them(written: str, key: str) -> None:
    assert read_key(written) == key


@pytest.mark.parametrize(
    "written", ["", "ctl+r", "f25", "ctrl+ctrl+r", "shift+?", "renew", "ctrl+", "+r", "\x1b", "ctrl+shift+r"]
)
def test_an_unknown_key_is_refused(written: str) -> None:
    assert read_key(written) is None
    keymap, complaints = read_keymap({"renew": (written,)})
    assert keymap.key("renew") == "r"
    assert complaints == [
        f"keys.renew: there is no key {shown(written)}: write one like R, ctrl+r, f5, pageup or a sign."
    ]


def test_every_key_of_the_table_can_be_written_as_it_is_shown() -> None:
    for item in COMMANDS:
        for key in item.keys:
            assert read_key(key_name(key)) == key == read_key(key)


# Invalid wishes


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"renwe": ("R",)}, "keys.renwe: there is no such command: renew?"),
        ({"zzzz": ("R",)}, "keys.zzzz: there is no such command: lapse keys lists them."),
        ({"renew": ("z",)}, "keys.renew: z is reserved for going back in time: choose another."),
        ({"renew": ("left",)}, "keys.renew: left is reserved for going back in time: choose another."),
        ({"renew": ()}, "keys.renew: it needs at least one key."),
        ({"renew": ("R", "t")}, "keys.renew: t on overview means top-up: choose another."),
        ({"leave": ("w",)}, "keys.leave: a field takes w for text: add one like esc, enter or f5."),
        ({"confirm": ("escape",)}, "keys.confirm: esc on dialog means leave: choose another."),
    ],
)
def test_an_invalid_wish_is_ignored_and_explained(wishes: Wishes, sentence: str) -> None:
    keymap, complaints = read_keymap({**wishes, "quit": ("Q",)})
    assert complaints == [sentence]
    assert keymap.changed() == {"quit": "Q"}


def test_every_reserved_key_is_refused() -> None:
    for key in KEPT_FREE:
        assert read_keymap({"renew": (key,)})[0].changed() == {}


def test_of_two_wishes_for_one_key_one_is_kept() -> None:
    keymap, complaints = read_keymap({"renew": ("R",), "top-up": ("R",)})
    assert keymap.changed() == {"renew": "R"}
    assert complaints == ["keys.top-up: R on overview means renew: choose another."]


def test_two_commands_can_swap_keys() -> None:
    keymap, complaints = read_keymap({"renew": ("t",), "top-up": ("r",)})
    assert complaints == []
    assert (keymap.key("renew"), keymap.key("top-up")) == ("t", "r")


# In the dashboard


@pytest.mark.parametrize(
    ("wishes", "presses", "dialog"),
    [
        ({"renew": ("R",)}, "R", RenewDialog),
        ({"renew": ("f5", "R")}, "f5", RenewDialog),
        ({"renew": ("f5", "R")}, "R", RenewDialog),
        ({"renew": ("t",), "top-up": ("r",)}, "t", RenewDialog),
        ({"renew": ("t",), "top-up": ("r",)}, "r", TopUpDialog),
        ({"help": ("ctrl+h", "h")}, "h", Help),
        ({"settings": ("#",)}, "number_sign", SettingsDialog),
    ],
)
def test_the_new_key_runs_the_command(wishes: Wishes, presses: str, dialog: type) -> None:
    app, _, screen = shown_after(wishes, presses, NARROW)
    assert isinstance(screen, dialog)
    assert app.complaints == []


def test_the_old_key_does_nothing_any_more() -> None:
    _, _, screen = shown_after({"renew": ("R",)}, "r", NARROW)
    assert not isinstance(screen, RenewDialog)


def test_remapped_keys_work_in_dialogs_too() -> None:
    _, text, screen = shown_after({"leave": ("f4",), "confirm": ("enter", "f3"), "down": ("ctrl+n",)}, "r", NARROW)
    assert isinstance(screen, RenewDialog)
    assert "f4 cancel" in text
    app = app_with({"leave": ("f4",), "down": ("ctrl+n",)})

    async def steps(pilot: Pilot[None]) -> None:
        app.screen.query_one(RowTable).move_to_key("pilot-01")
        await pilot.press("r", "ctrl+n")
        assert app.screen.query_one(RowTable).cursor == "2"
        await pilot.press("escape")
        assert isinstance(app.screen, RenewDialog)
        await pilot.press("f4")
        assert not isinstance(app.screen, RenewDialog)

    driven(app, steps)


def test_key_bar_inspector_help_and_palette_show_the_new_keys() -> None:
    wishes = {"renew": ("R",), "play": ("f2", "p"), "renewal": ("F9",)}
    _, text, _ = shown_after(wishes, "")
    assert "f2 play" in text
    assert text.count("R renew") == 2, "once in the key bar, once in the inspector"
    assert "f9 Renewal" in text
    _, text, screen = shown_after(wishes, "question_mark", (120, 70))
    assert isinstance(screen, Help)
    assert re.search("f2, p +play +Let the clock run", text)
    _, text, screen = shown_after(wishes, "colon")
    assert isinstance(screen, Palette)
    assert "f2" in next(line for line in text.splitlines() if "Let the clock run" in line)


def test_a_click_in_the_key_bar_still_runs_the_command() -> None:
    app = app_with({"help": ("ctrl+f",)})

    async def steps(pilot: Pilot[None]) -> None:
        line = text_of(app).splitlines()[-1]
        await pilot.click("#key-bar", offset=(line.index("ctrl+f help") + 2, 0))
        assert isinstance(app.screen, Help)

    driven(app, steps)


def test_a_terminal_that_is_too_small_says_which_key_quits() -> None:
    _, text, _ = shown_after({"quit-dialog": ("ctrl+x",), "quit": ("ctrl+x", "q")}, "", (40, 10))
    assert "ctrl+x quits" in text


def test_invalid_wishes_are_reported_when_the_dashboard_opens() -> None:
    app, _, _ = shown_after({"renew": ("z",), "play": ("x",)}, "")
    assert [notification.message for notification in app._notifications] == [
        "2 settings could not be used: O lists them."
    ]
    assert app.complaints == [
        "Settings, keys.renew: z is reserved for going back in time: choose another.",
        "Settings, keys.play: x on overview means non-renewal: choose another.",
    ]


# The plain command


def test_lapse_keys_lists_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[keys]\nrenew = "R"\nplay = "z"\n')
    monkeypatch.setenv("LAPSE_SETTINGS", str(path))
    assert main(["keys"]) == 0
    printed = capsys.readouterr().out
    for command in COMMANDS:
        assert f"  {command.name} " in printed
    assert f"  {'renew':<17}  R " in printed
    assert re.search("  copy +y +copy id +The id, or all marked ids[.]", printed)
    assert str(path) in printed
    assert "keys.play: z is reserved" in printed
    assert main(["keys", "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in form["commands"]] == [command.name for command in COMMANDS]
    assert {"id": "renew", "keys": ["R"]}.items() <= form["commands"][list(DEFAULT.by_name).index("renew")].items()


def test_a_dialogs_key_line_shows_remapped_keys() -> None:
    keymap, complaints = read_keymap({"down": ("f6",), "up": ("k",), "confirm": ("f9", "enter")})
    assert not complaints
    assert keymap.reworded("j k choose · enter top up · esc cancel") == "f6 k choose · enter top up · esc cancel"
    keymap, _ = read_keymap({"leave": ("f8",)})
    assert keymap.reworded("tab next · esc cancel") == "tab next · f8 cancel"
