"""Which commands are possible in a situation, each found out once however many parts of the screen ask."""

from tui.commands.obstacles import Situation
from tui.commands.table import Command


class Possible:
    """What stands against the commands in one situation, until the next."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._found: dict[str, str | None] = {}

    def __contains__(self, command: Command) -> bool:
        """Whether a command is possible."""
        if command.name not in self._found:
            self._found[command.name] = command.why_not(self._situation)
        return self._found[command.name] is None
