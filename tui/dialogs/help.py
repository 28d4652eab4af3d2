"""The help: every key that is valid on the screen below, by group; what isn't possible now is dim and says why."""

from typing import Final

from textual.content import Content
from textual.widget import Widget

from core.model import EXPIRED, FROZEN, OVERDUE, RELEASED, RESTORING, RUNNING, STATES, STOPPED
from tui.commands import GROUPS, Command
from tui.dialogs.dialog import Dialog
from tui.keymap import Keymap
from tui.keys import key_name
from tui.obstacles import Situation
from tui.widgets.cells import wrapped
from tui.widgets.lifeline import FAILS, GLYPHS, PAID
from tui.widgets.scrolled import Scrolled
from tui.widgets.states import MARKS

_KEYS: Final = 17
_SAMPLE: Final = 6
_MEANS: Final = {
    RUNNING: "its service is up",
    FROZEN: "no device was online for too long",
    OVERDUE: "its account owes; its service is still up",
    STOPPED: "its account owes; its service is down",
    EXPIRED: "its service is down; it can be renewed",
    RESTORING: "its service is coming back",
    RELEASED: "gone for good, with its data",
}
"""What each state means, in a few words."""


class Help(Dialog[None]):
    """The keys of a screen."""

    keys_text = "j k scroll · esc leave"

    def __init__(self, screen: str, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        self._screen = screen
        self._situation = situation
        self._keymap = keymap
        self.title_text = f"Keys on {screen.capitalize()}"

    def parts(self) -> list[Widget]:
        """One text that scrolls."""
        return [Scrolled()]

    def on_mount(self) -> None:
        """Write the keys."""
        self.query_one(Scrolled).write(self._text)

    def _text(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for group in GROUPS:
            commands = [command for command in self._keymap.of_screen(self._screen) if command.group == group]
            if commands:
                lines.append(Content.styled(group, "bold $accent"))
                for command in commands:
                    lines += self._lines(command, width)
                lines.append(Content(""))
        lines += [Content.styled("Lifeline", "bold $accent"), *_legend(), Content("")]
        return [*lines, Content.styled("It is a simulation: nothing is bought, no money moves.", "$quiet")]

    def _lines(self, command: Command, width: int) -> list[Content]:
        keys = ", ".join(key_name(key) for key in command.keys)
        why_not = command.why_not(self._situation)
        text = command.help if why_not is None else f"{command.help} Not now: {why_not}"
        first, *rest = wrapped(text, width - _KEYS)
        style = "" if why_not is None else "$quiet"
        head = Content.assemble((f"{keys:<{_KEYS}}", style or "bold"), (first, style))
        return [head, *(Content.styled(" " * _KEYS + line, style) for line in rest)]

    def action_move(self, rows: int) -> None:
        """Scroll by lines."""
        self.query_one(Scrolled).move(rows)

    def action_page(self, pages: float) -> None:
        """Scroll by screens."""
        self.query_one(Scrolled).page(pages)

    def action_end(self, direction: int) -> None:
        """Scroll to the top or the bottom."""
        self.query_one(Scrolled).end(direction)


def _legend() -> list[Content]:
    """What the cells of a lifeline mean: a day each, in the worst state that the forecast gives it."""
    lines: list[Content] = []
    for state in STATES:
        sample = (f"{GLYPHS[state] * _SAMPLE:<{_KEYS}}", f"$state-{state}")
        word = (f"{MARKS[state]} {state:<12}", f"$state-{state}")
        lines.append(Content.assemble(sample, word, _MEANS[state]))
    for mark, style, meaning in ((PAID, "bold", "goes through"), (FAILS, f"$state-{EXPIRED}", "fails")):
        lines.append(Content.assemble((f"{mark:<{_KEYS}}", style), f"an auto-renewal payment is tried and {meaning}"))
    return lines
