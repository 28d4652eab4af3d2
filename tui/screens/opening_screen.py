"""The screen that `lapse` shows while it reads a large fleet: the fleet's name, its file, and the progress."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from core.base.counting import counted
from core.words.sentences import tell_clock
from core.workspace.unread import Unread
from tui.commands.keymap import keymap_of
from tui.commands.table import BY_NAME, OPENING, bindings
from tui.screens.quick_screen import QuickScreen
from tui.text.cells import cut, one_line
from tui.widgets.drawing import Lined
from tui.widgets.sized_screen import TooSmall

BAR: Final = 40


class Top(Lined):
    """The top line: as much of the clock bar as is already known."""

    def __init__(self, fleet: Unread) -> None:
        super().__init__(id="clock-bar")
        self._fleet = fleet

    def lines(self) -> list[Content]:
        """Program, fleet and clock."""
        head = self._fleet.head
        clock = tell_clock(head.clock, head.policy.calendar)
        name = cut(one_line(head.name), 24)
        return [Content.assemble(" ", ("Lapse simulation", "bold $accent"), f"  {name}   ", (clock, "bold"))]


class Progress(Lined):
    """How much of the fleet is read."""

    def __init__(self, fleet: Unread) -> None:
        super().__init__(id="reading")
        self._fleet = fleet
        self._read = 0

    def show(self, read: int) -> None:
        """Show that `read` instances have been read."""
        self._read = read
        self.rewrite()

    def lines(self) -> list[Content]:
        """The number of instances, a progress bar, and the file."""
        size = self._fleet.size
        done = min(BAR * self._read // max(size, 1), BAR)
        return [
            Content(f"Reading {counted(size, 'instance')}"),
            Content.assemble(("━" * done, "$accent"), ("─" * (BAR - done), "$rule")),
            Content.styled(cut(one_line(str(self._fleet.path)), max(self.size.width, 1)), "$quiet"),
        ]


class Bottom(Lined):
    """The bottom line: the only key of this screen."""

    def __init__(self) -> None:
        super().__init__(id="key-bar")

    def lines(self) -> list[Content]:
        """The key and its label."""
        quit_key = keymap_of(self.app).key("quit")
        return [Content.assemble(" ", (quit_key, "bold $accent"), f" {BY_NAME['quit'].label}")]


class Opening(QuickScreen, inherit_bindings=False):
    """The first screen of a large fleet, until the fleet is read."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OPENING)]

    def __init__(self, fleet: Unread) -> None:
        super().__init__()
        self._fleet = fleet

    def compose(self) -> ComposeResult:
        """The two bars with the progress between them."""
        self.prepare()
        yield Top(self._fleet)
        yield Progress(self._fleet)
        yield Bottom()
        yield TooSmall()

    def show(self, read: int) -> None:
        """Show that `read` instances have been read."""
        if self.is_mounted:
            self.query_one(Progress).show(read)

    async def action_run(self, name: str) -> None:
        """Run a command of the command table."""
        await self.run_action(BY_NAME[name].action)
