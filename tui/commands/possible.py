"""Remembers which commands are possible in a situation, because several parts of the screen ask for the same ones."""

from tui.commands.obstacles import Situation
from tui.commands.table import Command


class Possible:
    """The set of commands that are possible in one situation. Each is checked once, when it is first asked for."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._found: dict[str, str | None] = {}

    def __contains__(self, command: Command) -> bool:
        """Whether a command is possible in the situation."""
        if command.name not in self._found:
            self._found[command.name] = command.why_not(self._situation)
        return self._found[command.name] is None
