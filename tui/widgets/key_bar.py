"""The key bar: the most useful keys that fit the width, dim where not possible now, and the three screens."""

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message

from tui.commands.keymap import keymap_of
from tui.commands.possible import Possible
from tui.commands.table import MODES, of_screen
from tui.widgets.drawing import Lined

BY_USE: Final = (
    "help", "search", "event-to-instance", "play", "next-event", "renew", "top-up", "day", "inbox", "filter",
    "until-bad",
    "go-to", "continue-trial", "auto-renewal", "week", "mark", "open", "log", "palette", "manual", "non-renewal",
    "sort", "faster", "theme", "quit",
)  # fmt: skip
"""The most useful first: so many are shown as fit, in the command table's order."""
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

    def show(self, possible: Possible) -> None:
        """Show which commands are possible."""
        names = set(BY_USE)
        before = self._impossible
        self._impossible = frozenset(
            command.name for command in self._commands if command.name in names and command not in possible
        )
        if before != self._impossible:
            self.rewrite()

    def _modes(self) -> list[Item]:
        wide = self.size.width >= _WIDE
        modes = [keymap_of(self.app).by_name[mode] for mode in MODES]
        return [(mode.name, mode.key, mode.label if wide or mode.name == self._screen else "") for mode in modes]

    def _keys(self) -> list[Item]:
        room = self.size.width - 2 - _size(self._modes()) - _GAP
        commands = keymap_of(self.app).of_screen(self._screen)
        valid = {command.name: command for command in commands}
        chosen: set[str] = set()
        for name in BY_USE:
            if name in valid:
                size = len(valid[name].key) + 1 + len(valid[name].label) + _GAP
                if size <= room:
                    room -= size
                    chosen.add(name)
        return [(item.name, item.key, item.label) for item in commands if item.name in chosen]

    def lines(self) -> list[Content]:
        """The keys on the left, the screens on the right."""
        keys, modes = self._keys(), self._modes()
        room = self.size.width - 2 - _size(keys) - _size(modes)
        parts: list[tuple[str, str]] = [(" ", "")]
        for place, (name, key, label) in enumerate(keys):
            dim = name in self._impossible
            parts += [(" " * _GAP if place else "", ""), (key, "$quiet" if dim else "bold $accent")]
            parts += [(f" {label}", "$quiet" if dim else "")]
        parts.append((" " * max(room, 1), ""))
        for place, (name, key, label) in enumerate(modes):
            style = "bold $accent" if name == self._screen else "$quiet"
            parts.append(((" " * _GAP if place else "") + f"{key} {label}".strip(), style))
        return [Content.assemble(*parts).truncate(max(self.size.width, 1))]

    def on_click(self, event: events.Click) -> None:
        """A click on a key does what the key does."""
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


def _size(items: Sequence[Item]) -> int:
    return sum(len(f"{key} {label}".strip()) + _GAP for _, key, label in items) - _GAP if items else 0
