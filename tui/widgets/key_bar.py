"""The key bar: the most useful keys that fit the width, dim if not possible now, and the three screens. While text is
typed, it shows only the keys that a field passes on to the screen.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui.commands.key_names import key_name, types_a_character
from tui.commands.keymap import keymap_of
from tui.commands.possible import Possible
from tui.commands.table import ACCOUNT, LOG, MODES, OVERVIEW, RENEWAL, Command, of_screen
from tui.widgets.drawing import Lined

BY_USE: Final[Mapping[str, Sequence[str]]] = {
    OVERVIEW: (
        "play", "next-event", "day", "help", "renew", "top-up", "inbox", "filter", "until-bad", "go-to",
        "continue-trial", "auto-renewal", "week", "mark", "open", "log", "palette", "manual", "non-renewal", "sort",
        "faster", "theme", "quit",
    ),
    RENEWAL: (
        "renew", "auto-renewal", "mark", "mark-all", "manual", "help", "non-renewal", "play", "top-up", "filter",
        "next-event", "window", "next-tab", "day", "inbox", "until-bad", "go-to", "log", "week", "palette", "sort",
        "faster", "theme", "quit",
    ),
    ACCOUNT: (
        "top-up", "inbox", "help", "coupon", "alert", "charge", "play", "next-event", "day", "log", "to-instance",
        "until-bad", "go-to", "week", "palette", "faster", "theme", "quit",
    ),
    LOG: (
        "search", "event-to-instance", "help", "copy-event", "back", "play", "next-event", "next-match",
        "previous-match", "log-of", "top-up", "day", "inbox", "until-bad", "go-to", "week", "palette", "faster",
        "theme", "quit",
    ),
}  # fmt: skip
"""Commands in order of usefulness on each screen: as many are shown as fit."""
WHILE_TYPING: Final = ("back", "help", "palette", "top-up", "quit")
"""The same while text is typed, shown after the key that keeps the filter."""
KEEP: Final = "keep-filter"
"""The name for enter in a field. It is not in the command table, where enter opens a row."""
_LABELS: Final = {"mark-all": "all"}
"""Shorter labels, clear from the keys shown before them."""
_IN_FIELDS: Final = {"back": "clear"}
"""Labels that differ while text is typed."""
_OF_FIELDS: Final = frozenset(
    key for binding in Input.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")
)
"""The keys that a text field uses itself, besides those that type characters."""
_GAP: Final = 2
_WIDE: Final = 100

Item = tuple[str, str, str]
"""A command's name, its key and its label."""


class KeyBar(Lined):
    """One line of keys for a screen."""

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, screen: str) -> None:
        super().__init__(id="key-bar")
        self._screen = screen
        self._commands = of_screen(screen)
        self._impossible: frozenset[str] = frozenset()
        self._labels: Mapping[str, str] = {}
        self._typing = False

    def show(self, possible: Possible, labels: Mapping[str, str]) -> None:
        """Show which commands are possible; `labels` maps command names to labels for what they do now."""
        names = set(BY_USE[self._screen])
        before = self._impossible, self._labels
        self._impossible = frozenset(
            command.name for command in self._commands if command.name in names and command not in possible
        )
        self._labels = labels
        if before != (self._impossible, labels):
            self.rewrite()

    def follow_typing(self, *, typing: bool) -> None:
        """Show the keys that work while text is typed, or the usual ones again."""
        if typing != self._typing:
            self._typing = typing
            self.rewrite()

    def _modes(self) -> list[Item]:
        if self._typing:
            return []
        wide = self.size.width >= _WIDE
        modes = [keymap_of(self.app).by_name[mode] for mode in MODES]
        return [(mode.name, mode.key, mode.label if wide or mode.name == self._screen else "") for mode in modes]

    def _keys(self) -> list[Item]:
        """The keys that work now, as many as fit; each takes the gap after it."""
        room = self.size.width - 2 - _size(self._modes())
        shown: list[Item] = []
        for item in self._in_field() if self._typing else self._all():
            if (size := _size([item]) + _GAP) <= room:
                room -= size
                shown.append(item)
        return shown

    def _all(self) -> list[Item]:
        commands = keymap_of(self.app).by_name
        labels = {**_LABELS, **self._labels}
        return [(name, commands[name].key, labels.get(name, commands[name].label)) for name in BY_USE[self._screen]]

    def _in_field(self) -> list[Item]:
        """The keys that keep their meaning while text is typed."""
        keymap = keymap_of(self.app)
        commands = [keymap.by_name[name] for name in WHILE_TYPING]
        found = [(own.name, _beside_text(own), _IN_FIELDS.get(own.name, own.label)) for own in commands]
        return [(KEEP, key_name("enter"), "keep"), *((name, key, label) for name, key, label in found if key)]

    def lines(self) -> list[Content]:
        """The keys on the left, the screens on the right."""
        keys, modes = self._keys(), self._modes()
        room = self.size.width - 2 - _size(keys) - _size(modes)
        parts: list[tuple[str, str]] = [(" ", "")]
        for place, (name, key, label) in enumerate(keys):
            dim = name in self._impossible and not self._typing
            parts += [(" " * _GAP if place else "", ""), (key, "$quiet" if dim else "bold $accent")]
            parts += [(f" {label}", "$quiet" if dim else "")]
        parts.append((" " * max(room, 1), ""))
        for place, (name, key, label) in enumerate(modes):
            style = "bold $accent" if name == self._screen else "$quiet"
            parts.append(((" " * _GAP if place else "") + f"{key} {label}".strip(), style))
        return [Content.assemble(*parts).truncate(max(self.size.width, 1))]

    def on_click(self, event: events.Click) -> None:
        """Run the command of the clicked key."""
        at = 1
        for item in self._keys():
            end = at + _size([item])
            if at <= event.x < end:
                self.post_message(self.Pressed(item[0]))
                return
            at = end + _GAP
        at = self.size.width - 1 - _size(self._modes())
        for item in self._modes():
            end = at + _size([item])
            if at <= event.x < end:
                self.post_message(self.Pressed(item[0]))
                return
            at = end + _GAP


def _beside_text(command: Command) -> str:
    """The first of a command's keys that a field does not use, as displayed; empty if there is none."""
    keys = (key for key in command.keys if not types_a_character(key) and key not in _OF_FIELDS)
    return next(map(key_name, keys), "")


def _size(items: Sequence[Item]) -> int:
    return sum(len(f"{key} {label}".strip()) + _GAP for _, key, label in items) - _GAP if items else 0
