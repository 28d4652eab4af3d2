"""A long run of the clock in a thread. The box shows the progress and can be cancelled; nothing else changes."""

from threading import Event
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.base.counting import counted
from core.base.errors import LapseError
from core.words.sentences import tell_clock
from core.workspace.change import Change
from tui.commands.keymap import keymap_of
from tui.commands.table import BY_NAME, LONG_RUN, bindings
from tui.live.session import Session

BAR: Final = 40
"""Width in cells of the progress bar."""


class LongRun(ModalScreen[Change | LapseError], inherit_bindings=False):
    """Runs the clock to an instant; returns the resulting change."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LONG_RUN)]
    title_text = "The clock is running"

    def __init__(self, session: Session, to: int) -> None:
        super().__init__()
        self._session = session
        self._from = session.workspace.clock
        self._to = to
        self._calendar = session.workspace.calendar
        self._cancelled = Event()
        self._drawn = -1

    def compose(self) -> ComposeResult:
        """A box with the progress."""
        with Vertical(classes="box") as box:
            box.border_title = self.title_text
            box.border_subtitle = f"{keymap_of(self.app).key('cancel')} stop here"
            yield Static(id="progress", markup=False)

    def on_mount(self) -> None:
        """Start the worker."""
        self._show(self._from, 0)
        # A worker of the app: a worker of this screen would be cancelled when the screen closes. An error in it ends
        # the program, because nothing else could close this box.
        self.app.run_worker(self._run, thread=True)

    def _run(self) -> None:
        """In the worker's thread, the only one that reads the file until it is done."""
        self.app.call_from_thread(self._arrived, self.work())

    def work(self) -> Change | LapseError:
        """The work of the thread."""
        return self._session.run_long(self._to, self._progress)

    def _arrived(self, outcome: Change | LapseError) -> None:
        self.dismiss(outcome)

    def _progress(self, clock: int, count: int) -> bool:
        # Called after every instant, but drawn only when the bar grows.
        if self._done(clock) != self._drawn:
            self.app.call_from_thread(self._show, clock, count)
        return self._cancelled.is_set()

    def _done(self, clock: int) -> int:
        return BAR * (clock - self._from) // max(self._to - self._from, 1)

    def _show(self, clock: int, count: int) -> None:
        self._drawn = done = self._done(clock)
        state = "stopping" if self._cancelled.is_set() else counted(count, "event")
        self.query_one("#progress", Static).update(Content.assemble(
            ("━" * done, "$accent"), ("─" * (BAR - done), "$rule"), "\n",
            f"{tell_clock(clock, self._calendar)}   {state}\n",
            (f"to {tell_clock(self._to, self._calendar)}", "$quiet"),
        ))  # fmt: skip

    async def action_run(self, name: str) -> None:
        """Run a command of the command table."""
        await self.run_action(BY_NAME[name].action)

    def action_cancel(self) -> None:
        """Stop after the instant that is being processed; everything up to it is kept."""
        self._cancelled.set()
