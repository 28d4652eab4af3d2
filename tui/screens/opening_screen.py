"""What `lapse` shows while a large fleet is being read: whose it is, where it is kept, and how far the reading is."""

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
    """The first line as it will be, as far as it is known."""

    def __init__(self, fleet: Unread) -> None:
        super().__init__(id="clock-bar")
        self._fleet = fleet

    def lines(self) -> list[Content]:
        """What it is, whose fleet, and the clock."""
        head = self._fleet.head
        clock = tell_clock(head.clock, head.policy.calendar)
        name = cut(one_line(head.name), 24)
        return [Content.assemble(" ", ("Lapse simulation", "bold $accent"), f"  {name}   ", (clock, "bold"))]


class Progress(Lined):
    """How far the reading is."""

    def __init__(self, fleet: Unread) -> None:
        super().__init__(id="reading")
        self._fleet = fleet
        self._read = 0

    def show(self, read: int) -> None:
        """So many instances were read."""
        self._read = read
        self.rewrite()

    def lines(self) -> list[Content]:
        """What is read, a bar, and from where."""
        size = self._fleet.size
        done = min(BAR * self._read // max(size, 1), BAR)
        return [
            Content(f"Reading {counted(size, 'instance')}"),
            Content.assemble(("━" * done, "$accent"), ("─" * (BAR - done), "$rule")),
            Content.styled(cut(one_line(str(self._fleet.path)), max(self.size.width, 1)), "$quiet"),
        ]


class Bottom(Lined):
    """The last line: the one key there is."""

    def __init__(self) -> None:
        super().__init__(id="key-bar")

    def lines(self) -> list[Content]:
        """The key, and what it does."""
        quit_key = keymap_of(self.app).key("quit")
        return [Content.assemble(" ", (quit_key, "bold $accent"), f" {BY_NAME['quit'].label}")]


class Opening(QuickScreen, inherit_bindings=False):
    """The first screen of a large fleet, until it is read."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OPENING)]

    def __init__(self, fleet: Unread) -> None:
        super().__init__()
        self._fleet = fleet

    def compose(self) -> ComposeResult:
        """The bars, and how far it is between them."""
        self.prepare()
        yield Top(self._fleet)
        yield Progress(self._fleet)
        yield Bottom()
        yield TooSmall()

    def show(self, read: int) -> None:
        """So many instances were read."""
        if self.is_mounted:
            self.query_one(Progress).show(read)

    async def action_run(self, name: str) -> None:
        """Do a command of the table."""
        await self.run_action(BY_NAME[name].action)
