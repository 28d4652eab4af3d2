"""The latest events, newest on top: a pane in which one can be chosen, to go to its instance."""

from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message

from core.events import Event
from core.severity import is_echo
from core.telling import tell, tell_moment
from tui.keymap import Keymap, keymap_of
from tui.session import Session
from tui.widgets.cells import cut, fit, one_line
from tui.widgets.drawing import Lined
from tui.widgets.glyphs import CURSOR
from tui.widgets.states import style_of

_READ: Final = 60
_WHO: Final = 14


class Ticker(Lined, inherit_bindings=False):
    """A few lines of the log; with the focus they scroll, and one of them is chosen."""

    can_focus = True

    class Opened(Message):
        """An event was clicked twice."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="ticker")
        self._session = session
        self._workspace = session.workspace
        self._events: list[Event] = []
        self._shown: tuple[int, int] | None = None
        self._place = 0
        self._top = 0
        self._told = False
        """Whether it was said that the chosen event is gone, and none was chosen since."""

    @property
    def event(self) -> Event | None:
        """The chosen event."""
        return self._events[self._place] if self._events else None

    def show(self, *, anew: bool = False) -> None:
        """Read the latest events, if there are others, or `anew`. The chosen one stays chosen while it is among them,
        and then the oldest of them is; on top, where nobody has moved from, it is always the newest.
        """
        workspace = self._workspace
        # Dates of another year than the clock's are shown with it.
        shown = (workspace.head.events, workspace.calendar.date_of(workspace.clock).year)
        if shown == self._shown and not anew:
            return
        self._shown = shown
        before = self.event if self._place else None
        read = self._session.read(lambda: list(workspace.events(last=_READ)), None)
        if read is not None:
            self._events = [event for event in read if not is_echo(event)][::-1]
        seqs = [event.seq for event in self._events]
        gone = before is not None and before.seq not in seqs
        if before is None or not seqs:
            self._place = 0
        elif gone:
            self._place = len(seqs) - 1
        else:
            self._place = seqs.index(before.seq)
        if gone and not self._told:
            key = keymap_of(self.app).key("log")
            self._session.tell(f"The chosen event is no longer among the latest: {key} shows them all.", besides=True)
        self._told = self._told or gone
        self._keep_in_sight()
        self.rewrite()

    # Moving

    def move(self, rows: int) -> None:
        """Choose the event so many rows further down."""
        self._told = False
        place = min(max(self._place + rows, 0), max(len(self._events) - 1, 0))
        if place != self._place:
            self._place = place
            self._keep_in_sight()
            self.rewrite()

    def page(self, pages: float) -> None:
        """Choose one so many screens of rows further down."""
        self.move(int(pages * self._height) or (1 if pages > 0 else -1))

    def end(self, direction: int) -> None:
        """Choose the newest, or the oldest of the latest."""
        self.move(direction * len(self._events))

    @property
    def _height(self) -> int:
        return max(self.size.height, 1)

    def _keep_in_sight(self) -> None:
        self._top = max(
            min(self._top, self._place, len(self._events) - self._height), self._place - self._height + 1, 0
        )

    def on_resize(self) -> None:
        """Keep the chosen event in sight."""
        self._keep_in_sight()

    def on_focus(self) -> None:
        """Show which is chosen."""
        self.rewrite()

    def on_blur(self) -> None:
        """Show the newest again."""
        self._place = self._top = 0
        self._told = False
        self.rewrite()

    def on_click(self, event: events.Click) -> None:
        """A click chooses an event; a second one opens it."""
        place = self._top + event.get_content_offset_capture(self).y
        if 0 <= place < len(self._events):
            self.move(place - self._place)
            if event.chain > 1:
                self.post_message(self.Opened())

    # Drawing

    def lines(self) -> list[Content]:
        """As many events as there are lines."""
        if not self._events:
            return [Content.styled(f" {nothing_yet(keymap_of(self.app))}", "$quiet")]
        shown = self._events[self._top : self._top + self._height]
        return [self._line(event, self._top + line) for line, event in enumerate(shown)]

    def _line(self, event: Event, place: int) -> Content:
        workspace = self._workspace
        chosen = self.has_focus and place == self._place
        when = tell_moment(event.at, workspace.clock, workspace.calendar)
        who = fit(one_line(event.instance or event.account or ""), _WHO)
        rule = f"  {event.rule}" if event.rule else ""
        what = one_line(tell(event, workspace.currency_of(event.account), workspace.calendar))
        room = self.size.width - 1 - 12 - 2 - _WHO - 2 - len(rule) - 1
        line = Content.assemble(
            (CURSOR if chosen else " ", "$accent"),
            (f"{when:>12}  ", "$quiet"),
            (f"{who}  ", ""),
            (cut(what, max(room, 8)), style_of(event)),
            (rule, "$quiet"),
        ).truncate(max(self.size.width, 1))
        if not chosen:
            return line
        rest = " " * max(self.size.width - line.cell_length, 0)
        return Content.assemble(line, rest).stylize("bold on $cursor-row")


def nothing_yet(keymap: Keymap) -> str:
    """What an empty log says."""
    return f"Nothing has happened yet: {keymap.key('play')} plays, {keymap.key('next-event')} goes to the next event."
