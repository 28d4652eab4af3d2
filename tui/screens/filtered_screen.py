"""A screen whose main table has a filter: typing it, keeping it, and leaving the filter field."""

from typing import Final

from textual import events
from textual.timer import Timer

from tui.live import limits
from tui.live.session import Session
from tui.screens.fleet_screen import FleetScreen
from tui.widgets.entry import Entry
from tui.widgets.filter_bar import FilterBar
from tui.widgets.key_bar import KEEP, KeyBar
from tui.widgets.rows import RowTable

_PAUSE: Final = 0.05
"""Real seconds without a further letter before a large fleet is filtered, which takes longer than typing a letter."""


class FilteredScreen(FleetScreen):
    """A screen that applies the filter while it is typed; enter keeps it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.typing = False
        """Whether a filter is being typed."""
        self._typed: str | None = None
        """Typed text that is not applied yet."""
        self._pause: Timer | None = None

    @property
    def table(self) -> RowTable:
        """The main table."""
        return self.query_one("#table", RowTable)

    def set_filter(self, text: str) -> None:
        """Show the rows that match a filter."""
        raise NotImplementedError

    def show_rows(self) -> object:
        """Show the rows and the number of matches."""
        raise NotImplementedError

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Update the key bar: a field has other keys than a table."""
        self._update_keys()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Update the key bar when the focus leaves a widget."""
        self._update_keys()

    def _update_keys(self) -> None:
        self.query_one(KeyBar).follow_typing(typing=isinstance(self.focused, Entry))

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """Keep the filter if its key was clicked; every other key runs a command."""
        if message.command == KEEP:
            message.prevent_default()
            self.app.call_later(self.entered)

    def action_filter(self) -> None:
        """Focus the filter field."""
        self.typing = True
        self.show_rows()
        self.set_focus(self.query_one(FilterBar).field)

    def typed(self, text: str) -> None:
        """Apply the typed text, for a large fleet after a short pause."""
        self._typed = text
        if self._pause is not None:
            self._pause.stop()
        if len(self.session.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self._apply_typed()
        else:
            self._pause = self.set_timer(_PAUSE, self._apply_typed)

    def _apply_typed(self) -> None:
        text, self._typed = self._typed, None
        if text is not None:
            self.set_filter(text)

    def forget_typed(self) -> None:
        """Discard typed text that is not applied yet."""
        self._typed = None

    def entered(self) -> None:
        """Keep the filter."""
        self.leave_filter()

    def leave_filter(self) -> None:
        """Apply what was typed and go back to the table."""
        self._apply_typed()
        self.typing = False
        self.set_focus(self.table)
        self.show_rows()
        self.draw()
