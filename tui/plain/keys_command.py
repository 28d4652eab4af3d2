"""`lapse keys`: every command of the dashboard with its keys, for the settings file."""

import textwrap
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.commands.key_names import key_name
from tui.commands.keymap import Keymap, read_keymap
from tui.commands.table import DIALOG, GREETING, LOG, LONG_RUN, OPENING, Command
from tui.plain.parsing import Parser, add_json
from tui.plain.where import settings_file
from tui.settings.settings import SettingsStore
from tui.text.output import say
from tui.text.printing import print_json

_WIDTH: Final = 100
_ONLY: Final = {
    LOG: "In the log",
    GREETING: "While there is no fleet",
    OPENING: "While a fleet is being loaded",
    DIALOG: "In dialogs",
    LONG_RUN: "During a long run of the clock",
}
"""The headings for commands that are valid only on one of these."""


@dataclass(frozen=True)
class Keys:
    """`lapse keys [--json]`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Keys":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("keys", "Print every command of the dashboard: its id, its keys and what it does.")
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the commands with the user's own keys, and what is wrong in the settings file."""
        path = settings_file()
        kept = SettingsStore.read(path)
        keymap, complaints = read_keymap(kept.settings.keys)
        if self.args.json:
            print_json({"commands": [_form(command) for command in keymap.commands]})
        else:
            _print(keymap, path, [*kept.complaints, *complaints])
        return 0


def _form(command: Command) -> dict[str, object]:
    return {
        "id": command.name,
        "label": command.label,
        "keys": [key_name(key) for key in command.keys],
        "does": command.help,
        "on": sorted(command.screens),
    }


def _heading(command: Command) -> str:
    """The command's group, or the one place where it is valid."""
    only = "".join(command.screens)
    return _ONLY.get(only, command.group)


def _print(keymap: Keymap, path: Path, complaints: list[str]) -> None:
    columns = {command.name: (command.name, _keys_of(command), command.label) for command in keymap.commands}
    widths = [max(map(len, column)) for column in zip(*columns.values(), strict=True)]
    for heading in dict.fromkeys(_heading(command) for command in keymap.commands):
        say(heading)
        for command in keymap.commands:
            if _heading(command) == heading:
                fields = zip(columns[command.name], widths, strict=True)
                head = "".join(f"  {text:<{width}}" for text, width in fields) + "  "
                say(textwrap.fill(command.help, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
        say()
    say(f'Your own keys: a line such as renew = "R" or play = ["p", "f5"] below [keys] in\n{path}')
    for complaint in complaints:
        say(complaint)


def _keys_of(command: Command) -> str:
    return ", ".join(key_name(key) for key in command.keys)
