"""The base of all dialogs: a box over the screen, cancelled with esc and confirmed with enter."""

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.commands.keymap import keymap_of
from tui.commands.table import BY_NAME, DIALOG, bindings
from tui.widgets.rows import RowTable
from tui.widgets.sized_screen import SizedScreen, TooSmall

Result = TypeVar("Result")


# Textual takes styles only from the first base class: it must be the modal screen.
class Dialog(ModalScreen[Result | None], SizedScreen[Result | None], Generic[Result], inherit_bindings=False):
    """A box over the screen. `finish` returns its result once; later keys of the same burst change nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DIALOG)]
    title_text = ""
    keys_text = "enter confirm · esc cancel"

    def __init__(self) -> None:
        super().__init__()
        self._finished = False

    def compose(self) -> ComposeResult:
        """The box with its parts."""
        with Vertical(classes="box") as box:
            box.border_title = self.title_text
            box.border_subtitle = keymap_of(self.app).reworded(self.keys_text)
            yield from self.parts()
        yield TooSmall()

    def parts(self) -> list[Widget]:
        """The widgets in the box."""
        return []

    def on_mount(self) -> None:
        """Set the focus at once, because more keys may follow. Clear older notices, which would cover the box."""
        self.app.clear_notifications()
        self.set_focus(self.first_stop())

    def first_stop(self) -> Widget | None:
        """The widget that has the focus at first."""
        return next(iter(self.query("Entry, RowTable, Scrolled").results(Widget)), None)

    def follow(self) -> None:
        """Called when the fleet changed while the dialog is open."""
        if not self._finished and self.is_mounted:
            self.fleet_changed()

    def fleet_changed(self) -> None:
        """Show the consequences for the changed fleet, or close if the subject is gone. Most dialogs have no such
        subject.
        """

    def finish(self, result: Result | None) -> None:
        """Close the dialog with a result."""
        if not self._finished and self.is_current:
            self._finished = True
            self.dismiss(result)

    async def action_run(self, name: str) -> None:
        """Run a command of the command table."""
        if not self._finished:
            await self.run_action(BY_NAME[name].action)

    def typed(self, text: str) -> None:
        """Most dialogs have no field."""

    def entered(self) -> None:
        """Confirm: enter means the same in a field as elsewhere."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Confirm; a dialog that only shows something is closed."""
        self.finish(None)

    def action_leave(self) -> None:
        """Cancel: close the dialog without a result."""
        self.finish(None)

    def action_tick(self) -> None:
        """Most dialogs have nothing to tick."""

    async def action_top_up(self) -> None:
        """Most dialogs need no money."""

    def action_leave_out(self) -> None:
        """Most dialogs have nothing to leave out."""

    def action_field(self, steps: int) -> None:
        """Most dialogs have one field."""

    def _table(self) -> RowTable | None:
        return next(iter(self.query(RowTable)), None)

    def action_move(self, rows: int) -> None:
        """Move the cursor of the dialog's table."""
        if (table := self._table()) is not None:
            table.move(rows)

    def action_page(self, pages: float) -> None:
        """Page the dialog's table."""
        if (table := self._table()) is not None:
            table.page(pages)

    def action_end(self, direction: int) -> None:
        """Go to the table's first or last row."""
        if (table := self._table()) is not None:
            table.end(direction)
