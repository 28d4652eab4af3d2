"""The inspector: explains one instance beside the table, or in three lines below it on a narrow screen."""

from typing import Final

from textual.content import Content
from textual.geometry import Size

from core.world.events import Event
from core.world.model import Instance
from core.world.severity import is_echo
from tui.commands.keymap import keymap_of
from tui.commands.possible import Possible
from tui.commands.table import of_screen
from tui.live.session import Session
from tui.widgets.drawing import Lined
from tui.widgets.explaining import following, history, in_three_lines, summary, why
from tui.widgets.scrolled import Scrolled

_SHORT: Final = 8
_LONG: Final = 300
_AHEAD: Final = 4
_TABLE: Final = 92
"""The cells that the fleet table needs for its columns and a lifeline of four weeks."""
_NARROWEST: Final = 28


class Inspector(Scrolled):
    """Why an instance is in its state, what comes next, what can be done, and what happened to it."""

    def __init__(self, session: Session, screen: str) -> None:
        super().__init__(id="inspector")
        self._session = session
        self._actions = [command for command in of_screen(screen) if command.group == "Act"]
        self._instance: Instance | None = None
        self._possible: Possible | None = None
        self._events: list[Event] = []
        self._opened = False

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """A third of the screen, provided that the table keeps all the width it needs."""
        width = max(min(container.width - _TABLE, container.width // 3), _NARROWEST)
        return width - self.gutter.width

    @property
    def opened(self) -> bool:
        """Whether it shows the whole history and all coming events."""
        return self._opened

    def show(self, possible: Possible, instance: Instance | None, *, opened: bool | None = None) -> None:
        """Show an instance; `opened` shows its whole history too."""
        if opened is not None:
            self._opened = opened
        if instance is not self._instance and self.scroll_offset.y:
            self.scroll_home(animate=False)
        if instance is None or self._instance is None or instance.id != self._instance.id:
            self._events = []
        self._instance, self._possible = instance, possible
        if instance is not None:
            self._read(instance.id)
        self.write(self._explain)

    def _read(self, instance: str) -> None:
        """Read the instance's history. If it can't be read, keep the history that was read last."""
        last = _LONG if self._opened else _SHORT * 3
        events = self._session.read(lambda: self._session.workspace.history.recent(instance=instance, last=last), None)
        if events is not None:
            self._events = [event for event in events if not is_echo(event)][::-1]

    def _explain(self, width: int) -> list[Content]:
        instance, possible = self._instance, self._possible
        if instance is None or possible is None:
            return [Content.styled("No instance is selected.", "$quiet")]
        if not self._opened:
            # Show all coming events if there is room.
            lines = self._explained(instance, possible, width, _LONG)
            if len(lines) <= self.content_size.height:
                return lines
        return self._explained(instance, possible, width, _LONG if self._opened else _AHEAD)

    def _explained(self, instance: Instance, possible: Possible, width: int, most: int) -> list[Content]:
        workspace = self._session.workspace
        lines = summary(instance, workspace, width)
        lines += [Content(""), *why(instance, workspace, width)]
        lines += [Content(""), *following(instance, self._session, width, most, keymap_of(self.app).key("open"))]
        if doable := self._doable(possible):
            lines += [Content(""), *self._do(doable, width)]
        return [*lines, Content(""), *history(self._events[: _LONG if self._opened else _SHORT], workspace, width)]

    def _doable(self, possible: Possible) -> list[tuple[str, str]]:
        """Key and label of each command that is possible now."""
        keymap = keymap_of(self.app)
        return [(keymap.key(command.name), command.label) for command in self._actions if command in possible]

    def _do(self, doable: list[tuple[str, str]], width: int) -> list[Content]:
        """The possible commands, as many keys per line as fit."""
        lines = [Content.styled("Do", "bold $accent")]
        line = Content("")
        for key, label in doable:
            item = Content.assemble((key, "bold"), f" {label}")
            if line and line.cell_length + 3 + item.cell_length > width:
                lines.append(line)
                line = Content("")
            line = Content.assemble(line, "   ", item) if line else item
        return [*lines, line]


class Peek(Lined):
    """The inspector in three lines: what, why, next."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="peek")
        self._session = session
        self._instance: Instance | None = None

    def show(self, instance: Instance | None) -> None:
        """Show an instance."""
        self._instance = instance
        if self.display:
            self.rewrite()

    def lines(self) -> list[Content]:
        """Three lines, each cut to the width."""
        if self._instance is None:
            return []
        width = max(self.size.width - 1, 1)
        lines = in_three_lines(self._instance, self._session)
        return [Content.assemble(" ", line.truncate(width, ellipsis=True)) for line in lines]
