"""Which key runs which command: the table of commands, with the user's own keys in place of the default ones."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final, Protocol, runtime_checkable

from core.base.errors import shown
from tui.commands.key_names import key_name, read_key, types_a_character
from tui.commands.table import COMMANDS, DIALOG, KEPT_FREE, MODES, Clash, Command, check

Keys = Mapping[str, Sequence[str]]
"""The keys that the user wrote for each command, by the command's name."""

WAYS_OUT: Final = frozenset(("back", "confirm", "leave", "next-field", "field-before", "quit-dialog"))
"""Commands that must work while an input field has the focus. The field takes every character as text."""


class Keymap:
    """All commands with their present keys. The bindings and everything that shows a key use it.

    Raises ValueError if the commands do not pass `check`.
    """

    def __init__(self, commands: Sequence[Command] = COMMANDS) -> None:
        self.commands: Final = tuple(commands)
        self.by_name: Final = check(self.commands)

    def of_screen(self, screen: str) -> list[Command]:
        """The commands that are valid on a screen, in the table's order."""
        return [command for command in self.commands if screen in command.screens]

    def key(self, name: str) -> str:
        """The first key of a command, as people write it."""
        return self.by_name[name].key

    def changed(self) -> dict[str, str]:
        """The keys that differ from the default ones, by command, in the form of Textual's keymap."""
        return {
            command.name: ",".join(command.keys)
            for command, own in zip(self.commands, COMMANDS, strict=True)
            if command.keys != own.keys
        }

    def reworded(self, told: str) -> str:
        """A dialog's line of keys, such as "enter confirm · esc cancel", with the user's own keys in it."""
        here: dict[str, str] = {}
        for command in COMMANDS if self.changed() else ():
            keys = self.by_name[command.name].keys
            for key in command.keys if DIALOG in command.screens else ():
                here[key_name(key)] = key_name(key if key in keys else keys[0])
        return " · ".join(_reworded(item, here) for item in told.split(" · "))


def _reworded(item: str, here: Mapping[str, str]) -> str:
    """One part of a line of keys, such as "j k choose": first the keys, then what they do."""
    words = item.split(" ")
    keys = list(takewhile(lambda word: word in here, words))
    return " ".join([*(here[key] for key in keys), *words[len(keys) :]])


DEFAULT: Final = Keymap()
"""The keymap with the default keys."""


def read_keymap(wanted: Keys) -> tuple[Keymap, list[str]]:
    """The keymap with the user's keys, and a sentence for each command whose keys can't be used.

    They can't be used if the command or a key is unknown, a key is reserved, or a key already means something else on
    the same screen. The command then has its default keys.
    """
    if not wanted:
        return DEFAULT, []
    complaints: list[str] = []
    kept: dict[str, tuple[str, ...]] = {}
    for name, written in wanted.items():
        keys = _read(name, written)
        if isinstance(keys, str):
            complaints.append(keys)
        else:
            kept[name] = keys
    while True:
        try:
            return Keymap([own._replace(keys=kept.get(own.name, own.keys)) for own in COMMANDS]), complaints
        except Clash as clash:
            left_out = clash.second if clash.second in kept else clash.first
            other = clash.first if left_out == clash.second else clash.second
            del kept[left_out]
            complaints.append(
                f"keys.{left_out}: {key_name(clash.key)} on {clash.screen} means {other}: choose another."
            )


def _read(name: str, written: Sequence[str]) -> tuple[str, ...] | str:
    """A command's keys by Textual's names, or a sentence that says what is wrong with them."""
    if name not in DEFAULT.by_name:
        from difflib import get_close_matches

        close = get_close_matches(name, DEFAULT.by_name, 1)
        return f"keys.{shown(name)[1:-1]}: there is no such command: " + (
            f"{close[0]}?" if close else "lapse keys lists them."
        )
    keys: list[str] = []
    for text in written:
        key = read_key(text)
        if key is None:
            return f"keys.{name}: there is no key {shown(text)}: write one like R, ctrl+r, f5, pageup or a sign."
        if key in KEPT_FREE:
            return f"keys.{name}: {key_name(key)} is reserved for going back in time: choose another."
        keys.append(key)
    if not keys:
        return f"keys.{name}: it needs at least one key."
    if name in WAYS_OUT and all(types_a_character(key) for key in keys):
        return f"keys.{name}: a field takes {key_name(keys[0])} for text: add one like esc, enter or f5."
    return tuple(dict.fromkeys(keys))


@runtime_checkable
class Keyed(Protocol):
    """An app that has a keymap."""

    keymap: Keymap


def keymap_of(app: object) -> Keymap:
    """The keymap of a widget's app; the default one if the app has none."""
    return app.keymap if isinstance(app, Keyed) else DEFAULT


def tell_elsewhere(keymap: Keymap, key: str, screen: str) -> str | None:
    """One sentence that says on which screens a key works: "f: days to expiry is on Renewal (2).".

    None if the key works on `screen`, on no other one, or on every one.
    """
    for command in () if any(key in own.keys for own in keymap.of_screen(screen)) else COMMANDS:
        own = keymap.by_name[command.name]
        modes = [mode for mode in MODES if mode in own.screens]
        if key in own.keys and modes and len(modes) < len(MODES):
            places = [f"{mode.capitalize()} ({keymap.key(mode)})" for mode in modes]
            return f"{key_name(key)}: {own.label} is on {' and '.join(places)}."
    return None
