"""The latest events, newest on top."""

from typing import Final

from textual.content import Content
from textual.widget import Widget

from core.events import Event
from core.severity import is_echo
from core.telling import tell, tell_moment
from core.workspace import Workspace
from tui.widgets.cells import cut, fit, one_line
from tui.widgets.states import style_of

_READ: Final = 60
_WHO: Final = 14


class Ticker(Widget):
    """A few lines of the log."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="ticker")
        self._workspace = workspace
        self._events: list[Event] = []
        self._clock = 0

    def show(self) -> None:
        """Read the latest events."""
        workspace = self._workspace
        self._clock = workspace.clock
        self._events = [event for event in workspace.events(last=_READ) if not is_echo(event)][::-1]
        self.refresh()

    def render(self) -> Content:
        """As many events as there are lines."""
        if not self._events:
            return Content.styled(" Nothing has happened yet: p plays, . goes to the next event.", "$quiet")
        lines = [self._line(event) for event in self._events[: self.size.height]]
        return Content("\n").join(lines)

    def _line(self, event: Event) -> Content:
        workspace = self._workspace
        when = tell_moment(event.at, self._clock, workspace.calendar)
        who = fit(one_line(event.instance or event.account or ""), _WHO)
        rule = f"  {event.rule}" if event.rule else ""
        what = one_line(tell(event, workspace.currency_of(event.account), workspace.calendar))
        room = self.size.width - 1 - 12 - 2 - _WHO - 2 - len(rule) - 1
        return Content.assemble(
            (f" {when:>12}  ", "$quiet"),
            (f"{who}  ", ""),
            (cut(what, max(room, 8)), style_of(event)),
            (rule, "$quiet"),
        ).truncate(max(self.size.width, 1))
