"""The palette: find a command by its name, or type a phrase with an argument, and run it. Earlier entries are kept. It
replaces Textual's palette, which can crash the program.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget

from tui.commands.table import Command
from tui.dialogs.dialog import Dialog
from tui.dialogs.phrases import PHRASES, Reading, Setting, phrases_on, split_phrase
from tui.text.cells import one_line
from tui.widgets.drawing import say
from tui.widgets.entry import Entry
from tui.widgets.prose import Prose
from tui.widgets.rows import Cell, Column, Row, RowTable

COLUMNS: Final = (Column("Command", 17), Column("Key", 11), Column("What it does", 30, grows=True))
_KEPT: Final = 50
_SHOWN: Final = 5
"""The number of earlier entries listed above the commands."""
_EARLIER: Final = "\n"
"""The prefix of the row keys of earlier entries: no text in the field can contain it."""


class Said(NamedTuple):
    """An entry: a phrase as typed, or the name of a command."""

    text: str
    is_phrase: bool = False

    @property
    def command(self) -> str:
        """The name of the entry's command, or of the command that its phrase stands for."""
        apart = split_phrase(self.text, PHRASES) if self.is_phrase else None
        return self.text if apart is None else apart[0].beside


def remember(said: Said, history: list[Said]) -> None:
    """Put an entry at the top of the history, without duplicates."""
    history[:] = [said, *(before for before in history if before.text != said.text)][:_KEPT]


