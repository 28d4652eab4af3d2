"""The screen that `lapse` shows when there is no fleet yet: what the program is, and the three ways to begin."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.base.counting import counted
from core.base.errors import LapseError
from core.rules.policy import Policy
from core.workspace.importing import Imported, begin_sample
from core.workspace.workspace import Workspace
from core.world.model import EXPIRED, FROZEN, OVERDUE, RELEASED, RUNNING, STOPPED
from tui.commands.keymap import keymap_of
from tui.commands.table import BY_NAME, GREETING, bindings
from tui.dialogs.begin import BeginDialog
from tui.dialogs.import_fleet import ImportDialog, ImportTarget
from tui.text.cells import one_line
from tui.widgets.lifeline import FAILS, GLYPHS, PAID
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.sized_screen import SizedScreen, TooSmall

WHAT: Final = (
    "A time-lapse of subscriptions about to lapse: let a simulated clock run over your fleet, and see what freezes, "
    "stops, expires, or is released with all its data."
)
SIMULATED: Final = "It is a simulation: nothing is bought, no money moves."
_LIFE: Final = (
    (GLYPHS[RUNNING] * 20, RUNNING), (PAID, ""), (GLYPHS[RUNNING] * 12, RUNNING), (FAILS, EXPIRED),
    (GLYPHS[RUNNING], RUNNING), (FAILS, EXPIRED), (GLYPHS[RUNNING], RUNNING), (GLYPHS[EXPIRED] * 15, EXPIRED),
    (GLYPHS[RELEASED] * 18, RELEASED),
)  # fmt: skip
"""An example lifeline: one payment succeeds, two fail, then the instance expires and is released."""
_LEGEND: Final = (RUNNING, FROZEN, OVERDUE, STOPPED, EXPIRED, RELEASED)
_COLUMNS: Final = (Column("", 16), Column("", 1), Column("", 40, grows=True))


class Begun(NamedTuple):
    """A new fleet: its workspace, whether to open the purchase dialog next, and the message to show."""

    workspace: Workspace
    buy: bool
    told: str


class Greeting(SizedScreen[None], inherit_bindings=False):
    """The first screen a new person sees. Calls `begun` with the fleet that they begin."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(GREETING)]

    def __init__(self, path: Path, policy: Policy, begun: Callable[[Begun], None]) -> None:
        super().__init__()
        self._path = path
        self._policy = policy
        self._begun = begun

    def compose(self) -> ComposeResult:
        """The introduction and the choices."""
        keys = keymap_of(self.app)
        choices = RowTable(_COLUMNS, self._row, "")
        choices.show(list(_CHOICES))
        choices.styles.height = len(_CHOICES) + 1
        with Vertical(id="greeting"):
            yield Static(Content.styled("Lapse", "bold $accent"), classes="name")
            yield Static(WHAT, markup=False)
            yield Static(SIMULATED, markup=False, classes="quiet")
            yield Static(_drawn_life(), classes="life")
            yield Static(f"No fleet is kept in {one_line(str(self._path))} yet. Begin with", markup=False)
            yield choices
            yield Static(f"{keys.key('begin')} begin · {keys.key('quit')} quit", markup=False, classes="quiet keys")
        yield TooSmall()

    def on_mount(self) -> None:
        """Focus the choices."""
        self.set_focus(self._choices)

    @property
    def _choices(self) -> RowTable:
        return self.query_one(RowTable)

    def _row(self, key: str) -> Row:
        choice = _CHOICES[key]
        command = keymap_of(self.app).key(key) if key in BY_NAME else ""
        return Row((Cell(choice.title, "strong"), Cell(command, "accent"), Cell(choice.text, "quiet")))

    # Commands

    async def action_run(self, name: str) -> None:
        """Run a command of the command table."""
        if name == "quit" or not self.too_small:
            await self.run_action(BY_NAME[name].action)

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._choices.move(rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages."""
        self._choices.page(pages)

    def action_end(self, direction: int) -> None:
        """Move the cursor to the first or last choice."""
        self._choices.end(direction)

    async def on_row_table_opened(self) -> None:
        """Begin with the choice that was double-clicked."""
        await self.action_begin()

    async def action_begin(self) -> None:
        """Begin with the choice under the cursor."""
        chosen = self._choices.cursor
        if chosen in BY_NAME:
            await self.action_run(chosen)
        else:
            self._sample()

    def _sample(self) -> None:
        try:
            workspace = begin_sample(self._path, self._policy)
        except LapseError as error:
            self.app.notify(str(error), severity="error", markup=False)
            return
        keys = keymap_of(self.app)
        told = f"The sample fleet: {keys.key('play')} runs the clock, {keys.key('help')} shows all keys."
        self._begun(Begun(workspace, False, told))

    async def action_import_first(self) -> None:
        """Ask for a file, and begin from it."""
        await self.app.push_screen(ImportDialog(ImportTarget(self._path, None, self._policy)), self._imported)

    def _imported(self, imported: Imported | None) -> None:
        if imported is not None:
            merged = imported.merged
            key = keymap_of(self.app).key("play")
            instances, accounts = counted(merged.added, "instance"), counted(merged.accounts_added, "account")
            told = f"{instances} on {accounts}: {key} runs the clock."
            self._begun(Begun(imported.workspace, False, told))

    async def action_begin_empty(self) -> None:
        """Ask for an account, begin with it alone, and open the purchase dialog."""
        await self.app.push_screen(BeginDialog(self._path, self._policy), self._emptied)

    def _emptied(self, workspace: Workspace | None) -> None:
        if workspace is not None:
            self._begun(Begun(workspace, True, ""))


class _Choice(NamedTuple):
    title: str
    text: str


_CHOICES: Final = {
    "sample": _Choice("The sample fleet", "see every state within 45 days"),
    "import-first": _Choice("Your own fleet", "JSON, CSV, or the vendor's own export"),
    "begin-empty": _Choice("An empty fleet", "one account; then buy its first instance"),
}
"""The ways to begin. Those that are commands have their own keys."""


def _drawn_life() -> Content:
    """The example lifeline and its legend."""
    life = [(text, f"$state-{state}" if state else "bold") for text, state in _LIFE]
    legend = [(PAID, "bold"), (" paid   ", "$quiet"), (FAILS, f"$state-{EXPIRED}"), (" payment fails\n", "$quiet")]
    for state in _LEGEND:
        legend += [(GLYPHS[state], f"$state-{state}"), (f" {state}   ", "$quiet")]
    return Content.assemble(*life, "\n", *legend)
