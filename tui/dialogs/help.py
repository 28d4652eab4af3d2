"""The help: every key that is valid on the screen below, by group. Commands that are not possible now are dim and give
the reason.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from textual.content import Content
from textual.widget import Widget

from core.world.model import EXPIRED, FROZEN, OVERDUE, RELEASED, RESTORING, RUNNING, STATES, STOPPED
from tui.commands.key_names import key_name
from tui.commands.keymap import Keymap
from tui.commands.obstacles import Situation
from tui.commands.table import GROUPS, Command
from tui.dialogs.dialog import Dialog
from tui.text.cells import fit, wrapped
from tui.text.glyphs import CLOCK, CURSOR, HEIGHTS, MARKED, QUIET_DAY
from tui.text.states import state_words
from tui.widgets.lifeline import FAILS, GLYPHS, PAID
from tui.widgets.scrolled import Scrolled

_GAP: Final = 2
_SAMPLE: Final = 6
_MEANS: Final = {
    RUNNING: "service is up",
    FROZEN: "no device online for too long",
    OVERDUE: "account overdue; service still up",
    STOPPED: "account overdue; service is down",
    EXPIRED: "service is down; it can be renewed",
    RESTORING: "service is coming back",
    RELEASED: "gone for good, data deleted",
}
"""The meaning of each state, in a few words."""

_SIGNS: Final = (
    (PAID, "bold", "payment", "auto-renewal succeeds"),
    (FAILS, f"$state-{EXPIRED}", "payment", "auto-renewal fails"),
    ("!", f"$state-{OVERDUE}", "bill", "not paid: account overdue"),
    ("+ x", "", "outcome", "enough money; not enough"),
    (CLOCK, "bold $accent", "the clock", "its place in the strip of time"),
    (f"{HEIGHTS[1:6:2]} {QUIET_DAY}", f"$state-{EXPIRED}", "a day", "taller is more losses; no losses"),
    (f"{CURSOR} {MARKED}", "$accent", "row", "under the cursor; marked"),
)
"""The signs other than those of the states: the sign, its style, its subject and its meaning."""

Columns = tuple[int, int, int]
"""Widths in cells of the columns: keys, label, text."""


class Help(Dialog[None]):
    """The keys of a screen."""

    keys_text = "j k scroll · G symbols and colours · esc close"

    def __init__(self, screen: str, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        self._screen = screen
        self._situation = situation
        self._keymap = keymap
        self.title_text = f"Keys on {screen.capitalize()}"

    def parts(self) -> list[Widget]:
        """One scrolling text."""
        return [Scrolled()]

    def on_mount(self) -> None:
        """Write the keys."""
        self.query_one(Scrolled).write(self._text)

    def _text(self, width: int) -> list[Content]:
        commands = self._keymap.of_screen(self._screen)
        columns = _columns(commands, width)
        lines: list[Content] = []
        for group in GROUPS:
            there = [command for command in commands if command.group == group]
            if there:
                lines.append(Content.styled(group, "bold $accent"))
                for command in there:
                    lines += self._lines(command, columns)
                lines.append(Content(""))
        lines += [Content.styled("Symbols and colours", "bold $accent"), *_legend(columns), Content("")]
        last = wrapped("It is a simulation: nothing is bought, no money moves.", width - 1)
        return [*lines, *(Content.styled(line, "$quiet") for line in last)]

    def _lines(self, command: Command, columns: Columns) -> list[Content]:
        why_not = command.why_not(self._situation)
        text = command.help if why_not is None else f"{command.help} Not now: {why_not}"
        style = "" if why_not is None else "$quiet"
        return _in_columns(((_keys_of(command), style or "bold"), (command.label, style), (text, style)), columns)

    def action_move(self, rows: int) -> None:
        """Scroll by lines."""
        self.query_one(Scrolled).move(rows)

    def action_page(self, pages: float) -> None:
        """Scroll by screens."""
        self.query_one(Scrolled).page(pages)

    def action_end(self, direction: int) -> None:
        """Scroll to the top or the bottom."""
        self.query_one(Scrolled).end(direction)


def _keys_of(command: Command) -> str:
    return ", ".join(key_name(key) for key in command.keys)


def _columns(commands: Sequence[Command], width: int) -> Columns:
    """The first two columns are as wide as the longest keys and the longest label; the text takes the rest. Keys longer
    than a quarter of the width are wrapped. The last cell stays free for the scrollbar.
    """
    keys = min(max(len(_keys_of(command)) for command in commands), width // 4)
    label = max(*(len(command.label) for command in commands), *(len(state_words(state)) for state in STATES))
    return keys, label, max(width - 1 - keys - label - 2 * _GAP, 1)


def _in_columns(texts: Sequence[tuple[str, str]], columns: Columns) -> list[Content]:
    """Texts with their styles side by side, each wrapped within its column."""
    wrapped_texts = [wrapped(text, width) for (text, _), width in zip(texts, columns, strict=True)]
    return [
        Content.assemble(
            *(
                (fit(part, width) + " " * _GAP, style)
                for part, (_, style), width in zip(parts, texts, columns, strict=True)
            )
        )
        for parts in zip_longest(*wrapped_texts, fillvalue="")
    ]


def _legend(columns: Columns) -> list[Content]:
    """The legend of signs and colours: the lifeline, where each cell is a day in the worst state that the forecast
    gives it; the time strip; the lists and the money chart.
    """
    lines: list[Content] = []
    for state in STATES:
        style = f"$state-{state}"
        sample, word = GLYPHS[state] * _SAMPLE, state_words(state)
        lines += _in_columns(((sample, style), (word, style), (_MEANS[state], "")), columns)
    for sign, style, word, meaning in _SIGNS:
        lines += _in_columns(((sign, style), (word, ""), (meaning, "")), columns)
    return lines
