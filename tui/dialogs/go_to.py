"""The dialog that moves the clock to a date, or forward by a length of time."""

from typing import Final

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.base.errors import LapseError, NoDate, NoSuchDate, shown
from core.base.instants import two_digits
from core.words.sentences import tell_clock, tell_distance, whole_years
from core.workspace.workspace import Workspace
from tui.dialogs.dialog import Dialog
from tui.live.session import Session
from tui.widgets.entry import Entry
from tui.widgets.prose import Prose

FAR: Final = 10
"""A date this many years ahead needs a second enter: it is most likely mistyped."""


class GoTo(Dialog[int]):
    """Asks for a date or a length of time; returns the instant."""

    title_text = "Move the clock"
    keys_text = "enter go · esc cancel"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._asked: int | None = None
        """The far date that was entered once and awaits confirmation."""

    def parts(self) -> list[Widget]:
        """A field, and the meaning of its text."""
        field = Entry()
        return [
            Static(self._head(), id="standing", markup=False),
            Static("Which date, or how far ahead?", classes="question", markup=False),
            field,
            Prose(classes="answer", markup=False),
        ]

    def _head(self) -> str:
        workspace = self._session.workspace
        return f"The clock is at {tell_clock(workspace.clock, workspace.calendar)}."

    def fleet_changed(self) -> None:
        """Show the new clock, and what the text means from there."""
        self.query_one("#standing", Static).update(self._head())
        self._answer(self.query_one(Entry).value)

    def on_mount(self) -> None:
        """Start with a hint about what can be entered."""
        self._answer("")

    def typed(self, text: str) -> None:
        """Show what the text means."""
        self._answer(text)

    def action_confirm(self) -> None:
        """Go there, if the text is valid."""
        to = read_when(self.query_one(Entry).value, self._session.workspace)
        workspace = self._session.workspace
        if not isinstance(to, int):
            self._say(to, wrong=True)
        elif (years := whole_years(workspace.clock, to, workspace.calendar)) >= FAR and to != self._asked:
            self._asked = to
            when = tell_clock(to, workspace.calendar)
            self._say(f"{when} is {years:,} years ahead: enter again to go there.", wrong=True)
        else:
            self.finish(to)

    def _answer(self, text: str) -> None:
        self._asked = None
        to = read_when(text, self._session.workspace)
        if isinstance(to, int):
            workspace = self._session.workspace
            when = tell_clock(to, workspace.calendar)
            self._say(f"{when}, {tell_distance(to, workspace.clock, workspace.calendar)}", wrong=False)
        else:
            self._say(to, wrong=bool(text.strip()) and len(text) > 6)

    def _say(self, sentence: str, *, wrong: bool) -> None:
        self.query_one(".answer", Prose).update(Content.styled(sentence, "$state-stopped" if wrong else "$quiet"))


def read_when(text: str, workspace: Workspace) -> int | str:
    """The instant meant by a date or a length of time, or a sentence that says why the text is invalid."""
    if not text.strip():
        return "Write a date like 2026-09-01 or 2026-09-01 08:00, or a duration like 30d, 2w, 3mo."
    try:
        to = workspace.calendar.parse_when(text, workspace.clock)
    except NoDate as error:
        if (padded := two_digits(text)) is not None:
            return f"{shown(text.strip())} needs two digits: {padded}."
        if isinstance(error, NoSuchDate):
            return f"{shown(text.strip())}: there is no such date or time of day."
        return f"{shown(text.strip())} is not a date: write one like 2026-09-01, or a duration like 30d, 2w, 3mo."
    except LapseError as error:
        return str(error)
    if to < workspace.clock:
        stands = tell_clock(workspace.clock, workspace.calendar)
        return f"That is before the clock, which is at {stands}: it only moves forward."
    return to
