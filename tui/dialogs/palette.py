"""The palette: find a command by its name and do it. Our own, because Textual's can end the program."""

from textual.widget import Widget

from tui.commands import Command
from tui.dialogs.dialog import Dialog
from tui.keymap import Keymap
from tui.obstacles import Situation
from tui.widgets.entry import Entry
from tui.widgets.rows import Cell, Column, Row, RowTable

COLUMNS = (Column("Command", 14), Column("Key", 11), Column("What it does", 30, grows=True))


class Palette(Dialog[str]):
    """Asks for a command; gives its name."""

    title_text = "Commands"
    keys_text = "enter do it · esc leave"

    def __init__(self, screen: str, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        self._commands = keymap.by_name
        self._why_not = {
            command.name: command.why_not(situation) for command in keymap.of_screen(screen) if _is_listed(command)
        }

    def parts(self) -> list[Widget]:
        """A field and the commands that fit it."""
        field = Entry(placeholder="a command, or what it does")
        table = RowTable(COLUMNS, self._row, "No command fits.")
        table.can_focus = False
        return [field, table]

    def on_mount(self) -> None:
        """All commands at first, in the order of the help."""
        self.query_one(RowTable).show(list(self._why_not))

    def typed(self, text: str) -> None:
        """Show what fits, the best first."""
        words = text.casefold().split()
        fitting = [name for name in self._why_not if all(word in _text(self._commands[name]) for word in words)]
        if words:
            fitting.sort(key=lambda name: not self._commands[name].label.casefold().startswith(words[0]))
        table = self.query_one(RowTable)
        table.show(fitting, lambda _: 0 if fitting else None)

    def on_row_table_opened(self) -> None:
        """A row was clicked twice."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Leave, and let the command be done; where none fits, one types on."""
        name = self.query_one(RowTable).cursor
        if name is not None:
            self.finish(name)

    def _row(self, key: str) -> Row:
        command = self._commands[key]
        why_not = self._why_not[key]
        text = command.help if why_not is None else f"Not now: {why_not}"
        return Row((Cell(command.label), Cell(command.key, "accent"), Cell(text, "quiet")), dim=why_not is not None)


def _is_listed(command: Command) -> bool:
    """Whether a command is worth finding by name: moving about by rows and panes isn't."""
    moves = command.group == "Move" and not command.action.startswith("app.")
    return not moves and command.name != "palette"


def _text(command: Command) -> str:
    return f"{command.label} {command.name} {command.group} {command.help}".casefold()
