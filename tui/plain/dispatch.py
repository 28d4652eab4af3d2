"""Finds the command that a command line names, and imports only that command's module."""

from collections.abc import Mapping, Sequence

from core.base.errors import BadInput, shown
from tui.plain.parsing import ParsedCommand


def parse(arguments: Sequence[str], commands: Mapping[str, str]) -> ParsedCommand | None:
    """The command that `arguments` name, ready to run, or None if its help was requested and has been printed.

    `commands` maps the name of every command to its summary. Raises BadInput.
    """
    arguments = _move_db_after_command(list(arguments), commands)
    name = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    if name and name not in commands:
        from difflib import get_close_matches

        close = get_close_matches(name, commands, 1)
        hint = f"did you mean {close[0]}?" if close else "see lapse --help"
        if name == "check":
            hint = "lapse verify replays the journal"
        raise BadInput(f"there is no command {shown(name)}: {hint}")
    try:
        return _parse_command(name, commands.get(name, ""), arguments[1:] if name else arguments)
    except SystemExit:
        # argparse has printed the help.
        return None


def _move_db_after_command(arguments: list[str], commands: Mapping[str, str]) -> list[str]:
    """The arguments, with a `--db FILE` from before the command moved to just after it."""
    if not arguments or not (arguments[0] == "--db" or arguments[0].startswith("--db=")):
        return arguments
    size = 1 if "=" in arguments[0] else 2
    option, rest = arguments[:size], arguments[size:]
    return [rest[0], *option, *rest[1:]] if rest and rest[0] in commands else arguments


def _parse_command(name: str, summary: str, arguments: list[str]) -> ParsedCommand:
    if name in ("", "demo"):
        from tui.plain.screen import Dashboard

        return Dashboard.read(name, arguments)
    if name == "simulate":
        from tui.plain.simulate import Simulate

        return Simulate.read(arguments)
    if name == "rules":
        from tui.plain.rules import Rules

        return Rules.read(arguments)
    if name == "record":
        from tui.plain.record_command import Record

        return Record.read(arguments)
    if name == "keys":
        from tui.plain.keys_command import Keys

        return Keys.read(arguments)
    if name == "import":
        from tui.plain.import_command import Import

        return Import.read(arguments)
    if name == "status":
        from tui.plain.status import Status

        return Status.read(arguments)
    if name in ("log", "verify", "advance"):
        from tui.plain.kept_fleet import READERS

        return READERS[name](arguments)
    from tui.plain.acts import Act

    return Act.read(name, summary, arguments)
