"""The latest events, newest on top, with routine bills folded into one line. One can be selected, to go to its
instance.
"""

from collections.abc import Iterable
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from core.words.folding import Line, RoutineBills, fold, joined, newest, tell_bills
from core.words.sentences import tell, tell_moment
from core.world.events import Event
from core.world.severity import is_echo
from tui.commands.keymap import Keymap, keymap_of
from tui.live.session import Session
from tui.text.cells import cut, fit, one_line
from tui.text.glyphs import CURSOR
from tui.text.states import style_of
from tui.widgets.drawing import Lined, lifted

_LINES: Final = 60
"""The number of lines that can be scrolled through."""
_MOST_ADDED: Final = 60
"""Up to this number of new events are added to the lines read before; if there are more, only the newest are read."""
_MOST_READ: Final = 1_000
"""The most events read to find the lines."""
_MOST_READ_UNFOCUSED: Final = 256
"""The same while the pane lacks the focus, so that no line can be selected."""
_WHO: Final = 14


class Ticker(Lined, inherit_bindings=False):
    """A few lines of the log. With the focus they scroll, and one of them is selected."""

    can_focus = True

    class Opened(Message):
        """An event was clicked twice."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="ticker")
        self._session = session
        self._workspace = session.workspace
        self._folded: list[Line] = []
        """The latest lines, newest first."""
        self._shown: tuple[int, int] | None = None
        self._place = 0
        self._top = 0
        self._loss_told = False
        """Whether a message said that the selected event is gone, and none was selected since."""

    @property
    def line(self) -> Line | None:
        """The selected line."""
        return self._folded[self._place] if self._folded else None

    @property
    def event(self) -> Event | None:
        """The selected event; None if the selected line is a run of routine bills."""
        line = self.line
        return None if isinstance(line, RoutineBills) else line

    def show(self, *, anew: bool = False) -> None:
        """Read the latest events if there are new ones, or always with `anew`. The selection stays on its event while
        that is among them, and then goes to the oldest of them. If nobody has moved the selection, it stays on the
        newest event.
        """
        workspace = self._workspace
        # The year counts too: dates in another year than the clock's are shown with their year.
        shown = (workspace.head.events, workspace.calendar.date_of(workspace.clock).year)
        if shown == self._shown and not anew:
            return
        seen = 0 if anew or self._shown is None else self._shown[0]
        before = self.line if self._place else None
        read = self._session.read(lambda: self._read(seen), None)
        if read is not None:
            self._folded, self._shown = read, shown
        place = next((place for place, line in enumerate(self._folded) if _is_or_contains(line, before)), None)
        gone = before is not None and place is None and bool(self._folded)
        if gone and not self._loss_told:
            key = keymap_of(self.app).key("log")
            self._session.tell(f"The selected event is no longer among the latest: {key} shows them all.", besides=True)
        self._loss_told = self._loss_told or gone
        self._place = place if place is not None else len(self._folded) - 1 if gone else 0
        self._keep_in_sight()
        self.rewrite()

    def _read(self, seen: int) -> list[Line]:
        """The latest lines, newest first: the events after number `seen`, added to the lines read before. Without the
        focus, only the lines in sight are read: when a large fleet plays, thousands of events come every day.
        """
        workspace = self._workspace
        if seen > 0 and 0 <= workspace.head.events - seen <= _MOST_ADDED:
            lines = joined(self._folded[::-1], told_lines(fold(workspace.history.events(after=seen))))
        else:
            wanted, most = (_LINES, _MOST_READ) if self.has_focus else (self._height, _MOST_READ_UNFOCUSED)
            lines = self._newest(wanted, most)
        return lines[: -_LINES - 1 : -1]

    def _newest(self, wanted: int, most: int) -> list[Line]:
        """At least `wanted` of the newest lines. Some events read may only repeat another, so more may be read."""
        reading = wanted
        while len(lines := told_lines(newest(self._page, reading, most))) < wanted and reading < most:
            reading = min(4 * reading, most)
        if not lines and most < _MOST_READ:
            return self._newest(wanted, _MOST_READ)
        return lines

    def _page(self, before: int | None, last: int) -> list[Event]:
        return list(self._workspace.history.events(before=before, last=last))

    # Moving

    def move(self, rows: int) -> None:
        """Move the selection down by a number of rows."""
        self._loss_told = False
        place = min(max(self._place + rows, 0), max(len(self._folded) - 1, 0))
        if place != self._place:
            self._place = place
            self._keep_in_sight()
            self.rewrite()

    def page(self, pages: float) -> None:
        """Move the selection down by a number of screens."""
        self.move(int(pages * self._height) or (1 if pages > 0 else -1))

    def end(self, direction: int) -> None:
        """Select the newest line, or the oldest of the latest."""
        self.move(direction * len(self._folded))

    @property
    def _height(self) -> int:
        return max(self.size.height, 1)

    def _keep_in_sight(self) -> None:
        self._top = max(
            min(self._top, self._place, len(self._folded) - self._height), self._place - self._height + 1, 0
        )

    def on_resize(self) -> None:
        """Keep the selection in sight, and read enough lines for the new height."""
        self._keep_in_sight()
        if self._shown is not None and len(self._folded) < self._height:
            self.show(anew=True)

    def on_focus(self) -> None:
        """Show the selection, and read all lines that can be scrolled through."""
        self.show(anew=True)
        self.rewrite()

    def on_blur(self) -> None:
        """Show the newest lines again."""
        self._place = self._top = 0
        self._loss_told = False
        self.rewrite()

    def on_click(self, event: events.Click) -> None:
        """Select the clicked event; a double click opens it."""
        place = self._top + event.get_content_offset_capture(self).y
        if 0 <= place < len(self._folded):
            self.move(place - self._place)
            if event.chain > 1:
                self.post_message(self.Opened())

    # Drawing

    def lines(self) -> list[Content]:
        """As many events as fit."""
        if not self._folded:
            return [Content.styled(f" {nothing_yet(keymap_of(self.app))}", "$quiet")]
        shown = self._folded[self._top : self._top + self._height]
        return [self._draw_line(line, self._top + place) for place, line in enumerate(shown)]

    def render_line(self, y: int) -> Strip:
        """One line; on the selected one every text has full contrast."""
        strip = super().render_line(y)
        return lifted(strip) if self._is_chosen(self._top + y) else strip

    def _is_chosen(self, place: int) -> bool:
        return self.has_focus and place == self._place

    def _draw_line(self, line: Line, place: int) -> Content:
        workspace = self._workspace
        chosen = self._is_chosen(place)
        when = tell_moment(line.at, workspace.clock, workspace.calendar)
        whom, what, rule, style = self._words(line)
        room = self.size.width - 1 - 12 - 2 - _WHO - 2 - len(rule) - 1
        drawn = Content.assemble(
            (CURSOR if chosen else " ", "$accent"),
            (f"{when:>12}  ", "$quiet"),
            (f"{fit(whom, _WHO)}  ", ""),
            (cut(what, max(room, 8)), style),
            (rule, "$quiet"),
        ).truncate(max(self.size.width, 1))
        if not chosen:
            return drawn
        rest = " " * max(self.size.width - drawn.cell_length, 0)
        return Content.assemble(drawn, rest).stylize("bold on $cursor-row")

    def _words(self, line: Line) -> tuple[str, str, str, str]:
        """What a line is about, its sentence, its rule, and its style."""
        clock, calendar = self._workspace.clock, self._workspace.calendar
        if isinstance(line, RoutineBills):
            return one_line(line.whom), tell_bills(line, clock, calendar), "", "$quiet"
        told = one_line(tell(line, self._workspace.currency_of(line.account), calendar, clock))
        rule = f"  {line.rule}" if line.rule else ""
        return one_line(line.instance or line.account or ""), told, rule, style_of(line)


def told_lines(lines: Iterable[Line]) -> list[Line]:
    """The lines without the notices that only repeat another event."""
    return joined((), (line for line in lines if isinstance(line, RoutineBills) or not is_echo(line)))


def _is_or_contains(line: Line, before: Line | None) -> bool:
    """Whether a line is the same as `before`, or the run of bills that now contains it."""
    if isinstance(line, RoutineBills) and isinstance(before, RoutineBills):
        return line.since <= before.since and before.at <= line.at
    return before is not None and line.seq == before.seq


def nothing_yet(keymap: Keymap) -> str:
    """The message of an empty log."""
    return f"Nothing has happened yet: {keymap.key('play')} plays, {keymap.key('next-event')} goes to the next event."