class Palette(Dialog[Said]):
    """Asks for a command or a phrase. `history` holds earlier entries, the latest first."""

    title_text = "Commands"
    keys_text = "enter run it · up history · esc cancel"

    def __init__(self, setting: Setting, history: Sequence[Said]) -> None:
        super().__init__()
        self._setting = setting
        self._commands = setting.keymap.by_name
        self._why_not = {
            command.name: command.why_not(setting.situation)
            for command in setting.keymap.of_screen(setting.screen)
            if _is_listed(command)
        }
        self._phrases = {phrase.label: phrase for phrase in phrases_on(setting.screen)}
        known = (said for said in history if said.is_phrase or said.text in self._why_not)
        self._earlier = [said.text for said in known]
        self._recalled = -1
        """The index of the earlier entry that is in the field; -1 if none is."""
        self._reading: Reading | None = None
        """The meaning of the phrase in the field."""
        self._asked = ""
        """The unusual phrase that was entered once and awaits confirmation."""

    def parts(self) -> list[Widget]:
        """A field, the meaning of its phrase, the matching commands, and the full text of the highlighted one."""
        field = Entry(placeholder="a command, or advance 30d, go 2026-08-15, filter state:expired")
        table = RowTable(COLUMNS, self._row, "No command matches.")
        table.can_focus = False
        table.cursor_moved = self._show_full_text
        return [field, Prose(id="told", markup=False), table, Prose(id="whole", markup=False)]

    def on_mount(self) -> None:
        """Start with everything: the latest entries, then the commands in the order of the help."""
        self._list("")

    def on_resize(self, event: events.Resize) -> None:
        """Show the highlighted text again: its row has more or less room."""
        self.call_after_refresh(self._show_full_text)

    # What is listed

    def typed(self, text: str) -> None:
        """Show the matches, the best first."""
        self._recalled, self._asked = -1, ""
        self._list(text)

    def _list(self, text: str) -> None:
        keys = self._matches(text)
        table = self.query_one(RowTable)
        table.show(keys, lambda _: 0 if keys else None)
        self._show_full_text()
        self._show_reading()

    def _show_full_text(self) -> None:
        """Show what the highlighted row has no room for: why a command is not possible, or else what it does."""
        table = self.query_one(RowTable)
        text = "" if table.cursor is None else self._row(table.cursor).cells[-1].text
        whole = cell_len(text) <= table.width_of(COLUMNS[-1].title)
        say(self.query_one("#whole", Prose), Content.styled("" if whole else text, "$quiet"))

    def _show_reading(self) -> None:
        """Show the meaning of a phrase, or what in it is invalid."""
        reading = self._reading
        shown = self.query_one("#told", Prose)
        shown.set_class(reading is not None, "-shown")
        if reading is not None:
            again = "Enter again: " if reading.unusual and self._asked else ""
            fine = reading.action is not None and not again
            say(shown, Content.styled(again + one_line(reading.told), "" if fine else "$state-stopped"))

    def _matches(self, text: str) -> list[str]:
        """The row keys that match the text in the field."""
        words = text.casefold().split()
        if not words:
            self._reading = None
            return [*(_EARLIER + said for said in self._earlier[:_SHOWN]), *self._everything()]
        fitting = [key for key in self._everything() if all(word in self._searched(key) for word in words)]
        fitting.sort(key=lambda key: not self._label(key).casefold().startswith(words[0]))
        found = split_phrase(text, list(self._phrases.values()))
        self._reading = None
        if found is not None and found[1]:
            phrase, argument = found
            self._reading = phrase.read(argument, self._setting)
            others = [key for key in fitting if key != phrase.label]
            # If the text is not a valid phrase, commands that match its words come first.
            return [*others, phrase.label] if self._reading.action is None else [phrase.label, *others]
        return fitting

    def _everything(self) -> list[str]:
        """The commands; each phrase follows the command that does the same without an argument."""
        keys: list[str] = []
        beside: dict[str, list[str]] = {}
        for phrase in self._phrases.values():
            place = phrase.beside if phrase.beside in self._why_not else phrase.verb
            beside.setdefault(place, []).append(phrase.label)
        for name in self._why_not:
            keys += [name, *beside.pop(name, ())]
        return [*keys, *(label for labels in beside.values() for label in labels)]

    def _label(self, key: str) -> str:
        return key if key in self._phrases else self._commands[key].label

    def _searched(self, key: str) -> str:
        if key in self._phrases:
            phrase = self._phrases[key]
            return f"{phrase.verb} {phrase.help}".casefold()
        return _text(self._commands[key])

    def _row(self, key: str) -> Row:
        if key.startswith(_EARLIER):
            said = key.removeprefix(_EARLIER)
            if said not in self._why_not:
                verb, _, argument = one_line(said).partition(" ")
                return Row((Cell(verb), Cell(""), Cell("", "", ((argument, ""), ("  used before", "quiet")))))
            key = said
        if key in self._phrases:
            return Row((Cell(key), Cell(""), Cell(self._phrases[key].help, "quiet")))
        command = self._commands[key]
        why_not = self._why_not[key]
        text = command.help if why_not is None else f"Not now: {why_not}"
        return Row((Cell(command.label), Cell(command.key, "accent"), Cell(text, "quiet")), dim=why_not is not None)

    # Choosing

    def on_row_table_opened(self) -> None:
        """Run the row that was double-clicked."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Close and run the entry; if nothing matches or the phrase is invalid, stay open."""
        key = self.query_one(RowTable).cursor
        if key is None:
            return
        if key.startswith(_EARLIER):
            said = key.removeprefix(_EARLIER)
            if said in self._why_not:
                self.finish(Said(said))
                return
            # Read it again: the clock has moved on since.
            self._put(said)
            if self._reading is not None and self._reading.action is not None:
                self._confirm_phrase(self._reading)
        elif key not in self._phrases:
            self.finish(Said(key))
        elif self._reading is None:
            self._put(f"{self._phrases[key].verb} ")
        else:
            self._confirm_phrase(self._reading)

    def _confirm_phrase(self, reading: Reading) -> None:
        written = " ".join(self.query_one(Entry).value.split())
        if reading.action is None:
            return
        if reading.unusual and self._asked != written:
            self._asked = written
            self._show_reading()
        else:
            self.finish(Said(written, is_phrase=True))

    def _put(self, text: str) -> None:
        """Put a text into the field as if it were typed."""
        field = self.query_one(Entry)
        field.put(text)
        field.cursor_position = len(text)
        self._asked = ""
        self._list(text)

    def action_move(self, rows: int) -> None:
        """Move the cursor. Up from the first row, and down again, goes through the earlier entries."""
        table = self.query_one(RowTable)
        on_top = not table.keys or table.cursor == table.keys[0]
        wanted = self._recalled - rows
        if (rows < 0 and on_top and wanted < len(self._earlier)) or (rows > 0 and self._recalled >= 0):
            self._recalled = wanted
            said = self._earlier[wanted] if wanted >= 0 else ""
            self._put(self._commands[said].label if said in self._why_not else said)
        else:
            super().action_move(rows)


def _is_listed(command: Command) -> bool:
    """Whether a command is listed: movement by rows and panes is not."""
    moves = command.group == "Move" and not command.action.startswith("app.")
    return not moves and command.name != "palette"


def _text(command: Command) -> str:
    return f"{command.label} {command.name} {command.group} {command.help}".casefold()
